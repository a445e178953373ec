import type { Connection } from "../network/index.ts";
import type { Runtime } from "../runtime/index.ts";
import { connectionInfo, type DownstreamInfo } from "../stream/index.ts";
import type { AcceptedConnection } from "./accepted.ts";
import type { FilterChain } from "./filter-chains.ts";
import type { ListenerFrame } from "./listener-frame.ts";

/** Where a connection is served. */
export interface ServingPlace {
  readonly chain: FilterChain;
  /** Of the chain's listener. */
  readonly frame: ListenerFrame;
  /** What is told of the connection there. */
  readonly info: DownstreamInfo;
}

/** A connection that has found its chain. Envoy counts these. */
export class ServedConnection {
  readonly connection: Connection;
  /** What chains are chosen by. */
  readonly accepted: AcceptedConnection;
  readonly #runtime: Runtime;
  #place: ServingPlace;

  constructor(connection: Connection, accepted: AcceptedConnection, place: ServingPlace, runtime: Runtime) {
    this.connection = connection;
    this.accepted = accepted;
    this.#place = place;
    this.#runtime = runtime;
  }

  /** Counts it from now until it closes. */
  begin(): void {
    const { chain, frame } = this.#place;
    chain.connections.add(this);
    frame.stats.cxTotal.inc();
    frame.stats.cxActive.inc();
    this.connection.socket.once("close", () => this.#end());
  }

  /** Another chain has taken it over, perhaps of another listener. Where both count in the same place, it is the connection that it was. */
  moveTo(place: ServingPlace): void {
    const before = this.#place;
    this.#place = place;
    before.chain.connections.delete(this);
    place.chain.connections.add(this);
    const [from, to] = [before.frame.stats, place.frame.stats];
    if (from.cxActive === to.cxActive) return;
    from.cxActive.dec();
    from.cxDestroy.inc();
    to.cxTotal.inc();
    to.cxActive.inc();
  }

  #end(): void {
    const { chain, frame, info } = this.#place;
    const { stats, accessLogs } = frame;
    chain.connections.delete(this);
    stats.cxActive.dec();
    stats.cxDestroy.inc();
    stats.cxLengthMs.record(this.#runtime.clock.now() - info.acceptedAt);
    if (accessLogs.length === 0) return;
    const entry = connectionInfo(this.connection, info, this.#runtime, { responseFlags: 0, responseCodeDetails: undefined });
    for (const log of accessLogs) log.log(entry);
  }
}
