import { isIP } from "node:net";
import {
  createRequestDecoder,
  createResponseHead,
  httpStatusOf,
  reasonOf,
  type MessageSink,
  type RequestDecoder,
  type RequestHead,
  type ResponseHead,
} from "@mesh/codec-http1";
import type { HeaderView } from "@mesh/codec";
import { ResponseFlag, type StreamDetail } from "../access-log/index.ts";
import type { CloseReason, Connection, ConnectionHandler, NetworkContext } from "../network/index.ts";
import type { RouteTable } from "../route/index.ts";
import { StreamPhase, type AlternateServer, type DownstreamInfo, type Drain, type StreamOwner } from "../stream/index.ts";
import { DownstreamBlock, streamBlocks, UpstreamBlock } from "./blocks.ts";
import { addressOf, portOfEndpoint } from "./client-address.ts";
import { DownstreamTimer } from "./downstream-timer.ts";
import type { HttpDate } from "./http-date.ts";
import type { HttpStats } from "./http-stats.ts";
import { HttpStream } from "./http-stream.ts";
import { prepareRequest } from "./prepare-request.ts";
import { prepareResponse } from "./prepare-response.ts";
import { localResponse, ResponseWriter } from "./response-writer.ts";
import type { HttpSettings } from "./settings.ts";
import { UnreadRequest } from "./unread-request.ts";

/** What the connections of one HttpConnectionManager share. */
export interface HttpConnectionManager {
  readonly network: NetworkContext;
  readonly settings: HttpSettings;
  readonly stats: HttpStats;
  /** The routes as they stand now. */
  readonly routes: RouteTable;
  readonly date: HttpDate;
  /** The shortest of the settings' timeouts; 0 where there are none. */
  readonly shortestTimeoutMs: number;
  /** Bytes of a body that may be held. */
  readonly bufferLimitBytes: number;
  /** Takes connections that do not begin as HTTP does; undefined where all are taken to be HTTP. */
  readonly alternate: AlternateServer | undefined;
  onConnectionClosed(connection: DownstreamHttpConnection): void;
}

/**
 * A client's connection: requests are taken one at a time, and what follows one in the same bytes waits until it is answered.
 */
export class DownstreamHttpConnection implements ConnectionHandler {
  readonly manager: HttpConnectionManager;
  /** Of the streams to come; another one takes its place when filters change. */
  owner: StreamOwner;
  readonly connection: Connection;
  readonly info: DownstreamInfo;
  readonly #decoder: RequestDecoder;
  readonly #writer: ResponseWriter;
  readonly #timer: DownstreamTimer;
  /** The request at hand. */
  stream: HttpStream | undefined = undefined;
  /** When something of the stream's, or of the connection's where there is none, moved last. */
  lastActive: number;
  /** When the first bytes of a head came of which the end is missing; -1 where there are none. */
  headStartedAt = -1;
  /** Since when it is to be closed once it is silent, in milliseconds on the runtime's clock; Infinity: it is not. */
  endsInSilenceSince: number = Infinity;
  #drain: Drain | undefined = undefined;
  /** Nothing is read any more but the peer's end. */
  isClosing = false;
  /** The request at hand is in HTTP/1.0. */
  isHttp10 = false;
  /** It is the last one. */
  #closesAfter = false;
  /** Whoever may take the connection over, until its first bytes tell. */
  #alternate: AlternateServer | undefined;
  /** Bytes after the request at hand. */
  #rest: Buffer | undefined = undefined;
  #isPushing = false;
  #requests = 0;
  #blocks = 0;
  #rxCounted = 0;
  #txCounted = 0;
  #rxLogged = 0;
  #txLogged = 0;
  #closed = false;
  #remoteEnded = false;
  #isTunnel = false;

  // What follows from the client's address, found out when it is first needed.
  #remoteIp: string | undefined = undefined;
  #isRemoteInternal: boolean | undefined = undefined;
  #isRemoteIp: boolean | undefined = undefined;

  constructor(manager: HttpConnectionManager, owner: StreamOwner, connection: Connection, info: DownstreamInfo) {
    this.manager = manager;
    this.owner = owner;
    this.connection = connection;
    this.info = info;
    this.#alternate = manager.alternate;
    this.#decoder = createRequestDecoder(new RequestSink(this), { limits: manager.settings.limits });
    this.#writer = new ResponseWriter(connection);
    this.lastActive = owner.runtime.clock.now();
    connection.setHandler(this);
    this.#timer = new DownstreamTimer(this, manager.settings, manager.shortestTimeoutMs);
  }

  get remoteIp(): string {
    return (this.#remoteIp ??= addressOf(this.info.remoteAddress));
  }

  /** False for the client of a unix socket, whose address says nothing to others. */
  get isRemoteIp(): boolean {
    return (this.#isRemoteIp ??= isIP(this.remoteIp) !== 0);
  }

  get isRemoteInternal(): boolean {
    return (this.#isRemoteInternal ??= this.manager.settings.internalAddresses.contains(this.remoteIp));
  }

  get localPort(): number {
    return portOfEndpoint(this.info.localAddress);
  }

  /** The client takes responses more slowly than they come. */
  get isFull(): boolean {
    return this.connection.aboveHighWatermark;
  }

  /** Something of the stream's has moved: its idle time begins anew. */
  touch(): void {
    this.lastActive = this.owner.runtime.clock.now();
  }

  // The connection's events.

  onData(chunk: Buffer): void {
    this.lastActive = this.owner.runtime.clock.now();
    this.#countBytes();
    if (this.isClosing) return;
    if (this.#alternate !== undefined) {
      this.#onFirstBytes(this.#alternate, chunk);
      return;
    }
    this.#onBytes(chunk);
  }

  /** Until they are enough to tell whether the client speaks HTTP. */
  #onFirstBytes(alternate: AlternateServer, chunk: Buffer): void {
    const bytes = this.#rest === undefined ? chunk : Buffer.concat([this.#rest, chunk]);
    const verdict = alternate.detect(bytes);
    this.#rest = verdict === "more" ? bytes : undefined;
    if (verdict === "mismatch") {
      this.#alternate = undefined;
      this.#onBytes(bytes);
    } else if (verdict === "match") {
      this.#handOver(alternate, bytes);
    } else if (this.headStartedAt < 0) {
      // What limits the time for a head limits this too.
      this.headStartedAt = this.lastActive;
      const { requestHeadersTimeoutMs, requestTimeoutMs } = this.manager.settings;
      for (const ms of [requestHeadersTimeoutMs, requestTimeoutMs]) if (ms > 0) this.#timer.lookWithin(ms);
    }
  }

  /** It is another's from now on, and this connection was none of HTTP's. */
  #handOver(alternate: AlternateServer, bytes: Buffer): void {
    this.#closed = true;
    this.isClosing = true;
    this.#timer.stop();
    this.owner.stats.cxActive.dec();
    this.manager.stats.cxHttp1Active.dec();
    this.manager.onConnectionClosed(this);
    alternate.accept(this.connection, this.info, bytes);
  }

  #onBytes(chunk: Buffer): void {
    const stream = this.stream;
    if (this.#isTunnel) {
      if (stream !== undefined) stream.onRequestBody(chunk, 0, chunk.length);
      return;
    }
    if (this.#rest !== undefined) {
      this.#rest = Buffer.concat([this.#rest, chunk]);
    } else if (this.isFull && stream === undefined) {
      // A client that does not read its responses gets no new ones.
      this.#rest = chunk;
      this.block(DownstreamBlock.Pipelined);
    } else {
      this.#push(chunk);
    }
  }

  /** The client sends no more. As in Envoy, a client that does not wait for the answer of its request is taken to be gone. */
  onEnd(): void {
    const stream = this.stream;
    if (this.#isTunnel && stream !== undefined) {
      stream.onRequestEnd();
      return;
    }
    this.#remoteEnded = true;
    if (stream !== undefined || this.isClosing) this.connection.close();
    else this.closeAfterFlush();
  }

  onClose(reason: CloseReason, _error: Error | undefined): void {
    if (this.#closed) return;
    this.#closed = true;
    const { stats, runtime } = this.owner;
    this.isClosing = true;
    this.#timer.stop();
    this.#countBytes();
    stats.cxActive.dec();
    this.manager.stats.cxHttp1Active.dec();
    stats.countDestroy(reason === "local" && !this.#remoteEnded, this.stream !== undefined);
    stats.cxLengthMs.record(runtime.clock.now() - this.info.acceptedAt);
    const stream = this.stream;
    if (stream !== undefined) {
      stats.rqRxReset.inc();
      stream.cancel(ResponseFlag.DownstreamConnectionTermination);
    }
    this.manager.onConnectionClosed(this);
  }

  onAboveHighWatermark(): void {
    this.stream?.upstream?.block(UpstreamBlock.ClientSlow);
  }

  onBelowLowWatermark(): void {
    const upstream = this.stream?.upstream;
    if (upstream !== undefined) upstream.unblock(UpstreamBlock.ClientSlow);
    this.#takeRest();
  }

  // The client's messages, from the decoder.

  onRequestHead(head: RequestHead): void {
    this.headStartedAt = -1;
    // What follows this request waits until it is answered.
    this.#decoder.pause();
    this.#requests++;
    const isTaken = head.version !== "1.0" || this.manager.settings.acceptHttp10;
    // What is not taken is answered as Envoy does it, in HTTP/1.1.
    this.isHttp10 = isTaken && head.version === "1.0";
    this.#closesAfter = !isTaken || !head.keepAlive;
    this.manager.stats.rqHttp1Total.inc();
    const stream = new HttpStream(this, head);
    this.stream = stream;
    const refusal = prepareRequest(stream, this);
    if (refusal !== undefined) {
      // As in Envoy, what is malformed ends its connection.
      if (refusal.status === 400) this.#closesAfter = true;
      stream.refuse(refusal);
      return;
    }
    stream.begin();
    if (head.expectContinue && !this.manager.settings.proxy100Continue) this.#sendContinue(stream);
  }

  onRequestBody(chunk: Buffer, start: number, end: number): void {
    this.stream?.onRequestBody(chunk, start, end);
  }

  onRequestTrailers(trailers: HeaderView): void {
    if (this.manager.settings.enableTrailers) this.stream?.onRequestTrailers(trailers);
  }

  onRequestEnd(): void {
    const stream = this.stream;
    if (stream === undefined) {
      // Answered already. After a request that asked for an upgrade the decoder waits, though this one was told not to.
      if (!this.isClosing) this.#decoder.resume();
    } else if (!stream.wantsTunnel) {
      stream.onRequestEnd();
    }
  }

  // The stream's side.

  writeInterim(head: ResponseHead): void {
    if (this.isHttp10 || this.connection.closed || this.connection.ending) return;
    head.removeHopByHop();
    head.version = "1.1";
    this.#writer.writeHead(head);
  }

  /** Sends a response's head. Throws `CodecError`, having sent nothing, where edits of the head make it one that HTTP cannot say. */
  writeResponseHead(stream: HttpStream, head: ResponseHead): void {
    if (this.connection.closed || this.connection.ending) return;
    const { isTunnel } = stream;
    head.restoreFraming(isTunnel);
    prepareResponse(head, stream, this.manager);
    head.version = this.isHttp10 ? "1.0" : "1.1";
    this.#isTunnel = isTunnel;
    if (isTunnel) {
      this.#writer.frameTunnel();
    } else {
      this.#writer.frame(head, this.isHttp10);
      this.#decideClose(stream, head.headers);
    }
    this.#writer.writeHead(head);
  }

  /** False while the chunk's memory is still needed. */
  writeBody(chunk: Buffer, start: number, end: number): boolean {
    return this.#writer.writeBody(chunk, start, end);
  }

  endResponse(trailers: HeaderView | undefined): void {
    this.#writer.endBody(this.manager.settings.enableTrailers ? trailers : undefined);
  }

  /** The client must not take what it has of the response for all of it. */
  breakOff(stream: HttpStream): void {
    this.owner.stats.rqTxReset.inc();
    if (this.#writer.endsWithConnection) {
      this.isClosing = true;
      this.connection.reset();
    } else {
      this.#closeGracefully(stream.requestComplete);
    }
  }

  /** The host will send nothing more through the tunnel. */
  endTunnel(): void {
    this.connection.end();
  }

  closeTunnel(): void {
    this.closeAfterFlush();
  }

  /** All since the last request's end is this one's. */
  countWireBytes(detail: StreamDetail): void {
    const received = this.connection.bytesReceived - (this.#rest?.length ?? 0);
    const sent = this.connection.bytesWritten;
    detail.downstreamBytesReceived = received - this.#rxLogged;
    detail.downstreamBytesSent = sent - this.#txLogged;
    this.#rxLogged = received;
    this.#txLogged = sent;
  }

  /** The stream is over: take the next request, or close. */
  streamEnded(stream: HttpStream): void {
    if (this.stream !== stream) return;
    this.stream = undefined;
    this.lastActive = this.owner.runtime.clock.now();
    this.unblock(streamBlocks);
    if (this.#closed || this.isClosing) return;
    if (this.#closesAfter || this.#isTunnel) {
      this.#closeGracefully(stream.requestComplete);
      return;
    }
    this.#decoder.resume();
    if (this.endsInSilenceSince < Infinity) this.#timer.lookForSilence();
    if (!this.#isPushing) this.#takeRest();
  }

  /** The host has agreed to a tunnel; what the client sent after its request is the first of it. */
  openTunnel(stream: HttpStream): void {
    this.#decoder.handOver();
    const rest = this.#rest;
    this.#rest = undefined;
    if (rest !== undefined) stream.onRequestBody(rest, 0, rest.length);
    this.unblock(DownstreamBlock.Pipelined);
  }

  /** The stream must end within that time if nothing moves; makes sure that it is looked at in time. */
  limitIdleTime(idleTimeoutMs: number): void {
    if (idleTimeoutMs > 0) this.#timer.lookWithin(idleTimeoutMs);
  }

  /** Stops reading for a reason, a bit of `DownstreamBlock`. */
  block(reason: number): void {
    if (this.#blocks === 0) {
      this.connection.pauseReading();
      if (reason !== DownstreamBlock.Pipelined) this.manager.stats.flowControlPausedReading.inc();
    }
    this.#blocks |= reason;
  }

  unblock(reason: number): void {
    if ((this.#blocks & reason) === 0) return;
    this.#blocks &= ~reason;
    if (this.#blocks !== 0) return;
    if (reason !== DownstreamBlock.Pipelined) this.manager.stats.flowControlResumedReading.inc();
    this.connection.resumeReading();
  }

  // The manager's side.

  /**
   * Ends the connection between two requests: a response, the next one or a later one as the drain says, tells `connection: close`. Tunnels go on until
   * their peers end them.
   */
  drain(drain: Drain): void {
    if (this.#closed || !drain.isStrongerThan(this.#drain)) return;
    this.#drain = drain;
    if (drain.isImmediate) this.endInSilence();
  }

  /** Without requests, it is closed once it has been silent for a while from now on: one may be on its way. */
  endInSilence(): void {
    if (this.#closed || this.isClosing) return;
    this.endsInSilenceSince = this.owner.runtime.clock.now();
    if (this.stream === undefined) this.#timer.lookForSilence();
  }

  /** The same where the silence so far counts. */
  finish(drain: Drain): void {
    this.drain(drain);
    if (this.#closed || this.isClosing) return;
    this.endsInSilenceSince = 0;
    if (this.stream === undefined) this.#timer.onTimer();
  }

  /** Nobody waits for anything on it, and it is to go. */
  closeDrained(): void {
    this.owner.stats.cxDrainClose.inc();
    this.closeAfterFlush();
  }

  close(): void {
    this.connection.close();
  }

  // Reading.

  #push(chunk: Buffer): void {
    const decoder = this.#decoder;
    this.#isPushing = true;
    const taken = decoder.push(chunk);
    this.#isPushing = false;
    if (this.#closed || this.isClosing) return;
    if (decoder.state === "failed") {
      this.#onMalformed();
    } else if (taken < chunk.length) {
      this.#rest = chunk.subarray(taken);
      this.block(DownstreamBlock.Pipelined);
    } else if (this.stream === undefined && decoder.buffered > 0 && this.headStartedAt < 0) {
      this.headStartedAt = this.lastActive;
    }
  }

  /** Takes the next request, if its bytes are here already. */
  #takeRest(): void {
    while (this.#rest !== undefined && this.stream === undefined && !this.isClosing && !this.#closed && !this.isFull) {
      const rest = this.#rest;
      this.#rest = undefined;
      this.#push(rest);
    }
    if (this.#rest === undefined) this.unblock(DownstreamBlock.Pipelined);
  }

  #onMalformed(): void {
    const { error } = this.#decoder;
    if (error === undefined) return;
    const { stats, runtime } = this.owner;
    stats.cxProtocolError.inc();
    if (runtime.logger.enabled("debug")) {
      runtime.logger.log("debug", "http", `${this.info.remoteAddress}: ${error.message}`, { code: error.code, offset: error.offset });
    }
    const status = httpStatusOf(error);
    const stream = this.stream;
    this.#closesAfter = true;
    if (stream !== undefined) stream.onRequestError(status, "http1.codec_error");
    else this.refuseUnread(status, reasonOf(status), "http1.codec_error", ResponseFlag.DownstreamProtocolError);
  }

  /** Answers what never became a request, and closes. */
  refuseUnread(status: number, text: string, details: string, flag: number): void {
    const { stats, accessLogs, runtime } = this.owner;
    stats.rqTotal.inc();
    const { settings, date } = this.manager;
    const { head, body } = localResponse(status, text);
    head.headers.append("date", date.text());
    head.headers.append("server", settings.serverName);
    head.headers.append("connection", "close");
    this.#writer.frame(head, false);
    this.#writer.writeHead(head);
    if (body !== undefined) this.writeBody(body, 0, body.length);
    stats.countResponse(status);
    if (accessLogs.length > 0) {
      const startedAt = this.headStartedAt < 0 ? this.lastActive : this.headStartedAt;
      const info = new UnreadRequest(this, runtime.clock, startedAt, {
        status,
        details,
        flag,
        bytesSent: body?.length ?? 0,
        head,
      });
      for (const log of accessLogs) log.log(info);
    }
    this.#closeGracefully(false);
  }

  // Writing.

  #sendContinue(stream: HttpStream): void {
    if (stream.phase >= StreamPhase.Responding) return;
    this.#writer.writeHead(createResponseHead({ status: 100 }));
  }

  #decideClose(stream: HttpStream, headers: ResponseHead["headers"]): void {
    const { maxRequestsPerConnection } = this.manager.settings;
    if (maxRequestsPerConnection > 0 && this.#requests >= maxRequestsPerConnection) {
      this.manager.stats.cxMaxRequestsReached.inc();
      this.#closesAfter = true;
    }
    if (this.#drain?.endsWithResponse() === true) {
      this.owner.stats.cxDrainClose.inc();
      this.#closesAfter = true;
    }
    if (this.#timer.isOutlived || this.#writer.endsWithConnection) this.#closesAfter = true;
    if (!stream.requestComplete) {
      // The rest of the request is not worth waiting for; and after a tunnel that was refused nobody knows what follows.
      if (!stream.wantsTunnel) this.manager.stats.rqResponseBeforeRqComplete.inc();
      this.#closesAfter = true;
    }
    if (this.#closesAfter) headers.append("connection", "close");
    else if (this.isHttp10) headers.append("connection", "keep-alive");
  }

  // Closing.

  /** A client that is still sending must be let finish, or the reset that its bytes meet makes it lose the response (RFC 9112 §9.6). */
  #closeGracefully(isRequestComplete: boolean): void {
    const { delayedCloseTimeoutMs } = this.manager.settings;
    if (this.isClosing) return;
    if (isRequestComplete || delayedCloseTimeoutMs === 0) {
      this.closeAfterFlush();
      return;
    }
    this.isClosing = true;
    this.#rest = undefined;
    this.unblock(this.#blocks);
    this.connection.end();
    this.#timer.linger(delayedCloseTimeoutMs);
  }

  closeAfterFlush(): void {
    if (this.#closed) return;
    this.isClosing = true;
    this.#timer.stop();
    this.connection.closeAfterFlush();
  }

  #countBytes(): void {
    const { bytesReceived, bytesSent } = this.connection;
    this.owner.stats.cxRxBytesTotal.add(bytesReceived - this.#rxCounted);
    this.owner.stats.cxTxBytesTotal.add(bytesSent - this.#txCounted);
    this.#rxCounted = bytesReceived;
    this.#txCounted = bytesSent;
  }
}

/** Both connections and decoders report an end, so the decoder has a sink of its own. */
class RequestSink implements MessageSink<RequestHead> {
  readonly #connection: DownstreamHttpConnection;

  constructor(connection: DownstreamHttpConnection) {
    this.#connection = connection;
  }

  onHead(head: RequestHead): void {
    this.#connection.onRequestHead(head);
  }

  onBody(chunk: Buffer, start: number, end: number): void {
    this.#connection.onRequestBody(chunk, start, end);
  }

  onTrailers(trailers: HeaderView): void {
    this.#connection.onRequestTrailers(trailers);
  }

  onEnd(): void {
    this.#connection.onRequestEnd();
  }
}
