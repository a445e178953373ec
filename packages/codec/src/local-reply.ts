/**
 * Why a proxy answers in place of the service. Every cause has one row in each protocol's table of statuses, so that a caller
 * sees the error that it would have seen without a mesh. The names are those of Envoy's response code details where Envoy has one.
 */
export const localReplyCauses = [
  /** No route matches. */
  "route_not_found",
  /** The route's cluster does not exist. */
  "cluster_not_found",
  /** The cluster has no host to choose. */
  "no_healthy_upstream",
  /** A circuit breaker is open. */
  "upstream_overflow",
  /** The control plane has a share of the requests dropped, and this is one of them. */
  "drop_overload",
  /** The same, where that share is all of them. */
  "unconditional_drop_overload",
  /** No connection to the host could be made. */
  "upstream_connection_failure",
  /** The connection ended, or the host reset the request, before the response was complete. */
  "upstream_reset",
  /** The response did not come in time. */
  "response_timeout",
  /** The request did not come in time. */
  "request_timeout",
  /** The host's answer could not be understood. */
  "upstream_protocol_error",
  /** A direct response of the route, or a redirect. */
  "direct_response",
  /** The fault filter's abort. */
  "fault_filter_abort",
  /** A policy said no. */
  "denied",
  /** A rate limit said no. */
  "rate_limited",
  /** The request, or its headers, are larger than configured. */
  "request_too_large",
  /** The request is malformed. */
  "bad_request",
  /** The proxy is shutting down. */
  "draining",
  /** A fault of the proxy's own. */
  "internal_error",
] as const;

export type LocalReplyCause = (typeof localReplyCauses)[number];

/** An answer that a proxy makes itself. */
export interface LocalReply {
  readonly cause: LocalReplyCause;
  /** The HTTP status that the proxy would give; faults and direct responses choose it freely, and protocols map it. */
  readonly httpStatus: number;
  /** For people: an HTTP body, or the error text where the protocol has room for one. May be empty. */
  readonly message: string;
  /** It is sent as it is, without what the route adds to responses. Default: false. Protocols whose answers have no headers do not look at it. */
  readonly isBare?: boolean;
}
