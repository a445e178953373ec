import type { Message } from "@mesh/xds-proto";
import {
  ExtensionFactories,
  fail,
  type ConfigPath,
  type DecodedExtension,
  type ExtensionDescriptor,
  type ExtensionSet,
} from "../config/index.ts";
import type { Runtime } from "../runtime/index.ts";
import type { StatsScope } from "../stats/index.ts";
import { FilterChain, type FilterPlace } from "./filter-chain.ts";
import type { DiscoveredFilter, FilterConfigurations } from "./filter-configurations.ts";
import type { StreamFilter, StreamFilterExtension } from "./filter.ts";

type HttpFilter = Message<"envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter">;

export interface StreamFiltersContext {
  readonly runtime: Runtime;
  readonly extensions: ExtensionSet;
  /** Where filters get configuration that comes while the proxy runs. */
  readonly filterConfigurations: FilterConfigurations;
  /** The connection manager's scope. */
  readonly stats: StatsScope;
}

const isStreamFilter = (descriptor: ExtensionDescriptor): descriptor is StreamFilterExtension =>
  descriptor.category === "envoy.filters.http" && "create" in descriptor;

/** A connection manager's filters: the chain as it stands, and what changes it. */
export class StreamFilters {
  readonly #context: StreamFiltersContext;
  readonly #factories: ExtensionFactories<StreamFilterExtension>;
  readonly #places: FilterPlace[] = [];
  readonly #discovered: DiscoveredFilter[] = [];
  readonly #onChanged: (chain: FilterChain) => void;
  #chain: FilterChain;

  /**
   * Makes the chain. The router must be there, once and last: it is not a filter of the chain but what follows it. Throws `ConfigError`.
   *
   * @param onChanged takes the chain for streams to come
   */
  constructor(filters: readonly HttpFilter[], path: ConfigPath, context: StreamFiltersContext, onChanged: (chain: FilterChain) => void) {
    const { extensions } = context;
    this.#context = context;
    this.#onChanged = onChanged;
    this.#factories = new ExtensionFactories(
      extensions,
      "envoy.filters.http",
      extensions.list("envoy.filters.http").filter(isStreamFilter),
    );
    if (filters.length === 0) fail(path, "needs the router: add envoy.filters.http.router as the last filter");
    const names = new Set<string>();
    filters.forEach((filter, index) => {
      const at = path.index(index);
      if (names.has(filter.name)) fail(at.field("name"), `there is another filter of the name ${JSON.stringify(filter.name)}`);
      names.add(filter.name);
      this.#add(filter, index, index === filters.length - 1, at);
    });
    this.#chain = new FilterChain(this.#places);
  }

  get chain(): FilterChain {
    return this.#chain;
  }

  /** Begins to ask for configuration; fulfilled when there is some for each filter that waits for it, or none is to be had in time. */
  async start(): Promise<void> {
    await Promise.all(this.#discovered.map((filter) => filter.start()));
  }

  close(): void {
    for (const filter of this.#discovered) filter.close();
  }

  #add(filter: HttpFilter, slot: number, isLast: boolean, path: ConfigPath): void {
    const { name, disabled } = filter;
    if (filter.configDiscovery !== null) {
      if (isLast) fail(path, "the last filter must be the router (envoy.filters.http.router)");
      this.#discover(filter.configDiscovery, name, disabled, slot, path.field("config_discovery"));
      return;
    }
    // An unknown one was warned of when the configuration was checked.
    if (filter.isOptional && !isLast && !this.#context.extensions.knows("envoy.filters.http", filter.typedConfig)) return;
    const { factory, extension } = this.#factories.resolve(filter.typedConfig, path.field("typed_config"));
    if (factory.terminal === true) {
      if (!isLast) fail(path, `${factory.name} must be the last filter`);
      if (disabled) fail(path.field("disabled"), `${factory.name} cannot be disabled`);
      return;
    }
    if (isLast) fail(path, "the last filter must be the router (envoy.filters.http.router)");
    this.#places.push({ filter: this.#create(factory, extension, name, slot), name, disabled });
  }

  #discover(discovery: NonNullable<HttpFilter["configDiscovery"]>, name: string, disabled: boolean, slot: number, path: ConfigPath): void {
    const index = this.#places.length;
    const discovered = this.#context.filterConfigurations.open(discovery, path, {
      name,
      create: (extension) => {
        const factory = this.#factories.find(extension.descriptor.messageName);
        if (factory === undefined || factory.terminal === true)
          fail(extension.path, `${extension.descriptor.name} must be the last filter`);
        return this.#create(factory, extension, name, slot);
      },
      use: (filter) => this.#replace(index, { filter, name, disabled }),
    });
    this.#discovered.push(discovered);
    this.#places.push({ filter: discovered.initial, name, disabled });
  }

  #create(factory: StreamFilterExtension, extension: DecodedExtension, filterName: string, slot: number): StreamFilter {
    const { runtime, stats } = this.#context;
    return factory.create(extension, { runtime, stats, filterName, slot });
  }

  #replace(index: number, place: FilterPlace): void {
    this.#places[index] = place;
    this.#chain = new FilterChain(this.#places);
    this.#onChanged(this.#chain);
  }
}
