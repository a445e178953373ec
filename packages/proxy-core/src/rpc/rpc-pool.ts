import { HostHealth, type Host, type HostPool } from "../cluster/index.ts";
import type { NetworkContext } from "../network/index.ts";
import { TimerEntry, type Runtime } from "../runtime/index.ts";
import type { PooledProtocol } from "./protocol.ts";
import { poolOptionsOf, type RpcPoolOptions } from "./pool-options.ts";
import type { UpstreamCall } from "./upstream-call.ts";
import { UpstreamRpcConnection, type UpstreamOwner } from "./upstream-connection.ts";

/** The host's pool of a protocol's dialect, made when it is first needed. */
export function poolOf(host: Host, protocol: PooledProtocol, dialect: number, runtime: Runtime, network: NetworkContext): RpcPool {
  const place = protocol.slots[dialect];
  if (place === undefined) throw new TypeError(`${protocol.codec.name} has no dialect ${dialect}`);
  const pool = host.pools[place.slot];
  if (pool instanceof RpcPool) return pool;
  const created = new RpcPool(host, protocol, dialect, runtime, network);
  host.pools[place.slot] = created;
  return created;
}

/**
 * A few connections to one host, calls spread over them in turn. A connection that breaks is made again in the background, with back-off, so
 * that the next call finds it; a call that comes earlier does not wait for the back-off but tries at once, and so learns at once.
 */
export class RpcPool extends TimerEntry implements HostPool, UpstreamOwner {
  readonly #host: Host;
  readonly #protocol: PooledProtocol;
  readonly #dialect: number;
  readonly #runtime: Runtime;
  readonly #network: NetworkContext;
  readonly #options: RpcPoolOptions;
  readonly #connections: (UpstreamRpcConnection | undefined)[];
  /** Those that take no new calls. */
  readonly #retired = new Set<UpstreamRpcConnection>();
  /** Those whose host said that it takes no new calls, and may take that back. */
  readonly #suspended = new Set<UpstreamRpcConnection>();
  #turn = 0;
  /** Connections in a row that came to nothing. */
  #failures = 0;
  #over = false;
  /** The host was put out of choice because it said that it goes. */
  #hostDrains = false;

  constructor(host: Host, protocol: PooledProtocol, dialect: number, runtime: Runtime, network: NetworkContext) {
    super();
    this.#host = host;
    this.#protocol = protocol;
    this.#dialect = dialect;
    this.#runtime = runtime;
    this.#network = network;
    this.#options = poolOptionsOf(host.cluster);
    this.#connections = Array.from({ length: this.#options.connectionsPerHost }, () => undefined);
  }

  send(call: UpstreamCall): void {
    const connections = this.#connections;
    const index = this.#turn;
    this.#turn = index + 1 === connections.length ? 0 : index + 1;
    const connection = connections[index];
    if (connection !== undefined && connection.standing) connection.send(call);
    else this.#sendElsewhere(index, call);
  }

  drain(): void {
    this.#end();
    for (const connection of this.#connections) connection?.drain();
    for (const connection of this.#suspended) connection.drain();
  }

  close(): void {
    this.#end();
    for (const connection of this.#connections) connection?.close("the pool was closed");
    for (const connection of this.#retired) connection.close("the pool was closed");
    for (const connection of this.#suspended) connection.close("the pool was closed");
  }

  /** The back-off is over: make the missing connections again. */
  onTimer(): void {
    const connections = this.#connections;
    for (let i = 0; i < connections.length; i++) {
      if (connections[i] === undefined && (this.#isEmpty || !this.#atConnectionLimit)) this.#open(i);
    }
  }

  onUpstreamConnected(): void {
    if (this.#hostDrains) this.#markHost(false);
  }

  onUpstreamDraining(connection: UpstreamRpcConnection): void {
    this.#vacate(connection);
    this.#retired.add(connection);
    // Nobody else would notice that the host is back.
    if (this.#suspended.delete(connection) && !this.#over) this.#reconnectLater();
  }

  /**
   * The connection stays, for the answers and for the host's word that it is back. While it stands none is made in its place: a host that
   * shuts down takes connections to its end, and would not say so again.
   */
  onUpstreamSuspended(connection: UpstreamRpcConnection): void {
    this.#vacate(connection);
    this.#suspended.add(connection);
    this.#avoidHost();
  }

  onUpstreamResumed(connection: UpstreamRpcConnection): void {
    if (!this.#suspended.delete(connection)) return;
    if (this.#hostDrains) this.#markHost(false);
    const index = this.#connections.indexOf(undefined);
    if (index >= 0) this.#connections[index] = connection;
    else connection.drain();
  }

  onUpstreamClosed(connection: UpstreamRpcConnection, proved: boolean): void {
    if (this.#retired.delete(connection)) return;
    if (!this.#suspended.delete(connection)) this.#vacate(connection);
    if (this.#over) return;
    // One that was accepted and closed without a word is no better than one that was refused.
    this.#failures = proved ? 0 : this.#failures + 1;
    this.#reconnectLater();
  }

  onUpstreamGoAway(): void {
    if (this.#over) return;
    this.#avoidHost();
    this.#reconnectLater();
  }

  /** The connection whose turn it is does not stand. */
  #sendElsewhere(index: number, call: UpstreamCall): void {
    const connections = this.#connections;
    const atLimit = this.#atConnectionLimit;
    let connecting: UpstreamRpcConnection | undefined;
    for (let i = 0; i < connections.length; i++) {
      const connection = connections[i];
      if (connection === undefined) continue;
      if (connection.standing) {
        connection.send(call);
        if (connections[index] === undefined && this.timerNext === null && !atLimit) this.#open(index);
        return;
      }
      if (connection.connecting && (i === index || (atLimit && connecting === undefined))) connecting = connection;
    }
    if (connecting !== undefined) {
      connecting.send(call);
      return;
    }
    // Envoy: a host to which there is no connection is always given one, so that calls do not wait for what never comes.
    if (atLimit) this.#host.cluster.stats.upstreamCxOverflow.inc();
    this.#open(index).send(call);
  }

  get #atConnectionLimit(): boolean {
    const { connections, maxConnections } = this.#host.cluster.limits[0];
    return connections >= maxConnections;
  }

  get #isEmpty(): boolean {
    return this.#connections.every((connection) => connection === undefined);
  }

  #open(index: number): UpstreamRpcConnection {
    const heartbeatMs = this.#options.heartbeatIntervalMs ?? this.#protocol.heartbeatIntervalMs;
    const habits = { protocol: this.#protocol, dialect: this.#dialect, heartbeatIntervalMs: heartbeatMs };
    const connection = new UpstreamRpcConnection(this, this.#host, habits, this.#runtime, this.#network);
    this.#connections[index] = connection;
    return connection;
  }

  #vacate(connection: UpstreamRpcConnection): void {
    const index = this.#connections.indexOf(connection);
    if (index >= 0) this.#connections[index] = undefined;
  }

  #reconnectLater(): void {
    const { reconnectBaseMs, reconnectMaxMs } = this.#options;
    const ceiling = Math.min(reconnectBaseMs * 2 ** Math.min(this.#failures, 16), reconnectMaxMs);
    this.#runtime.timers.arm(this, ceiling * (0.5 + this.#runtime.random.next() / 2));
  }

  /** Where there are other hosts, they are asked until this one takes connections again; one that is alone is better than none. */
  #avoidHost(): void {
    if (this.#host.cluster.hosts.length > 1) this.#markHost(true);
  }

  #markHost(drains: boolean): void {
    this.#hostDrains = drains;
    this.#host.setHealth(HostHealth.Draining, drains);
  }

  #end(): void {
    this.#over = true;
    this.#runtime.timers.disarm(this);
    // Nobody is left here who would notice that it takes connections again.
    if (this.#hostDrains) this.#markHost(false);
  }
}
