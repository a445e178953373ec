import type { HeaderView } from "@mesh/codec";
import { createRequestHead, type RequestHead, type ResponseHead } from "@mesh/codec-http1";
import type { Cluster, Host, ResourceLimits } from "../cluster/index.ts";
import type { MirrorPolicy } from "../route/index.ts";
import { type Runtime, TimerEntry } from "../runtime/index.ts";
import { type AttemptFailure, hostForCopy } from "../stream/index.ts";
import type { HttpStream } from "./http-stream.ts";
import { type Http1Pool, poolOf } from "./http1-pool.ts";
import type { UpstreamExchange } from "./upstream-exchange.ts";
import type { UpstreamHttpConnection } from "./upstream-connection.ts";

/**
 * Sends a request's copies. They count in their cluster's statistics and circuit breakers, and have the request's time; nobody learns what
 * becomes of them (Envoy: request_mirror_policies). What is still to come of the request's body is theirs to receive.
 */
export function startCopies(stream: HttpStream, policies: readonly MirrorPolicy[], priority: 0 | 1): readonly ShadowRequest[] {
  const copies: ShadowRequest[] = [];
  for (const policy of policies) {
    const host = hostForCopy(stream, policy, priority);
    if (host === undefined) continue;
    const copy = new ShadowRequest(stream, copyHead(stream.head, policy.marksHost), host, host.cluster.limits[priority]);
    copies.push(copy);
    copy.send();
  }
  return copies;
}

function copyHead(head: RequestHead, marksHost: boolean): RequestHead {
  const headers: [name: string, value: string][] = [];
  head.headers.forEach((name, value) => {
    const lower = name.toLowerCase();
    if (lower !== "host" && lower !== "x-envoy-internal") headers.push([name, value ?? ""]);
  });
  // Envoy: its copies come from its own client.
  headers.push(["x-envoy-internal", "true"]);
  const { method, path, bodyKind: body, contentLength } = head;
  const authority = marksHost ? shadowHost(head.authority) : head.authority;
  return createRequestHead({ method, path, authority, headers, body, ...(contentLength >= 0 && { contentLength }) });
}

/** Envoy: so that logs tell copies from what they are copies of. */
export function shadowHost(authority: string): string {
  const colon = authority.indexOf(":");
  const isPort = colon >= 0 && colon === authority.lastIndexOf(":");
  return isPort ? `${authority.slice(0, colon)}-shadow${authority.slice(colon)}` : `${authority}-shadow`;
}

/**
 * One copy of a request. It never holds the request up: of a body that its host takes too slowly so much is held as of any, and then the copy is
 * given up. As a timer entry it is the time that its response may take.
 */
export class ShadowRequest extends TimerEntry implements UpstreamExchange {
  readonly head: RequestHead;
  readonly limits: ResourceLimits;
  readonly wantsTunnel = false;
  readonly detail = undefined;
  pool: Http1Pool | undefined = undefined;
  readonly #stream: HttpStream;
  readonly #runtime: Runtime;
  readonly #host: Host;
  readonly #cluster: Cluster;
  readonly #limit: number;
  readonly #startedAt: number;
  #upstream: UpstreamHttpConnection | undefined = undefined;
  #held: Buffer[] = [];
  #heldBytes = 0;
  #isBackedUp = false;
  #isComplete = false;
  #isSent = false;
  #trailers: HeaderView | undefined = undefined;
  #ended = false;

  constructor(stream: HttpStream, head: RequestHead, host: Host, limits: ResourceLimits) {
    super();
    const { runtime } = stream.owner;
    this.head = head;
    this.limits = limits;
    this.#stream = stream;
    this.#runtime = runtime;
    this.#host = host;
    this.#cluster = host.cluster;
    this.#limit = stream.downstream.manager.bufferLimitBytes;
    this.#startedAt = runtime.clock.now();
  }

  send(): void {
    this.limits.requests++;
    this.#cluster.stats.upstreamRqTotal.inc();
    this.#cluster.stats.upstreamRqActive.inc();
    this.#host.stats.rqTotal++;
    this.#host.stats.rqActive++;
    poolOf(this.#host, this.#runtime, this.#stream.downstream.manager.network).send(this);
  }

  // The request's body.

  receive(chunk: Buffer, start: number, end: number): void {
    if (this.#ended) return;
    if (this.#upstream !== undefined && !this.#isBackedUp) {
      this.#upstream.writeBody(chunk, start, end);
      return;
    }
    this.#held.push(chunk.subarray(start, end));
    this.#heldBytes += end - start;
    if (this.#heldBytes <= this.#limit) return;
    this.#stream.cluster?.stats.retryOrShadowAbandoned.inc();
    this.giveUp();
  }

  receiveEnd(trailers: HeaderView | undefined): void {
    if (this.#ended) return;
    this.#isComplete = true;
    this.#trailers = trailers;
    const { responseTimeLimit } = this.#stream;
    if (responseTimeLimit > 0) this.#runtime.timers.arm(this, responseTimeLimit);
    this.#flush();
  }

  /** The rest of the request will not come, or cannot be held. */
  giveUp(): void {
    if (this.#ended) return;
    const { pool } = this;
    const upstream = this.#upstream;
    this.#end();
    if (upstream !== undefined) upstream.abandon();
    else if (pool !== undefined) pool.withdraw(this);
  }

  /** The answer is late. */
  override onTimer(): void {
    this.#cluster.stats.upstreamRqTimeout.inc();
    this.#host.stats.rqTimeout++;
    this.#host.recordResult(504, true);
    this.giveUp();
  }

  // The exchange with the host.

  onUpstreamReady(upstream: UpstreamHttpConnection): void {
    this.#upstream = upstream;
    this.#flush();
  }

  onUpstreamPressure(isAbove: boolean): void {
    this.#isBackedUp = isAbove;
    if (!isAbove) this.#flush();
  }

  onUnencodable(): void {
    this.#end();
  }

  onInterim(): void {}

  onResponseHead({ status, headers }: ResponseHead, isTunnel: boolean): boolean {
    if (this.#ended) return false;
    if (headers.has("x-envoy-immediate-health-check-fail")) this.#host.failActiveCheck();
    if (status >= 500) this.#host.stats.rqError++;
    else this.#host.stats.rqSuccess++;
    this.#host.recordResult(status, false);
    this.#cluster.stats.countResponse(status, undefined, this.#host.canary);
    // Nobody has asked for one: there is no way to go on with it.
    if (isTunnel) this.#end();
    return !isTunnel;
  }

  onResponseBody(): void {}

  onResponseEnd(): void {}

  onUpstreamComplete(): void {
    if (this.#ended) return;
    this.#cluster.stats.recordResponseTime(this.#runtime.clock.now() - this.#startedAt, undefined, this.#host.canary);
    this.#end();
  }

  onTunnelClosed(): void {
    this.#end();
  }

  onFailure(failure: AttemptFailure): void {
    if (this.#ended) return;
    if (failure === "upstream_overflow") {
      this.#cluster.stats.upstreamRqPendingOverflow.inc();
    } else {
      this.#host.stats.rqError++;
      this.#host.recordResult(503, true);
    }
    this.#end();
  }

  detachResponse(): void {}

  #flush(): void {
    const upstream = this.#upstream;
    if (upstream === undefined || this.#isBackedUp) return;
    const held = this.#held;
    this.#held = [];
    this.#heldBytes = 0;
    for (const part of held) upstream.writeBody(part, 0, part.length);
    if (!this.#isComplete || this.#isSent) return;
    this.#isSent = true;
    upstream.endRequest(this.#trailers);
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#upstream = undefined;
    this.#held = [];
    this.#runtime.timers.disarm(this);
    this.limits.requests--;
    this.#cluster.stats.upstreamRqActive.dec();
    this.#host.stats.rqActive--;
  }
}
