import { ResponseFlag, StreamDetail, type CloseType, type StreamInfo } from "../access-log/index.ts";
import type { Cluster, Host, LoadBalancerContext } from "../cluster/index.ts";
import {
  connect,
  connectionErrorText,
  connectTimeoutText,
  formatAddress,
  type CloseReason,
  type Connection,
  type ConnectionHandler,
  type UpstreamConnectionHandler,
} from "../network/index.ts";
import { TimerEntry } from "../runtime/index.ts";
import { connectionInfo, type DownstreamInfo } from "../stream/index.ts";
import type { TcpProxyContext } from "./tcp-proxy.ts";

/**
 * One connection and its twin upstream. A slow side stops reading from the other; each side's end is passed on by itself, so that half-closed
 * connections work; a reset is passed on as a reset.
 */
export class TcpSession extends TimerEntry implements ConnectionHandler, LoadBalancerContext {
  readonly #context: TcpProxyContext;
  readonly #downstream: Connection;
  readonly #info: DownstreamInfo;
  #upstream: UpstreamSide | undefined = undefined;
  /** Bytes that came before the upstream connection stood; nothing more is read until it does. */
  #early: Buffer | undefined = undefined;
  #cluster: Cluster | undefined = undefined;
  #attempts = 0;
  #host: Host | undefined = undefined;
  #upstreamLocalAddress: string | undefined = undefined;
  /** The one that stood last; it is asked when the log is written. */
  #connected: UpstreamSide | undefined = undefined;
  readonly #failed: Host[] = [];
  #downstreamCloseType: CloseType = "Normal";
  #upstreamCloseType: CloseType = "Normal";
  #ended = false;
  #lastActive: number;
  #flags = 0;
  #failureReason: string | undefined = undefined;
  readonly #duration: DurationLimit | undefined;
  readonly hashKey: undefined = undefined;
  readonly originalDestination: string | undefined;

  constructor(context: TcpProxyContext, downstream: Connection, info: DownstreamInfo) {
    super();
    this.#context = context;
    this.#downstream = downstream;
    this.#info = info;
    this.originalDestination = info.isRedirected === true ? info.localAddress : undefined;
    this.#lastActive = context.runtime.clock.now();
    this.#duration = context.maxDurationMs > 0 ? new DurationLimit(this) : undefined;
  }

  begin(initial: Buffer | undefined): void {
    const { stats, runtime, idleTimeoutMs, maxDurationMs } = this.#context;
    stats.cxTotal.inc();
    stats.cxActive.inc();
    this.#early = initial;
    this.#downstream.setHandler(this);
    this.#downstream.pauseReading();
    if (idleTimeoutMs > 0) runtime.timers.arm(this, idleTimeoutMs);
    if (this.#duration !== undefined) runtime.timers.arm(this.#duration, maxDurationMs);
    this.#connect();
  }

  close(): void {
    this.#downstream.close();
  }

  onMaxDuration(): void {
    this.#context.stats.maxDuration.inc();
    this.#flags |= ResponseFlag.DurationTimeout;
    this.close();
  }

  shouldSkip(_host: Host): boolean {
    return false;
  }

  requestHeader(_name: string): undefined {}

  // The client's side.

  onData(chunk: Buffer): void {
    this.#lastActive = this.#context.runtime.clock.now();
    this.#context.stats.cxRxBytesTotal.add(chunk.length);
    this.#upstream?.write(chunk);
  }

  onEnd(): void {
    this.#upstream?.end();
  }

  onClose(reason: CloseReason): void {
    if (reason === "error") this.#downstreamCloseType = "RemoteReset";
    this.#finish(reason === "error");
  }

  onAboveHighWatermark(): void {
    this.#upstream?.pause();
  }

  onBelowLowWatermark(): void {
    this.#upstream?.resume();
  }

  onTimer(): void {
    const { runtime, idleTimeoutMs, stats } = this.#context;
    const idleFor = runtime.clock.now() - this.#lastActive;
    if (idleFor >= idleTimeoutMs) {
      stats.idleTimeout.inc();
      this.#flags |= ResponseFlag.StreamIdleTimeout;
      this.close();
    } else {
      runtime.timers.arm(this, idleTimeoutMs - idleFor);
    }
  }

  // The host's side, told by `UpstreamSide`.

  /** @returns true when the kernel has taken all of it */
  onUpstreamData(chunk: Buffer): boolean {
    this.#lastActive = this.#context.runtime.clock.now();
    this.#context.stats.cxTxBytesTotal.add(chunk.length);
    this.#downstream.writeThrough(chunk);
    return this.#downstream.pendingBytes === 0;
  }

  onUpstreamEnd(): void {
    this.#downstream.end();
  }

  onUpstreamPressure(above: boolean): void {
    if (above) {
      this.#context.stats.flowControlPaused.inc();
      this.#downstream.pauseReading();
    } else {
      this.#context.stats.flowControlResumed.inc();
      this.#downstream.resumeReading();
    }
  }

  onUpstreamConnected(upstream: UpstreamSide): void {
    this.#upstreamLocalAddress = upstream.localAddress;
    this.#connected = upstream;
    if (this.#early !== undefined) {
      this.#context.stats.cxRxBytesTotal.add(this.#early.length);
      upstream.write(this.#early);
      this.#early = undefined;
    }
    this.#downstream.resumeReading();
  }

  /** The attempt at a host came to nothing: try another as often as configured, else close. */
  onUpstreamFailed(reason: string): void {
    this.#failureReason = reason;
    this.#upstream = undefined;
    if (this.#attempts < this.#context.maxConnectAttempts) {
      if (this.#host !== undefined) this.#failed.push(this.#host);
      this.#connect();
      return;
    }
    this.#cluster?.stats.upstreamCxConnectAttemptsExceeded.inc();
    // Envoy sets the second one as well, though one attempt is all that there is by default: access logs say `UF,URX`.
    this.#flags |= ResponseFlag.UpstreamConnectionFailure | ResponseFlag.UpstreamRetryLimitExceeded;
    this.#downstream.close();
  }

  /** The host closed a standing connection. */
  onUpstreamClosed(reason: CloseReason): void {
    this.#upstream = undefined;
    if (reason === "error") {
      // Envoy: a reset is told as one.
      this.#flags |= ResponseFlag.UpstreamRemoteReset;
      this.#upstreamCloseType = "RemoteReset";
      this.#downstreamCloseType = "LocalReset";
      this.#downstream.reset();
    } else {
      this.#downstream.closeAfterFlush();
    }
  }

  #connect(): void {
    const { clusters, targets, runtime, stats } = this.#context;
    this.#cluster ??= clusters.find(targets.clusterName(runtime.random.next()));
    const cluster = this.#cluster;
    if (cluster === undefined) {
      stats.cxNoRoute.inc();
      this.#flags |= ResponseFlag.NoClusterFound;
      this.#downstream.close();
      return;
    }
    const limits = cluster.limits[0];
    if (limits.connections >= limits.maxConnections) {
      cluster.stats.upstreamCxOverflow.inc();
      this.#flags |= ResponseFlag.UpstreamOverflow;
      this.#downstream.close();
      return;
    }
    const host = cluster.pickHost(this);
    if (host === undefined) {
      cluster.stats.upstreamCxNoneHealthy.inc();
      this.#flags |= ResponseFlag.NoHealthyUpstream;
      this.#downstream.close();
      return;
    }
    this.#attempts++;
    this.#host = host;
    this.#upstream = new UpstreamSide(this, host, this.#context);
  }

  #finish(reset: boolean): void {
    if (this.#ended) return;
    this.#ended = true;
    const { runtime, stats, accessLogs } = this.#context;
    runtime.timers.disarm(this);
    if (this.#duration !== undefined) runtime.timers.disarm(this.#duration);
    stats.cxActive.dec();
    const upstream = this.#upstream;
    if (accessLogs.length > 0) {
      const info = this.#streamInfo();
      for (const log of accessLogs) log.log(info);
    }
    this.#upstream = undefined;
    upstream?.abandon(reset);
    this.#context.onSessionEnd(this);
  }

  #streamInfo(): StreamInfo {
    return connectionInfo(this.#downstream, this.#info, this.#context.runtime, {
      responseFlags: this.#flags,
      upstreamCluster: this.#cluster?.name,
      upstreamHost: this.#host?.addressText,
      upstreamHostname: this.#host?.hostname,
      upstreamMetadata: this.#host?.metadata,
      clusterMetadata: this.#cluster?.metadata,
      upstreamHostsFailed: this.#failed,
      upstreamConnectionId: this.#connected?.id ?? 0,
      upstreamCloseType: this.#upstreamCloseType,
      downstreamCloseType: this.#downstreamCloseType,
      detail: this.#context.recordsDetail ? this.#detail() : undefined,
      upstreamLocalAddress: this.#upstreamLocalAddress,
      upstreamTransportFailureReason: this.#failureReason,
      upstreamRequestAttemptCount: this.#attempts,
    });
  }

  #detail(): StreamDetail {
    const detail = new StreamDetail();
    detail.downstreamConnectedAt = this.#info.acceptedAt;
    detail.startedAt = this.#info.acceptedAt;
    detail.attemptStartedAt = this.#info.acceptedAt;
    detail.downstreamBytesReceived = this.#downstream.bytesReceived;
    detail.downstreamBytesSent = this.#downstream.bytesWritten;
    const upstream = this.#connected;
    if (upstream === undefined) return detail;
    detail.upstreamConnectStartedAt = upstream.startedAt;
    detail.upstreamConnectedAt = upstream.connectedAt;
    upstream.countWireBytes(detail);
    return detail;
  }
}

/** `max_downstream_connection_duration`. */
class DurationLimit extends TimerEntry {
  readonly #session: TcpSession;

  constructor(session: TcpSession) {
    super();
    this.#session = session;
  }

  onTimer(): void {
    this.#session.onMaxDuration();
  }
}

/** The connection to the host, and the cluster's and host's books about it. */
class UpstreamSide implements UpstreamConnectionHandler {
  readonly host: Host;
  readonly #session: TcpSession;
  readonly #context: TcpProxyContext;
  readonly #connection: Connection;
  readonly startedAt: number;
  connectedAt = -1;
  #connected = false;
  #abandoned = false;
  #timedOut = false;

  constructor(session: TcpSession, host: Host, context: TcpProxyContext) {
    this.#session = session;
    this.host = host;
    this.#context = context;
    this.startedAt = context.runtime.clock.now();
    const { cluster } = host;
    cluster.limits[0].connections++;
    cluster.stats.upstreamCxTotal.inc();
    cluster.stats.upstreamCxActive.inc();
    host.stats.cxTotal++;
    host.stats.cxActive++;
    this.#connection = connect(context.network, this, {
      address: host.address,
      connectTimeoutMs: cluster.connectTimeoutMs,
      bufferLimitBytes: cluster.bufferLimitBytes,
      timers: context.runtime.timers,
      source: cluster.sourceFor(host.address),
    });
  }

  get id(): number {
    return this.#connection.id;
  }

  countWireBytes(detail: StreamDetail): void {
    detail.upstreamBytesReceived = this.#connection.bytesReceived;
    detail.upstreamBytesSent = this.#connection.bytesWritten;
  }

  get localAddress(): string | undefined {
    const { localAddress: address, localPort: port } = this.#connection.socket;
    return address === undefined || port === undefined ? undefined : formatAddress({ kind: "ip", address, port });
  }

  write(chunk: Buffer): void {
    this.host.cluster.stats.upstreamCxTxBytesTotal.add(chunk.length);
    this.#connection.writeThrough(chunk);
  }

  end(): void {
    this.#connection.end();
  }

  pause(): void {
    this.host.cluster.stats.upstreamFlowControlPausedReadingTotal.inc();
    this.#connection.pauseReading();
  }

  resume(): void {
    this.host.cluster.stats.upstreamFlowControlResumedReadingTotal.inc();
    this.#connection.resumeReading();
  }

  /** The client is gone. */
  abandon(reset: boolean): void {
    this.#abandoned = true;
    if (reset) this.#connection.reset();
    else if (this.#connected) this.#connection.closeAfterFlush();
    else this.#connection.close();
  }

  onConnected(): void {
    this.#connected = true;
    this.connectedAt = this.#context.runtime.clock.now();
    this.host.cluster.stats.upstreamCxConnectMs.record(this.connectedAt - this.startedAt);
    // There is no answer whose status could tell more.
    this.host.recordResult(200, true);
    if (!this.#abandoned) this.#session.onUpstreamConnected(this);
  }

  onConnectTimeout(): void {
    this.#timedOut = true;
    this.host.cluster.stats.upstreamCxConnectTimeout.inc();
  }

  onData(chunk: Buffer): void {
    this.host.cluster.stats.upstreamCxRxBytesTotal.add(chunk.length);
    if (this.#abandoned || this.#session.onUpstreamData(chunk)) this.#connection.releaseChunk();
  }

  onEnd(): void {
    if (!this.#abandoned) this.#session.onUpstreamEnd();
  }

  onClose(reason: CloseReason, error: Error | undefined): void {
    const { cluster, stats } = this.host;
    cluster.limits[0].connections--;
    cluster.stats.upstreamCxActive.dec();
    stats.cxActive--;
    cluster.stats.upstreamCxLengthMs.record(this.#context.runtime.clock.now() - this.startedAt);
    // A connection that stands is what a request is to other protocols.
    cluster.stats.countDestroy(reason === "local", this.#connected);
    if (this.#connected) {
      cluster.stats.upstreamRqPerCx.record(1);
      if (!this.#abandoned) this.#session.onUpstreamClosed(reason);
      return;
    }
    // Nobody waits for the connection any more: that says nothing against the host.
    if (this.#abandoned) return;
    cluster.stats.upstreamCxConnectFail.inc();
    stats.cxConnectFail++;
    this.host.recordResult(this.#timedOut ? 504 : 503, true);
    const known = error === undefined ? undefined : connectionErrorText(error);
    this.#session.onUpstreamFailed(known ?? (this.#timedOut ? connectTimeoutText : "connection closed"));
  }

  onAboveHighWatermark(): void {
    this.host.cluster.stats.upstreamFlowControlBackedUpTotal.inc();
    this.#session.onUpstreamPressure(true);
  }

  onBelowLowWatermark(): void {
    this.host.cluster.stats.upstreamFlowControlDrainedTotal.inc();
    if (!this.#abandoned) this.#session.onUpstreamPressure(false);
  }
}
