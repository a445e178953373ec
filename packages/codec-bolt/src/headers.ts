import type { HeaderMap } from "@mesh/codec";
import { int32, writeInt32 } from "./bytes.ts";

/**
 * SOFARPC's header map (`SimpleMapSerializer`) in its bytes:
 * `repeat { i32 length of name, name in UTF-8, i32 length of value, value in UTF-8 }`, where a length of -1 is null.
 *
 * The bytes have been checked before. An edit makes a changed copy of them, so entries that are not named keep theirs, whatever they are.
 */
export class BoltHeaders implements HeaderMap {
  bytes: Buffer;
  start: number;
  end: number;
  /** Counts the edits; 0 while the bytes are those of the frame. */
  revision = 0;

  constructor(bytes: Buffer, start: number, end: number) {
    this.bytes = bytes;
    this.start = start;
    this.end = end;
  }

  get(name: string): string | undefined {
    const value = this.#lastValue(name);
    return value < 0 ? undefined : this.bytes.toString("utf8", value + 4, value + 4 + int32(this.bytes, value));
  }

  has(name: string): boolean {
    return this.#lastValue(name) >= 0;
  }

  /** A null name (no receiver keeps its entry) is visited as `""`. */
  forEach(visit: (name: string, value: string | null) => void): void {
    const { bytes, end } = this;
    for (let entry = this.start; entry < end; entry = entryEnd(bytes, entry)) {
      const value = stringEnd(bytes, entry);
      visit(stringAt(bytes, entry) ?? "", stringAt(bytes, value));
    }
  }

  set(name: string, value: string): void {
    const first = this.#first(name);
    if (first < 0) return this.append(name, value);
    const { bytes } = this;
    const kept = stringEnd(bytes, first);
    const rest = new BoltHeaders(bytes, entryEnd(bytes, first), this.end);
    rest.delete(name);
    this.#replace([bytes.subarray(this.start, kept), encodedString(value), rest.bytes.subarray(rest.start, rest.end)]);
  }

  append(name: string, value: string): void {
    this.#replace([this.bytes.subarray(this.start, this.end), encodedString(name), encodedString(value)]);
  }

  delete(name: string): boolean {
    const { bytes, end } = this;
    const plain = isAscii(name);
    const kept: Buffer[] = [];
    let from = this.start;
    for (let entry = from; entry < end;) {
      const next = entryEnd(bytes, entry);
      if (isNamed(bytes, entry, name, plain)) {
        kept.push(bytes.subarray(from, entry));
        from = next;
      }
      entry = next;
    }
    if (kept.length === 0) return false;
    kept.push(bytes.subarray(from, end));
    this.#replace(kept);
    return true;
  }

  /** The same bytes are elsewhere now. Not for edited headers, which own theirs. */
  move(bytes: Buffer, start: number): void {
    this.end += start - this.start;
    this.start = start;
    this.bytes = bytes;
  }

  #replace(parts: readonly Buffer[]): void {
    this.bytes = Buffer.concat(parts);
    this.start = 0;
    this.end = this.bytes.length;
    this.revision += 1;
  }

  /** Where the first entry of that name begins, or -1. */
  #first(name: string): number {
    const { bytes, end } = this;
    const plain = isAscii(name);
    for (let entry = this.start; entry < end; entry = entryEnd(bytes, entry)) {
      if (isNamed(bytes, entry, name, plain)) return entry;
    }
    return -1;
  }

  /** Where the length of the last value of that name is that is not null, or -1. */
  #lastValue(name: string): number {
    const { bytes, end } = this;
    const plain = isAscii(name);
    let last = -1;
    for (let entry = this.start; entry < end; entry = entryEnd(bytes, entry)) {
      const value = stringEnd(bytes, entry);
      if (int32(bytes, value) >= 0 && isNamed(bytes, entry, name, plain)) last = value;
    }
    return last;
  }
}

/** The bytes of a header map. */
export function encodeHeaders(headers: Iterable<readonly [name: string, value: string | null]>): Buffer {
  const parts: Buffer[] = [];
  for (const [name, value] of headers) parts.push(encodedString(name), encodedString(value));
  return Buffer.concat(parts);
}

function encodedString(value: string | null): Buffer {
  const length = value === null ? 0 : Buffer.byteLength(value);
  const bytes = Buffer.allocUnsafe(4 + length);
  writeInt32(bytes, value === null ? -1 : length, 0);
  if (value !== null) bytes.write(value, 4);
  return bytes;
}

function stringEnd(bytes: Buffer, at: number): number {
  const length = int32(bytes, at);
  return at + 4 + (length < 0 ? 0 : length);
}

function entryEnd(bytes: Buffer, entry: number): number {
  return stringEnd(bytes, stringEnd(bytes, entry));
}

function stringAt(bytes: Buffer, at: number): string | null {
  const length = int32(bytes, at);
  return length < 0 ? null : bytes.toString("utf8", at + 4, at + 4 + length);
}

/** Whether the name of the entry is `name`, but for the case of ASCII letters. `plain`: `name` is ASCII, so its bytes are its characters. */
function isNamed(bytes: Buffer, entry: number, name: string, plain: boolean): boolean {
  const length = int32(bytes, entry);
  if (!plain) return length >= 0 && folded(stringAt(bytes, entry) ?? "") === folded(name);
  if (length !== name.length) return false;
  for (let index = 0; index < length; index += 1) {
    if (foldedCode(bytes[entry + 4 + index] ?? 0) !== foldedCode(name.charCodeAt(index))) return false;
  }
  return true;
}

function foldedCode(code: number): number {
  return code >= 0x41 && code <= 0x5a ? code | 0x20 : code;
}

function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    if (text.charCodeAt(index) > 0x7f) return false;
  }
  return true;
}

function folded(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
