import type { Counter, Gauge, Histogram, StatsScope } from "../stats/index.ts";
import type { ClusterStats, RequestOrigin } from "./contract.ts";
import { ResponseCodes } from "./response-codes.ts";

/** Envoy's statistics of a cluster. What is used by the room itself comes after what the contract offers to all. */
export class UpstreamClusterStats implements ClusterStats {
  readonly upstreamCxTotal: Counter;
  readonly upstreamCxActive: Gauge;
  readonly upstreamCxConnectFail: Counter;
  readonly upstreamCxConnectTimeout: Counter;
  readonly upstreamCxOverflow: Counter;
  readonly upstreamCxConnectMs: Histogram;
  readonly upstreamCxLengthMs: Histogram;
  readonly upstreamCxDestroy: Counter;
  readonly upstreamCxDestroyLocal: Counter;
  readonly upstreamCxDestroyRemote: Counter;
  readonly upstreamCxDestroyWithActiveRq: Counter;
  readonly upstreamCxDestroyLocalWithActiveRq: Counter;
  readonly upstreamCxDestroyRemoteWithActiveRq: Counter;
  readonly upstreamCxHttp1Total: Counter;
  readonly upstreamCxCloseNotify: Counter;
  readonly upstreamRqPerCx: Histogram;
  readonly upstreamFlowControlBackedUpTotal: Counter;
  readonly upstreamFlowControlDrainedTotal: Counter;
  readonly upstreamFlowControlPausedReadingTotal: Counter;
  readonly upstreamFlowControlResumedReadingTotal: Counter;
  readonly retryOrShadowAbandoned: Counter;
  readonly upstreamCxIdleTimeout: Counter;
  readonly upstreamCxMaxRequests: Counter;
  readonly upstreamCxProtocolError: Counter;
  readonly upstreamCxRxBytesTotal: Counter;
  readonly upstreamCxTxBytesTotal: Counter;
  readonly upstreamCxNoneHealthy: Counter;
  readonly upstreamCxConnectAttemptsExceeded: Counter;
  readonly upstreamRqTotal: Counter;
  readonly upstreamRqActive: Gauge;
  readonly upstreamRqPendingTotal: Counter;
  readonly upstreamRqPendingActive: Gauge;
  readonly upstreamRqPendingOverflow: Counter;
  readonly upstreamRqPendingFailureEject: Counter;
  readonly upstreamRqCancelled: Counter;
  readonly upstreamRqTimeout: Counter;
  readonly upstreamRqPerTryTimeout: Counter;
  readonly upstreamRqRxReset: Counter;
  readonly upstreamRqTxReset: Counter;
  readonly upstreamRqRetry: Counter;
  readonly upstreamRqRetrySuccess: Counter;
  readonly upstreamRqRetryOverflow: Counter;
  readonly upstreamRqRetryLimitExceeded: Counter;
  readonly upstreamRqRetryBackoffExponential: Counter;
  readonly upstreamRqMaintenanceMode: Counter;
  readonly upstreamRqDropOverload: Counter;
  readonly upstreamRqTime: Histogram;

  readonly lbHealthyPanic: Counter;
  readonly membershipChange: Counter;
  readonly membershipTotal: Gauge;
  readonly membershipHealthy: Gauge;
  readonly membershipDegraded: Gauge;
  readonly membershipExcluded: Gauge;
  readonly maxHostWeight: Gauge;
  /** 1 while there is one that is not used yet, in whose place another one may be in use. */
  readonly warmingState: Gauge;
  /** Only clusters of the type ORIGINAL_DST count. */
  readonly originalDstHostInvalid: Counter;
  readonly updateAttempt: Counter;
  readonly updateSuccess: Counter;
  readonly updateFailure: Counter;
  readonly updateEmpty: Counter;
  readonly updateNoRebuild: Counter;

  readonly #scope: StatsScope;
  /** By status less 100, and by class; made when the first response comes, as there are few different ones in a cluster. */
  readonly #codes: ResponseCodes;
  #external: ResponseCodes | undefined = undefined;
  #internal: ResponseCodes | undefined = undefined;
  #canary: ResponseCodes | undefined = undefined;
  #retried: ResponseCodes | undefined = undefined;
  #externalTime: Histogram | undefined = undefined;
  #internalTime: Histogram | undefined = undefined;
  #canaryTime: Histogram | undefined = undefined;

  /** @param scope `cluster.NAME` */
  constructor(scope: StatsScope) {
    this.upstreamCxTotal = scope.counter("upstream_cx_total");
    this.upstreamCxActive = scope.gauge("upstream_cx_active");
    this.upstreamCxConnectFail = scope.counter("upstream_cx_connect_fail");
    this.upstreamCxConnectTimeout = scope.counter("upstream_cx_connect_timeout");
    this.upstreamCxOverflow = scope.counter("upstream_cx_overflow");
    this.upstreamCxConnectMs = scope.histogram("upstream_cx_connect_ms");
    this.upstreamCxLengthMs = scope.histogram("upstream_cx_length_ms");
    this.upstreamCxDestroy = scope.counter("upstream_cx_destroy");
    this.upstreamCxDestroyLocal = scope.counter("upstream_cx_destroy_local");
    this.upstreamCxDestroyRemote = scope.counter("upstream_cx_destroy_remote");
    this.upstreamCxDestroyWithActiveRq = scope.counter("upstream_cx_destroy_with_active_rq");
    this.upstreamCxDestroyLocalWithActiveRq = scope.counter("upstream_cx_destroy_local_with_active_rq");
    this.upstreamCxDestroyRemoteWithActiveRq = scope.counter("upstream_cx_destroy_remote_with_active_rq");
    this.upstreamCxHttp1Total = scope.counter("upstream_cx_http1_total");
    this.upstreamCxCloseNotify = scope.counter("upstream_cx_close_notify");
    this.upstreamRqPerCx = scope.histogram("upstream_rq_per_cx");
    this.upstreamFlowControlBackedUpTotal = scope.counter("upstream_flow_control_backed_up_total");
    this.upstreamFlowControlDrainedTotal = scope.counter("upstream_flow_control_drained_total");
    this.upstreamFlowControlPausedReadingTotal = scope.counter("upstream_flow_control_paused_reading_total");
    this.upstreamFlowControlResumedReadingTotal = scope.counter("upstream_flow_control_resumed_reading_total");
    this.retryOrShadowAbandoned = scope.counter("retry_or_shadow_abandoned");
    this.upstreamCxIdleTimeout = scope.counter("upstream_cx_idle_timeout");
    this.upstreamCxMaxRequests = scope.counter("upstream_cx_max_requests");
    this.upstreamCxProtocolError = scope.counter("upstream_cx_protocol_error");
    this.upstreamCxRxBytesTotal = scope.counter("upstream_cx_rx_bytes_total");
    this.upstreamCxTxBytesTotal = scope.counter("upstream_cx_tx_bytes_total");
    this.upstreamCxNoneHealthy = scope.counter("upstream_cx_none_healthy");
    this.upstreamCxConnectAttemptsExceeded = scope.counter("upstream_cx_connect_attempts_exceeded");
    this.upstreamRqTotal = scope.counter("upstream_rq_total");
    this.upstreamRqActive = scope.gauge("upstream_rq_active");
    this.upstreamRqPendingTotal = scope.counter("upstream_rq_pending_total");
    this.upstreamRqPendingActive = scope.gauge("upstream_rq_pending_active");
    this.upstreamRqPendingOverflow = scope.counter("upstream_rq_pending_overflow");
    this.upstreamRqPendingFailureEject = scope.counter("upstream_rq_pending_failure_eject");
    this.upstreamRqCancelled = scope.counter("upstream_rq_cancelled");
    this.upstreamRqTimeout = scope.counter("upstream_rq_timeout");
    this.upstreamRqPerTryTimeout = scope.counter("upstream_rq_per_try_timeout");
    this.upstreamRqRxReset = scope.counter("upstream_rq_rx_reset");
    this.upstreamRqTxReset = scope.counter("upstream_rq_tx_reset");
    this.upstreamRqRetry = scope.counter("upstream_rq_retry");
    this.upstreamRqRetrySuccess = scope.counter("upstream_rq_retry_success");
    this.upstreamRqRetryOverflow = scope.counter("upstream_rq_retry_overflow");
    this.upstreamRqRetryLimitExceeded = scope.counter("upstream_rq_retry_limit_exceeded");
    this.upstreamRqRetryBackoffExponential = scope.counter("upstream_rq_retry_backoff_exponential");
    this.upstreamRqMaintenanceMode = scope.counter("upstream_rq_maintenance_mode");
    // Envoy keeps this one for its load reports, and does not print it.
    this.upstreamRqDropOverload = scope.counter("upstream_rq_drop_overload");
    this.upstreamRqTime = scope.histogram("upstream_rq_time");

    this.lbHealthyPanic = scope.counter("lb_healthy_panic");
    this.membershipChange = scope.counter("membership_change");
    this.membershipTotal = scope.gauge("membership_total");
    this.membershipHealthy = scope.gauge("membership_healthy");
    this.membershipDegraded = scope.gauge("membership_degraded");
    this.membershipExcluded = scope.gauge("membership_excluded");
    this.maxHostWeight = scope.gauge("max_host_weight");
    this.warmingState = scope.gauge("warming_state");
    this.originalDstHostInvalid = scope.counter("original_dst_host_invalid");
    this.updateAttempt = scope.counter("update_attempt");
    this.updateSuccess = scope.counter("update_success");
    this.updateFailure = scope.counter("update_failure");
    this.updateEmpty = scope.counter("update_empty");
    this.updateNoRebuild = scope.counter("update_no_rebuild");

    this.#scope = scope;
    this.#codes = new ResponseCodes(scope, "");
  }

  countResponse(httpStatus: number, origin?: RequestOrigin, isCanary?: boolean): void {
    this.#codes.count(httpStatus);
    if (isCanary === true) (this.#canary ??= new ResponseCodes(this.#scope, "canary.")).count(httpStatus);
    if (origin === undefined) return;
    const codes = origin === "external" ? this.#external : this.#internal;
    (codes ?? this.#addOrigin(origin)).count(httpStatus);
  }

  countRetriedResponse(httpStatus: number): void {
    (this.#retried ??= new ResponseCodes(this.#scope, "retry.")).count(httpStatus);
  }

  recordResponseTime(ms: number, origin?: RequestOrigin, isCanary?: boolean): void {
    this.upstreamRqTime.record(ms);
    if (isCanary === true) (this.#canaryTime ??= this.#scope.histogram("canary.upstream_rq_time")).record(ms);
    if (origin === "external") (this.#externalTime ??= this.#scope.histogram("external.upstream_rq_time")).record(ms);
    else if (origin === "internal") (this.#internalTime ??= this.#scope.histogram("internal.upstream_rq_time")).record(ms);
  }

  countDestroy(isLocal: boolean, withActiveRequest: boolean): void {
    this.upstreamCxDestroy.inc();
    if (isLocal) this.upstreamCxDestroyLocal.inc();
    else this.upstreamCxDestroyRemote.inc();
    if (!withActiveRequest) return;
    this.upstreamCxDestroyWithActiveRq.inc();
    if (isLocal) this.upstreamCxDestroyLocalWithActiveRq.inc();
    else this.upstreamCxDestroyRemoteWithActiveRq.inc();
  }

  #addOrigin(origin: RequestOrigin): ResponseCodes {
    const codes = new ResponseCodes(this.#scope, `${origin}.`);
    if (origin === "external") this.#external = codes;
    else this.#internal = codes;
    return codes;
  }
}
