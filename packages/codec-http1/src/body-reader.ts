import { CR, FIELD_VALUE, LF, SEMICOLON, SP, TAB } from "./ascii.ts";
import { hexValue } from "./bytes.ts";
import type { Http1Fault } from "./error.ts";
import { FieldKind } from "./field-kind.ts";
import { Fields } from "./fields.ts";
import type { BodyKind } from "./framing.ts";
import { SectionType } from "./section-scanner.ts";
import type { SectionScanner } from "./section-scanner.ts";
import type { BodySink } from "./sink.ts";
import { KIND, STRIDE } from "./slots.ts";

const LENGTH = 0;
const UNTIL_CLOSE = 1;
const SIZE = 2;
const EXTENSION_SPACE = 3;
const EXTENSION = 4;
const SIZE_LF = 5;
const DATA = 6;
const DATA_CR = 7;
const DATA_LF = 8;
const TRAILERS = 9;
const DONE = 10;
const FAILED = 11;

/** More digits than a size below 2^53 needs; leading zeros are allowed up to here. */
const MAX_SIZE_DIGITS = 16;

/** Reads one body at a time, and reports its parts. It holds no bytes but those of an incomplete trailer section. */
export class BodyReader {
  fault: Http1Fault | undefined = undefined;
  faultOffset: number = 0;
  readonly #scanner: SectionScanner;
  readonly #maxExtensionBytes: number;
  #phase: number = DONE;
  /** Bytes to come of the body, or of the chunk. */
  #left: number = 0;
  #digits: number = 0;
  #extensionBytes: number = 0;

  /** @param scanner reads the trailers; the caller uses it for heads, never at the same time. */
  constructor(scanner: SectionScanner, maxExtensionBytes: number) {
    this.#scanner = scanner;
    this.#maxExtensionBytes = maxExtensionBytes;
  }

  begin(kind: BodyKind, length: number): void {
    this.#left = 0;
    switch (kind) {
      case "chunked":
        this.#beginChunk();
        break;
      case "until-close":
        this.#phase = UNTIL_CLOSE;
        break;
      default:
        this.#left = Math.max(length, 0);
        this.#phase = this.#left === 0 ? DONE : LENGTH;
    }
  }

  get isDone(): boolean {
    return this.#phase === DONE;
  }

  /** Whether the end of the connection is the end of the body. */
  get endsWithConnection(): boolean {
    return this.#phase === UNTIL_CLOSE;
  }

  /**
   * Reads on; `streamOffset` is that of `chunk[0]`.
   *
   * @returns the offset after the last byte taken: all of the chunk, unless `isDone` or `fault` is now set.
   */
  read(chunk: Buffer, start: number, streamOffset: number, sink: BodySink): number {
    let pos = start;
    while (pos < chunk.length && this.#phase < DONE) {
      switch (this.#phase) {
        case LENGTH:
        case DATA:
          pos = this.#readData(chunk, pos, sink);
          break;
        case UNTIL_CLOSE:
          sink.onBody(chunk, pos, chunk.length);
          return chunk.length;
        case TRAILERS:
          pos = this.#readTrailers(chunk, pos, streamOffset, sink);
          break;
        default:
          pos = this.#readFraming(chunk, pos);
          if (this.#phase === FAILED) this.faultOffset = streamOffset + pos;
      }
    }
    return pos;
  }

  #beginChunk(): void {
    this.#phase = SIZE;
    this.#left = 0;
    this.#digits = 0;
    this.#extensionBytes = 0;
  }

  #readData(chunk: Buffer, start: number, sink: BodySink): number {
    const end = Math.min(chunk.length, start + this.#left);
    this.#left -= end - start;
    if (this.#left === 0) this.#phase = this.#phase === LENGTH ? DONE : DATA_CR;
    sink.onBody(chunk, start, end);
    return end;
  }

  /** Reads what stands between the data of two chunks. */
  #readFraming(chunk: Buffer, start: number): number {
    for (let pos = start; pos < chunk.length; pos++) {
      const byte = chunk[pos]!;
      switch (this.#phase) {
        case SIZE: {
          const digit = hexValue(byte);
          if (digit > 15) {
            if (this.#digits === 0 || !this.#endSize(byte)) return this.#refuse(byte === LF ? "bare-lf" : "invalid-chunk-size", pos);
            break;
          }
          this.#left = this.#left * 16 + digit;
          if (++this.#digits > MAX_SIZE_DIGITS || this.#left > Number.MAX_SAFE_INTEGER) return this.#refuse("invalid-chunk-size", pos);
          break;
        }
        case EXTENSION_SPACE:
          if (byte === SEMICOLON) this.#phase = EXTENSION;
          else if (byte !== SP && byte !== TAB) return this.#refuse(byte === LF ? "bare-lf" : "invalid-chunk-size", pos);
          if (++this.#extensionBytes > this.#maxExtensionBytes) return this.#refuse("chunk-extension-bytes", pos);
          break;
        case EXTENSION:
          if (byte === CR) this.#phase = SIZE_LF;
          else if (FIELD_VALUE[byte] !== 1) return this.#refuse(byte === LF ? "bare-lf" : "invalid-chunk-extension", pos);
          else if (++this.#extensionBytes > this.#maxExtensionBytes) return this.#refuse("chunk-extension-bytes", pos);
          break;
        case SIZE_LF:
          if (byte !== LF) return this.#refuse("bare-cr", pos);
          this.#phase = this.#left === 0 ? TRAILERS : DATA;
          if (this.#left === 0) this.#scanner.begin(SectionType.Trailers);
          return pos + 1;
        case DATA_CR:
          if (byte !== CR) return this.#refuse("invalid-chunk-end", pos);
          this.#phase = DATA_LF;
          break;
        default:
          if (byte !== LF) return this.#refuse("invalid-chunk-end", pos);
          this.#beginChunk();
      }
    }
    return chunk.length;
  }

  /** What follows the digits of a size: an extension, which white space may precede (RFC 9112 §7.1.1), or the end of the line. */
  #endSize(byte: number): boolean {
    if (byte === CR) {
      this.#phase = SIZE_LF;
      return true;
    }
    if (byte !== SEMICOLON && byte !== SP && byte !== TAB) return false;
    this.#phase = byte === SEMICOLON ? EXTENSION : EXTENSION_SPACE;
    this.#extensionBytes = 1;
    return true;
  }

  #readTrailers(chunk: Buffer, start: number, streamOffset: number, sink: BodySink): number {
    const scanner = this.#scanner;
    const pos = scanner.read(chunk, start, streamOffset);
    if (scanner.isDone) this.#finishTrailers(scanner, sink);
    if (scanner.fault !== undefined) {
      this.#phase = FAILED;
      this.fault = scanner.fault;
      this.faultOffset = scanner.faultOffset;
    }
    return pos;
  }

  #finishTrailers(scanner: SectionScanner, sink: BodySink): void {
    const { bytes, slots, end } = scanner;
    for (let at = STRIDE; at < end; at += STRIDE) {
      if (slots[at + KIND] !== FieldKind.Other) return scanner.fail("forbidden-trailer", slots[at]!);
    }
    this.#phase = DONE;
    scanner.release();
    if (end > STRIDE) sink.onTrailers(new Fields(bytes, slots, end));
  }

  #refuse(fault: Http1Fault, pos: number): number {
    this.#phase = FAILED;
    this.fault = fault;
    return pos;
  }
}
