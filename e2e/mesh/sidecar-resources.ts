/** The listeners and clusters of a sidecar as a control plane for Istio sends them, with two services. */
import { httpListener, routeTo, tcpListener, type Json } from "../peers/mosn.ts";

export interface RedirectedPorts {
  readonly outboundPort: number;
  readonly inboundPort: number;
  /** Of a service on port 80. */
  readonly virtualAddress: string;
}

const typed = (name: string, fields: Json = {}): Json => ({
  "@type": `type.googleapis.com/envoy.extensions.filters.listener.${name}`,
  ...fields,
});
const originalDst = { name: "envoy.filters.listener.original_dst", typed_config: typed("original_dst.v3.OriginalDst") };
const tlsInspector = { name: "envoy.filters.listener.tls_inspector", typed_config: typed("tls_inspector.v3.TlsInspector") };
const httpInspector = { name: "envoy.filters.listener.http_inspector", typed_config: typed("http_inspector.v3.HttpInspector") };

const chain = (listener: Json, fields: Json = {}): Json => {
  const [first] = listener["filter_chains"] as readonly Json[];
  return { filters: first?.["filters"], ...fields };
};
const tcp = (cluster: string, fields: Json = {}): Json => chain(tcpListener(1, cluster), fields);
const http = (routes: readonly Json[], fields: Json = {}): Json =>
  chain(httpListener(1, { routes, more: { delayed_close_timeout: "0.02s" } }), fields);
const at = (address: string, port: number): Json => ({ address: { socket_address: { address, port_value: port } } });

const direct = (body: string): Json => ({ match: { prefix: "/" }, direct_response: { status: 200, body: { inline_string: body } } });

/** 127.0.0.6: what comes from there is not redirected again. */
const source = { upstream_bind_config: { source_address: { address: "127.0.0.6", port_value: 0 } } };
const originalDestination = { type: "ORIGINAL_DST", lb_policy: "CLUSTER_PROVIDED", connect_timeout: "1s", ...source };

export function sidecarResources({ outboundPort, inboundPort, virtualAddress }: RedirectedPorts): { listeners: Json[]; clusters: Json[] } {
  return {
    listeners: [
      {
        name: "virtualOutbound",
        ...at("0.0.0.0", outboundPort),
        traffic_direction: "OUTBOUND",
        use_original_dst: true,
        listener_filters: [originalDst],
        filter_chains: [
          tcp("BlackHoleCluster", { name: "virtualOutbound-blackhole", filter_chain_match: { destination_port: outboundPort } }),
          tcp("PassthroughCluster", { name: "virtualOutbound-catchall-tcp" }),
        ],
      },
      { name: `${virtualAddress}_80`, ...at(virtualAddress, 80), bind_to_port: false, filter_chains: [http([direct("the service")])] },
      {
        name: "0.0.0.0_8080",
        ...at("0.0.0.0", 8080),
        bind_to_port: false,
        listener_filters: [tlsInspector, httpInspector],
        listener_filters_timeout: "0s",
        continue_on_listener_filters_timeout: true,
        filter_chains: [
          http([routeTo("PassthroughCluster")], {
            filter_chain_match: { transport_protocol: "raw_buffer", application_protocols: ["http/1.1", "h2c"] },
          }),
        ],
        default_filter_chain: tcp("PassthroughCluster"),
      },
      {
        name: "virtualInbound",
        ...at("0.0.0.0", inboundPort),
        traffic_direction: "INBOUND",
        listener_filters: [
          originalDst,
          tlsInspector,
          { ...httpInspector, filter_disabled: { destination_port_range: { start: 9090, end: 9091 } } },
        ],
        listener_filters_timeout: "0s",
        continue_on_listener_filters_timeout: true,
        filter_chains: [
          tcp("BlackHoleCluster", { name: "virtualInbound-blackhole", filter_chain_match: { destination_port: inboundPort } }),
          http([routeTo("InboundPassthroughCluster")], {
            name: "virtualInbound-catchall-http",
            filter_chain_match: { transport_protocol: "raw_buffer", application_protocols: ["http/1.1", "h2c"] },
          }),
          tcp("InboundPassthroughCluster", { name: "virtualInbound", filter_chain_match: { transport_protocol: "raw_buffer" } }),
        ],
      },
    ],
    clusters: [
      { name: "BlackHoleCluster", type: "STATIC", connect_timeout: "1s" },
      { name: "PassthroughCluster", ...originalDestination },
      { name: "InboundPassthroughCluster", ...originalDestination },
    ],
  };
}
