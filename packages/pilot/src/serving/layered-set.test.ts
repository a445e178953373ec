import { createResource, createResourceSet, type Resource } from "@mesh/xds-server";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { layered } from "./layered-set.ts";

const cluster = (name: string, seconds: number): Resource =>
  createResource("envoy.config.cluster.v3.Cluster", name, { name, connectTimeout: { seconds } });

const resources = (seconds: number): fc.Arbitrary<readonly Resource[]> =>
  fc.uniqueArray(fc.constantFrom("a", "b", "c", "d")).map((names) => names.map((name) => cluster(name, seconds)));

describe("a set of two layers", () => {
  test("has what both have, and of a name that is in both its own", () => {
    fc.assert(
      fc.property(resources(1), resources(2), (base, own) => {
        const set = layered(createResourceSet(base), createResourceSet(own), undefined).set;
        const expected = new Map([...base, ...own].map((resource) => [resource.name, resource]));
        expect(set.size).toBe(expected.size);
        expect(new Map([...set].map((resource) => [resource.name, resource]))).toEqual(expected);
        expect([...set]).toHaveLength(expected.size);
        for (const name of ["a", "b", "c", "d"]) expect(set.get(name)).toBe(expected.get(name));
      }),
    );
  });

  test("is the one from before while its layers are, and has another version when one is not", () => {
    const [base, own] = [createResourceSet([cluster("a", 1)]), createResourceSet([cluster("b", 1)])];
    const before = layered(base, own, undefined);
    expect(layered(base, own, before)).toBe(before);
    expect(layered(createResourceSet([cluster("a", 2)]), own, before).set.version).not.toBe(before.set.version);
    expect(layered(base, createResourceSet([cluster("b", 2)]), before).set.version).not.toBe(before.set.version);
    expect(layered(base, createResourceSet(), before).set).toBe(base);
  });
});
