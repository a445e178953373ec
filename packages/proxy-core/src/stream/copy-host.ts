import type { Host, LoadBalancerContext } from "../cluster/index.ts";
import type { MirrorPolicy } from "../route/index.ts";
import { isDropped } from "./drop-overload.ts";
import { causes } from "./error-table.ts";
import type { Stream } from "./stream.ts";

/**
 * The host that a copy of the request goes to. What keeps it from going is counted in its cluster.
 *
 * @returns undefined where this request is not copied, or cannot be
 */
export function hostForCopy(stream: Stream, policy: MirrorPolicy, priority: 0 | 1): Host | undefined {
  const { clusters, runtime } = stream.owner;
  if (policy.fraction < 1 && runtime.random.next() >= policy.fraction) return undefined;
  const cluster = clusters.find(policy.clusterName(stream.request));
  if (cluster === undefined) return undefined;
  const { stats } = cluster;
  if (isDropped(cluster, runtime.random)) {
    stats.countResponse(causes.drop_overload.httpStatus);
    return undefined;
  }
  const limits = cluster.limits[priority];
  if (limits.requests >= limits.maxRequests) {
    stats.upstreamRqPendingOverflow.inc();
    return undefined;
  }
  const host = cluster.pickHost(new CopyContext(stream));
  if (host === undefined) stats.upstreamCxNoneHealthy.inc();
  return host;
}

/** Envoy: a copy comes from no connection; its header fields are the request's. */
class CopyContext implements LoadBalancerContext {
  readonly hashKey: undefined = undefined;
  readonly originalDestination: undefined = undefined;
  readonly #stream: Stream;

  constructor(stream: Stream) {
    this.#stream = stream;
  }

  shouldSkip(): boolean {
    return false;
  }

  requestHeader(name: string): string | undefined {
    return this.#stream.requestHeader(name);
  }
}
