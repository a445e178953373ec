import type { Counter, Gauge, StatsScope } from "../stats/index.ts";

/** What only HTTP counts, under Envoy's names; the rest is in `DownstreamStats`. */
export class HttpStats {
  readonly cxHttp1Total: Counter;
  readonly cxHttp1Active: Gauge;
  readonly rqHttp1Total: Counter;
  readonly cxUpgradesTotal: Counter;
  readonly cxUpgradesActive: Gauge;
  readonly cxMaxDurationReached: Counter;
  readonly cxMaxRequestsReached: Counter;
  readonly cxDelayedCloseTimeout: Counter;
  readonly rqIdleTimeout: Counter;
  readonly rqHeaderTimeout: Counter;
  readonly rqMaxDurationReached: Counter;
  readonly rqResponseBeforeRqComplete: Counter;
  readonly rqNonRelativePath: Counter;
  readonly rqFailedPathNormalization: Counter;
  readonly rqRedirectedWithNormalizedPath: Counter;
  /** An upgrade that configuration does not allow. */
  readonly rqWsOnNonWsRoute: Counter;
  readonly flowControlPausedReading: Counter;
  readonly flowControlResumedReading: Counter;
  readonly droppedHeadersWithUnderscores: Counter;
  readonly requestsRejectedWithUnderscores: Counter;

  /**
   * @param scope the connection manager's
   * @param root the proxy's: statistics of the codec belong to no connection manager
   */
  constructor(scope: StatsScope, root: StatsScope) {
    this.cxHttp1Total = scope.counter("downstream_cx_http1_total");
    this.cxHttp1Active = scope.gauge("downstream_cx_http1_active");
    this.rqHttp1Total = scope.counter("downstream_rq_http1_total");
    this.cxUpgradesTotal = scope.counter("downstream_cx_upgrades_total");
    this.cxUpgradesActive = scope.gauge("downstream_cx_upgrades_active");
    this.cxMaxDurationReached = scope.counter("downstream_cx_max_duration_reached");
    this.cxMaxRequestsReached = scope.counter("downstream_cx_max_requests_reached");
    this.cxDelayedCloseTimeout = scope.counter("downstream_cx_delayed_close_timeout");
    this.rqIdleTimeout = scope.counter("downstream_rq_idle_timeout");
    this.rqHeaderTimeout = scope.counter("downstream_rq_header_timeout");
    this.rqMaxDurationReached = scope.counter("downstream_rq_max_duration_reached");
    this.rqResponseBeforeRqComplete = scope.counter("downstream_rq_response_before_rq_complete");
    this.rqNonRelativePath = scope.counter("downstream_rq_non_relative_path");
    this.rqFailedPathNormalization = scope.counter("downstream_rq_failed_path_normalization");
    this.rqRedirectedWithNormalizedPath = scope.counter("downstream_rq_redirected_with_normalized_path");
    this.rqWsOnNonWsRoute = scope.counter("downstream_rq_ws_on_non_ws_route");
    this.flowControlPausedReading = scope.counter("downstream_flow_control_paused_reading_total");
    this.flowControlResumedReading = scope.counter("downstream_flow_control_resumed_reading_total");
    const http1 = root.scope("http1");
    this.droppedHeadersWithUnderscores = http1.counter("dropped_headers_with_underscores");
    this.requestsRejectedWithUnderscores = http1.counter("requests_rejected_with_underscores_in_headers");
  }
}
