import {
  createResponseDecoder,
  lastChunkLength,
  writeLastChunk,
  type MessageSink,
  type ResponseDecoder,
  type ResponseHead,
} from "@mesh/codec-http1";
import type { HeaderView } from "@mesh/codec";
import type { StreamDetail } from "../access-log/index.ts";
import type { Host } from "../cluster/index.ts";
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
import type { UpstreamExchange } from "./upstream-exchange.ts";
import { upstreamOptionsOf } from "./upstream-options.ts";
import { writeBodyPart } from "./write-body.ts";

/** What a connection tells its pool. */
export interface UpstreamOwner {
  /** It stands, and waits for its first request. */
  onUpstreamConnected(connection: UpstreamHttpConnection): void;
  /** Its exchange is over, and it can carry another. */
  onUpstreamFree(connection: UpstreamHttpConnection): void;
  onUpstreamClosed(connection: UpstreamHttpConnection, wasConnected: boolean, reason: string): void;
}

/** The most bytes that are read of a response that nobody wants, so that its connection can be used again. */
const maxDiscardedBytes = 64 * 1024;

/**
 * A connection to a host: one exchange at a time.
 *
 *     idle ─► start ─► request written … sent whole ─┐
 *       ▲                └─► response begun … ended ─┴─► free: idle again, or closed
 */
export class UpstreamHttpConnection extends TimerEntry implements UpstreamConnectionHandler {
  readonly #owner: UpstreamOwner;
  readonly #host: Host;
  readonly #runtime: Runtime;
  readonly #connection: Connection;
  readonly #decoder: ResponseDecoder;
  readonly #enableTrailers: boolean;
  readonly #startedAt: number;
  /** The stream whose exchange it carries. */
  #stream: UpstreamExchange | undefined = undefined;
  #connected = false;
  #timedOut = false;
  #draining = false;
  #carried = 0;
  #idleSince = 0;
  #isChunked = false;
  #requestSent = false;
  #responseEnded = false;
  #keepAlive = false;
  #isTunnel = false;
  #trailers: HeaderView | undefined = undefined;
  /** The host has ended its side. */
  #remoteEnded = false;
  /** It is closed though its exchange is not over. */
  #isCutShort = false;
  /** Nobody wants the response any more; it is read so that the connection can be used again. */
  #discarding = false;
  #discarded = 0;
  #blocks = 0;
  #sentCounted = 0;
  /** Something refers to the chunk at hand, which must not be read into again. */
  #isChunkHeld = false;
  #rxMark = 0;
  #txMark = 0;
  localAddress: string | undefined = undefined;
  /** The pool's: when its last exchange ended, by `WriteBatch.turn`. */
  freedInTurn = -2;
  /** The pool's: the stream that it will carry in a moment. */
  promisedTo: UpstreamExchange | undefined = undefined;
  /** Milliseconds on the clock; -1: it never stood. */
  connectedAt = -1;

  constructor(owner: UpstreamOwner, host: Host, runtime: Runtime, network: NetworkContext) {
    super();
    this.#owner = owner;
    this.#host = host;
    this.#runtime = runtime;
    this.#decoder = createResponseDecoder(new ResponseSink(this));
    this.#startedAt = runtime.clock.now();
    const { cluster } = host;
    this.#enableTrailers = upstreamOptionsOf(cluster).enableTrailers;
    cluster.stats.upstreamCxTotal.inc();
    cluster.stats.upstreamCxHttp1Total.inc();
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

  /** Whether it can carry a request, being idle. */
  get usable(): boolean {
    return !this.#connection.closed && !this.#connection.ending;
  }

  get isBusy(): boolean {
    return this.#stream !== undefined || this.#discarding || this.promisedTo !== undefined;
  }

  get id(): number {
    return this.#connection.id;
  }

  get startedAt(): number {
    return this.#startedAt;
  }

  // The stream's side.

  /** Adds the bytes since the exchange began. */
  countWireBytes(detail: StreamDetail): void {
    const { bytesReceived, bytesWritten } = this.#connection;
    detail.upstreamBytesReceived += bytesReceived - this.#rxMark;
    detail.upstreamBytesSent += bytesWritten - this.#txMark;
    this.#markWireBytes();
  }

  #markWireBytes(): void {
    this.#rxMark = this.#connection.bytesReceived;
    this.#txMark = this.#connection.bytesWritten;
  }

  /** Sends a request. The connection must be idle and usable. */
  start(stream: UpstreamExchange): void {
    const { head } = stream;
    const connection = this.#connection;
    let length: number;
    try {
      head.restoreFraming(stream.wantsTunnel);
      length = head.encodedLength();
    } catch (error) {
      this.#owner.onUpstreamFree(this);
      stream.onUnencodable(error);
      return;
    }
    if (stream.detail !== undefined) this.#markWireBytes();
    const offset = connection.reserve(length);
    head.writeTo(connection.output, offset);
    this.#stream = stream;
    this.#carried++;
    this.#host.recordConnected();
    this.#requestSent = false;
    this.#isChunked = head.bodyKind === "chunked";
    this.#decoder.expect(head.method, stream.wantsTunnel);
    stream.onUpstreamReady(this);
  }

  /** The same at the end of a turn: the request leaves with what this turn wrote. */
  startAtOnce(stream: UpstreamExchange): void {
    this.#connection.holdForFlush();
    try {
      this.start(stream);
    } finally {
      this.#connection.flush();
    }
  }

  writeBody(chunk: Buffer, start: number, end: number): void {
    writeBodyPart(this.#connection, chunk, start, end, this.#isChunked);
  }

  /** The request is written whole; of a tunnel, the client's half. */
  endRequest(trailers: HeaderView | undefined): void {
    if (this.#isTunnel) {
      this.#connection.end();
      return;
    }
    if (this.#isChunked && this.usable) {
      const sent = this.#enableTrailers ? trailers : undefined;
      const offset = this.#connection.reserve(lastChunkLength(sent));
      writeLastChunk(this.#connection.output, offset, sent);
    }
    this.#requestSent = true;
    const detail = this.#stream?.detail;
    if (detail !== undefined) detail.requestSentAt = this.#runtime.clock.now();
  }

  /** The stream no longer wants its response. */
  abandon(): void {
    this.#stream = undefined;
    this.#isCutShort = true;
    this.#host.cluster.stats.upstreamRqTxReset.inc();
    this.#connection.close();
  }

  /** The bytes at hand are needed after this read. */
  holdChunk(): void {
    this.#isChunkHeld = true;
  }

  /** Stops reading for a reason, a bit of `UpstreamBlock`. */
  block(reason: number): void {
    if (this.#blocks === 0) {
      this.#connection.pauseReading();
      this.#host.cluster.stats.upstreamFlowControlPausedReadingTotal.inc();
    }
    this.#blocks |= reason;
  }

  unblock(reason: number): void {
    if ((this.#blocks & reason) === 0) return;
    this.#blocks &= ~reason;
    if (this.#blocks !== 0) return;
    this.#connection.resumeReading();
    this.#host.cluster.stats.upstreamFlowControlResumedReadingTotal.inc();
  }

  // The pool's side.

  /** Carries what it carries to the end, and then closes. */
  drain(): void {
    this.#draining = true;
    if (this.#connected && !this.isBusy) this.#connection.close();
  }

  close(): void {
    this.#connection.close();
  }

  // The connection's events.

  onConnected(): void {
    this.#connected = true;
    const { cluster } = this.#host;
    const { clock, timers } = this.#runtime;
    this.connectedAt = clock.now();
    this.#idleSince = this.connectedAt;
    cluster.stats.upstreamCxConnectMs.record(clock.now() - this.#startedAt);
    const { localAddress: address, localPort: port } = this.#connection.socket;
    this.localAddress = address === undefined || port === undefined ? undefined : formatAddress({ kind: "ip", address, port });
    if (cluster.idleTimeoutMs > 0) timers.arm(this, cluster.idleTimeoutMs);
    this.#owner.onUpstreamConnected(this);
  }

  onConnectTimeout(): void {
    this.#timedOut = true;
    this.#host.cluster.stats.upstreamCxConnectTimeout.inc();
  }

  onData(chunk: Buffer): void {
    this.#host.cluster.stats.upstreamCxRxBytesTotal.add(chunk.length);
    this.#countSent();
    this.#isChunkHeld = false;
    if (this.#isTunnel) {
      if (this.#stream !== undefined) this.#stream.onResponseBody(chunk, 0, chunk.length);
    } else {
      this.#readMessages(chunk);
    }
    if (!this.#isChunkHeld) this.#connection.releaseChunk();
  }

  onEnd(): void {
    const stream = this.#stream;
    if (this.#isTunnel) {
      if (stream !== undefined) stream.onResponseEnd(undefined);
      return;
    }
    const isHeadBroken = stream !== undefined && this.#decoder.buffered > 0;
    this.#remoteEnded = true;
    if (stream !== undefined) {
      this.#decoder.end();
      if (this.#responseEnded) {
        this.#finishExchange();
        return;
      }
    }
    if (isHeadBroken) {
      this.#onProtocolError();
      return;
    }
    this.#isCutShort = stream !== undefined;
    this.#connection.close();
    this.#fail("connection termination");
  }

  onClose(reason: CloseReason, error: Error | undefined): void {
    this.#runtime.timers.disarm(this);
    this.#countSent();
    const { cluster, stats } = this.#host;
    cluster.stats.upstreamCxActive.dec();
    stats.cxActive--;
    cluster.limits[0].connections--;
    cluster.stats.upstreamCxLengthMs.record(this.#runtime.clock.now() - this.#startedAt);
    cluster.stats.countDestroy(reason === "local" && !this.#remoteEnded, this.#isCutShort || this.#stream !== undefined);
    if (this.#connected) {
      cluster.stats.upstreamRqPerCx.record(this.#carried);
    } else {
      cluster.stats.upstreamCxConnectFail.inc();
      stats.cxConnectFail++;
    }
    const known = error === undefined ? undefined : connectionErrorText(error);
    const text = known ?? (this.#timedOut ? connectTimeoutText : `connection closed (${reason})`);
    // The pool first: a stream that is tried again at once must not be given this connection.
    this.#owner.onUpstreamClosed(this, this.#connected, text);
    if (this.#isTunnel && reason !== "error") {
      const stream = this.#stream;
      this.#stream = undefined;
      if (stream !== undefined) stream.onTunnelClosed();
    } else {
      this.#fail(text);
    }
  }

  /** The host takes the request more slowly than the client sends it. */
  onAboveHighWatermark(): void {
    this.#host.cluster.stats.upstreamFlowControlBackedUpTotal.inc();
    if (this.#stream !== undefined) this.#stream.onUpstreamPressure(true);
  }

  onBelowLowWatermark(): void {
    this.#host.cluster.stats.upstreamFlowControlDrainedTotal.inc();
    if (this.#stream !== undefined) this.#stream.onUpstreamPressure(false);
  }

  /** The idle timeout; it is looked at when it could be due, and not armed for every exchange. */
  onTimer(): void {
    const { clock, timers } = this.#runtime;
    const { idleTimeoutMs, stats } = this.#host.cluster;
    const idleFor = this.isBusy ? 0 : clock.now() - this.#idleSince;
    if (idleFor >= idleTimeoutMs) {
      stats.upstreamCxIdleTimeout.inc();
      this.#connection.close();
    } else {
      timers.arm(this, idleTimeoutMs - idleFor);
    }
  }

  // The host's messages, from the decoder.

  onResponseHead(head: ResponseHead): void {
    const stream = this.#stream;
    if (stream === undefined) return;
    if (head.isInterim) {
      stream.onInterim(head);
      return;
    }
    this.#keepAlive = head.keepAlive;
    if (!head.keepAlive) this.#host.cluster.stats.upstreamCxCloseNotify.inc();
    const { status } = head;
    const isTunnel = status === 101 || (stream.head.method === "CONNECT" && status >= 200 && status < 300);
    this.#isTunnel = isTunnel;
    if (!stream.onResponseHead(head, isTunnel)) this.#discardResponse(head);
  }

  onResponseBody(chunk: Buffer, start: number, end: number): void {
    if (this.#stream !== undefined) {
      this.#stream.onResponseBody(chunk, start, end);
      return;
    }
    this.#discarded += end - start;
    if (this.#discarded > maxDiscardedBytes) this.#connection.close();
  }

  onResponseTrailers(trailers: HeaderView): void {
    if (!this.#enableTrailers) return;
    this.#trailers = trailers;
    this.#isChunkHeld = true;
  }

  onResponseEnd(): void {
    // What ends with the head that makes a tunnel is only the HTTP of it.
    if (!this.#isTunnel) this.#responseEnded = true;
  }

  #readMessages(chunk: Buffer): void {
    const stream = this.#stream;
    const taken = this.#decoder.push(chunk);
    // After the push, so that bytes that follow a response are never taken for the answer to the next request.
    if (this.#responseEnded) this.#finishExchange();
    else if (this.#decoder.state === "failed") this.#onProtocolError();
    else if (this.#isTunnel && taken < chunk.length && stream !== undefined) stream.onResponseBody(chunk, taken, chunk.length);
    // What outlives this read must not refer to its memory.
    if (stream !== undefined) stream.detachResponse();
  }

  #finishExchange(): void {
    const stream = this.#stream;
    const trailers = this.#trailers;
    this.#stream = undefined;
    this.#trailers = undefined;
    this.#responseEnded = false;
    this.#discarding = false;
    this.#discarded = 0;
    this.#idleSince = this.#runtime.clock.now();
    if (this.#blocks !== 0) this.unblock(this.#blocks);
    this.#free();
    if (stream !== undefined) stream.onUpstreamComplete(trailers);
  }

  /** To the pool, if another exchange can follow. */
  #free(): void {
    const { cluster } = this.#host;
    if (this.#decoder.state === "failed") {
      cluster.stats.upstreamCxProtocolError.inc();
      this.#connection.close();
      return;
    }
    const most = cluster.maxRequestsPerConnection;
    const isUsedUp = most > 0 && this.#carried >= most;
    if (isUsedUp) cluster.stats.upstreamCxMaxRequests.inc();
    if (isUsedUp || !this.#keepAlive || !this.#requestSent || this.#draining || !this.usable) this.#connection.close();
    else this.#owner.onUpstreamFree(this);
  }

  /** The router tries again: what follows of this response is read away, if that is cheaper than another connection. */
  #discardResponse(head: ResponseHead): void {
    this.#stream = undefined;
    if (!this.#requestSent || this.#isTunnel || head.contentLength > maxDiscardedBytes || head.bodyKind === "until-close")
      this.#connection.close();
    else this.#discarding = true;
  }

  #onProtocolError(): void {
    const { cluster, addressText } = this.#host;
    const message = this.#decoder.error?.message ?? "protocol error";
    cluster.stats.upstreamCxProtocolError.inc();
    this.#runtime.logger.log("info", "http", `${addressText}: ${message}; closing the connection`, {
      code: this.#decoder.error?.code,
      offset: this.#decoder.error?.offset,
    });
    const stream = this.#stream;
    this.#stream = undefined;
    this.#isCutShort = stream !== undefined;
    this.#connection.close();
    if (stream !== undefined) stream.onFailure("upstream_protocol_error", message);
  }

  #fail(reason: string): void {
    const stream = this.#stream;
    this.#stream = undefined;
    this.#discarding = false;
    if (stream !== undefined) stream.onFailure("upstream_reset", reason);
  }

  #countSent(): void {
    const sent = this.#connection.bytesSent;
    this.#host.cluster.stats.upstreamCxTxBytesTotal.add(sent - this.#sentCounted);
    this.#sentCounted = sent;
  }
}

/** Both connections and decoders report an end, so the decoder has a sink of its own. */
class ResponseSink implements MessageSink<ResponseHead> {
  readonly #connection: UpstreamHttpConnection;

  constructor(connection: UpstreamHttpConnection) {
    this.#connection = connection;
  }

  onHead(head: ResponseHead): void {
    this.#connection.onResponseHead(head);
  }

  onBody(chunk: Buffer, start: number, end: number): void {
    this.#connection.onResponseBody(chunk, start, end);
  }

  onTrailers(trailers: HeaderView): void {
    this.#connection.onResponseTrailers(trailers);
  }

  onEnd(): void {
    this.#connection.onResponseEnd();
  }
}
