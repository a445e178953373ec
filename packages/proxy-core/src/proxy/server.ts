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
  noConfigSources,
  ResourceDecoder,
} from "../subscription/index.ts";
import { createDynamicConfiguration, type DynamicConfiguration } from "../stream/index.ts";
import { ListenerManager } from "../listener/index.ts";
import { ChunkPool, WriteBatch } from "../network/index.ts";
import type { Runtime } from "../runtime/index.ts";
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
  readonly dynamic: DynamicConfiguration;
  readonly runtimeLayers: RuntimeLayers;
  readonly accessLogFiles: AccessLogFiles;
  readonly startedAt: number;
  readonly #sources: ConfigSources;
  readonly #serverStats: ServerStats;
  #state: ServerState = "PRE_INITIALIZING";
  #healthCheckFailed = false;
  #closed = false;
  /** Ends the intervals over which histograms tell quantiles. */
  #flushing: NodeJS.Timeout | undefined = undefined;

  /** Compiles the whole configuration; binds and connects nothing. Throws `ConfigError`. */
  constructor({ bootstrap, extensions, runtime, stats, configSources, drainTimeMs }: ServerOptions) {
    this.bootstrap = bootstrap;
    this.extensions = extensions;
    this.runtime = runtime;
    this.stats = stats;
    this.startedAt = runtime.clock.now();
    this.accessLogFiles = new AccessLogFiles({ timers: runtime.timers, stats });
    const { registry } = extensions;
    const node = bootstrap.node ?? registry.createMessage("envoy.config.core.v3.Node");
    const sources = configSources?.({ bootstrap, node, registry, logger: runtime.logger, stats }) ?? noConfigSources;
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
      ...(drainTimeMs === undefined ? {} : { drainTimeMs }),
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
    // Envoy: what RTDS says holds when the first cluster warms.
    await this.runtimeLayers.start();
    if (this.#closed) return;
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
