/** The kinds of extensions that a configuration can name, under Envoy's names where it has them, and what one of them is called. */
export const extensionCategories = {
  "envoy.access_loggers": "access logger",
  "envoy.filters.http": "stream filter",
  /** Configuration of a stream filter in a route, a virtual host or a route table: `typed_per_filter_config`. */
  "envoy.filters.http.per_route": "stream filter that routes can configure",
  "envoy.filters.listener": "listener filter",
  "envoy.filters.network": "network filter",
  /** `from_plugin` of gRPC call credentials. */
  "envoy.grpc_credentials": "plugin for call credentials",
  "envoy.health_checkers": "health checker",
  "envoy.http.stateful_header_formatters": "header formatter",
  "envoy.load_balancing_policies": "load balancing policy",
  "envoy.retry_host_predicates": "retry host predicate",
  "envoy.transport_sockets.downstream": "transport socket for listeners",
  "envoy.transport_sockets.upstream": "transport socket for clusters",
  /** `typed_extension_protocol_options` of a cluster. */
  "envoy.upstream_options": "upstream protocol",
  /** RPC protocols: `codec` of RpcProxy and of RpcProtocolOptions. */
  "mesh.codecs": "RPC codec",
} as const;

export type ExtensionCategory = keyof typeof extensionCategories;
