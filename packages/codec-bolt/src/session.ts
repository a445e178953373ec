import { crc32 } from "node:zlib";
import {
  CodecErrorCode,
  FrameDecoder,
  type LocalReply,
  type RpcFrame,
  RpcFrameKind,
  type RpcFrameSink,
  type RpcLimits,
  type RpcSession,
  undecidedLength,
  type wrongLength,
} from "@mesh/codec";
import { int16, int32 } from "./bytes.ts";
import {
  BoltCodecId,
  BoltStatus,
  checksumBytes,
  checksumSwitch,
  commandGoAway,
  commandHeartbeat,
  commandRequest,
  commandResponse,
  lengthsBytes,
  maxFixedBytes,
  protocolV1,
  protocolV2,
  typeOneWay,
  typeRequest,
  typeResponse,
  v2WithoutSwitches,
  v2WithSwitches,
} from "./constants.ts";
import { encodeFrame, type Layout } from "./encode.ts";
import { BoltFrame, HeaderFault } from "./frame.ts";
import { boltStatusOfReply } from "./status.ts";

/** Bolt on one connection. Both ends are alike, so the role makes no difference. A frame that lies whole in a chunk refers to the chunk. */
export class BoltSession extends FrameDecoder implements RpcSession {
  readonly #sink: RpcFrameSink<BoltFrame>;
  readonly #limits: RpcLimits;
  readonly #sendsGoAway: boolean;
  /** What frames of our own look like: as the peer's first one, and until that comes, as configured. */
  #layout: Layout;
  #heardFromPeer = false;

  constructor(sink: RpcFrameSink<BoltFrame>, limits: RpcLimits, layout: Layout, sendsGoAway: boolean) {
    super("Bolt", maxFixedBytes);
    this.#sink = sink;
    this.#limits = limits;
    this.#layout = layout;
    this.#sendsGoAway = sendsGoAway;
  }

  heartbeat(_idHigh: number, idLow: number): Buffer {
    // As MOSN and Java do: Hessian, and a timeout that says nothing.
    return this.#requestOfOurs(commandHeartbeat, idLow, -1);
  }

  heartbeatAck(heartbeat: RpcFrame): Buffer {
    return this.#answer(heartbeat, commandHeartbeat, BoltStatus.Success);
  }

  goAway(): Buffer | undefined {
    return this.#sendsGoAway ? this.#requestOfOurs(commandGoAway, 0, 0) : undefined;
  }

  localReply(request: RpcFrame, reply: LocalReply): Buffer | undefined {
    if (request.kind !== RpcFrameKind.Request) return undefined;
    return this.#answer(request, commandResponse, boltStatusOfReply(reply));
  }

  #requestOfOurs(command: number, id: number, timeoutMs: number): Buffer {
    return encodeFrame(this.#layout, { type: typeRequest, command, id, codecId: BoltCodecId.Hessian, timeoutOrStatus: timeoutMs });
  }

  /** A response without class, headers and content, which a Java client accepts for every status, in the version of the request. */
  #answer(request: RpcFrame, command: number, status: BoltStatus): Buffer {
    const fixed = { type: typeResponse, command, id: request.idLow, codecId: BoltCodecId.Hessian, timeoutOrStatus: status };
    if (!(request instanceof BoltFrame)) return encodeFrame(this.#layout, fixed);
    return encodeFrame(layoutOfFrame(request), { ...fixed, codecId: request.codecId });
  }

  /** Fields are looked at in their order and as soon as they are there: a connection that speaks something else fails at its first byte. */
  protected override measure(bytes: Buffer, at: number, end: number): number {
    const available = end - at;
    const isV2 = bytes[at] === protocolV2;
    if (!isV2 && bytes[at] !== protocolV1) {
      return this.fail(CodecErrorCode.Malformed, `no Bolt frame begins with the byte ${bytes[at]}`, 0);
    }
    const shift = isV2 ? 1 : 0;
    if (available < 2 + shift) return this.#measureBeginning(bytes, at, available, isV2);
    const version = isV2 ? bytes[at + 1] : v2WithoutSwitches;
    if (version !== v2WithoutSwitches && version !== v2WithSwitches) return this.#measureBeginning(bytes, at, available, isV2);
    const type = bytes[at + 1 + shift];
    if (type !== typeRequest && type !== typeResponse && type !== typeOneWay) {
      return this.fail(CodecErrorCode.Malformed, `a Bolt frame has type 0, 1 or 2, not ${type}`, 1 + shift);
    }
    if (available < 4 + shift) return undecidedLength;
    const command = int16(bytes, at + 2 + shift);
    const isResponse = type === typeResponse;
    if (command !== (isResponse ? commandResponse : commandRequest) && command !== commandHeartbeat) {
      if (isResponse || command !== commandGoAway) return this.#failCommand(command, type, 2 + shift);
    }
    const lengths = 12 + shift + shift + (isResponse ? 0 : 2);
    if (available < lengths + lengthsBytes) return undecidedLength;
    const classLength = int16(bytes, at + lengths);
    const headerLength = int16(bytes, at + lengths + 2);
    const contentLength = int32(bytes, at + lengths + 4);
    if ((classLength | headerLength | contentLength) < 0) {
      return this.fail(CodecErrorCode.Malformed, "a length in a Bolt frame is negative", lengths);
    }
    if (headerLength > this.#limits.maxHeaderBytes) {
      const message = `the header map has ${headerLength} bytes, over the limit of ${this.#limits.maxHeaderBytes}`;
      return this.fail(CodecErrorCode.LimitExceeded, message, lengths + 2);
    }
    const hasChecksum = version === v2WithSwitches && ((bytes[at + 11] ?? 0) & checksumSwitch) !== 0;
    const length = lengths + lengthsBytes + classLength + headerLength + contentLength + (hasChecksum ? checksumBytes : 0);
    if (length > this.#limits.maxFrameBytes) {
      const message = `the frame has ${length} bytes, over the limit of ${this.#limits.maxFrameBytes}`;
      return this.fail(CodecErrorCode.LimitExceeded, message, lengths + 4);
    }
    return length;
  }

  /** The rare beginning of `measure`: not even the type is there, or the second byte of v2 is not known. */
  #measureBeginning(bytes: Buffer, at: number, available: number, isV2: boolean): number {
    if (!isV2 || available < 2) return undecidedLength;
    const version = bytes[at + 1];
    if (version === v2WithoutSwitches || version === v2WithSwitches) return undecidedLength;
    return this.fail(CodecErrorCode.Unsupported, `version ${version} of Bolt v2 is not known`, 1);
  }

  #failCommand(command: number, type: number, at: number): typeof wrongLength {
    const known = command === commandRequest || command === commandResponse || command === commandGoAway;
    if (known) return this.fail(CodecErrorCode.Malformed, `the Bolt command ${command} does not go with the type ${type}`, at);
    return this.fail(CodecErrorCode.Unsupported, `the Bolt command ${command} is not known`, at);
  }

  protected override deliver(bytes: Buffer, start: number, end: number): boolean {
    const frame = new BoltFrame(bytes, start, end);
    if (frame.hasChecksum && crc32(bytes.subarray(start, end - checksumBytes)) !== int32(bytes, end - checksumBytes) >>> 0) {
      this.fail(CodecErrorCode.ChecksumMismatch, "the checksum of the Bolt frame does not fit its bytes", end - checksumBytes - start);
      return false;
    }
    const fault = frame.scan(this.#limits.maxHeaderCount);
    if (fault !== HeaderFault.None) {
      if (fault === HeaderFault.Malformed) this.fail(CodecErrorCode.Malformed, "a length in the header map of the Bolt frame is wrong", 0);
      else this.fail(CodecErrorCode.LimitExceeded, `the header map has more than ${this.#limits.maxHeaderCount} entries`, 0);
      return false;
    }
    if (!this.#heardFromPeer) {
      this.#heardFromPeer = true;
      this.#layout = layoutOfFrame(frame);
    }
    this.#sink.onFrame(frame);
    return true;
  }
}

/** For v2, the switches of another peer that this version does not know are not repeated. */
function layoutOfFrame(frame: BoltFrame): Layout {
  return {
    protocol: frame.version === 2 ? protocolV2 : protocolV1,
    protocolVersion: frame.protocolVersion,
    switches: frame.hasChecksum ? checksumSwitch : 0,
  };
}
