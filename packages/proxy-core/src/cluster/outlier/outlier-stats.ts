import type { Counter, Gauge, StatsScope } from "../../stats/index.ts";
import type { EjectionType } from "./outlier-settings.ts";

const types: readonly EjectionType[] = [
  "consecutive_5xx",
  "consecutive_gateway_failure",
  "consecutive_local_origin_failure",
  "success_rate",
  "local_origin_success_rate",
  "failure_percentage",
  "local_origin_failure_percentage",
];

/** Envoy's `cluster.NAME.outlier_detection.*`, with the three that Envoy keeps for those who know them from before. */
export class OutlierStats {
  /** Hosts that are ejected now. */
  readonly active: Gauge;
  readonly enforcedTotal: Counter;
  /** Ejections that `max_ejection_percent` prevented. */
  readonly overflow: Counter;
  readonly #detected: ReadonlyMap<EjectionType, Counter>;
  readonly #enforced: ReadonlyMap<EjectionType, Counter>;
  readonly #oldTotal: Counter;
  readonly #oldConsecutive5xx: Counter;
  readonly #oldSuccessRate: Counter;

  /** @param scope `cluster.NAME.outlier_detection` */
  constructor(scope: StatsScope) {
    const counters = (kind: "detected" | "enforced"): ReadonlyMap<EjectionType, Counter> =>
      new Map(types.map((type) => [type, scope.counter(`ejections_${kind}_${type}`)]));
    this.active = scope.gauge("ejections_active");
    this.enforcedTotal = scope.counter("ejections_enforced_total");
    this.overflow = scope.counter("ejections_overflow");
    this.#detected = counters("detected");
    this.#enforced = counters("enforced");
    // Counts what `detect_degraded_hosts` finds, a field of Envoy's that is newer than the messages that we have.
    scope.counter("ejections_detected_degradation");
    this.#oldTotal = scope.counter("ejections_total");
    this.#oldConsecutive5xx = scope.counter("ejections_consecutive_5xx");
    this.#oldSuccessRate = scope.counter("ejections_success_rate");
  }

  countDetected(type: EjectionType): void {
    this.#detected.get(type)?.inc();
    if (type === "consecutive_5xx") this.#oldConsecutive5xx.inc();
    else if (type === "success_rate" || type === "local_origin_success_rate") this.#oldSuccessRate.inc();
  }

  /** There is room to eject another host, whether that is enforced or not. */
  countPossible(type: EjectionType): void {
    if (type === "consecutive_5xx" || type === "success_rate") this.#oldTotal.inc();
  }

  countEnforced(type: EjectionType): void {
    this.enforcedTotal.inc();
    this.#enforced.get(type)?.inc();
  }
}
