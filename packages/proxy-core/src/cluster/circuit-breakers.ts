import { enumValue, type Message } from "@mesh/xds-proto";
import { type ConfigPath, percent, wrappedNumber } from "../config/index.ts";
import { type RuntimeFlags, RuntimeNumber } from "../runtime/index.ts";
import type { Gauge, StatsScope } from "../stats/index.ts";
import type { ResourceLimits } from "./contract.ts";

/** The share of the requests that may be retries. */
export interface RetryBudget {
  readonly percent: number;
  /** Retries that are allowed even where the share is less. */
  readonly minConcurrency: number;
}

/** Envoy's, where one of the two is given by configuration or by the runtime. */
const defaultBudget: RetryBudget = { percent: 20, minConcurrency: 3 };

/** A limit that nobody gave. */
const unset = -1;

export interface CircuitBreakerOptions {
  readonly maxConnections: number;
  readonly maxPendingRequests: number;
  readonly maxRequests: number;
  /** Disregarded where there is a retry budget. */
  readonly maxRetries: number;
  readonly retryBudget: RetryBudget | undefined;
  /** Whether to keep the gauges of what is left. */
  readonly trackRemaining: boolean;
}

/** By Envoy's RoutingPriority: default, high. */
export type CircuitBreakerSettings = readonly [CircuitBreakerOptions, CircuitBreakerOptions];

/** Envoy's defaults; of several thresholds for one priority the first counts. */
export function readCircuitBreakers(
  message: Message<"envoy.config.cluster.v3.CircuitBreakers"> | null,
  path: ConfigPath,
): CircuitBreakerSettings {
  const read = (priority: "DEFAULT" | "HIGH"): CircuitBreakerOptions => {
    const wanted = enumValue("envoy.config.core.v3.RoutingPriority", priority);
    const index = message?.thresholds.findIndex((threshold) => threshold.priority === wanted) ?? -1;
    const threshold = message?.thresholds[index];
    const at = path.field("thresholds").index(index);
    return {
      maxConnections: wrappedNumber(threshold?.maxConnections, at.field("max_connections")) ?? 1024,
      maxPendingRequests: wrappedNumber(threshold?.maxPendingRequests, at.field("max_pending_requests")) ?? 1024,
      maxRequests: wrappedNumber(threshold?.maxRequests, at.field("max_requests")) ?? 1024,
      maxRetries: wrappedNumber(threshold?.maxRetries, at.field("max_retries")) ?? 3,
      retryBudget: threshold?.retryBudget ? readRetryBudget(threshold.retryBudget, at.field("retry_budget")) : undefined,
      trackRemaining: threshold?.trackRemaining ?? false,
    };
  };
  return [read("DEFAULT"), read("HIGH")];
}

function readRetryBudget(
  message: Message<"envoy.config.cluster.v3.CircuitBreakers.Thresholds.RetryBudget">,
  path: ConfigPath,
): RetryBudget {
  return {
    percent:
      message.budgetPercent === null ? defaultBudget.percent : 100 * (percent(message.budgetPercent, path.field("budget_percent")) ?? 0),
    minConcurrency: wrappedNumber(message.minRetryConcurrency, path.field("min_retry_concurrency")) ?? defaultBudget.minConcurrency,
  };
}

/** The gauges of one resource: whether no more of it is to be had, and how much is left. */
class ResourceGauges {
  readonly #open: Gauge;
  readonly #remaining: Gauge | undefined;
  #isOpen: boolean;

  constructor(open: Gauge, remaining: Gauge | undefined) {
    this.#open = open;
    this.#remaining = remaining;
    this.#isOpen = false;
  }

  update(used: number, max: number): void {
    const isOpen = used >= max;
    if (isOpen !== this.#isOpen) {
      this.#isOpen = isOpen;
      this.#open.set(isOpen ? 1 : 0);
    }
    if (this.#remaining !== undefined) this.#remaining.set(Math.max(0, max - used));
  }
}

/**
 * Limits that keep their gauges (`circuit_breakers.default.rq_open` …) as they are counted. Whoever takes a resource compares and counts
 * itself: `if (limits.requests >= limits.maxRequests) overflow; else limits.requests++`. The accessors are inlined: counting a request in
 * and out costs some 10 ns. What the runtime says of a limit holds from the next request on.
 */
export class CircuitBreaker implements ResourceLimits {
  readonly #flags: RuntimeFlags;
  readonly #maxConnections: RuntimeNumber;
  readonly #maxPendingRequests: RuntimeNumber;
  readonly #maxRequests: RuntimeNumber;
  readonly #maxRetries: RuntimeNumber;
  readonly #budgetPercent: RuntimeNumber;
  readonly #minRetryConcurrency: RuntimeNumber;
  #connections: number;
  #pendingRequests: number;
  #requests: number;
  #retries: number;
  readonly #connectionGauges: ResourceGauges;
  readonly #pendingGauges: ResourceGauges;
  readonly #requestGauges: ResourceGauges;
  readonly #retryGauges: ResourceGauges;

  /**
   * @param stats `cluster.NAME.circuit_breakers.default` or `.high`
   * @param keys `circuit_breakers.NAME.default` or `.high`: what the runtime's keys for the limits begin with
   */
  constructor(options: CircuitBreakerOptions, stats: StatsScope, flags: RuntimeFlags, keys: string) {
    this.#flags = flags;
    this.#maxConnections = new RuntimeNumber("integer", `${keys}.max_connections`, options.maxConnections);
    this.#maxPendingRequests = new RuntimeNumber("integer", `${keys}.max_pending_requests`, options.maxPendingRequests);
    this.#maxRequests = new RuntimeNumber("integer", `${keys}.max_requests`, options.maxRequests);
    this.#maxRetries = new RuntimeNumber("integer", `${keys}.max_retries`, options.maxRetries);
    const budget = options.retryBudget;
    this.#budgetPercent = new RuntimeNumber("number", `${keys}.retry_budget.budget_percent`, budget?.percent ?? unset);
    this.#minRetryConcurrency = new RuntimeNumber("integer", `${keys}.retry_budget.min_retry_concurrency`, budget?.minConcurrency ?? unset);
    const gauges = (open: string, remaining: string, tracked: boolean): ResourceGauges =>
      new ResourceGauges(stats.gauge(open), tracked ? stats.gauge(remaining) : undefined);
    const tracked = options.trackRemaining;
    this.#connectionGauges = gauges("cx_open", "remaining_cx", tracked);
    this.#pendingGauges = gauges("rq_pending_open", "remaining_pending", tracked);
    this.#requestGauges = gauges("rq_open", "remaining_rq", tracked);
    this.#retryGauges = gauges("rq_retry_open", "remaining_retries", tracked && options.retryBudget === undefined);
    // The place of max_connection_pools: pools are not limited.
    stats.gauge("cx_pool_open");
    this.#connections = this.connections = 0;
    this.#pendingRequests = this.pendingRequests = 0;
    this.#requests = this.requests = 0;
    this.#retries = this.retries = 0;
  }

  get maxConnections(): number {
    return this.#maxConnections.in(this.#flags.current);
  }

  get maxPendingRequests(): number {
    return this.#maxPendingRequests.in(this.#flags.current);
  }

  get maxRequests(): number {
    return this.#maxRequests.in(this.#flags.current);
  }

  get connections(): number {
    return this.#connections;
  }

  set connections(used: number) {
    this.#connections = used;
    this.#connectionGauges.update(used, this.maxConnections);
  }

  get pendingRequests(): number {
    return this.#pendingRequests;
  }

  set pendingRequests(used: number) {
    this.#pendingRequests = used;
    this.#pendingGauges.update(used, this.maxPendingRequests);
  }

  get requests(): number {
    return this.#requests;
  }

  set requests(used: number) {
    this.#requests = used;
    this.#requestGauges.update(used, this.maxRequests);
  }

  get retries(): number {
    return this.#retries;
  }

  set retries(used: number) {
    this.#retries = used;
    this.#retryGauges.update(used, this.maxRetries);
  }

  get maxRetries(): number {
    const { current } = this.#flags;
    const share = this.#budgetPercent.in(current);
    const least = this.#minRetryConcurrency.in(current);
    if (share < 0 && least < 0) return this.#maxRetries.in(current);
    const ofRequests = Math.floor(((share < 0 ? defaultBudget.percent : share) / 100) * (this.#requests + this.#pendingRequests));
    return Math.max(least < 0 ? defaultBudget.minConcurrency : least, ofRequests);
  }
}
