import type { Counter, Gauge, StatsScope } from "../stats/index.ts";

/** Statistics of a TcpProxy under Envoy's names (`tcp.<stat_prefix>.`). */
export class TcpStats {
  readonly cxTotal: Counter;
  readonly cxActive: Gauge;
  readonly cxNoRoute: Counter;
  readonly cxRxBytesTotal: Counter;
  readonly cxTxBytesTotal: Counter;
  readonly idleTimeout: Counter;
  readonly maxDuration: Counter;
  readonly flowControlPaused: Counter;
  readonly flowControlResumed: Counter;

  constructor(scope: StatsScope) {
    this.cxTotal = scope.counter("downstream_cx_total");
    this.cxActive = scope.gauge("downstream_cx_active");
    this.cxNoRoute = scope.counter("downstream_cx_no_route");
    this.cxRxBytesTotal = scope.counter("downstream_cx_rx_bytes_total");
    this.cxTxBytesTotal = scope.counter("downstream_cx_tx_bytes_total");
    this.idleTimeout = scope.counter("idle_timeout");
    this.maxDuration = scope.counter("max_downstream_connection_duration");
    this.flowControlPaused = scope.counter("downstream_flow_control_paused_reading_total");
    this.flowControlResumed = scope.counter("downstream_flow_control_resumed_reading_total");
  }
}
