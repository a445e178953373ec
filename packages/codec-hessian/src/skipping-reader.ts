import { type CodecError, CodecErrorCode } from "@mesh/codec";
import type { HessianDialect } from "./dialect.ts";
import { codeTables, HessianKind, varies } from "./kind.ts";
import { completeLimits, type HessianLimits } from "./limits.ts";
import { hexByte, int32, uint16 } from "./bytes.ts";
import { StringCursor } from "./string-cursor.ts";

/** States of an open list, map or object; a state above zero is the number of values that are still to come. */
const complete = 0;
const openList = -1;
const openMapAtKey = -2;
const openMapAtValue = -3;

/**
 * Walks over values without making objects of them. One instance serves any number of messages, one after the other.
 *
 * Bytes never make it throw: a method that fails returns `undefined` or `false` and leaves the reason in `error`, after which every
 * method fails until the next `reset`. Deep nesting is a matter of `maxDepth`, not of JavaScript's stack.
 */
export class SkippingReader {
  readonly dialect: HessianDialect;
  readonly limits: HessianLimits;
  readonly #isV3: boolean;
  readonly #kinds: Uint8Array;
  readonly #widths: Uint8Array;
  readonly #endMark: number;
  readonly #definitionCode: number;
  readonly #cursor: StringCursor;
  #values = 0;
  #objects = 0;
  #types = 0;
  /** Number of fields by class definition. */
  readonly #fieldCounts: number[] = [];
  #definitions = 0;
  // What `skip` has open, by depth.
  readonly #states: Int32Array;
  readonly #counts: Int32Array;
  /** 1 where an end mark follows the last of a known number of values. */
  readonly #marked: Uint8Array;

  constructor(dialect: HessianDialect, limits: Partial<HessianLimits> = {}) {
    const table = codeTables[dialect];
    this.dialect = dialect;
    this.limits = completeLimits(limits);
    this.#cursor = new StringCursor(dialect, this.limits.maxLength);
    this.#isV3 = dialect === "v3";
    this.#kinds = table.kinds;
    this.#widths = table.widths;
    this.#endMark = table.end;
    this.#definitionCode = table.definition;
    this.#states = new Int32Array(this.limits.maxDepth + 1);
    this.#counts = new Int32Array(this.limits.maxDepth + 1);
    this.#marked = new Uint8Array(this.limits.maxDepth + 1);
  }

  /**
   * Begins a message, which is `bytes` from `start` to `end`, and must not change while it is read: definitions, types and the error of
   * the last one are forgotten. Messages in the same Buffer, one after the other, are read faster than each in one of its own.
   */
  reset(bytes: Buffer, start = 0, end: number = bytes.length): void {
    this.#cursor.reset(bytes, start, end);
    this.#values = 0;
    this.#objects = 0;
    this.#types = 0;
    this.#definitions = 0;
  }

  /** Where in the bytes given to `reset` the next value begins. After a failure, where that value began or later. */
  get offset(): number {
    return this.#cursor.at;
  }

  /** Whether all values were read or skipped. */
  get done(): boolean {
    return this.#cursor.at >= this.#cursor.end && this.#cursor.error === undefined;
  }

  /** Why a method failed. Its `offset` counts from the start of the message. */
  get error(): CodecError | undefined {
    return this.#cursor.error;
  }

  /** The kind of the next value; `HessianKind.None` at the end of the bytes, for a byte that begins no value, and after a failure. */
  get kind(): HessianKind {
    const cursor = this.#cursor;
    if (cursor.at >= cursor.end) return HessianKind.None;
    // The table holds nothing else.
    return this.#kinds[cursor.bytes[cursor.at] ?? 0] as HessianKind;
  }

  /**
   * Reads a string, or a null. Fails for another value: `kind` tells before. Short ASCII texts that came before are recognized by their
   * bytes, and not made again.
   */
  readString(): string | null | undefined {
    return this.#cursor.readString();
  }

  /**
   * Goes past a string, whose bytes are then from `textStart` to `textEnd`. Fails for a null and every other value: `kind` tells before.
   */
  skipString(): boolean {
    return this.#cursor.skipString();
  }

  /** Where in the bytes given to `reset` the text of the last `skipString` begins. */
  get textStart(): number {
    return this.#cursor.textStart;
  }

  get textEnd(): number {
    return this.#cursor.textEnd;
  }

  /** Whether the bytes from `textStart` to `textEnd` are the text in ASCII. Otherwise they are in CESU-8, perhaps with heads of chunks between them. */
  get textIsPlain(): boolean {
    return this.#cursor.textIsPlain;
  }

  /** Reads an int. Fails for another value, a long too. */
  readInt(): number | undefined {
    const cursor = this.#cursor;
    cursor.forgetReady();
    if (cursor.error !== undefined) return undefined;
    const at = cursor.at;
    const end = this.#intEnd(at);
    if (end < 0) return undefined;
    cursor.at = end;
    return intAt(cursor.bytes, at);
  }

  /**
   * Goes into a map, whose entries the other methods then read, key and value in turn, while `leaveMap` returns false. A map entered
   * does not count for the depth. Fails for a null and every other value: `kind` tells before.
   *
   * ```ts
   * if (reader.enterMap()) {
   *   while (reader.error === undefined && !reader.leaveMap()) console.log(reader.readString(), reader.readString());
   * }
   * ```
   */
  enterMap(): boolean {
    const cursor = this.#cursor;
    cursor.forgetReady();
    if (cursor.error !== undefined) return false;
    const at = cursor.at;
    if (at >= cursor.end) return cursor.failCut();
    const code = cursor.bytes[at] ?? 0;
    if (this.#kinds[code] !== HessianKind.Map) return cursor.fail(CodecErrorCode.Malformed, `expected a map, found ${hexByte(code)}`, at);
    const entries = this.#enterMapAt(at, code);
    if (entries < 0) return false;
    cursor.at = entries;
    return true;
  }

  /** Goes past the end mark of the map entered last, if that comes next. */
  leaveMap(): boolean {
    const cursor = this.#cursor;
    if (cursor.error !== undefined || cursor.at >= cursor.end || cursor.bytes[cursor.at] !== this.#endMark) return false;
    cursor.forgetReady();
    cursor.at += 1;
    return true;
  }

  /** Goes past one value, with all that is in it. */
  skip(): boolean {
    const cursor = this.#cursor;
    cursor.forgetReady();
    if (cursor.error !== undefined) return false;
    const { bytes, end } = cursor;
    const kinds = this.#kinds;
    const widths = this.#widths;
    const states = this.#states;
    const { maxDepth, maxCount, maxValues } = this.limits;
    let depth = 0;
    let at = cursor.at;
    for (;;) {
      if (at >= end) return cursor.failCut();
      const code = bytes[at] ?? 0;
      if (code === this.#definitionCode) {
        at = this.#definitionEnd(at);
        if (at < 0) return false;
        continue;
      }
      const width = widths[code] ?? varies;
      this.#values += 1;
      if (this.#values > maxValues) return cursor.fail(CodecErrorCode.LimitExceeded, `more than ${maxValues} values`, at);
      if (width !== varies) {
        at += 1 + width;
        if (at > end) return cursor.failCut();
      } else {
        const kind = kinds[code] ?? HessianKind.None;
        if (kind === HessianKind.String) {
          at = cursor.stringEnd(at, code);
        } else if (kind === HessianKind.Binary) {
          at = this.#binaryEnd(at, code);
        } else if (kind === HessianKind.Reference) {
          at = this.#referenceEnd(at, code);
        } else if (kind === HessianKind.Remote) {
          at = this.#remoteEnd(at);
        } else if (kind === HessianKind.None || kind === HessianKind.End) {
          return cursor.fail(CodecErrorCode.Malformed, `no value begins with ${hexByte(code)}`, at);
        } else {
          if (depth >= maxDepth) return cursor.fail(CodecErrorCode.LimitExceeded, `more than ${maxDepth} values inside each other`, at);
          depth += 1;
          if (kind === HessianKind.List) at = this.#enterListAt(at, code, depth);
          else if (kind === HessianKind.Object) at = this.#enterObjectAt(at, code, depth);
          else {
            at = this.#enterMapAt(at, code);
            this.#open(depth, openMapAtKey, false);
          }
        }
        if (at < 0) return false;
      }
      // Close what this value completed, up to something that wants another.
      while (depth > 0) {
        const state = states[depth] ?? complete;
        if (state > complete) {
          states[depth] = state - 1;
          break;
        }
        if (state === openMapAtValue) {
          states[depth] = openMapAtKey;
          break;
        }
        if (state === complete && this.#marked[depth] === 0) {
          depth -= 1;
          continue;
        }
        if (at >= end) return cursor.failCut();
        if (bytes[at] === this.#endMark) {
          at += 1;
          depth -= 1;
          continue;
        }
        if (state === complete) return cursor.fail(CodecErrorCode.Malformed, "a list goes on behind its last element", at);
        const count = (this.#counts[depth] ?? 0) + 1;
        if (count > maxCount) return cursor.fail(CodecErrorCode.LimitExceeded, `more than ${maxCount} entries`, at);
        this.#counts[depth] = count;
        if (state === openMapAtKey) states[depth] = openMapAtValue;
        break;
      }
      if (depth === 0) {
        cursor.at = at;
        return true;
      }
    }
  }

  #open(depth: number, state: number, marked: boolean): void {
    this.#states[depth] = state;
    this.#counts[depth] = 0;
    this.#marked[depth] = marked ? 1 : 0;
  }

  /** Opens the list at `at`, and returns where its elements begin. */
  #enterListAt(at: number, code: number, depth: number): number {
    this.#objects += 1;
    return this.#isV3 ? this.#enterV3List(at, code, depth) : this.#enterV4List(at, code, depth);
  }

  #enterV3List(at: number, code: number, depth: number): number {
    if (code === 0x76) {
      const type = this.#typeReferenceEnd(at + 1);
      return type < 0 ? -1 : this.#enterCounted(type, depth);
    }
    const length = this.#v3TypeEnd(at + 1);
    if (length < 0) return -1;
    const form = length < this.#cursor.end ? this.#cursor.bytes[length] : undefined;
    const elements = form === 0x6e ? length + 2 : form === 0x6c ? length + 5 : length;
    if (elements > this.#cursor.end) return this.#cursor.refuseCut();
    if (elements === length) {
      this.#open(depth, openList, false);
      return elements;
    }
    const count = form === 0x6e ? (this.#cursor.bytes[length + 1] ?? 0) : int32(this.#cursor.bytes, length + 1);
    if (!this.#checkCount(count, elements)) return -1;
    this.#open(depth, count, true);
    return elements;
  }

  #enterV4List(at: number, code: number, depth: number): number {
    const isTyped = code < 0x57 || (code >= 0x70 && code < 0x78);
    const length = isTyped ? this.#v4TypeEnd(at + 1) : at + 1;
    if (length < 0) return -1;
    if (code === 0x56 || code === 0x58) return this.#enterCounted(length, depth);
    if (code < 0x70) {
      this.#open(depth, openList, false);
      return length;
    }
    const count = code & 0x07;
    if (!this.#checkCount(count, length)) return -1;
    this.#open(depth, count, false);
    return length;
  }

  /** Opens a list whose number of elements is the int at `at`. */
  #enterCounted(at: number, depth: number): number {
    const elements = this.#intEnd(at);
    if (elements < 0) return -1;
    const count = intAt(this.#cursor.bytes, at);
    if (!this.#checkCount(count, elements)) return -1;
    this.#open(depth, count, false);
    return elements;
  }

  /** Opens the map at `at` for its caller, and returns where its entries begin. */
  #enterMapAt(at: number, code: number): number {
    this.#objects += 1;
    if (this.#isV3) return this.#v3TypeEnd(at + 1);
    return code === 0x4d ? this.#v4TypeEnd(at + 1) : at + 1;
  }

  /** Opens the object at `at`, and returns where the values of its fields begin. */
  #enterObjectAt(at: number, code: number, depth: number): number {
    this.#objects += 1;
    let definition = code & 0x0f;
    let fields = at + 1;
    if (this.#isV3 || code < 0x60) {
      fields = this.#intEnd(at + 1);
      if (fields < 0) return -1;
      definition = intAt(this.#cursor.bytes, at + 1);
    }
    if (definition < 0 || definition >= this.#definitions) return this.#cursor.refuse(`class definition ${definition} is not there`, at);
    this.#open(depth, this.#fieldCounts[definition] ?? 0, false);
    return fields;
  }

  /** The end of the class definition at `at`. */
  #definitionEnd(at: number): number {
    const { maxDefinitions, maxCount } = this.limits;
    if (this.#definitions === maxDefinitions) {
      return this.#cursor.refuse(`more than ${maxDefinitions} class definitions`, at, CodecErrorCode.LimitExceeded);
    }
    const name = this.#isV3 ? this.#lengthFirstTextEnd(at + 1) : this.#nameEnd(at + 1);
    if (name < 0) return -1;
    const fields = this.#intEnd(name);
    if (fields < 0) return -1;
    const count = intAt(this.#cursor.bytes, name);
    if (count > maxCount) return this.#cursor.refuse(`more than ${maxCount} fields`, name, CodecErrorCode.LimitExceeded);
    if (count < 0) return this.#cursor.refuse("a negative number of fields", name);
    let position = fields;
    for (let field = 0; field < count; field += 1) {
      position = this.#nameEnd(position);
      if (position < 0) return -1;
    }
    this.#fieldCounts[this.#definitions] = count;
    this.#definitions += 1;
    return position;
  }

  /** The end of the string at `at`, which is a name and not a value. */
  #nameEnd(at: number): number {
    if (at >= this.#cursor.end) return this.#cursor.refuseCut();
    return this.#cursor.stringEnd(at, this.#cursor.bytes[at] ?? 0);
  }

  /** The end of a text that follows its length as an int. */
  #lengthFirstTextEnd(at: number): number {
    const text = this.#intEnd(at);
    if (text < 0) return -1;
    const units = intAt(this.#cursor.bytes, at);
    if (units < 0) return this.#cursor.refuse("a name of negative length", at);
    return this.#cursor.textEndOf(text, units);
  }

  /** The end of the type at `at`, or `at` if there is none. */
  #v3TypeEnd(at: number): number {
    const code = at < this.#cursor.end ? this.#cursor.bytes[at] : undefined;
    if (code === 0x75) return this.#typeReferenceEnd(at + 1);
    if (code !== 0x74) return at;
    if (!this.#addType(at)) return -1;
    if (at + 3 > this.#cursor.end) return this.#cursor.refuseCut();
    return this.#cursor.textEndOf(at + 3, uint16(this.#cursor.bytes, at + 1));
  }

  /** The end of the type at `at`, a string or the number of one that came before. */
  #v4TypeEnd(at: number): number {
    if (at >= this.#cursor.end) return this.#cursor.refuseCut();
    const code = this.#cursor.bytes[at] ?? 0;
    if (this.#kinds[code] !== HessianKind.String) return this.#typeReferenceEnd(at);
    return this.#addType(at) ? this.#cursor.stringEnd(at, code) : -1;
  }

  #addType(at: number): boolean {
    this.#types += 1;
    if (this.#types <= this.limits.maxTypes) return true;
    return this.#cursor.fail(CodecErrorCode.LimitExceeded, `more than ${this.limits.maxTypes} types`, at);
  }

  #typeReferenceEnd(at: number): number {
    const end = this.#intEnd(at);
    if (end < 0) return -1;
    const type = intAt(this.#cursor.bytes, at);
    return type >= 0 && type < this.#types ? end : this.#cursor.refuse(`type ${type} is not there`, at);
  }

  #referenceEnd(at: number, code: number): number {
    const bytes = this.#cursor.bytes;
    let target = 0;
    let end = 0;
    if (!this.#isV3) {
      end = this.#intEnd(at + 1);
      if (end < 0) return -1;
      target = intAt(bytes, at + 1);
    } else {
      end = at + (code === 0x4a ? 2 : code === 0x4b ? 3 : 5);
      if (end > this.#cursor.end) return this.#cursor.refuseCut();
      target = code === 0x4a ? (bytes[at + 1] ?? 0) : code === 0x4b ? uint16(bytes, at + 1) : int32(bytes, at + 1);
    }
    return target >= 0 && target < this.#objects ? end : this.#cursor.refuse(`object ${target} is not there`, at);
  }

  #remoteEnd(at: number): number {
    const url = this.#v3TypeEnd(at + 1);
    return url < 0 ? -1 : this.#nameEnd(url);
  }

  /** The end of the int at `at`, which may be any byte. */
  #intEnd(at: number): number {
    if (at >= this.#cursor.end) return this.#cursor.refuseCut();
    const code = this.#cursor.bytes[at] ?? 0;
    if (this.#kinds[code] !== HessianKind.Int) return this.#cursor.refuse(`expected an int, found ${hexByte(code)}`, at);
    const end = at + 1 + (this.#widths[code] ?? 0);
    return end <= this.#cursor.end ? end : this.#cursor.refuseCut();
  }

  #binaryEnd(start: number, first: number): number {
    let length = 0;
    let code = first;
    let at = start;
    for (;;) {
      if (this.#kinds[code] !== HessianKind.Binary) return this.#cursor.refuse(`expected bytes, found ${hexByte(code)}`, at);
      const isDirect = code < 0x30;
      const data = at + (isDirect ? 1 : code < 0x38 ? 2 : 3);
      if (data > this.#cursor.end) return this.#cursor.refuseCut();
      let size = code & 0x0f;
      if (!isDirect) size = code < 0x38 ? ((code - 0x34) << 8) | (this.#cursor.bytes[at + 1] ?? 0) : uint16(this.#cursor.bytes, at + 1);
      length += size;
      if (length > this.limits.maxLength) return this.#cursor.refuseLength(start);
      at = data + size;
      if (at > this.#cursor.end) return this.#cursor.refuseCut();
      if (code !== (this.#isV3 ? 0x62 : 0x41)) return at;
      if (at >= this.#cursor.end) return this.#cursor.refuseCut();
      code = this.#cursor.bytes[at] ?? 0;
    }
  }

  /** Whether a list of `count` elements from `at` on may be. Each has at least a byte. */
  #checkCount(count: number, at: number): boolean {
    if (count < 0) return this.#cursor.fail(CodecErrorCode.Malformed, "a list of negative length", at);
    if (count > this.limits.maxCount)
      return this.#cursor.fail(CodecErrorCode.LimitExceeded, `more than ${this.limits.maxCount} elements`, at);
    return count <= this.#cursor.end - at || this.#cursor.failCut();
  }
}

/** The int at `at`, where `#intEnd` has found one. */
function intAt(bytes: Uint8Array, at: number): number {
  const code = bytes[at] ?? 0;
  if (code === 0x49) return int32(bytes, at + 1);
  if (code < 0xc0) return code - 0x90;
  if (code < 0xd0) return ((code - 0xc8) << 8) + (bytes[at + 1] ?? 0);
  return ((code - 0xd4) << 16) + uint16(bytes, at + 1);
}
