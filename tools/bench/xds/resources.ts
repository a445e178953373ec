import { fromJson, type Message } from "@mesh/xds-proto";

/** Everything that a proxy is told: so many services, each a cluster with one endpoint and a virtual host of its name. */
export interface Services {
  readonly listener: Message<"envoy.config.listener.v3.Listener">;
  readonly routes: Message<"envoy.config.route.v3.RouteConfiguration">;
  readonly clusters: readonly Message<"envoy.config.cluster.v3.Cluster">[];
}

export const serviceName = (index: number): string => `service-${index}.bench.svc.cluster.local`;

const ads = { ads: {}, resource_api_version: "V3" };

const socketAddress = (port: number): object => ({ socket_address: { address: "127.0.0.1", port_value: port } });

/** Requests for none of the services go to the first. */
export function makeServices(count: number, port: number): Services {
  const names = Array.from({ length: count }, (_, index) => serviceName(index));
  return {
    listener: fromJson("envoy.config.listener.v3.Listener", {
      name: "in",
      address: socketAddress(port),
      filter_chains: [{ filters: [connectionManager] }],
    }),
    routes: fromJson("envoy.config.route.v3.RouteConfiguration", {
      name: "services",
      virtual_hosts: [virtualHost("any", "*", serviceName(0)), ...names.map((name) => virtualHost(name, name, name))],
    }),
    clusters: names.map((name) =>
      fromJson("envoy.config.cluster.v3.Cluster", { name, type: "EDS", connect_timeout: "1s", eds_cluster_config: { eds_config: ads } }),
    ),
  };
}

/** The only endpoint of a service. */
export function makeEndpoints(index: number, port: number): Message<"envoy.config.endpoint.v3.ClusterLoadAssignment"> {
  return fromJson("envoy.config.endpoint.v3.ClusterLoadAssignment", {
    cluster_name: serviceName(index),
    endpoints: [{ lb_endpoints: [{ endpoint: { address: socketAddress(port) } }] }],
  });
}

const virtualHost = (name: string, domain: string, cluster: string): object => ({
  name,
  domains: [domain],
  routes: [{ match: { prefix: "/" }, route: { cluster } }],
});

const connectionManager = {
  name: "envoy.filters.network.http_connection_manager",
  typed_config: {
    "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
    stat_prefix: "in",
    rds: { route_config_name: "services", config_source: ads },
    http_filters: [
      {
        name: "envoy.filters.http.router",
        typed_config: { "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router" },
      },
    ],
  },
};
