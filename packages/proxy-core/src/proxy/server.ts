import type { Message } from "@mesh/xds-proto";
import { AccessLogFiles } from "../access-log/index.ts";
import {
  createClusterManager,
  type HealthCheckerExtension,
  type LoadBalancerExtension,
  type RunnableClusterManager,
} from "../cluster/index.ts";
import { ConfigPath, type ExtensionDescriptor, type ExtensionSet } from "../config/index.ts";
import {
  type ConfigSource,
  type ConfigSources,
  type ConfigSourcesFactory,
  type ControlPlaneTraffic,
  noConfigSources,
  ResourceDecoder,
} from "../subscription/index.ts";
import { createDynamicConfiguration, Drain, type DrainStrategy, type DynamicConfiguration } from "../stream/index.ts";
import { ListenerManager } from "../listener/index.ts";
import { ChunkPool, WriteBatch } from "../network/index.ts";
import { DelayedCall, type Runtime } from "../runtime/index.ts";
import { RuntimeLayers } from "../runtime-layers/index.ts";
import type { StatsStore } from "../stats/index.ts";
import { ServerStats } from "./server-stats.ts";

/** Envoy's states of a server. */
export type ServerState = "PRE_INITIALIZING" | "INITIALIZING" | "LIVE" | "DRAINING";

export interface ServerOptions {
  readonly bootstrap: Message<"envoy.config.bootstrap.v3.Bootstrap">;
  readonly extensions: ExtensionSet;
  readonly runtime: Runtime;
  readonly stats: StatsStore;
  /** Makes the sources of what comes while the proxy runs. Default: there are none. */
  readonly configSources?: ConfigSourcesFactory | undefined;
  /** Milliseconds that connections of listeners that go may take to end. */
  readonly drainTimeMs?: number | undefined;
  /** Default: `gradual`, but `immediate` in `shutdown`. */
  readonly drainStrategy?: DrainStrategy | undefined;
}

const isLoadBalancer = (descriptor: ExtensionDescriptor): descriptor is LoadBalancerExtension =>
  descriptor.category === "envoy.load_balancing_policies" && "create" in descriptor;
const isHealthChecker = (descriptor: ExtensionDescriptor): descriptor is HealthCheckerExtension =>
  descriptor.category === "envoy.health_checkers" && "create" in descriptor;

/**
 * The parts of a running proxy and their life: clusters first, then listeners; at the end listeners first, then clusters.
 *
 *     PRE_INITIALIZING ── clusters warm ─► INITIALIZING ── listeners bound ─► LIVE ── drain ─► DRAINING ── all connections gone ─► closed
 */
export class Server {
  readonly bootstrap: Message<"envoy.config.bootstrap.v3.Bootstrap">;
  readonly extensions: ExtensionSet;
  readonly runtime: Runtime;
  readonly stats: StatsStore;
  readonly clusters: RunnableClusterManager;
  readonly listeners: ListenerManager;
  readonly dynamic: DynamicConfiguration;
  readonly runtimeLayers: RuntimeLayers;
  readonly accessLogFiles: AccessLogFiles;
  readonly startedAt: number;
  readonly #sources: ConfigSources;
  readonly #serverStats: ServerStats;
  readonly #drainTimeMs: number;
  readonly #drainStrategy: DrainStrategy | undefined;
  /** Armed in a drain, for its end. */
  readonly #drainEnd: DelayedCall;
  #state: ServerState = "PRE_INITIALIZING";
  #healthCheckFailed = false;
  #closed = false;
  /** Ends the intervals over which histograms tell quantiles. */
  #flushing: NodeJS.Timeout | undefined = undefined;

  /** Compiles the whole configuration; binds and connects nothing. Throws `ConfigError`. */
  constructor({ bootstrap, extensions, runtime, stats, configSources, drainTimeMs = 600_000, drainStrategy }: ServerOptions) {
    this.bootstrap = bootstrap;
    this.extensions = extensions;
    this.runtime = runtime;
    this.stats = stats;
    this.startedAt = runtime.clock.now();
    this.#drainTimeMs = drainTimeMs;
    this.#drainStrategy = drainStrategy;
    this.#drainEnd = new DelayedCall(() => this.listeners.stopAccepting());
    this.accessLogFiles = new AccessLogFiles({ timers: runtime.timers, stats });
    const { registry } = extensions;
    const node = bootstrap.node ?? registry.createMessage("envoy.config.core.v3.Node");
    const { logger } = runtime;
    const controlPlaneTraffic = (name: string): ControlPlaneTraffic | undefined => this.clusters.controlPlaneTraffic(name);
    const sources = configSources?.({ bootstrap, node, registry, logger, stats, controlPlaneTraffic }) ?? noConfigSources;
    this.#sources = sources;
    const decoder = new ResourceDecoder(extensions, runtime);
    this.runtimeLayers = new RuntimeLayers({
      layers: bootstrap.layeredRuntime,
      path: ConfigPath.root.field("layered_runtime"),
      sources,
      decoder,
      stats,
    });
    const resources = ConfigPath.root.field("static_resources");
    const { staticResources, dynamicResources } = bootstrap;
    const dynamicPath = ConfigPath.root.field("dynamic_resources");
    const discovery = (
      config: Message<"envoy.config.core.v3.ConfigSource"> | null | undefined,
      name: string,
      collection: string = "",
    ): { discovery?: { source: ConfigSource; collection: string } } =>
      config ? { discovery: { source: sources.open(config, dynamicPath.field(name)), collection } } : {};
    this.clusters = createClusterManager({
      clusters: staticResources?.clusters ?? [],
      path: resources.field("clusters"),
      runtime,
      stats,
      extensions,
      loadBalancers: extensions.list("envoy.load_balancing_policies").filter(isLoadBalancer),
      healthCheckers: extensions.list("envoy.health_checkers").filter(isHealthChecker),
      sources,
      decoder,
      controlPlanes: controlPlanesOf(bootstrap),
      ...discovery(dynamicResources?.cdsConfig, "cds_config", dynamicResources?.cdsResourcesLocator),
    });
    this.dynamic = createDynamicConfiguration({ clusters: this.clusters, extensions, runtime, sources, decoder, stats });
    this.listeners = new ListenerManager({
      listeners: staticResources?.listeners ?? [],
      path: resources.field("listeners"),
      runtime,
      network: { batch: new WriteBatch(), chunks: new ChunkPool(), timers: runtime.timers },
      clusters: this.clusters,
      ...this.dynamic,
      stats,
      extensions,
      accessLogFiles: this.accessLogFiles,
      decoder,
      ...discovery(dynamicResources?.ldsConfig, "lds_config", dynamicResources?.ldsResourcesLocator),
      drainTimeMs,
      ...(drainStrategy === undefined ? {} : { drainStrategy }),
    });
    this.#serverStats = new ServerStats(stats.scope("server"), this);
  }

  /** As in Envoy, one that is to be taken for unhealthy is said to drain. */
  get state(): ServerState {
    return this.#state === "LIVE" && this.#healthCheckFailed ? "DRAINING" : this.#state;
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
    this.#flushing = setInterval(() => this.stats.flush(), statsFlushIntervalMs);
    this.#flushing.unref();
    // Envoy: what RTDS says holds when the first cluster warms.
    await this.runtimeLayers.start();
    if (this.#closed) return;
    this.clusters.start();
    await this.clusters.ready();
    if (this.#closed) return;
    if (this.#state === "PRE_INITIALIZING") this.#setState("INITIALIZING");
    try {
      await this.listeners.start();
    } catch (error) {
      await this.close();
      throw error;
    }
    if (this.#state !== "INITIALIZING") return;
    this.#setState("LIVE");
    this.#serverStats.initialized();
  }

  /** Tells load balancers in front to go elsewhere: connections end gracefully, new ones are still served. */
  failHealthCheck(failed: boolean): void {
    this.#healthCheckFailed = failed;
    this.#serverStats.update();
    if (failed) this.listeners.drain(new Drain(this.runtime, "now", 0), true);
    else if (this.#state === "LIVE") this.listeners.undrain();
  }

  /** Takes no new connections; those there are go on. */
  stopListening(): void {
    this.listeners.stopAccepting();
  }

  /**
   * Ends connections as the drain strategy says. As Envoy's `drain_listeners?graceful`, it takes new ones until the drain time is over.
   *
   * @param stopsListening false: also after that, as with `skip_exit`
   */
  drain(stopsListening: boolean = true): void {
    if (this.#state === "DRAINING") return;
    this.#setState("DRAINING");
    this.listeners.drain(this.listeners.newDrain());
    if (stopsListening) this.runtime.timers.arm(this.#drainEnd, this.#drainTimeMs);
  }

  /**
   * Takes no new connections, and drains for as long as there are some, `drainTimeMs` at most, then closes. Unless the strategy was set to `gradual`,
   * connections end at once, each as nobody loses a request: what waits for the process's end is not to wait for clients that have nothing to say.
   */
  async shutdown(drainTimeMs: number): Promise<void> {
    if (this.#closed) return;
    this.#setState("DRAINING");
    this.listeners.stopAccepting();
    const paceMs = Math.min(drainTimeMs, this.#drainTimeMs);
    const drain = new Drain(this.runtime, this.#drainStrategy === "gradual" ? "in turn" : "now", paceMs);
    this.listeners.drain(drain);
    const deadline = this.runtime.clock.now() + drainTimeMs;
    while (this.activeConnections > 0 && this.runtime.clock.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, drainPollMs));
      // A connection that came while listeners were being closed, or that did not end at first, is asked again.
      this.listeners.drain(drain);
    }
    await this.close();
  }

  /** Closes everything now; resolves when the access logs are written. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#setState("DRAINING");
    clearInterval(this.#flushing);
    this.runtime.timers.disarm(this.#drainEnd);
    this.listeners.close();
    this.clusters.close();
    this.runtimeLayers.close();
    this.#sources.close();
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

/** The clusters that `envoy_grpc` names anywhere in a bootstrap. */
function controlPlanesOf(value: unknown, found: Set<string> = new Set()): ReadonlySet<string> {
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return found;
  for (const [key, field] of Object.entries(value)) {
    const isTarget = key === "envoyGrpc" && typeof field === "object" && field !== null && "clusterName" in field;
    if (isTarget) found.add(String(field.clusterName));
    else controlPlanesOf(field, found);
  }
  return found;
}
