import type { RpcLimits } from "@mesh/codec";
import type { Connection, NetworkContext } from "../network/index.ts";
import type { RouteTable } from "../route/index.ts";
import type { Counter, StatsScope } from "../stats/index.ts";
import { DownstreamStats, type DownstreamInfo, type FilterChain, type StreamOwner } from "../stream/index.ts";
import { DownstreamRpcConnection, type RpcConnectionManager } from "./downstream-connection.ts";
import type { PooledProtocol } from "./protocol.ts";

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

  constructor({ network, protocols, limits, idleTimeoutMs, scope, owner, routes }: RpcServerOptions) {
    this.network = network;
    this.limits = limits;
    this.idleTimeoutMs = idleTimeoutMs;
    this.routes = routes;
    const stats = new DownstreamStats(scope);
    this.stats = stats;
    this.applicationErrors = scope.counter("downstream_rq_application_error");
    this.#owners = new Map(
      protocols.map((protocol) => [protocol, { ...owner, stats, defaultTimeoutMs: protocol.defaultTimeoutMs }] as const),
    );
  }

  get activeConnections(): number {
    return this.#connections.size;
  }

  /** For streams to come. */
  useChain(chain: FilterChain): void {
    this.#owners = new Map([...this.#owners].map(([protocol, owner]) => [protocol, { ...owner, chain }]));
    for (const connection of this.#connections) connection.owner = this.#ownerOf(connection.protocol);
  }

  /** Takes a connection over that has been counted in `stats`. */
  serve(connection: Connection, info: DownstreamInfo, protocol: PooledProtocol, initial: Buffer | undefined): DownstreamRpcConnection {
    const downstream = new DownstreamRpcConnection(this, this.#ownerOf(protocol), connection, info, protocol);
    this.#connections.add(downstream);
    if (initial !== undefined) downstream.onData(initial);
    return downstream;
  }

  drain(): void {
    for (const connection of this.#connections) connection.drain();
  }

  finish(): void {
    for (const connection of this.#connections) connection.finish();
  }

  close(): void {
    for (const connection of this.#connections) connection.close();
  }

  onConnectionClosed(connection: DownstreamRpcConnection): void {
    this.#connections.delete(connection);
  }

  #ownerOf(protocol: PooledProtocol): StreamOwner {
    const owner = this.#owners.get(protocol);
    if (owner === undefined) throw new TypeError(`${protocol.codec.name} is none of this filter's protocols`);
    return owner;
  }
}
