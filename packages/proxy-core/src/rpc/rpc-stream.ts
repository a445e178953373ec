import {
  CodecErrorCode,
  RpcFrameKind,
  type CodecError,
  type HeaderMap,
  type LocalReply,
  type LocalReplyCause,
  type RpcFrame,
} from "@mesh/codec";
import type { HeaderReader, StreamDetail } from "../access-log/index.ts";
import type { Host } from "../cluster/index.ts";
import type { Metadata } from "../config/index.ts";
import type { MirrorPolicy, RoutableRequest, Route } from "../route/index.ts";
import {
  cancel,
  causes,
  onAttemptFailed,
  onResponseComplete,
  onResponseHead,
  Stream,
  StreamPhase,
  type AttemptFailure,
  type StreamResponse,
} from "../stream/index.ts";
import type { DownstreamRpcConnection } from "./downstream-connection.ts";
import { poolOf } from "./rpc-pool.ts";
import type { RpcService } from "./rpc-service.ts";
import { mirror } from "./shadow-call.ts";
import type { UpstreamCall } from "./upstream-call.ts";
import type { UpstreamRpcConnection } from "./upstream-connection.ts";

/**
 * One call. To routes, filters and logs it looks like an HTTP request: `:authority` is the service, `:path` is `/<service>/<method>` (or what
 * the codec says), `:method` is POST, `:scheme` the protocol. The stream is its own request view, so that a call allocates one object.
 */
export class RpcStream extends Stream implements RoutableRequest, UpstreamCall {
  readonly frame: RpcFrame;
  readonly downstream: DownstreamRpcConnection;
  /** That of the connection when the call came. */
  readonly service: RpcService;
  upstream: UpstreamRpcConnection | undefined = undefined;
  upstreamId = 0;
  responseFrame: RpcFrame | undefined = undefined;
  /** As the frame says; made when it is asked for. */
  #path: string | undefined = undefined;
  #rewrittenPath: string | undefined = undefined;
  #rewrittenAuthority: string | undefined = undefined;
  #upstreamLocalAddress: string | undefined = undefined;
  #upstreamConnectionId = 0;

  constructor(downstream: DownstreamRpcConnection, frame: RpcFrame) {
    const { service } = downstream;
    super(service.owner);
    this.downstream = downstream;
    this.service = service;
    this.frame = frame;
    this.bytesReceived = frame.bodyLength;
    this.requestCompleteAt = this.startedAt;
    if (this.detail === undefined) return;
    this.detail.downstreamBytesReceived = frame.encodedLength();
    this.detail.downstreamHeaderBytesReceived = this.detail.downstreamBytesReceived - frame.bodyLength;
  }

  // The request, as routes and filters see it.

  get request(): RoutableRequest {
    return this;
  }

  get authority(): string {
    return this.#rewrittenAuthority ?? this.frame.service;
  }

  /** For routing only: the service that the provider is asked for stays what the caller wrote. */
  set authority(value: string) {
    this.#rewrittenAuthority = value;
  }

  get path(): string {
    return this.#rewrittenPath ?? (this.#path ??= this.frame.target);
  }

  set path(value: string) {
    this.#rewrittenPath = value;
  }

  /** A filter has set authority or path: the frame's bytes no longer decide the route. */
  get rewritten(): boolean {
    return this.#rewrittenPath !== undefined || this.#rewrittenAuthority !== undefined;
  }

  get method(): string {
    return "POST";
  }

  get scheme(): string {
    return this.protocol;
  }

  get headers(): HeaderMap {
    return this.frame.headers;
  }

  header(name: string): string | undefined {
    switch (name) {
      case ":authority":
        return this.authority;
      case ":path":
        return this.path;
      case ":method":
        return "POST";
      case ":scheme":
        return this.scheme;
      default:
        return this.frame.headers.get(name);
    }
  }

  get response(): StreamResponse | undefined {
    return this.responseFrame === undefined ? undefined : new RpcResponse(this.responseFrame);
  }

  get responseTrailers(): HeaderReader | undefined {
    return undefined;
  }

  get protocol(): string {
    return this.service.protocol.codec.name;
  }

  get requestComplete(): boolean {
    return true;
  }

  get responseComplete(): boolean {
    return true;
  }

  get replayable(): boolean {
    return true;
  }

  selectRoute(): Route | undefined {
    // A filter may have edited the headers that they come from.
    this.#path = undefined;
    return this.downstream.selectRoute(this);
  }

  /** The caller's own time and the route's: the shorter one. */
  responseTimeoutMs(routeTimeoutMs: number | undefined): number {
    const caller = this.frame.timeoutMs;
    const route = routeTimeoutMs ?? 0;
    if (caller > 0) return route > 0 && route < caller ? route : caller;
    return routeTimeoutMs ?? this.owner.defaultTimeoutMs;
  }

  /** Frames are held by the stream in any case. */
  holdForReplay(): void {}

  mirror(policies: readonly MirrorPolicy[], priority: 0 | 1): void {
    if (this.frame.unreadable === undefined) mirror(this, policies, priority);
  }

  /** A request that is over the limit has no more than its id. */
  override begin(): void {
    const { unreadable } = this.frame;
    if (unreadable === undefined) {
      super.begin();
      return;
    }
    this.countRequest();
    this.#refuse(unreadable);
  }

  /** Routes and filters may deny a call by its headers: one that hides them from the sidecar, but perhaps not from the host, must not get there. */
  #refuse(error: CodecError): void {
    const cause = error.code === CodecErrorCode.LimitExceeded ? "request_too_large" : "bad_request";
    this.sendLocalReply({ cause, httpStatus: causes[cause].httpStatus, message: error.message });
  }

  // The exchange with the host.

  startAttempt(host: Host): void {
    if (this.route !== undefined && this.route.includeRequestAttemptCount) {
      this.frame.headers.set("x-envoy-attempt-count", String(this.upstreamRequestAttemptCount));
    }
    const { unreadable } = this.frame;
    if (unreadable !== undefined) {
      this.#refuse(unreadable);
      return;
    }
    poolOf(host, this.service.protocol, this.frame.dialect, this.owner.runtime, this.service.network).send(this);
  }

  abortAttempt(): void {
    if (this.upstream !== undefined) this.upstream.forget(this);
    this.upstream = undefined;
  }

  get isOneWay(): boolean {
    return this.frame.kind === RpcFrameKind.OneWay;
  }

  /** The response frame is here. */
  onResponse(frame: RpcFrame): void {
    this.#leaveUpstream();
    if (this.detail !== undefined) this.#recordReceived(this.detail, frame);
    this.responseFrame = frame;
    if (frame.isApplicationError) this.service.manager.applicationErrors.inc();
    if (!onResponseHead(this, frame.httpStatus, frame.isApplicationError)) {
      this.responseFrame = undefined;
      return;
    }
    onResponseComplete(this);
  }

  /** A one-way call has been written: there is nothing more to wait for. */
  onSent(): void {
    this.#leaveUpstream();
    onResponseComplete(this);
    this.responseCodeDetails = "one_way";
    this.finish();
  }

  onFailure(failure: AttemptFailure, reason: string | undefined): void {
    this.#leaveUpstream();
    onAttemptFailed(this, failure, reason);
  }

  /** Header edits of filters or routes do not fit the protocol: no host is to blame, and another try would be no better. */
  onUnencodable(error: unknown): void {
    this.#internalError("request_unencodable", `the request ${this.path} cannot be written`, error);
  }

  #leaveUpstream(): void {
    const { upstream } = this;
    if (upstream !== undefined && upstream.connectedAt >= 0 && this.owner.accessLogs.length > 0) {
      this.#upstreamLocalAddress = upstream.localAddress;
      this.#upstreamConnectionId = upstream.id;
      if (this.detail !== undefined) this.#recordSent(this.detail, upstream);
    }
    this.upstream = undefined;
  }

  /** Calls are written at once, or as soon as the connection stands. */
  #recordSent(detail: StreamDetail, upstream: UpstreamRpcConnection): void {
    const length = this.frame.encodedLength();
    detail.upstreamBytesSent += length;
    detail.upstreamHeaderBytesSent += length - this.frame.bodyLength;
    detail.upstreamConnectStartedAt = upstream.startedAt;
    detail.upstreamConnectedAt = upstream.connectedAt;
    detail.poolReadyAt = Math.max(this.attemptStartedAt, upstream.connectedAt);
    detail.requestSendingAt = detail.poolReadyAt;
    detail.requestSentAt = detail.poolReadyAt;
  }

  #recordReceived(detail: StreamDetail, frame: RpcFrame): void {
    const length = frame.encodedLength();
    detail.upstreamBytesReceived += length;
    detail.upstreamHeaderBytesReceived += length - frame.bodyLength;
    detail.responseBodyReceivingAt = this.owner.runtime.clock.now();
    detail.responseReceivedAt = detail.responseBodyReceivingAt;
  }

  override completeDetail(detail: StreamDetail): void {
    detail.downstreamConnectedAt = this.service.info.acceptedAt;
  }

  /** The caller is gone. */
  cancel(flag: number): void {
    cancel(this, flag);
  }

  // The answer.

  writeResponse(): void {
    const frame = this.responseFrame;
    if (frame !== undefined) {
      try {
        const before = this.downstream.connection.bytesWritten;
        this.downstream.writeResponse(this, frame);
        this.bytesSent = frame.bodyLength;
        if (this.detail !== undefined) this.#recordAnswer(this.detail, before, frame.bodyLength);
      } catch (error) {
        this.#internalError("response_unencodable", `the response of ${this.path} cannot be written`, error);
        return;
      }
    }
    this.finish();
  }

  #internalError(details: string, text: string, error: unknown): void {
    const { httpStatus, flag } = causes.internal_error;
    const message = `${text}: ${error instanceof Error ? error.message : String(error)}`;
    this.owner.runtime.logger.log("error", "rpc", message);
    if (this.phase === StreamPhase.Responding) this.#answerInstead("internal_error", details, flag, message);
    else this.sendLocalReply({ cause: "internal_error", httpStatus, message }, details);
  }

  /** There is a response, and it cannot be given to the caller. */
  #answerInstead(cause: LocalReplyCause, details: string, flag: number, message: string): void {
    const { httpStatus } = causes[cause];
    this.responseCode = httpStatus;
    this.responseCodeDetails = details;
    this.responseFlags |= flag;
    this.writeLocalReply({ cause, httpStatus, message });
  }

  writeLocalReply(reply: LocalReply): void {
    const before = this.downstream.connection.bytesWritten;
    this.downstream.writeLocalReply(this, reply);
    if (this.detail !== undefined) this.#recordAnswer(this.detail, before, 0);
    this.finish();
  }

  #recordAnswer(detail: StreamDetail, before: number, bodyLength: number): void {
    const length = this.downstream.connection.bytesWritten - before;
    if (length === 0) return;
    detail.downstreamBytesSent = length;
    detail.downstreamHeaderBytesSent = length - bodyLength;
    detail.responseSendingAt = this.owner.runtime.clock.now();
    detail.responseSentAt = detail.responseSendingAt;
  }

  /** RPC has no redirects: configuration that asks for one is refused, this is the answer should one come another way. */
  writeRedirect(status: number, _location: string): void {
    this.writeLocalReply({ cause: "direct_response", httpStatus: status, message: "" });
  }

  /**
   * A response comes in one frame, so nothing has been sent of one that is given up: a filter held it back until its time was over. The flag
   * that says so is set already.
   */
  resetDownstream(): void {
    this.#answerInstead("response_timeout", "response_timeout", 0, causes.response_timeout.message);
  }

  onFinished(): void {
    this.downstream.streamEnded(this);
  }

  // What logs ask of the connections.

  get upstreamLocalAddress(): string | undefined {
    return this.#upstreamLocalAddress ?? this.upstream?.localAddress;
  }

  get downstreamRemoteAddress(): string | undefined {
    return this.service.info.remoteAddress;
  }

  get downstreamDirectRemoteAddress(): string | undefined {
    return this.service.info.directRemoteAddress;
  }

  get downstreamLocalAddress(): string | undefined {
    return this.service.info.localAddress;
  }

  get originalDestination(): string | undefined {
    const { info } = this.service;
    return info.isRedirected === true ? info.localAddress : undefined;
  }

  get downstreamDirectLocalAddress(): string | undefined {
    return this.service.info.directLocalAddress;
  }

  get filterChainName(): string | undefined {
    return this.service.info.filterChainName;
  }

  get filterChainMetadata(): Metadata | undefined {
    return this.service.info.filterChainMetadata;
  }

  get listenerMetadata(): Metadata | undefined {
    return this.service.info.listenerMetadata;
  }

  override get awaitsConnection(): boolean {
    // One that is refused wants none.
    if (this.frame.unreadable !== undefined) return false;
    return this.upstream === undefined || this.upstream.connectedAt < 0;
  }

  get upstreamConnectionId(): number {
    const { upstream } = this;
    return upstream !== undefined && upstream.connectedAt >= 0 ? upstream.id : this.#upstreamConnectionId;
  }

  get upstreamProtocol(): string | undefined {
    return this.upstreamConnectionId === 0 ? undefined : this.protocol;
  }

  get connectionId(): number {
    return this.downstream.connection.id;
  }

  get requestedServerName(): string | undefined {
    return this.service.info.requestedServerName;
  }
}

/** A response frame as filters and logs see it. */
class RpcResponse implements StreamResponse {
  readonly #frame: RpcFrame;

  constructor(frame: RpcFrame) {
    this.#frame = frame;
  }

  get status(): number {
    return this.#frame.httpStatus;
  }

  get headers(): HeaderMap {
    return this.#frame.headers;
  }

  header(name: string): string | undefined {
    return name === ":status" ? String(this.#frame.httpStatus) : this.#frame.headers.get(name);
  }
}
