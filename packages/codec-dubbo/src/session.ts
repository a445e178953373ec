import {
  CodecError,
  CodecErrorCode,
  FrameDecoder,
  type LocalReply,
  passedOverLength,
  type RpcFrame,
  RpcFrameKind,
  type RpcFrameSink,
  type RpcLimits,
  type RpcSession,
  undecidedLength,
  type wrongLength,
} from "@mesh/codec";
import { int32 } from "./bytes.ts";
import {
  DubboSerialization,
  DubboStatus,
  flagEvent,
  flagRequest,
  flagTwoWay,
  headerBytes,
  magicHigh,
  magicLow,
  serializationMask,
} from "./constants.ts";
import { encodeFrameOfId, isKnown, type KnownSerialization, rpcExceptionBody, textBody, valueBody } from "./encode.ts";
import { heartbeatBody, readOnlyBody } from "./event.ts";
import { DubboFrame, FrameContext } from "./frame.ts";
import { dubboAnswerOfReply } from "./status.ts";

/** What a Java peer accepts as the body of an event (`Constants.DEFAULT_MAX_EVENT_PAYLOAD_LENGTH`). */
const maxEventBytes = 15;

const noBytes = Buffer.alloc(0);

/** Dubbo on one connection. Both ends are alike, so the role makes no difference. A frame that lies whole in a chunk refers to the chunk. */
export class DubboSession extends FrameDecoder implements RpcSession {
  readonly #sink: RpcFrameSink<DubboFrame>;
  readonly #maxFrameBytes: number;
  readonly #context: FrameContext;
  readonly #sendsReadOnly: boolean;
  /** What events of our own are in. */
  #serialization: KnownSerialization = DubboSerialization.Hessian2;

  constructor(sink: RpcFrameSink<DubboFrame>, limits: RpcLimits, sendsReadOnly: boolean) {
    super("Dubbo", headerBytes);
    this.#sink = sink;
    this.#maxFrameBytes = limits.maxFrameBytes;
    this.#context = new FrameContext(limits);
    this.#sendsReadOnly = sendsReadOnly;
  }

  override push(chunk: Buffer, start = 0): number {
    this.#context.begin(chunk);
    try {
      return super.push(chunk, start);
    } finally {
      this.#context.end();
    }
  }

  heartbeat(idHigh: number, idLow: number): Buffer {
    const serialization = this.#serialization;
    return encodeFrameOfId(flagRequest | flagTwoWay | flagEvent | serialization, 0, idHigh, idLow, heartbeatBody(serialization));
  }

  /** In the heartbeat's serialization; if that is not known, its body, which is that serialization's null, goes back as it came. */
  heartbeatAck(heartbeat: RpcFrame): Buffer {
    const serialization = heartbeat instanceof DubboFrame ? heartbeat.serialization : this.#serialization;
    const isEcho = !isKnown(serialization) && heartbeat.bodyLength <= maxEventBytes;
    const body = isEcho ? heartbeat.body() : heartbeatBody(serialization);
    return encodeFrameOfId(flagEvent | serialization, DubboStatus.Ok, heartbeat.idHigh, heartbeat.idLow, body);
  }

  goAway(): Buffer | undefined {
    if (!this.#sendsReadOnly) return undefined;
    return encodeFrameOfId(flagRequest | flagEvent | this.#serialization, 0, 0, 0, readOnlyBody(this.#serialization));
  }

  localReply(request: RpcFrame, reply: LocalReply): Buffer | undefined {
    if (request.kind !== RpcFrameKind.Request) return undefined;
    const { idHigh, idLow } = request;
    const serialization = request instanceof DubboFrame ? request.serialization : this.#serialization;
    const answer = dubboAnswerOfReply(reply);
    const text = reply.message === "" ? reply.cause : reply.message;
    if ("status" in answer) return encodeFrameOfId(serialization, answer.status, idHigh, idLow, textBody(serialization, text));
    // A reply can be made in no other serialization. A caller that reads no text is told at least that it failed.
    if (!isKnown(serialization)) return encodeFrameOfId(serialization, DubboStatus.BadRequest, idHigh, idLow, noBytes);
    const body = "exception" in answer ? rpcExceptionBody(serialization, answer.exception, text) : valueBody(serialization, reply.message);
    return encodeFrameOfId(serialization, DubboStatus.Ok, idHigh, idLow, body);
  }

  /** The magic is looked at as soon as it is there: a connection that speaks something else fails at its first byte. */
  protected override measure(bytes: Buffer, at: number, end: number): number {
    const available = end - at;
    if (bytes[at] !== magicHigh) return this.#failMagic(bytes, at, end, 0);
    if (available > 1 && bytes[at + 1] !== magicLow) return this.#failMagic(bytes, at, end, 1);
    if (available < headerBytes) return undecidedLength;
    const bodyLength = int32(bytes, at + 12);
    if (bodyLength < 0) return this.fail(CodecErrorCode.Malformed, "the length of a Dubbo frame is negative", 12);
    const length = headerBytes + bodyLength;
    return length > this.#maxFrameBytes ? this.#refuse(bytes, at, length) : length;
  }

  /**
   * Goes past a request or response that is too long, and tells of it by its header. Java has such a call fail alone, too, and reads on
   * (`ExchangeCodec.finishRespWhenOverPayload`: the response becomes one of status 90).
   */
  #refuse(bytes: Buffer, at: number, length: number): typeof wrongLength | typeof passedOverLength {
    const flags = bytes[at + 2] ?? 0;
    const text = `the frame has ${length} bytes, over the limit of ${this.#maxFrameBytes}`;
    const { LimitExceeded } = CodecErrorCode;
    if ((flags & flagEvent) !== 0) return this.fail(LimitExceeded, text, 12);
    const serialization = flags & serializationMask;
    const idHigh = int32(bytes, at + 4);
    const idLow = int32(bytes, at + 8);
    this.passOver(length);
    if ((flags & flagRequest) !== 0) {
      const head = encodeFrameOfId(flags, 0, idHigh, idLow, noBytes);
      this.#sink.onFrame(new DubboFrame(this.#context, head, 0, head.length, new CodecError(LimitExceeded, text, 12)));
    } else {
      const answer = encodeFrameOfId(serialization, DubboStatus.ClientError, idHigh, idLow, textBody(serialization, text));
      this.#sink.onFrame(new DubboFrame(this.#context, answer, 0, answer.length));
    }
    return passedOverLength;
  }

  protected override deliver(bytes: Buffer, start: number, end: number): boolean {
    const frame = new DubboFrame(this.#context, bytes, start, end);
    if (isKnown(frame.serialization)) this.#serialization = frame.serialization;
    this.#sink.onFrame(frame);
    return true;
  }

  #failMagic(bytes: Buffer, at: number, end: number, fault: number): typeof wrongLength {
    const seen = bytes.subarray(at, Math.min(end, at + headerBytes));
    return this.fail(CodecErrorCode.Malformed, `every Dubbo frame begins with da bb; this is ${describe(seen)}`, fault);
  }
}

/** What the first bytes of something else look like. */
function describe(seen: Buffer): string {
  const text = seen.toString("latin1");
  if (text.startsWith("PRI ")) return "HTTP/2 (Triple or gRPC), which this protocol is not";
  if (/^[A-Z]{3,7} \//.test(text)) return `HTTP/1, which this protocol is not: ${JSON.stringify(text)}`;
  if (/^[\t\n\r\x20-\x7e]+$/.test(text)) return `text, and commands of Dubbo's telnet are not served: ${JSON.stringify(text)}`;
  return seen.toString("hex");
}
