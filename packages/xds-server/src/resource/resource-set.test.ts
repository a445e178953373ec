import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Differences } from "./differences.ts";
import { joinResourceSets } from "./joined-set.ts";
import { createResource, createResourceSet } from "./resource-set.ts";
import type { Resource, ResourceSet } from "./resource.ts";

const resource = (name: string, seconds: number): Resource =>
  createResource("envoy.config.cluster.v3.Cluster", name, { name, connectTimeout: { seconds } });
const aMap = fc.dictionary(fc.constantFrom("a", "b", "c", "d", "e"), fc.integer({ min: 1, max: 3 }), { noNullPrototype: true });
const setOf = (map: Readonly<Record<string, number>>) =>
  createResourceSet(Object.entries(map).map(([name, seconds]) => resource(name, seconds)));
const someParts = fc.array(aMap, { minLength: 1, maxLength: 3 });
const namesOf = (resources: readonly Resource[]): string[] => resources.map(({ name }) => name).sort();
const contentOf = (set: ResourceSet): string[] => [...set].map(({ name, version }) => `${name} ${version}`).sort();
const keyOf = (map: Readonly<Record<string, number>>): string => Object.entries(map).map(String).sort().join(" ");

describe("a set of resources", () => {
  test("that comes from another by changes is the one that is made anew", () => {
    fc.assert(
      fc.property(aMap, aMap, (before, after) => {
        const first = setOf(before);
        const derived = first.with({
          remove: Object.keys(before),
          set: Object.entries(after).map(([name, seconds]) => resource(name, seconds)),
        });
        expect(derived.version).toBe(setOf(after).version);
        expect(derived.size).toBe(Object.keys(after).length);
        expect(contentOf(derived)).toEqual(contentOf(setOf(after)));
        expect([...first].map(({ name }) => name).sort()).toEqual(Object.keys(before).sort());
      }),
    );
  });

  test("has the same version if and only if it has the same resources", () => {
    fc.assert(
      fc.property(aMap, aMap, (one, other) => {
        const isSame = keyOf(one) === keyOf(other);
        expect(setOf(one).version === setOf(other).version).toBe(isSame);
      }),
    );
  });

  test("is itself where nothing changes", () => {
    const set = setOf({ a: 1, b: 2 });
    expect(set.with({ set: [resource("a", 1)], remove: ["z"] })).toBe(set);
  });

  test("keeps the resources that do not change", () => {
    const set = setOf({ a: 1, b: 2 });
    const next = set.with({ set: [resource("b", 3)] });
    expect(next.get("a")).toBe(set.get("a"));
    expect(next.get("b")).not.toBe(set.get("b"));
  });
});

describe("the difference of two sets", () => {
  test("makes one out of the other", () => {
    fc.assert(
      fc.property(aMap, aMap, (before, after) => {
        const [first, second] = [setOf(before), setOf(after)];
        const { changed, removed } = new Differences().between(first, second);
        expect(first.with({ set: changed, remove: removed }).version).toBe(second.version);
        for (const { name, version } of changed) expect(first.get(name)?.version).not.toBe(version);
        for (const name of removed) expect(first.get(name)).toBeDefined();
      }),
    );
  });

  test("is computed once", () => {
    const differences = new Differences();
    const [first, second] = [setOf({ a: 1 }), setOf({ a: 2 })];
    expect(differences.between(first, second)).toBe(differences.between(first, second));
    expect(differences.between(second, first)).not.toBe(differences.between(first, second));
    expect(differences.lists(first)[0]).toBe(differences.lists(first)[0]);
    expect(differences.idOf(first)).not.toBe(differences.idOf(second));
  });

  test("that share a part is that of the other parts, the same for all that differ in them alike", () => {
    const differences = new Differences();
    const [before, after] = [setOf({ a: 1, b: 1 }), setOf({ a: 1, b: 2 })];
    const shared = differences.between(before, after);
    for (const own of [setOf({ c: 1 }), setOf({ d: 1 })]) {
      expect(differences.between(joinResourceSets([own, before]), joinResourceSets([own, after]))).toBe(shared);
    }
  });

  test("that have parts is what it is without them, wherever a resource goes", () => {
    fc.assert(
      fc.property(someParts, someParts, (before, after) => {
        const [first, second] = [joinResourceSets(before.map(setOf)), joinResourceSets(after.map(setOf))];
        const whole = new Differences().between(createResourceSet(first), createResourceSet(second));
        const { changed, removed } = new Differences().between(first, second);
        expect(namesOf(changed)).toEqual(namesOf(whole.changed));
        expect([...removed].sort()).toEqual([...whole.removed].sort());
        const added = new Differences().additions(first, second);
        expect(contentOf(added)).toEqual(contentOf(new Differences().additions(createResourceSet(first), createResourceSet(second))));
        expect(new Differences().lists(added).flat().length).toBe(added.size);
      }),
    );
  });
});

describe("a set of several", () => {
  test("has what they have, and of one name the first one's", () => {
    fc.assert(
      fc.property(someParts, (parts) => {
        const sets = parts.map(setOf);
        const joined = joinResourceSets(sets);
        const expected = createResourceSet([...sets].reverse().flatMap((set) => [...set]));
        expect(contentOf(joined)).toEqual(contentOf(expected));
        expect(joined.size).toBe(expected.size);
        for (const name of ["a", "b", "c", "d", "e"]) expect(joined.get(name)).toBe(sets.find((set) => set.get(name))?.get(name));
        const sum = sets.reduce((total, { size }) => total + size, 0);
        expect(joined.parts).toEqual(sum === expected.size ? sets : undefined);
      }),
    );
  });

  test("has another version where one of them has", () => {
    fc.assert(
      fc.property(someParts, someParts, (one, other) => {
        const isSame = one.length === other.length && one.every((part, index) => keyOf(part) === keyOf(other[index] ?? {}));
        expect(joinResourceSets(one.map(setOf)).version === joinResourceSets(other.map(setOf)).version).toBe(isSame);
      }),
    );
  });
});
