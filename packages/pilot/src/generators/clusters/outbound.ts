import type { Warmup } from "@mesh/istio-config";
import { enumValue, type EnumTypes, type MessageInit } from "@mesh/xds-proto";
import type { Resource } from "@mesh/xds-server";
import type { MeshEndpoint, MeshService, ServiceEndpoints, ServicePort } from "../../model/index.ts";
import type { ProxyProfile } from "../../proxy/index.ts";
import type { EffectiveDestinationRule, MeshSettings } from "../../rules/index.ts";
import { assignment, sentEndpoints } from "../endpoints/assignment.ts";
import { even, localityPlanOf, weighsLocalities } from "../endpoints/locality-plan.ts";
import { resourceOf } from "../resource.ts";
import { outboundClusterName } from "../names.ts";
import { duration } from "../values.ts";
import { circuitBreakers, connectionOptions, protocolOptions, speaksHttp2, type HttpOptions } from "./connection-pool.ts";
import { balancing, lbPolicy } from "./load-balancing.ts";
import { clusterMetadata } from "./metadata.ts";
import { outlierDetection } from "./outlier-detection.ts";
import { discoveryOf, partsOf, policyOf, type Discovery, type ServicePart } from "./parts.ts";
import type { PortPolicy } from "./policy.ts";
import type { ClusterDialect } from "./dialect.ts";
import { automaticNames, transportSocket } from "./transport-socket.ts";

export type ClusterInit = MessageInit<"envoy.config.cluster.v3.Cluster">;

/** What the clusters of a service are made of. */
export interface OutboundSource {
  readonly service: MeshService;
  readonly rule: EffectiveDestinationRule | undefined;
  readonly endpoints: ServiceEndpoints;
  readonly mesh: MeshSettings;
  readonly proxy: ProxyProfile;
  readonly dialect: ClusterDialect;
}

export const clusterType = (name: keyof EnumTypes["envoy.config.cluster.v3.Cluster.DiscoveryType"]): NonNullable<ClusterInit["type"]> =>
  enumValue("envoy.config.cluster.v3.Cluster.DiscoveryType", name);

const noneListed: readonly MeshEndpoint[] = [];

/** What new hosts of RPC registries ask for: their share grows with time, as their frameworks have it. 0: they do not. */
const warmUps = new WeakMap<readonly MeshEndpoint[], number>();

/** A provider says what it likes: proxies would refuse a window that no Duration can have. */
const longestWarmUpMs = 86_400_000;

/** Milliseconds: the longest of all, and no more than a day. */
export function warmUpOf(endpoints: readonly MeshEndpoint[]): number {
  let longest = warmUps.get(endpoints);
  if (longest === undefined) {
    longest = Math.min(
      longestWarmUpMs,
      endpoints.reduce((most, { warmUp }) => Math.max(most, warmUp?.durationMs ?? 0), 0),
    );
    warmUps.set(endpoints, longest);
  }
  return longest;
}

/** Dubbo: the weight grows in proportion to the uptime. */
const frameworkWarmup = (ms: number): Warmup | undefined => (ms === 0 ? undefined : { duration: ms, minimumPercent: 10, aggression: 1 });

/** What tells the proxy where the hosts are. */
function hosts(
  source: OutboundSource,
  port: ServicePort,
  part: ServicePart,
  policy: PortPolicy,
  discovery: Discovery,
  name: string,
): ClusterInit {
  const { mesh, proxy } = source;
  switch (discovery) {
    case "eds":
      return {
        type: clusterType("EDS"),
        edsClusterConfig: {
          serviceName: name,
          edsConfig: {
            ads: {},
            initialFetchTimeout: { seconds: 0 },
            resourceApiVersion: enumValue("envoy.config.core.v3.ApiVersion", "V3"),
          },
        },
      };
    case "original-destination":
      return { type: clusterType("ORIGINAL_DST") };
    default: {
      // The only name of a cluster of LOGICAL_DNS is near, wherever it is.
      const plan = discovery === "logical-dns" ? even : localityPlanOf(policy, mesh, proxy);
      const named = sentEndpoints(source.endpoints.get(port.name) ?? noneListed, part, plan, "name");
      return {
        type: clusterType(discovery === "strict-dns" ? "STRICT_DNS" : "LOGICAL_DNS"),
        dnsLookupFamily: enumValue("envoy.config.cluster.v3.Cluster.DnsLookupFamily", "V4_PREFERRED"),
        dnsRefreshRate: duration(mesh.dnsRefreshRate),
        respectDnsTtl: true,
        loadAssignment: assignment(name, named, plan),
      };
    }
  }
}

const nameCount = (listed: readonly MeshEndpoint[], part: ServicePart): number => sentEndpoints(listed, part, even, "name").length;

function outboundCluster(source: OutboundSource, port: ServicePort, part: ServicePart): ClusterInit | undefined {
  const { service, rule, mesh, dialect } = source;
  const { features } = dialect;
  const policy = policyOf(rule, port, part);
  const listed = source.endpoints.get(port.name) ?? noneListed;
  const discovery = discoveryOf(service, policy, dialect, listed, () => nameCount(listed, part));
  if (discovery === undefined) return undefined;
  const pool = policy.connectionPool;
  const http: HttpOptions = {
    protocol: port.protocol,
    pool,
    features,
    detectsProtocol: dialect.detectsProtocol,
    upgradesToHttp2: mesh.h2UpgradePolicy === "UPGRADE",
    ...automaticNames(policy),
  };
  const isBalanced = discovery !== "original-destination";
  const warmup = policy.loadBalancer?.warmup ?? frameworkWarmup(warmUpOf(listed));
  const name = outboundClusterName(port.number, part.name, service.hostname);
  return {
    name,
    ...hosts(source, port, part, policy, discovery, name),
    connectTimeout: duration(pool?.tcp?.connectTimeout ?? mesh.connectTimeout),
    ...(isBalanced ? balancing(policy.loadBalancer, warmup, features) : { lbPolicy: lbPolicy("CLUSTER_PROVIDED") }),
    circuitBreakers: circuitBreakers(pool),
    typedExtensionProtocolOptions: protocolOptions(http),
    outlierDetection: policy.outlierDetection && features.outlierDetection ? outlierDetection(policy.outlierDetection) : undefined,
    commonLbConfig: isBalanced
      ? {
          // Hosts that drain or are ejected get nothing, however many they are. Envoy's threshold is 50 %.
          healthyPanicThreshold: { value: policy.outlierDetection?.minHealthPercent ?? 0 },
          localityWeightedLbConfig: weighsLocalities(policy, mesh) ? {} : undefined,
        }
      : undefined,
    upstreamConnectionOptions: features.tcpKeepalive ? connectionOptions(mesh, pool) : undefined,
    transportSocket: transportSocket(policy, service.subjectAltNames, speaksHttp2(http)),
    metadata: clusterMetadata({ services: [service], rule: rule?.names[0], subset: part.subset?.name }),
  };
}

/** The clusters of each port of a service, its subsets and its variants, as far as the proxy can have them. */
export function outboundClusters(source: OutboundSource): readonly Resource[] {
  const { service, rule, dialect } = source;
  const resources: Resource[] = [];
  for (const port of service.ports) {
    if (port.protocol === "udp") continue;
    for (const part of partsOf(service, port, rule, dialect)) {
      const cluster = outboundCluster(source, port, part);
      if (cluster?.name !== undefined) resources.push(resourceOf(cluster.name, "envoy.config.cluster.v3.Cluster", cluster));
    }
  }
  return resources;
}
