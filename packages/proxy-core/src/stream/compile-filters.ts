import type { Message } from "@mesh/xds-proto";
import { ExtensionFactories, fail, type ConfigPath, type ExtensionDescriptor, type ExtensionSet } from "../config/index.ts";
import type { Runtime } from "../runtime/index.ts";
import type { StatsScope } from "../stats/index.ts";
import { FilterChain, type FilterPlace } from "./filter-chain.ts";
import type { StreamFilterExtension } from "./filter.ts";

type HttpFilter = Message<"envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter">;

export interface CompileFiltersContext {
  readonly runtime: Runtime;
  readonly extensions: ExtensionSet;
  /** The connection manager's scope. */
  readonly stats: StatsScope;
}

const isStreamFilter = (descriptor: ExtensionDescriptor): descriptor is StreamFilterExtension =>
  descriptor.category === "envoy.filters.http" && "create" in descriptor;

/**
 * Makes the chain of a connection manager's filters. The router must be there, once and last: it is not a filter of the chain but what
 * follows it. Throws `ConfigError`.
 */
export function compileStreamFilters(filters: readonly HttpFilter[], path: ConfigPath, context: CompileFiltersContext): FilterChain {
  const { extensions } = context;
  const factories = new ExtensionFactories(extensions, "envoy.filters.http", extensions.list("envoy.filters.http").filter(isStreamFilter));
  if (filters.length === 0) fail(path, "needs the router: add envoy.filters.http.router as the last filter");
  const chain: FilterPlace[] = [];
  const names = new Set<string>();
  filters.forEach((filter, index) => {
    const at = path.index(index);
    if (names.has(filter.name)) fail(at.field("name"), `there is another filter of the name ${JSON.stringify(filter.name)}`);
    names.add(filter.name);
    const isLast = index === filters.length - 1;
    // An unknown one was warned of when the configuration was checked.
    if (filter.isOptional && !isLast && !extensions.knows("envoy.filters.http", filter.typedConfig)) return;
    const { factory, extension } = factories.resolve(filter.typedConfig, at.field("typed_config"));
    if (factory.terminal === true) {
      if (!isLast) fail(at, `${factory.name} must be the last filter`);
      if (filter.disabled) fail(at.field("disabled"), `${factory.name} cannot be disabled`);
      return;
    }
    if (isLast) fail(at, "the last filter must be the router (envoy.filters.http.router)");
    const { runtime, stats } = context;
    const made = factory.create(extension, { runtime, stats, filterName: filter.name, slot: index });
    chain.push({ filter: made, name: filter.name, disabled: filter.disabled });
  });
  return new FilterChain(chain);
}
