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
import { int32 } from "./bytes.ts";
import { DubboSerialization, DubboStatus, flagEvent, flagRequest, flagTwoWay, headerBytes, magicHigh, magicLow } from "./constants.ts";
import { encodeFrameOfId, isKnown, type KnownSerialization, rpcExceptionBody, textBody, valueBody } from "./encode.ts";
import { heartbeatBody, readOnlyBody } from "./event.ts";
import { DubboFrame, FrameContext } from "./frame.ts";
import { dubboAnswerOfReply } from "./status.ts";

/** What `#measure` says when the length of a frame cannot be known yet, or when there is none because the bytes are wrong. */
const undecided = 0;
const wrong = -1;

/** Memory for a frame that comes in pieces starts with twice what is there, but not less than this, and never more than the frame's length. */
const minHeldBytes = 4096;

/** What a Java peer accepts as the body of an event (`Constants.DEFAULT_MAX_EVENT_PAYLOAD_LENGTH`). */
const maxEventBytes = 15;

const noBytes = Buffer.alloc(0);

/**
 * Dubbo on one connection. Both ends are alike, so the role makes no difference.
 *
 * A frame that lies whole in a chunk refers to the chunk; one that is cut is collected in memory of its own, which grows with the
 * bytes that come and not with the length that is declared.
 */
export class DubboSession implements RpcSession {
  readonly #sink: RpcFrameSink<DubboFrame>;
  readonly #maxFrameBytes: number;
  readonly #context: FrameContext;
  readonly #sendsReadOnly: boolean;
  /** What events of our own are in. */
  #serialization: KnownSerialization = DubboSerialization.Hessian2;

  #state: DecoderState = "open";
  #error: CodecError | undefined = undefined;
  /** Bytes of whole frames before the one being read. */
  #offset = 0;

  /** The beginning of a frame that came in pieces. */
  #held: Buffer = noBytes;
  #heldLength = 0;
  /** The length of that frame, or `undecided`. */
  #heldFrameLength = undecided;

  constructor(sink: RpcFrameSink<DubboFrame>, limits: RpcLimits, sendsReadOnly: boolean) {
    this.#sink = sink;
    this.#maxFrameBytes = limits.maxFrameBytes;
    this.#context = new FrameContext(limits);
    this.#sendsReadOnly = sendsReadOnly;
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
    this.#context.begin(chunk);
    try {
      while (at < chunk.length && this.#state === "open") {
        const length = this.#measure(chunk, at, chunk.length);
        if (length === wrong) break;
        const end = at + length;
        if (length === undecided || end > chunk.length) {
          this.#heldFrameLength = length;
          this.#hold(chunk, at, chunk.length);
          return chunk.length;
        }
        this.#deliver(chunk, at, end);
        at = end;
      }
      return at;
    } finally {
      this.#context.end();
    }
  }

  end(): CodecError | undefined {
    if (this.#heldLength === 0) return undefined;
    const message = `the connection ended ${this.#heldLength} bytes into a Dubbo frame`;
    return new CodecError(CodecErrorCode.Truncated, message, this.#offset + this.#heldLength);
  }

  pause(): void {
    if (this.#state === "open") this.#state = "paused";
  }

  resume(): void {
    if (this.#state === "paused") this.#state = "open";
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

  /** Continues with the frame whose beginning is held. Returns the offset in `chunk` after what was taken. */
  #resumeHeld(chunk: Buffer, start: number): number {
    let at = start;
    if (this.#heldFrameLength === undecided) {
      const taken = Math.min(headerBytes - this.#heldLength, chunk.length - at);
      this.#hold(chunk, at, at + taken);
      const length = this.#measure(this.#held, 0, this.#heldLength);
      if (length === wrong) return start;
      at += taken;
      if (length === undecided) return at;
      this.#heldFrameLength = length;
    }
    const taken = Math.min(this.#heldFrameLength - this.#heldLength, chunk.length - at);
    this.#hold(chunk, at, at + taken);
    at += taken;
    if (this.#heldLength < this.#heldFrameLength) return at;
    const frame = this.#held;
    const length = this.#heldLength;
    this.#release();
    this.#deliver(frame, 0, length);
    return at;
  }

  /** Adds bytes to those held. */
  #hold(chunk: Buffer, from: number, to: number): void {
    const length = this.#heldLength + to - from;
    if (length > this.#held.length) {
      const most = this.#heldFrameLength === undecided ? headerBytes : this.#heldFrameLength;
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
   * The length of the frame at `at`, of which there are bytes up to `end`. The magic is looked at as soon as it is there, so that a
   * connection that speaks something else fails at its first byte.
   */
  #measure(bytes: Buffer, at: number, end: number): number {
    const available = end - at;
    if (bytes[at] !== magicHigh) return this.#failMagic(bytes, at, end, 0);
    if (available > 1 && bytes[at + 1] !== magicLow) return this.#failMagic(bytes, at, end, 1);
    if (available < headerBytes) return undecided;
    const bodyLength = int32(bytes, at + 12);
    if (bodyLength < 0) return this.#fail(CodecErrorCode.Malformed, "the length of a Dubbo frame is negative", 12);
    const length = headerBytes + bodyLength;
    if (length > this.#maxFrameBytes) {
      return this.#fail(CodecErrorCode.LimitExceeded, `the frame has ${length} bytes, over the limit of ${this.#maxFrameBytes}`, 12);
    }
    return length;
  }

  #deliver(bytes: Buffer, start: number, end: number): void {
    const frame = new DubboFrame(this.#context, bytes, start, end);
    if (isKnown(frame.serialization)) this.#serialization = frame.serialization;
    this.#offset += end - start;
    this.#sink.onFrame(frame);
  }

  #failMagic(bytes: Buffer, at: number, end: number, fault: number): typeof wrong {
    const seen = bytes.subarray(at, Math.min(end, at + headerBytes));
    return this.#fail(CodecErrorCode.Malformed, `every Dubbo frame begins with da bb; this is ${describe(seen)}`, fault);
  }

  #fail(code: CodecErrorCode, message: string, at: number): typeof wrong {
    this.#error = new CodecError(code, message, this.#offset + at);
    this.#state = "failed";
    this.#release();
    return wrong;
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
