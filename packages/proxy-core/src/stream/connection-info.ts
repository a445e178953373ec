import type { StreamInfo } from "../access-log/index.ts";
import type { Connection } from "../network/index.ts";
import type { Runtime } from "../runtime/index.ts";
import type { DownstreamInfo } from "./network-filter.ts";

/** What a log can tell of a connection, at its end, as far as it is no stream of requests. */
export function connectionInfo(connection: Connection, info: DownstreamInfo, runtime: Runtime, known: Partial<StreamInfo>): StreamInfo {
  const duration = runtime.clock.now() - info.acceptedAt;
  return {
    protocol: undefined,
    request: undefined,
    response: undefined,
    responseTrailers: undefined,
    requestHeadersBytes: 0,
    responseHeadersBytes: 0,
    responseTrailersBytes: 0,
    startTime: runtime.clock.wall() - duration,
    requestDuration: undefined,
    responseDuration: undefined,
    duration,
    responseCode: 0,
    responseCodeDetails: undefined,
    responseFlags: 0,
    connectionTerminationDetails: undefined,
    bytesReceived: connection.bytesReceived,
    bytesSent: connection.bytesSent,
    routeName: undefined,
    virtualHostName: undefined,
    upstreamCluster: undefined,
    upstreamHost: undefined,
    upstreamHostname: undefined,
    upstreamLocalAddress: undefined,
    upstreamConnectionId: 0,
    upstreamProtocol: undefined,
    upstreamHostsFailed: [],
    upstreamCloseType: "Normal",
    upstreamTransportFailureReason: undefined,
    upstreamRequestAttemptCount: 0,
    downstreamRemoteAddress: info.remoteAddress,
    downstreamDirectRemoteAddress: info.directRemoteAddress,
    downstreamLocalAddress: info.localAddress,
    downstreamDirectLocalAddress: info.directLocalAddress,
    downstreamCloseType: "Normal",
    filterChainName: info.filterChainName,
    requestedServerName: info.requestedServerName,
    connectionId: connection.id,
    dynamicMetadata: undefined,
    listenerMetadata: info.listenerMetadata,
    filterChainMetadata: info.filterChainMetadata,
    routeMetadata: undefined,
    virtualHostMetadata: undefined,
    clusterMetadata: undefined,
    upstreamMetadata: undefined,
    detail: undefined,
    ...known,
  };
}
