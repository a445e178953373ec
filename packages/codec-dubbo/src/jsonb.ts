import { isAscii } from "./bytes.ts";

/**
 * JSONB, fastjson2's binary JSON (https://alibaba.github.io/fastjson2/JSONB/jsonb_format_en), as far as strings, numbers and the bounds of
 * values go. A function that finds bytes which are no JSONB, or which end too early, returns -1 as the offset.
 */
export const Jsonb = {
  Int32: 0x48,
  Ascii0: 0x49,
  Ascii47: 0x78,
  Ascii: 0x79,
  Utf8: 0x7a,
  Utf16: 0x7b,
  Utf16Le: 0x7c,
  Utf16Be: 0x7d,
  Gb18030: 0x7e,
  Symbol: 0x7f,
  Char: 0x90,
  Binary: 0x91,
  Typed: 0x92,
  Reference: 0x93,
  Array0: 0x94,
  Array15: 0xa3,
  Array: 0xa4,
  ObjectEnd: 0xa5,
  Object: 0xa6,
  Null: 0xaf,
  False: 0xb0,
  True: 0xb1,
  Double0: 0xb2,
  Double1: 0xb3,
  DoubleLong: 0xb4,
  Double: 0xb5,
  FloatInt: 0xb6,
  Float: 0xb7,
  DecimalLong: 0xb8,
  Decimal: 0xb9,
  BigintLong: 0xba,
  Bigint: 0xbb,
  Int16: 0xbc,
  Int8: 0xbd,
  Int64: 0xbe,
  Int64AsInt: 0xbf,
} as const;

const wrong = -1;

/** Lists and objects inside each other, at most: as many as fastjson2 reads (`JSONReader.Context.maxLevel`). */
const maxDepth = 2048;
/** A state of `#states`: an object whose next item is a name; states above zero count items of a list that are still to come. */
const atName = -1;
const atValue = -2;
const states = new Int32Array(maxDepth + 1);

/** What follows the first byte of values of a fixed size; `varies` for the others. */
const varies = 0xff;
const widths = ((): Uint8Array => {
  const table = new Uint8Array(256).fill(varies);
  const rows: readonly (readonly [first: number, last: number, width: number])[] = [
    [0x00, 0x2f, 0],
    [0x30, 0x3f, 1],
    [0x40, 0x47, 2],
    [0x48, 0x48, 4],
    // Local date, timestamps of milliseconds, seconds and minutes.
    [0xa9, 0xa9, 4],
    [0xab, 0xab, 8],
    [0xac, 0xad, 4],
    [0xaf, 0xb3, 0],
    [0xb5, 0xb5, 8],
    [0xb7, 0xb7, 4],
    [0xbc, 0xbc, 2],
    [0xbd, 0xbd, 1],
    [0xbe, 0xbe, 8],
    [0xbf, 0xbf, 4],
    [0xc0, 0xc7, 2],
    [0xc8, 0xd7, 1],
    [0xd8, 0xff, 0],
  ];
  for (const [first, last, width] of rows) table.fill(width, first, last + 1);
  return table;
})();

/** Where the value that begins at `at` ends. */
export function jsonbEnd(bytes: Uint8Array, from: number, end: number): number {
  let depth = 0;
  let at = from;
  for (;;) {
    if (at >= end) return wrong;
    const code = bytes[at] ?? 0;
    if (code === Jsonb.Typed) {
      at = nameEnd(bytes, at + 1, end);
      if (at < 0) return wrong;
      continue;
    }
    const list = listLength(bytes, at, end, code);
    if (list >= 0 || code === Jsonb.Object) {
      if (depth === maxDepth) return wrong;
      depth += 1;
      states[depth] = code === Jsonb.Object ? atName : list;
      at = code === Jsonb.Object ? at + 1 : listStart(bytes, at, end, code);
    } else {
      at = scalarEnd(bytes, at, end, code);
      if (at < 0 || at > end) return wrong;
    }
    while (depth > 0) {
      const state = states[depth] ?? 0;
      if (state > 0) {
        states[depth] = state - 1;
        break;
      }
      if (state === atValue) {
        states[depth] = atName;
        break;
      }
      if (state === atName && bytes[at] !== Jsonb.ObjectEnd) {
        states[depth] = atValue;
        break;
      }
      if (state === atName) {
        if (at >= end) return wrong;
        at += 1;
      }
      depth -= 1;
    }
    if (depth === 0) return at;
  }
}

/** The number of items of a list, or -1 if there is none at `at`. */
function listLength(bytes: Uint8Array, at: number, end: number, code: number): number {
  if (code >= Jsonb.Array0 && code <= Jsonb.Array15) return code - Jsonb.Array0;
  if (code !== Jsonb.Array || intEnd(bytes, at + 1, end) < 0) return -1;
  return intAt(bytes, at + 1);
}

function listStart(bytes: Uint8Array, at: number, end: number, code: number): number {
  return code === Jsonb.Array ? intEnd(bytes, at + 1, end) : at + 1;
}

/** Where a value ends that is neither list nor object; -1 too for what is no value. May be beyond `end`. */
function scalarEnd(bytes: Uint8Array, at: number, end: number, code: number): number {
  const width = widths[code] ?? varies;
  if (width !== varies) return at + 1 + width;
  if (code >= Jsonb.Ascii0 && code <= Jsonb.Gb18030) return stringEnd(bytes, at, end);
  switch (code) {
    case Jsonb.Symbol:
      return nameEnd(bytes, at + 1, end);
    case Jsonb.Char:
    case Jsonb.FloatInt:
      return intEnd(bytes, at + 1, end);
    case Jsonb.Binary:
    case Jsonb.Bigint:
      return lengthEnd(bytes, at + 1, end);
    case Jsonb.Reference:
      return stringEnd(bytes, at + 1, end);
    case Jsonb.DoubleLong:
    case Jsonb.DecimalLong:
    case Jsonb.BigintLong:
      return integerEnd(bytes, at + 1, end);
    case Jsonb.Decimal: {
      const scale = intEnd(bytes, at + 1, end);
      if (scale < 0) return wrong;
      return bytes[scale] === Jsonb.Bigint ? lengthEnd(bytes, scale + 1, end) : integerEnd(bytes, scale, end);
    }
    case 0xa7:
      return intEnd(bytes, at + 4, end);
    case 0xa8:
      return intEnd(bytes, at + 8, end);
    case 0xaa: {
      const nanoseconds = intEnd(bytes, at + 8, end);
      return nanoseconds < 0 ? wrong : stringEnd(bytes, nanoseconds, end);
    }
    case 0xae: {
      const seconds = integerEnd(bytes, at + 1, end);
      return seconds < 0 ? wrong : intEnd(bytes, seconds, end);
    }
    default:
      return wrong;
  }
}

/** Where an integer of any length ends, an int or a long. */
function integerEnd(bytes: Uint8Array, at: number, end: number): number {
  if (at >= end) return wrong;
  const code = bytes[at] ?? 0;
  if (code > Jsonb.Int32 && code < Jsonb.Int16) return wrong;
  const width = widths[code] ?? varies;
  return width === varies || at + 1 + width > end ? wrong : at + 1 + width;
}

/** Where an int ends, the form of lengths, scales and symbols. */
export function intEnd(bytes: Uint8Array, at: number, end: number): number {
  if (at >= end) return wrong;
  const code = bytes[at] ?? 0;
  if (code > Jsonb.Int32 && code < 0xf0) return wrong;
  const next = at + 1 + (widths[code] ?? 0);
  return next > end ? wrong : next;
}

/** The int at `at`, whose end has been found. */
export function intAt(bytes: Uint8Array, at: number): number {
  const code = bytes[at] ?? 0;
  if (code >= 0xf0) return code - 0x100;
  if (code < 0x30) return code;
  const second = bytes[at + 1] ?? 0;
  if (code < 0x40) return ((code - 0x38) << 8) + second;
  const third = bytes[at + 2] ?? 0;
  if (code < 0x48) return ((code - 0x44) << 16) + (second << 8) + third;
  return (second << 24) | (third << 16) | ((bytes[at + 3] ?? 0) << 8) | (bytes[at + 4] ?? 0);
}

/** Where bytes end whose length is at `at`. */
function lengthEnd(bytes: Uint8Array, at: number, end: number): number {
  const start = intEnd(bytes, at, end);
  if (start < 0) return wrong;
  const length = intAt(bytes, at);
  return length < 0 || length > end - start ? wrong : start + length;
}

/** Where a string ends. -1 too for what is no string. */
export function stringEnd(bytes: Uint8Array, at: number, end: number): number {
  if (at >= end) return wrong;
  const code = bytes[at] ?? 0;
  if (code < Jsonb.Ascii0 || code > Jsonb.Gb18030) return wrong;
  if (code > Jsonb.Ascii47) return lengthEnd(bytes, at + 1, end);
  const next = at + 1 + code - Jsonb.Ascii0;
  return next > end ? wrong : next;
}

/** Where the name of a type or a symbol ends: a string and its number, or the number of one that came before. */
function nameEnd(bytes: Uint8Array, at: number, end: number): number {
  const text = stringEnd(bytes, at, end);
  return intEnd(bytes, text < 0 ? at : text, end);
}

/** The text of the string from `at` to `end`, whose end has been found; undefined where it is in GB 18030, which Node does not know. */
export function stringAt(bytes: Buffer, at: number, end: number): string | undefined {
  const code = bytes[at] ?? 0;
  if (code <= Jsonb.Ascii47) return bytes.toString("latin1", at + 1, end);
  const start = intEnd(bytes, at + 1, end);
  switch (code) {
    case Jsonb.Ascii:
      return bytes.toString("latin1", start, end);
    case Jsonb.Utf8:
      return bytes.toString("utf8", start, end);
    case Jsonb.Utf16Le:
      return bytes.toString("utf16le", start, end);
    case Jsonb.Utf16:
    case Jsonb.Utf16Be:
      return (end - start) % 2 === 0 ? Buffer.from(bytes.subarray(start, end)).swap16().toString("utf16le") : undefined;
    default:
      return undefined;
  }
}

/** The text of a string, number or boolean; null for a null; undefined for another value. The value's end has been found. */
export function jsonbText(bytes: Buffer, at: number, end: number): string | null | undefined {
  const code = bytes[at] ?? 0;
  if (code >= Jsonb.Ascii0 && code <= Jsonb.Gb18030) return stringAt(bytes, at, end);
  if (code <= Jsonb.Int32 || code >= 0xf0) return String(intAt(bytes, at));
  if (code >= 0xd8) return String(code - 0xe0);
  if (code >= 0xc8) return String(((code - 0xd0) << 8) + (bytes[at + 1] ?? 0));
  if (code >= 0xc0) return String(((code - 0xc4) << 16) + bytes.readUInt16BE(at + 1));
  switch (code) {
    case Jsonb.Null:
      return null;
    case Jsonb.False:
      return "false";
    case Jsonb.True:
      return "true";
    case Jsonb.Int8:
      return String(bytes.readInt8(at + 1));
    case Jsonb.Int16:
      return String(bytes.readInt16BE(at + 1));
    case Jsonb.Int64AsInt:
      return String(bytes.readInt32BE(at + 1));
    case Jsonb.Int64:
      return String(bytes.readBigInt64BE(at + 1));
    case Jsonb.Double0:
      return "0";
    case Jsonb.Double1:
      return "1";
    case Jsonb.Double:
      return String(bytes.readDoubleBE(at + 1));
    case Jsonb.Float:
      return String(bytes.readFloatBE(at + 1));
    case Jsonb.DoubleLong:
      return jsonbText(bytes, at + 1, end);
    case Jsonb.FloatInt:
      return jsonbText(bytes, at + 1, end);
    default:
      return undefined;
  }
}

/** Whether a value may be meant by a reference, or mean others: everything but strings, numbers, booleans and null. */
export function isComplexJsonb(bytes: Uint8Array, at: number): boolean {
  const code = bytes[at] ?? 0;
  return code === Jsonb.Symbol || (code >= Jsonb.Typed && code <= Jsonb.Object);
}

/** A string, in ASCII or else in UTF-8. */
export function encodeJsonbString(text: string): Buffer {
  const plain = isAscii(text);
  const length = plain ? text.length : Buffer.byteLength(text);
  const short = plain && length <= 47;
  const head = short
    ? Buffer.from([Jsonb.Ascii0 + length])
    : Buffer.concat([Buffer.from([plain ? Jsonb.Ascii : Jsonb.Utf8]), encodeJsonbInt(length)]);
  const bytes = Buffer.allocUnsafe(head.length + length);
  head.copy(bytes);
  bytes.write(text, head.length, plain ? "latin1" : "utf8");
  return bytes;
}

/** An int in its shortest form. */
export function encodeJsonbInt(value: number): Buffer {
  if (value >= -16 && value <= 47) return Buffer.from([value & 0xff]);
  if (value >= -0x800 && value <= 0x7ff) return Buffer.from([0x38 + (value >> 8), value & 0xff]);
  if (value >= -0x40000 && value <= 0x3ffff) return Buffer.from([0x44 + (value >> 16), (value >> 8) & 0xff, value & 0xff]);
  const bytes = Buffer.allocUnsafe(5);
  bytes[0] = Jsonb.Int32;
  bytes.writeInt32BE(value, 1);
  return bytes;
}
