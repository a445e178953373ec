import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { hessianDifference } from "./arbitraries.ts";
import { convertHessian, decodeHessian, encodeHessian } from "./convert.ts";
import type { HessianDialect } from "./dialect.ts";
import { SkippingReader } from "./skipping-reader.ts";
import { HessianDouble, HessianList, HessianMap, HessianObject, type HessianValue } from "./values.ts";

interface Written {
  readonly library: string;
  readonly vectors: Readonly<Record<string, string>>;
}

/** What Java's libraries wrote. */
const java: Readonly<Record<HessianDialect, Written>> = JSON.parse(readFileSync(new URL("fixtures/java.json", import.meta.url), "utf8"));

function vector(dialect: HessianDialect, name: string): Buffer {
  return Buffer.from(java[dialect].vectors[name] ?? "", "hex");
}

describe.for(["v3", "v4"] as const)("what Java wrote in %s", (dialect) => {
  const names = Object.keys(java[dialect].vectors);
  const reader = new SkippingReader(dialect);

  test.for(names)("%s is read and written again", (name) => {
    const bytes = vector(dialect, name);
    const values = decodeHessian(dialect, bytes);
    const again = encodeHessian(dialect, values);
    expect(hessianDifference(decodeHessian(dialect, again), values)).toBeUndefined();
    // sofa-hessian writes the map { true: 1 } in a way that it cannot read.
    if (dialect !== "v3" || name !== "booleanMaps") expect(again).toEqual(bytes);
  });

  test.for(names)("%s is skipped", (name) => {
    const bytes = vector(dialect, name);
    const values = decodeHessian(dialect, bytes);
    reader.reset(bytes);
    for (const _ of values) expect(reader.skip()).toBe(true);
    expect(reader.done).toBe(true);
  });

  test.for(names)("%s keeps its meaning in the other dialect", (name) => {
    const bytes = vector(dialect, name);
    const other = dialect === "v3" ? "v4" : "v3";
    const there = convertHessian(dialect, other, bytes);
    expect(decodeHessian(dialect, convertHessian(other, dialect, there)).length).toBe(decodeHessian(dialect, bytes).length);
    expect(hessianDifference(decodeHessian(dialect, convertHessian(other, dialect, there)), decodeHessian(dialect, bytes))).toBeUndefined();
  });
});

test.for(["ints", "longs", "doubles", "dates", "strings", "binaries", "scalars", "arrays", "maps", "booleanMaps"])(
  "both libraries say the same with their %s",
  (name) => {
    expect(hessianDifference(decodeHessian("v3", vector("v3", name)), decodeHessian("v4", vector("v4", name)))).toBeUndefined();
  },
);

test("a Java object has its types", () => {
  const [user, other, again] = decodeHessian("v4", vector("v4", "objects"));
  if (!(user instanceof HessianObject) || !(other instanceof HessianObject)) throw new Error("no objects");
  expect(again).toBe(user);
  expect(user.get("friend")).toBe(user);
  expect(other.get("friend")).toBe(user);
  expect(other.definition).toBe(user.definition);
  const friends = user.get("friends");
  if (!(friends instanceof HessianList)) throw new Error("no list");
  expect(friends.items).toEqual([user, other]);
  const record: Record<string, HessianValue | undefined> = {};
  for (const field of ["id", "small", "score", "boxedLong", "letter", "raw"]) record[field] = user.get(field);
  expect(record).toEqual({ id: 5n, small: -300, score: new HessianDouble(99.5), boxedLong: 8n, letter: "x", raw: Buffer.of(1, 2, 3) });
});

test("handles get the names of the other library", () => {
  const names = (dialect: HessianDialect, bytes: Buffer): (string | undefined)[] =>
    decodeHessian(dialect, bytes).map((value) => (value instanceof HessianObject ? value.definition.name : undefined));
  const v3 = ["com.caucho.hessian.io.java8.LocalDateHandle", "com.caucho.hessian.io.java8.DurationHandle", "java.util.Optional"];
  const v4 = v3.map((name) => name.replace("com.caucho", "com.alibaba.com.caucho"));
  expect(names("v3", vector("v3", "javaTime"))).toEqual(v3);
  expect(names("v4", convertHessian("v3", "v4", vector("v3", "javaTime")))).toEqual(v4);
  expect(names("v3", convertHessian("v4", "v3", vector("v4", "javaTime")))).toEqual(v3);
  const renamed = convertHessian("v3", "v4", vector("v3", "javaTime"), { renameClass: (name) => `x.${name}` });
  expect(names("v4", renamed)).toEqual(v3.map((name) => `x.${name}`));
});

test("a true at the start of a map without type is no mark of a type in v3", () => {
  const map = new HessianMap([[true, 1]]);
  const bytes = encodeHessian("v3", [map]);
  // An empty type, which Java's reader skips, keeps it from taking the true for one.
  expect(bytes.toString("hex")).toBe("4d74000054917a");
  expect(hessianDifference(decodeHessian("v3", Buffer.from("4d54917a", "hex")), [map])).toBeUndefined();
});
