import fc from "fast-check";
import v4Peer, { type HessianJs } from "hessian.js";
import v3Peer from "hessian.js-1";
import { describe, expect, test } from "vitest";
import { hessianBinary, hessianDate, hessianDifference, hessianDouble, hessianInt, hessianString } from "./arbitraries.ts";
import { decodeHessian, encodeHessian } from "./convert.ts";
import type { HessianDialect } from "./dialect.ts";
import { SkippingReader } from "./skipping-reader.ts";
import { HessianDate, HessianDouble, HessianList, HessianMap, HessianObject, type HessianValue } from "./values.ts";

const peers: readonly { readonly dialect: HessianDialect; readonly peer: HessianJs }[] = [
  { dialect: "v3", peer: v3Peer },
  { dialect: "v4", peer: v4Peer },
];

/** What both can say: no open-ended lists, no keys but strings, no `__proto__`, no longs that JavaScript's numbers do not hold. */
const message: fc.Arbitrary<HessianValue[]> = (() => {
  const key = fc.string({ minLength: 1, maxLength: 6 }).filter((name) => name !== "__proto__" && Number.isNaN(Number(name)));
  const leaf: fc.Arbitrary<HessianValue> = fc.oneof(
    fc.constantFrom(null, true, false),
    hessianInt,
    fc.maxSafeInteger().map(BigInt),
    hessianDouble.filter(({ value }) => !Object.is(value, -0)),
    hessianDate.filter(
      ({ milliseconds }) => BigInt.asIntN(53, milliseconds) === milliseconds && !Number.isNaN(new Date(Number(milliseconds)).getTime()),
    ),
    hessianString,
    hessianBinary,
  );
  const { value } = fc.letrec<{ value: HessianValue }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      { arbitrary: leaf, weight: 3 },
      fc
        .tuple(fc.array(tie("value"), { maxLength: 9 }), fc.constantFrom(undefined, "java.util.LinkedList", "com.acme.List"))
        .map(([items, type]) => new HessianList(items, type)),
      // It writes keys in their order.
      fc
        .uniqueArray(fc.tuple(key, tie("value")), { maxLength: 4, selector: ([name]) => name })
        .map((entries) => new HessianMap(entries.sort(([one], [other]) => (one < other ? -1 : 1)))),
      fc.tuple(tie("value"), tie("value")).map(([id, friends]) => HessianObject.of("com.acme.User", { id, friends })),
    ),
  }));
  return fc.array(value, { minLength: 1, maxLength: 3 });
})();

/** A value as hessian.js reads it without types. */
function plain(value: HessianValue): unknown {
  if (value instanceof HessianDouble) return value.value;
  if (value instanceof HessianDate) return value.toDate();
  if (value instanceof HessianList) return value.items.map(plain);
  if (value instanceof HessianMap) return Object.fromEntries(value.keys.map((key, index) => [key, plain(value.values[index] ?? null)]));
  if (value instanceof HessianObject) {
    return Object.fromEntries(value.definition.fields.map((field, index) => [field, plain(value.values[index] ?? null)]));
  }
  if (value instanceof Uint8Array) return Buffer.from(value);
  return typeof value === "bigint" ? Number(value) : value;
}

/** A value as hessian.js is told to write it. */
function typed(value: HessianValue): unknown {
  if (typeof value === "number") return { $class: "int", $: value };
  if (typeof value === "bigint") return { $class: "long", $: Number(value) };
  if (value instanceof HessianDouble) return { $class: "double", $: value.value };
  if (value instanceof HessianDate) return value.toDate();
  if (value instanceof HessianList) {
    const items = value.items.map(typed);
    return value.type === undefined ? items : { $class: value.type, $: items };
  }
  if (value instanceof HessianMap) {
    const record = Object.fromEntries(value.keys.map((key, index) => [key, typed(value.values[index] ?? null)]));
    return { $class: "java.util.HashMap", $: record };
  }
  if (value instanceof HessianObject) {
    const record = Object.fromEntries(value.definition.fields.map((field, index) => [field, typed(value.values[index] ?? null)]));
    return { $class: value.definition.name, $: record };
  }
  return value instanceof Uint8Array ? Buffer.from(value) : value;
}

describe.for(peers)("hessian.js in $dialect", ({ dialect, peer }) => {
  test("reads what we write", () => {
    fc.assert(
      fc.property(message, (values) => {
        const decoder = new peer.DecoderV2(encodeHessian(dialect, values));
        expect(values.map(() => decoder.read())).toEqual(values.map(plain));
      }),
    );
  });

  test("writes what we read and skip", () => {
    const reader = new SkippingReader(dialect);
    fc.assert(
      fc.property(message, (values) => {
        const encoder = new peer.EncoderV2();
        for (const value of values) encoder.write(typed(value));
        const bytes = encoder.get();
        expect(hessianDifference(decodeHessian(dialect, bytes), values)).toBeUndefined();
        reader.reset(bytes);
        for (const _ of values) expect(reader.skip()).toBe(true);
        expect(reader.done).toBe(true);
      }),
    );
  });

  test("agrees on references", () => {
    const inner = HessianMap.of({ name: "inner" });
    const user = HessianObject.of("com.acme.User", { self: null, twice: new HessianList([inner, inner]) });
    user.set("self", user);
    const read = new peer.DecoderV2(encodeHessian(dialect, [user])).read();
    expect(read).toMatchObject({ twice: [{ name: "inner" }, { name: "inner" }] });
    const { self, twice } = read as { self: unknown; twice: unknown[] };
    expect(self).toBe(read);
    expect(twice[0]).toBe(twice[1]);
  });

  test("agrees on long strings and binaries", () => {
    const values = ["a".repeat(0x7fff) + "\ud83d\ude00".repeat(0x5000), "é".repeat(0x8001), Buffer.alloc(0x18001, 7)];
    const decoder = new peer.DecoderV2(encodeHessian(dialect, values));
    expect(values.map(() => decoder.read())).toEqual(values);
    const encoder = new peer.EncoderV2();
    for (const value of values) encoder.write(value);
    expect(hessianDifference(decodeHessian(dialect, encoder.get()), values)).toBeUndefined();
  });
});
