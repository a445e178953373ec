import { isIP } from "node:net";
import type { Subset } from "@mesh/istio-config";
import { enumValue, type MessageInit } from "@mesh/xds-proto";
import { anyVariant, selects, type Locality, type MeshEndpoint } from "../../model/index.ts";
import { localityText, matchesLocality, type LocalityPlan } from "./locality-plan.ts";

type AssignmentInit = MessageInit<"envoy.config.endpoint.v3.ClusterLoadAssignment">;
type GroupInit = MessageInit<"envoy.config.endpoint.v3.LocalityLbEndpoints">;

/** Which endpoints of a port a cluster has. */
export interface EndpointFilter {
  readonly subset: Subset | undefined;
  /** Of a `ServiceVariant`; empty: all. */
  readonly variant: string;
}

export function belongs(endpoint: MeshEndpoint, { subset, variant }: EndpointFilter): boolean {
  if (variant !== "" && endpoint.variant !== variant && endpoint.variant !== anyVariant) return false;
  return subset === undefined || selects(subset.labels, endpoint.labels);
}

/** Whether a proxy can connect to it by itself: names are for clusters of DNS only. */
const isAddress = ({ address, port }: MeshEndpoint): boolean => (port === 0 ? address.startsWith("/") : isIP(address) > 0);

/** RFC 1123 §2.1, with the `_` that resolvers take too. What ends in a number is an address, and no good one. */
const hostName = /^(?=.{1,254}$)(?:[a-z\d_](?:[a-z\d_-]{0,61}[a-z\d_])?\.)*(?!\d+\.?$)[a-z\d_](?:[a-z\d_-]{0,61}[a-z\d_])?\.?$/iu;

const isHostName = ({ address, port }: MeshEndpoint): boolean => port !== 0 && isIP(address) === 0 && hostName.test(address);

/** For clusters of DNS: an address is one that needs no look-up. */
const isName = (endpoint: MeshEndpoint): boolean => endpoint.port !== 0 && (isIP(endpoint.address) > 0 || isHostName(endpoint));

/** Neither an address nor a name: nobody can connect to it. */
export const isUnreachable = (endpoint: MeshEndpoint): boolean => !isAddress(endpoint) && !isHostName(endpoint);

const named = new WeakMap<readonly MeshEndpoint[], boolean>();

/**
 * Whether some of a port's endpoints, wherever they are listed, are known by a name, so that the cluster has to look it up. Registries have
 * such ones: frameworks connect to what a provider says that it is. Clusters of DNS have no unix sockets: these go before names.
 */
export function haveNames(listed: readonly MeshEndpoint[]): boolean {
  let have = named.get(listed);
  if (have === undefined) {
    have = listed.some(isHostName) && !listed.some(({ port }) => port === 0);
    named.set(listed, have);
  }
  return have;
}

/** Whether something of a port's endpoints is sent to proxies, wherever they are. */
export const hasSentEndpoints = (listed: readonly MeshEndpoint[]): boolean =>
  listed.some((endpoint) => isSent(endpoint) && !isUnreachable(endpoint));

const isSent = ({ weight, health }: MeshEndpoint): boolean => weight > 0 && health !== "unhealthy";

/**
 * Those of the endpoints that are sent: what is unhealthy or has no weight is not. One that drains is, so that its connections stay, but not
 * where there are near and far ones: it would count as a failure there, and move traffic away from those beside it. One address counts once,
 * however many services of an interface it provides.
 */
export function sentEndpoints(
  endpoints: readonly MeshEndpoint[],
  filter: EndpointFilter,
  plan: LocalityPlan,
  by: "address" | "name",
): readonly MeshEndpoint[] {
  const isUsable = by === "address" ? isAddress : isName;
  const seen = new Set<string>();
  return endpoints.filter((endpoint) => {
    if (!isSent(endpoint) || (endpoint.health === "draining" && plan.kind !== "even")) return false;
    if (!isUsable(endpoint) || !belongs(endpoint, filter)) return false;
    const key = `${endpoint.address} ${endpoint.port}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

export const addressOf = (address: string, port: number): MessageInit<"envoy.config.core.v3.Address"> =>
  port === 0 ? { pipe: { path: address } } : { socketAddress: { address, portValue: port } };

/** Far above what registries use; the weights of a priority must not add up to more than 32 bits hold. */
const largestWeight = 1_000_000;

/** Envoy's weights are whole numbers from 1. */
const weightOf = ({ weight }: MeshEndpoint): number => Math.min(largestWeight, Math.max(1, Math.round(weight)));

function lbEndpoint(endpoint: MeshEndpoint): MessageInit<"envoy.config.endpoint.v3.LbEndpoint"> {
  return {
    endpoint: { address: addressOf(endpoint.address, endpoint.port) },
    healthStatus: endpoint.health === "draining" ? enumValue("envoy.config.core.v3.HealthStatus", "DRAINING") : undefined,
    loadBalancingWeight: { value: weightOf(endpoint) },
  };
}

interface Group {
  readonly rank: number;
  readonly text: string;
  readonly locality: Locality | undefined;
  readonly endpoints: MeshEndpoint[];
}

/** By rank and locality, in this order. */
function grouped(endpoints: readonly MeshEndpoint[], plan: LocalityPlan): readonly Group[] {
  const groups = new Map<string, Group>();
  for (const endpoint of endpoints) {
    const rank = plan.kind === "failover" ? plan.rank(endpoint) : 0;
    const text = localityText(endpoint.locality);
    const key = `${rank} ${text}`;
    let group = groups.get(key);
    if (group === undefined) {
      group = { rank, text, locality: endpoint.locality, endpoints: [] };
      groups.set(key, group);
    }
    group.endpoints.push(endpoint);
  }
  return [...groups.values()].sort((one, other) => one.rank - other.rank || (one.text < other.text ? -1 : one.text > other.text ? 1 : 0));
}

const totalWeight = ({ endpoints }: Group): number => endpoints.reduce((sum, endpoint) => sum + weightOf(endpoint), 0);

/** Shares of localities; several that fall under one pattern share it by their weights. Undefined: no traffic. */
function distributedWeights(groups: readonly Group[], to: Readonly<Record<string, number>>): readonly (number | undefined)[] {
  const weights: (number | undefined)[] = groups.map(() => undefined);
  for (const [pattern, percent] of Object.entries(to)) {
    const matched = groups.flatMap((group, index) =>
      weights[index] === undefined && matchesLocality(pattern, group.locality) ? [index] : [],
    );
    const sum = matched.reduce((total, index) => total + totalWeight(groups[index]!), 0);
    for (const index of matched) weights[index] = Math.ceil((totalWeight(groups[index]!) * percent) / sum);
  }
  return weights;
}

function groupInit({ locality, endpoints }: Group, weight: number, priority: number): GroupInit {
  return {
    locality: { region: locality?.region, zone: locality?.zone, subZone: locality?.subZone },
    lbEndpoints: endpoints.map(lbEndpoint),
    loadBalancingWeight: { value: weight },
    priority,
  };
}

/** Priorities count from 0 without gaps, whatever the ranks are. */
function groupInits(groups: readonly Group[], plan: LocalityPlan): readonly GroupInit[] {
  if (plan.kind === "distribute") {
    const weights = distributedWeights(groups, plan.to);
    return groups.flatMap((group, index) => {
      const weight = weights[index];
      return weight === undefined || weight === 0 ? [] : [groupInit(group, weight, 0)];
    });
  }
  let priority = -1;
  let last: number | undefined;
  return groups.map((group) => {
    if (group.rank !== last) priority++;
    last = group.rank;
    return groupInit(group, totalWeight(group), priority);
  });
}

/** An assignment of what is sent of a service's endpoints. */
export function assignment(clusterName: string, endpoints: readonly MeshEndpoint[], plan: LocalityPlan): AssignmentInit {
  return { clusterName, endpoints: groupInits(grouped(endpoints, plan), plan) };
}
