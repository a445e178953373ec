import type { HeaderReader } from "../matching/index.ts";

export type { HeaderReader } from "../matching/index.ts";

/** What an access log line can tell of a stream (or, with the request's parts absent, of a TCP connection). */
export interface StreamInfo {
  /** `HTTP/1.0`, `HTTP/1.1`, `bolt` …; undefined for plain TCP. */
  readonly protocol: string | undefined;
  readonly request: HeaderReader | undefined;
  readonly response: HeaderReader | undefined;
  readonly responseTrailers: HeaderReader | undefined;
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
  readonly upstreamLocalAddress: string | undefined;
  readonly upstreamTransportFailureReason: string | undefined;
  readonly upstreamRequestAttemptCount: number;
  /** The client's address, after XFF or the PROXY protocol have had their say. */
  readonly downstreamRemoteAddress: string | undefined;
  readonly downstreamDirectRemoteAddress: string | undefined;
  readonly downstreamLocalAddress: string | undefined;
  readonly requestedServerName: string | undefined;
  readonly connectionId: number;
  /** Written by filters: Envoy's dynamic metadata, by namespace. */
  readonly dynamicMetadata: ReadonlyMap<string, Readonly<Record<string, unknown>>> | undefined;
}
