import { isIPv4, isIPv6 } from "node:net";
import { ConfigPath, durationMs, fail, requiredString, wrappedNumber, type ConfigSourcesContext } from "@mesh/proxy-core";
import type { XdsServerOptions } from "@mesh/xds-client";
import { enumNames, type Message } from "@mesh/xds-proto";
import { readBackOff } from "./back-off.ts";

type Cluster = Message<"envoy.config.cluster.v3.Cluster">;
type Address = Message<"envoy.config.core.v3.Address">;

/**
 * Envoy's default of `connect_timeout`, and the least here: Envoy is content when the kernel of the other side has taken the connection, which a busy control
 * plane need not be asked for; here its first words are waited for as well.
 */
const leastConnectTimeoutMs = 5000;
/** What a timer of Node.js takes. */
const mostConnectTimeoutMs = 2 ** 31 - 1;

const rawBuffer = "envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer";

/**
 * The server behind `envoy_grpc`. Of the cluster, which must be a static one of the bootstrap, its addresses are used: the connection is gRPC's
 * own and passes none of the proxy's.
 */
export function envoyGrpc(
  message: Message<"envoy.config.core.v3.GrpcService.EnvoyGrpc">,
  path: ConfigPath,
  { bootstrap, logger }: Pick<ConfigSourcesContext, "bootstrap" | "logger">,
): XdsServerOptions {
  const at = path.field("cluster_name");
  const name = requiredString(message.clusterName, at);
  const clusters = bootstrap.staticResources?.clusters ?? [];
  const index = clusters.findIndex((each) => each.name === name);
  const cluster = clusters[index];
  if (cluster === undefined) fail(at, `there is no cluster ${JSON.stringify(name)} among static_resources.clusters`);
  checkCluster(cluster, at);
  const { address, unused } = targetOf(addressesOf(cluster), cluster, at);
  if (unused > 0) {
    logger.log(
      "warning",
      "xds",
      `${String(at)}: of cluster ${name} only the first endpoint is used, ${address}: not all are IPv4, or all IPv6`,
    );
  }
  const backOff = readBackOff(message.retryPolicy, path.field("retry_policy"));
  const maxReceiveMessageLength = wrappedNumber(message.maxReceiveMessageLength, path.field("max_receive_message_length"), { min: 1 });
  const clusterPath = ConfigPath.root.field("static_resources").field("clusters").index(index);
  const timeoutMs = durationMs(cluster.connectTimeout, clusterPath.field("connect_timeout"), { above: 0 }) ?? leastConnectTimeoutMs;
  return {
    address,
    authority: message.authority === "" ? name : message.authority,
    connectTimeoutMs: Math.min(Math.max(timeoutMs, leastConnectTimeoutMs), mostConnectTimeoutMs),
    ...(backOff === undefined ? {} : { backOff }),
    ...(maxReceiveMessageLength === undefined ? {} : { maxReceiveMessageLength }),
  };
}

function checkCluster({ name, clusterDiscoveryType, type, transportSocket }: Cluster, at: ConfigPath): void {
  const discovery =
    clusterDiscoveryType === "clusterType" ? "cluster_type" : enumNames("envoy.config.cluster.v3.Cluster.DiscoveryType").get(type);
  if (discovery !== "STATIC" && discovery !== "STRICT_DNS" && discovery !== "LOGICAL_DNS") {
    fail(
      at,
      `cluster ${JSON.stringify(name)} is of type ${discovery ?? type}: a control plane's must be STATIC, STRICT_DNS or LOGICAL_DNS`,
    );
  }
  const socket = transportSocket?.typedConfig?.type_url ?? "";
  if (socket !== "" && socket.slice(socket.lastIndexOf("/") + 1) !== rawBuffer) {
    fail(at, `cluster ${JSON.stringify(name)} has a transport socket: for TLS to a control plane, use google_grpc with ssl_credentials`);
  }
}

/** Those of the highest priority first. */
function addressesOf({ loadAssignment }: Cluster): Address[] {
  const localities = [...(loadAssignment?.endpoints ?? [])].sort((a, b) => a.priority - b.priority);
  return localities.flatMap(({ lbEndpoints }) => lbEndpoints.flatMap(({ endpoint }) => (endpoint?.address ? [endpoint.address] : [])));
}

/** As gRPC writes it. It takes several addresses, and tries them in order, where all are of one family. */
function targetOf(addresses: readonly Address[], { name }: Cluster, at: ConfigPath): { readonly address: string; readonly unused: number } {
  const [first] = addresses;
  if (first === undefined) fail(at, `cluster ${JSON.stringify(name)} has no endpoint`);
  const sockets = addresses.flatMap(({ socketAddress }) => socketAddress ?? []);
  if (addresses.length > 1 && sockets.length === addresses.length) {
    if (sockets.every(({ address }) => isIPv4(address))) return { address: `ipv4:${sockets.map(hostPort).join(",")}`, unused: 0 };
    if (sockets.every(({ address }) => isIPv6(address))) return { address: `ipv6:${sockets.map(hostPort).join(",")}`, unused: 0 };
  }
  return { address: formatAddress(first, name, at), unused: addresses.length - 1 };
}

function formatAddress({ socketAddress, pipe }: Address, cluster: string, at: ConfigPath): string {
  if (socketAddress) return hostPort(socketAddress);
  const path = pipe?.path ?? "";
  if (path === "" || path.startsWith("@")) fail(at, `cluster ${JSON.stringify(cluster)}: its endpoint is no address that gRPC connects to`);
  return `unix:${path}`;
}

const hostPort = ({ address, portValue }: Message<"envoy.config.core.v3.SocketAddress">): string =>
  isIPv6(address) ? `[${address}]:${portValue}` : `${address}:${portValue}`;
