import { CodecError, CodecErrorCode, type HeaderMap } from "@mesh/codec";
import { HessianKind } from "@mesh/codec-hessian";
import { folded, int32, isAscii, isNameAt, isTextAt, writeInt32 } from "./bytes.ts";
import { DubboSerialization } from "./constants.ts";
import { encodeHessianString, hessianEnd, hessianMap, hessianReader, hessianText, isComplexHessian } from "./hessian.ts";
import { encodeJsonbString, intEnd, isComplexJsonb, Jsonb, jsonbEnd, jsonbText, stringEnd } from "./jsonb.ts";

/** What the head of a request says; header maps show it where the attachments do not. */
export interface DubboHead {
  /** Dubbo's `path`: the interface as a rule. */
  readonly path: string;
  /** The service's version, as it is written; `""` for null. */
  readonly version: string;
}

const noHead: DubboHead = { path: "", version: "" };
const noBytes = Buffer.alloc(0);
const emptyHessianMap = Buffer.from([hessianMap, hessianEnd]);
const emptyJsonbMap = Buffer.from([0, 0, 0, 2, Jsonb.Object, Jsonb.ObjectEnd]);
const lengthBytes = 4;

/**
 * The attachments of a request or response, in their bytes: a Hessian map or, behind an i32 that counts its bytes, a JSONB object.
 *
 * ```text
 *  from   first    bounds: name, value, name, value … and the end of the last value    to
 *   |      |                                                                      |    |
 *   H      4 path   13 com.acme.Echo   7 version   3 1.0 …                             Z
 * ```
 *
 * Values that are no text (from Dubbo 3 on there may be any) are kept as they are. An edit makes a changed copy of the bytes.
 */
export class DubboHeaders implements HeaderMap {
  /** Holds the attachments, from `from` to `to`: the frame's bytes, or once edited the attachments alone. */
  bytes: Buffer;
  from: number;
  to: number;
  /** Counts the edits; 0 while the bytes are those of the frame. */
  revision = 0;
  /** Why an edited map cannot be written. */
  error: CodecError | undefined = undefined;
  /** Whether there is anything to read or edit. */
  readonly readable: boolean;
  readonly #isHessian: boolean;
  readonly #bounds: number[];
  readonly #head: DubboHead;

  /** `bounds` is empty for attachments that are null or missing. */
  constructor(serialization: number, bytes: Buffer, from: number, to: number, bounds: number[] | undefined, head: DubboHead | undefined) {
    this.bytes = bytes;
    this.from = from;
    this.to = to;
    this.readable = bounds !== undefined;
    this.#isHessian = serialization === DubboSerialization.Hessian2;
    this.#bounds = bounds ?? [];
    this.#head = head ?? noHead;
  }

  /** Bytes of names and values. */
  get size(): number {
    const bounds = this.#bounds;
    return bounds.length < 2 ? 0 : (bounds[bounds.length - 1] ?? 0) - (bounds[0] ?? 0);
  }

  get count(): number {
    return this.#bounds.length >> 1;
  }

  get(name: string): string | undefined {
    let value: string | undefined;
    for (let index = this.#indexOf(name, 0); index >= 0; index = this.#indexOf(name, index + 2)) value = this.#valueAt(index) ?? value;
    if (value !== undefined) return value;
    const head = this.#head;
    switch (name.toLowerCase()) {
      case "path":
      case "interface":
        return head.path === "" ? undefined : head.path;
      case "version":
        return head.version === "" ? undefined : head.version;
      default:
        return undefined;
    }
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  /** A value that is no text is visited as null; an entry whose name is none is not visited. */
  forEach(visit: (name: string, value: string | null) => void): void {
    const bounds = this.#bounds;
    for (let index = 0; index + 2 < bounds.length; index += 2) {
      const name = this.#nameAt(index);
      if (typeof name === "string") visit(name, this.#valueAt(index) ?? null);
    }
  }

  set(name: string, value: string): void {
    const first = this.#indexOf(name, 0);
    if (first < 0) return this.append(name, value);
    for (let other = this.#indexOf(name, first + 2); other >= 0; other = this.#indexOf(name, other)) this.#remove(other);
    this.#own();
    this.#checkReferences(first);
    const bounds = this.#bounds;
    this.#splice(bounds[first + 1] ?? 0, bounds[first + 2] ?? 0, this.#encoded(value), first + 2);
  }

  append(name: string, value: string): void {
    this.#own();
    const bounds = this.#bounds;
    const end = bounds[bounds.length - 1] ?? 0;
    const key = this.#encoded(name);
    const text = this.#encoded(value);
    this.#splice(end, end, Buffer.concat([key, text]), bounds.length);
    bounds.push(end + key.length, end + key.length + text.length);
  }

  delete(name: string): boolean {
    let index = this.#indexOf(name, 0);
    if (index < 0) return false;
    for (; index >= 0; index = this.#indexOf(name, index)) this.#remove(index);
    return true;
  }

  /** The last value that is text of exactly that name, in ASCII, as Java tells names. */
  exactly(name: string): string | undefined {
    const { bytes } = this;
    const bounds = this.#bounds;
    let last: string | undefined;
    for (let index = 0; index + 2 < bounds.length; index += 2) {
      const at = bounds[index] ?? 0;
      const end = bounds[index + 1] ?? 0;
      const isNamed = this.#isPlain(at, end) ? isTextAt(bytes, at + 1, end, name) : this.#nameAt(index) === name;
      if (isNamed) last = this.#valueAt(index) ?? last;
    }
    return last;
  }

  /** The same bytes are elsewhere now. Not for edited headers, which own theirs. */
  move(bytes: Buffer, distance: number): void {
    this.bytes = bytes;
    this.from += distance;
    this.to += distance;
    const bounds = this.#bounds;
    for (let index = 0; index < bounds.length; index += 1) bounds[index] = (bounds[index] ?? 0) + distance;
  }

  /** Where in the bounds the next entry of that name is, from `start` on, or -1. */
  #indexOf(name: string, start: number): number {
    const bounds = this.#bounds;
    const plain = isAscii(name);
    for (let index = start; index + 2 < bounds.length; index += 2) {
      if (this.#isNamed(index, name, plain)) return index;
    }
    return -1;
  }

  /** `plain`: `name` is ASCII. */
  #isNamed(index: number, name: string, plain: boolean): boolean {
    const at = this.#bounds[index] ?? 0;
    const end = this.#bounds[index + 1] ?? 0;
    if (plain && this.#isPlain(at, end)) return isNameAt(this.bytes, at + 1, end, name);
    const present = this.#nameAt(index);
    return typeof present === "string" && folded(present) === folded(name);
  }

  /**
   * Whether the name from `at` to `end` is one byte that says its length, and characters of one byte each. In Hessian such a name may have
   * longer ones, overlong forms of ASCII too, which Java reads.
   */
  #isPlain(at: number, end: number): boolean {
    const code = this.bytes[at] ?? 0;
    return this.#isHessian ? code < 0x20 && end - at - 1 === code : code >= Jsonb.Ascii0 && code <= Jsonb.Ascii47;
  }

  #nameAt(index: number): string | null | undefined {
    const at = this.#bounds[index] ?? 0;
    const end = this.#bounds[index + 1] ?? 0;
    if (this.#isHessian) return isHessianString(this.bytes, at, end) ? hessianText(this.bytes, at, end) : undefined;
    const start = this.bytes[at] === Jsonb.Symbol ? at + 1 : at;
    const textEnd = stringEnd(this.bytes, start, end);
    return textEnd < 0 ? undefined : jsonbText(this.bytes, start, textEnd);
  }

  #valueAt(index: number): string | null | undefined {
    const at = this.#bounds[index + 1] ?? 0;
    const end = this.#bounds[index + 2] ?? 0;
    return this.#isHessian ? hessianText(this.bytes, at, end) : jsonbText(this.bytes, at, end);
  }

  #remove(index: number): void {
    this.#own();
    this.#checkReferences(index);
    const bounds = this.#bounds;
    this.#splice(bounds[index] ?? 0, bounds[index + 2] ?? 0, noBytes, index + 2);
    bounds.splice(index, 2);
  }

  /**
   * Lists, maps and objects have numbers or paths by which later values may mean them, and the names of their types too are written once
   * only: such a value can go only if none like it follows.
   */
  #checkReferences(index: number): void {
    if (
      !this.#isComplex(this.#bounds[index] ?? 0, this.#bounds[index + 1] ?? 0) &&
      !this.#isComplex(this.#bounds[index + 1] ?? 0, this.#bounds[index + 2] ?? 0)
    )
      return;
    const bounds = this.#bounds;
    for (let later = index + 2; later + 1 < bounds.length; later += 1) {
      if (this.#isComplex(bounds[later] ?? 0, bounds[later + 1] ?? 0)) {
        const message = `the attachment ${String(this.#nameAt(index))} is an object, to which a later attachment may refer`;
        this.error ??= new CodecError(CodecErrorCode.Unencodable, message, 0);
        return;
      }
    }
  }

  #isComplex(at: number, end: number): boolean {
    return this.#isHessian ? isComplexHessian(this.bytes, at, end) : isComplexJsonb(this.bytes, at);
  }

  #encoded(text: string): Buffer {
    return this.#isHessian ? encodeHessianString(text) : encodeJsonbString(text);
  }

  /** Makes the attachments own their bytes, and counts an edit. */
  #own(): void {
    this.revision += 1;
    if (this.revision > 1) return;
    const bounds = this.#bounds;
    if (bounds.length === 0) {
      this.bytes = this.#isHessian ? emptyHessianMap : emptyJsonbMap;
      bounds.push(this.bytes.length - 1);
    } else {
      const { from } = this;
      this.bytes = Buffer.from(this.bytes.subarray(from, this.to));
      for (let index = 0; index < bounds.length; index += 1) bounds[index] = (bounds[index] ?? 0) - from;
    }
    this.from = 0;
    this.to = this.bytes.length;
  }

  /** Replaces the bytes from `from` to `to`, and moves the bounds from the one of index `next` on. */
  #splice(from: number, to: number, replacement: Buffer, next: number): void {
    const { bytes } = this;
    const distance = replacement.length - (to - from);
    const changed = Buffer.allocUnsafe(bytes.length + distance);
    bytes.copy(changed, 0, 0, from);
    replacement.copy(changed, from);
    bytes.copy(changed, from + replacement.length, to);
    if (!this.#isHessian) writeInt32(changed, changed.length - lengthBytes, 0);
    this.bytes = changed;
    this.to = changed.length;
    const bounds = this.#bounds;
    for (let index = next; index < bounds.length; index += 1) bounds[index] = (bounds[index] ?? 0) + distance;
  }
}

/** Reads a Hessian map of attachments where `hessianReader` stands, in a message that ends at `end`. Undefined if there is none. */
export function readHessianAttachments(bytes: Buffer, end: number, head: DubboHead | undefined): DubboHeaders | undefined {
  const reader = hessianReader;
  const from = reader.offset;
  if (reader.error !== undefined) return undefined;
  if (from === end) return new DubboHeaders(DubboSerialization.Hessian2, bytes, from, from, [], head);
  if (reader.kind === HessianKind.Null) return new DubboHeaders(DubboSerialization.Hessian2, bytes, from, from + 1, [], head);
  if (!reader.enterMap()) return undefined;
  const bounds = [reader.offset];
  while (!reader.leaveMap()) {
    if (!reader.skip()) return undefined;
    bounds.push(reader.offset);
    if (!reader.skip()) return undefined;
    bounds.push(reader.offset);
  }
  return new DubboHeaders(DubboSerialization.Hessian2, bytes, from, reader.offset, bounds, head);
}

/** Reads the JSONB object of attachments whose length is at `from`. Undefined if there is none. */
export function readJsonbAttachments(bytes: Buffer, from: number, end: number, head: DubboHead | undefined): DubboHeaders | undefined {
  if (from === end) return new DubboHeaders(DubboSerialization.Fastjson2, bytes, from, from, [], head);
  if (end - from <= lengthBytes) return undefined;
  const length = int32(bytes, from);
  let at = from + lengthBytes;
  if (length <= 0 || length > end - at) return undefined;
  const to = at + length;
  if (bytes[at] === Jsonb.Null && length === 1) return new DubboHeaders(DubboSerialization.Fastjson2, bytes, from, to, [], head);
  if (bytes[at] === Jsonb.Typed) {
    const name = stringEnd(bytes, at + 1, to);
    at = intEnd(bytes, name < 0 ? at + 1 : name, to);
  }
  if (at < 0 || bytes[at] !== Jsonb.Object) return undefined;
  at += 1;
  const bounds = [at];
  while (bytes[at] !== Jsonb.ObjectEnd) {
    at = jsonbEnd(bytes, at, to);
    if (at < 0) return undefined;
    bounds.push(at);
    at = jsonbEnd(bytes, at, to);
    if (at < 0) return undefined;
    bounds.push(at);
  }
  return at + 1 === to ? new DubboHeaders(DubboSerialization.Fastjson2, bytes, from, to, bounds, head) : undefined;
}

function isHessianString(bytes: Buffer, at: number, end: number): boolean {
  hessianReader.reset(bytes, at, end);
  return hessianReader.kind === HessianKind.String;
}
