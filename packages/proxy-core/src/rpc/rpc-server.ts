import type { RpcLimits } from "@mesh/codec";
import type { Connection, NetworkContext } from "../network/index.ts";
import type { RouteTable } from "../route/index.ts";
import type { Counter, StatsScope } from "../stats/index.ts";
import { DownstreamStats, type Drain, DrainQueue, type DownstreamInfo, type FilterChain, type StreamOwner } from "../stream/index.ts";
import { DownstreamRpcConnection } from "./downstream-connection.ts";
import type { PooledProtocol } from "./protocol.ts";
import { type RpcConnectionManager, RpcService } from "./rpc-service.ts";

export interface RpcServerOptions {
  readonly network: NetworkContext;
  readonly protocols: readonly PooledProtocol[];
  readonly limits: RpcLimits;
  /** Milliseconds; 0: never; undefined: as the protocol has it. */
  readonly idleTimeoutMs: number | undefined;
  /** `rpc.<stat_prefix>` */
  readonly scope: StatsScope;
  /** What the streams of all protocols share. */
  readonly owner: Omit<StreamOwner, "stats" | "defaultTimeoutMs">;
  readonly routes: RouteTable;
}

/** Serves connections whose protocol is known: what an RpcProxy and an HttpConnectionManager with RPC clients have in common. */
export class RpcServer implements RpcConnectionManager {
  readonly network: NetworkContext;
  routes: RouteTable;
  readonly idleTimeoutMs: number | undefined;
  readonly applicationErrors: Counter;
  readonly limits: RpcLimits;
  readonly stats: DownstreamStats;
  /** By protocol: they differ in the time that an answer may take. */
  #owners: ReadonlyMap<PooledProtocol, StreamOwner>;
  readonly #connections = new Set<DownstreamRpcConnection>();
  /** Connections that another one has taken over, with what they may still have calls of. */
  readonly #taken = new Map<DownstreamRpcConnection, RpcService>();
  #drain: Drain | undefined = undefined;
  /** Those that are to be drained one after the other. */
  readonly #queue: DrainQueue<DownstreamRpcConnection>;

  constructor({ network, protocols, limits, idleTimeoutMs, scope, owner, routes }: RpcServerOptions) {
    this.network = network;
    this.limits = limits;
    this.idleTimeoutMs = idleTimeoutMs;
    this.routes = routes;
    const stats = new DownstreamStats(scope);
    this.#queue = new DrainQueue(owner.runtime, (connection) => {
      if (this.#connections.has(connection)) connection.drain();
    });
    this.stats = stats;
    this.applicationErrors = scope.counter("downstream_rq_application_error");
    this.#owners = new Map(
      protocols.map((protocol) => [protocol, { ...owner, stats, defaultTimeoutMs: protocol.defaultTimeoutMs }] as const),
    );
  }

  /** With those that another one has taken over and that wait for answers from here. */
  get activeConnections(): number {
    for (const [connection, service] of this.#taken) if (!connection.hasCallsOf(service)) this.#taken.delete(connection);
    return this.#connections.size + this.#taken.size;
  }

  /** For streams to come. */
  useChain(chain: FilterChain): void {
    this.#owners = new Map([...this.#owners].map(([protocol, owner]) => [protocol, { ...owner, chain }]));
    for (const connection of this.#connections) connection.service.owner = this.#ownerOf(connection.service.protocol);
  }

  /** Takes a connection over that has been counted in `stats`. */
  serve(connection: Connection, info: DownstreamInfo, protocol: PooledProtocol, initial: Buffer | undefined): DownstreamRpcConnection {
    const downstream = new DownstreamRpcConnection(new RpcService(this, this.#ownerOf(protocol), info, protocol), connection);
    this.#connections.add(downstream);
    if (initial !== undefined) downstream.onData(initial);
    if (this.#drain?.silenceEnds === "in turn") downstream.drain();
    return downstream;
  }

  /** Takes a connection over that another server serves: see `NetworkFilter.takeOver`. */
  takeOver({ handler }: Connection, info: DownstreamInfo): boolean {
    if (!(handler instanceof DownstreamRpcConnection) || !handler.isLasting) return false;
    for (const [protocol, owner] of this.#owners) {
      if (!handler.service.canBecome(this, protocol)) continue;
      this.#connections.add(handler);
      handler.moveTo(new RpcService(this, owner, info, protocol));
      return true;
    }
    return false;
  }

  /** Nothing that RPC protocols answer says that the connection ends, so a gradual drain comes to one after the other. */
  drain(drain: Drain): void {
    const isNews = drain.isStrongerThan(this.#drain);
    if (isNews) this.#drain = drain;
    if (isNews || drain.isImmediate) this.#queue.begin(this.#connections, drain.spreadMs);
  }

  /** For connections to come. */
  undrain(): void {
    this.#drain = undefined;
  }

  finish(): void {
    this.#queue.stop();
    for (const connection of this.#connections) connection.finish();
  }

  close(): void {
    this.#queue.stop();
    for (const connection of this.#connections) connection.close();
  }

  onConnectionClosed(connection: DownstreamRpcConnection): void {
    this.#connections.delete(connection);
  }

  onConnectionTaken(connection: DownstreamRpcConnection, service: RpcService): void {
    this.#connections.delete(connection);
    this.#taken.set(connection, service);
  }

  #ownerOf(protocol: PooledProtocol): StreamOwner {
    const owner = this.#owners.get(protocol);
    if (owner === undefined) throw new TypeError(`${protocol.codec.name} is none of this filter's protocols`);
    return owner;
  }
}
