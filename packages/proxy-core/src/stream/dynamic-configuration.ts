import { RouteConfigurations, type RouteContext } from "../route/index.ts";
import type { Runtime } from "../runtime/index.ts";
import { type StatsScope, StatsStore } from "../stats/index.ts";
import { type ConfigSources, noConfigSources, ResourceDecoder } from "../subscription/index.ts";
import { FilterConfigurations } from "./filter-configurations.ts";

/** What of a connection manager's configuration may come while the proxy runs. */
export interface DynamicConfiguration {
  /** All routes of the proxy. */
  readonly routes: RouteConfigurations;
  /** All configurations of stream filters. */
  readonly filterConfigurations: FilterConfigurations;
}

export interface DynamicConfigurationOptions extends RouteContext {
  readonly runtime: Runtime;
  /** Default: none. */
  readonly sources?: ConfigSources;
  /** Default: one of its own. */
  readonly decoder?: ResourceDecoder;
  /** The root of all statistics. Default: one that nobody reads. */
  readonly stats?: StatsScope;
}

export function createDynamicConfiguration(options: DynamicConfigurationOptions): DynamicConfiguration {
  const { clusters, extensions, runtime, sources = noConfigSources, stats = new StatsStore() } = options;
  const { decoder = new ResourceDecoder(extensions, runtime) } = options;
  return {
    routes: new RouteConfigurations({ clusters, extensions, runtime, sources, decoder }),
    filterConfigurations: new FilterConfigurations(sources, decoder, stats),
  };
}
