import { RpcFrameKind, type LocalReply, type RpcFrame, type RpcFrameSink, type RpcSession } from "@mesh/codec";
import type { ClusterStats, Host } from "../cluster/index.ts";
import {
  connect,
  connectionErrorText,
  connectTimeoutText,
  formatAddress,
  type CloseReason,
  type Connection,
  type NetworkContext,
  type UpstreamConnectionHandler,
} from "../network/index.ts";
import { TimerEntry, type Runtime } from "../runtime/index.ts";
import { causes, type AttemptFailure } from "../stream/index.ts";
import { CallIds } from "./call-ids.ts";
import type { DownstreamRpcConnection } from "./downstream-connection.ts";
import type { PooledProtocol } from "./protocol.ts";
import type { UpstreamCall } from "./upstream-call.ts";

/** What a connection tells its pool. */
export interface UpstreamOwner {
  onUpstreamConnected(): void;
  /**
   * Called before the connection's calls learn of it.
   *
   * @param proved whether the host has ever sent something on it
   */
  onUpstreamClosed(connection: UpstreamRpcConnection, proved: boolean): void;
  /** It takes no new calls any more, for whatever reason. */
  onUpstreamDraining(connection: UpstreamRpcConnection): void;
  /** The reason is that the host said so. */
  onUpstreamGoAway(): void;
  /** The host takes no new calls on it for now. */
  onUpstreamSuspended(connection: UpstreamRpcConnection): void;
  /** It takes calls again. */
  onUpstreamResumed(connection: UpstreamRpcConnection): void;
}

/** How a connection speaks to its host. */
export interface UpstreamHabits {
  readonly protocol: PooledProtocol;
  /** Of the calls that will be sent on it. */
  readonly dialect: number;
  /** Milliseconds of silence before a heartbeat; 0: none. */
  readonly heartbeatIntervalMs: number;
}

const State = {
  Connecting: 0,
  /** Connected, and open for calls. */
  Standing: 1,
  /** The host said that it takes no new calls, and may take that back. */
  Suspended: 2,
  /** Takes no new calls; may even be connecting still, with calls that wait. */
  Draining: 3,
  Over: 4,
} as const;

type State = (typeof State)[keyof typeof State];

/**
 * A connection to a host that carries many calls at once. Each call gets an id of this connection's; the caller's own is restored in the
 * response. Calls wait, unwritten, until the connection stands, so that those of a connection that never does can be tried elsewhere.
 *
 * As a timer entry it is the clock of heartbeats and of the idle timeout.
 */
export class UpstreamRpcConnection extends TimerEntry implements UpstreamConnectionHandler, RpcFrameSink {
  readonly #owner: UpstreamOwner;
  readonly #host: Host;
  readonly #stats: ClusterStats;
  readonly #protocol: PooledProtocol;
  readonly #heartbeatIntervalMs: number;
  readonly #idleTimeoutMs: number;
  readonly #mostCalls: number;
  readonly #runtime: Runtime;
  readonly #session: RpcSession;
  readonly #connection: Connection;
  readonly #startedAt: number;
  readonly #ids = new CallIds();
  readonly #pending = new Map<number, UpstreamCall>();
  readonly #waiting: UpstreamCall[] = [];
  #state: State = State.Connecting;
  #connected = false;
  #holdsChunk = false;
  #callsGiven = 0;
  #received = false;
  #heartbeatsMissed = 0;
  #lastHeartbeat: number;
  #lastReceived: number;
  /** When a call began or ended last. */
  #lastUsed: number;
  /** What calls in flight die of when the connection does. */
  #failure: AttemptFailure = "upstream_reset";
  /** Why this side closes, or that the peer did; undefined where the socket's error tells. */
  #why: string | undefined = undefined;
  #endedByPeer = false;
  /** Callers that are not read from until this connection has sent what it holds. */
  #held: Set<DownstreamRpcConnection> | undefined = undefined;
  localAddress: string | undefined = undefined;
  /** Milliseconds on the clock; -1: it never stood. */
  connectedAt = -1;

  constructor(owner: UpstreamOwner, host: Host, habits: UpstreamHabits, runtime: Runtime, network: NetworkContext) {
    super();
    const { protocol, dialect, heartbeatIntervalMs } = habits;
    const { cluster } = host;
    this.#owner = owner;
    this.#host = host;
    this.#stats = cluster.stats;
    this.#protocol = protocol;
    this.#heartbeatIntervalMs = heartbeatIntervalMs;
    this.#idleTimeoutMs = cluster.idleTimeoutMs;
    this.#mostCalls = cluster.maxRequestsPerConnection;
    this.#runtime = runtime;
    this.#session = protocol.codec.open(this, { role: "client", limits: protocol.limits, dialect });
    const now = runtime.clock.now();
    this.#startedAt = now;
    this.#lastHeartbeat = now;
    this.#lastReceived = now;
    this.#lastUsed = now;
    cluster.stats.upstreamCxTotal.inc();
    cluster.stats.upstreamCxActive.inc();
    host.stats.cxTotal++;
    host.stats.cxActive++;
    cluster.limits[0].connections++;
    this.#connection = connect(network, this, {
      address: host.address,
      connectTimeoutMs: cluster.connectTimeoutMs,
      bufferLimitBytes: cluster.bufferLimitBytes,
      timers: runtime.timers,
      source: cluster.sourceFor(host.address),
    });
  }

  get id(): number {
    return this.#connection.id;
  }

  get startedAt(): number {
    return this.#startedAt;
  }

  /** New calls are sent at once. */
  get standing(): boolean {
    return this.#state === State.Standing;
  }

  /** New calls wait until it stands. */
  get connecting(): boolean {
    return this.#state === State.Connecting;
  }

  get activeCalls(): number {
    return this.#pending.size + this.#waiting.length;
  }

  /** Sends a call, now or once the connection stands. To be asked of one that is standing or connecting. */
  send(call: UpstreamCall): void {
    call.upstream = this;
    this.#lastUsed = call.attemptStartedAt;
    if (this.#connected) this.#write(call);
    else if (!this.#wait(call)) return;
    if (++this.#callsGiven === this.#mostCalls) {
      this.#stats.upstreamCxMaxRequests.inc();
      this.drain();
    }
  }

  /** The call no longer wants its response. */
  forget(call: UpstreamCall): void {
    const { upstreamId } = call;
    const index = this.#waiting.indexOf(call);
    if (index >= 0) {
      this.#waiting.splice(index, 1);
      this.#uncountWaiting(call);
    } else if (this.#pending.get(upstreamId) === call) {
      this.#pending.delete(upstreamId);
    }
    this.#closeIfDone();
  }

  /** Takes no new calls, and closes when the last is answered. */
  drain(): void {
    if (this.#state >= State.Draining) return;
    this.#state = State.Draining;
    this.#owner.onUpstreamDraining(this);
    this.#closeIfDone();
  }

  /** Closes now. @param why for the calls in flight, which fail once the socket is closed */
  close(why: string): void {
    this.#state = State.Over;
    this.#why ??= why;
    this.#connection.close();
  }

  // The connection's events.

  onConnected(): void {
    if (this.#state === State.Over) return;
    this.#connected = true;
    if (this.#state === State.Connecting) this.#state = State.Standing;
    const now = this.#runtime.clock.now();
    this.connectedAt = now;
    this.#stats.upstreamCxConnectMs.record(now - this.#startedAt);
    const { localAddress: address, localPort: port } = this.#connection.socket;
    this.localAddress = address === undefined || port === undefined ? undefined : formatAddress({ kind: "ip", address, port });
    this.#lastHeartbeat = now;
    this.#lastReceived = now;
    this.#lastUsed = now;
    this.#armTimer(now);
    this.#owner.onUpstreamConnected();
    for (let call = this.#waiting.shift(); call !== undefined; call = this.#waiting.shift()) {
      this.#uncountWaiting(call);
      this.#write(call);
    }
    this.#closeIfDone();
  }

  onConnectTimeout(): void {
    this.#state = State.Over;
    this.#why = connectTimeoutText;
    this.#stats.upstreamCxConnectTimeout.inc();
  }

  onData(chunk: Buffer): void {
    this.#received = true;
    this.#lastReceived = this.#runtime.clock.now();
    this.#heartbeatsMissed = 0;
    this.#stats.upstreamCxRxBytesTotal.add(chunk.length);
    this.#holdsChunk = false;
    this.#session.push(chunk);
    if (!this.#holdsChunk) this.#connection.releaseChunk();
    if (this.#session.state === "failed") this.#onProtocolError();
  }

  onEnd(): void {
    this.#endedByPeer = true;
    this.close("the host closed the connection");
  }

  onClose(reason: CloseReason, error: Error | undefined): void {
    this.#state = State.Over;
    this.#runtime.timers.disarm(this);
    const stats = this.#stats;
    const hostStats = this.#host.stats;
    stats.upstreamCxActive.dec();
    hostStats.cxActive--;
    this.#host.cluster.limits[0].connections--;
    stats.upstreamCxLengthMs.record(this.#runtime.clock.now() - this.#startedAt);
    stats.countDestroy(reason === "local" && !this.#endedByPeer, this.#connected && this.#pending.size > 0);
    if (this.#connected) {
      stats.upstreamRqPerCx.record(this.#callsGiven);
    } else {
      stats.upstreamCxConnectFail.inc();
      hostStats.cxConnectFail++;
    }
    // The pool first: a call that is tried again at once must not be given this connection.
    this.#owner.onUpstreamClosed(this, this.#received);
    this.#failCalls((error === undefined ? this.#why : connectionErrorText(error)) ?? "the connection was closed");
    this.#resumeCallers();
  }

  onAboveHighWatermark(): void {}

  onBelowLowWatermark(): void {
    this.#resumeCallers();
  }

  // The host's frames.

  onFrame(frame: RpcFrame): void {
    switch (frame.kind) {
      case RpcFrameKind.Response: {
        const call = this.#pending.get(frame.idLow);
        // A response to a call that was given up.
        if (call === undefined) return;
        this.#pending.delete(frame.idLow);
        this.#lastUsed = this.#lastReceived;
        call.onResponse(frame);
        // A filter waits with the response: the frame and its chunk live on.
        if (!call.ended) this.#holdsChunk = true;
        if (this.#state === State.Draining) this.#closeIfDone();
        return;
      }
      case RpcFrameKind.Heartbeat:
        this.#writeOwn(this.#session.heartbeatAck(frame));
        return;
      case RpcFrameKind.GoAway:
        this.#onGoAway();
        return;
      case RpcFrameKind.Writable:
        if (this.#state !== State.Suspended) return;
        this.#state = State.Standing;
        this.#owner.onUpstreamResumed(this);
        return;
      case RpcFrameKind.Request: {
        // Hosts are called and do not call: nobody here could answer, so the host is not left to wait for it.
        const reply = this.#session.localReply(frame, nobodyServes);
        if (reply !== undefined) this.#writeOwn(reply);
        return;
      }
      default:
        return;
    }
  }

  /** The heartbeat's clock: after an interval of silence the host is asked, after some unanswered questions it is given up. */
  onTimer(): void {
    const now = this.#runtime.clock.now();
    if (this.#idleTimeoutMs > 0 && this.activeCalls === 0 && now - this.#lastUsed >= this.#idleTimeoutMs) {
      this.#stats.upstreamCxIdleTimeout.inc();
      this.drain();
      return;
    }
    if (this.#heartbeatIntervalMs > 0 && now - this.#lastHeard >= this.#heartbeatIntervalMs) {
      if (this.#heartbeatsMissed >= this.#protocol.heartbeatFailures) {
        const why = `${this.#heartbeatsMissed} heartbeats were not answered`;
        this.#runtime.logger.log("warning", "rpc", `${this.#host.addressText}: ${why}; closing the connection`);
        this.close(why);
        return;
      }
      this.#heartbeatsMissed++;
      this.#lastHeartbeat = now;
      this.#writeOwn(this.#session.heartbeat(0, this.#ids.take(this.#pending)));
    }
    this.#armTimer(now);
  }

  /** From when on silence counts. */
  get #lastHeard(): number {
    return Math.max(this.#lastReceived, this.#lastHeartbeat);
  }

  /** Armed for the moment that is due if nothing happens, not anew with every call. */
  #armTimer(now: number): void {
    const heartbeatIn = this.#heartbeatIntervalMs > 0 ? this.#lastHeard + this.#heartbeatIntervalMs - now : Infinity;
    const idleSince = this.activeCalls > 0 ? now : this.#lastUsed;
    const idleIn = this.#idleTimeoutMs > 0 ? idleSince + this.#idleTimeoutMs - now : Infinity;
    const next = Math.min(heartbeatIn, idleIn);
    if (next < Infinity) this.#runtime.timers.arm(this, next);
  }

  #onGoAway(): void {
    if (this.#state >= State.Suspended) return;
    this.#stats.upstreamCxCloseNotify.inc();
    if (this.#protocol.codec.goAwayIsFinal) {
      this.drain();
      this.#owner.onUpstreamGoAway();
    } else {
      this.#state = State.Suspended;
      this.#owner.onUpstreamSuspended(this);
    }
  }

  #onProtocolError(): void {
    const message = this.#session.error?.message ?? "what it sent is not the protocol";
    this.#stats.upstreamCxProtocolError.inc();
    this.#runtime.logger.log("warning", "rpc", `${this.#host.addressText}: ${message}; closing the connection`);
    this.#failure = "upstream_protocol_error";
    this.close(message);
  }

  /** Returns false where no more calls may wait. */
  #wait(call: UpstreamCall): boolean {
    const { limits } = call;
    if (limits !== undefined) {
      if (limits.pendingRequests >= limits.maxPendingRequests) {
        call.onFailure("upstream_overflow", undefined);
        return false;
      }
      limits.pendingRequests++;
    }
    this.#stats.upstreamRqPendingTotal.inc();
    this.#stats.upstreamRqPendingActive.inc();
    this.#host.stats.rqPendingActive++;
    this.#waiting.push(call);
    return true;
  }

  #uncountWaiting(call: UpstreamCall): void {
    if (call.limits !== undefined) call.limits.pendingRequests--;
    this.#stats.upstreamRqPendingActive.dec();
    this.#host.stats.rqPendingActive--;
  }

  #write(call: UpstreamCall): void {
    const { frame } = call;
    const connection = this.#connection;
    if (call.downstream === undefined && connection.aboveHighWatermark) {
      call.onFailure("upstream_overflow", undefined);
      return;
    }
    let length: number;
    try {
      length = frame.encodedLength();
    } catch (error) {
      call.onUnencodable(error);
      return;
    }
    this.#host.recordConnected();
    const id = this.#ids.take(this.#pending);
    const offset = connection.reserve(length);
    frame.writeTo(connection.output, offset, 0, id);
    this.#stats.upstreamCxTxBytesTotal.add(length);
    if (connection.aboveHighWatermark && call.downstream !== undefined) this.#holdCaller(call.downstream);
    if (call.isOneWay) {
      call.onSent();
    } else {
      call.upstreamId = id;
      this.#pending.set(id, call);
    }
  }

  #writeOwn(bytes: Buffer): void {
    if (this.#connection.ending) return;
    this.#stats.upstreamCxTxBytesTotal.add(bytes.length);
    this.#connection.write(bytes);
  }

  #failCalls(reason: string): void {
    for (let call = this.#waiting.shift(); call !== undefined; call = this.#waiting.shift()) {
      this.#uncountWaiting(call);
      this.#stats.upstreamRqPendingFailureEject.inc();
      call.onFailure("upstream_connection_failure", reason);
    }
    for (const call of this.#pending.values()) call.onFailure(this.#failure, reason);
    this.#pending.clear();
  }

  /** The host takes bytes more slowly than this caller sends them: stop reading from the caller. */
  #holdCaller(caller: DownstreamRpcConnection): void {
    this.#held ??= new Set();
    if (this.#held.has(caller)) return;
    this.#held.add(caller);
    caller.pauseReading();
  }

  #resumeCallers(): void {
    const held = this.#held;
    this.#held = undefined;
    if (held !== undefined) for (const caller of held) caller.resumeReading();
  }

  #closeIfDone(): void {
    if (this.#state !== State.Draining || this.activeCalls > 0) return;
    this.#state = State.Over;
    this.#runtime.timers.disarm(this);
    this.#connection.closeAfterFlush();
  }
}

const nobodyServes: LocalReply = { cause: "route_not_found", httpStatus: causes.route_not_found.httpStatus, message: "" };
