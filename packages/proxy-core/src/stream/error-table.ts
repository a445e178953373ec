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
  /** For an attempt that came to nothing: what Envoy calls the reason, in the body's text and in response code details. */
  readonly resetReason?: string;
}

/** Envoy's body text for an attempt that came to nothing. */
export const resetMessage = (reason: string): string =>
  `upstream connect error or disconnect/reset before headers. reset reason: ${reason}`;

/** `resetReason` of a connection that did not come in time; those that fail otherwise have that of their cause. */
export const connectionTimeout = "connection timeout";

/** @param transport what the transport says, where it could not connect */
export function resetDetails(when: "before" | "after", reason: string, transport?: string): string {
  const text = transport === undefined || reason === connectionTimeout ? reason : `${reason}|${transport}`;
  return `upstream_reset_${when}_response_started{${text.replaceAll(" ", "_")}}`;
}

/** Response code details of a try that took longer than `per_try_timeout`, where it was the last. */
export const tryTimeoutDetails = "upstream_per_try_timeout";

const reset = (reason: string): Pick<CauseMeaning, "message" | "resetReason"> => ({ message: resetMessage(reason), resetReason: reason });

/**
 * The one table of causes. Each codec has a row for every cause with its protocol's status
 * (Bolt: `boltStatusOfCause` in @mesh/codec-bolt); this is the row for HTTP, logs and statistics.
 */
export const causes: Readonly<Record<LocalReplyCause, CauseMeaning>> = {
  route_not_found: { httpStatus: 404, flag: ResponseFlag.NoRouteFound, message: "" },
  cluster_not_found: { httpStatus: 503, flag: ResponseFlag.NoClusterFound, message: "" },
  no_healthy_upstream: { httpStatus: 503, flag: ResponseFlag.NoHealthyUpstream, message: "no healthy upstream" },
  upstream_overflow: { httpStatus: 503, flag: ResponseFlag.UpstreamOverflow, ...reset("overflow") },
  drop_overload: { httpStatus: 503, flag: ResponseFlag.DropOverload, message: "drop overload" },
  unconditional_drop_overload: {
    httpStatus: 503,
    flag: ResponseFlag.UnconditionalDropOverload,
    message: "unconditional drop overload",
  },
  upstream_connection_failure: { httpStatus: 503, flag: ResponseFlag.UpstreamConnectionFailure, ...reset("remote connection failure") },
  upstream_reset: { httpStatus: 503, flag: ResponseFlag.UpstreamConnectionTermination, ...reset("connection termination") },
  response_timeout: { httpStatus: 504, flag: ResponseFlag.UpstreamRequestTimeout, message: "upstream request timeout" },
  request_timeout: { httpStatus: 408, flag: ResponseFlag.StreamIdleTimeout, message: "request timeout" },
  upstream_protocol_error: { httpStatus: 502, flag: ResponseFlag.UpstreamProtocolError, ...reset("protocol error") },
  direct_response: { httpStatus: 200, flag: 0, message: "" },
  fault_filter_abort: { httpStatus: 503, flag: ResponseFlag.FaultInjected, message: "fault filter abort" },
  denied: { httpStatus: 403, flag: ResponseFlag.UnauthorizedExternalService, message: "" },
  rate_limited: { httpStatus: 429, flag: ResponseFlag.RateLimited, message: "" },
  request_too_large: { httpStatus: 413, flag: 0, message: "Payload Too Large" },
  bad_request: { httpStatus: 400, flag: ResponseFlag.DownstreamProtocolError, message: "" },
  draining: { httpStatus: 503, flag: ResponseFlag.LocalReset, message: "server is shutting down" },
  internal_error: { httpStatus: 500, flag: ResponseFlag.LocalReset, message: "" },
};
