import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CodecError, CodecErrorCode } from "@mesh/codec";
import { hessianMessage, hessianV3Message } from "./arbitraries.ts";
import { decodeHessian, encodeHessian } from "./convert.ts";
import type { HessianDialect } from "./dialect.ts";
import type { HessianLimits } from "./limits.ts";
import { HessianReader } from "./reader.ts";
import { SkippingReader } from "./skipping-reader.ts";
import { HessianList, HessianMap, HessianObject } from "./values.ts";

const { Malformed, LimitExceeded, Truncated } = CodecErrorCode;

interface Outcome {
  readonly ends: readonly number[];
  readonly code: CodecErrorCode | undefined;
}

function skipAll(dialect: HessianDialect, bytes: Buffer, limits: Partial<HessianLimits> = {}): Outcome {
  const reader = new SkippingReader(dialect, limits);
  reader.reset(bytes);
  const ends: number[] = [];
  while (!reader.done && reader.skip()) ends.push(reader.offset);
  return { ends, code: reader.error?.code };
}

function readAll(dialect: HessianDialect, bytes: Buffer, limits: Partial<HessianLimits> = {}): Outcome {
  const reader = new HessianReader(dialect, bytes, limits);
  const ends: number[] = [];
  while (!reader.done && reader.read() !== undefined) ends.push(reader.offset);
  return { ends, code: reader.error?.code };
}

function hex(text: string): Buffer {
  return Buffer.from(text.replaceAll(" ", ""), "hex");
}

const dialects = ["v3", "v4"] as const;
const messages = { v3: hessianV3Message, v4: hessianMessage };

describe.for(dialects)("%s bytes of any kind", (dialect) => {
  /** Messages with some bytes changed, left out or put in, and bytes that never were a message. */
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 60 }).map((some) => Buffer.from(some)),
    fc
      .tuple(messages[dialect], fc.array(fc.tuple(fc.nat(), fc.nat(2), fc.nat(255)), { minLength: 1, maxLength: 3 }))
      .map(([message, edits]) => {
        let broken = encodeHessian(dialect, message);
        for (const [at, kind, byte] of edits) {
          const index = at % (broken.length + 1);
          broken = Buffer.concat([
            broken.subarray(0, index),
            Buffer.alloc(Math.min(kind, 1), byte),
            broken.subarray(index + (kind === 2 ? 0 : 1)),
          ]);
        }
        return broken;
      }),
  );
  const limits = { maxDepth: 6, maxLength: 300, maxCount: 200, maxDefinitions: 4, maxTypes: 3, maxValues: 400 };

  test("are accepted and refused alike by both readers", () => {
    fc.assert(
      fc.property(bytes, fc.constantFrom({}, limits), (some, within) => {
        expect(skipAll(dialect, some, within)).toEqual(readAll(dialect, some, within));
      }),
      { numRuns: 1000 },
    );
  });

  test("are cut at every place, and each cut is noticed", () => {
    fc.assert(
      fc.property(messages[dialect], fc.nat(), (message, at) => {
        const whole = encodeHessian(dialect, message.slice(0, 1));
        const cut = whole.subarray(0, at % whole.length);
        const expected = { ends: [], code: cut.length === 0 ? undefined : Truncated };
        expect(skipAll(dialect, cut)).toEqual(expected);
        expect(readAll(dialect, cut)).toEqual(expected);
      }),
    );
  });
});

describe("what is refused", () => {
  const cases: readonly (readonly [name: string, dialect: HessianDialect, code: CodecErrorCode, bytes: Buffer])[] = [
    ["a byte that begins no value", "v4", Malformed, hex("40")],
    ["a byte that begins no value", "v3", Malformed, hex("30")],
    ["an end mark alone", "v4", Malformed, hex("5a")],
    ["an end mark alone", "v3", Malformed, hex("7a")],
    ["a map that ends behind a key", "v4", Malformed, hex("48 0161 5a")],
    ["a map that ends behind a key", "v3", Malformed, hex("4d 0161 7a")],
    ["a reference to nothing", "v4", Malformed, hex("51 90")],
    ["a negative reference", "v4", Malformed, hex("79 51 8f")],
    ["a reference that is no int", "v4", Malformed, hex("79 51 e0")],
    ["a reference to what is behind it", "v3", Malformed, hex("56 6e01 4a01 7a")],
    ["a negative reference", "v3", Malformed, hex("56 6e01 52ffffffff 7a")],
    ["an object without definition", "v4", Malformed, hex("60")],
    ["an object of a definition that is not there", "v4", Malformed, hex("43 0161 90 4f91")],
    ["an object of a negative definition", "v3", Malformed, hex("4f 91 61 90 6f 8f")],
    ["a type that is not there", "v4", Malformed, hex("71 90 91")],
    ["a type that is not there", "v3", Malformed, hex("76 90 90")],
    ["a type that is neither name nor number", "v4", Malformed, hex("4d 54 5a")],
    ["a definition whose name is no string", "v4", Malformed, hex("43 4e 90 60")],
    ["a definition whose name has a negative length", "v3", Malformed, hex("4f 8f 90 6f90")],
    ["a definition with a negative number of fields", "v4", Malformed, hex("43 0161 8f 60")],
    ["a definition whose field is null", "v4", Malformed, hex("43 0161 91 4e 60 4e")],
    ["a list of negative length", "v4", Malformed, hex("58 8f")],
    ["a list of negative length", "v3", Malformed, hex("56 6cffffffff 7a")],
    ["a list whose length is a long", "v4", Malformed, hex("58 e1 91")],
    ["a list that is longer than it says", "v3", Malformed, hex("56 6e01 91 91 7a")],
    ["a list that is shorter than it says", "v3", Malformed, hex("56 6e02 91 7a")],
    ["four-byte UTF-8", "v4", Malformed, hex("02 f09f9880")],
    ["a text that begins with a continuation", "v3", Malformed, hex("01 80")],
    ["a string that goes on as binary", "v4", Malformed, hex("52 0001 61 20")],
    ["a binary that goes on as string", "v3", Malformed, hex("62 0001 61 00")],
    ["a list that is longer than the bytes", "v4", LimitExceeded, hex("58 497fffffff")],
    ["a list that is longer than the bytes", "v4", Truncated, hex("58 49000f0000 91 91")],
    ["a list that is longer than the bytes", "v3", LimitExceeded, hex("56 6c7fffffff 7a")],
    ["more fields than a class may have", "v4", LimitExceeded, hex("43 0161 497fffffff")],
    ["deep nesting", "v4", LimitExceeded, Buffer.alloc(1_000_000, 0x79)],
    ["deep nesting", "v3", LimitExceeded, Buffer.alloc(1_000_000, 0x56)],
    ["deep nesting of maps in keys", "v4", LimitExceeded, Buffer.alloc(1_000_000, 0x48)],
    ["endless definitions", "v4", LimitExceeded, Buffer.from("430090".repeat(100_000), "hex")],
    ["endless types", "v4", LimitExceeded, Buffer.from(`57${"7000".repeat(100_000)}5a`, "hex")],
    ["endless elements", "v4", LimitExceeded, Buffer.concat([hex("57"), Buffer.alloc(1_000_001, 0x4e), hex("5a")])],
    ["endless chunks", "v4", LimitExceeded, Buffer.concat(new Array(300).fill(Buffer.concat([hex("41 ffff"), Buffer.alloc(0xffff)])))],
    ["v3 bytes", "v4", Malformed, encodeHessian("v3", [HessianObject.of("com.acme.User", { id: 5n })])],
    ["v4 bytes", "v3", Malformed, encodeHessian("v4", [HessianObject.of("com.acme.User", { id: 5n })])],
  ];

  test.for(cases)("%s, in %s: %s", ([, dialect, code, bytes]) => {
    expect(skipAll(dialect, bytes)).toEqual({ ends: [], code });
    expect(readAll(dialect, bytes)).toEqual({ ends: [], code });
  });

  test("an error says where", () => {
    const reader = new SkippingReader("v4");
    reader.reset(hex("ffff 91 78 40"), 2);
    expect([reader.skip(), reader.skip(), reader.skip(), reader.skip()]).toEqual([true, true, false, false]);
    expect(reader.error).toMatchObject({
      name: "CodecError",
      code: Malformed,
      offset: 2,
      message: "Hessian v4: no value begins with 0x40",
    });
    expect(() => decodeHessian("v4", hex("91 78 40"))).toThrow(new CodecError(Malformed, "Hessian v4: no value begins with 0x40", 2));
  });
});

describe("limits", () => {
  const nested = (depth: number): Buffer => Buffer.from(`${"79".repeat(depth - 1)}78`, "hex");

  test.for([
    ["maxDepth", { maxDepth: 3 }, nested(3), nested(4)],
    ["maxLength of a string, in bytes", { maxLength: 4 }, encodeHessian("v4", ["éé"]), encodeHessian("v4", ["ééa"])],
    ["maxLength of a binary", { maxLength: 4 }, encodeHessian("v4", [Buffer.alloc(4)]), encodeHessian("v4", [Buffer.alloc(5)])],
    ["maxLength of all chunks", { maxLength: 4 }, hex("52 0002 6161 02 6161"), hex("52 0002 6161 03 616161")],
    ["maxCount of a list", { maxCount: 2 }, hex("7a 9191"), hex("7b 919191")],
    ["maxCount of an open-ended list", { maxCount: 2 }, hex("57 9191 5a"), hex("57 919191 5a")],
    ["maxCount of a map", { maxCount: 1 }, hex("48 9191 5a"), hex("48 9191 9291 5a")],
    ["maxCount of fields", { maxCount: 1 }, hex("43 00 91 00 60 91"), hex("43 00 92 00 00 60 91 91")],
    ["maxDefinitions", { maxDefinitions: 1 }, hex("43 00 90 60"), hex("43 00 90 43 00 90 60")],
    ["maxTypes", { maxTypes: 1 }, hex("71 0161 70 90"), hex("71 0161 70 0162")],
    ["maxValues", { maxValues: 3 }, hex("7a 9191"), hex("7b 919191")],
  ] as const)("%s", ([, limits, within, beyond]) => {
    expect(skipAll("v4", within, limits)).toEqual({ ends: [within.length], code: undefined });
    expect(readAll("v4", within, limits)).toEqual({ ends: [within.length], code: undefined });
    expect(skipAll("v4", beyond, limits)).toEqual({ ends: [], code: LimitExceeded });
    expect(readAll("v4", beyond, limits)).toEqual({ ends: [], code: LimitExceeded });
  });

  test("allow depths that JavaScript's stack would not", () => {
    const deep = nested(200_000);
    expect(skipAll("v4", deep, { maxDepth: 200_000 }).ends).toEqual([deep.length]);
    const [value] = decodeHessian("v4", deep, { maxDepth: 200_000 });
    expect(encodeHessian("v4", [value ?? null])).toEqual(deep);
  });
});

test("keys and fields named like JavaScript's own are like others", () => {
  const map = HessianMap.of({ constructor: "c" });
  map.set("__proto__", new HessianMap([["polluted", true]]));
  const bytes = encodeHessian("v4", [map, HessianObject.of("__proto__", JSON.parse('{ "__proto__": 1 }'))]);
  const [read, object] = decodeHessian("v4", bytes);
  if (!(read instanceof HessianMap) || !(object instanceof HessianObject)) throw new Error("other kinds");
  expect(read.keys).toEqual(["constructor", "__proto__"]);
  expect(Object.getPrototypeOf(read)).toBe(HessianMap.prototype);
  expect(read.get("polluted")).toBeUndefined();
  expect(read.get("toString")).toBeUndefined();
  expect(object.get("__proto__")).toBe(1);
  expect(object.get("constructor")).toBeUndefined();
});

test("references that double the size of a tree at each level cost no more than their bytes", () => {
  let list = new HessianList(["x"]);
  for (let level = 0; level < 60; level += 1) list = new HessianList([list, list]);
  const bytes = encodeHessian("v4", [list]);
  expect(bytes.length).toBeLessThan(300);
  expect(encodeHessian("v3", decodeHessian("v4", bytes)).length).toBeLessThan(500);
  expect(skipAll("v4", bytes).ends).toEqual([bytes.length]);
});
