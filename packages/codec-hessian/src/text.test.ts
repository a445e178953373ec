import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeText, encodeText, textEnd, textMalformed, textTruncated } from "./text.ts";

function endOf(bytes: Buffer, units: number, end: number = bytes.length): number {
  return textEnd(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), 0, end, units);
}

const anyText = fc.array(fc.oneof(fc.nat(0x7f), fc.nat(0xffff)), { maxLength: 30 }).map((units) => String.fromCharCode(...units));

describe("texts", () => {
  test("are decoded as they were encoded, unit by unit", () => {
    fc.assert(
      fc.property(anyText, anyText, (text, behind) => {
        const bytes = Buffer.alloc(3 * (text.length + behind.length));
        const length = encodeText(bytes, 0, text, 0, text.length);
        encodeText(bytes, length, behind, 0, behind.length);
        expect(endOf(bytes, text.length)).toBe(length);
        expect(decodeText(bytes, 0, length, text.length)).toBe(text);
        for (let end = 0; end < length; end += 1) expect(endOf(bytes, text.length, end)).toBe(textTruncated);
      }),
    );
  });

  test("end where they end however long they are, and wherever they have a character of more bytes", () => {
    const long = fc.tuple(fc.integer({ min: 100, max: 300 }), fc.nat(300), fc.constantFrom("", "é", "你", "\ud83d"));
    fc.assert(
      fc.property(long, ([length, at, wide]) => {
        const text = "a".repeat(Math.min(at, length)) + wide + "b".repeat(Math.max(0, length - at));
        const bytes = Buffer.alloc(3 * text.length + 5, "c");
        const end = encodeText(bytes, 0, text, 0, text.length);
        expect(endOf(bytes, text.length)).toBe(end);
        expect(endOf(bytes, text.length, end - 1)).toBe(textTruncated);
        expect(decodeText(bytes, 0, end, text.length)).toBe(text);
      }),
    );
  });

  test("without surrogates are in UTF-8", () => {
    fc.assert(
      fc.property(anyText, (some) => {
        const text = some.replaceAll(/[\ud800-\udfff]/g, "");
        const bytes = Buffer.alloc(3 * text.length);
        expect(bytes.subarray(0, encodeText(bytes, 0, text, 0, text.length))).toEqual(Buffer.from(text));
      }),
    );
  });

  test("are read from bytes that no encoder writes as Java reads them", () => {
    for (const [hex, text] of [
      ["c080", "\0"],
      ["c181", "A"],
      ["e08181", "A"],
      ["c341", "\u00c1"],
      ["e24141", "\u2041"],
      ["e28241", "\u2081"],
      ["e08080c3a9", "\0\u00e9"],
    ] as const) {
      const bytes = Buffer.from(hex, "hex");
      expect(endOf(bytes, text.length)).toBe(bytes.length);
      expect(decodeText(bytes, 0, bytes.length, text.length)).toBe(text);
    }
  });

  test("do not begin with a continuation or a four-byte form", () => {
    for (const byte of [0x80, 0xbf, 0xf0, 0xff]) {
      expect(endOf(Buffer.of(0x61, byte, 0x80, 0x80, 0x80), 2)).toBe(textMalformed);
      expect(endOf(Buffer.of(0x61, byte, 0x80, 0x80, 0x80), 1)).toBe(1);
    }
  });
});
