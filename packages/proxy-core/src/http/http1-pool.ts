import { allocatePoolSlot, type Host, type HostPool, type PoolSlot } from "../cluster/index.ts";
import type { NetworkContext } from "../network/index.ts";
import type { Runtime } from "../runtime/index.ts";
import type { HttpStream } from "./http-stream.ts";
import { UpstreamHttpConnection, type UpstreamOwner } from "./upstream-connection.ts";

let slot: PoolSlot | undefined;

/** The place of HTTP/1 pools on hosts: all connection managers of a process share the connections. */
function http1Slot(): PoolSlot {
  return (slot ??= allocatePoolSlot());
}

/** The host's pool, made when it is first needed. */
export function poolOf(host: Host, runtime: Runtime, network: NetworkContext): Http1Pool {
  const index = http1Slot().slot;
  const pool = host.pools[index];
  if (pool instanceof Http1Pool) return pool;
  const created = new Http1Pool(host, runtime, network);
  host.pools[index] = created;
  return created;
}

/**
 * Connections to one host, each with one exchange at a time. The connection used last is used next, so that those that are not needed fall
 * idle and time out. A stream that finds none free waits, and a connection is made for it if the circuit breaker allows.
 */
export class Http1Pool implements HostPool, UpstreamOwner {
  readonly #host: Host;
  readonly #runtime: Runtime;
  readonly #network: NetworkContext;
  /** Used as a stack. */
  readonly #idle: UpstreamHttpConnection[] = [];
  readonly #connections = new Set<UpstreamHttpConnection>();
  /** Streams that wait for a connection, the first one first. */
  #waiting: HttpStream[] = [];
  #connecting = 0;
  #draining = false;

  constructor(host: Host, runtime: Runtime, network: NetworkContext) {
    this.#host = host;
    this.#runtime = runtime;
    this.#network = network;
  }

  /** Sends the stream's request; the outcome is told to the stream. */
  send(stream: HttpStream): void {
    let connection = this.#idle.pop();
    // One that is closing stays here until the socket says so.
    while (connection !== undefined && !connection.usable) connection = this.#idle.pop();
    if (connection !== undefined) connection.start(stream);
    else this.#enqueue(stream);
  }

  /** The stream no longer waits. */
  withdraw(stream: HttpStream): void {
    const index = this.#waiting.indexOf(stream);
    if (index < 0) return;
    this.#waiting.splice(index, 1);
    this.#uncount(stream);
  }

  drain(): void {
    this.#draining = true;
    for (const connection of this.#connections) connection.drain();
  }

  close(): void {
    this.#draining = true;
    for (const connection of this.#connections) connection.close();
  }

  onUpstreamConnected(connection: UpstreamHttpConnection): void {
    this.#connecting--;
    this.#release(connection);
  }

  onUpstreamFree(connection: UpstreamHttpConnection): void {
    this.#release(connection);
  }

  onUpstreamClosed(connection: UpstreamHttpConnection, wasConnected: boolean, reason: string): void {
    this.#connections.delete(connection);
    const index = this.#idle.indexOf(connection);
    if (index >= 0) this.#idle.splice(index, 1);
    if (wasConnected) {
      // A place under the limit is free.
      this.#openForWaiting();
      return;
    }
    this.#connecting--;
    // As in Envoy, a connection that cannot be made ends the waiting of all: each may be tried at another host.
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const stream of waiting) {
      this.#uncount(stream);
      this.#host.cluster.stats.upstreamRqPendingFailureEject.inc();
      stream.onFailure("upstream_connection_failure", reason);
    }
  }

  #release(connection: UpstreamHttpConnection): void {
    const stream = this.#waiting.shift();
    if (stream !== undefined) {
      this.#uncount(stream);
      connection.start(stream);
    } else if (this.#draining) {
      connection.close();
    } else {
      this.#idle.push(connection);
    }
  }

  #enqueue(stream: HttpStream): void {
    const { limits } = stream;
    const { stats } = this.#host.cluster;
    if (limits !== undefined) {
      if (limits.pendingRequests >= limits.maxPendingRequests) {
        stream.onFailure("upstream_overflow", "max_pending_requests");
        return;
      }
      limits.pendingRequests++;
    }
    stats.upstreamRqPendingTotal.inc();
    stats.upstreamRqPendingActive.inc();
    stream.pool = this;
    this.#waiting.push(stream);
    this.#openForWaiting();
  }

  #openForWaiting(): void {
    if (this.#connecting >= this.#waiting.length) return;
    const { cluster } = this.#host;
    const { connections, maxConnections } = cluster.limits[0];
    if (connections >= maxConnections) {
      cluster.stats.upstreamCxOverflow.inc();
      // As in Envoy, each host may have one connection whatever the cluster's limit: a stream would wait for ever otherwise.
      if (this.#connections.size > 0) return;
    }
    this.#connecting++;
    this.#connections.add(new UpstreamHttpConnection(this, this.#host, this.#runtime, this.#network));
  }

  #uncount(stream: HttpStream): void {
    stream.pool = undefined;
    if (stream.limits !== undefined) stream.limits.pendingRequests--;
    this.#host.cluster.stats.upstreamRqPendingActive.dec();
  }
}
