import type { Cluster } from "../cluster/index.ts";
import type { Random } from "../runtime/index.ts";

/** Whether a request is one of the share that is not to reach its cluster (Envoy: `drop_overloads`), and counts it then. To be asked once. */
export function isDropped(cluster: Cluster, random: Random): boolean {
  const { dropOverload: share } = cluster;
  if (share === 0 || (share < 1 && random.next() >= share)) return false;
  cluster.stats.upstreamRqDropOverload.inc();
  return true;
}
