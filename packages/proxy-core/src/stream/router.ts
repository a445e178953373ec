import type { LocalReplyCause } from "@mesh/codec";
import { ResponseFlag } from "../access-log/index.ts";
import type { Cluster } from "../cluster/index.ts";
import { connectTimeoutText } from "../network/index.ts";
import { RetryOn, type ForwardAction, type Route } from "../route/index.ts";
import { isDropped } from "./drop-overload.ts";
import { causes, connectionTimeout, resetDetails, tryTimeoutDetails } from "./error-table.ts";
import { RetryState, type RetryActions } from "./retry.ts";
import type { AttemptFailure, Stream } from "./stream.ts";
import { StreamPhase } from "./stream-phase.ts";

/** Takes a request that has passed its filters to a host of the route's cluster. */
export function forward(stream: Stream): void {
  const { route, owner } = stream;
  owner.stats.routedTotal.inc();
  if (route === undefined) {
    owner.stats.noRoute.inc();
    stream.fail("route_not_found");
    return;
  }
  const { action } = route;
  switch (action.kind) {
    case "forward":
      forwardTo(stream, route, action.forward);
      return;
    case "respond":
      owner.stats.rqDirectResponse.inc();
      stream.sendLocalReply({ cause: "direct_response", httpStatus: action.status, message: action.body });
      return;
    case "redirect":
      // Envoy counts a redirect as what it is made of, too.
      owner.stats.rqDirectResponse.inc();
      owner.stats.rqRedirect.inc();
      stream.phase = StreamPhase.Responding;
      stream.responseCode = action.redirect.status;
      stream.responseCodeDetails = "direct_response";
      stream.writeRedirect(action.redirect.status, action.redirect.location(stream.request, stream.request.scheme));
      return;
  }
}

function forwardTo(stream: Stream, route: Route, action: ForwardAction): void {
  const { owner } = stream;
  const { target } = stream;
  const cluster = target === undefined ? undefined : owner.clusters.find(target.cluster);
  if (cluster === undefined) {
    owner.stats.noCluster.inc();
    stream.fail("cluster_not_found");
    return;
  }
  stream.cluster = cluster;
  if (isDropped(cluster, owner.runtime.random)) {
    failHere(stream, cluster, cluster.dropOverload < 1 ? "drop_overload" : "unconditional_drop_overload");
    return;
  }
  stream.limits = cluster.limits[action.priority];
  stream.responseTimeLimit = stream.responseTimeoutMs(action.timeoutMs);
  const retry = stream.retryPolicy(action.retry);
  if (target?.requestMutation !== undefined) target.requestMutation.apply(stream.request.headers, stream);
  if (route.requestMutation !== undefined) route.requestMutation.apply(stream.request.headers, stream);
  if (action.rewrite !== undefined) action.rewrite(stream.request);
  if (retry !== undefined) {
    stream.retry = new RetryState(stream, retry, retryActions);
    if (retry.numRetries > 0) stream.holdForReplay();
  }
  if (stream.responseTimeLimit > 0 && stream.requestComplete) owner.runtime.timers.arm(stream, stream.responseTimeLimit);
  if (action.mirrors.length > 0) stream.mirror(action.mirrors, action.priority);
  attempt(stream);
}

/** Tries a host: the first time, or again. */
export function attempt(stream: Stream): void {
  const { cluster, limits } = stream;
  if (cluster === undefined || limits === undefined || stream.phase !== StreamPhase.Forwarding) return;
  const { stats } = cluster;
  stream.upstreamRequestAttemptCount++;
  stream.resetReason = undefined;
  stream.isTryOverdue = false;
  stream.upstreamTransportFailureReason = undefined;
  if (limits.requests >= limits.maxRequests) {
    stats.upstreamRqPendingOverflow.inc();
    failHere(stream, cluster, "upstream_overflow");
    return;
  }
  const host = cluster.pickHost(stream);
  if (host === undefined) {
    stats.upstreamCxNoneHealthy.inc();
    failHere(stream, cluster, "no_healthy_upstream");
    return;
  }
  limits.requests++;
  stats.upstreamRqTotal.inc();
  stats.upstreamRqActive.inc();
  host.stats.rqTotal++;
  host.stats.rqActive++;
  stream.host = host;
  stream.attemptActive = true;
  stream.attemptStartedAt = stream.owner.runtime.clock.now();
  if (stream.retry !== undefined) stream.retry.attemptStarted(host);
  stream.startAttempt(host);
}

/** Answers in the host's place: to the cluster's statistics that is an answer like others. */
function failHere(stream: Stream, cluster: Cluster, cause: LocalReplyCause): void {
  stream.fail(cause);
  cluster.stats.countResponse(stream.responseCode, stream.origin);
}

/** What a stream's retries call when their time has come. */
const retryActions: RetryActions = { attempt, onTryTimeout };

/** Takes the attempt off the books. */
function release(stream: Stream): void {
  if (!stream.attemptActive) return;
  stream.attemptActive = false;
  if (stream.limits !== undefined) stream.limits.requests--;
  if (stream.cluster !== undefined) stream.cluster.stats.upstreamRqActive.dec();
  if (stream.host !== undefined) stream.host.stats.rqActive--;
}

/**
 * The response's head is here. Returns false when the router took it for itself, to try again: what follows of it is not wanted.
 * Otherwise the response is on its way through the filters when this returns.
 */
export function onResponseHead(stream: Stream, status: number, isApplicationError: boolean): boolean {
  const { cluster, host, retry } = stream;
  if (cluster === undefined || host === undefined) return false;
  stream.responseStartedAt = stream.owner.runtime.clock.now();
  if (status >= 500) host.stats.rqError++;
  else host.stats.rqSuccess++;
  host.recordResult(isApplicationError ? 200 : status, false);
  if (retry !== undefined) {
    const isRateLimited = stream.response?.header("x-envoy-ratelimited") !== undefined;
    const isRetriable = retry.wantsRetryOfResponse(status, isRateLimited);
    if (isRetriable && retry.tryAgain()) {
      cluster.stats.countRetriedResponse(status);
      release(stream);
      return false;
    }
    retry.onResponse(!isRetriable);
  }
  cluster.stats.countResponse(status, stream.origin, host.canary);
  stream.respond(status, "via_upstream");
  return true;
}

/** The response has been received whole: the host is free again. */
export function onResponseComplete(stream: Stream): void {
  if (stream.cluster !== undefined) {
    const ms = stream.owner.runtime.clock.now() - stream.attemptStartedAt;
    stream.cluster.stats.recordResponseTime(ms, stream.origin, stream.host?.canary);
  }
  release(stream);
}

/** The attempt came to nothing: try again, or tell the client. */
export function onAttemptFailed(stream: Stream, failure: AttemptFailure, reason: string | undefined): void {
  const { cluster, host, retry } = stream;
  if (!stream.attemptActive || cluster === undefined || host === undefined) return;
  release(stream);
  stream.upstreamTransportFailureReason = reason;
  if (failure === "upstream_connection_failure" && reason === connectTimeoutText) stream.resetReason = connectionTimeout;
  if (failure === "upstream_overflow") {
    cluster.stats.upstreamRqPendingOverflow.inc();
  } else {
    host.stats.rqError++;
    host.recordResult(503, true);
  }
  if (stream.phase === StreamPhase.Responding) {
    const { flag, resetReason = failure } = causes[failure];
    stream.responseFlags |= flag;
    stream.responseCodeDetails = resetDetails("after", resetReason);
    stream.resetDownstream();
    return;
  }
  if (retry !== undefined && retry.wantsRetryOfFailure(failure) && retry.tryAgain()) return;
  failHere(stream, cluster, failure);
}

/** One try took longer than `per_try_timeout`. */
export function onTryTimeout(stream: Stream): void {
  const { cluster, host, retry } = stream;
  if (!stream.attemptActive || cluster === undefined || host === undefined || retry === undefined) return;
  cluster.stats.upstreamRqPerTryTimeout.inc();
  host.stats.rqTimeout++;
  host.recordResult(504, true);
  stream.abortAttempt();
  release(stream);
  stream.isTryOverdue = true;
  if (stream.phase === StreamPhase.Responding) {
    stream.responseCodeDetails = tryTimeoutDetails;
    stream.resetDownstream();
    return;
  }
  if (retry.wantsRetryOf(RetryOn.ServerError | RetryOn.GatewayError | RetryOn.Reset) && retry.tryAgain()) return;
  failHere(stream, cluster, "response_timeout");
}

/** The response as a whole took longer than the route, or the caller, allows. */
export function onTimeout(stream: Stream): void {
  stream.isTryOverdue = false;
  if (stream.cluster !== undefined) stream.cluster.stats.upstreamRqTimeout.inc();
  if (stream.attemptActive && stream.host !== undefined) {
    stream.host.stats.rqTimeout++;
    // Envoy: an answer that has begun is an answer.
    if (stream.phase !== StreamPhase.Responding) stream.host.recordResult(504, true);
    stream.abortAttempt();
    release(stream);
  }
  if (stream.phase === StreamPhase.Responding) {
    stream.responseFlags |= ResponseFlag.UpstreamRequestTimeout;
    stream.responseCodeDetails = "response_timeout";
    stream.resetDownstream();
    return;
  }
  if (stream.cluster === undefined) stream.fail("response_timeout");
  else failHere(stream, stream.cluster, "response_timeout");
}

/** Leaves the host alone, if one is being tried: its response is not wanted any more. */
export function abandonAttempt(stream: Stream): void {
  if (!stream.attemptActive) return;
  // Envoy counts those that had no connection yet.
  if (stream.cluster !== undefined && stream.awaitsConnection) stream.cluster.stats.upstreamRqCancelled.inc();
  stream.abortAttempt();
  release(stream);
}

/** The client is gone, or takes the request back: leave the host alone and end the stream. */
export function cancel(stream: Stream, flag: number): void {
  if (stream.ended) return;
  abandonAttempt(stream);
  stream.responseFlags |= flag;
  if ((flag & ResponseFlag.DownstreamConnectionTermination) !== 0) stream.responseCodeDetails = "downstream_remote_disconnect";
  stream.finish();
}
