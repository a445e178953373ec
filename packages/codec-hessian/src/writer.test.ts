import { describe, expect, test } from "vitest";
import { CodecError, CodecErrorCode } from "@mesh/codec";
import { hessianDifference } from "./arbitraries.ts";
import { convertHessian, decodeHessian, encodeHessian } from "./convert.ts";
import { detectDialect } from "./dialect.ts";
import {
  HessianClass,
  HessianDate,
  HessianDouble,
  HessianList,
  HessianMap,
  HessianObject,
  HessianRemote,
  type HessianValue,
} from "./values.ts";
import { HessianWriter } from "./writer.ts";

/** The forms of the two dialects, as reference material gives them. */
const forms: readonly (readonly [name: string, value: HessianValue, v3: string, v4: string])[] = [
  ["null", null, "4e", "4e"],
  ["an int of four bytes", 0x12345678, "4912345678", "4912345678"],
  ["a long of four bytes", 0x12345678n, "7712345678", "5912345678"],
  ["a long of eight bytes", -(2n ** 63n), "4c8000000000000000", "4c8000000000000000"],
  ["a double of one byte", new HessianDouble(-2), "69fe", "5dfe"],
  ["a float or a number of thousandths", new HessianDouble(12.25), "6b41440000", "5f00002fda"],
  ["minus zero, with its sign", new HessianDouble(-0), "448000000000000000", "448000000000000000"],
  ["a date in minutes", new HessianDate(-60_000n), "64ffffffffffff15a0", "4bffffffff"],
  ["a date", new HessianDate(5n), "640000000000000005", "4a0000000000000005"],
  ["a string of 32 units", "a".repeat(32), `530020${"61".repeat(32)}`, `3020${"61".repeat(32)}`],
  ["an emoji, each surrogate by itself", "\ud83d\ude00", "02eda0bdedb880", "02eda0bdedb880"],
  ["a binary of 16 bytes", Buffer.alloc(16), `420010${"00".repeat(16)}`, `3410${"00".repeat(16)}`],
  ["a list", new HessianList([1]), "566e01917a", "7991"],
  ["a typed list", new HessianList([1], "[int"), "567400045b696e746e01917a", "71045b696e7491"],
  ["an open-ended list", new HessianList([1], undefined, true), "56917a", "57915a"],
  ["an open-ended typed list", new HessianList([1], "[int", true), "567400045b696e74917a", "55045b696e74915a"],
  ["a map", new HessianMap([[1, "a"]]), "4d9101617a", "489101615a"],
  ["a typed map", new HessianMap([[1, "a"]], "T"), "4d740001549101617a", "4d01549101615a"],
  ["an object", HessianObject.of("a.B", { c: 1 }), "4f93612e429101636f9091", "4303612e429101636091"],
];

describe("what is written", () => {
  test.for(forms)("%s", ([, value, v3, v4]) => {
    expect(encodeHessian("v3", [value]).toString("hex")).toBe(v3);
    expect(encodeHessian("v4", [value]).toString("hex")).toBe(v4);
    for (const dialect of ["v3", "v4"] as const) {
      expect(hessianDifference(decodeHessian(dialect, encodeHessian(dialect, [value])), [value])).toBeUndefined();
    }
  });

  test("types, definitions and containers that came before are referred to, in all values of a message", () => {
    const user = HessianObject.of("a.B", { c: null });
    const values = [
      user,
      HessianObject.of("a.B", { c: user }),
      new HessianList([], "T"),
      new HessianList([], "T"),
      new HessianMap([], "T"),
    ];
    expect(encodeHessian("v3", values).toString("hex")).toBe(
      "4f93612e429101636f904e 6f904a00 56740001546e007a 769090 4d75907a".replaceAll(" ", ""),
    );
    expect(encodeHessian("v4", values).toString("hex")).toBe("4303612e429101 63604e 605190 700154 7090 4d905a".replaceAll(" ", ""));
  });

  test("a class of the same name with other fields has a definition of its own", () => {
    const values = [HessianObject.of("a.B", { c: 1 }), HessianObject.of("a.B", { d: 2 }), HessianObject.of("a.B", { c: 3 })];
    for (const dialect of ["v3", "v4"] as const) {
      const read = decodeHessian(dialect, encodeHessian(dialect, values));
      expect(read.map((value) => (value instanceof HessianObject ? value.definition.fields : []))).toEqual([["c"], ["d"], ["c"]]);
    }
  });

  test("references beyond one and two bytes", () => {
    const lists = Array.from({ length: 0x10001 }, () => new HessianList());
    const values = [new HessianList(lists), lists[0xff] ?? null, lists[0xffff] ?? null];
    const bytes = encodeHessian("v3", values);
    expect(bytes.subarray(-8).toString("hex")).toBe("4b01005200010000");
    expect(hessianDifference(decodeHessian("v3", bytes), values)).toBeUndefined();
    expect(encodeHessian("v4", values).subarray(-8).toString("hex")).toBe("7851c90051d50000".slice(-16));
  });

  test("a surrogate pair stays in one chunk", () => {
    const text = `${"a".repeat(0x7fff)}\ud83d\ude00`;
    const bytes = encodeHessian("v4", [text]);
    expect(bytes.subarray(0, 3).toString("hex")).toBe("527fff");
    expect(bytes.subarray(-7).toString("hex")).toBe("02eda0bdedb880");
    expect(decodeHessian("v4", bytes)).toEqual([text]);
  });

  test("a writer forgets a message that was taken", () => {
    const writer = new HessianWriter("v4");
    const value = new HessianList([HessianObject.of("a.B", {})], "T");
    writer.write(value);
    expect(writer.length).toBe(10);
    const first = writer.take();
    expect(writer.length).toBe(0);
    writer.write(value);
    expect(writer.take()).toEqual(first);
  });
});

describe("what cannot be written", () => {
  const sparse = new HessianMap([[1, 2]]);
  sparse.keys.push(3);
  const cases: readonly (readonly [name: string, dialect: "v3" | "v4", value: HessianValue])[] = [
    ["a number that is no int", "v4", 0.5],
    ["a number of more than 32 bits", "v4", 2 ** 31],
    ["minus zero as int", "v4", -0],
    ["NaN as int", "v3", Number.NaN],
    ["a bigint of more than 64 bits", "v4", 2n ** 63n],
    ["a date of more than 64 bits", "v4", new HessianDate(2n ** 63n)],
    ["an object with too few values", "v4", new HessianObject(new HessianClass("a.B", ["c"]), [])],
    ["a map with more keys than values", "v3", sparse],
    ["a type of more than 65535 units in v3", "v3", new HessianMap([], "t".repeat(0x10000))],
    ["a remote object in v4", "v4", new HessianRemote("com.acme.Echo", "http://acme")],
  ];

  test.for(cases)("%s", ([, dialect, value]) => {
    const writer = new HessianWriter(dialect);
    writer.write("before");
    let thrown: unknown;
    try {
      writer.write(value);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(CodecError);
    expect(thrown).toMatchObject({ code: CodecErrorCode.Unencodable });
  });

  test("what is no value", () => {
    const holes: HessianValue[] = [];
    holes.length = 1;
    expect(() => encodeHessian("v4", [new HessianList(holes)])).toThrow("Hessian v4: this is no Hessian value");
  });
});

describe("conversion", () => {
  test("says where v3 or v4 has no words", () => {
    const v4 = encodeHessian("v4", [new HessianMap([], "t".repeat(0x10000))]);
    expect(() => convertHessian("v4", "v3", v4)).toThrow("Hessian v3: a type name of more than 65535 units");
    const v3 = encodeHessian("v3", [new HessianRemote("com.acme.Echo", "http://acme")]);
    expect(() => convertHessian("v3", "v4", v3)).toThrow("Hessian v4: a remote object cannot be said in v4");
  });

  test("keeps within limits", () => {
    const v4 = encodeHessian("v4", [new HessianList([new HessianList()])]);
    expect(() => convertHessian("v4", "v3", v4, { limits: { maxDepth: 1 } })).toThrow("more than 1 values inside each other");
  });

  test("gives open-ended lists a length in v4", () => {
    const lists = [new HessianList([1], undefined, true), new HessianList([1], "T", true)];
    expect(convertHessian("v3", "v4", encodeHessian("v3", lists)).toString("hex")).toBe("799171015491");
    expect(convertHessian("v4", "v3", encodeHessian("v4", lists))).toEqual(encodeHessian("v3", lists));
  });
});

test("the dialect of a SofaRequest is told by its first byte", () => {
  const request = HessianObject.of("com.alipay.sofa.rpc.core.request.SofaRequest", { methodName: "echo" });
  expect(detectDialect(encodeHessian("v3", [request]))).toBe("v3");
  expect(detectDialect(encodeHessian("v4", [request]))).toBe("v4");
  expect(detectDialect(encodeHessian("v4", ["C"]))).toBeUndefined();
  expect(detectDialect(encodeHessian("v4", ["C"]), 1)).toBe("v4");
  expect(detectDialect(Buffer.alloc(0))).toBeUndefined();
});
