import { crc32 } from "node:zlib";
import {
  CodecError,
  CodecErrorCode,
  type DecoderState,
  type LocalReply,
  type RpcFrame,
  RpcFrameKind,
  type RpcFrameSink,
  type RpcLimits,
  type RpcSession,
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

/** What `#measure` says when the length of a frame cannot be known yet, or when there is none because the bytes are wrong. */
const undecided = 0;
const wrong = -1;

/** Memory for a frame that comes in pieces starts with twice what is there, but not less than this, and never more than the frame's length. */
const minHeldBytes = 4096;

const noBytes = Buffer.alloc(0);

/**
 * Bolt on one connection. Both ends are alike, so the role makes no difference.
 *
 * A frame that lies whole in a chunk refers to the chunk; one that is cut is collected in memory of its own, which grows with the
 * bytes that come and not with the length that is declared.
 */
export class BoltSession implements RpcSession {
  readonly #sink: RpcFrameSink<BoltFrame>;
  readonly #limits: RpcLimits;
  readonly #sendsGoAway: boolean;
  /** What frames of our own look like: as the peer's first one, and until that comes, as configured. */
  #layout: Layout;
  #heardFromPeer = false;

  #state: DecoderState = "open";
  #error: CodecError | undefined = undefined;
  /** Bytes of whole frames before the one being read. */
  #offset = 0;

  /** The beginning of a frame that came in pieces. */
  #held: Buffer = noBytes;
  #heldLength = 0;
  /** The length of that frame, or `undecided`. */
  #heldFrameLength = undecided;

  constructor(sink: RpcFrameSink<BoltFrame>, limits: RpcLimits, layout: Layout, sendsGoAway: boolean) {
    this.#sink = sink;
    this.#limits = limits;
    this.#layout = layout;
    this.#sendsGoAway = sendsGoAway;
  }

  get state(): DecoderState {
    return this.#state;
  }

  get error(): CodecError | undefined {
    return this.#error;
  }

  get buffered(): number {
    return this.#heldLength;
  }

  push(chunk: Buffer, start = 0): number {
    let at = start;
    if (this.#heldLength > 0 && this.#state === "open") at = this.#resumeHeld(chunk, at);
    while (at < chunk.length && this.#state === "open") {
      const length = this.#measure(chunk, at, chunk.length);
      if (length === wrong) break;
      const end = at + length;
      if (length === undecided || end > chunk.length) {
        this.#heldFrameLength = length;
        this.#hold(chunk, at, chunk.length);
        return chunk.length;
      }
      if (!this.#deliver(chunk, at, end)) break;
      at = end;
    }
    return at;
  }

  end(): CodecError | undefined {
    if (this.#heldLength === 0) return undefined;
    const message = `the connection ended ${this.#heldLength} bytes into a Bolt frame`;
    return new CodecError(CodecErrorCode.Truncated, message, this.#offset + this.#heldLength);
  }

  pause(): void {
    if (this.#state === "open") this.#state = "paused";
  }

  resume(): void {
    if (this.#state === "paused") this.#state = "open";
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

  /** Continues with the frame whose beginning is held. Returns the offset in `chunk` after what was taken. */
  #resumeHeld(chunk: Buffer, start: number): number {
    let at = start;
    if (this.#heldFrameLength === undecided) {
      // Enough for the longest fixed part may be more than this frame has: what is too much stays in the chunk.
      const before = this.#heldLength;
      const taken = Math.min(maxFixedBytes - before, chunk.length - at);
      this.#hold(chunk, at, at + taken);
      const length = this.#measure(this.#held, 0, this.#heldLength);
      if (length === wrong) return start;
      if (length === undecided) return at + taken;
      this.#heldFrameLength = length;
      this.#heldLength = Math.min(this.#heldLength, length);
      at += this.#heldLength - before;
    }
    const taken = Math.min(this.#heldFrameLength - this.#heldLength, chunk.length - at);
    this.#hold(chunk, at, at + taken);
    at += taken;
    if (this.#heldLength < this.#heldFrameLength) return at;
    const frame = this.#held;
    const length = this.#heldLength;
    this.#release();
    return this.#deliver(frame, 0, length) ? at : start;
  }

  /** Adds bytes to those held. */
  #hold(chunk: Buffer, from: number, to: number): void {
    const length = this.#heldLength + to - from;
    if (length > this.#held.length) {
      const most = this.#heldFrameLength === undecided ? maxFixedBytes : this.#heldFrameLength;
      const grown = Buffer.allocUnsafe(Math.min(most, Math.max(length * 2, minHeldBytes)));
      this.#held.copy(grown, 0, 0, this.#heldLength);
      this.#held = grown;
    }
    chunk.copy(this.#held, this.#heldLength, from, to);
    this.#heldLength = length;
  }

  #release(): void {
    this.#held = noBytes;
    this.#heldLength = 0;
    this.#heldFrameLength = undecided;
  }

  /**
   * The length of the frame at `at`, of which there are bytes up to `end`. Fields are looked at in their order and as soon as they are
   * there, so that a fault is the same however the bytes come, and a connection that speaks something else fails at its first byte.
   */
  #measure(bytes: Buffer, at: number, end: number): number {
    const available = end - at;
    const isV2 = bytes[at] === protocolV2;
    if (!isV2 && bytes[at] !== protocolV1) {
      return this.#fail(CodecErrorCode.Malformed, `no Bolt frame begins with the byte ${bytes[at]}`, 0);
    }
    const shift = isV2 ? 1 : 0;
    if (available < 2 + shift) return this.#measureBeginning(bytes, at, available, isV2);
    const version = isV2 ? bytes[at + 1] : v2WithoutSwitches;
    if (version !== v2WithoutSwitches && version !== v2WithSwitches) return this.#measureBeginning(bytes, at, available, isV2);
    const type = bytes[at + 1 + shift];
    if (type !== typeRequest && type !== typeResponse && type !== typeOneWay) {
      return this.#fail(CodecErrorCode.Malformed, `a Bolt frame has type 0, 1 or 2, not ${type}`, 1 + shift);
    }
    if (available < 4 + shift) return undecided;
    const command = int16(bytes, at + 2 + shift);
    const isResponse = type === typeResponse;
    if (command !== (isResponse ? commandResponse : commandRequest) && command !== commandHeartbeat) {
      if (isResponse || command !== commandGoAway) return this.#failCommand(command, type, 2 + shift);
    }
    const lengths = 12 + shift + shift + (isResponse ? 0 : 2);
    if (available < lengths + lengthsBytes) return undecided;
    const classLength = int16(bytes, at + lengths);
    const headerLength = int16(bytes, at + lengths + 2);
    const contentLength = int32(bytes, at + lengths + 4);
    if ((classLength | headerLength | contentLength) < 0) {
      return this.#fail(CodecErrorCode.Malformed, "a length in a Bolt frame is negative", lengths);
    }
    if (headerLength > this.#limits.maxHeaderBytes) {
      const message = `the header map has ${headerLength} bytes, over the limit of ${this.#limits.maxHeaderBytes}`;
      return this.#fail(CodecErrorCode.LimitExceeded, message, lengths + 2);
    }
    const hasChecksum = version === v2WithSwitches && ((bytes[at + 11] ?? 0) & checksumSwitch) !== 0;
    const length = lengths + lengthsBytes + classLength + headerLength + contentLength + (hasChecksum ? checksumBytes : 0);
    if (length > this.#limits.maxFrameBytes) {
      const message = `the frame has ${length} bytes, over the limit of ${this.#limits.maxFrameBytes}`;
      return this.#fail(CodecErrorCode.LimitExceeded, message, lengths + 4);
    }
    return length;
  }

  /** The rare beginning of `#measure`: not even the type is there, or the second byte of v2 is not known. */
  #measureBeginning(bytes: Buffer, at: number, available: number, isV2: boolean): number {
    if (!isV2 || available < 2) return undecided;
    const version = bytes[at + 1];
    if (version === v2WithoutSwitches || version === v2WithSwitches) return undecided;
    return this.#fail(CodecErrorCode.Unsupported, `version ${version} of Bolt v2 is not known`, 1);
  }

  #failCommand(command: number, type: number, at: number): typeof wrong {
    const known = command === commandRequest || command === commandResponse || command === commandGoAway;
    if (known) return this.#fail(CodecErrorCode.Malformed, `the Bolt command ${command} does not go with the type ${type}`, at);
    return this.#fail(CodecErrorCode.Unsupported, `the Bolt command ${command} is not known`, at);
  }

  /** Checks what only the whole frame shows, and hands it on. Returns false if it is wrong. */
  #deliver(bytes: Buffer, start: number, end: number): boolean {
    const frame = new BoltFrame(bytes, start, end);
    if (frame.hasChecksum && crc32(bytes.subarray(start, end - checksumBytes)) !== int32(bytes, end - checksumBytes) >>> 0) {
      this.#fail(CodecErrorCode.ChecksumMismatch, "the checksum of the Bolt frame does not fit its bytes", end - checksumBytes - start);
      return false;
    }
    const fault = frame.scan(this.#limits.maxHeaderCount);
    if (fault !== HeaderFault.None) {
      if (fault === HeaderFault.Malformed) this.#fail(CodecErrorCode.Malformed, "a length in the header map of the Bolt frame is wrong", 0);
      else this.#fail(CodecErrorCode.LimitExceeded, `the header map has more than ${this.#limits.maxHeaderCount} entries`, 0);
      return false;
    }
    if (!this.#heardFromPeer) {
      this.#heardFromPeer = true;
      this.#layout = layoutOfFrame(frame);
    }
    this.#offset += end - start;
    this.#sink.onFrame(frame);
    return true;
  }

  #fail(code: CodecErrorCode, message: string, at: number): typeof wrong {
    this.#error = new CodecError(code, message, this.#offset + at);
    this.#state = "failed";
    this.#release();
    return wrong;
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
