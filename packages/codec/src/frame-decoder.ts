import type { Decoder, DecoderState } from "./decoder.ts";
import { CodecError, CodecErrorCode } from "./error.ts";

/** What `FrameDecoder.measure` says when there are too few bytes to tell. */
export const undecidedLength = 0;
/** What it says of wrong bytes, having called `fail`. */
export const wrongLength = -1;

/** What it says of a frame that is not wanted, having called `passOver`. */
export const passedOverLength = -2;

/** Memory for a frame that comes in pieces starts with twice what is there, but not less than this, and never more than the frame's length. */
const minHeldBytes = 4096;

const noBytes = Buffer.alloc(0);

/**
 * Cuts a byte stream into frames that tell their length within their first bytes: the part of a decoder that all such protocols share. A
 * subclass says how long a frame is (`measure`) and takes whole ones (`deliver`).
 *
 * A frame that lies whole in a chunk is delivered as a part of the chunk, one that is cut in memory of its own, which grows with the bytes
 * that come and not with the length that is declared.
 */
export abstract class FrameDecoder implements Decoder {
  readonly #protocol: string;
  readonly #headBytes: number;
  #state: DecoderState = "open";
  #error: CodecError | undefined = undefined;
  /** Bytes of whole frames before the one being read. */
  #offset = 0;

  /** The beginning of a frame that came in pieces. */
  #held: Buffer = noBytes;
  #heldLength = 0;
  /** The length of that frame, or `undecidedLength`. */
  #heldFrameLength = undecidedLength;
  /** Bytes to come of a frame that is not wanted. */
  #unwanted = 0;

  /**
   * @param protocol for messages: `Bolt`
   * @param headBytes with as many bytes `measure` always knows the length
   */
  constructor(protocol: string, headBytes: number) {
    this.#protocol = protocol;
    this.#headBytes = headBytes;
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
      if (this.#unwanted > 0) {
        const passed = Math.min(this.#unwanted, chunk.length - at);
        this.#unwanted -= passed;
        this.#offset += passed;
        at += passed;
        continue;
      }
      const length = this.measure(chunk, at, chunk.length);
      if (length === wrongLength) break;
      if (length === passedOverLength) continue;
      const end = at + length;
      if (length === undecidedLength || end > chunk.length) {
        this.#heldFrameLength = length;
        this.#hold(chunk, at, chunk.length);
        return chunk.length;
      }
      if (!this.deliver(chunk, at, end)) break;
      this.#offset += length;
      at = end;
    }
    return at;
  }

  end(): CodecError | undefined {
    if (this.#heldLength === 0 && this.#unwanted === 0) return undefined;
    const where = this.#unwanted > 0 ? `${this.#unwanted} bytes before the end of` : `${this.#heldLength} bytes into`;
    const message = `the connection ended ${where} a ${this.#protocol} frame`;
    return new CodecError(CodecErrorCode.Truncated, message, this.#offset + this.#heldLength);
  }

  pause(): void {
    if (this.#state === "open") this.#state = "paused";
  }

  resume(): void {
    if (this.#state === "paused") this.#state = "open";
  }

  /**
   * The length of the frame at `at`, of which there are bytes up to `end`; `undecidedLength`, or `wrongLength` after a call of `fail`, or
   * `passedOverLength` after one of `passOver`. Fields are to be looked at in their order and as soon as they are there, so that a fault is the
   * same however the bytes come.
   */
  protected abstract measure(bytes: Buffer, at: number, end: number): number;

  /** Takes a whole frame; its memory must not be written to. Returns false after a call of `fail`, for what only the whole frame shows. */
  protected abstract deliver(bytes: Buffer, start: number, end: number): boolean;

  /** Reads no further. @param at bytes from the frame's start to the fault */
  protected fail(code: CodecErrorCode, message: string, at: number): typeof wrongLength {
    this.#error = new CodecError(code, message, this.#offset + at);
    this.#state = "failed";
    this.#release();
    return wrongLength;
  }

  /** Has the bytes of the frame that is being measured go unread, so that the next one is read behind it. @param length of the whole frame */
  protected passOver(length: number): void {
    this.#unwanted = length - this.#heldLength;
    this.#offset += this.#heldLength;
    this.#release();
  }

  /** Continues with the frame whose beginning is held. Returns the offset in `chunk` after what was taken. */
  #resumeHeld(chunk: Buffer, start: number): number {
    let at = start;
    if (this.#heldFrameLength === undecidedLength) {
      // Enough for the longest head may be more than this frame has: what is too much stays in the chunk.
      const before = this.#heldLength;
      const taken = Math.min(this.#headBytes - before, chunk.length - at);
      this.#hold(chunk, at, at + taken);
      const length = this.measure(this.#held, 0, this.#heldLength);
      if (length === wrongLength) return start;
      if (length === undecidedLength || length === passedOverLength) return at + taken;
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
    if (!this.deliver(frame, 0, length)) return start;
    this.#offset += length;
    return at;
  }

  /** Adds bytes to those held. */
  #hold(chunk: Buffer, from: number, to: number): void {
    const length = this.#heldLength + to - from;
    if (length > this.#held.length) {
      const most = this.#heldFrameLength === undecidedLength ? this.#headBytes : this.#heldFrameLength;
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
    this.#heldFrameLength = undecidedLength;
  }
}
