import type { Counter, Gauge, Histogram, StatsScope } from "../stats/index.ts";

/** Statistics of a connection manager, HTTP or RPC, under Envoy's names. */
export class DownstreamStats {
  readonly scope: StatsScope;
  readonly cxTotal: Counter;
  readonly cxActive: Gauge;
  readonly cxDestroy: Counter;
  readonly cxDestroyLocal: Counter;
  readonly cxDestroyRemote: Counter;
  readonly #cxDestroyActiveRq: Counter;
  readonly #cxDestroyLocalActiveRq: Counter;
  readonly #cxDestroyRemoteActiveRq: Counter;
  readonly cxLengthMs: Histogram;
  readonly cxRxBytesTotal: Counter;
  readonly cxTxBytesTotal: Counter;
  readonly cxIdleTimeout: Counter;
  readonly cxProtocolError: Counter;
  readonly cxDrainClose: Counter;
  readonly rqTotal: Counter;
  readonly rqActive: Gauge;
  readonly rqCompleted: Counter;
  readonly rqTimeout: Counter;
  readonly rqRxReset: Counter;
  readonly rqTxReset: Counter;
  /** Milliseconds from the first byte of the request to the last of the response. */
  readonly rqTime: Histogram;
  /** Requests that reached the router. */
  readonly routedTotal: Counter;
  readonly noRoute: Counter;
  readonly noCluster: Counter;
  readonly rqDirectResponse: Counter;
  readonly rqRedirect: Counter;
  readonly #classes: readonly Counter[];
  readonly #listenerClasses: readonly Counter[];
  readonly #listenerCompleted: Counter | undefined;

  /** @param listenerScope of the listener's part, where it has one */
  constructor(scope: StatsScope, listenerScope?: StatsScope) {
    this.scope = scope;
    this.cxTotal = scope.counter("downstream_cx_total");
    this.cxActive = scope.gauge("downstream_cx_active");
    this.cxDestroy = scope.counter("downstream_cx_destroy");
    this.cxDestroyLocal = scope.counter("downstream_cx_destroy_local");
    this.cxDestroyRemote = scope.counter("downstream_cx_destroy_remote");
    this.#cxDestroyActiveRq = scope.counter("downstream_cx_destroy_active_rq");
    this.#cxDestroyLocalActiveRq = scope.counter("downstream_cx_destroy_local_active_rq");
    this.#cxDestroyRemoteActiveRq = scope.counter("downstream_cx_destroy_remote_active_rq");
    this.cxLengthMs = scope.histogram("downstream_cx_length_ms");
    this.cxRxBytesTotal = scope.counter("downstream_cx_rx_bytes_total");
    this.cxTxBytesTotal = scope.counter("downstream_cx_tx_bytes_total");
    this.cxIdleTimeout = scope.counter("downstream_cx_idle_timeout");
    this.cxProtocolError = scope.counter("downstream_cx_protocol_error");
    this.cxDrainClose = scope.counter("downstream_cx_drain_close");
    this.rqTotal = scope.counter("downstream_rq_total");
    this.rqActive = scope.gauge("downstream_rq_active");
    this.rqCompleted = scope.counter("downstream_rq_completed");
    this.rqTimeout = scope.counter("downstream_rq_timeout");
    this.rqRxReset = scope.counter("downstream_rq_rx_reset");
    this.rqTxReset = scope.counter("downstream_rq_tx_reset");
    this.rqTime = scope.histogram("downstream_rq_time");
    this.routedTotal = scope.counter("rq_total");
    this.noRoute = scope.counter("no_route");
    this.noCluster = scope.counter("no_cluster");
    this.rqDirectResponse = scope.counter("rq_direct_response");
    this.rqRedirect = scope.counter("rq_redirect");
    const classesIn = (place: StatsScope): Counter[] => [1, 2, 3, 4, 5].map((digit) => place.counter(`downstream_rq_${digit}xx`));
    this.#classes = classesIn(scope);
    this.#listenerClasses = listenerScope === undefined ? [] : classesIn(listenerScope);
    this.#listenerCompleted = listenerScope?.counter("downstream_rq_completed");
  }

  /** Counts the end of a connection. */
  countDestroy(isLocal: boolean, withActiveRequest: boolean): void {
    this.cxDestroy.inc();
    if (isLocal) this.cxDestroyLocal.inc();
    else this.cxDestroyRemote.inc();
    if (!withActiveRequest) return;
    this.#cxDestroyActiveRq.inc();
    if (isLocal) this.#cxDestroyLocalActiveRq.inc();
    else this.#cxDestroyRemoteActiveRq.inc();
  }

  /** Counts a finished response by its class. */
  countResponse(httpStatus: number): void {
    const index = ((httpStatus / 100) | 0) - 1;
    const counter = this.#classes[index];
    if (counter !== undefined) counter.inc();
    this.rqCompleted.inc();
    if (this.#listenerCompleted === undefined) return;
    this.#listenerCompleted.inc();
    const ofListener = this.#listenerClasses[index];
    if (ofListener !== undefined) ofListener.inc();
  }
}
