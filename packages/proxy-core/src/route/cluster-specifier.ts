import type { Message } from "@mesh/xds-proto";
import { fail, required, requiredString, type ConfigPath } from "../config/index.ts";
import { RuntimeNumber, type RuntimeFlags, type RuntimeSnapshot } from "../runtime/index.ts";
import type { HeaderMutation, RoutableRequest, WeightedTarget } from "./contract.ts";
import { compileFilterEntries, FilterConfigs } from "./filter-configs.ts";
import { compileHeaderMutation } from "./header-mutation.ts";
import type { RouteScope } from "./route-scope.ts";

/** Chooses the cluster of a request. */
export interface ClusterSpecifier {
  /** @param random in [0, 1) */
  pick(random: number, request: RoutableRequest): WeightedTarget;
}

/** What a weighted cluster adds to a target. */
type TargetExtras = Omit<WeightedTarget, "cluster">;

const noExtras: TargetExtras = {
  requestMutation: undefined,
  responseMutation: undefined,
  typedPerFilterConfig: undefined,
  filterSwitches: undefined,
};

class Target implements WeightedTarget {
  readonly cluster: string;
  readonly requestMutation: HeaderMutation | undefined;
  readonly responseMutation: HeaderMutation | undefined;
  readonly typedPerFilterConfig: ReadonlyMap<string, unknown> | undefined;
  readonly filterSwitches: ReadonlyMap<string, boolean> | undefined;

  constructor(cluster: string, extras: TargetExtras) {
    this.cluster = cluster;
    this.requestMutation = extras.requestMutation;
    this.responseMutation = extras.responseMutation;
    this.typedPerFilterConfig = extras.typedPerFilterConfig;
    this.filterSwitches = extras.filterSwitches;
  }
}

/** One and the same for every request. */
class FixedCluster implements ClusterSpecifier {
  readonly #target: WeightedTarget;

  constructor(target: WeightedTarget) {
    this.#target = target;
  }

  pick(): WeightedTarget {
    return this.#target;
  }
}

/** The one that a header of the request names: a cluster that cannot be there, `""`, where the header is missing. */
class ClusterFromHeader implements ClusterSpecifier {
  readonly #header: string;
  readonly #extras: TargetExtras;

  constructor(header: string, extras: TargetExtras) {
    this.#header = header;
    this.#extras = extras;
  }

  pick(_random: number, request: RoutableRequest): WeightedTarget {
    return new Target(request.header(this.#header) ?? "", this.#extras);
  }
}

/** `[0, weight of the first)` is the first's share, and so on; who has no weight has no share. */
class WeightedClusters implements ClusterSpecifier {
  readonly #clusters: readonly ClusterSpecifier[];
  /** Where each one's share ends. */
  readonly #ends: readonly number[];
  readonly #total: number;

  constructor(clusters: readonly { readonly cluster: ClusterSpecifier; readonly weight: number }[]) {
    const sharing = clusters.filter(({ weight }) => weight > 0);
    const ends: number[] = [];
    let total = 0;
    for (const { weight } of sharing) ends.push((total += weight));
    this.#clusters = sharing.map(({ cluster }) => cluster);
    this.#ends = ends;
    this.#total = total;
  }

  pick(random: number, request: RoutableRequest): WeightedTarget {
    const point = random * this.#total;
    const ends = this.#ends;
    let low = 0;
    for (let high = ends.length - 1; low < high;) {
      const middle = (low + high) >> 1;
      if (point < (ends[middle] ?? 0)) high = middle;
      else low = middle + 1;
    }
    return (this.#clusters[low] ?? nowhere).pick(random, request);
  }
}

/** Weights that runtime keys may replace: the shares are computed anew when a key's value may have changed. */
class RuntimeWeightedClusters implements ClusterSpecifier {
  readonly #clusters: readonly { readonly cluster: ClusterSpecifier; readonly weight: RuntimeNumber }[];
  readonly #flags: RuntimeFlags;
  #snapshot: RuntimeSnapshot;
  #current: WeightedClusters;

  constructor(clusters: readonly { readonly cluster: ClusterSpecifier; readonly weight: RuntimeNumber }[], flags: RuntimeFlags) {
    this.#clusters = clusters;
    this.#flags = flags;
    this.#snapshot = flags.current;
    this.#current = this.#weigh(this.#snapshot);
  }

  pick(random: number, request: RoutableRequest): WeightedTarget {
    const { current } = this.#flags;
    if (current !== this.#snapshot) {
      this.#snapshot = current;
      this.#current = this.#weigh(current);
    }
    return this.#current.pick(random, request);
  }

  #weigh(snapshot: RuntimeSnapshot): WeightedClusters {
    return new WeightedClusters(this.#clusters.map(({ cluster, weight }) => ({ cluster, weight: weight.in(snapshot) })));
  }
}

/** Leads to a cluster that is not there. */
const nowhere: ClusterSpecifier = new FixedCluster(new Target("", noExtras));

/** Throws a `ConfigError`. */
export function compileClusterSpecifier(
  message: Message<"envoy.config.route.v3.RouteAction">,
  path: ConfigPath,
  scope: RouteScope,
): ClusterSpecifier {
  switch (message.clusterSpecifier) {
    case "cluster":
      return new FixedCluster(new Target(clusterName(message.cluster, path.field("cluster"), scope), noExtras));
    case "clusterHeader":
      return new ClusterFromHeader(requiredString(message.clusterHeader, path.field("cluster_header")).toLowerCase(), noExtras);
    case "weightedClusters": {
      const at = path.field("weighted_clusters");
      return compileWeighted(required(message.weightedClusters, at), at, scope);
    }
    case "clusterSpecifierPlugin":
    case "inlineClusterSpecifierPlugin":
      return fail(path, "cluster specifier plugins are not supported: they are the next step");
    case undefined:
      return fail(path, "one of cluster, cluster_header, weighted_clusters is required");
  }
}

/** The largest sum of weights that Envoy takes: uint32's. */
const maxTotalWeight = 4_294_967_295;

function compileWeighted(message: Message<"envoy.config.route.v3.WeightedCluster">, path: ConfigPath, scope: RouteScope): ClusterSpecifier {
  const clustersPath = path.field("clusters");
  if (message.clusters.length === 0) fail(clustersPath, "is required");
  const clusters = message.clusters.map((cluster, index) => {
    const at = clustersPath.index(index);
    const weight = required(cluster.weight, at.field("weight")).value;
    return { cluster: compileWeightedCluster(cluster, at, scope), weight };
  });
  const total = clusters.reduce((sum, { weight }) => sum + weight, 0);
  if (total === 0) fail(clustersPath, "the sum of the weights must be greater than 0");
  if (total > maxTotalWeight) fail(clustersPath, `the sum of the weights must be ${maxTotalWeight} or less, is ${total}`);
  if (message.runtimeKeyPrefix === "") return new WeightedClusters(clusters);
  // Envoy takes the key of a weight from the cluster's name alone: those that a header names share one.
  const keyed = clusters.map(({ cluster, weight }, index) => {
    const key = `${message.runtimeKeyPrefix}.${message.clusters[index]?.name ?? ""}`;
    return { cluster, weight: new RuntimeNumber("integer", key, weight) };
  });
  return new RuntimeWeightedClusters(keyed, scope.runtime.flags);
}

function compileWeightedCluster(
  message: Message<"envoy.config.route.v3.WeightedCluster.ClusterWeight">,
  path: ConfigPath,
  scope: RouteScope,
): ClusterSpecifier {
  const { name, clusterHeader } = message;
  if (name === "" && clusterHeader === "") fail(path, "one of name, cluster_header is required");
  if (name !== "" && clusterHeader !== "") fail(path, "has both name and cluster_header");
  const entries = compileFilterEntries(message.typedPerFilterConfig, path.field("typed_per_filter_config"), scope.extensions);
  const filters = new FilterConfigs([entries]);
  const extras: TargetExtras = {
    requestMutation: compileHeaderMutation(message.requestHeadersToAdd, message.requestHeadersToRemove, path, "request"),
    responseMutation: compileHeaderMutation(message.responseHeadersToAdd, message.responseHeadersToRemove, path, "response"),
    typedPerFilterConfig: filters.mostSpecific,
    filterSwitches: filters.switches,
  };
  if (name === "") return new ClusterFromHeader(clusterHeader.toLowerCase(), extras);
  return new FixedCluster(new Target(clusterName(name, path.field("name"), scope), extras));
}

function clusterName(name: string, path: ConfigPath, { clusters, validatesClusters }: RouteScope): string {
  requiredString(name, path);
  if (validatesClusters && !clusters.knows(name)) fail(path, `there is no cluster ${JSON.stringify(name)}`);
  return name;
}
