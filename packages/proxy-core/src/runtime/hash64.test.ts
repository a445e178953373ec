import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Hash64, hash64, hashText64 } from "./hash64.ts";

/** The specification's algorithm, in numbers as long as it takes. */
function slowHash(bytes: Buffer, seed: bigint): bigint {
  const [p1, p2, p3] = [0x9e3779b185ebca87n, 0xc2b2ae3d27d4eb4fn, 0x165667b19e3779f9n];
  const [p4, p5] = [0x85ebca77c2b2ae63n, 0x27d4eb2f165667c5n];
  const cut = (value: bigint): bigint => BigInt.asUintN(64, value);
  const rotate = (value: bigint, bits: bigint): bigint => cut((value << bits) | (value >> (64n - bits)));
  const round = (sum: bigint, input: bigint): bigint => cut(rotate(cut(sum + input * p2), 31n) * p1);
  let at = 0;
  let hash = seed + p5;
  if (bytes.length >= 32) {
    const lanes = [seed + p1 + p2, seed + p2, seed, seed - p1].map(cut);
    for (; at + 32 <= bytes.length; at += 32) {
      for (let i = 0; i < 4; i++) lanes[i] = round(lanes[i]!, bytes.readBigUInt64LE(at + 8 * i));
    }
    hash = lanes.reduce((sum, lane, i) => sum + rotate(lane, [1n, 7n, 12n, 18n][i]!), 0n);
    for (const lane of lanes) hash = cut((cut(hash) ^ round(0n, lane)) * p1 + p4);
  }
  hash = cut(hash + BigInt(bytes.length));
  for (; at + 8 <= bytes.length; at += 8) hash = cut(rotate(hash ^ round(0n, bytes.readBigUInt64LE(at)), 27n) * p1 + p4);
  if (at + 4 <= bytes.length) {
    hash = cut(rotate(hash ^ cut(BigInt(bytes.readUInt32LE(at)) * p1), 23n) * p2 + p3);
    at += 4;
  }
  for (; at < bytes.length; at++) hash = cut(rotate(hash ^ cut(BigInt(bytes.readUInt8(at)) * p5), 11n) * p1);
  hash = cut((hash ^ (hash >> 33n)) * p2);
  hash = cut((hash ^ (hash >> 29n)) * p3);
  return hash ^ (hash >> 32n);
}

describe("hash64", () => {
  // Known values of the reference implementation.
  test.each([
    ["", "ef46db3751d8e999"],
    ["a", "d24ec4f1a98c6e5b"],
    ["abc", "44bc2cf5ad770999"],
    ["Nobody inspects the spammish repetition", "fbcea83c8a378bf1"],
  ])("of %j", (text, expected) => {
    expect(hashText64(text).hex).toBe(expected);
  });

  test("is what the specification says, of any bytes with any seed", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 150 }), fc.nat({ max: 0xffff_ffff }), (array, seed) => {
        const bytes = Buffer.from(array);
        expect(hash64(bytes, undefined, seed).bigint).toBe(slowHash(bytes, BigInt(seed)));
      }),
      { numRuns: 500 },
    );
  });

  test("of a text is that of its UTF-8", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 100 }), fc.boolean(), (text, isLong) => {
        const whole = isLong ? text.repeat(100) : text;
        expect(hashText64(whole).hex).toBe(hash64(Buffer.from(whole)).hex);
      }),
    );
  });
});

describe("a number of 64 bits", () => {
  const half = fc.nat({ max: 0xffff_ffff });

  test("has the remainders, the order and the joins that it should", () => {
    fc.assert(
      fc.property(half, half, half, half, fc.integer({ min: 1, max: 5_000_011 }), (high, low, otherHigh, otherLow, divisor) => {
        const [a, b] = [new Hash64(high, low), new Hash64(otherHigh, otherLow)];
        expect(a.modulo(divisor)).toBe(Number(a.bigint % BigInt(divisor)));
        expect(a.order).toBe(Number(a.bigint >> 11n));
        const rotated = BigInt.asUintN(64, (a.bigint << 1n) | (a.bigint >> 63n));
        expect(a.joined(b).bigint).toBe(rotated ^ b.bigint);
      }),
    );
  });
});
