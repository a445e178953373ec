import type { Clock, Logger, Random, Resolver, TimerWheel } from "../../runtime/index.ts";
import type { StatsScope } from "../../stats/index.ts";
import type { UpstreamClusterStats } from "../cluster-stats.ts";
import type { Endpoint, LoadAssignment } from "../endpoint.ts";

/** What a source of endpoints works with. */
export interface DiscoveryContext {
  readonly clusterName: string;
  readonly stats: UpstreamClusterStats;
  /** Of the cluster's statistics, for what only some sources count. */
  readonly scope: StatsScope;
  readonly clock: Clock;
  readonly timers: TimerWheel;
  readonly random: Random;
  readonly resolver: Resolver;
  readonly logger: Logger;
  /**
   * Takes the endpoints of the cluster, all of them, whenever they may have changed.
   *
   * @returns false where they are as they were: then nothing was touched
   */
  readonly update: (assignment: LoadAssignment<Endpoint>) => boolean;
}

/** A source of endpoints that runs. */
export interface RunningDiscovery {
  /** Fulfilled when the first endpoints are there, or when the first attempt to get them has failed. */
  readonly ready: Promise<void>;
  close(): void;
}
