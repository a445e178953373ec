import type { Clock } from "../runtime/index.ts";
import type { Counter, Gauge, StatsScope } from "../stats/index.ts";
import type { SubscriptionFailure } from "./contract.ts";

/** What Envoy counts of a subscription, under its names. `update_attempt` counts here what came, was refused or could not be fetched. */
export class SubscriptionStats {
  readonly #clock: Clock;
  readonly #attempts: Counter;
  readonly #successes: Counter;
  readonly #failures: Counter;
  readonly #rejections: Counter;
  readonly #timeouts: Counter;
  readonly #updateTime: Gauge;

  /** @param scope of the subscription: `cluster_manager.cds` */
  constructor(scope: StatsScope, clock: Clock) {
    this.#clock = clock;
    this.#attempts = scope.counter("update_attempt");
    this.#successes = scope.counter("update_success");
    this.#failures = scope.counter("update_failure");
    this.#rejections = scope.counter("update_rejected");
    this.#timeouts = scope.counter("init_fetch_timeout");
    this.#updateTime = scope.gauge("update_time");
  }

  accepted(): void {
    this.#attempts.inc();
    this.#successes.inc();
    this.#updateTime.set(Math.round(this.#clock.wall()));
  }

  failed({ kind }: SubscriptionFailure): void {
    this.#attempts.inc();
    if (kind === "refused") this.#rejections.inc();
    else if (kind === "timeout") this.#timeouts.inc();
    else this.#failures.inc();
  }
}
