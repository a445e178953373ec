import type { LocalityDistribution, LocalityLbSetting } from "@mesh/istio-config";
import type { Locality, MeshEndpoint } from "../../model/index.ts";
import type { ProxyProfile } from "../../proxy/index.ts";
import type { MeshSettings } from "../../rules/index.ts";
import type { PortPolicy } from "../clusters/policy.ts";

/** How the endpoints of a cluster are spread over localities. `key`: alike for all callers that are sent the same. */
export type LocalityPlan =
  | { readonly kind: "even"; readonly key: "" }
  /** Shares of the caller's locality, in percent by locality. */
  | { readonly kind: "distribute"; readonly key: string; readonly to: Readonly<Record<string, number>> }
  /** Near ones first. `rank`: from 0, not without gaps. */
  | { readonly kind: "failover"; readonly key: string; readonly rank: (endpoint: MeshEndpoint) => number };

/** Localities do not count. */
export const even: LocalityPlan = { kind: "even", key: "" };

/** The rule's setting stands for the mesh's, as a whole. Undefined: localities do not count. */
function settingOf({ loadBalancer }: PortPolicy, mesh: MeshSettings): LocalityLbSetting | undefined {
  const setting = loadBalancer?.localityLbSetting ?? mesh.localityLbSetting;
  return setting.enabled === false ? undefined : setting;
}

/** Whether the weights of localities count: otherwise they would only disturb what the balancer does (Istio). */
export function weighsLocalities(policy: PortPolicy, mesh: MeshSettings): boolean {
  const setting = settingOf(policy, mesh);
  if (setting === undefined) return false;
  if (setting.distribute.length > 0) return true;
  return policy.outlierDetection !== undefined && (setting.failover.length > 0 || setting.failoverPriority.length > 0);
}

export const localityText = (locality: Locality | undefined): string =>
  locality === undefined ? "" : `${locality.region}/${locality.zone}/${locality.subZone}`;

/** `region/zone/subzone` of a rule: parts that are left out, or `*`, match everything. */
export function matchesLocality(pattern: string, locality: Locality | undefined): boolean {
  const [region = "", zone = "", subZone = ""] = pattern.split("/");
  if (region !== "*" && region !== (locality?.region ?? "")) return false;
  if (zone !== "" && zone !== "*" && zone !== (locality?.zone ?? "")) return false;
  return subZone === "" || subZone === "*" || subZone === (locality?.subZone ?? "");
}

/** 0: the same place, 1: the same zone, 2: the same region, 3: another region. */
function distance(one: Locality, other: Locality | undefined): number {
  if (one.region !== (other?.region ?? "")) return 3;
  if (one.zone !== (other?.zone ?? "")) return 2;
  return one.subZone === (other?.subZone ?? "") ? 0 : 1;
}

const otherRegion = 3;
const unwantedRegion = 4;
/** How many ranks distances have. */
const distances = 5;

function rankByDistance(from: Locality, failover: LocalityLbSetting["failover"]): (endpoint: MeshEndpoint) => number {
  const target = failover.find((each) => each.from === from.region)?.to;
  return ({ locality }) => {
    const rank = distance(from, locality);
    return rank === otherRegion && target !== undefined && locality?.region !== target ? unwantedRegion : rank;
  };
}

interface Labelled {
  readonly labels: Readonly<Record<string, string>>;
  readonly locality: Locality | undefined;
  readonly network: string;
}

/** A label, or what Istio gives every workload under the name of one. */
function labelOf({ labels, locality, network }: Labelled, key: string): string {
  if (Object.hasOwn(labels, key)) return labels[key] ?? "";
  switch (key) {
    case "topology.kubernetes.io/region":
      return locality?.region ?? "";
    case "topology.kubernetes.io/zone":
      return locality?.zone ?? "";
    case "topology.istio.io/subzone":
      return locality?.subZone ?? "";
    case "topology.istio.io/network":
      return network;
    default:
      return "";
  }
}

/** Each label with the value that an endpoint should have: that of `key=value`, or the caller's own. */
function wantedLabels(priority: readonly string[], proxy: ProxyProfile): readonly (readonly [key: string, value: string])[] {
  return priority.map((text) => {
    const at = text.indexOf("=");
    return at < 0 ? [text, labelOf(proxy, text)] : [text.slice(0, at), text.slice(at + 1)];
  });
}

/** The more of the first labels an endpoint shares, the lower; 0 has all. */
function rankByLabels(wanted: readonly (readonly [string, string])[]): (endpoint: MeshEndpoint) => number {
  return (endpoint) => {
    const first = wanted.findIndex(([key, value]) => labelOf(endpoint, key) !== value);
    return first < 0 ? 0 : wanted.length - first;
  };
}

const distributionFor = (distribute: readonly LocalityDistribution[], locality: Locality): LocalityDistribution | undefined =>
  distribute.find(({ from }) => matchesLocality(from, locality));

/**
 * Istio: LocalityLoadBalancerSetting. Failover needs outlier detection, or nothing would ever fail over; a caller that does not say where
 * it is has no near and far.
 */
export function localityPlanOf(policy: PortPolicy, mesh: MeshSettings, proxy: ProxyProfile): LocalityPlan {
  const setting = settingOf(policy, mesh);
  if (setting === undefined) return even;
  const { locality } = proxy;
  if (setting.distribute.length > 0) {
    const distribution = locality && distributionFor(setting.distribute, locality);
    return distribution === undefined ? even : { kind: "distribute", key: `to ${distribution.from}`, to: distribution.to };
  }
  if (policy.outlierDetection === undefined) return even;
  const { failover, failoverPriority } = setting;
  const near = locality && rankByDistance(locality, failover);
  if (failoverPriority.length === 0)
    return near === undefined ? even : { kind: "failover", key: `at ${localityText(locality)}`, rank: near };
  const wanted = wantedLabels(failoverPriority, proxy);
  const byLabels = rankByLabels(wanted);
  const key = JSON.stringify(wanted);
  if (failover.length === 0 || near === undefined) return { kind: "failover", key, rank: byLabels };
  return {
    kind: "failover",
    key: `${key} at ${localityText(locality)}`,
    rank: (endpoint) => byLabels(endpoint) * distances + near(endpoint),
  };
}
