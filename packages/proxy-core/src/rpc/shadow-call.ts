import { RpcFrameKind, type RpcFrame } from "@mesh/codec";
import type { Cluster, Host, ResourceLimits } from "../cluster/index.ts";
import type { MirrorPolicy } from "../route/index.ts";
import { TimerEntry } from "../runtime/index.ts";
import { type AttemptFailure, hostForCopy } from "../stream/index.ts";
import { poolOf } from "./rpc-pool.ts";
import type { RpcStream } from "./rpc-stream.ts";
import type { UpstreamCall } from "./upstream-call.ts";
import type { UpstreamRpcConnection } from "./upstream-connection.ts";

/**
 * Sends a call's copies. They count in their cluster's statistics and circuit breakers, and have the call's time; nobody learns what becomes
 * of them (Envoy: request_mirror_policies).
 */
export function mirror(stream: RpcStream, policies: readonly MirrorPolicy[], priority: 0 | 1): void {
  for (const policy of policies) {
    const host = hostForCopy(stream, policy, priority);
    if (host !== undefined) new ShadowCall(stream, host.cluster, host, host.cluster.limits[priority]).send();
  }
}

/** One copy of a call. As a timer entry it is the time that it may take. */
class ShadowCall extends TimerEntry implements UpstreamCall {
  readonly frame: RpcFrame;
  readonly downstream = undefined;
  readonly limits: ResourceLimits;
  readonly attemptStartedAt: number;
  upstream: UpstreamRpcConnection | undefined = undefined;
  upstreamId = 0;
  ended = false;
  readonly #stream: RpcStream;
  readonly #cluster: Cluster;
  readonly #host: Host;

  constructor(stream: RpcStream, cluster: Cluster, host: Host, limits: ResourceLimits) {
    super();
    this.frame = stream.frame;
    this.limits = limits;
    this.attemptStartedAt = stream.owner.runtime.clock.now();
    this.#stream = stream;
    this.#cluster = cluster;
    this.#host = host;
  }

  get isOneWay(): boolean {
    return this.frame.kind === RpcFrameKind.OneWay;
  }

  send(): void {
    const { owner, service, responseTimeLimit } = this.#stream;
    this.limits.requests++;
    this.#cluster.stats.upstreamRqTotal.inc();
    this.#cluster.stats.upstreamRqActive.inc();
    this.#host.stats.rqTotal++;
    this.#host.stats.rqActive++;
    if (responseTimeLimit > 0) owner.runtime.timers.arm(this, responseTimeLimit);
    poolOf(this.#host, service.protocol, this.frame.dialect, owner.runtime, service.network).send(this);
  }

  onResponse(response: RpcFrame): void {
    const { stats } = this.#cluster;
    const { httpStatus, isApplicationError } = response;
    stats.countResponse(httpStatus);
    if (httpStatus >= 500) this.#host.stats.rqError++;
    else this.#host.stats.rqSuccess++;
    this.#host.recordResult(isApplicationError ? 200 : httpStatus, false);
    this.#end();
    stats.upstreamRqTime.record(this.#stream.owner.runtime.clock.now() - this.attemptStartedAt);
  }

  onSent(): void {
    this.#end();
  }

  onFailure(failure: AttemptFailure): void {
    if (failure === "upstream_overflow") {
      this.#cluster.stats.upstreamRqPendingOverflow.inc();
    } else {
      this.#host.stats.rqError++;
      this.#host.recordResult(503, true);
    }
    this.#end();
  }

  /** The call itself meets the same error, and tells it. */
  onUnencodable(): void {
    this.#end();
  }

  /** The answer is late. */
  onTimer(): void {
    this.#cluster.stats.upstreamRqTimeout.inc();
    this.#host.stats.rqTimeout++;
    this.#host.recordResult(504, true);
    this.upstream?.forget(this);
    this.#end();
  }

  #end(): void {
    this.ended = true;
    this.upstream = undefined;
    this.#stream.owner.runtime.timers.disarm(this);
    this.limits.requests--;
    this.#cluster.stats.upstreamRqActive.dec();
    this.#host.stats.rqActive--;
  }
}
