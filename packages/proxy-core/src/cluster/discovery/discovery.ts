import { enumValue } from "@mesh/xds-proto";
import { type ConfigPath, fail, required } from "../../config/index.ts";
import type { ClusterMessage } from "../cluster-message.ts";
import { type Endpoint, readNamedEndpoints, readStaticEndpoints } from "../endpoint.ts";
import type { DiscoveryContext, RunningDiscovery } from "./contract.ts";
import { DnsDiscovery, readDnsSettings } from "./dns-discovery.ts";

/** How a cluster comes by its endpoints. */
export interface Discovery {
  readonly type: "STATIC" | "STRICT_DNS" | "LOGICAL_DNS";
  /** Percent. */
  readonly overprovisioningFactor: number;
  start(context: DiscoveryContext): RunningDiscovery;
}

const types = {
  static: enumValue("envoy.config.cluster.v3.Cluster.DiscoveryType", "STATIC"),
  strictDns: enumValue("envoy.config.cluster.v3.Cluster.DiscoveryType", "STRICT_DNS"),
  logicalDns: enumValue("envoy.config.cluster.v3.Cluster.DiscoveryType", "LOGICAL_DNS"),
} as const;

export function readDiscovery(message: ClusterMessage, path: ConfigPath): Discovery {
  const assignmentPath = path.field("load_assignment");
  switch (message.type) {
    case types.static: {
      const assignment = required(message.loadAssignment, assignmentPath);
      const { endpoints, overprovisioningFactor } = readStaticEndpoints(assignment, assignmentPath);
      return { type: "STATIC", overprovisioningFactor, start: (context) => startStatic(endpoints, context) };
    }
    case types.strictDns: {
      const assignment = required(message.loadAssignment, assignmentPath);
      const { endpoints, overprovisioningFactor } = readNamedEndpoints(assignment, assignmentPath);
      const settings = readDnsSettings(message, path);
      return { type: "STRICT_DNS", overprovisioningFactor, start: (context) => new DnsDiscovery(endpoints, settings, context) };
    }
    case types.logicalDns: {
      const assignment = required(message.loadAssignment, assignmentPath);
      const { endpoints, overprovisioningFactor } = readNamedEndpoints(assignment, assignmentPath);
      if (endpoints.length !== 1) fail(assignmentPath, `LOGICAL_DNS clusters have one endpoint, here are ${endpoints.length}`);
      const settings = { ...readDnsSettings(message, path), logical: true };
      return { type: "LOGICAL_DNS", overprovisioningFactor, start: (context) => new DnsDiscovery(endpoints, settings, context) };
    }
    default:
      // The place of EDS and ORIGINAL_DST, which the field table refuses.
      return fail(path.field("type"), `is not supported: ${message.type}`);
  }
}

function startStatic(endpoints: readonly Endpoint[], context: DiscoveryContext): RunningDiscovery {
  context.update(endpoints);
  return { ready: Promise.resolve(), close: () => {} };
}
