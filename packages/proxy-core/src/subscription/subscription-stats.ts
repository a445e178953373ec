import { type Clock, hashText64 } from "../runtime/index.ts";
import type { Counter, Gauge, Histogram, StatsScope, TextReadout } from "../stats/index.ts";
import type { SubscriptionFailure } from "./contract.ts";

export interface SubscriptionStatsOptions {
  /** `update_duration` is recorded. Not of what there may be thousands of: a histogram takes some kilobytes. Default: true. */
  readonly hasDuration?: boolean;
}

/** What Envoy counts of a subscription, under its names. `update_attempt` counts here what came, was refused or could not be fetched. */
export class SubscriptionStats {
  readonly #clock: Clock;
  readonly #attempts: Counter;
  readonly #successes: Counter;
  readonly #failures: Counter;
  readonly #rejections: Counter;
  readonly #timeouts: Counter;
  readonly #updateTime: Gauge;
  readonly #duration: Histogram | undefined;
  /** The hash of the version, which is the same in all proxies that have it. */
  readonly #version: Gauge;
  readonly #versionText: TextReadout;

  /** @param scope of the subscription: `cluster_manager.cds` */
  constructor(scope: StatsScope, clock: Clock, { hasDuration = true }: SubscriptionStatsOptions = {}) {
    this.#clock = clock;
    this.#attempts = scope.counter("update_attempt");
    this.#successes = scope.counter("update_success");
    this.#failures = scope.counter("update_failure");
    this.#rejections = scope.counter("update_rejected");
    this.#timeouts = scope.counter("init_fetch_timeout");
    this.#updateTime = scope.gauge("update_time");
    this.#duration = hasDuration ? scope.histogram("update_duration") : undefined;
    this.#version = scope.gauge("version");
    this.#versionText = scope.text("version_text");
  }

  /** @returns when that was, for `applied` */
  accepted(version: string): number {
    this.#attempts.inc();
    this.#successes.inc();
    this.#updateTime.set(Math.round(this.#clock.wall()));
    if (version !== this.#versionText.value || version === "") {
      this.#version.setExact(hashText64(version).bigint);
      this.#versionText.set(version);
    }
    return this.#clock.now();
  }

  /** What was accepted is in force. */
  applied(acceptedAt: number): void {
    this.#duration?.record(this.#clock.now() - acceptedAt);
  }

  failed({ kind }: SubscriptionFailure): void {
    this.#attempts.inc();
    if (kind === "refused") this.#rejections.inc();
    else if (kind === "timeout") this.#timeouts.inc();
    else this.#failures.inc();
  }
}
