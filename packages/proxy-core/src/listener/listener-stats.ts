import type { Counter, Gauge, Histogram, StatsScope } from "../stats/index.ts";

/** Statistics of a listener under Envoy's names (`listener.<address>.`). */
export class ListenerStats {
  readonly cxTotal: Counter;
  readonly cxActive: Gauge;
  readonly cxDestroy: Counter;
  readonly cxLengthMs: Histogram;
  readonly noFilterChainMatch: Counter;
  readonly preCxActive: Gauge;
  readonly preCxTimeout: Counter;
  readonly filterError: Counter;
  readonly filterRemoteClose: Counter;

  constructor(scope: StatsScope) {
    this.cxTotal = scope.counter("downstream_cx_total");
    this.cxActive = scope.gauge("downstream_cx_active");
    this.cxDestroy = scope.counter("downstream_cx_destroy");
    this.cxLengthMs = scope.histogram("downstream_cx_length_ms");
    this.noFilterChainMatch = scope.counter("no_filter_chain_match");
    this.preCxActive = scope.gauge("downstream_pre_cx_active");
    this.preCxTimeout = scope.counter("downstream_pre_cx_timeout");
    this.filterError = scope.counter("downstream_listener_filter_error");
    this.filterRemoteClose = scope.counter("downstream_listener_filter_remote_close");
  }
}
