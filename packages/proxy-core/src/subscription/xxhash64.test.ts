import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { xxhash64 } from "./xxhash64.ts";

const hash = (text: string): string => xxhash64(Buffer.from(text)).toString(16);

describe("xxhash64", () => {
  // Known values of the reference implementation.
  test.each([
    ["", "ef46db3751d8e999"],
    ["a", "d24ec4f1a98c6e5b"],
    ["abc", "44bc2cf5ad770999"],
    ["Nobody inspects the spammish repetition", "fbcea83c8a378bf1"],
  ])("of %j", (text, expected) => {
    expect(hash(text)).toBe(expected);
  });

  test("has 64 bits, and depends on every byte", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 100 }), fc.nat(), (bytes, at) => {
        const buffer = Buffer.from(bytes);
        const before = xxhash64(buffer);
        expect(before).toBeLessThan(2n ** 64n);
        const place = at % buffer.length;
        buffer.writeUInt8((buffer.readUInt8(place) + 1) & 0xff, place);
        expect(xxhash64(buffer)).not.toBe(before);
      }),
    );
  });
});
