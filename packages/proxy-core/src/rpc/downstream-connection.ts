import { RpcFrameKind, type LocalReply, type RpcFrame, type RpcFrameSink, type RpcLimits, type RpcRouteKey, type RpcSession } from "@mesh/codec";
import { ResponseFlag } from "../access-log/index.ts";
import type { CloseReason, Connection, ConnectionHandler, NetworkContext } from "../network/index.ts";
import type { Route, RouteTable } from "../route/index.ts";
import { TimerEntry } from "../runtime/index.ts";
import type { DownstreamInfo, StreamOwner } from "../stream/index.ts";
import type { PooledProtocol } from "./protocol.ts";
import { RpcStream } from "./rpc-stream.ts";

/** What the connections of one RpcProxy share. */
export interface RpcConnectionManager {
  readonly network: NetworkContext;
  /** The routes as they stand now. */
  readonly routes: RouteTable;
  /** Milliseconds without bytes and without calls after which a connection is closed; 0: never. */
  readonly idleTimeoutMs: number;
  readonly limits: RpcLimits;
  onConnectionClosed(connection: DownstreamRpcConnection): void;
}

/**
 * A caller's connection. Answers its heartbeats here, makes a stream of each call, and writes the answers in whatever order they come.
 */
export class DownstreamRpcConnection extends TimerEntry implements ConnectionHandler, RpcFrameSink {
  readonly owner: StreamOwner;
  readonly connection: Connection;
  readonly info: DownstreamInfo;
  readonly protocol: PooledProtocol;
  readonly network: NetworkContext;
  readonly #manager: RpcConnectionManager;
  readonly #session: RpcSession;
  /** Calls that wait for their answer. */
  readonly #streams = new Set<RpcStream>();
  #lastActive: number;
  #draining = false;
  #closed = false;
  #rxCounted = 0;
  #txCounted = 0;

  // The last route is remembered with the bytes that led to it: most calls of a connection go the same way.
  #cachedTable: RouteTable | undefined = undefined;
  #cachedKey: RpcRouteKey | undefined = undefined;
  #cachedRoute: Route | undefined = undefined;

  /** Lets an upstream connection that was too slow resume reading here; one closure a connection. */
  readonly resume: () => void;

  constructor(manager: RpcConnectionManager, owner: StreamOwner, connection: Connection, info: DownstreamInfo, protocol: PooledProtocol) {
    super();
    this.#manager = manager;
    this.owner = owner;
    this.network = manager.network;
    this.connection = connection;
    this.info = info;
    this.protocol = protocol;
    this.resume = () => connection.resumeReading();
    this.#session = protocol.codec.open(this, { role: "server", limits: manager.limits });
    this.#lastActive = this.owner.runtime.clock.now();
    connection.setHandler(this);
    if (manager.idleTimeoutMs > 0) this.owner.runtime.timers.arm(this, manager.idleTimeoutMs);
  }

  get activeCalls(): number {
    return this.#streams.size;
  }

  // The connection's events.

  onData(chunk: Buffer): void {
    this.#lastActive = this.owner.runtime.clock.now();
    this.#session.push(chunk);
    this.#countBytes();
    if (this.#session.state === "failed") {
      const { stats, runtime } = this.owner;
      stats.cxProtocolError.inc();
      runtime.logger.log("info", "rpc", `${this.info.remoteAddress}: ${this.#session.error?.message}; closing the connection`, {
        code: this.#session.error?.code,
        offset: this.#session.error?.offset,
      });
      this.connection.closeAfterFlush();
    }
  }

  /** The caller says that it sends no more: what it still waits for is answered, then the connection ends. */
  onEnd(): void {
    if (this.#streams.size === 0) this.connection.closeAfterFlush();
    else this.#draining = true;
  }

  onClose(reason: CloseReason, _error: Error | undefined): void {
    if (this.#closed) return;
    this.#closed = true;
    const { stats, runtime } = this.owner;
    runtime.timers.disarm(this);
    this.#countBytes();
    stats.cxActive.dec();
    stats.cxDestroy.inc();
    if (reason === "local") stats.cxDestroyLocal.inc();
    else stats.cxDestroyRemote.inc();
    if (this.#streams.size > 0) stats.cxDestroyActiveRq.inc();
    stats.cxLengthMs.record(runtime.clock.now() - this.info.acceptedAt);
    for (const stream of this.#streams) {
      stats.rqRxReset.inc();
      stream.cancel(ResponseFlag.DownstreamConnectionTermination);
    }
    this.#manager.onConnectionClosed(this);
  }

  /** The caller does not read its answers: take no more calls from it until it does. */
  onAboveHighWatermark(): void {
    this.connection.pauseReading();
  }

  onBelowLowWatermark(): void {
    this.connection.resumeReading();
  }

  /** The idle timeout; calls in flight keep a connection alive however long they take. */
  onTimer(): void {
    const { timers, clock } = this.owner.runtime;
    const idleFor = this.#streams.size > 0 ? 0 : clock.now() - this.#lastActive;
    const { idleTimeoutMs } = this.#manager;
    if (idleFor >= idleTimeoutMs) {
      this.owner.stats.cxIdleTimeout.inc();
      this.connection.closeAfterFlush();
    } else {
      timers.arm(this, idleTimeoutMs - idleFor);
    }
  }

  // The caller's frames.

  onFrame(frame: RpcFrame): void {
    switch (frame.kind) {
      case RpcFrameKind.Request:
      case RpcFrameKind.OneWay: {
        const stream = new RpcStream(this, frame);
        this.#streams.add(stream);
        stream.begin();
        return;
      }
      case RpcFrameKind.Heartbeat:
        this.connection.write(this.#session.heartbeatAck(frame));
        return;
      case RpcFrameKind.GoAway:
        this.drain();
        return;
      default:
        return;
    }
  }

  selectRoute(stream: RpcStream): Route | undefined {
    const table = this.#manager.routes;
    const { frame } = stream;
    if (table === this.#cachedTable && this.#cachedKey !== undefined && frame.matchesRoute(this.#cachedKey)) return this.#cachedRoute;
    const { service } = frame;
    const colon = service.indexOf(":");
    const route = table.match(stream, this.owner.runtime.random.next(), colon < 0 ? undefined : service.slice(0, colon));
    if (table.isPure) {
      this.#cachedTable = table;
      this.#cachedKey = frame.routeKey();
      this.#cachedRoute = route;
    }
    return route;
  }

  // The answers.

  /** Throws `CodecError` where header edits of filters do not fit the protocol. */
  writeResponse(stream: RpcStream, response: RpcFrame): void {
    if (this.#closed || this.connection.ending || stream.isOneWay) return;
    const { connection } = this;
    const length = response.encodedLength();
    const offset = connection.reserve(length);
    response.writeTo(connection.output, offset, stream.frame.idHigh, stream.frame.idLow);
  }

  writeLocalReply(stream: RpcStream, reply: LocalReply): void {
    if (this.#closed || this.connection.ending) return;
    const bytes = this.#session.localReply(stream.frame, reply);
    if (bytes !== undefined) this.connection.write(bytes);
  }

  streamEnded(stream: RpcStream): void {
    this.#streams.delete(stream);
    this.#lastActive = this.owner.runtime.clock.now();
    if (this.#draining && this.#streams.size === 0) this.#closeWhenQuiet();
  }

  /**
   * Ends the connection between two calls. A peer that understands GoAway is told; others cannot be, so the connection stays until a turn of
   * the event loop passes in which it has neither calls nor bytes.
   */
  drain(): void {
    if (this.#draining || this.#closed) return;
    this.#draining = true;
    this.owner.stats.cxDrainClose.inc();
    const goAway = this.#session.goAway();
    if (goAway !== undefined) this.connection.write(goAway);
    if (this.#streams.size === 0) this.#closeWhenQuiet();
  }

  close(): void {
    this.connection.close();
  }

  #closeWhenQuiet(): void {
    const received = this.connection.bytesReceived;
    setImmediate(() => {
      if (this.#closed || this.#streams.size > 0) return;
      if (this.connection.bytesReceived === received) this.connection.closeAfterFlush();
      else this.#closeWhenQuiet();
    });
  }

  #countBytes(): void {
    const { bytesReceived, bytesSent } = this.connection;
    this.owner.stats.cxRxBytesTotal.add(bytesReceived - this.#rxCounted);
    this.owner.stats.cxTxBytesTotal.add(bytesSent - this.#txCounted);
    this.#rxCounted = bytesReceived;
    this.#txCounted = bytesSent;
  }
}
