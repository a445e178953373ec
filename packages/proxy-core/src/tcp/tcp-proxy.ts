import type { Message } from "@mesh/xds-proto";
import { compileAccessLogs, needsDetail, type AccessLogger } from "../access-log/index.ts";
import type { ClusterManager } from "../cluster/index.ts";
import { durationMs, fail, requiredString, wrappedNumber, type ConfigPath } from "../config/index.ts";
import type { Connection, NetworkContext } from "../network/index.ts";
import type { Runtime } from "../runtime/index.ts";
import type { DownstreamInfo, NetworkFilter, NetworkFilterContext, NetworkFilterExtension } from "../stream/index.ts";
import { TcpSession } from "./tcp-session.ts";
import { TcpStats } from "./tcp-stats.ts";

const messageName = "envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy";

/** Envoy's default. */
const defaultIdleTimeoutMs = 3_600_000;

/** Where connections go, by weight. */
export interface TcpTargets {
  /** @param random in [0, 1) */
  clusterName(random: number): string;
}

/** What the connections of one TcpProxy share. */
export interface TcpProxyContext {
  readonly runtime: Runtime;
  readonly network: NetworkContext;
  readonly clusters: ClusterManager;
  readonly stats: TcpStats;
  readonly targets: TcpTargets;
  readonly accessLogs: readonly AccessLogger[];
  /** One of the logs asks for `StreamInfo.detail`. */
  readonly recordsDetail: boolean;
  /** Milliseconds without bytes in either direction; 0: no limit. */
  readonly idleTimeoutMs: number;
  /** Milliseconds that a connection may last; 0: no limit. */
  readonly maxDurationMs: number;
  readonly maxConnectAttempts: number;
  onSessionEnd(session: TcpSession): void;
}

/** Envoy's TcpProxy: carries a connection's bytes to a host of a cluster, and back. */
export const tcpProxyFilter: NetworkFilterExtension = {
  name: "envoy.filters.network.tcp_proxy",
  category: "envoy.filters.network",
  messageName,
  fields: undefined,
  create: (extension, context) => new TcpProxy(extension.as(messageName), extension.path, context),
};

class TcpProxy implements NetworkFilter {
  readonly #context: TcpProxyContext;
  readonly #sessions = new Set<TcpSession>();

  constructor(config: Message<typeof messageName>, path: ConfigPath, context: NetworkFilterContext) {
    const { runtime, network, clusters } = context;
    const statPrefix = requiredString(config.statPrefix, path.field("stat_prefix"));
    const accessLogs = compileAccessLogs(config.accessLog, path.field("access_log"), context);
    this.#context = {
      runtime,
      network,
      clusters,
      stats: new TcpStats(context.stats.scope(`tcp.${statPrefix}`, "tcp", { "envoy.tcp_prefix": statPrefix })),
      targets: compileTargets(config, path, clusters),
      accessLogs,
      recordsDetail: needsDetail(accessLogs),
      idleTimeoutMs: durationMs(config.idleTimeout, path.field("idle_timeout")) ?? defaultIdleTimeoutMs,
      maxDurationMs: durationMs(config.maxDownstreamConnectionDuration, path.field("max_downstream_connection_duration"), { min: 1 }) ?? 0,
      maxConnectAttempts: wrappedNumber(config.maxConnectAttempts, path.field("max_connect_attempts"), { min: 1 }) ?? 1,
      onSessionEnd: (session) => this.#sessions.delete(session),
    };
  }

  get activeConnections(): number {
    return this.#sessions.size;
  }

  accept(connection: Connection, info: DownstreamInfo, initial: Buffer | undefined): void {
    const session = new TcpSession(this.#context, connection, info);
    this.#sessions.add(session);
    session.begin(initial);
  }

  /** It needs nothing. */
  start(): Promise<void> {
    return Promise.resolve();
  }

  /** A splice cannot know when its peers are between two requests: connections last until their peers or the drain time end them. */
  drain(): void {}

  undrain(): void {}

  /** What would be a moment between two requests, it cannot know. */
  finish(): void {
    this.close();
  }

  close(): void {
    for (const session of this.#sessions) session.close();
  }
}

/** Envoy lets any name pass; here one that can never be is a mistake. */
function checkCluster(name: string, path: ConfigPath, clusters: ClusterManager): void {
  if (!clusters.isOpen && !clusters.knows(name)) fail(path, `there is no cluster ${JSON.stringify(name)}`);
}

function compileTargets(config: Message<typeof messageName>, path: ConfigPath, clusters: ClusterManager): TcpTargets {
  if (config.clusterSpecifier === "cluster") {
    const name = config.cluster;
    checkCluster(name, path.field("cluster"), clusters);
    return { clusterName: () => name };
  }
  if (config.clusterSpecifier !== "weightedClusters" || config.weightedClusters === null)
    fail(path, "cluster or weighted_clusters is required");
  const list = path.field("weighted_clusters").field("clusters");
  let total = 0;
  const ends = config.weightedClusters.clusters.map(({ name, weight }, index) => {
    checkCluster(name, list.index(index).field("name"), clusters);
    return { name, end: (total += weight) };
  });
  if (total === 0) fail(list, "the weights are all 0");
  return {
    clusterName: (random) => {
      const at = random * total;
      for (const { name, end } of ends) if (at < end) return name;
      return fail(list, "unreachable: the last end is the total");
    },
  };
}
