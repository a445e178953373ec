import type { Counter, Gauge, Histogram, StatsScope } from "../stats/index.ts";
import type { ClusterStats } from "./contract.ts";

/** Statuses that get counters of their own, as in Envoy. */
const firstStatus = 100;
const lastStatus = 599;

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
  readonly upstreamRqCompleted: Counter;
  readonly upstreamRqTime: Histogram;

  readonly lbHealthyPanic: Counter;
  readonly membershipChange: Counter;
  readonly membershipTotal: Gauge;
  readonly membershipHealthy: Gauge;
  readonly membershipDegraded: Gauge;
  readonly membershipExcluded: Gauge;
  readonly maxHostWeight: Gauge;
  readonly updateAttempt: Counter;
  readonly updateSuccess: Counter;
  readonly updateFailure: Counter;
  readonly updateEmpty: Counter;
  readonly updateNoRebuild: Counter;

  readonly #scope: StatsScope;
  /** By status less 100, and by class; made when the first response comes, as there are few different ones in a cluster. */
  readonly #byStatus: (Counter | undefined)[];
  readonly #byClass: (Counter | undefined)[];

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
    this.upstreamRqCompleted = scope.counter("upstream_rq_completed");
    this.upstreamRqTime = scope.histogram("upstream_rq_time");

    this.lbHealthyPanic = scope.counter("lb_healthy_panic");
    this.membershipChange = scope.counter("membership_change");
    this.membershipTotal = scope.gauge("membership_total");
    this.membershipHealthy = scope.gauge("membership_healthy");
    this.membershipDegraded = scope.gauge("membership_degraded");
    this.membershipExcluded = scope.gauge("membership_excluded");
    this.maxHostWeight = scope.gauge("max_host_weight");
    this.updateAttempt = scope.counter("update_attempt");
    this.updateSuccess = scope.counter("update_success");
    this.updateFailure = scope.counter("update_failure");
    this.updateEmpty = scope.counter("update_empty");
    this.updateNoRebuild = scope.counter("update_no_rebuild");

    this.#scope = scope;
    this.#byStatus = [];
    this.#byClass = [];
  }

  countResponse(httpStatus: number): void {
    this.upstreamRqCompleted.inc();
    if (httpStatus < firstStatus || httpStatus > lastStatus) return;
    const exact = this.#byStatus[httpStatus - firstStatus] ?? this.#addStatus(httpStatus);
    exact.inc();
    const classOf = Math.trunc(httpStatus / 100);
    const group = this.#byClass[classOf] ?? this.#addClass(classOf);
    group.inc();
  }

  #addStatus(httpStatus: number): Counter {
    const counter = this.#scope.counter(`upstream_rq_${httpStatus}`);
    this.#byStatus[httpStatus - firstStatus] = counter;
    return counter;
  }

  #addClass(classOf: number): Counter {
    const counter = this.#scope.counter(`upstream_rq_${classOf}xx`);
    this.#byClass[classOf] = counter;
    return counter;
  }
}
