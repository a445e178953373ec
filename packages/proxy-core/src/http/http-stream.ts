import { createResponseHead, reasonOf, type RequestHead, type ResponseHead } from "@mesh/codec-http1";
import type { HeaderView, LocalReply, LocalReplyCause } from "@mesh/codec";
import { ResponseFlag, type StreamDetail } from "../access-log/index.ts";
import type { Host } from "../cluster/index.ts";
import type { MirrorPolicy, RetryPolicy } from "../route/index.ts";
import {
  abandonAttempt,
  cancel,
  causes,
  lineBytes,
  onAttemptFailed,
  onResponseComplete,
  onResponseHead,
  StreamPhase,
  type AttemptFailure,
} from "../stream/index.ts";
import { ResponseGate } from "./body-gates.ts";
import { DownstreamBlock, UpstreamBlock } from "./blocks.ts";
import { retryPolicyFor, takeCallerPolicy, type CallerPolicy } from "./caller-policy.ts";
import type { DownstreamHttpConnection } from "./downstream-connection.ts";
import { HttpExchange } from "./http-exchange.ts";
import { poolOf, type Http1Pool } from "./http1-pool.ts";
import type { Refusal } from "./prepare-request.ts";
import { RequestBody } from "./request-body.ts";
import { localResponse } from "./response-writer.ts";
import { startCopies } from "./shadow-request.ts";
import type { UpstreamHttpConnection } from "./upstream-connection.ts";
import type { UpstreamExchange } from "./upstream-exchange.ts";

/** Those whose text tells of a reset. */
const retriedCauses: ReadonlySet<LocalReplyCause> = new Set([
  "upstream_overflow",
  "upstream_connection_failure",
  "upstream_reset",
  "upstream_protocol_error",
]);

/**
 * One request and its response, on its way between the two connections.
 *
 *     client ─► RequestBody ─► upstream
 *     client ◄─ [gate: filters] ◄─ onResponseBody ◄─ upstream
 *
 * What stands in brackets is made only where it is needed. A tunnel (Upgrade, CONNECT) is a request and a response whose bodies end when
 * the two sides end them.
 */
export class HttpStream extends HttpExchange implements UpstreamExchange {
  requestComplete: boolean;
  responseComplete = false;
  /** The client asks for a tunnel, and configuration allows it. */
  wantsTunnel = false;
  /** The host agreed. */
  isTunnel = false;
  /** The pool in which the attempt under way waits for a connection, or the connection that it is on. */
  pool: Http1Pool | undefined = undefined;
  upstream: UpstreamHttpConnection | undefined = undefined;
  /** `undefined` where the request has none. */
  #body: RequestBody | undefined;
  #callerPolicy: CallerPolicy | undefined = undefined;
  #upstreamLocalAddress: string | undefined = undefined;
  #upstreamConnectionId = 0;
  #responseGate: ResponseGate | undefined = undefined;
  #responseHeadWritten = false;
  #isResponseDetached = false;
  #responseEnded = false;

  constructor(downstream: DownstreamHttpConnection, head: RequestHead) {
    super(downstream, head);
    const hasNoBody = head.bodyKind === "none" || head.contentLength === 0;
    this.requestComplete = hasNoBody;
    this.#body = hasNoBody ? undefined : new RequestBody(this, downstream.manager.bufferLimitBytes);
    if (hasNoBody) this.requestCompleteAt = this.startedAt;
    if (this.detail !== undefined) this.detail.downstreamHeaderBytesReceived = lineBytes(head.headers, 3);
  }

  get replayable(): boolean {
    return this.#body === undefined || !this.#body.isLost;
  }

  // Before the router.

  /** What follows the request's head is the client's half of a tunnel, and not received before the client ends it. */
  askForTunnel(): void {
    this.wantsTunnel = true;
    this.requestComplete = false;
    this.requestCompleteAt = -1;
    this.#body = new RequestBody(this, this.downstream.manager.bufferLimitBytes);
    const { stats } = this.downstream.manager;
    stats.cxUpgradesTotal.inc();
    stats.cxUpgradesActive.inc();
  }

  /** Answers a request that gets no further than here. It has no route. */
  refuse(refusal: Refusal): void {
    this.countRequest();
    if (refusal.location !== undefined) {
      this.phase = StreamPhase.Responding;
      this.responseCode = refusal.status;
      this.responseCodeDetails = refusal.details;
      this.writeRedirect(refusal.status, refusal.location);
      return;
    }
    this.sendLocalReply({ cause: "bad_request", httpStatus: refusal.status, message: refusal.body }, refusal.details, refusal.flag);
  }

  // Timeouts and retries.

  /** Milliseconds without progress after which the stream is ended; 0: never. */
  get idleTimeoutMs(): number {
    const action = this.route?.action;
    const ofRoute = action?.kind === "forward" ? action.forward.idleTimeoutMs : undefined;
    return ofRoute ?? this.downstream.manager.settings.streamIdleTimeoutMs;
  }

  /** The caller's own time takes the place of the route's; callers outside of our network had theirs removed. */
  responseTimeoutMs(routeTimeoutMs: number | undefined): number {
    const action = this.route?.action;
    if (action?.kind === "forward" && action.forward.idleTimeoutMs !== undefined)
      this.downstream.limitIdleTime(action.forward.idleTimeoutMs);
    // Other callers had these headers removed; a filter may have set them since.
    if (this.isInternal || !this.owner.chain.isEmpty) this.#callerPolicy = takeCallerPolicy(this.head.headers);
    return this.#callerPolicy?.timeoutMs ?? routeTimeoutMs ?? this.owner.defaultTimeoutMs;
  }

  override retryPolicy(policy: RetryPolicy | undefined): RetryPolicy | undefined {
    const merged = retryPolicyFor(policy, this.#callerPolicy, this.responseTimeLimit);
    this.#tellTime(merged === undefined ? 0 : merged.perTryTimeoutMs, this.responseTimeLimit);
    return merged;
  }

  /**
   * Tells the host how long the response is waited for.
   *
   * @param perTryMs for this try; 0: no limit of its own
   * @param leftMs for this and all other tries; 0: no limit
   */
  #tellTime(perTryMs: number, leftMs: number): void {
    const expected = perTryMs > 0 && (leftMs === 0 || perTryMs < leftMs) ? perTryMs : leftMs;
    if (expected > 0) this.head.headers.set("x-envoy-expected-rq-timeout-ms", String(Math.ceil(expected)));
  }

  /** A timeout is answered as the caller wants it; after more than one try the text says so, as Envoy's. */
  override fail(cause: LocalReplyCause, details?: string): void {
    if (cause === "response_timeout" && this.#callerPolicy?.hasAltResponse === true) {
      this.sendLocalReply({ cause, httpStatus: 204, message: "" });
    } else if (this.upstreamRequestAttemptCount > 1 && retriedCauses.has(cause)) {
      const message = this.messageOf(cause).replace("reset reason", "retried and the latest reset reason");
      this.sendLocalReply({ cause, httpStatus: causes[cause].httpStatus, message });
    } else {
      super.fail(cause, details);
    }
  }

  holdForReplay(): void {
    this.#body?.keepForReplay();
  }

  mirror(policies: readonly MirrorPolicy[], priority: 0 | 1): void {
    // What goes through a tunnel is a conversation: one side of it alone says nothing.
    if (this.wantsTunnel) return;
    const copies = startCopies(this, policies, priority);
    if (this.#body !== undefined) this.#body.copies = copies;
    else for (const copy of copies) copy.receiveEnd(undefined);
  }

  // The exchange with the host.

  startAttempt(host: Host): void {
    if (this.#body !== undefined) {
      this.#body.open();
      // A filter may have answered.
      if (!this.attemptActive) return;
    }
    if (this.upstreamRequestAttemptCount > 1) this.#tellTimeLeft();
    if (this.route?.includeRequestAttemptCount === true) {
      this.head.headers.set("x-envoy-attempt-count", String(this.upstreamRequestAttemptCount));
    }
    poolOf(host, this.owner.runtime, this.downstream.manager.network).send(this);
  }

  /** Of the time for all tries some is over. */
  #tellTimeLeft(): void {
    const limit = this.responseTimeLimit;
    const left = limit > 0 && this.timerNext !== null ? Math.max(1, this.timerDeadline - this.owner.runtime.clock.now()) : limit;
    this.#tellTime(this.retry === undefined ? 0 : this.retry.perTryTimeoutMs, left);
  }

  abortAttempt(): void {
    const { upstream, pool } = this;
    this.#leaveUpstream();
    if (upstream !== undefined) upstream.abandon();
    else if (pool !== undefined) pool.withdraw(this);
  }

  /** The connection has been given the request's head. */
  onUpstreamReady(upstream: UpstreamHttpConnection): void {
    this.upstream = upstream;
    if (this.detail !== undefined) this.#recordSending(this.detail, upstream);
    if (this.downstream.isFull) upstream.block(UpstreamBlock.ClientSlow);
    if (this.#body === undefined) upstream.endRequest(undefined);
    else this.#body.sendTo(upstream);
  }

  #recordSending(detail: StreamDetail, upstream: UpstreamHttpConnection): void {
    const now = this.owner.runtime.clock.now();
    detail.upstreamConnectStartedAt = upstream.startedAt;
    detail.upstreamConnectedAt = upstream.connectedAt;
    detail.poolReadyAt = now;
    detail.requestSendingAt = now;
    detail.requestSentAt = -1;
    detail.responseBodyReceivingAt = -1;
    detail.upstreamHeaderBytesSent += lineBytes(this.head.headers, 4);
  }

  onUpstreamPressure(isAbove: boolean): void {
    if (isAbove) this.downstream.block(DownstreamBlock.HostSlow);
    else this.downstream.unblock(DownstreamBlock.HostSlow);
  }

  /** A 1xx response; the final one follows. */
  onInterim(head: ResponseHead): void {
    this.downstream.touch();
    // A 100 is the proxy's own affair, unless it lets the client's expectation pass.
    if (head.status === 100 && !this.downstream.manager.settings.proxy100Continue) return;
    if (!this.#responseHeadWritten) this.downstream.writeInterim(head);
  }

  /** False when the router tries again: the rest of this response is not wanted. */
  onResponseHead(head: ResponseHead, isTunnel: boolean): boolean {
    this.downstream.touch();
    if (this.detail !== undefined) this.detail.upstreamHeaderBytesReceived += lineBytes(head.headers, 3);
    this.responseHead = head;
    this.#isResponseDetached = false;
    this.isTunnel = isTunnel;
    this.responseComplete = !isTunnel && (head.bodyKind === "none" || (head.bodyKind === "length" && head.contentLength === 0));
    const { headers } = head;
    if (headers.has("x-envoy-immediate-health-check-fail")) this.host?.failActiveCheck();
    if (this.newCookies !== undefined) for (const cookie of this.newCookies) headers.append("set-cookie", cookie);
    if (this.requestCompleteAt >= 0) {
      headers.set("x-envoy-upstream-service-time", String(Math.floor(this.owner.runtime.clock.now() - this.requestCompleteAt)));
    }
    if (onResponseHead(this, head.status, false)) return true;
    this.responseHead = undefined;
    this.responseComplete = false;
    this.isTunnel = false;
    this.#leaveUpstream();
    return false;
  }

  onResponseBody(chunk: Buffer, start: number, end: number): void {
    this.downstream.touch();
    if (this.detail !== undefined && this.upstream !== undefined && this.detail.responseBodyReceivingAt < 0) {
      this.detail.responseBodyReceivingAt = this.owner.runtime.clock.now();
    }
    let gate = this.#responseGate;
    if (gate === undefined) {
      const { onResponseBody } = this.owner.chain;
      if (this.#responseHeadWritten && onResponseBody.length === 0) {
        if (!this.writeResponseBody(chunk, start, end) && this.upstream !== undefined) this.upstream.holdChunk();
        return;
      }
      gate = this.#responseGate = new ResponseGate(
        this,
        onResponseBody,
        this.downstream.manager.bufferLimitBytes,
        this.#responseHeadWritten,
      );
    }
    if (this.upstream !== undefined) this.upstream.holdChunk();
    gate.push(chunk.subarray(start, end));
  }

  /** The host is done with it: the connection carries other exchanges now. */
  onUpstreamComplete(trailers: HeaderView | undefined): void {
    if (this.detail !== undefined) this.detail.responseReceivedAt = this.owner.runtime.clock.now();
    this.#leaveUpstream();
    onResponseComplete(this);
    this.onResponseEnd(trailers);
    // A filter holds the response back: that is not the host's fault.
    if (!this.ended) this.owner.runtime.timers.disarm(this);
  }

  /** The response, or the host's half of a tunnel, has been received whole. */
  onResponseEnd(trailers: HeaderView | undefined): void {
    if (this.ended) return;
    this.responseComplete = true;
    this.trailersOfResponse = trailers;
    let gate = this.#responseGate;
    if (gate === undefined) {
      const { onResponseBody } = this.owner.chain;
      if (this.#responseHeadWritten && onResponseBody.length === 0) {
        this.endResponse();
        return;
      }
      gate = this.#responseGate = new ResponseGate(
        this,
        onResponseBody,
        this.downstream.manager.bufferLimitBytes,
        this.#responseHeadWritten,
      );
    }
    gate.end();
  }

  /** The memory of the response's head is about to be read into again. */
  detachResponse(): void {
    if (this.ended || this.#isResponseDetached || this.responseHead === undefined) return;
    this.#isResponseDetached = true;
    this.responseHead.detach();
  }

  /** The host closed its side of the tunnel for good. */
  onTunnelClosed(): void {
    this.#leaveUpstream();
    onResponseComplete(this);
    this.downstream.closeTunnel();
    this.finish();
  }

  /** Header edits of filters or routes are none that HTTP can say: no host is to blame, and another try would be no better. */
  onUnencodable(error: unknown): void {
    this.#logUnencodable("request", error);
    this.sendLocalReply({ cause: "internal_error", httpStatus: causes.internal_error.httpStatus, message: "" }, "request_unencodable");
  }

  onFailure(failure: AttemptFailure, reason: string | undefined): void {
    this.#leaveUpstream();
    // Envoy: a response that is cut off is one that breaks the protocol.
    const isCutOff = failure === "upstream_reset" && this.phase === StreamPhase.Responding && !this.isTunnel;
    if (isCutOff && this.cluster !== undefined) this.cluster.stats.upstreamCxProtocolError.inc();
    onAttemptFailed(this, isCutOff ? "upstream_protocol_error" : failure, reason);
  }

  /** The connection to the host is no longer this stream's. */
  #leaveUpstream(): void {
    if (this.upstream !== undefined && this.owner.accessLogs.length > 0) {
      this.#upstreamLocalAddress = this.upstream.localAddress;
      this.#upstreamConnectionId = this.upstream.id;
      if (this.detail !== undefined) this.upstream.countWireBytes(this.detail);
    }
    this.upstream = undefined;
    this.downstream.unblock(DownstreamBlock.HostSlow);
  }

  // The client's request.

  onRequestBody(chunk: Buffer, start: number, end: number): void {
    this.bytesReceived += end - start;
    // Answered before it was received: the rest is read and dropped.
    if (this.phase >= StreamPhase.Responding && !this.attemptActive) return;
    this.#body?.receive(chunk, start, end);
  }

  /** The request, or the client's half of a tunnel, has been received whole. */
  onRequestEnd(): void {
    if (this.requestComplete || this.ended) return;
    this.requestComplete = true;
    this.requestReceived();
    if (this.phase < StreamPhase.Responding || this.attemptActive) this.#body?.receiveEnd();
  }

  onRequestTrailers(trailers: HeaderView): void {
    if (this.#body !== undefined) this.#body.trailers = trailers;
  }

  /** The body is malformed. */
  onRequestError(status: number, details: string): void {
    this.responseFlags |= ResponseFlag.DownstreamProtocolError;
    if (this.phase < StreamPhase.Responding) {
      this.sendLocalReply({ cause: "bad_request", httpStatus: status, message: reasonOf(status) }, details);
    } else {
      this.abort(ResponseFlag.DownstreamProtocolError);
    }
  }

  /** Ends the stream with an answer if there can still be one, else by breaking the response off. */
  timeOut(httpStatus: number, message: string, details: string, flag: number): void {
    if (this.phase < StreamPhase.Responding) {
      this.sendLocalReply({ cause: "request_timeout", httpStatus, message }, details, flag);
    } else if (!this.#responseHeadWritten) {
      this.#answerInstead(httpStatus, message, details, flag);
    } else {
      this.responseCodeDetails = details;
      this.abort(flag);
    }
  }

  /** Breaks the response off. */
  abort(flag: number): void {
    if (this.ended) return;
    this.downstream.breakOff(this);
    cancel(this, flag);
  }

  /** The client is gone. */
  cancel(flag: number): void {
    cancel(this, flag);
  }

  // What has passed the filters.

  onRequestEndPassed(trailers: HeaderView | undefined): void {
    if (this.upstream !== undefined) this.upstream.endRequest(trailers);
    if (this.isTunnel && this.#responseEnded) this.#finishTunnel();
  }

  override continueRequestBody(): void {
    this.#body?.resume();
  }

  /** False while the chunk's memory is still needed. */
  writeResponseBody(chunk: Buffer, start: number, end: number): boolean {
    this.bytesSent += end - start;
    return this.downstream.writeBody(chunk, start, end);
  }

  endResponse(): void {
    if (this.isTunnel) {
      this.#responseEnded = true;
      this.downstream.endTunnel();
      if (this.#body?.isEndPassed === true) this.#finishTunnel();
      return;
    }
    this.downstream.endResponse(this.trailersOfResponse);
    this.#recordSent();
    this.finish();
  }

  holdResponse(isAbove: boolean): void {
    if (this.upstream === undefined) return;
    if (isAbove) this.upstream.block(UpstreamBlock.FilterHolds);
    else this.upstream.unblock(UpstreamBlock.FilterHolds);
  }

  override continueResponseBody(): void {
    this.#responseGate?.resume();
  }

  // The answer.

  writeResponse(): void {
    const head = this.responseHead;
    if (head === undefined) return;
    this.#body?.drop();
    this.#responseHeadWritten = true;
    if (this.detail !== undefined) this.detail.responseSendingAt = this.owner.runtime.clock.now();
    try {
      this.downstream.writeResponseHead(this, head);
    } catch (error) {
      this.#logUnencodable("response", error);
      this.#answerInstead(causes.internal_error.httpStatus, "", "response_unencodable", causes.internal_error.flag);
      return;
    }
    if (this.isTunnel) this.downstream.openTunnel(this);
    this.#responseGate?.open();
  }

  writeLocalReply(reply: LocalReply): void {
    const { head, body } = localResponse(reply.httpStatus, reply.message);
    const notice = noticeOf(reply.cause);
    if (notice !== undefined) head.headers.append(notice, "true");
    this.#answer(head, body, reply.isBare !== true);
  }

  writeRedirect(status: number, location: string): void {
    this.#answer(createResponseHead({ status, body: "length", contentLength: 0, headers: [["location", location]] }), undefined, true);
  }

  resetDownstream(): void {
    if (this.#responseHeadWritten) {
      this.downstream.breakOff(this);
      this.finish();
      return;
    }
    const resets = ResponseFlag.UpstreamConnectionTermination | ResponseFlag.UpstreamProtocolError;
    const { httpStatus, message, flag } = (this.responseFlags & resets) === 0 ? causes.response_timeout : causes.upstream_reset;
    this.#answerInstead(httpStatus, message, this.responseCodeDetails ?? "response_timeout", flag);
  }

  onFinished(): void {
    if (this.wantsTunnel) this.downstream.manager.stats.cxUpgradesActive.dec();
    this.#body?.discard();
    this.#responseGate?.discard();
    this.downstream.streamEnded(this);
  }

  /** Sends an answer made here through the response's filters. What the route says of responses goes for it as well, as in Envoy. */
  #answer(head: ResponseHead, body: Buffer | undefined, isMutated: boolean): void {
    this.#body?.discard();
    if (isMutated && this.route !== undefined) {
      this.target?.responseMutation?.apply(head.headers, this);
      this.route.responseMutation?.apply(head.headers, this);
    }
    this.responseHead = head;
    this.responseComplete = body === undefined || body.length === 0 || this.head.method === "HEAD";
    const isComplete = this.responseComplete;
    this.continueResponse();
    if (this.ended) return;
    if (!isComplete && body !== undefined) this.onResponseBody(body, 0, body.length);
    this.onResponseEnd(undefined);
  }

  /** Answers in place of a response of which nothing has been sent: a filter held it back, or it cannot be sent. Filters have no say in it. */
  #answerInstead(status: number, message: string, details: string, flag: number): void {
    abandonAttempt(this);
    this.#body?.discard();
    this.#responseGate?.discard();
    this.responseCode = status;
    this.responseCodeDetails = details;
    this.responseFlags |= flag;
    const { head, body } = localResponse(status, message);
    this.responseHead = head;
    this.#responseHeadWritten = true;
    if (this.detail !== undefined) this.detail.responseSendingAt = this.owner.runtime.clock.now();
    this.isTunnel = false;
    this.downstream.writeResponseHead(this, head);
    if (body !== undefined && body.length > 0 && this.head.method !== "HEAD") this.writeResponseBody(body, 0, body.length);
    this.downstream.endResponse(undefined);
    this.#recordSent();
    this.finish();
  }

  #recordSent(): void {
    if (this.detail !== undefined) this.detail.responseSentAt = this.owner.runtime.clock.now();
  }

  override completeDetail(detail: StreamDetail): void {
    const { downstream, responseHead } = this;
    detail.downstreamConnectedAt = downstream.info.acceptedAt;
    if (this.#responseHeadWritten && responseHead !== undefined) detail.downstreamHeaderBytesSent = lineBytes(responseHead.headers, 4);
    downstream.countWireBytes(detail);
  }

  #logUnencodable(what: string, error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    this.owner.runtime.logger.log("error", "http", `the ${what} for ${this.head.path} cannot be written: ${message}`);
  }

  /** Both halves have ended. */
  #finishTunnel(): void {
    const { upstream } = this;
    this.#leaveUpstream();
    onResponseComplete(this);
    if (upstream !== undefined) upstream.close();
    this.downstream.closeTunnel();
    this.finish();
  }

  // What logs ask of the connections.

  get upstreamLocalAddress(): string | undefined {
    return this.#upstreamLocalAddress ?? this.upstream?.localAddress;
  }

  override get awaitsConnection(): boolean {
    return this.upstream === undefined;
  }

  get upstreamConnectionId(): number {
    return this.upstream?.id ?? this.#upstreamConnectionId;
  }

  get upstreamProtocol(): string | undefined {
    return this.upstreamConnectionId === 0 ? undefined : "HTTP/1.1";
  }
}

/** Envoy's header that says why there is no answer of a host. */
function noticeOf(cause: LocalReplyCause): string | undefined {
  switch (cause) {
    case "upstream_overflow":
      return "x-envoy-overloaded";
    case "drop_overload":
      return "x-envoy-drop-overload";
    case "unconditional_drop_overload":
      return "x-envoy-unconditional-drop-overload";
    default:
      return undefined;
  }
}
