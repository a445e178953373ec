import { fromJson } from "@mesh/xds-proto";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { streamInfo } from "../access-log/testing.ts";
import { ConfigPath } from "../config/index.ts";
import { emptySnapshot, type RuntimeFlags } from "../runtime/index.ts";
import { snapshotOf } from "../runtime/testing.ts";
import { compileClusterSpecifier } from "./cluster-specifier.ts";
import type { ForwardAction } from "./contract.ts";
import { compileRoutes, compileUnchecked, forwardOf, TestRequest, testScope, withRoutes, type CompileOptions } from "./testing.ts";

const compile = (action: object, options?: CompileOptions): ForwardAction =>
  forwardOf(compileRoutes(withRoutes({ match: { prefix: "/" }, route: action }), options));

const weighted = (...clusters: object[]): object => ({ weighted_clusters: { clusters } });

describe("the cluster of a route", () => {
  test("is always the same target where there is one cluster", () => {
    const forward = compile({ cluster: "a" });
    const target = forward.clusterName(0, new TestRequest());
    expect(target).toEqual({
      cluster: "a",
      requestMutation: undefined,
      responseMutation: undefined,
      typedPerFilterConfig: undefined,
      filterSwitches: undefined,
    });
    expect(forward.clusterName(0.9, new TestRequest({ path: "/x" }))).toBe(target);
  });

  test("comes from a header where that is asked for, and is none that can be there where the header is missing", () => {
    const forward = compile({ cluster_header: "X-Cluster" });
    expect(forward.clusterName(0, new TestRequest({ headers: [["x-cluster", "other"]] })).cluster).toBe("other");
    expect(forward.clusterName(0, new TestRequest()).cluster).toBe("");
    expect(compile({ cluster_header: ":authority" }).clusterName(0, new TestRequest()).cluster).toBe("web.example");
  });
});

describe("weighted clusters", () => {
  test("have shares in proportion to their weights", () => {
    const weights = fc
      .array(fc.oneof(fc.nat({ max: 5 }), fc.nat({ max: 1_000_000 })), { minLength: 1, maxLength: 20 })
      .filter((list) => list.some((weight) => weight > 0));
    fc.assert(
      fc.property(weights, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (list, random) => {
        const names = list.map((_, index) => `c${index}`);
        const forward = compile(weighted(...list.map((weight, index) => ({ name: `c${index}`, weight }))), { clusters: names });
        const total = list.reduce((sum, weight) => sum + weight, 0);
        let left = random * total;
        const expected = list.findIndex((weight) => (left -= weight) < 0);
        expect(forward.clusterName(random, new TestRequest()).cluster).toBe(`c${expected}`);
      }),
    );
  });

  test("are chosen exactly as often as their weights say, and never without a weight", () => {
    const forward = compile(
      weighted({ name: "a", weight: 0 }, { name: "b", weight: 1 }, { name: "c", weight: 3 }, { name: "a", weight: 0 }),
    );
    const counts: Record<string, number> = {};
    for (let i = 0; i < 1000; i++) {
      const { cluster } = forward.clusterName(i / 1000, new TestRequest());
      counts[cluster] = (counts[cluster] ?? 0) + 1;
    }
    expect(counts).toEqual({ b: 250, c: 750 });
    expect(forward.clusterName(1 - 2 ** -53, new TestRequest()).cluster).toBe("c");
  });

  test("bring header mutations and may come from headers themselves", () => {
    const add = (key: string): object => ({ header: { key, value: "1" } });
    const forward = compile(
      weighted({
        cluster_header: "X-C",
        weight: 1,
        request_headers_to_add: [add("x-q")],
        response_headers_to_add: [add("x-s")],
        response_headers_to_remove: ["y"],
      }),
    );
    const target = forward.clusterName(0, new TestRequest({ headers: [["x-c", "dynamic"]] }));
    const request = new TestRequest({ headers: [["y", "1"]] });
    expect(target.cluster).toBe("dynamic");
    target.requestMutation?.apply(request.headers, streamInfo());
    expect([request.headers.has("x-q"), request.headers.has("y")]).toEqual([true, true]);
    target.responseMutation?.apply(request.headers, streamInfo());
    expect([request.headers.has("x-s"), request.headers.has("y")]).toEqual([true, false]);
  });

  test("have the weights that the runtime says, from the next request on", () => {
    const flags: RuntimeFlags = { current: snapshotOf({ "split.a": 0, "split.b": 1 }) };
    const clusters = [
      { name: "a", weight: 3 },
      { name: "b", weight: 0 },
      { name: "c", weight: 1 },
    ];
    const message = fromJson("envoy.config.route.v3.RouteAction", { weighted_clusters: { clusters, runtime_key_prefix: "split" } });
    const specifier = compileClusterSpecifier(message, ConfigPath.of("route"), { ...testScope(), runtime: { flags } });
    const shares = (): string => Array.from({ length: 8 }, (_, index) => specifier.pick(index / 8, new TestRequest()).cluster).join("");
    expect(shares()).toBe("bbbbcccc");
    flags.current = emptySnapshot;
    expect(shares()).toBe("aaaaaacc");
    flags.current = snapshotOf({ "split.a": 0, "split.c": 0 });
    expect(specifier.pick(0.5, new TestRequest()).cluster).toBe("");
  });
});

test.each([
  [{}, "route: one of cluster, cluster_header, weighted_clusters is required"],
  [{ cluster: "" }, "route.cluster: is required"],
  [{ cluster: "nowhere" }, 'route.cluster: there is no cluster "nowhere"'],
  [{ cluster_header: "" }, "route.cluster_header: is required"],
  [weighted(), "route.weighted_clusters.clusters: is required"],
  [weighted({ name: "a" }), "route.weighted_clusters.clusters[0].weight: is required"],
  [weighted({ name: "a", weight: 0 }), "route.weighted_clusters.clusters: the sum of the weights must be greater than 0"],
  [
    weighted({ name: "a", weight: 4_294_967_295 }, { name: "b", weight: 1 }),
    "route.weighted_clusters.clusters: the sum of the weights must be 4294967295 or less, is 4294967296",
  ],
  [weighted({ name: "a", weight: 1 }, { name: "d", weight: 0 }), 'route.weighted_clusters.clusters[1].name: there is no cluster "d"'],
  [weighted({ weight: 1 }), "route.weighted_clusters.clusters[0]: one of name, cluster_header is required"],
  [weighted({ name: "a", cluster_header: "x", weight: 1 }), "route.weighted_clusters.clusters[0]: has both name and cluster_header"],
  [
    weighted({ name: "a", weight: 1, request_headers_to_remove: [":path"] }),
    "route.weighted_clusters.clusters[0].request_headers_to_remove[0]: :-prefixed",
  ],
  [{ cluster_specifier_plugin: "x" }, "route: cluster specifier plugins are not supported"],
])("refuses %j", (action, message) => {
  expect(() => compileUnchecked(withRoutes({ match: { prefix: "/" }, route: action }))).toThrow(
    `routes.virtual_hosts[0].routes[0].${message}`,
  );
});

test("takes clusters that are not there where validate_clusters says so", () => {
  const routes = withRoutes({ match: { prefix: "/" }, route: { cluster: "later" } });
  expect(forwardOf(compileRoutes({ ...routes, validate_clusters: false })).clusterName(0, new TestRequest()).cluster).toBe("later");
  expect(() => compileRoutes({ ...routes, validate_clusters: true })).toThrow('there is no cluster "later"');
});
