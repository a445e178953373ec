import type { LocalityLbSetting } from "@mesh/istio-config";
import { describe, expect, test } from "vitest";
import type { Locality, MeshEndpoint } from "../../model/index.ts";
import { testEndpoint, testMesh, testProxy } from "../../testing/index.ts";
import type { PortPolicy } from "../clusters/policy.ts";
import { localityPlanOf, matchesLocality } from "./locality-plan.ts";

const localityOf = (text: string): Locality => {
  const [region = "", zone = "", subZone = ""] = text.split("/");
  return { region, zone, subZone };
};
const at = (text: string): MeshEndpoint => testEndpoint({ locality: localityOf(text) });

const empty: LocalityLbSetting = { distribute: [], failover: [], failoverPriority: [] };
const detection: PortPolicy = { outlierDetection: { splitExternalLocalOriginErrors: false, minHealthPercent: 0 } };
const caller = testProxy({ locality: localityOf("r1/z1/s1") });

function ranksOf(policy: PortPolicy, endpoints: readonly MeshEndpoint[], proxy = caller): readonly number[] | string {
  const plan = localityPlanOf(policy, testMesh(), proxy);
  return plan.kind === "failover" ? endpoints.map(plan.rank) : plan.kind;
}

test.each([
  ["r1/z1/s1", true],
  ["r1/z1/*", true],
  ["r1/*", true],
  ["r1", true],
  ["*", true],
  ["r1/z2/*", false],
  ["r2/*", false],
  ["r1/z1/s2", false],
])("%s matches r1/z1/s1: %s", (pattern, matches) => {
  expect(matchesLocality(pattern, localityOf("r1/z1/s1"))).toBe(matches);
});

test("an endpoint without a locality falls under * only", () => {
  expect(matchesLocality("*", undefined)).toBe(true);
  expect(matchesLocality("r1", undefined)).toBe(false);
});

describe("failover", () => {
  const endpoints = [at("r1/z1/s1"), at("r1/z1/s2"), at("r1/z2/s1"), at("r2/z1/s1"), at("r3/z1/s1"), testEndpoint()];

  test("is by distance where hosts can be found to fail", () => {
    expect(ranksOf(detection, endpoints)).toEqual([0, 1, 2, 3, 3, 3]);
    expect(ranksOf({}, endpoints)).toBe("even");
  });

  test("prefers the region that the caller's region fails over to", () => {
    const localityLbSetting = { ...empty, failover: [{ from: "r1", to: "r3" }] };
    expect(ranksOf({ ...detection, loadBalancer: { localityLbSetting } }, endpoints)).toEqual([0, 1, 2, 4, 3, 4]);
    const other = { ...empty, failover: [{ from: "r2", to: "r3" }] };
    expect(ranksOf({ ...detection, loadBalancer: { localityLbSetting: other } }, endpoints)).toEqual([0, 1, 2, 3, 3, 3]);
  });

  test("is off where the rule, or else the mesh, says so, and for callers that do not say where they are", () => {
    expect(ranksOf({ ...detection, loadBalancer: { localityLbSetting: { ...empty, enabled: false } } }, endpoints)).toBe("even");
    expect(localityPlanOf(detection, testMesh({ localityLbSetting: { ...empty, enabled: false } }), caller).kind).toBe("even");
    expect(ranksOf(detection, endpoints, testProxy())).toBe("even");
  });

  test("a setting of the rule stands for all of the mesh's", () => {
    const mesh = testMesh({ localityLbSetting: { ...empty, enabled: false } });
    expect(localityPlanOf({ ...detection, loadBalancer: { localityLbSetting: empty } }, mesh, caller).kind).toBe("failover");
  });

  test("by labels counts those that are shared from the first on", () => {
    const localityLbSetting = { ...empty, failoverPriority: ["rack", "version=v2", "topology.kubernetes.io/region"] };
    const proxy = testProxy({ labels: { rack: "a" }, locality: localityOf("r1") });
    const endpointOf = (labels: Record<string, string>, region: string): MeshEndpoint =>
      testEndpoint({ labels, locality: localityOf(region) });
    expect(
      ranksOf(
        { ...detection, loadBalancer: { localityLbSetting } },
        [
          endpointOf({ rack: "a", version: "v2" }, "r1"),
          endpointOf({ rack: "a", version: "v2" }, "r2"),
          endpointOf({ rack: "a", version: "v1" }, "r1"),
          endpointOf({ rack: "b", version: "v2" }, "r1"),
          endpointOf({}, "r1"),
        ],
        proxy,
      ),
    ).toEqual([0, 1, 2, 3, 3]);
  });

  test("by labels comes before regions where a rule has both", () => {
    const localityLbSetting = { ...empty, failoverPriority: ["rack"], failover: [{ from: "r1", to: "r2" }] };
    const proxy = testProxy({ labels: { rack: "a" }, locality: localityOf("r1") });
    const endpointOf = (rack: string, region: string): MeshEndpoint => testEndpoint({ labels: { rack }, locality: localityOf(region) });
    const endpoints = [endpointOf("b", "r1"), endpointOf("a", "r3"), endpointOf("a", "r2"), endpointOf("a", "r1")];
    expect(ranksOf({ ...detection, loadBalancer: { localityLbSetting } }, endpoints, proxy)).toEqual([5, 4, 3, 0]);
  });
});

describe("keys", () => {
  test("callers that are sent the same have the same one", () => {
    const key = (policy: PortPolicy, locality: string | undefined): string =>
      localityPlanOf(policy, testMesh(), testProxy({ locality: locality === undefined ? undefined : localityOf(locality) })).key;
    expect(key({}, "r1/z1/s1")).toBe("");
    expect(key(detection, undefined)).toBe("");
    expect(key(detection, "r1/z1/s1")).toBe(key(detection, "r1/z1/s1"));
    expect(key(detection, "r1/z1/s1")).not.toBe(key(detection, "r1/z1/s2"));
    const distribute = { ...empty, distribute: [{ from: "r1/*", to: { r1: 80, r2: 20 } }] };
    const policy = { loadBalancer: { localityLbSetting: distribute } };
    expect(key(policy, "r1/z1/s1")).toBe(key(policy, "r1/z2/s2"));
    expect(key(policy, "r2/z1/s1")).toBe("");
  });
});
