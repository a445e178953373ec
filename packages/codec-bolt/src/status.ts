import type { LocalReply, LocalReplyCause } from "@mesh/codec";
import { BoltStatus } from "./constants.ts";

/**
 * The status of an answer that a proxy makes itself: the one at which SOFARPC's Java client throws what it would throw for the same
 * trouble without a mesh. SOFARPC retries by itself (if told to) at 4 and 7 only.
 */
export const boltStatusOfCause: Readonly<Record<LocalReplyCause, BoltStatus>> = {
  // NO_PROCESSOR is Bolt's "nobody here serves this"; CLIENT_UNDECLARED_ERROR (299), not retried, its text names the status. SOFARPC's own
  // "service not found" is a Hessian SofaResponse, which cannot be made without knowing the caller's serialization.
  route_not_found: BoltStatus.NoProcessor,
  cluster_not_found: BoltStatus.NoProcessor,
  // CLIENT_NETWORK (250), as for a provider that is gone.
  no_healthy_upstream: BoltStatus.ConnectionClosed,
  upstream_connection_failure: BoltStatus.ConnectionClosed,
  upstream_reset: BoltStatus.ConnectionClosed,
  draining: BoltStatus.ConnectionClosed,
  // SERVER_BUSY (100), as for a full thread pool.
  upstream_overflow: BoltStatus.ServerThreadPoolBusy,
  drop_overload: BoltStatus.ServerThreadPoolBusy,
  unconditional_drop_overload: BoltStatus.ServerThreadPoolBusy,
  rate_limited: BoltStatus.ServerThreadPoolBusy,
  // SofaTimeOutException.
  response_timeout: BoltStatus.Timeout,
  request_timeout: BoltStatus.Timeout,
  // CodecException in CLIENT_UNDECLARED_ERROR (299): what was received is not understood.
  upstream_protocol_error: BoltStatus.CodecException,
  // SERVER_DESERIALIZE (130): what was sent is not understood.
  bad_request: BoltStatus.ServerDeserialException,
  // SERVER_UNDECLARED_ERROR (199): the callee refused or failed.
  denied: BoltStatus.ServerException,
  request_too_large: BoltStatus.ServerException,
  internal_error: BoltStatus.ServerException,
  // These two choose an HTTP status, and `boltStatusOfHttpStatus` decides. These are for a choice that means nothing in Bolt (a redirect).
  direct_response: BoltStatus.Unknown,
  fault_filter_abort: BoltStatus.Unknown,
};

/**
 * The Bolt status for an HTTP status that someone configured (a fault's abort, a direct response). 403, 404, 502, 503 and 504 map as in MOSN.
 * `undefined` for informational and redirecting statuses, and for numbers that are no HTTP status.
 *
 * A success has status 0, but no content: a Java caller that expects a result gets CLIENT_UNDECLARED_ERROR (299).
 */
export function boltStatusOfHttpStatus(httpStatus: number): BoltStatus | undefined {
  switch (httpStatus) {
    case 404:
    case 501:
      return BoltStatus.NoProcessor;
    case 408:
    case 504:
      return BoltStatus.Timeout;
    case 429:
    case 503:
      return BoltStatus.ServerThreadPoolBusy;
    case 502:
      return BoltStatus.ConnectionClosed;
    default:
      if (httpStatus >= 200 && httpStatus < 300) return BoltStatus.Success;
      return httpStatus >= 400 && httpStatus < 600 ? BoltStatus.ServerException : undefined;
  }
}

/** The status that a local reply has on the wire. */
export function boltStatusOfReply(reply: LocalReply): BoltStatus {
  const { cause, httpStatus } = reply;
  const chosen = cause === "direct_response" || cause === "fault_filter_abort" ? boltStatusOfHttpStatus(httpStatus) : undefined;
  return chosen ?? boltStatusOfCause[cause];
}

/** The HTTP status that means the same as a Bolt status, as MOSN maps them: what retries, outlier detection and statistics go by. */
export function httpStatusOfBoltStatus(status: number): number {
  switch (status) {
    case BoltStatus.Success:
      return 200;
    case BoltStatus.ServerThreadPoolBusy:
      return 503;
    case BoltStatus.Timeout:
      return 504;
    case BoltStatus.ConnectionClosed:
      return 502;
    default:
      return 500;
  }
}
