import { checkMessage, ConfigPath, ExtensionFactories, type ExtensionSet, fail, ProblemList, WarningList } from "../config/index.ts";
import type { Runtime } from "../runtime/index.ts";
import type { Counter, Gauge, StatsScope } from "../stats/index.ts";
import type { LoadBalancerExtension } from "./balancer/load-balancer.ts";
import { UpstreamCluster } from "./cluster.ts";
import type { ClusterMessage } from "./cluster-message.ts";
import { type ClusterExtensions, readCluster } from "./cluster-settings.ts";
import type { Cluster, ClusterManager } from "./contract.ts";
import { type ClusterStatus, describeCluster } from "./describe.ts";
import type { HealthCheckerExtension } from "./health/health-checker.ts";

export interface ClusterManagerOptions {
  /** The clusters of the bootstrap, in its order. */
  readonly clusters: readonly ClusterMessage[];
  /** Where they stand. Default: `static_resources.clusters`. */
  readonly path?: ConfigPath;
  readonly runtime: Runtime;
  /** The root of all statistics. */
  readonly stats: StatsScope;
  /** Made with the extensions below, among others. */
  readonly extensions: ExtensionSet;
  readonly loadBalancers: readonly LoadBalancerExtension[];
  readonly healthCheckers: readonly HealthCheckerExtension[];
}

/** A cluster that comes while the proxy runs. */
export interface ClusterUpdate {
  readonly message: ClusterMessage;
  /** Where it stands, for errors. Default: `clusters.<name>`. */
  readonly path?: ConfigPath;
  /** The control plane's name for this state, for `/config_dump`. Default: `""`. */
  readonly version?: string;
}

/** A cluster that came while the proxy ran, or comes. */
export interface DynamicCluster {
  readonly message: ClusterMessage;
  readonly version: string;
  /** Milliseconds on the runtime's clock. */
  readonly updatedAt: number;
  /** It is not used yet: its endpoints are being found, or its hosts checked for the first time. */
  readonly isWarming: boolean;
}

/** The clusters of a proxy, and their life. */
export interface RunnableClusterManager extends ClusterManager {
  /** Begins to resolve names and to check hosts. */
  start(): void;
  /** Fulfilled when every cluster of the bootstrap can be used, or as little as it ever will: see `UpstreamCluster.start`. */
  ready(): Promise<void>;
  /**
   * Takes a cluster, new or in place of one of its name. It is used once it is warm; until then the one before it is. Streams end on the one on
   * which they began. Throws a `ConfigError` with all that is wrong, and then nothing has changed.
   *
   * @returns false where nothing changes: it is as it was, or, as in Envoy, a cluster of the bootstrap has its name
   */
  upsert(update: ClusterUpdate): boolean;
  /**
   * Takes a cluster away, which streams under way go on to use. Those of the bootstrap stay.
   *
   * @returns whether there was one
   */
  remove(name: string): boolean;
  /** Those that `upsert` brought: the ones in use first. */
  dynamic(): readonly DynamicCluster[];
  /** Lets all upstream connections end as their streams end. */
  drain(): void;
  /** Closes all upstream connections, stops lookups and checks. */
  close(): void;
  /** What there is to tell about every cluster in use. */
  describe(): readonly ClusterStatus[];
}

/** Compiles clusters; nothing touches the network before `start`. Throws a `ConfigError` with all that is wrong in any of them. */
export function createClusterManager(options: ClusterManagerOptions): RunnableClusterManager {
  const path = options.path ?? ConfigPath.root.field("static_resources").field("clusters");
  const manager = new Clusters(options);
  const problems = new ProblemList();
  options.clusters.forEach((message, index) => problems.collect(() => manager.addStatic(message, path.index(index))));
  problems.throwIfAny();
  return manager;
}

const messageName = "envoy.config.cluster.v3.Cluster";

interface Entry extends DynamicCluster {
  readonly cluster: UpstreamCluster;
  /** To tell whether an update changes anything. */
  readonly bytes: Buffer;
}

class Clusters implements RunnableClusterManager {
  readonly #runtime: Runtime;
  readonly #stats: StatsScope;
  readonly #extensions: ExtensionSet;
  readonly #factories: ClusterExtensions;
  readonly #warnings = new WarningList();
  #warningsTold = 0;
  /** In use, by name. */
  readonly #clusters = new Map<string, UpstreamCluster>();
  /** Of those in use, what the ones that came later are made of. */
  readonly #dynamic = new Map<string, Entry>();
  /** To be used once they are warm. */
  readonly #warming = new Map<string, Entry>();
  readonly #warmingGauge: Gauge;
  readonly #activeGauge: Gauge;
  readonly #added: Counter;
  readonly #modified: Counter;
  readonly #removed: Counter;
  readonly #ready: Promise<void>;
  #settleReady: (ready: Promise<void>) => void = () => {};
  #hasStarted = false;
  #isClosed = false;

  constructor({ extensions, runtime, stats, loadBalancers, healthCheckers }: ClusterManagerOptions) {
    this.#runtime = runtime;
    this.#stats = stats;
    this.#extensions = extensions;
    this.#factories = {
      extensions,
      loadBalancers: new ExtensionFactories(extensions, "envoy.load_balancing_policies", loadBalancers),
      healthCheckers: new ExtensionFactories(extensions, "envoy.health_checkers", healthCheckers),
    };
    const scope = stats.scope("cluster_manager");
    this.#warmingGauge = scope.gauge("warming_clusters");
    this.#activeGauge = scope.gauge("active_clusters");
    this.#added = scope.counter("cluster_added");
    this.#modified = scope.counter("cluster_modified");
    this.#removed = scope.counter("cluster_removed");
    this.#ready = new Promise((resolve) => {
      this.#settleReady = resolve;
    });
  }

  /** One of the bootstrap, before `start`. */
  addStatic(message: ClusterMessage, path: ConfigPath): void {
    if (this.#clusters.has(message.name)) fail(path.field("name"), `there is another cluster ${JSON.stringify(message.name)}`);
    this.#clusters.set(message.name, this.#compile(message, path));
    this.#added.inc();
    this.#warmingGauge.inc();
  }

  find(name: string): Cluster | undefined {
    return this.#clusters.get(name);
  }

  forEach(visit: (cluster: Cluster) => void): void {
    for (const cluster of this.#clusters.values()) visit(cluster);
  }

  start(): void {
    this.#hasStarted = true;
    this.#settleReady(this.#warmStatic());
    for (const entry of this.#warming.values()) void this.#warm(entry);
  }

  ready(): Promise<void> {
    return this.#ready;
  }

  upsert({ message, version = "", path = ConfigPath.root.field("clusters").field(message.name) }: ClusterUpdate): boolean {
    const { name } = message;
    const current = this.#warming.get(name) ?? this.#dynamic.get(name);
    if (this.#isClosed || (current === undefined && this.#clusters.has(name))) return false;
    const bytes = Buffer.from(this.#extensions.registry.encodeMessage(messageName, message));
    if (current !== undefined && current.bytes.equals(bytes)) return false;
    this.#check(message, path);
    const cluster = this.#compile(message, path);
    const entry: Entry = { cluster, message, version, bytes, updatedAt: this.#runtime.clock.now(), isWarming: true };
    if (current === undefined) this.#added.inc();
    else this.#modified.inc();
    this.#stopWarming(name);
    this.#warming.set(name, entry);
    this.#warmingGauge.inc();
    if (this.#hasStarted) void this.#warm(entry);
    return true;
  }

  remove(name: string): boolean {
    const wasWarming = this.#stopWarming(name);
    const wasActive = this.#dynamic.delete(name);
    if (wasActive) {
      this.#activeGauge.dec();
      this.#clusters.get(name)?.retire();
      this.#clusters.delete(name);
    }
    if (wasWarming || wasActive) this.#removed.inc();
    return wasWarming || wasActive;
  }

  dynamic(): readonly DynamicCluster[] {
    return [...this.#dynamic.values(), ...this.#warming.values()];
  }

  drain(): void {
    for (const cluster of this.#clusters.values()) cluster.drain();
  }

  close(): void {
    this.#isClosed = true;
    for (const name of this.#warming.keys()) this.#stopWarming(name);
    for (const cluster of this.#clusters.values()) cluster.close();
  }

  describe(): readonly ClusterStatus[] {
    return [...this.#clusters.values()].map((cluster) => describeCluster(cluster, this.#dynamic.has(cluster.name)));
  }

  #compile(message: ClusterMessage, path: ConfigPath): UpstreamCluster {
    return new UpstreamCluster(readCluster(message, path, this.#factories, this.#runtime), this.#runtime, this.#stats);
  }

  /** What a bootstrap is held against when it is read. */
  #check(message: ClusterMessage, path: ConfigPath): void {
    const problems = new ProblemList();
    const warnings = this.#warnings;
    checkMessage(messageName, message, path, problems, { extensions: this.#extensions, warnings, unknownFields: "warning" });
    problems.throwIfAny();
    for (const { path: at, message: text } of warnings.warnings.slice(this.#warningsTold)) {
      this.#runtime.logger.log("warning", "config", `${at}: ${text}`);
    }
    this.#warningsTold = warnings.warnings.length;
  }

  async #warmStatic(): Promise<void> {
    const warm = async (cluster: UpstreamCluster): Promise<void> => {
      await cluster.start();
      this.#warmingGauge.dec();
      this.#activeGauge.inc();
    };
    await Promise.all([...this.#clusters.values()].map(warm));
  }

  async #warm(entry: Entry): Promise<void> {
    const { cluster } = entry;
    const { name } = cluster;
    await cluster.start();
    // Another update has taken its place, or it is not wanted any more.
    if (this.#warming.get(name) !== entry) return;
    this.#warming.delete(name);
    this.#warmingGauge.dec();
    const before = this.#clusters.get(name);
    if (before === undefined) this.#activeGauge.inc();
    this.#clusters.set(name, cluster);
    this.#dynamic.set(name, { ...entry, isWarming: false });
    before?.retire();
  }

  #stopWarming(name: string): boolean {
    const entry = this.#warming.get(name);
    if (entry === undefined) return false;
    this.#warming.delete(name);
    this.#warmingGauge.dec();
    entry.cluster.close();
    return true;
  }
}
