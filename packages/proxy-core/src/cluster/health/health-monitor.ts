import type { SocketAddress } from "../../network/index.ts";
import { type Logger, type Runtime, TimerEntry } from "../../runtime/index.ts";
import type { Counter, Gauge, StatsScope } from "../../stats/index.ts";
import { HostHealth } from "../contract.ts";
import type { UpstreamHost } from "../host.ts";
import type { HealthCheckSettings } from "./health-check-settings.ts";
import { type HealthChecker, type HealthCheckResult, type HealthCheckTarget, type HealthProbe, networkFailure } from "./health-checker.ts";

/** Envoy's `cluster.NAME.health_check.*`. */
class HealthCheckStats {
  readonly attempt: Counter;
  readonly success: Counter;
  readonly failure: Counter;
  readonly passiveFailure: Counter;
  readonly networkFailure: Counter;
  readonly healthy: Gauge;

  constructor(scope: StatsScope) {
    this.attempt = scope.counter("attempt");
    this.success = scope.counter("success");
    this.failure = scope.counter("failure");
    this.passiveFailure = scope.counter("passive_failure");
    this.networkFailure = scope.counter("network_failure");
    this.healthy = scope.gauge("healthy");
    // Counts identity checks, whose place is `service_name_matcher`.
    scope.counter("verify_cluster");
  }
}

export interface HealthMonitorOptions {
  readonly settings: HealthCheckSettings;
  readonly checker: HealthChecker;
  readonly clusterName: string;
  readonly runtime: Runtime;
  /** `cluster.NAME.health_check` */
  readonly stats: StatsScope;
  /** Whether a connection for traffic was ever made to the cluster. */
  readonly hadTraffic: () => boolean;
  /** A host has become unhealthy. */
  readonly onUnhealthy: (host: UpstreamHost) => void;
  /** A host has passed a check; it may need more to be healthy. */
  readonly onPassed: (host: UpstreamHost) => void;
}

/** What a check did to the state of its host: nothing, not enough to change it yet, or a change. */
type Transition = "unchanged" | "pending" | "changed";

/** Envoy's active health checks of one cluster. */
export class HealthMonitor {
  readonly options: HealthMonitorOptions;
  readonly stats: HealthCheckStats;
  readonly #sessions = new Map<UpstreamHost, HealthSession>();

  constructor(options: HealthMonitorOptions) {
    this.options = options;
    this.stats = new HealthCheckStats(options.stats);
  }

  /** Begins to check a host, which counts as failed until it passes. */
  add(host: UpstreamHost): void {
    const session = new HealthSession(host, this);
    this.#sessions.set(host, session);
    session.start();
  }

  remove(host: UpstreamHost): void {
    this.#sessions.get(host)?.close();
    this.#sessions.delete(host);
  }

  /** The host has moved to another address: it is checked there, with the state it has. */
  moved(host: UpstreamHost): void {
    this.#sessions.get(host)?.restart();
  }

  /** The host asked for no more requests. */
  failed(host: UpstreamHost): void {
    this.#sessions.get(host)?.failPassively();
  }

  isChecked(host: UpstreamHost): boolean {
    return this.#sessions.has(host);
  }

  /** Fulfilled when every host that is checked now has been checked once, or is gone. */
  async firstRound(): Promise<void> {
    await Promise.all([...this.#sessions.values()].map((session) => session.firstResult));
  }

  close(): void {
    for (const session of this.#sessions.values()) session.close();
    this.#sessions.clear();
  }

  /** Milliseconds until the next check. */
  nextWait(passed: boolean, transition: Transition): number {
    const { settings, runtime } = this.options;
    const base = this.#baseWait(passed, transition);
    const percentJitter = (base * settings.intervalJitterPercent) / 100;
    const wait = base + runtime.random.next() * percentJitter + runtime.random.next() * settings.intervalJitterMs;
    const { current } = runtime.flags;
    const max = current.integer("health_check.max_interval", Number.POSITIVE_INFINITY);
    return Math.max(1, current.integer("health_check.min_interval", 0), Math.min(wait, max));
  }

  #baseWait(passed: boolean, transition: Transition): number {
    const { settings, hadTraffic } = this.options;
    if (!hadTraffic()) return passed ? settings.noTrafficHealthyMs : settings.noTrafficMs;
    if (passed) return transition === "pending" ? settings.healthyEdgeMs : settings.intervalMs;
    return transition === "pending" ? settings.unhealthyEdgeMs : settings.unhealthyMs;
  }
}

/** Ends a check that takes too long. */
class CheckTimeout extends TimerEntry {
  readonly #session: HealthSession;

  constructor(session: HealthSession) {
    super();
    this.#session = session;
  }

  onTimer(): void {
    this.#session.onTimeout();
  }
}

/** The checks of one host. As a timer entry it is armed from one check to the next. */
class HealthSession extends TimerEntry {
  readonly firstResult: Promise<void>;
  readonly #host: UpstreamHost;
  readonly #monitor: HealthMonitor;
  readonly #logger: Logger;
  readonly #timeout: CheckTimeout;
  #reportFirst: () => void = () => {};
  #probe: HealthProbe;
  /** Of the check under way. */
  #abort: AbortController | undefined;
  #isFirst = true;
  #successes = 0;
  #failures = 0;

  constructor(host: UpstreamHost, monitor: HealthMonitor) {
    super();
    this.firstResult = new Promise((resolve) => {
      this.#reportFirst = resolve;
    });
    this.#host = host;
    this.#monitor = monitor;
    this.#logger = monitor.options.runtime.logger;
    this.#timeout = new CheckTimeout(this);
    this.#probe = monitor.options.checker.probe(targetOf(host));
    if (!this.#isFailed) monitor.stats.healthy.inc();
  }

  start(): void {
    const { settings, runtime } = this.#monitor.options;
    if (settings.initialJitterMs > 0) runtime.timers.arm(this, runtime.random.next() * settings.initialJitterMs);
    else this.onTimer();
  }

  restart(): void {
    this.#stop();
    this.#probe = this.#monitor.options.checker.probe(targetOf(this.#host));
    this.onTimer();
  }

  close(): void {
    this.#stop();
    if (!this.#isFailed) this.#monitor.stats.healthy.dec();
    this.#reportFirst();
  }

  onTimer(): void {
    const { settings, runtime } = this.#monitor.options;
    this.#monitor.stats.attempt.inc();
    runtime.timers.arm(this.#timeout, settings.timeoutMs);
    const abort = new AbortController();
    this.#abort = abort;
    this.#check(abort.signal).then(
      (result) => this.#end(abort, result),
      (error: unknown) => this.#end(abort, networkFailure(error instanceof Error ? error.message : String(error))),
    );
  }

  onTimeout(): void {
    const abort = this.#abort;
    if (abort === undefined) return;
    this.#end(abort, networkFailure("timeout"));
    abort.abort();
    this.#host.checkTimedOut = true;
  }

  failPassively(): void {
    this.#monitor.stats.passiveFailure.inc();
    this.#fail(true, "x-envoy-immediate-health-check-fail");
    this.#host.setHealth(HostHealth.ImmediateFailure, true);
  }

  get #isFailed(): boolean {
    return (this.#host.health & HostHealth.FailedActiveCheck) !== 0;
  }

  /** So that a probe that throws instead of rejecting is no different. */
  async #check(signal: AbortSignal): Promise<HealthCheckResult> {
    return this.#probe.check(signal);
  }

  #stop(): void {
    const { timers } = this.#monitor.options.runtime;
    timers.disarm(this);
    timers.disarm(this.#timeout);
    const abort = this.#abort;
    this.#abort = undefined;
    abort?.abort();
    this.#probe.close();
  }

  #end(abort: AbortController, result: HealthCheckResult): void {
    // One that was given up reports too.
    if (abort !== this.#abort) return;
    this.#abort = undefined;
    const { timers } = this.#monitor.options.runtime;
    timers.disarm(this.#timeout);
    this.#host.checkTimedOut = false;
    const transition = result.healthy ? this.#pass(result.degraded) : this.#failWith(result);
    this.#reportFirst();
    // What followed from the failure may have removed the host.
    if (this.#monitor.isChecked(this.#host)) timers.arm(this, this.#monitor.nextWait(result.healthy, transition));
  }

  #pass(degraded: boolean): Transition {
    const { settings, clusterName } = this.#monitor.options;
    const host = this.#host;
    this.#monitor.stats.success.inc();
    this.#failures = 0;
    let transition: Transition = "unchanged";
    if (this.#isFailed) {
      this.#successes++;
      // Envoy: the first check of all decides alone, for a quick start.
      transition = this.#isFirst || this.#successes >= settings.healthyThreshold ? "changed" : "pending";
    }
    host.setHealth(HostHealth.PendingActiveCheck | HostHealth.ImmediateFailure, false);
    host.setHealth(HostHealth.DegradedByCheck, degraded);
    if (transition === "changed") {
      this.#monitor.stats.healthy.inc();
      host.availableSince = this.#monitor.options.runtime.clock.now();
      host.setHealth(HostHealth.FailedActiveCheck, false);
      this.#logger.log("info", "health_checker", `cluster ${clusterName}: host ${host.addressText} is healthy`);
    } else if (settings.logAllSuccesses) {
      this.#logger.log("info", "health_checker", `cluster ${clusterName}: host ${host.addressText} passed its health check`);
    }
    this.#isFirst = false;
    this.#monitor.options.onPassed(host);
    return transition;
  }

  #failWith(result: HealthCheckResult & { readonly healthy: false }): Transition {
    if (result.failure === "network") this.#monitor.stats.networkFailure.inc();
    const transition = this.#fail(result.failure === "final" || result.failure === "immediate", result.reason);
    if (result.failure === "immediate") this.#host.setHealth(HostHealth.ImmediateFailure, true);
    return transition;
  }

  #fail(atOnce: boolean, reason: string): Transition {
    const { settings, clusterName, onUnhealthy } = this.#monitor.options;
    const host = this.#host;
    this.#monitor.stats.failure.inc();
    this.#successes = 0;
    let transition: Transition = "unchanged";
    if (!this.#isFailed) {
      this.#failures++;
      transition = atOnce || this.#failures >= settings.unhealthyThreshold ? "changed" : "pending";
    }
    if (transition === "changed" || this.#isFirst || settings.logAllFailures) {
      const outcome = transition === "changed" ? "is unhealthy" : "failed its health check";
      this.#logger.log("warning", "health_checker", `cluster ${clusterName}: host ${host.addressText} ${outcome}: ${reason}`);
    }
    this.#isFirst = false;
    host.setHealth(HostHealth.PendingActiveCheck, false);
    if (transition !== "changed") return transition;
    this.#monitor.stats.healthy.dec();
    host.setHealth(HostHealth.FailedActiveCheck, true);
    onUnhealthy(host);
    return transition;
  }
}

function targetOf(host: UpstreamHost): HealthCheckTarget {
  const { hostname, port, address } = host.endpoint.check;
  const target = withPort(address ?? host.address, port);
  return { host, address: target, hostname, source: host.cluster.sourceFor(target) };
}

function withPort(address: SocketAddress, port: number): SocketAddress {
  return address.kind === "ip" && port !== 0 ? { ...address, port } : address;
}
