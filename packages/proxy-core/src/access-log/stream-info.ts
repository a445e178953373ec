import type { Metadata } from "../config/index.ts";
import type { HeaderReader } from "../matching/index.ts";
import type { StreamDetail } from "./stream-detail.ts";

export type { HeaderReader } from "../matching/index.ts";

/** A host that a TCP connection could not be taken to. */
export interface AttemptedHost {
  readonly addressText: string;
  readonly hostname: string;
}

/** How a connection ended, as far as TCP tells: in order, or with a reset from the one side or the other. */
export type CloseType = "Normal" | "LocalReset" | "RemoteReset";

/** What an access log line can tell of a stream (or, with the request's parts absent, of a TCP connection). */
export interface StreamInfo {
  /** `HTTP/1.0`, `HTTP/1.1`, `bolt` …; undefined for plain TCP. */
  readonly protocol: string | undefined;
  readonly request: HeaderReader | undefined;
  readonly response: HeaderReader | undefined;
  readonly responseTrailers: HeaderReader | undefined;
  /** Names and values of the fields as they stand, pseudo-headers included; 0 without a message. */
  readonly requestHeadersBytes: number;
  readonly responseHeadersBytes: number;
  readonly responseTrailersBytes: number;
  /** Milliseconds since 1970. */
  readonly startTime: number;
  /** Milliseconds from the start to: the last byte of the request received; the first byte of the response received from upstream;
   * the end. `undefined` while it has not happened. */
  readonly requestDuration: number | undefined;
  readonly responseDuration: number | undefined;
  readonly duration: number | undefined;
  /** An HTTP status, or the one that means the same; 0 while there is none. */
  readonly responseCode: number;
  /** Envoy's response code details: `via_upstream`, `route_not_found` … */
  readonly responseCodeDetails: string | undefined;
  /** Bits of `ResponseFlag`. */
  readonly responseFlags: number;
  readonly connectionTerminationDetails: string | undefined;
  /** Body bytes. */
  readonly bytesReceived: number;
  readonly bytesSent: number;
  readonly routeName: string | undefined;
  readonly virtualHostName: string | undefined;
  readonly upstreamCluster: string | undefined;
  /** `ip:port` or the path of a unix socket. */
  readonly upstreamHost: string | undefined;
  /** The host's name, where it has one: Envoy's `hostname` of the endpoint. */
  readonly upstreamHostname: string | undefined;
  readonly upstreamLocalAddress: string | undefined;
  /** The connection to the host; 0 where none stood. */
  readonly upstreamConnectionId: number;
  /** What is spoken with the host, once a connection to it stood; undefined for plain TCP. */
  readonly upstreamProtocol: string | undefined;
  /** For plain TCP: those before `upstreamHost`. */
  readonly upstreamHostsFailed: readonly AttemptedHost[];
  /** Undefined where there was no host. */
  readonly upstreamCloseType: CloseType | undefined;
  readonly upstreamTransportFailureReason: string | undefined;
  readonly upstreamRequestAttemptCount: number;
  /** The client's address, after XFF or the PROXY protocol have had their say. */
  readonly downstreamRemoteAddress: string | undefined;
  readonly downstreamDirectRemoteAddress: string | undefined;
  readonly downstreamLocalAddress: string | undefined;
  /** The listener's own, whatever destination a listener filter has restored. */
  readonly downstreamDirectLocalAddress: string | undefined;
  readonly downstreamCloseType: CloseType;
  readonly filterChainName: string | undefined;
  readonly requestedServerName: string | undefined;
  readonly connectionId: number;
  /** Written by filters: Envoy's dynamic metadata, by namespace. */
  readonly dynamicMetadata: ReadonlyMap<string, Readonly<Record<string, unknown>>> | undefined;
  /** Configured: of the listener, its filter chain, the route, its virtual host, the cluster, the host. */
  readonly listenerMetadata: Metadata | undefined;
  readonly filterChainMetadata: Metadata | undefined;
  readonly routeMetadata: Metadata | undefined;
  readonly virtualHostMetadata: Metadata | undefined;
  readonly clusterMetadata: Metadata | undefined;
  readonly upstreamMetadata: Metadata | undefined;
  /** Only where a log asks for it. */
  readonly detail: StreamDetail | undefined;
}
