// The connection manager with routes, timeouts, circuit breakers and statistics, as a proxy composes it.
import { createServer, type Server, type Socket } from "node:net";
import { defaultRegistry, fromJson, packAny } from "@mesh/xds-proto";
import { AccessLogFiles } from "../src/access-log/index.ts";
import { createClusterManager, loadBalancerExtensions, rawBufferUpstream } from "../src/cluster/index.ts";
import { ConfigPath, ExtensionSet } from "../src/config/index.ts";
import { httpExtensions } from "../src/http/index.ts";
import { createHttpConnectionManagerFilter } from "../src/http/connection-manager.ts";
import { ChunkPool, Connection, socketHighWaterMark, WriteBatch, type ConnectionHandler } from "../src/network/index.ts";
import { systemRuntime } from "../src/runtime/index.ts";
import { StatsStore } from "../src/stats/index.ts";
import { createDynamicConfiguration, streamFilterExtensions } from "../src/stream/index.ts";

const managerName = "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";
const nobody: ConnectionHandler = { onData() {}, onEnd() {}, onClose() {}, onAboveHighWatermark() {}, onBelowLowWatermark() {} };
const bufferLimitBytes = 1024 * 1024;

export interface ComposedProxy {
  readonly server: Server;
  readonly batch: WriteBatch;
}

/** A proxy that takes `/api/` and all else to a port on loopback; its server does not listen yet. */
export async function composeProxy(upstreamPort: number, onSocket: (socket: Socket) => void = () => {}): Promise<ComposedProxy> {
  const runtime = systemRuntime();
  const stats = new StatsStore();
  const extensions = new ExtensionSet(defaultRegistry(), [
    ...httpExtensions(),
    ...streamFilterExtensions,
    ...loadBalancerExtensions,
    rawBufferUpstream,
  ]);
  const endpoint = { address: { socket_address: { address: "127.0.0.1", port_value: upstreamPort } } };
  const cluster = fromJson("envoy.config.cluster.v3.Cluster", {
    name: "web",
    connect_timeout: "1s",
    load_assignment: { cluster_name: "web", endpoints: [{ lb_endpoints: [{ endpoint }] }] },
  });
  const clusters = createClusterManager({
    clusters: [cluster],
    runtime,
    stats,
    extensions,
    loadBalancers: loadBalancerExtensions,
    healthCheckers: [],
  });
  clusters.start();
  await clusters.ready();
  const network = { batch: new WriteBatch(), chunks: new ChunkPool(), timers: runtime.timers };
  const routes = [
    { match: { prefix: "/static/" }, direct_response: { status: 404 } },
    { match: { prefix: "/api/" }, route: { cluster: "web" } },
    { match: { prefix: "/" }, route: { cluster: "web" } },
  ];
  const router = { "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router" };
  const manager = fromJson(managerName, {
    stat_prefix: "bench",
    route_config: { name: "routes", virtual_hosts: [{ name: "web", domains: ["web.example"], routes }] },
    http_filters: [{ name: "envoy.filters.http.router", typed_config: router }],
  });
  const accessLogFiles = new AccessLogFiles({ timers: runtime.timers, stats });
  const filter = createHttpConnectionManagerFilter(undefined).create(
    extensions.decode("envoy.filters.network", packAny(managerName, manager), ConfigPath.of("manager")),
    {
      ...createDynamicConfiguration({ runtime, clusters, extensions }),
      runtime,
      network,
      clusters,
      stats,
      extensions,
      accessLogFiles,
      bufferLimitBytes,
    },
  );
  const server = createServer({ allowHalfOpen: true, noDelay: true, highWaterMark: socketHighWaterMark }, (socket) => {
    onSocket(socket);
    const remoteAddress = `${socket.remoteAddress}:${socket.remotePort}`;
    const localAddress = `${socket.localAddress}:${socket.localPort}`;
    const direct = { directRemoteAddress: remoteAddress, directLocalAddress: localAddress };
    const info = { remoteAddress, localAddress, ...direct, filterChainName: "", requestedServerName: undefined };
    filter.accept(new Connection(socket, network, nobody, { bufferLimitBytes }), { ...info, acceptedAt: runtime.clock.now() }, undefined);
  });
  return { server, batch: network.batch };
}
