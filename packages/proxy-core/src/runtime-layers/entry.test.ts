import { fromJson } from "@mesh/xds-proto";
import { describe, expect, test } from "vitest";
import { ConfigPath, ProblemList } from "../config/index.ts";
import { readEntries, readYamlEntry, type RuntimeEntry } from "./entry.ts";

interface Read {
  readonly entries: ReadonlyMap<string, RuntimeEntry>;
  readonly problems: readonly { readonly path: string; readonly message: string }[];
}

function read(layer: object): Read {
  const problems = new ProblemList();
  const entries = readEntries(fromJson("google.protobuf.Struct", layer), ConfigPath.of("layer"), problems);
  return { entries, problems: problems.problems };
}

type Values = [boolean: boolean | undefined, integer: number | undefined, number: number | undefined, fraction: number | undefined];

const values = (entry: RuntimeEntry | undefined): Values => [entry?.boolean, entry?.integer, entry?.number, entry?.fraction];
const none: Values = [undefined, undefined, undefined, undefined];
const isBoolean = (value: boolean): Values => [value, undefined, undefined, undefined];
const isFraction = (value: number): Values => [undefined, undefined, undefined, value];

/** What Envoy 1.40 makes of them, too. */
const inLayers: readonly (readonly [unknown, Values])[] = [
  [50, [true, 50, 50, 0.5]],
  [0, [false, 0, 0, 0]],
  [150, [true, 150, 150, 1]],
  [0.5, [undefined, 0, 0.5, 0]],
  [12.5, [undefined, 12, 12.5, 0.12]],
  [5_000_000_000, [true, 5_000_000_000, 5_000_000_000, 1]],
  [-1, [undefined, undefined, -1, undefined]],
  [1e20, [undefined, undefined, 1e20, undefined]],
  [true, isBoolean(true)],
  [false, isBoolean(false)],
  ["50", [true, 50, 50, 0.5]],
  [" 50 ", [true, 50, 50, 0.5]],
  ["007", [true, 7, 7, 0.07]],
  ["+5", [true, 5, 5, 0.05]],
  ["1e2", [true, 100, 100, 1]],
  ["0x10", [true, 16, 16, 0.16]],
  ["-1", [undefined, undefined, -1, undefined]],
  ["0o17", none],
  ["1_000", none],
  ["", none],
  ["hello", none],
  ["true", none],
  ["numerator: 25", none],
  [{ numerator: 25 }, isFraction(0.25)],
  [{ numerator: 5000, denominator: "TEN_THOUSAND" }, isFraction(0.5)],
  [{ numerator: 250_000, denominator: "MILLION" }, isFraction(0.25)],
  [{ numerator: 200 }, isFraction(1)],
  [{ numerator: 25.5 }, isFraction(0.25)],
  [{ denominator: "HUNDRED" }, isFraction(0)],
  [{ numerator: "25" }, isFraction(0)],
  [{}, isFraction(0)],
  [{ numerator: 50, denominator: "NINE" }, none],
  [{ numerator: 50, denominator: 1 }, none],
  [{ numerator: 50, other: 1 }, none],
];

describe("a layer's value", () => {
  test.each(inLayers)("%j is this boolean, integer, number and fraction: %j", (value, expected) => {
    const { entries, problems } = read({ key: value });
    expect(problems).toEqual([]);
    expect(values(entries.get("key"))).toEqual(expected);
  });

  test("is refused where it is null or a list, with its whole key", () => {
    const { entries, problems } = read({ a: { b: [1] }, c: null, d: 1 });
    expect(problems.map(({ path }) => path)).toEqual(['layer["a.b"]', 'layer["c"]']);
    expect([...entries.keys()]).toEqual(["d"]);
  });

  test("is shown as it was given, and fractions as JSON", () => {
    const { entries } = read({ a: " 50 ", b: 2_147_483_647, c: true, d: { numerator: 1, denominator: "MILLION" } });
    expect([...entries.values()].map(({ text }) => text)).toEqual([
      " 50 ",
      "2147483647",
      "true",
      '{"numerator":1,"denominator":"MILLION"}',
    ]);
  });
});

test("objects make keys longer, down to fractions", () => {
  const { entries } = read({ a: { b: { c: 1, d: { numerator: 1 } }, "e.f": 2 }, g: {} });
  expect([...entries.keys()]).toEqual(["a.b.c", "a.b.d", "a.e.f", "g"]);
});

describe("a value for /runtime_modify", () => {
  test.each([
    ["50", [true, 50, 50, 0.5]],
    [" 7 ", [true, 7, 7, 0.07]],
    ["0x10", [true, 16, 16, 0.16]],
    [".5", [undefined, 0, 0.5, 0]],
    ["true", isBoolean(true)],
    ["False", isBoolean(false)],
    ["'true'", none],
    ["'50'", none],
    ["hello", none],
    ["null", none],
    ["[1, 2]", none],
    ["{a: 1}", none],
    ["{}", isFraction(0)],
    ["{numerator: 25}", isFraction(0.25)],
    ["numerator: 25", isFraction(0.25)],
    ["{numerator: 25, denominator: TEN_THOUSAND}", isFraction(0.0025)],
  ] satisfies [string, Values][])("%s is this boolean, integer, number and fraction: %j", (text, expected) => {
    const entry = readYamlEntry(text);
    expect([entry?.text, ...values(entry)]).toEqual([text, ...expected]);
  });

  test.each(["{a", "&a [*a]", "a: b: c"])("%s is none", (text) => {
    expect(readYamlEntry(text)).toBeUndefined();
  });
});
