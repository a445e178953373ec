import { encodeMessage } from "@mesh/xds-proto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readSotwRequest } from "../wire/requests.ts";
import { NameInterner } from "./names.ts";

const rawOf = (resourceNames: readonly string[]): Buffer =>
  readSotwRequest(Buffer.from(encodeMessage("envoy.service.discovery.v3.DiscoveryRequest", { resourceNames }))).names;
const aList = fc.array(fc.constantFrom("a", "b", "ab", "1:a", "\n", "*"), { maxLength: 5 });

describe("names", () => {
  test("are one set if and only if they are the same, in whatever order", () => {
    const interner = new NameInterner();
    fc.assert(
      fc.property(aList, aList, (one, other) => {
        const [first, second] = [interner.fromRaw(rawOf(one), interner.empty), interner.fromList(other)];
        expect([...first.names].sort()).toEqual([...new Set(one)].sort());
        expect(first === second).toBe(JSON.stringify([...new Set(one)].sort()) === JSON.stringify([...new Set(other)].sort()));
      }),
    );
  });

  test("that come in steps are those that come at once", () => {
    const interner = new NameInterner();
    fc.assert(
      fc.property(aList, aList, aList, (base, added, removed) => {
        const derived = interner.derive(interner.fromList(base), added, removed);
        const expected = [...base.filter((name) => !removed.includes(name)), ...added];
        expect(derived).toBe(interner.fromList(expected));
      }),
    );
  });

  test("that are repeated are recognised by their bytes", () => {
    const interner = new NameInterner();
    const set = interner.fromRaw(rawOf(["a", "b"]), interner.empty);
    expect(interner.fromRaw(rawOf(["a", "b"]), set)).toBe(set);
    expect(interner.fromRaw(rawOf(["b", "a"]), set)).toBe(set);
  });
});
