import { createResource } from "../resource/resource-set.ts";
import type { Resource } from "../resource/resource.ts";

/** A cluster whose endpoints come by EDS. Another number makes it another version. */
export function cluster(name: string, seconds: number = 1, serviceName: string = ""): Resource {
  return createResource("envoy.config.cluster.v3.Cluster", name, {
    name,
    connectTimeout: { seconds },
    edsClusterConfig: { serviceName },
  });
}

export function endpoints(name: string, priority: number = 0): Resource {
  return createResource("envoy.config.endpoint.v3.ClusterLoadAssignment", name, { clusterName: name, endpoints: [{ priority }] });
}

export function listener(name: string, port: number = 1): Resource {
  return createResource("envoy.config.listener.v3.Listener", name, {
    name,
    address: { socketAddress: { address: "127.0.0.1", portValue: port } },
  });
}

export function route(name: string, host: string = "a"): Resource {
  return createResource("envoy.config.route.v3.RouteConfiguration", name, { name, virtualHosts: [{ name: host, domains: [host] }] });
}
