import type { HeaderReader, StreamInfo } from "./stream-info.ts";

/** Headers by lower-case name. */
export function headersOf(headers: Readonly<Record<string, string>>): HeaderReader {
  return { header: (name) => headers[name.toLowerCase()] };
}

/** A request that went well, with parts replaced. */
export function streamInfo(parts: Partial<StreamInfo> = {}): StreamInfo {
  return {
    protocol: "HTTP/1.1",
    request: headersOf({ ":method": "GET", ":path": "/a?b=c", ":authority": "web.example", ":scheme": "http", "user-agent": "curl" }),
    response: headersOf({ ":status": "200", "x-envoy-upstream-service-time": "7" }),
    responseTrailers: undefined,
    requestHeadersBytes: 101,
    responseHeadersBytes: 102,
    responseTrailersBytes: 0,
    startTime: Date.UTC(2018, 3, 5, 1, 2, 3, 45),
    requestDuration: 1.5,
    responseDuration: 8.25,
    duration: 12.9,
    responseCode: 200,
    responseCodeDetails: "via_upstream",
    responseFlags: 0,
    connectionTerminationDetails: undefined,
    bytesReceived: 3,
    bytesSent: 1024,
    routeName: "",
    virtualHostName: "web",
    upstreamCluster: "web",
    upstreamHost: "10.0.0.7:8080",
    upstreamHostname: "",
    upstreamConnectionId: 7,
    upstreamProtocol: "HTTP/1.1",
    upstreamHostsFailed: [],
    upstreamCloseType: "Normal",
    upstreamLocalAddress: "10.0.0.1:40000",
    upstreamTransportFailureReason: undefined,
    upstreamRequestAttemptCount: 1,
    downstreamRemoteAddress: "[2001:db8::1]:50000",
    downstreamDirectRemoteAddress: "127.0.0.1:50001",
    downstreamLocalAddress: "127.0.0.1:80",
    downstreamDirectLocalAddress: "127.0.0.1:15001",
    downstreamCloseType: "Normal",
    filterChainName: "web-chain",
    requestedServerName: undefined,
    connectionId: 42,
    dynamicMetadata: undefined,
    listenerMetadata: undefined,
    filterChainMetadata: undefined,
    routeMetadata: undefined,
    virtualHostMetadata: undefined,
    clusterMetadata: undefined,
    upstreamMetadata: undefined,
    detail: undefined,
    ...parts,
  };
}
