import type { LocalReply, LocalReplyCause } from "@mesh/codec";
import { StreamDetail, type AccessLogger, type AttemptedHost, type CloseType, type HeaderReader } from "../access-log/index.ts";
import type { Cluster, ClusterManager, Host, LoadBalancerContext, RequestOrigin, ResourceLimits } from "../cluster/index.ts";
import type { Metadata } from "../config/index.ts";
import type { CookieRecipe, HashSource, MirrorPolicy, RetryPolicy, RoutableRequest, Route, WeightedTarget } from "../route/index.ts";
import { type Hash64, TimerEntry, type Runtime } from "../runtime/index.ts";
import type { DownstreamStats } from "./downstream-stats.ts";
import { causes, resetDetails, resetMessage, tryTimeoutDetails } from "./error-table.ts";
import { fieldBytes, responseBytes } from "./field-bytes.ts";
import type { FilterChain } from "./filter-chain.ts";
import { FilterStatus, type FilterStream, type StreamFilter, type StreamResponse } from "./filter.ts";
import type { RetryState } from "./retry.ts";
import { abandonAttempt, forward, onTimeout } from "./router.ts";
import { StreamPhase } from "./stream-phase.ts";

/** What all streams of one connection manager share; swapped as a whole when configuration changes. */
export interface StreamOwner {
  readonly runtime: Runtime;
  readonly clusters: ClusterManager;
  readonly chain: FilterChain;
  readonly accessLogs: readonly AccessLogger[];
  /** One of the logs asks for `StreamInfo.detail`. */
  readonly recordsDetail: boolean;
  readonly stats: DownstreamStats;
  /** Milliseconds for a response where neither route nor request says; 0: none. */
  readonly defaultTimeoutMs: number;
}

/** Why an attempt at a host failed. */
export type AttemptFailure = Extract<
  LocalReplyCause,
  "upstream_connection_failure" | "upstream_reset" | "upstream_overflow" | "upstream_protocol_error"
>;

/**
 * One request and its response. The base class carries it through filters, router, retries and the end; the protocol's subclass
 * speaks to the two connections.
 *
 *     begin ─► request filters ─► router ─► startAttempt ─► … ─► onResponseHead ─► response filters ─► writeResponse ─► finish
 *                    │               │            └─ onAttemptFailed ─► retry, or ┐
 *                    └── sendLocalReply ◄─────────────────────────────────────────┘
 *
 * The stream is its own timer entry (the response timeout): a request allocates this object and nothing else here.
 */
export abstract class Stream extends TimerEntry implements FilterStream, LoadBalancerContext, HashSource {
  readonly owner: StreamOwner;
  /** Milliseconds on the runtime's clock. */
  readonly startedAt: number;
  route: Route | undefined = undefined;
  cluster: Cluster | undefined = undefined;
  limits: ResourceLimits | undefined = undefined;
  host: Host | undefined = undefined;
  retry: RetryState | undefined = undefined;
  phase: StreamPhase = StreamPhase.Filtering;
  /** An attempt at `host` is under way and counted. */
  attemptActive = false;
  attemptStartedAt = 0;
  upstreamRequestAttemptCount = 0;
  /** Milliseconds for the response from the moment at which the request has been received whole; 0: none. */
  responseTimeLimit = 0;
  responseCode = 0;
  responseCodeDetails: string | undefined = undefined;
  responseFlags = 0;
  bytesReceived = 0;
  bytesSent = 0;
  requestCompleteAt = -1;
  responseStartedAt = -1;
  endedAt = -1;
  upstreamTransportFailureReason: string | undefined = undefined;
  /** Of the last attempt, where it failed otherwise than its cause says. */
  resetReason: string | undefined = undefined;
  /** It took longer than a try may. */
  isTryOverdue = false;
  connectionTerminationDetails: string | undefined = undefined;
  readonly detail: StreamDetail | undefined;
  dynamicMetadata: Map<string, Record<string, unknown>> | undefined = undefined;
  #requestIndex = 0;
  #responseIndex = 0;
  #responsePassed = false;
  #state: unknown[] | undefined = undefined;
  #target: WeightedTarget | undefined = undefined;
  #turnedOff: ReadonlySet<StreamFilter> | undefined = undefined;
  #isHashed = false;
  #hash: Hash64 | undefined = undefined;

  constructor(owner: StreamOwner) {
    super();
    this.owner = owner;
    this.startedAt = owner.runtime.clock.now();
    this.detail = owner.recordsDetail ? new StreamDetail() : undefined;
  }

  // What the protocol knows.

  abstract readonly protocol: string;
  abstract readonly request: RoutableRequest;
  abstract readonly response: StreamResponse | undefined;
  abstract readonly responseTrailers: HeaderReader | undefined;
  abstract readonly upstreamLocalAddress: string | undefined;
  abstract readonly downstreamRemoteAddress: string | undefined;
  abstract readonly downstreamDirectRemoteAddress: string | undefined;
  abstract readonly downstreamLocalAddress: string | undefined;
  abstract readonly downstreamDirectLocalAddress: string | undefined;
  abstract readonly originalDestination: string | undefined;
  abstract readonly filterChainName: string | undefined;
  abstract readonly filterChainMetadata: Metadata | undefined;
  abstract readonly listenerMetadata: Metadata | undefined;
  /** 0 where no connection to the host stood. */
  abstract readonly upstreamConnectionId: number;
  abstract readonly upstreamProtocol: string | undefined;
  abstract readonly connectionId: number;
  abstract readonly requestedServerName: string | undefined;
  /** The request has been received whole. */
  abstract readonly requestComplete: boolean;
  /** The request is still held whole, so that it can be sent again. */
  abstract readonly replayable: boolean;

  /** The first matching route. */
  abstract selectRoute(): Route | undefined;
  /** The time for the response in milliseconds, 0 for none, given what the route says. */
  abstract responseTimeoutMs(routeTimeoutMs: number | undefined): number;
  /** The route demands a retry policy: hold the request until a response begins. */
  abstract holdForReplay(): void;
  /** Sends the request to a host; the outcome comes as `onResponseHead` or `onAttemptFailed`, also at once. */
  abstract startAttempt(host: Host): void;
  /** Forgets the attempt under way; nothing of it may arrive any more. */
  abstract abortAttempt(): void;
  /** The response has passed the filters' head hooks: send it down, body and all as it comes. */
  abstract writeResponse(): void;
  /** Sends an answer made here, then calls `finish`. */
  abstract writeLocalReply(reply: LocalReply): void;
  /** Sends the client elsewhere, then calls `finish`. */
  abstract writeRedirect(status: number, location: string): void;
  /** The response broke off after it began: make the client see that, then call `finish`. */
  abstract resetDownstream(): void;
  /** The stream has ended; the connection's books are to be brought up to date. */
  abstract onFinished(): void;

  // What only some protocols have.

  /** Where the request comes from; undefined where the protocol does not tell. */
  get origin(): RequestOrigin | undefined {
    return undefined;
  }

  /** The attempt under way has no connection yet. */
  get awaitsConnection(): boolean {
    return false;
  }

  /** The retry policy, given what the route says; a protocol lets the caller change it. */
  retryPolicy(policy: RetryPolicy | undefined): RetryPolicy | undefined {
    return policy;
  }

  /** By the route's hash policy, looked at once: other tries of a request go by the same hash. */
  get hashKey(): Hash64 | undefined {
    if (this.#isHashed) return this.#hash;
    this.#isHashed = true;
    const action = this.route?.action;
    const policy = action?.kind === "forward" ? action.forward.hashPolicy : undefined;
    return (this.#hash = policy?.hash(this));
  }

  /** Protocols without cookies are not asked. */
  giveCookie(_recipe: CookieRecipe): string {
    return "";
  }

  /** Sends copies of the request elsewhere, as far as it has been received; what follows of it goes there, too. */
  abstract mirror(policies: readonly MirrorPolicy[], priority: 0 | 1): void;

  /** Fills in what the protocol knows, before the logs are written. */
  completeDetail(_detail: StreamDetail): void {}

  /** A filter that held back the request's body lets it go on. */
  continueRequestBody(): void {}

  /** The same for the response's body. */
  continueResponseBody(): void {}

  // The stream's way.

  begin(): void {
    this.countRequest();
    this.route = this.selectRoute();
    const { chain } = this.owner;
    if (!chain.isEmpty) this.#turnedOff = chain.turnedOff(this.target?.filterSwitches, this.route?.filterSwitches);
    this.continueRequest();
  }

  /** Part of `begin`: for a request that is answered before it has a route. */
  protected countRequest(): void {
    const { stats } = this.owner;
    stats.rqTotal.inc();
    stats.rqActive.inc();
  }

  /**
   * The request has been received whole, after `begin`: for protocols whose requests come in parts. The time for the response, and for a
   * try, runs from here (Envoy: timeouts begin once the whole request has been processed).
   */
  requestReceived(): void {
    const { clock, timers } = this.owner.runtime;
    this.requestCompleteAt = clock.now();
    if (!this.attemptActive && this.phase !== StreamPhase.Forwarding) return;
    if (this.responseTimeLimit > 0) timers.arm(this, this.responseTimeLimit);
    if (this.retry !== undefined) this.retry.requestReceived();
  }

  continueRequest(): void {
    if (this.phase !== StreamPhase.Filtering) {
      this.continueRequestBody();
      return;
    }
    const filters = this.owner.chain.onRequest;
    while (this.#requestIndex < filters.length) {
      const filter = filters[this.#requestIndex++] as StreamFilter;
      if (this.isOff(filter)) continue;
      if (filter.onRequest?.(this, this.requestComplete) === FilterStatus.Stop || this.phase !== StreamPhase.Filtering) return;
    }
    this.phase = StreamPhase.Forwarding;
    forward(this);
  }

  /** The response's head passed the router: on to the filters and down. */
  respond(status: number, details: string): void {
    this.responseCode = status;
    this.responseCodeDetails = details;
    this.phase = StreamPhase.Responding;
    const mutation = this.route?.responseMutation;
    const targetMutation = this.target?.responseMutation;
    if (targetMutation !== undefined || mutation !== undefined) {
      const headers = this.response?.headers;
      if (headers !== undefined) {
        targetMutation?.apply(headers, this);
        mutation?.apply(headers, this);
      }
    }
    this.continueResponse();
  }

  continueResponse(): void {
    if (this.phase !== StreamPhase.Responding) return;
    if (this.#responsePassed) {
      this.continueResponseBody();
      return;
    }
    const filters = this.owner.chain.onResponse;
    while (this.#responseIndex < filters.length) {
      const filter = filters[this.#responseIndex++] as StreamFilter;
      if (this.isOff(filter)) continue;
      if (filter.onResponse?.(this, this.responseComplete) === FilterStatus.Stop || this.ended) return;
    }
    this.#responsePassed = true;
    this.writeResponse();
  }

  /** The response has been received whole. */
  abstract readonly responseComplete: boolean;

  /** @param flag bits of `ResponseFlag`; default: those of the cause */
  sendLocalReply(reply: LocalReply, details?: string, flag: number = causes[reply.cause].flag): void {
    if (this.phase >= StreamPhase.Responding) return;
    abandonAttempt(this);
    // The answer is made: it cannot come too late, nor is there anything to try again.
    if (this.timerNext !== null) this.owner.runtime.timers.disarm(this);
    if (this.retry !== undefined) this.retry.release();
    this.phase = StreamPhase.Responding;
    this.responseCode = reply.httpStatus;
    this.responseCodeDetails = details ?? this.#detailsOf(reply.cause);
    this.responseFlags |= flag;
    this.writeLocalReply(reply);
  }

  /** A local reply as the table of causes has it. */
  fail(cause: LocalReplyCause, details?: string): void {
    const { httpStatus } = causes[cause];
    const message = this.messageOf(cause);
    this.sendLocalReply({ cause, httpStatus, message: details === undefined ? message : `${message}: ${details}` });
  }

  /** Envoy's body text. */
  messageOf(cause: LocalReplyCause): string {
    return this.resetReason === undefined || causes[cause].resetReason === undefined
      ? causes[cause].message
      : resetMessage(this.resetReason);
  }

  /** Envoy's response code details: its own word, or for an attempt that came to nothing what came of it. */
  #detailsOf(cause: LocalReplyCause): string {
    if (cause === "response_timeout") return this.isTryOverdue ? tryTimeoutDetails : cause;
    const { resetReason } = causes[cause];
    if (resetReason === undefined) return cause;
    const transport = cause === "upstream_connection_failure" ? this.upstreamTransportFailureReason : undefined;
    return resetDetails("before", this.resetReason ?? resetReason, transport);
  }

  /** The end, however it came. The subclass calls it once the last byte is written or the stream is given up. */
  finish(): void {
    if (this.phase === StreamPhase.Ended) return;
    this.phase = StreamPhase.Ended;
    const { owner } = this;
    const { stats, runtime } = owner;
    if (this.timerNext !== null) runtime.timers.disarm(this);
    if (this.retry !== undefined) this.retry.release();
    this.endedAt = runtime.clock.now();
    stats.rqActive.dec();
    stats.rqTime.record(this.endedAt - this.startedAt);
    if (this.responseCode !== 0) stats.countResponse(this.responseCode);
    const complete = owner.chain.onComplete;
    for (let i = 0; i < complete.length; i++) {
      const filter = complete[i] as StreamFilter;
      if (!this.isOff(filter)) filter.onComplete?.(this);
    }
    if (this.detail !== undefined) this.#completeDetail(this.detail);
    const logs = owner.accessLogs;
    for (let i = 0; i < logs.length; i++) logs[i]?.log(this);
    this.onFinished();
  }

  #completeDetail(detail: StreamDetail): void {
    detail.startedAt = this.startedAt;
    detail.requestReceivedAt = this.requestCompleteAt;
    detail.responseReceivingAt = this.responseStartedAt;
    if (this.host !== undefined) detail.attemptStartedAt = this.attemptStartedAt;
    this.completeDetail(detail);
    detail.forgetEarlierAttempt();
  }

  /** The response timeout. */
  onTimer(): void {
    onTimeout(this);
  }

  // What filters may do.

  get ended(): boolean {
    return this.phase === StreamPhase.Ended;
  }

  get runtime(): Runtime {
    return this.owner.runtime;
  }

  refreshRoute(): void {
    if (this.phase !== StreamPhase.Filtering) return;
    this.route = this.selectRoute();
    this.#target = undefined;
  }

  get target(): WeightedTarget | undefined {
    if (this.#target !== undefined) return this.#target;
    const action = this.route?.action;
    if (action?.kind !== "forward") return undefined;
    return (this.#target = action.forward.clusterName(this.owner.runtime.random.next(), this.request));
  }

  filterConfig(filterName: string): unknown {
    return this.target?.typedPerFilterConfig?.get(filterName) ?? this.route?.filterConfig(filterName);
  }

  filterConfigs(filterName: string): readonly unknown[] {
    const ofRoute = this.route?.filterConfigs(filterName) ?? [];
    const ofTarget = this.target?.typedPerFilterConfig?.get(filterName);
    return ofTarget === undefined ? ofRoute : [ofTarget, ...ofRoute];
  }

  /** Whether the configuration of a route, or its absence, turns a filter of the chain off. What it was when the stream began, it stays. */
  isOff(filter: StreamFilter): boolean {
    return this.#turnedOff !== undefined && this.#turnedOff.has(filter);
  }

  addResponseFlag(flag: number): void {
    this.responseFlags |= flag;
  }

  setDynamicMetadata(namespace: string, key: string, value: unknown): void {
    this.dynamicMetadata ??= new Map();
    let entry = this.dynamicMetadata.get(namespace);
    if (entry === undefined) this.dynamicMetadata.set(namespace, (entry = {}));
    entry[key] = value;
  }

  getState(slot: number): unknown {
    return this.#state?.[slot];
  }

  setState(slot: number, state: unknown): void {
    (this.#state ??= [])[slot] = state;
  }

  // What balancers and access logs read.

  requestHeader(name: string): string | undefined {
    return this.request.header(name);
  }

  shouldSkip(host: Host): boolean {
    return this.retry !== undefined && this.retry.hasTried(host);
  }

  get startTime(): number {
    const { clock } = this.owner.runtime;
    return clock.wall() - (clock.now() - this.startedAt);
  }

  get requestDuration(): number | undefined {
    return this.requestCompleteAt < 0 ? undefined : this.requestCompleteAt - this.startedAt;
  }

  get responseDuration(): number | undefined {
    return this.responseStartedAt < 0 ? undefined : this.responseStartedAt - this.startedAt;
  }

  get duration(): number | undefined {
    return this.endedAt < 0 ? undefined : this.endedAt - this.startedAt;
  }

  get routeName(): string | undefined {
    return this.route?.name;
  }

  get virtualHostName(): string | undefined {
    return this.route?.virtualHostName;
  }

  get upstreamCluster(): string | undefined {
    return this.cluster?.name;
  }

  get upstreamHost(): string | undefined {
    return this.host?.addressText;
  }

  get upstreamHostname(): string | undefined {
    return this.host?.hostname;
  }

  /** Envoy tells of the last attempt alone. */
  get upstreamHostsFailed(): readonly AttemptedHost[] {
    return none;
  }

  get upstreamCloseType(): CloseType | undefined {
    return this.host === undefined ? undefined : "Normal";
  }

  get downstreamCloseType(): CloseType {
    return "Normal";
  }

  get requestHeadersBytes(): number {
    const { request } = this;
    // CONNECT has no path.
    const pseudo = request.path === "" ? ":authority:method:scheme".length : ":authority:path:method:scheme".length;
    return (
      pseudo + request.authority.length + request.path.length + request.method.length + request.scheme.length + fieldBytes(request.headers)
    );
  }

  get responseHeadersBytes(): number {
    const { response } = this;
    return response === undefined ? 0 : responseBytes(response.headers);
  }

  get responseTrailersBytes(): number {
    return 0;
  }

  get routeMetadata(): Metadata | undefined {
    return this.route?.metadata;
  }

  get virtualHostMetadata(): Metadata | undefined {
    return this.route?.virtualHostMetadata;
  }

  get clusterMetadata(): Metadata | undefined {
    return this.cluster?.metadata;
  }

  get upstreamMetadata(): Metadata | undefined {
    return this.host?.metadata;
  }
}

const none: readonly AttemptedHost[] = [];
