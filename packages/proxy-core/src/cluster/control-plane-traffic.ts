import type { Counter, StatsScope } from "../stats/index.ts";
import type { ControlPlaneConnection, ControlPlaneConnectionEnd, ControlPlaneStream, ControlPlaneTraffic } from "../subscription/index.ts";
import type { UpstreamClusterStats } from "./cluster-stats.ts";
import type { Host } from "./contract.ts";

/** What of a cluster is counted in. */
export interface CountedCluster {
  readonly stats: UpstreamClusterStats;
  readonly hosts: readonly Host[];
}

/**
 * Counts what goes to a control plane as Envoy does, whose streams to it are requests in the cluster. Here the connections are those of the configuration
 * sources, and pass none of the cluster's pools and limits.
 */
export class ClusterTraffic implements ControlPlaneTraffic {
  readonly #cluster: CountedCluster;
  readonly #http2: Counter;
  /** Made, and not ended. */
  readonly #connections = new Set<Connection>();
  /** Streams that have left, and not ended. */
  readonly #streams = new Set<Stream>();

  /** @param scope of the cluster's statistics */
  constructor(cluster: CountedCluster, scope: StatsScope) {
    this.#cluster = cluster;
    this.#http2 = scope.counter("upstream_cx_http2_total");
  }

  connect(): ControlPlaneConnection {
    this.#http2.inc();
    return new Connection(this.#cluster, this.#connections, this.#streams);
  }

  open(): ControlPlaneStream {
    return new Stream(this.#cluster, this.#connections, this.#streams);
  }
}

/** The host that a connection goes to can be told where there is only one, or by the address. */
function onlyHost({ hosts }: CountedCluster): Host | undefined {
  return hosts.length === 1 ? hosts[0] : undefined;
}

class Connection implements ControlPlaneConnection {
  readonly #cluster: CountedCluster;
  readonly #connections: Set<Connection>;
  readonly #streams: ReadonlySet<Stream>;
  /** Undefined where it is not known. */
  host: Host | undefined;
  /** Streams that it has carried. */
  carried = 0;

  constructor(cluster: CountedCluster, connections: Set<Connection>, streams: ReadonlySet<Stream>) {
    this.#cluster = cluster;
    this.#connections = connections;
    this.#streams = streams;
    this.host = onlyHost(cluster);
    cluster.stats.upstreamCxTotal.inc();
    if (this.host !== undefined) this.host.stats.cxTotal++;
  }

  onConnected(address: string | undefined, ms: number): void {
    const { stats, hosts } = this.#cluster;
    this.#connections.add(this);
    stats.upstreamCxActive.inc();
    stats.upstreamCxConnectMs.record(ms);
    if (this.host === undefined) {
      this.host = hosts.find(({ addressText }) => addressText === address);
      if (this.host !== undefined) this.host.stats.cxTotal++;
    }
    if (this.host !== undefined) this.host.stats.cxActive++;
  }

  onFailed(isLocal: boolean): void {
    this.#countFailure();
    this.#cluster.stats.countDestroy(isLocal, false);
  }

  onEnded({ ms, isLocal, wasSilent, wasTooLate }: ControlPlaneConnectionEnd): void {
    const { stats } = this.#cluster;
    this.#connections.delete(this);
    stats.upstreamCxActive.dec();
    if (this.host !== undefined) this.host.stats.cxActive--;
    stats.upstreamCxLengthMs.record(ms);
    stats.upstreamRqPerCx.record(this.carried);
    if (wasSilent) this.#countFailure();
    if (wasTooLate) stats.upstreamCxConnectTimeout.inc();
    stats.countDestroy(
      isLocal,
      [...this.#streams].some(({ connection }) => connection === this),
    );
  }

  #countFailure(): void {
    this.#cluster.stats.upstreamCxConnectFail.inc();
    if (this.host !== undefined) this.host.stats.cxConnectFail++;
  }
}

/** gRPC does not tell which connection carries a stream: with more than one, it is the last that was made. */
class Stream implements ControlPlaneStream {
  readonly #cluster: CountedCluster;
  readonly #connections: ReadonlySet<Connection>;
  readonly #streams: Set<Stream>;
  #host: Host | undefined;
  #isPending: boolean;
  #hasLeft = false;
  #isAnswered = false;
  connection: Connection | undefined = undefined;

  constructor(cluster: CountedCluster, connections: ReadonlySet<Connection>, streams: Set<Stream>) {
    this.#cluster = cluster;
    this.#connections = connections;
    this.#streams = streams;
    this.#host = onlyHost(cluster);
    this.#isPending = connections.size === 0;
    if (!this.#isPending) return;
    cluster.stats.upstreamRqPendingTotal.inc();
    cluster.stats.upstreamRqPendingActive.inc();
    if (this.#host !== undefined) this.#host.stats.rqPendingActive++;
  }

  onSent(): void {
    const { stats } = this.#cluster;
    this.#endPending();
    this.#hasLeft = true;
    this.#streams.add(this);
    this.connection = [...this.#connections].at(-1);
    if (this.connection !== undefined) this.connection.carried++;
    this.#host ??= this.connection?.host;
    stats.upstreamRqTotal.inc();
    stats.upstreamRqActive.inc();
    if (this.#host === undefined) return;
    this.#host.stats.rqTotal++;
    this.#host.stats.rqActive++;
  }

  onAnswered(): void {
    if (this.#isAnswered) return;
    this.#isAnswered = true;
    this.#cluster.stats.countResponse(200, "internal");
  }

  onEnded(isOk: boolean): void {
    const { stats } = this.#cluster;
    if (!this.#hasLeft) {
      if (this.#isPending) stats.upstreamRqPendingFailureEject.inc();
      stats.countResponse(503, "internal");
    }
    if (this.#host !== undefined) {
      if (isOk) this.#host.stats.rqSuccess++;
      else this.#host.stats.rqError++;
    }
    this.#end();
  }

  onCancelled(): void {
    const { stats } = this.#cluster;
    if (this.#hasLeft) stats.upstreamRqTxReset.inc();
    else stats.upstreamRqCancelled.inc();
    this.#end();
  }

  #end(): void {
    this.#endPending();
    if (!this.#hasLeft) return;
    this.#streams.delete(this);
    this.#cluster.stats.upstreamRqActive.dec();
    if (this.#host !== undefined) this.#host.stats.rqActive--;
  }

  #endPending(): void {
    if (!this.#isPending) return;
    this.#isPending = false;
    this.#cluster.stats.upstreamRqPendingActive.dec();
    const host = onlyHost(this.#cluster);
    if (host !== undefined) host.stats.rqPendingActive--;
  }
}
