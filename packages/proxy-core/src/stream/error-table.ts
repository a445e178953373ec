import type { LocalReplyCause } from "@mesh/codec";
import { ResponseFlag } from "../access-log/index.ts";

/** What a cause means outside its protocol. */
export interface CauseMeaning {
  /** The HTTP status, and what statistics count it as. Direct responses, faults and redirects bring their own. */
  readonly httpStatus: number;
  /** Bits of `ResponseFlag` for `%RESPONSE_FLAGS%`. */
  readonly flag: number;
  /** Envoy's body text. */
  readonly message: string;
}

/**
 * The one table of causes. Each codec has a row for every cause with its protocol's status
 * (Bolt: `boltStatusOfCause` in @mesh/codec-bolt); this is the row for HTTP, logs and statistics.
 */
export const causes: Readonly<Record<LocalReplyCause, CauseMeaning>> = {
  route_not_found: { httpStatus: 404, flag: ResponseFlag.NoRouteFound, message: "" },
  cluster_not_found: { httpStatus: 503, flag: ResponseFlag.NoClusterFound, message: "" },
  no_healthy_upstream: { httpStatus: 503, flag: ResponseFlag.NoHealthyUpstream, message: "no healthy upstream" },
  upstream_overflow: {
    httpStatus: 503,
    flag: ResponseFlag.UpstreamOverflow,
    message: "upstream connect error or disconnect/reset before headers. reset reason: overflow",
  },
  upstream_connection_failure: {
    httpStatus: 503,
    flag: ResponseFlag.UpstreamConnectionFailure,
    message: "upstream connect error or disconnect/reset before headers. reset reason: connection failure",
  },
  upstream_reset: {
    httpStatus: 503,
    flag: ResponseFlag.UpstreamConnectionTermination,
    message: "upstream connect error or disconnect/reset before headers. reset reason: connection termination",
  },
  response_timeout: { httpStatus: 504, flag: ResponseFlag.UpstreamRequestTimeout, message: "upstream request timeout" },
  request_timeout: { httpStatus: 408, flag: ResponseFlag.StreamIdleTimeout, message: "request timeout" },
  upstream_protocol_error: {
    httpStatus: 502,
    flag: ResponseFlag.UpstreamProtocolError,
    message: "upstream connect error or disconnect/reset before headers. reset reason: protocol error",
  },
  direct_response: { httpStatus: 200, flag: 0, message: "" },
  fault_filter_abort: { httpStatus: 503, flag: ResponseFlag.FaultInjected, message: "fault filter abort" },
  denied: { httpStatus: 403, flag: ResponseFlag.UnauthorizedExternalService, message: "" },
  rate_limited: { httpStatus: 429, flag: ResponseFlag.RateLimited, message: "" },
  request_too_large: { httpStatus: 413, flag: 0, message: "Payload Too Large" },
  bad_request: { httpStatus: 400, flag: ResponseFlag.DownstreamProtocolError, message: "" },
  draining: { httpStatus: 503, flag: ResponseFlag.LocalReset, message: "server is shutting down" },
  internal_error: { httpStatus: 500, flag: ResponseFlag.LocalReset, message: "" },
};
