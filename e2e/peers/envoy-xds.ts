import type { EnvoyMessage } from "./envoy.ts";

export interface EnvoyXdsOptions {
  /** The control plane: `127.0.0.1:<port>`. */
  readonly address: string;
  readonly protocol: "sotw" | "delta";
  /** Clusters and listeners do not come from it, only what those of the bootstrap ask for. Default: false. */
  readonly onlyAds?: boolean;
  /** Default: `envoy`. */
  readonly nodeId?: string;
  /** Of the node. */
  readonly metadata?: EnvoyMessage;
}

const options = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";

/** What of a bootstrap has clusters and listeners, and what these ask for, come from a control plane by ADS. */
export interface XdsBootstrapParts {
  readonly node: EnvoyMessage;
  readonly dynamicResources: EnvoyMessage;
  /** The control plane's. */
  readonly cluster: EnvoyMessage;
}

export function xdsBootstrapParts({
  address,
  protocol,
  onlyAds = false,
  nodeId = "envoy",
  metadata = {},
}: EnvoyXdsOptions): XdsBootstrapParts {
  const [host, port] = address.split(":");
  const endpoint = { address: { socket_address: { address: host, port_value: Number(port) } } };
  const byAds = { ads: {}, resource_api_version: "V3" };
  return {
    node: { id: nodeId, cluster: "e2e", metadata },
    dynamicResources: {
      ads_config: {
        api_type: protocol === "sotw" ? "GRPC" : "DELTA_GRPC",
        transport_api_version: "V3",
        grpc_services: [{ envoy_grpc: { cluster_name: "control-plane" } }],
      },
      ...(onlyAds ? {} : { cds_config: byAds, lds_config: byAds }),
    },
    cluster: {
      name: "control-plane",
      type: "STATIC",
      connect_timeout: "1s",
      typed_extension_protocol_options: {
        [options]: { "@type": `type.googleapis.com/${options}`, explicit_http_config: { http2_protocol_options: {} } },
      },
      load_assignment: { cluster_name: "control-plane", endpoints: [{ lb_endpoints: [{ endpoint }] }] },
    },
  };
}

/** A bootstrap with nothing else. */
export function envoyXdsBootstrap(xds: EnvoyXdsOptions): EnvoyMessage {
  const { node, dynamicResources, cluster } = xdsBootstrapParts(xds);
  return { node, dynamic_resources: dynamicResources, static_resources: { clusters: [cluster] } };
}
