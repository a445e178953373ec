import { createMessage, enumValue } from "@mesh/xds-proto";
import { type ConfigPath, durationMs, fail, required, wrappedNumber } from "../../config/index.ts";
import type { ConfigSources } from "../../subscription/index.ts";
import type { ClusterMessage } from "../cluster-message.ts";
import { type Endpoint, type LoadAssignment, readNamedEndpoints, readStaticEndpoints } from "../endpoint.ts";
import type { OriginalDestinationSettings } from "../original-destinations.ts";
import type { DiscoveryContext, RunningDiscovery } from "./contract.ts";
import { DnsDiscovery, readDnsSettings } from "./dns-discovery.ts";
import { EdsDiscovery, type EndpointsReader } from "./eds-discovery.ts";

/** How a cluster comes by its endpoints. */
export interface Discovery {
  readonly type: "STATIC" | "STRICT_DNS" | "LOGICAL_DNS" | "EDS" | "ORIGINAL_DST";
  /** Of the type ORIGINAL_DST: endpoints come with those that want to go there. */
  readonly originalDestinations?: OriginalDestinationSettings;
  start(context: DiscoveryContext): RunningDiscovery;
}

const types = {
  static: enumValue("envoy.config.cluster.v3.Cluster.DiscoveryType", "STATIC"),
  strictDns: enumValue("envoy.config.cluster.v3.Cluster.DiscoveryType", "STRICT_DNS"),
  logicalDns: enumValue("envoy.config.cluster.v3.Cluster.DiscoveryType", "LOGICAL_DNS"),
  eds: enumValue("envoy.config.cluster.v3.Cluster.DiscoveryType", "EDS"),
  originalDst: enumValue("envoy.config.cluster.v3.Cluster.DiscoveryType", "ORIGINAL_DST"),
} as const;

const noAssignment = createMessage("envoy.config.endpoint.v3.ClusterLoadAssignment");

/** Where endpoints may come from besides the message. */
export interface EndpointSources {
  readonly sources: ConfigSources;
  readonly endpoints: EndpointsReader;
}

export function readDiscovery(message: ClusterMessage, path: ConfigPath, { sources, endpoints }: EndpointSources): Discovery {
  const assignmentPath = path.field("load_assignment");
  switch (message.type) {
    case types.static: {
      // Without one it has no hosts, as Istio's BlackHoleCluster.
      const assignment = readStaticEndpoints(message.loadAssignment ?? noAssignment, assignmentPath);
      return { type: "STATIC", start: (context) => startStatic(assignment, context) };
    }
    case types.strictDns: {
      const assignment = readNamedEndpoints(required(message.loadAssignment, assignmentPath), assignmentPath);
      const settings = readDnsSettings(message, path);
      return { type: "STRICT_DNS", start: (context) => new DnsDiscovery(assignment, settings, context) };
    }
    case types.logicalDns: {
      const assignment = readNamedEndpoints(required(message.loadAssignment, assignmentPath), assignmentPath);
      const { length: count } = assignment.endpoints;
      if (count !== 1) fail(assignmentPath, `LOGICAL_DNS clusters have one endpoint, here are ${count}`);
      const settings = { ...readDnsSettings(message, path), logical: true };
      return { type: "LOGICAL_DNS", start: (context) => new DnsDiscovery(assignment, settings, context) };
    }
    case types.eds: {
      if (message.loadAssignment !== null) fail(assignmentPath, "a cluster of the type EDS gets it from its eds_config");
      const at = path.field("eds_cluster_config");
      const { edsConfig, serviceName } = required(message.edsClusterConfig, at);
      const source = sources.open(required(edsConfig, at.field("eds_config")), at.field("eds_config"));
      const settings = { source, reader: endpoints, serviceName: serviceName === "" ? message.name : serviceName };
      return { type: "EDS", start: (context) => new EdsDiscovery(settings, context) };
    }
    case types.originalDst:
      if (message.loadAssignment !== null) fail(assignmentPath, "a cluster of the type ORIGINAL_DST has the endpoints that are asked for");
      if (message.healthChecks.length > 0) fail(path.field("health_checks"), "hosts of a cluster of the type ORIGINAL_DST are not checked");
      return { type: "ORIGINAL_DST", originalDestinations: readOriginalDestinations(message, path), start: startNothing };
    default:
      return fail(path.field("type"), "is not supported");
  }
}

const originalDestinationHeader = "x-envoy-original-dst-host";

function readOriginalDestinations({ originalDstLbConfig, cleanupInterval }: ClusterMessage, path: ConfigPath): OriginalDestinationSettings {
  const { useHttpHeader = false, httpHeaderName = "", upstreamPortOverride = null } = originalDstLbConfig ?? {};
  const at = path.field("original_dst_lb_config");
  if (httpHeaderName !== "" && !useHttpHeader) fail(at.field("http_header_name"), "needs use_http_header");
  return {
    headerName: useHttpHeader ? (httpHeaderName === "" ? originalDestinationHeader : httpHeaderName.toLowerCase()) : undefined,
    portOverride: wrappedNumber(upstreamPortOverride, at.field("upstream_port_override"), { max: 65_535 }),
    cleanupMs: durationMs(cleanupInterval, path.field("cleanup_interval"), { above: 0 }) ?? 5000,
  };
}

function startNothing(): RunningDiscovery {
  return { ready: Promise.resolve(), close: () => {} };
}

function startStatic(assignment: LoadAssignment<Endpoint>, context: DiscoveryContext): RunningDiscovery {
  context.update(assignment);
  return { ready: Promise.resolve(), close: () => {} };
}
