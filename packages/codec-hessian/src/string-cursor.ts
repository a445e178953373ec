import { CodecErrorCode } from "@mesh/codec";
import { hexByte, uint16 } from "./bytes.ts";
import { Cursor } from "./cursor.ts";
import type { HessianDialect } from "./dialect.ts";
import { codeTables, HessianKind } from "./kind.ts";
import { KeptTexts } from "./kept-texts.ts";
import type { ReadyText } from "./opening.ts";
import { decodeText, textEnd, textTruncated } from "./text.ts";

const codeNull = 0x4e;

/** Reads strings, and goes past them. */
export class StringCursor extends Cursor {
  readonly #kinds: Uint8Array;
  /** The first byte of a chunk behind which another follows. */
  readonly #chunkCode: number;
  readonly #maxLength: number;
  readonly #kept: KeptTexts = new KeptTexts();
  /** Whether no string of the message was read. */
  #isOpening = true;
  /** What is known to be next. Whatever goes on in another way than `readString` has to forget it. */
  #ready: ReadyText | undefined = undefined;
  // What the last head of a chunk said.
  #chunkLength = 0;
  #chunkIsLast = true;
  // What `skipString` went past.
  textStart: number = 0;
  textEnd: number = 0;
  textIsPlain: boolean = false;

  constructor(dialect: HessianDialect, maxLength: number) {
    super(dialect);
    this.#kinds = codeTables[dialect].kinds;
    this.#chunkCode = dialect === "v3" ? 0x73 : 0x52;
    this.#maxLength = maxLength;
  }

  override reset(bytes: Buffer, start: number, end: number): void {
    super.reset(bytes, start, end);
    this.#isOpening = true;
    this.#ready = undefined;
  }

  forgetReady(): void {
    this.#ready = undefined;
  }

  /** Reads a string, or a null. */
  readString(): string | null | undefined {
    const ready = this.#ready;
    if (ready === undefined) return this.#readNextString();
    this.#ready = ready.following;
    this.at += ready.size;
    return ready.text;
  }

  #readNextString(): string | null | undefined {
    if (this.#isOpening) {
      this.#isOpening = false;
      const first = this.#kept.open(this.view, this.at, this.end);
      if (first !== undefined) {
        this.#ready = first.following;
        this.at += first.size;
        return first.text;
      }
    }
    // After a failure, nothing is before the end.
    const kept = this.#kept.follow(this.view, this.at, this.end);
    if (kept === undefined) return this.#readOtherString();
    this.at += kept.size;
    return kept.text;
  }

  #readOtherString(): string | null | undefined {
    if (this.error !== undefined) return undefined;
    const at = this.at;
    if (at >= this.end) {
      this.failCut();
      return undefined;
    }
    const code = this.bytes[at] ?? 0;
    if (code === codeNull) {
      this.at = at + 1;
      return null;
    }
    const text = this.#enterString(at, code);
    if (text < 0) return undefined;
    if (this.#chunkIsLast) return this.#readText(at, text, this.#chunkLength);
    return this.#readChunkedText(text);
  }

  /** Goes past a string. */
  skipString(): boolean {
    this.#ready = undefined;
    if (this.error !== undefined) return false;
    const at = this.at;
    if (at >= this.end) return this.failCut();
    const text = this.#enterString(at, this.bytes[at] ?? 0);
    if (text < 0) return false;
    const units = this.#chunkLength;
    const end = this.#stringChunksEnd(text);
    if (end < 0) return false;
    this.textStart = text;
    this.textEnd = end;
    // As many bytes as the first chunk has units: each unit has one, and no other chunk follows.
    this.textIsPlain = end - text === units;
    this.at = end;
    return true;
  }

  /** The end of the string at `at`, whatever its first byte `code` is. */
  stringEnd(at: number, code: number): number {
    if (code < 0x20) return this.textEndOf(at + 1, code);
    const text = this.#enterString(at, code);
    return text < 0 ? -1 : this.#stringChunksEnd(text);
  }

  /** The head of the string's first chunk at `at`: returns where its text begins. */
  #enterString(at: number, code: number): number {
    if (this.#kinds[code] !== HessianKind.String) return this.refuse(`expected a string, found ${hexByte(code)}`, at);
    this.#chunkIsLast = code !== this.#chunkCode;
    if (code < 0x20) {
      this.#chunkLength = code;
      return at + 1;
    }
    const text = at + (code < 0x34 ? 2 : 3);
    if (text > this.end) return this.refuseCut();
    this.#chunkLength = code < 0x34 ? ((code - 0x30) << 8) | (this.bytes[at + 1] ?? 0) : uint16(this.bytes, at + 1);
    return text;
  }

  /** The end of the string of which `#enterString` entered the first chunk, whose text is at `text`. */
  #stringChunksEnd(text: number): number {
    let length = 0;
    let at = text;
    for (;;) {
      const end = this.textEndOf(at, this.#chunkLength);
      if (end < 0) return -1;
      length += end - at;
      if (length > this.#maxLength) return this.refuseLength(text);
      if (this.#chunkIsLast) return end;
      if (end >= this.end) return this.refuseCut();
      at = this.#enterString(end, this.bytes[end] ?? 0);
      if (at < 0) return -1;
    }
  }

  /** The end of a text of `units` units that begins at `at`. */
  textEndOf(at: number, units: number): number {
    const end = textEnd(this.view, at, this.end, units);
    if (end >= 0) return end - at > this.#maxLength ? this.refuseLength(at) : end;
    return end === textTruncated ? this.refuseCut() : this.refuse("a text is not in CESU-8", at);
  }

  /** Reads the string at `at` whose only chunk has `units` units and its text at `start`. */
  #readText(at: number, start: number, units: number): string | undefined {
    const end = start + units;
    if (end <= this.end) {
      const kept = this.#kept.find(this.view, at, end - at);
      if (kept !== undefined) {
        this.at = end;
        return kept;
      }
    }
    return this.#readNewText(at, start, units);
  }

  #readNewText(at: number, start: number, units: number): string | undefined {
    const end = this.textEndOf(start, units);
    if (end < 0) return undefined;
    this.at = end;
    const text = decodeText(this.bytes, start, end, units);
    if (end - start === units) this.#kept.keep(this.view, at, end - at, text);
    return text;
  }

  /** Reads the string of which `#enterString` entered the first chunk, whose text is at `first`. */
  #readChunkedText(first: number): string | undefined {
    let text = "";
    let length = 0;
    let at = first;
    for (;;) {
      const end = this.textEndOf(at, this.#chunkLength);
      if (end < 0) return undefined;
      length += end - at;
      if (length > this.#maxLength) {
        this.refuseLength(first);
        return undefined;
      }
      text += decodeText(this.bytes, at, end, this.#chunkLength);
      if (this.#chunkIsLast) {
        this.at = end;
        return text;
      }
      if (end >= this.end) {
        this.failCut();
        return undefined;
      }
      at = this.#enterString(end, this.bytes[end] ?? 0);
      if (at < 0) return undefined;
    }
  }

  /** Fails for a string or binary that is too long. */
  refuseLength(at: number): -1 {
    return this.refuse(`a string or binary of more than ${this.#maxLength} bytes`, at, CodecErrorCode.LimitExceeded);
  }
}
