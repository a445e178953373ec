import type { RpcLimits } from "@mesh/codec";
import type { NetworkContext } from "../network/index.ts";
import type { RouteTable } from "../route/index.ts";
import type { Counter } from "../stats/index.ts";
import type { DownstreamInfo, DownstreamStats, StreamOwner } from "../stream/index.ts";
import type { DownstreamRpcConnection } from "./downstream-connection.ts";
import type { PooledProtocol } from "./protocol.ts";

/** What the connections of one RpcProxy share. */
export interface RpcConnectionManager {
  readonly network: NetworkContext;
  /** The routes as they stand now. */
  readonly routes: RouteTable;
  /** Milliseconds without bytes and without calls after which a connection is closed; 0: never; undefined: as the protocol has it. */
  readonly idleTimeoutMs: number | undefined;
  /** Answers that are exceptions of the application: successes to the mesh. */
  readonly applicationErrors: Counter;
  readonly limits: RpcLimits;
  onConnectionClosed(connection: DownstreamRpcConnection): void;
  /** Another one serves the connection from now on; calls that began with the service may be under way. */
  onConnectionTaken(connection: DownstreamRpcConnection, service: RpcService): void;
}

/**
 * What serves the calls of one connection. A connection that another filter takes over gets another one; each call keeps the one that it began
 * with, and with it routes, filters, statistics and logs.
 */
export class RpcService {
  readonly manager: RpcConnectionManager;
  readonly protocol: PooledProtocol;
  readonly network: NetworkContext;
  readonly info: DownstreamInfo;
  /** Of the calls to come; another one takes its place when filters change. */
  owner: StreamOwner;

  constructor(manager: RpcConnectionManager, owner: StreamOwner, info: DownstreamInfo, protocol: PooledProtocol) {
    this.manager = manager;
    this.owner = owner;
    this.info = info;
    this.protocol = protocol;
    this.network = manager.network;
  }

  get idleTimeoutMs(): number {
    return this.manager.idleTimeoutMs ?? this.protocol.idleTimeoutMs;
  }

  /**
   * Whether a connection can go on with another service. What has come of a frame is in a session that was opened with the limits of this one,
   * and stays as it is; so does what its codec was told of draining.
   */
  canBecome(manager: RpcConnectionManager, protocol: PooledProtocol): boolean {
    const [before, after] = [this.manager.limits, manager.limits];
    return (
      this.protocol.codec.name === protocol.codec.name &&
      before.maxFrameBytes === after.maxFrameBytes &&
      before.maxHeaderBytes === after.maxHeaderBytes &&
      before.maxHeaderCount === after.maxHeaderCount
    );
  }
}

/** Counts a connection that goes from one filter to another, unless both count in the same place: there it is the connection that it was. */
export function countTakeOver(before: DownstreamStats, after: DownstreamStats): void {
  if (before.cxActive === after.cxActive) return;
  before.cxActive.dec();
  before.cxDestroy.inc();
  after.cxTotal.inc();
  after.cxActive.inc();
}
