import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeUtf8 } from "./decode.ts";

test("text in UTF-8 is read as it is, with a byte order mark and with replacement characters of its own", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      expect(decodeUtf8(Buffer.from(text))).toEqual({ text });
    }),
  );
  expect(decodeUtf8(Buffer.from("\ufeffa\ufffdb"))).toEqual({ text: "\ufeffa\ufffdb" });
});

test.each([
  ["Latin-1", [0x61, 0x0a, 0xc3, 0xa9, 0x63, 0xe9, 0x0a], { byte: 0xe9, line: 2, column: 3 }],
  ["a replacement character before it", [0xef, 0xbf, 0xbd, 0xff], { byte: 0xff, line: 1, column: 2 }],
  ["UTF-16", [0xff, 0xfe, 0x61, 0x00], { byte: 0xff, line: 1, column: 1 }],
  ["a character that is cut off", [0x61, 0xe2, 0x82], { byte: 0xe2, line: 1, column: 2 }],
  ["a surrogate", [0x61, 0xed, 0xa0, 0x80], { byte: 0xed, line: 1, column: 2 }],
  ["too many bytes for a character", [0x0a, 0xc0, 0xaf], { byte: 0xc0, line: 2, column: 1 }],
])("%s is found where it begins", (_, bytes, place) => {
  expect(decodeUtf8(Uint8Array.from(bytes))).toEqual({ undecodable: place });
});
