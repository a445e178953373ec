import { HessianKind, SkippingReader } from "@mesh/codec-hessian";

/** What Dubbo needs of Hessian 2 (the dialect "v4") beside `SkippingReader`: texts of scalars, and strings to write. */

/** More than the bytes of any frame. */
const unlimited = 0x7fff_ffff;

/**
 * One for all frames, which are read one after the other. Skipping takes no memory and no more time than the frame has bytes, whose number is
 * limited: what Java reads, a list of some million ints too, must not hide the attachments behind it.
 */
export const hessianReader: SkippingReader = new SkippingReader("v4", {
  maxDepth: 4096,
  maxLength: unlimited,
  maxCount: unlimited,
  maxValues: unlimited,
});

export const hessianNull = 0x4e;
export const hessianMap = 0x48;
export const hessianEnd = 0x5a;

/** Strings of more units are written in chunks. */
const chunkUnits = 0x8000;

/** The text of a string, number or boolean; null for a null; undefined for another value. The value's end has been found. */
export function hessianText(bytes: Buffer, at: number, end: number): string | null | undefined {
  const code = bytes[at] ?? 0;
  hessianReader.reset(bytes, at, end);
  switch (hessianReader.kind) {
    case HessianKind.String:
      return hessianReader.readString();
    case HessianKind.Null:
      return null;
    case HessianKind.Boolean:
      return code === 0x54 ? "true" : "false";
    case HessianKind.Int:
      return textOf(hessianReader.readInt());
    case HessianKind.Long:
      return longText(bytes, at, code);
    case HessianKind.Double:
      return doubleText(bytes, at, code);
    default:
      return undefined;
  }
}

function textOf(value: number | undefined): string | undefined {
  return value === undefined ? undefined : String(value);
}

function longText(bytes: Buffer, at: number, code: number): string {
  if (code >= 0xf0) return String(((code - 0xf8) << 8) + (bytes[at + 1] ?? 0));
  if (code >= 0xd8) return String(code - 0xe0);
  if (code === 0x59) return String(bytes.readInt32BE(at + 1));
  if (code === 0x4c) return String(bytes.readBigInt64BE(at + 1));
  return String(((code - 0x3c) << 16) + bytes.readUInt16BE(at + 1));
}

function doubleText(bytes: Buffer, at: number, code: number): string {
  switch (code) {
    case 0x5b:
      return "0";
    case 0x5c:
      return "1";
    case 0x5d:
      return String(bytes.readInt8(at + 1));
    case 0x5e:
      return String(bytes.readInt16BE(at + 1));
    case 0x5f:
      return String(bytes.readInt32BE(at + 1) / 1000);
    default:
      return String(bytes.readDoubleBE(at + 1));
  }
}

/** Whether a value may be meant by a reference, or bring definitions that later values need. */
export function isComplexHessian(bytes: Buffer, at: number, end: number): boolean {
  hessianReader.reset(bytes, at, end);
  switch (hessianReader.kind) {
    case HessianKind.List:
    case HessianKind.Map:
    case HessianKind.Object:
    case HessianKind.Reference:
      return true;
    default:
      return false;
  }
}

/** A string as hessian-lite writes it. */
export function encodeHessianString(text: string): Buffer {
  const bytes = Buffer.allocUnsafe(3 * text.length + 3 * (Math.ceil(text.length / chunkUnits) + 1));
  let at = 0;
  let from = 0;
  for (; text.length - from > chunkUnits; from += chunkUnits) {
    bytes[at] = 0x52;
    bytes.writeUInt16BE(chunkUnits, at + 1);
    at = writeUnits(bytes, at + 3, text, from, from + chunkUnits);
  }
  const rest = text.length - from;
  if (rest < 0x20) {
    bytes[at] = rest;
    at += 1;
  } else if (rest < 0x400) {
    bytes[at] = 0x30 | (rest >> 8);
    bytes[at + 1] = rest;
    at += 2;
  } else {
    bytes[at] = 0x53;
    bytes.writeUInt16BE(rest, at + 1);
    at += 3;
  }
  return bytes.subarray(0, writeUnits(bytes, at, text, from, text.length));
}

/** Each UTF-16 unit by itself in one to three bytes (CESU-8). */
function writeUnits(target: Uint8Array, start: number, text: string, from: number, to: number): number {
  let at = start;
  for (let index = from; index < to; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit < 0x80) {
      target[at] = unit;
      at += 1;
    } else if (unit < 0x800) {
      target[at] = 0xc0 | (unit >> 6);
      target[at + 1] = 0x80 | (unit & 0x3f);
      at += 2;
    } else {
      target[at] = 0xe0 | (unit >> 12);
      target[at + 1] = 0x80 | ((unit >> 6) & 0x3f);
      target[at + 2] = 0x80 | (unit & 0x3f);
      at += 3;
    }
  }
  return at;
}
