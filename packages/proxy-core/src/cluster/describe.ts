import { createMessage, enumValue, fromJson, type Message, type MessageInit } from "@mesh/xds-proto";
import type { Metadata } from "../config/index.ts";
import { formatAddress, type SocketAddress } from "../network/index.ts";
import type { UpstreamCluster } from "./cluster.ts";
import { HostHealth, type HostStats, type Locality, type ResourceLimits } from "./contract.ts";
import type { EndpointCheck, LocalityWeight } from "./endpoint.ts";
import type { UpstreamHost } from "./host.ts";
import type { SuccessRateNumbers } from "./outlier/success-rates.ts";

/** What `/clusters` tells of a cluster, at one moment. */
export interface ClusterStatus {
  readonly name: string;
  readonly observabilityName: string;
  /** It is not of the bootstrap. */
  readonly isDynamic: boolean;
  /** By routing priority: default, high. */
  readonly limits: readonly [ResourceLimits, ResourceLimits];
  /** What outlier detection has found in its last interval. */
  readonly outliers: OutlierStatus | undefined;
  /** Percent. */
  readonly overprovisioningFactor: number;
  readonly localityWeights: readonly LocalityWeight[];
  readonly hosts: readonly HostStatus[];
}

export interface OutlierStatus {
  readonly successRates: SuccessRateNumbers;
  readonly localSuccessRates: SuccessRateNumbers;
}

export interface HostStatus {
  readonly address: SocketAddress;
  readonly hostname: string;
  readonly stats: Readonly<HostStats>;
  /** Bits of `HostHealth`. */
  readonly health: number;
  readonly pendingRemoval: boolean;
  /** The last active check had no answer in time. */
  readonly checkTimedOut: boolean;
  readonly weight: number;
  readonly priority: number;
  readonly locality: Locality;
  readonly canary: boolean;
  readonly metadata: Metadata | undefined;
  readonly check: EndpointCheck;
  /** Percent, of the last interval of outlier detection; -1: there is none, or there were too few requests. */
  readonly successRate: number;
  /** The same, of what this side saw itself. */
  readonly localSuccessRate: number;
}

export function describeCluster(cluster: UpstreamCluster, isDynamic: boolean): ClusterStatus {
  const { name, settings, limits, hosts, outliers, assignment } = cluster;
  return {
    name,
    observabilityName: settings.observabilityName,
    isDynamic,
    limits,
    outliers: outliers && { successRates: outliers.successRates, localSuccessRates: outliers.localSuccessRates },
    overprovisioningFactor: assignment === undefined ? 140 : assignment.overprovisioningFactor,
    localityWeights: assignment === undefined ? [] : assignment.localityWeights,
    hosts: hosts.map(describeHost),
  };
}

function describeHost(host: UpstreamHost): HostStatus {
  const {
    address,
    hostname,
    stats,
    health,
    pendingRemoval,
    checkTimedOut,
    weight,
    priority,
    locality,
    canary,
    metadata,
    record,
    endpoint,
  } = host;
  return {
    address,
    hostname,
    stats: { ...stats },
    health,
    pendingRemoval,
    checkTimedOut,
    weight,
    priority,
    locality,
    canary,
    metadata,
    check: endpoint.check,
    successRate: record === undefined ? -1 : record.successRate,
    localSuccessRate: record === undefined ? -1 : record.localSuccessRate,
  };
}

/** Names of health flags in the text form, as Envoy spells and orders them; `draining` is ours. */
const flagNames: readonly (readonly [number | "pendingRemoval" | "checkTimedOut", string])[] = [
  [HostHealth.FailedActiveCheck, "failed_active_hc"],
  [HostHealth.Ejected, "failed_outlier_check"],
  [HostHealth.UnhealthyByConfig, "failed_eds_health"],
  [HostHealth.DegradedByCheck, "degraded_active_hc"],
  [HostHealth.DegradedByConfig, "degraded_eds_health"],
  ["pendingRemoval", "pending_dynamic_removal"],
  [HostHealth.PendingActiveCheck, "pending_active_hc"],
  [HostHealth.ImmediateFailure, "excluded_via_immediate_hc_fail"],
  ["checkTimedOut", "active_hc_timeout"],
  [HostHealth.DrainingByConfig, "eds_status_draining"],
  [HostHealth.Draining, "draining"],
];

function healthFlags(host: HostStatus): string {
  const flags = flagNames.filter(([flag]) => (typeof flag === "number" ? (host.health & flag) !== 0 : host[flag]));
  return flags.length === 0 ? "healthy" : flags.map(([, name]) => `/${name}`).join("");
}

/** Envoy's names of a host's numbers, in the order in which they are printed. */
const hostNumbers: readonly (readonly [string, "COUNTER" | "GAUGE", keyof HostStats])[] = [
  ["cx_active", "GAUGE", "cxActive"],
  ["cx_connect_fail", "COUNTER", "cxConnectFail"],
  ["cx_total", "COUNTER", "cxTotal"],
  ["rq_active", "GAUGE", "rqActive"],
  ["rq_error", "COUNTER", "rqError"],
  ["rq_pending_active", "GAUGE", "rqPendingActive"],
  ["rq_success", "COUNTER", "rqSuccess"],
  ["rq_timeout", "COUNTER", "rqTimeout"],
  ["rq_total", "COUNTER", "rqTotal"],
];

/** The text of Envoy's `/clusters`: lines of `name::key::value` and `name::address::key::value`. */
export function clustersText(clusters: readonly ClusterStatus[]): string {
  return clusters.flatMap((cluster) => [...clusterLines(cluster), ...cluster.hosts.flatMap((host) => hostLines(cluster, host))]).join("");
}

function clusterLines({ name, observabilityName, isDynamic, limits, outliers }: ClusterStatus): string[] {
  const limitLines = (priority: string, { maxConnections, maxPendingRequests, maxRequests, maxRetries }: ResourceLimits): string[] =>
    Object.entries({
      max_connections: maxConnections,
      max_pending_requests: maxPendingRequests,
      max_requests: maxRequests,
      max_retries: maxRetries,
    }).map(([key, value]) => `${name}::${priority}_priority::${key}::${value}\n`);
  const [standard, high] = limits;
  return [
    `${name}::observability_name::${observabilityName}\n`,
    ...(outliers === undefined ? [] : outlierLines(name, outliers)),
    ...limitLines("default", standard),
    ...limitLines("high", high),
    `${name}::added_via_api::${isDynamic}\n`,
  ];
}

function outlierLines(name: string, { successRates, localSuccessRates }: OutlierStatus): string[] {
  return [
    ...rateLines(`${name}::outlier::success_rate`, successRates),
    ...rateLines(`${name}::outlier::local_origin_success_rate`, localSuccessRates),
  ];
}

function rateLines(prefix: string, { average, ejectionThreshold }: SuccessRateNumbers): string[] {
  return [`${prefix}_average::${shortNumber(average)}\n`, `${prefix}_ejection_threshold::${shortNumber(ejectionThreshold)}\n`];
}

/** As C++ and Envoy print it: six significant digits. */
const shortNumber = (value: number): number => Number(value.toPrecision(6));

function hostLines({ name }: ClusterStatus, host: HostStatus): string[] {
  const { region, zone, subZone } = host.locality;
  const entries: (readonly [string, string | number | boolean])[] = [
    ...hostNumbers.map(([key, , field]) => [key, host.stats[field]] as const),
    ["hostname", host.hostname],
    ["health_flags", healthFlags(host)],
    ["weight", host.weight],
    ["region", region],
    ["zone", zone],
    ["sub_zone", subZone],
    ["canary", host.canary],
    ["priority", host.priority],
    ["success_rate", host.successRate],
    ["local_origin_success_rate", host.localSuccessRate],
  ];
  return entries.map(([key, value]) => `${name}::${formatAddress(host.address)}::${key}::${value}\n`);
}

/** What `/clusters?format=json` prints. */
export function clustersMessage(clusters: readonly ClusterStatus[]): Message<"envoy.admin.v3.Clusters"> {
  return createMessage("envoy.admin.v3.Clusters", { clusterStatuses: clusters.map(clusterMessage) });
}

function clusterMessage(cluster: ClusterStatus): MessageInit<"envoy.admin.v3.ClusterStatus"> {
  const { name, observabilityName, isDynamic, limits, hosts, outliers } = cluster;
  const threshold = (
    priority: "DEFAULT" | "HIGH",
    { maxConnections, maxPendingRequests, maxRequests, maxRetries }: ResourceLimits,
  ): MessageInit<"envoy.config.cluster.v3.CircuitBreakers.Thresholds"> => ({
    priority: enumValue("envoy.config.core.v3.RoutingPriority", priority),
    maxConnections: { value: maxConnections },
    maxPendingRequests: { value: maxPendingRequests },
    maxRequests: { value: maxRequests },
    maxRetries: { value: maxRetries },
  });
  const [standard, high] = limits;
  return {
    name,
    observabilityName,
    addedViaApi: isDynamic,
    circuitBreakers: { thresholds: [threshold("DEFAULT", standard), threshold("HIGH", high)] },
    successRateEjectionThreshold: thresholdMessage(outliers?.successRates),
    localOriginSuccessRateEjectionThreshold: thresholdMessage(outliers?.localSuccessRates),
    hostStatuses: hosts.map(hostMessage),
  };
}

/** Envoy leaves out what is not known. */
function rateMessage(rate: number): { readonly value: number } | null {
  return rate < 0 ? null : { value: rate };
}

/** As in Envoy one that no host can be below is left out, too. */
function thresholdMessage(rates: SuccessRateNumbers | undefined): { readonly value: number } | null {
  return rates === undefined || rates.ejectionThreshold <= 0 ? null : { value: rates.ejectionThreshold };
}

function hostMessage(host: HostStatus): MessageInit<"envoy.admin.v3.HostStatus"> {
  const has = (bit: number): boolean => (host.health & bit) !== 0;
  return {
    address: addressMessage(host.address),
    stats: [...metricsOf(host, "COUNTER"), ...metricsOf(host, "GAUGE")],
    healthStatus: {
      failedActiveHealthCheck: has(HostHealth.FailedActiveCheck),
      failedOutlierCheck: has(HostHealth.Ejected),
      failedActiveDegradedCheck: has(HostHealth.DegradedByCheck),
      pendingDynamicRemoval: host.pendingRemoval,
      pendingActiveHc: has(HostHealth.PendingActiveCheck),
      excludedViaImmediateHcFail: has(HostHealth.ImmediateFailure),
      activeHcTimeout: host.checkTimedOut,
      edsHealthStatus: enumValue("envoy.config.core.v3.HealthStatus", edsHealth(host)),
    },
    weight: host.weight,
    hostname: host.hostname,
    priority: host.priority,
    locality: host.locality,
    successRate: rateMessage(host.successRate),
    localOriginSuccessRate: rateMessage(host.localSuccessRate),
  };
}

function metricsOf({ stats }: HostStatus, type: "COUNTER" | "GAUGE"): readonly MessageInit<"envoy.admin.v3.SimpleMetric">[] {
  return hostNumbers
    .filter(([, other]) => other === type)
    .map(([name, , field]) => ({ name, type: enumValue("envoy.admin.v3.SimpleMetric.Type", type), value: stats[field] }));
}

function edsHealth({ health }: HostStatus): "UNHEALTHY" | "DRAINING" | "DEGRADED" | "HEALTHY" {
  if ((health & HostHealth.UnhealthyByConfig) !== 0) return "UNHEALTHY";
  if ((health & HostHealth.DrainingByConfig) !== 0) return "DRAINING";
  return (health & HostHealth.DegradedByConfig) !== 0 ? "DEGRADED" : "HEALTHY";
}

function addressMessage(address: SocketAddress): MessageInit<"envoy.config.core.v3.Address"> {
  if (address.kind === "pipe") return { pipe: { path: address.path } };
  return { socketAddress: { address: address.address, portValue: address.port } };
}

/** The endpoints in use, as `/config_dump?include_eds` shows them: grouped by priority and locality. */
export function loadAssignmentMessage(cluster: ClusterStatus): Message<"envoy.config.endpoint.v3.ClusterLoadAssignment"> {
  const { name, hosts, overprovisioningFactor } = cluster;
  const groups = new Map<string, { readonly priority: number; readonly locality: Locality; readonly hosts: HostStatus[] }>();
  for (const host of hosts) {
    const { priority, locality } = host;
    const key = JSON.stringify([priority, locality.region, locality.zone, locality.subZone]);
    const group = groups.get(key) ?? { priority, locality, hosts: [] };
    groups.set(key, group);
    group.hosts.push(host);
  }
  return createMessage("envoy.config.endpoint.v3.ClusterLoadAssignment", {
    clusterName: name,
    policy: { overprovisioningFactor: { value: overprovisioningFactor } },
    endpoints: [...groups.values()].map((group) => ({
      priority: group.priority,
      locality: group.locality,
      loadBalancingWeight: { value: localityWeight(cluster, group.priority, group.locality) },
      lbEndpoints: group.hosts.map((host) => ({
        endpoint: { address: addressMessage(host.address), hostname: host.hostname, healthCheckConfig: checkMessage(host.check) },
        healthStatus: enumValue("envoy.config.core.v3.HealthStatus", edsHealth(host)),
        metadata: metadataMessage(host.metadata),
        loadBalancingWeight: { value: host.weight },
      })),
    })),
  });
}

/** As in Envoy, 0 where it has none. */
function localityWeight({ localityWeights }: ClusterStatus, priority: number, { region, zone, subZone }: Locality): number {
  const found = localityWeights.findLast(
    ({ priority: its, locality }) =>
      its === priority && locality.region === region && locality.zone === zone && locality.subZone === subZone,
  );
  return found === undefined ? 0 : found.weight;
}

function checkMessage({
  port,
  hostname,
  address,
  disabled,
}: EndpointCheck): MessageInit<"envoy.config.endpoint.v3.Endpoint.HealthCheckConfig"> {
  return {
    portValue: port,
    hostname,
    disableActiveHealthCheck: disabled,
    ...(address === undefined ? {} : { address: addressMessage(address) }),
  };
}

function metadataMessage(metadata: Metadata | undefined): Message<"envoy.config.core.v3.Metadata"> | null {
  return metadata === undefined ? null : fromJson("envoy.config.core.v3.Metadata", { filterMetadata: metadata });
}
