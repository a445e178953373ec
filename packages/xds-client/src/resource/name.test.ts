import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonicalName, formatXdstpName, isXdstpCollection, parseXdstpName, xdstpCollectionOf } from "./name.ts";

describe("xdstp names", () => {
  test("have an authority, a type, an id and context parameters", () => {
    expect(parseXdstpName("xdstp://cp.example/envoy.config.cluster.v3.Cluster/shop/orders?zone=b&env=a%20b")).toEqual({
      authority: "cp.example",
      type: "envoy.config.cluster.v3.Cluster",
      id: "shop/orders",
      context: [
        ["env", "a b"],
        ["zone", "b"],
      ],
    });
  });

  test("may have an empty authority", () => {
    expect(parseXdstpName("xdstp:///envoy.config.cluster.v3.Cluster/a").authority).toBe("");
  });

  test("are the same whatever the order of their parameters", () => {
    expect(canonicalName("xdstp://a/T/x?b=1&a=2")).toBe(canonicalName("xdstp://a/T/x?a=2&b=1"));
    expect(canonicalName("xdstp://a/T/%6F")).toBe("xdstp://a/T/o");
  });

  test.each(["xdstp://a", "xdstp://a/T", "xdstp://a/T/", "xdstp://a/T/x?y", "xdstp://a/T/%zz"])("%s is refused", (name) => {
    expect(() => parseXdstpName(name)).toThrow(expect.objectContaining({ code: "MESH_XDS_INVALID_NAME" }));
    expect(canonicalName(name)).toBe(name);
  });

  test("belong to the collection of their folder and parameters", () => {
    expect(xdstpCollectionOf("xdstp://a/T/x/y?k=v")).toBe("xdstp://a/T/x/*?k=v");
    expect(isXdstpCollection("xdstp://a/T/x/*?k=v")).toBe(true);
    expect(isXdstpCollection("xdstp://a/T/x/y")).toBe(false);
    expect(isXdstpCollection("a/*")).toBe(false);
  });

  test("survive being written and read, whatever they hold", () => {
    const part = fc.string({ unit: "grapheme", minLength: 1 }).filter((text) => !text.includes("/"));
    fc.assert(
      fc.property(
        part,
        fc.array(part, { minLength: 1 }),
        fc.uniqueArray(fc.tuple(part, part), { selector: ([key]) => key }),
        (authority, ids, context) => {
          const name = { authority, type: "a.B", id: ids.join("/"), context: context.sort(([a], [b]) => (a < b ? -1 : 1)) };
          expect(parseXdstpName(formatXdstpName(name))).toEqual(name);
        },
      ),
    );
  });
});
