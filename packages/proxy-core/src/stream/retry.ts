import type { Host } from "../cluster/index.ts";
import { ResponseFlag } from "../access-log/index.ts";
import { RetryOn, type RetryPolicy } from "../route/index.ts";
import { TimerEntry } from "../runtime/index.ts";
import type { AttemptFailure, Stream } from "./stream.ts";

/** What the router does when a back-off or the time for a try is over. */
export interface RetryActions {
  attempt(stream: Stream): void;
  onTryTimeout(stream: Stream): void;
}

/**
 * The retries of one stream: made only where the route has a retry policy. It is the timer entry of the time for a try while a try
 * is under way, and of the back-off between tries; the two never run at the same time.
 */
export class RetryState extends TimerEntry {
  readonly #stream: Stream;
  readonly #policy: RetryPolicy;
  readonly #actions: RetryActions;
  readonly #tried: Host[] = [];
  #remaining: number;
  #backingOff = false;
  #countedRetry = false;
  #hostSelections = 0;

  constructor(stream: Stream, policy: RetryPolicy, actions: RetryActions) {
    super();
    this.#stream = stream;
    this.#actions = actions;
    this.#policy = policy;
    this.#remaining = policy.numRetries;
  }

  /** Milliseconds for each try; 0: no limit. */
  get perTryTimeoutMs(): number {
    return this.#policy.perTryTimeoutMs;
  }

  attemptStarted(host: Host): void {
    this.#tried.push(host);
    this.#hostSelections = 0;
    if (this.#stream.requestComplete) this.#armTryTimeout();
  }

  /** The request has been received whole: the time for a try begins. */
  requestReceived(): void {
    if (this.#stream.attemptActive) this.#armTryTimeout();
  }

  /** For balancers: hosts that were tried are passed over, as often as the policy's `host_selection_retry_max_attempts` allows. */
  hasTried(host: Host): boolean {
    if (!this.#policy.avoidPreviousHosts || this.#hostSelections >= this.#policy.hostSelectionAttempts) return false;
    if (!this.#tried.includes(host)) return false;
    this.#hostSelections++;
    return true;
  }

  wantsRetryOf(conditions: number): boolean {
    return (this.#policy.retryOn & conditions) !== 0;
  }

  /** Envoy's rules: `5xx`, `gateway-error` and `reset` cover every failure of the upstream, overflow none. */
  wantsRetryOfFailure(failure: AttemptFailure): boolean {
    if (failure === "upstream_overflow") return false;
    if (this.wantsRetryOf(RetryOn.ServerError | RetryOn.GatewayError | RetryOn.Reset)) return true;
    return failure === "upstream_connection_failure" && this.wantsRetryOf(RetryOn.ConnectFailure | RetryOn.ResetBeforeRequest);
  }

  /** Envoy: a response that says `x-envoy-ratelimited` is tried again on `envoy-ratelimited` and on nothing else. */
  wantsRetryOfResponse(status: number, isRateLimited: boolean): boolean {
    const { retryOn, retriableStatusCodes } = this.#policy;
    if (isRateLimited) return (retryOn & RetryOn.EnvoyRateLimited) !== 0;
    if (status >= 500 && (retryOn & RetryOn.ServerError) !== 0) return true;
    if (status >= 502 && status <= 504 && (retryOn & RetryOn.GatewayError) !== 0) return true;
    if (status === 409 && (retryOn & RetryOn.Retriable4xx) !== 0) return true;
    return (retryOn & RetryOn.RetriableStatusCodes) !== 0 && retriableStatusCodes.includes(status);
  }

  /** Schedules another try, if policy, circuit breaker and the held request allow it. */
  tryAgain(): boolean {
    const stream = this.#stream;
    const { cluster, limits } = stream;
    if (cluster === undefined || limits === undefined) return false;
    this.#stopTimer();
    if (this.#remaining === 0) {
      cluster.stats.upstreamRqRetryLimitExceeded.inc();
      stream.responseFlags |= ResponseFlag.UpstreamRetryLimitExceeded;
      return false;
    }
    if (!stream.replayable) {
      cluster.stats.retryOrShadowAbandoned.inc();
      return false;
    }
    if (limits.retries >= limits.maxRetries && !this.#countedRetry) {
      cluster.stats.upstreamRqRetryOverflow.inc();
      stream.responseFlags |= ResponseFlag.UpstreamOverflow;
      return false;
    }
    const { flags, random } = stream.owner.runtime;
    const share = flags.current.integer("upstream.use_retry", 100);
    if (share < 100 && random.next() * 100 >= share) return false;
    this.#remaining--;
    if (!this.#countedRetry) {
      this.#countedRetry = true;
      limits.retries++;
    }
    cluster.stats.upstreamRqRetry.inc();
    cluster.stats.upstreamRqRetryBackoffExponential.inc();
    const doublings = this.#policy.numRetries - this.#remaining - 1;
    const ceiling = Math.min(this.#policy.backoffBaseMs * 2 ** doublings, this.#policy.backoffMaxMs);
    this.#backingOff = true;
    stream.owner.runtime.timers.arm(this, stream.owner.runtime.random.next() * ceiling);
    return true;
  }

  /** A response will be passed on. It is a success, as in Envoy, where the policy would not have it tried again. */
  onResponse(isSuccess: boolean): void {
    this.#stopTimer();
    if (this.#countedRetry && isSuccess) this.#stream.cluster?.stats.upstreamRqRetrySuccess.inc();
    this.#uncount();
  }

  /** The stream is over. */
  release(): void {
    this.#stopTimer();
    this.#uncount();
  }

  onTimer(): void {
    if (this.#backingOff) {
      this.#backingOff = false;
      this.#actions.attempt(this.#stream);
    } else {
      this.#actions.onTryTimeout(this.#stream);
    }
  }

  #armTryTimeout(): void {
    if (this.#policy.perTryTimeoutMs > 0) this.#stream.owner.runtime.timers.arm(this, this.#policy.perTryTimeoutMs);
  }

  #stopTimer(): void {
    this.#backingOff = false;
    if (this.timerNext !== null) this.#stream.owner.runtime.timers.disarm(this);
  }

  #uncount(): void {
    if (!this.#countedRetry) return;
    this.#countedRetry = false;
    if (this.#stream.limits !== undefined) this.#stream.limits.retries--;
  }
}
