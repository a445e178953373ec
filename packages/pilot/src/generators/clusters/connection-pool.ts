import type { ConnectionPoolSettings, TcpKeepalive } from "@mesh/istio-config";
import { packAny, type Any, type MessageInit } from "@mesh/xds-proto";
import { isHttp, isHttp2, isRpc, type Protocol } from "../../model/index.ts";
import type { MeshSettings } from "../../rules/index.ts";
import { duration } from "../values.ts";
import type { ClusterFeatures } from "./dialect.ts";

/** Istio: no limit unless one is set. Envoy's own limits of retries and requests fail calls when many hosts change at once. */
const noLimit = { value: 0xffff_ffff };

/** A limit of 0 is none, as in Istio. */
const limit = (value: number | undefined): MessageInit<"google.protobuf.UInt32Value"> => (value ? { value } : noLimit);

export function circuitBreakers(pool: ConnectionPoolSettings | undefined): MessageInit<"envoy.config.cluster.v3.CircuitBreakers"> {
  return {
    thresholds: [
      {
        maxConnections: limit(pool?.tcp?.maxConnections),
        maxPendingRequests: limit(pool?.http?.http1MaxPendingRequests),
        maxRequests: limit(pool?.http?.http2MaxRequests),
        maxRetries: limit(pool?.http?.maxRetries),
        trackRemaining: true,
      },
    ],
  };
}

const seconds = (ms: number | undefined): MessageInit<"google.protobuf.UInt32Value"> | undefined =>
  ms === undefined ? undefined : { value: Math.ceil(ms / 1000) };

/** The mesh's keep-alive, and what the rule says in its place, field by field. Envoy counts in whole seconds. */
export function connectionOptions(
  mesh: MeshSettings,
  pool: ConnectionPoolSettings | undefined,
): MessageInit<"envoy.config.cluster.v3.UpstreamConnectionOptions"> | undefined {
  const ofRule = pool?.tcp?.tcpKeepalive;
  if (mesh.tcpKeepalive === undefined && ofRule === undefined) return undefined;
  const { probes, time, interval }: TcpKeepalive = { ...mesh.tcpKeepalive, ...ofRule };
  return {
    tcpKeepalive: {
      keepaliveProbes: probes ? { value: probes } : undefined,
      keepaliveTime: seconds(time),
      keepaliveInterval: seconds(interval),
    },
  };
}

export interface HttpOptions {
  readonly protocol: Protocol;
  readonly pool: ConnectionPoolSettings | undefined;
  readonly features: ClusterFeatures;
  /** Hosts are spoken to in the caller's HTTP where the port's protocol is not known. */
  readonly detectsProtocol: boolean;
  /** The mesh turns calls into HTTP/2. */
  readonly upgradesToHttp2: boolean;
  /** TLS takes the server's name from the request. */
  readonly autoSni: boolean;
  /** The server's certificate has to be for that name. */
  readonly autoSanValidation: boolean;
}

/** Whether hosts are spoken to in HTTP/2, whatever the callers speak. */
export function speaksHttp2({ protocol, pool, features, upgradesToHttp2 }: HttpOptions): boolean {
  if (!features.http2 || pool?.http?.useClientProtocol === true) return false;
  if (isHttp2(protocol)) return true;
  switch (pool?.http?.h2UpgradePolicy) {
    case "UPGRADE":
      return true;
    case "DO_NOT_UPGRADE":
      return false;
    default:
      return upgradesToHttp2 && isHttp(protocol);
  }
}

const messageName = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";

/** Undefined: Envoy's defaults, which are HTTP/1.1. */
function httpProtocolOptions(options: HttpOptions): MessageInit<typeof messageName> | undefined {
  const { protocol, pool, features, detectsProtocol, autoSni, autoSanValidation } = options;
  const http2ProtocolOptions = features.http2 ? {} : undefined;
  const idleTimeout = pool?.http?.idleTimeout ?? pool?.tcp?.idleTimeout;
  const maxConnectionDuration = features.maxConnectionDuration ? pool?.tcp?.maxConnectionDuration : undefined;
  const maxRequests = pool?.http?.maxRequestsPerConnection;
  const hasCommon = idleTimeout !== undefined || maxConnectionDuration !== undefined || !!maxRequests;
  const common = {
    commonHttpProtocolOptions: hasCommon
      ? {
          idleTimeout: idleTimeout === undefined ? undefined : duration(idleTimeout),
          maxConnectionDuration: maxConnectionDuration === undefined ? undefined : duration(maxConnectionDuration),
          maxRequestsPerConnection: maxRequests ? { value: maxRequests } : undefined,
        }
      : undefined,
    upstreamHttpProtocolOptions: autoSni || autoSanValidation ? { autoSni, autoSanValidation } : undefined,
  };
  if (speaksHttp2(options)) {
    const streams = pool?.http?.maxConcurrentStreams;
    return { ...common, explicitHttpConfig: { http2ProtocolOptions: { maxConcurrentStreams: streams ? { value: streams } : undefined } } };
  }
  const followsCaller = pool?.http?.useClientProtocol === true || (detectsProtocol && protocol === "unknown");
  if (followsCaller) return { ...common, useDownstreamProtocolConfig: { httpProtocolOptions: {}, http2ProtocolOptions } };
  return hasCommon || common.upstreamHttpProtocolOptions !== undefined
    ? { ...common, explicitHttpConfig: { httpProtocolOptions: {} } }
    : undefined;
}

/** A cluster's `typed_extension_protocol_options`. RPC connections have no options that Istio's configuration could say. */
export function protocolOptions(options: HttpOptions): Record<string, Any> | undefined {
  if (!options.features.httpOptions || (options.features.rpcVariants && isRpc(options.protocol))) return undefined;
  const message = httpProtocolOptions(options);
  return message && { [messageName]: packAny(messageName, message) };
}
