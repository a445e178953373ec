import type { Message } from "@mesh/xds-proto";
import { AccessLogFiles } from "../access-log/index.ts";
import {
  createClusterManager,
  type HealthCheckerExtension,
  type LoadBalancerExtension,
  type RunnableClusterManager,
} from "../cluster/index.ts";
import { ConfigPath, type ExtensionDescriptor, type ExtensionSet } from "../config/index.ts";
import { ListenerManager } from "../listener/index.ts";
import { ChunkPool, WriteBatch } from "../network/index.ts";
import type { Runtime } from "../runtime/index.ts";
import type { StatsStore } from "../stats/index.ts";
import { ServerStats } from "./server-stats.ts";

/** Envoy's states of a server. */
export type ServerState = "PRE_INITIALIZING" | "INITIALIZING" | "LIVE" | "DRAINING";

export interface ServerOptions {
  readonly bootstrap: Message<"envoy.config.bootstrap.v3.Bootstrap">;
  readonly extensions: ExtensionSet;
  readonly runtime: Runtime;
  readonly stats: StatsStore;
}

const isLoadBalancer = (descriptor: ExtensionDescriptor): descriptor is LoadBalancerExtension =>
  descriptor.category === "envoy.load_balancing_policies" && "create" in descriptor;
const isHealthChecker = (descriptor: ExtensionDescriptor): descriptor is HealthCheckerExtension =>
  descriptor.category === "envoy.health_checkers" && "create" in descriptor;

/**
 * The parts of a running proxy and their life: clusters first, then listeners; at the end listeners first, then clusters.
 *
 *     PRE_INITIALIZING ── start ─► INITIALIZING ── clusters warm ─► LIVE ── drain ─► DRAINING ── all connections gone ─► closed
 */
export class Server {
  readonly bootstrap: Message<"envoy.config.bootstrap.v3.Bootstrap">;
  readonly extensions: ExtensionSet;
  readonly runtime: Runtime;
  readonly stats: StatsStore;
  readonly clusters: RunnableClusterManager;
  readonly listeners: ListenerManager;
  readonly accessLogFiles: AccessLogFiles;
  readonly startedAt: number;
  readonly #serverStats: ServerStats;
  #state: ServerState = "PRE_INITIALIZING";
  #healthCheckFailed = false;
  #closed = false;
  /** Ends the intervals over which histograms tell quantiles. */
  #flushing: NodeJS.Timeout | undefined = undefined;

  /** Compiles the whole configuration; binds and connects nothing. Throws `ConfigError`. */
  constructor({ bootstrap, extensions, runtime, stats }: ServerOptions) {
    this.bootstrap = bootstrap;
    this.extensions = extensions;
    this.runtime = runtime;
    this.stats = stats;
    this.startedAt = runtime.clock.now();
    this.accessLogFiles = new AccessLogFiles({ timers: runtime.timers, stats });
    const resources = ConfigPath.root.field("static_resources");
    this.clusters = createClusterManager({
      clusters: bootstrap.staticResources?.clusters ?? [],
      path: resources.field("clusters"),
      runtime,
      stats,
      extensions,
      loadBalancers: extensions.list("envoy.load_balancing_policies").filter(isLoadBalancer),
      healthCheckers: extensions.list("envoy.health_checkers").filter(isHealthChecker),
    });
    this.listeners = new ListenerManager(bootstrap.staticResources?.listeners ?? [], resources.field("listeners"), {
      runtime,
      network: { batch: new WriteBatch(), chunks: new ChunkPool(), timers: runtime.timers },
      clusters: this.clusters,
      stats,
      extensions,
      accessLogFiles: this.accessLogFiles,
    });
    this.#serverStats = new ServerStats(stats.scope("server"), this);
  }

  get state(): ServerState {
    return this.#state;
  }

  /** False after `/healthcheck/fail`, until `/healthcheck/ok`. */
  get healthCheckFailed(): boolean {
    return this.#healthCheckFailed;
  }

  get activeConnections(): number {
    return this.listeners.activeConnections;
  }

  /** Warms the clusters, then listens. Rejects where a listener cannot be bound; nothing is left behind then. */
  async start(): Promise<void> {
    this.#setState("INITIALIZING");
    this.#flushing = setInterval(() => this.stats.flush(), statsFlushIntervalMs);
    this.#flushing.unref();
    this.clusters.start();
    await this.clusters.ready();
    if (this.#closed) return;
    try {
      await this.listeners.start();
    } catch (error) {
      await this.close();
      throw error;
    }
    if (this.#state === "INITIALIZING") this.#setState("LIVE");
  }

  /** Tells load balancers in front to go elsewhere: connections end gracefully, new ones are still served. */
  failHealthCheck(failed: boolean): void {
    this.#healthCheckFailed = failed;
    this.#serverStats.update();
    if (failed) this.listeners.drain();
    else if (this.#state === "LIVE") this.listeners.undrain();
  }

  /** Takes no new connections; those there are go on. */
  stopListening(): void {
    this.listeners.stopAccepting();
  }

  /** Takes no new connections; ends those there are as nobody loses a request. */
  drain(): void {
    if (this.#state === "DRAINING") return;
    this.#setState("DRAINING");
    this.listeners.stopAccepting();
    this.listeners.drain();
  }

  /** Drains for as long as there are connections, `drainTimeMs` at most, then closes. */
  async shutdown(drainTimeMs: number): Promise<void> {
    if (this.#closed) return;
    this.drain();
    const deadline = this.runtime.clock.now() + drainTimeMs;
    while (this.activeConnections > 0 && this.runtime.clock.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, drainPollMs));
      // A connection that came while listeners were being closed, or that did not end at first, is asked again.
      this.listeners.drain();
    }
    await this.close();
  }

  /** Closes everything now; resolves when the access logs are written. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#setState("DRAINING");
    clearInterval(this.#flushing);
    this.listeners.close();
    this.clusters.close();
    await this.accessLogFiles.close();
  }

  /** Refreshes the statistics that are read rather than counted: uptime, memory. */
  refreshStats(): void {
    this.#serverStats.update();
  }

  #setState(state: ServerState): void {
    this.#state = state;
    this.#serverStats.update();
  }
}

const drainPollMs = 20;
/** Envoy's default of `stats_flush_interval`. */
const statsFlushIntervalMs = 5000;
