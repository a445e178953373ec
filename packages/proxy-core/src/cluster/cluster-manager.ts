import { ConfigPath, ExtensionFactories, type ExtensionSet, fail, ProblemList } from "../config/index.ts";
import type { Runtime } from "../runtime/index.ts";
import type { Counter, Gauge, StatsScope } from "../stats/index.ts";
import {
  CollectionDiscovery,
  type CollectionTaker,
  type ConfigSource,
  type ConfigSources,
  type ControlPlaneTraffic,
  DecodingReader,
  noConfigSources,
  type RefusedUpdate,
  ResourceDecoder,
} from "../subscription/index.ts";
import type { LoadBalancerExtension } from "./balancer/load-balancer.ts";
import { UpstreamCluster } from "./cluster.ts";
import { type ClusterMessage, clusterMessageName } from "./cluster-message.ts";
import { type ClusterExtensions, type ClusterSettings, readCluster } from "./cluster-settings.ts";
import type { Cluster, ClusterManager } from "./contract.ts";
import { type ClusterStatus, describeCluster } from "./describe.ts";
import { readDiscoveredEndpoints } from "./endpoint.ts";
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
  /** Where endpoints may come from. Default: none. */
  readonly sources?: ConfigSources;
  /** Reads what comes while the proxy runs. Default: one of its own. */
  readonly decoder?: ResourceDecoder;
  /** The names of those that configuration comes from. Default: none. */
  readonly controlPlanes?: ReadonlySet<string>;
  /** Says which clusters there are, besides those of the bootstrap. Default: none. */
  readonly discovery?: { readonly source: ConfigSource; readonly collection: string };
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
  /**
   * Fulfilled when every cluster of the bootstrap can be used, or as little as it ever will (see `UpstreamCluster.start`), and after them the
   * clusters of the discovery's first answer.
   */
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
  /** Of the discovery's last update; empty where there was none. */
  readonly version: string;
  /** The last updates of the discovery that were refused, by the clusters' names. */
  readonly refused: ReadonlyMap<string, RefusedUpdate>;
  /** Lets all upstream connections end as their streams end. */
  drain(): void;
  /** Closes all upstream connections, stops lookups and checks. */
  close(): void;
  /** What there is to tell about every cluster in use. */
  describe(): readonly ClusterStatus[];
  /** Counts what goes to a cluster of the bootstrap that is a control plane; undefined where there is none of that name. */
  controlPlaneTraffic(name: string): ControlPlaneTraffic | undefined;
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

interface Entry extends DynamicCluster {
  readonly cluster: UpstreamCluster;
  /** To tell whether an update changes anything. */
  readonly bytes: Buffer;
}

/** A cluster that was found good, and is not used yet. */
interface PreparedCluster {
  readonly message: ClusterMessage;
  readonly version: string;
  readonly bytes: Buffer;
  readonly settings: ClusterSettings;
}

class Clusters implements RunnableClusterManager, CollectionTaker<typeof clusterMessageName, PreparedCluster> {
  readonly #runtime: Runtime;
  readonly #stats: StatsScope;
  readonly #factories: ClusterExtensions;
  readonly #decoder: ResourceDecoder;
  readonly #discovery: CollectionDiscovery<typeof clusterMessageName, PreparedCluster> | undefined;
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
  readonly #updated: Counter;
  /** Responses of the discovery that added a cluster or changed one, and when the last of them did, in milliseconds since 1970. */
  readonly #reloads: Counter | undefined;
  readonly #reloadTime: Gauge | undefined;
  /** How many the response at hand has added or changed. */
  #changed = 0;
  readonly #ready: Promise<void>;
  #settleReady: (ready: Promise<void>) => void = () => {};
  /** Called whenever no cluster is warming. */
  #onAllWarm: () => void = () => {};
  #hasStarted = false;
  #isClosed = false;

  constructor({ extensions, runtime, stats, loadBalancers, healthCheckers, ...options }: ClusterManagerOptions) {
    const decoder = options.decoder ?? new ResourceDecoder(extensions, runtime);
    this.#runtime = runtime;
    this.#stats = stats;
    this.#decoder = decoder;
    this.#factories = {
      extensions,
      sources: options.sources ?? noConfigSources,
      controlPlanes: options.controlPlanes ?? new Set(),
      endpoints: new DecodingReader("envoy.config.endpoint.v3.ClusterLoadAssignment", decoder, (message) =>
        readDiscoveredEndpoints(message, ConfigPath.root),
      ),
      loadBalancers: new ExtensionFactories(extensions, "envoy.load_balancing_policies", loadBalancers),
      healthCheckers: new ExtensionFactories(extensions, "envoy.health_checkers", healthCheckers),
    };
    const scope = stats.scope("cluster_manager");
    this.#warmingGauge = scope.gauge("warming_clusters");
    this.#activeGauge = scope.gauge("active_clusters");
    this.#added = scope.counter("cluster_added");
    this.#modified = scope.counter("cluster_modified");
    this.#removed = scope.counter("cluster_removed");
    this.#updated = scope.counter("cluster_updated");
    this.#ready = new Promise((resolve) => {
      this.#settleReady = resolve;
    });
    const discovered = scope.scope("cds");
    this.#discovery =
      options.discovery &&
      new CollectionDiscovery({ ...options.discovery, message: clusterMessageName, taker: this, decoder, stats: discovered });
    this.#reloads = options.discovery && discovered.counter("config_reload");
    this.#reloadTime = options.discovery && discovered.gauge("config_reload_time_ms");
  }

  get version(): string {
    return this.#discovery?.version ?? "";
  }

  get refused(): ReadonlyMap<string, RefusedUpdate> {
    return this.#discovery?.refused ?? new Map<string, RefusedUpdate>();
  }

  /** One of the bootstrap, before `start`. */
  addStatic(message: ClusterMessage, path: ConfigPath): void {
    if (this.#clusters.has(message.name)) fail(path.field("name"), `there is another cluster ${JSON.stringify(message.name)}`);
    const cluster = this.#create(readCluster(message, path, this.#factories, this.#runtime));
    this.#clusters.set(message.name, cluster);
    cluster.stats.warmingState.set(1);
    this.#added.inc();
    this.#warmingGauge.inc();
  }

  find(name: string): Cluster | undefined {
    return this.#clusters.get(name);
  }

  knows(name: string): boolean {
    return this.#clusters.has(name) || this.#warming.has(name);
  }

  get isOpen(): boolean {
    return this.#discovery !== undefined;
  }

  forEach(visit: (cluster: Cluster) => void): void {
    for (const cluster of this.#clusters.values()) visit(cluster);
  }

  start(): void {
    this.#hasStarted = true;
    this.#settleReady(this.#begin());
  }

  ready(): Promise<void> {
    return this.#ready;
  }

  upsert({ message, version = "", path = ConfigPath.root.field("clusters").field(message.name) }: ClusterUpdate): boolean {
    const bytes = this.#encode(message);
    if (!this.#changesAnything(message.name, bytes)) return false;
    this.#decoder.check(clusterMessageName, message, path);
    return this.#use({ message, version, bytes, settings: readCluster(message, path, this.#factories, this.#runtime) });
  }

  prepare(message: ClusterMessage, version: string): PreparedCluster {
    const settings = readCluster(message, ConfigPath.root, this.#factories, this.#runtime);
    return { message, version, bytes: this.#encode(message), settings };
  }

  apply(prepared: PreparedCluster): void {
    if (this.#use(prepared)) this.#changed++;
  }

  /** As in Envoy, neither removals alone nor responses of which something was refused count. */
  end(isAccepted: boolean): void {
    if (isAccepted && this.#changed > 0) {
      this.#reloads?.inc();
      this.#reloadTime?.set(Math.round(this.#runtime.clock.wall()));
    }
    this.#changed = 0;
  }

  #use({ message, version, bytes, settings }: PreparedCluster): boolean {
    const { name } = message;
    if (!this.#changesAnything(name, bytes)) return false;
    const active = this.#dynamic.get(name);
    const warming = this.#warming.get(name);
    if (active === undefined && warming === undefined) this.#added.inc();
    else this.#modified.inc();
    if (active?.bytes.equals(bytes) === true) {
      // It is as it was before the one that warms came.
      this.#stopWarming(name);
      return true;
    }
    const cluster = this.#create(settings);
    const entry: Entry = { cluster, message, version, bytes, updatedAt: this.#runtime.clock.now(), isWarming: true };
    this.#warming.set(name, entry);
    cluster.stats.warmingState.set(1);
    if (warming === undefined) this.#warmingGauge.inc();
    if (this.#hasStarted) void this.#warm(entry);
    // Not earlier: what both ask for is not to be asked for anew.
    warming?.cluster.close();
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
    this.#settleReady(Promise.resolve());
    this.#discovery?.close();
    for (const name of this.#warming.keys()) this.#stopWarming(name);
    for (const cluster of this.#clusters.values()) cluster.close();
  }

  describe(): readonly ClusterStatus[] {
    return [...this.#clusters.values()].map((cluster) => describeCluster(cluster, this.#dynamic.has(cluster.name)));
  }

  controlPlaneTraffic(name: string): ControlPlaneTraffic | undefined {
    return this.#clusters.get(name)?.traffic();
  }

  #create(settings: ClusterSettings): UpstreamCluster {
    return new UpstreamCluster(settings, this.#runtime, this.#stats, this.#updated);
  }

  #encode(message: ClusterMessage): Buffer {
    return Buffer.from(this.#factories.extensions.registry.encodeMessage(clusterMessageName, message));
  }

  /** What is there already changes nothing, and the clusters of the bootstrap cannot be changed. */
  #changesAnything(name: string, bytes: Buffer): boolean {
    const current = this.#warming.get(name) ?? this.#dynamic.get(name);
    if (this.#isClosed) return false;
    return current === undefined ? !this.#clusters.has(name) : !current.bytes.equals(bytes);
  }

  /** Those of the bootstrap come first: they may be what others are reached through. */
  async #begin(): Promise<void> {
    for (const entry of this.#warming.values()) void this.#warm(entry);
    await this.#warmStatic();
    if (this.#isClosed) return;
    this.#discovery?.start();
    await this.#discovery?.ready;
    await new Promise<void>((resolve) => {
      this.#onAllWarm = resolve;
      this.#checkAllWarm();
    });
  }

  async #warmStatic(): Promise<void> {
    const warm = async (cluster: UpstreamCluster): Promise<void> => {
      await cluster.start();
      cluster.stats.warmingState.set(0);
      this.#warmingGauge.dec();
      this.#activeGauge.inc();
    };
    await Promise.all([...this.#clusters.values()].map(warm));
  }

  async #warm(entry: Entry): Promise<void> {
    const { cluster } = entry;
    const { name } = cluster;
    await cluster.start(this.#dynamic.get(name)?.cluster);
    // Another update has taken its place, or it is not wanted any more.
    if (this.#warming.get(name) !== entry) return;
    this.#endWarming(entry);
    const before = this.#clusters.get(name);
    if (before === undefined) this.#activeGauge.inc();
    this.#clusters.set(name, cluster);
    this.#dynamic.set(name, { ...entry, isWarming: false });
    cluster.takePlace();
    before?.retire();
  }

  #stopWarming(name: string): boolean {
    const entry = this.#warming.get(name);
    if (entry === undefined) return false;
    this.#endWarming(entry);
    entry.cluster.close();
    return true;
  }

  #endWarming({ cluster }: Entry): void {
    this.#warming.delete(cluster.name);
    cluster.stats.warmingState.set(0);
    this.#warmingGauge.dec();
    // Not before what takes its place has begun to warm.
    queueMicrotask(() => this.#checkAllWarm());
  }

  #checkAllWarm(): void {
    if (this.#warming.size === 0) this.#onAllWarm();
  }
}
