/** Bootstraps of the two sidecars: what a platform team would write in YAML. */

export interface Sidecar {
  readonly admin: number;
  readonly bolt: number;
  readonly http: number;
}

type Json = Readonly<Record<string, unknown>>;

const typed = (name: string, fields: Json = {}): Json => ({ "@type": `type.googleapis.com/${name}`, ...fields });
const address = (port: number): Json => ({ socket_address: { address: "127.0.0.1", port_value: port } });
const routerFilter: Json = { name: "envoy.filters.http.router", typed_config: typed("envoy.extensions.filters.http.router.v3.Router") };
const bolt: Json = { name: "bolt", typed_config: typed("mesh.extensions.codecs.bolt.v3.Bolt") };

function listener(name: string, port: number, filter: Json): Json {
  return { name, address: address(port), filter_chains: [{ filters: [filter] }] };
}

function cluster(name: string, ports: readonly number[], more: Json = {}): Json {
  return {
    name,
    type: "STATIC",
    connect_timeout: "0.5s",
    load_assignment: { cluster_name: name, endpoints: [{ lb_endpoints: ports.map((port) => ({ endpoint: { address: address(port) } })) }] },
    ...more,
  };
}

function routes(name: string, domains: readonly string[], route: Json): Json {
  return { name, virtual_hosts: [{ name, domains, routes: [{ match: { prefix: "/" }, route }] }] };
}

function rpcProxy(prefix: string, domains: readonly string[], route: Json): Json {
  return {
    name: "rpc",
    typed_config: typed("mesh.extensions.filters.network.rpc_proxy.v3.RpcProxy", {
      stat_prefix: prefix,
      codec: bolt,
      route_config: routes(prefix, domains, route),
      filters: [routerFilter],
    }),
  };
}

function http(prefix: string, route: Json): Json {
  return {
    name: "http",
    typed_config: typed("envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager", {
      stat_prefix: prefix,
      route_config: routes(prefix, ["*"], route),
      http_filters: [routerFilter],
    }),
  };
}

/** The consumer's sidecar: every service is a host name of its own, reached over the provider's sidecar. */
export function consumerSidecar(own: Sidecar, providers: Sidecar, service: string): Json {
  return {
    node: { id: "consumer-sidecar", cluster: "demo" },
    admin: { address: address(own.admin) },
    static_resources: {
      listeners: [
        listener("outbound-bolt", own.bolt, rpcProxy("outbound", [service], { cluster: "echo-sidecar", timeout: "3s" })),
        listener("outbound-http", own.http, http("outbound", { cluster: "web-sidecar", timeout: "3s" })),
      ],
      clusters: [cluster("echo-sidecar", [providers.bolt]), cluster("web-sidecar", [providers.http])],
    },
  };
}

/**
 * The providers' sidecar. It checks the providers by Bolt's heartbeat and tries a call that a dying provider lost on the other one, so that
 * the consumer sees nothing of it.
 */
export function providerSidecar(own: Sidecar, providerPorts: readonly number[], webPort: number): Json {
  const heartbeat = {
    timeout: "0.5s",
    interval: "0.5s",
    // Envoy's default for a cluster that nobody has called yet is a minute.
    no_traffic_interval: "0.5s",
    unhealthy_threshold: 1,
    healthy_threshold: 1,
    custom_health_check: {
      name: "mesh.health_checkers.rpc_heartbeat",
      typed_config: typed("mesh.extensions.health_checkers.rpc.v3.RpcHeartbeat", { codec: bolt }),
    },
  };
  const retry_policy = {
    retry_on: "connect-failure,reset",
    num_retries: 2,
    retry_host_predicate: [
      {
        name: "envoy.retry_host_predicates.previous_hosts",
        typed_config: typed("envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate"),
      },
    ],
    host_selection_retry_max_attempts: 3,
  };
  return {
    node: { id: "provider-sidecar", cluster: "demo" },
    admin: { address: address(own.admin) },
    static_resources: {
      listeners: [
        listener("inbound-bolt", own.bolt, rpcProxy("inbound", ["*"], { cluster: "echo", timeout: "3s", retry_policy })),
        listener("inbound-http", own.http, http("inbound", { cluster: "web", timeout: "3s" })),
      ],
      clusters: [
        cluster("echo", providerPorts, {
          health_checks: [heartbeat],
          // Envoy's default allows three retries at once, fewer than calls are lost when a provider dies.
          circuit_breakers: { thresholds: [{ max_retries: 50 }] },
        }),
        cluster("web", [webPort]),
      ],
    },
  };
}
