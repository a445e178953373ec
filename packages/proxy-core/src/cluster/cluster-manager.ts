import { ConfigPath, ExtensionFactories, type ExtensionSet, fail, ProblemList } from "../config/index.ts";
import type { Runtime } from "../runtime/index.ts";
import type { Gauge, StatsScope } from "../stats/index.ts";
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

/** The clusters of a proxy, and their life. */
export interface RunnableClusterManager extends ClusterManager {
  /** Begins to resolve names and to check hosts. */
  start(): void;
  /** Fulfilled when every cluster can be used, or as little as it ever will: see `UpstreamCluster.start`. */
  ready(): Promise<void>;
  /** Lets all upstream connections end as their streams end. */
  drain(): void;
  /** Closes all upstream connections, stops lookups and checks. */
  close(): void;
  /** What there is to tell about every cluster. */
  describe(): readonly ClusterStatus[];
}

/** Compiles clusters; nothing touches the network before `start`. Throws a `ConfigError` with all that is wrong in any of them. */
export function createClusterManager(options: ClusterManagerOptions): RunnableClusterManager {
  const { extensions, runtime, stats } = options;
  const path = options.path ?? ConfigPath.root.field("static_resources").field("clusters");
  const factories: ClusterExtensions = {
    extensions,
    loadBalancers: new ExtensionFactories(extensions, "envoy.load_balancing_policies", options.loadBalancers),
    healthCheckers: new ExtensionFactories(extensions, "envoy.health_checkers", options.healthCheckers),
  };
  const clusters = new Map<string, UpstreamCluster>();
  const problems = new ProblemList();
  options.clusters.forEach((message, index) =>
    problems.collect(() => {
      const clusterPath = path.index(index);
      if (clusters.has(message.name)) fail(clusterPath.field("name"), `there is another cluster ${JSON.stringify(message.name)}`);
      clusters.set(message.name, new UpstreamCluster(readCluster(message, clusterPath, factories, runtime), runtime, stats));
    }),
  );
  problems.throwIfAny();
  return new StaticClusterManager(clusters, stats.scope("cluster_manager"));
}

/** The clusters of the bootstrap. Those that CDS brings have their place here: `find` would answer with what is current. */
class StaticClusterManager implements RunnableClusterManager {
  readonly #clusters: ReadonlyMap<string, UpstreamCluster>;
  readonly #warming: Gauge;
  readonly #active: Gauge;
  readonly #ready: Promise<void>;
  #start: (ready: Promise<void>) => void = () => {};

  constructor(clusters: ReadonlyMap<string, UpstreamCluster>, stats: StatsScope) {
    this.#clusters = clusters;
    this.#warming = stats.gauge("warming_clusters");
    this.#active = stats.gauge("active_clusters");
    stats.counter("cluster_added").add(clusters.size);
    this.#warming.set(clusters.size);
    this.#ready = new Promise((resolve) => {
      this.#start = resolve;
    });
  }

  find(name: string): Cluster | undefined {
    return this.#clusters.get(name);
  }

  forEach(visit: (cluster: Cluster) => void): void {
    for (const cluster of this.#clusters.values()) visit(cluster);
  }

  start(): void {
    this.#start(this.#warmAll());
  }

  ready(): Promise<void> {
    return this.#ready;
  }

  drain(): void {
    for (const cluster of this.#clusters.values()) cluster.drain();
  }

  close(): void {
    for (const cluster of this.#clusters.values()) cluster.close();
  }

  describe(): readonly ClusterStatus[] {
    return [...this.#clusters.values()].map(describeCluster);
  }

  async #warmAll(): Promise<void> {
    await Promise.all([...this.#clusters.values()].map((cluster) => this.#warm(cluster)));
  }

  async #warm(cluster: UpstreamCluster): Promise<void> {
    await cluster.start();
    this.#warming.dec();
    this.#active.inc();
  }
}
