import { RpcFrameKind, type LocalReply, type RpcFrame, type RpcFrameSink, type RpcSession } from "@mesh/codec";
import { ResponseFlag } from "../access-log/index.ts";
import type { CloseReason, Connection, ConnectionHandler } from "../network/index.ts";
import type { Route } from "../route/index.ts";
import { TimerEntry } from "../runtime/index.ts";
import type { DownstreamStats } from "../stream/index.ts";
import { RouteMemory } from "./route-memory.ts";
import { countTakeOver, type RpcService } from "./rpc-service.ts";
import { RpcStream } from "./rpc-stream.ts";

/** Milliseconds of quiet after which a peer that was sent GoAway, and should close by itself, is closed. */
const goAwayGraceMs = 1000;

/** How long a draining connection must have been silent: longer than a caller on this machine takes from an answer to its next call. */
const silenceMs = 250;

/**
 * A caller's connection. Answers its heartbeats here, makes a stream of each call, and writes the answers in whatever order they come.
 *
 * As a timer entry it is the idle timeout, and once it drains the wait for silence.
 */
export class DownstreamRpcConnection extends TimerEntry implements ConnectionHandler, RpcFrameSink {
  /** Of the calls to come. */
  service: RpcService;
  readonly connection: Connection;
  #idleTimeoutMs: number;
  #stats: DownstreamStats;
  readonly #session: RpcSession;
  /** Calls that wait for their answer. */
  readonly #streams = new Set<RpcStream>();
  readonly #memory = new RouteMemory();
  /** When bytes last came or an answer last went, heartbeats included. */
  #lastActive: number;
  /** When the last call was answered, or the drain began; while draining only. */
  #lastCall = 0;
  /** Who does not want more calls of this connection read; 0: nobody. */
  #holds = 0;
  /** To be closed as soon as that loses no call. */
  #draining = false;
  #sentGoAway = false;
  #endedByPeer = false;
  #isFinishing = false;
  #closed = false;

  constructor(service: RpcService, connection: Connection) {
    super();
    const { owner, manager, protocol } = service;
    this.service = service;
    this.#stats = owner.stats;
    this.connection = connection;
    this.#session = protocol.codec.open(this, { role: "server", limits: manager.limits });
    this.#lastActive = owner.runtime.clock.now();
    connection.setHandler(this);
    this.#idleTimeoutMs = service.idleTimeoutMs;
    if (this.#idleTimeoutMs > 0) owner.runtime.timers.arm(this, this.#idleTimeoutMs);
  }

  get activeCalls(): number {
    return this.#streams.size;
  }

  /** Whether calls are under way that began with a service. */
  hasCallsOf(service: RpcService): boolean {
    for (const stream of this.#streams) if (stream.service === service) return true;
    return false;
  }

  /** It is there to stay: nobody has begun to end it. */
  get isLasting(): boolean {
    return !this.#draining && !this.#isFinishing && !this.#endedByPeer && !this.#closed && !this.connection.ending;
  }

  /** Has another filter serve the calls of which the last byte is still to come. */
  moveTo(service: RpcService): void {
    const before = this.service;
    this.service = service;
    const { stats, runtime } = service.owner;
    countTakeOver(this.#stats, stats);
    this.#stats = stats;
    this.#idleTimeoutMs = service.idleTimeoutMs;
    if (this.#idleTimeoutMs > 0) runtime.timers.arm(this, this.#idleTimeoutMs);
    else runtime.timers.disarm(this);
    before.manager.onConnectionTaken(this, before);
  }

  // The connection's events.

  onData(chunk: Buffer): void {
    this.#lastActive = this.service.owner.runtime.clock.now();
    this.#stats.cxRxBytesTotal.add(chunk.length);
    this.#session.push(chunk);
    if (this.#session.state === "failed") this.#onProtocolError();
  }

  /** The caller says that it sends no more: what it still waits for is answered, then the connection ends. */
  onEnd(): void {
    this.#endedByPeer = true;
    this.#closeIfAnswered();
  }

  onClose(reason: CloseReason, _error: Error | undefined): void {
    if (this.#closed) return;
    this.#closed = true;
    const stats = this.#stats;
    const { owner, info, manager } = this.service;
    const { runtime } = owner;
    runtime.timers.disarm(this);
    stats.cxActive.dec();
    stats.countDestroy(reason === "local" && !this.#endedByPeer, this.#streams.size > 0);
    stats.cxLengthMs.record(runtime.clock.now() - info.acceptedAt);
    for (const stream of this.#streams) {
      stream.owner.stats.rqRxReset.inc();
      stream.cancel(ResponseFlag.DownstreamConnectionTermination);
    }
    manager.onConnectionClosed(this);
  }

  /** The caller does not read its answers: take no more calls from it until it does. */
  onAboveHighWatermark(): void {
    this.pauseReading();
  }

  onBelowLowWatermark(): void {
    this.resumeReading();
  }

  onTimer(): void {
    const { timers, clock } = this.service.owner.runtime;
    const limit = this.#draining ? this.#drainSilenceMs : this.#idleTimeoutMs;
    // One that does not read its answers is held up, and idle all the same.
    const isBusy = this.#draining ? this.#isBusy : this.#streams.size > 0;
    const quietFor = isBusy ? 0 : clock.now() - (this.#draining ? this.#lastCall : this.#lastActive);
    if (quietFor < limit) {
      timers.arm(this, limit - quietFor);
      return;
    }
    if (!this.#draining) this.#stats.cxIdleTimeout.inc();
    this.connection.closeAfterFlush();
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
        this.#write(this.#session.heartbeatAck(frame));
        return;
      default:
        // GoAway too: callers are not called, and go by themselves when they have their answers.
        return;
    }
  }

  selectRoute(stream: RpcStream): Route | undefined {
    const table = stream.service.manager.routes;
    const memory = this.#memory;
    const { frame, rewritten } = stream;
    if (!rewritten && memory.recall(table, frame)) return memory.route;
    const service = stream.authority;
    const colon = service.indexOf(":");
    const route = table.match(stream, stream.owner.runtime.random.next(), colon < 0 ? undefined : service.slice(0, colon));
    if (table.isPure && !rewritten) memory.keep(table, frame, route);
    return route;
  }

  // Back-pressure.

  /** Reads no more calls until `resumeReading` was called as often. */
  pauseReading(): void {
    this.#holds++;
    this.connection.pauseReading();
  }

  resumeReading(): void {
    this.#holds--;
    this.connection.resumeReading();
    this.#closeIfAnswered();
  }

  // The answers.

  /** Throws `CodecError` where header edits of filters do not fit the protocol. */
  writeResponse(stream: RpcStream, response: RpcFrame): void {
    const { connection } = this;
    if (this.#closed || connection.ending || stream.isOneWay) return;
    const length = response.encodedLength();
    const offset = connection.reserve(length);
    response.writeTo(connection.output, offset, stream.frame.idHigh, stream.frame.idLow);
    this.#stats.cxTxBytesTotal.add(length);
  }

  writeLocalReply(stream: RpcStream, reply: LocalReply): void {
    const bytes = this.#session.localReply(stream.frame, reply);
    if (bytes !== undefined) this.#write(bytes);
  }

  streamEnded(stream: RpcStream): void {
    this.#streams.delete(stream);
    this.#lastActive = stream.owner.runtime.clock.now();
    this.#lastCall = this.#lastActive;
    this.#closeIfAnswered();
  }

  /**
   * Ends the connection between two calls. A peer that understands GoAway is told, and goes by itself; others cannot be told, so the
   * connection is closed once it has had neither calls nor parts of calls for a while: a caller that asks again as soon as it is answered is
   * never caught with a call on its way.
   */
  drain(): void {
    if (this.#draining || this.#closed || this.connection.ending) return;
    this.#draining = true;
    this.#stats.cxDrainClose.inc();
    const goAway = this.#session.goAway();
    if (goAway !== undefined) {
      this.#write(goAway);
      this.#sentGoAway = true;
    }
    const { clock, timers } = this.service.owner.runtime;
    // A first call may be on its way: silence counts from now on.
    this.#lastCall = clock.now();
    timers.arm(this, this.#drainSilenceMs);
  }

  /** Milliseconds without calls after which a draining connection is closed. */
  get #drainSilenceMs(): number {
    return this.#sentGoAway ? goAwayGraceMs : silenceMs;
  }

  /** Ends with the answers to the calls that have come. */
  finish(): void {
    this.#isFinishing = true;
    this.#closeIfAnswered();
  }

  close(): void {
    this.connection.close();
  }

  #onProtocolError(): void {
    const { error } = this.#session;
    const { owner, info } = this.service;
    const { logger } = owner.runtime;
    this.#stats.cxProtocolError.inc();
    const message = `${info.remoteAddress}: ${error?.message ?? "not the protocol"}; closing the connection`;
    logger.log("info", "rpc", message, { code: error?.code, offset: error?.offset });
    this.connection.closeAfterFlush();
  }

  /** Something is under way that closing would lose. */
  get #isBusy(): boolean {
    if (this.#streams.size > 0) return true;
    // Calls may wait unread, or the rest of one be on its way.
    return !this.#endedByPeer && (this.#holds > 0 || (this.#draining && this.#session.buffered > 0));
  }

  /** The peer sends no more: the connection ends with the last answer. */
  #closeIfAnswered(): void {
    if ((this.#endedByPeer || this.#isFinishing) && !this.#closed && !this.connection.ending && !this.#isBusy)
      this.connection.closeAfterFlush();
  }

  #write(bytes: Buffer): void {
    if (this.#closed || this.connection.ending) return;
    this.#stats.cxTxBytesTotal.add(bytes.length);
    this.connection.write(bytes);
  }
}
