import type { Logger, Random, Resolver, TimerWheel } from "../../runtime/index.ts";
import type { UpstreamClusterStats } from "../cluster-stats.ts";
import type { Endpoint } from "../endpoint.ts";

/** What a source of endpoints works with. */
export interface DiscoveryContext {
  readonly clusterName: string;
  readonly stats: UpstreamClusterStats;
  readonly timers: TimerWheel;
  readonly random: Random;
  readonly resolver: Resolver;
  readonly logger: Logger;
  /** Takes the endpoints of the cluster, all of them, whenever they change. */
  readonly update: (endpoints: readonly Endpoint[]) => void;
}

/** A source of endpoints that runs. */
export interface RunningDiscovery {
  /** Fulfilled when the first endpoints are there, or when the first attempt to get them has failed. */
  readonly ready: Promise<void>;
  close(): void;
}
