import type { Counter, Gauge, StatsScope } from "../stats/index.ts";

/** Statistics of all listeners together under Envoy's names (`listener_manager.`). */
export class ListenerManagerStats {
  readonly active: Gauge;
  readonly warming: Gauge;
  readonly draining: Gauge;
  readonly chainsDraining: Gauge;
  readonly added: Counter;
  readonly modified: Counter;
  readonly removed: Counter;
  /** Counted beside `listener_modified`. */
  readonly inPlaceUpdated: Counter;
  readonly stopped: Counter;
  readonly createSuccess: Counter;
  readonly createFailure: Counter;
  /** 1 once those of the bootstrap take connections. */
  readonly workersStarted: Gauge;

  constructor(scope: StatsScope) {
    this.active = scope.gauge("total_listeners_active");
    this.warming = scope.gauge("total_listeners_warming");
    this.draining = scope.gauge("total_listeners_draining");
    this.chainsDraining = scope.gauge("total_filter_chains_draining");
    this.added = scope.counter("listener_added");
    this.modified = scope.counter("listener_modified");
    this.removed = scope.counter("listener_removed");
    this.inPlaceUpdated = scope.counter("listener_in_place_updated");
    this.stopped = scope.counter("listener_stopped");
    this.createSuccess = scope.counter("listener_create_success");
    this.createFailure = scope.counter("listener_create_failure");
    this.workersStarted = scope.gauge("workers_started");
  }
}
