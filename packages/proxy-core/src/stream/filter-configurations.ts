import type { Message } from "@mesh/xds-proto";
import { ConfigPath, fail, required, requiredString, type DecodedExtension, type ExtensionSet } from "../config/index.ts";
import type { StatsScope } from "../stats/index.ts";
import {
  type ConfigSource,
  type ConfigSources,
  RememberingReader,
  type RefusedUpdate,
  type Resource,
  type ResourceDecoder,
  type ResourceWatcher,
  type Subscription,
  type SubscriptionFailure,
  SubscriptionStats,
} from "../subscription/index.ts";
import { FilterStatus, type StreamFilter } from "./filter.ts";

const messageName = "envoy.config.core.v3.TypedExtensionConfig";
type FilterConfigMessage = Message<typeof messageName>;
type ExtensionConfigSource = Message<"envoy.config.core.v3.ExtensionConfigSource">;

/** The configuration of a stream filter that came while the proxy ran and is in use. */
export interface DynamicFilterConfig {
  readonly message: FilterConfigMessage;
  readonly version: string;
  /** Milliseconds on the runtime's clock. */
  readonly updatedAt: number;
}

/** A place in a chain whose filter comes by ECDS. */
export interface FilterUser {
  /** In the chain, and of the resource. */
  readonly name: string;
  /** Of the connection manager; `ecds.<name>` counts in it. */
  readonly stats: StatsScope;
  /** Makes the filter, and changes nothing yet. Throws a `ConfigError`. */
  create(extension: DecodedExtension): StreamFilter;
  /** Takes it for streams to come. */
  use(filter: StreamFilter): void;
}

interface ReadConfig {
  readonly message: FilterConfigMessage;
  readonly extension: DecodedExtension;
}

/** Envoy's ECDS for stream filters: all configurations of filters that come while the proxy runs. */
export class FilterConfigurations {
  readonly #sources: ConfigSources;
  readonly #decoder: ResourceDecoder;
  readonly #reader: RememberingReader<typeof messageName, ReadConfig>;
  readonly #discovered = new Set<DiscoveredFilter>();

  constructor(sources: ConfigSources, decoder: ResourceDecoder) {
    this.#sources = sources;
    this.#decoder = decoder;
    this.#reader = new RememberingReader(messageName, decoder, (message, { name }) => this.#read(message, name));
  }

  /** Throws a `ConfigError`. The place is empty, or has its default, before `start`. */
  open(discovery: ExtensionConfigSource, path: ConfigPath, user: FilterUser): DiscoveredFilter {
    const sourcePath = path.field("config_source");
    const source = this.#sources.open(required(discovery.configSource, sourcePath), sourcePath);
    requiredString(discovery.typeUrls[0] ?? "", path.field("type_urls"));
    const { extensions } = this.#decoder;
    const types = discovery.typeUrls.map((url, index) => {
      const name = url.slice(url.lastIndexOf("/") + 1);
      if (extensions.find("envoy.filters.http", name)) return name;
      return fail(path.field("type_urls").index(index), extensions.describeUnknown("envoy.filters.http", name));
    });
    const defaultPath = path.field("default_config");
    const fallback =
      discovery.defaultConfig === null ? undefined : user.create(decodeFilter(extensions, discovery.defaultConfig, types, defaultPath));
    const begin = (filter: DiscoveredFilter): Subscription => this.#begin(filter, source);
    return new DiscoveredFilter(user, { types, fallback, waits: !discovery.applyDefaultConfigWithoutWarming }, this.#decoder, begin);
  }

  /** Those in use, each once. */
  dynamic(): readonly DynamicFilterConfig[] {
    const current = [...this.#discovered].flatMap(({ user, current: config }) =>
      config === undefined ? [] : [[user.name, config] as const],
    );
    return [...new Map(current).values()];
  }

  /** The last updates that were refused, by the names of the resources. */
  get refused(): ReadonlyMap<string, RefusedUpdate> {
    return this.#reader.refused;
  }

  #begin(filter: DiscoveredFilter, source: ConfigSource): Subscription {
    this.#discovered.add(filter);
    const subscription = source.watch(this.#reader, filter.user.name, filter);
    return {
      close: () => {
        this.#discovered.delete(filter);
        subscription.close();
      },
    };
  }

  /** Refuses what one of its users can do nothing with. */
  #read(message: FilterConfigMessage, name: string): ReadConfig {
    const at = ConfigPath.root.field("typed_config");
    const extension = this.#decoder.extensions.decode("envoy.filters.http", message.typedConfig, at);
    for (const filter of this.#discovered) if (filter.user.name === name) filter.prepare(extension, at);
    return { message, extension };
  }
}

function decodeFilter(
  extensions: ExtensionSet,
  any: FilterConfigMessage["typedConfig"],
  types: readonly string[],
  path: ConfigPath,
): DecodedExtension {
  const extension = extensions.decode("envoy.filters.http", any, path);
  checkType(extension, types, path);
  return extension;
}

function checkType({ descriptor }: DecodedExtension, types: readonly string[], path: ConfigPath): void {
  if (!types.includes(descriptor.messageName)) fail(path, `is a ${descriptor.messageName}: the filter's type_urls are ${types.join(", ")}`);
}

interface DiscoveredFilterOptions {
  /** The messages that may configure it. */
  readonly types: readonly string[];
  /** Used where there is no configuration. */
  readonly fallback: StreamFilter | undefined;
  /** Whether the chain waits for the first configuration, though there is a default. */
  readonly waits: boolean;
}

/** One place in one chain, and what ECDS gives it. */
export class DiscoveredFilter implements ResourceWatcher<ReadConfig> {
  readonly user: FilterUser;
  current: DynamicFilterConfig | undefined = undefined;
  readonly #options: DiscoveredFilterOptions;
  readonly #decoder: ResourceDecoder;
  readonly #begin: (filter: DiscoveredFilter) => Subscription;
  readonly #stats: SubscriptionStats;
  readonly #ready: Promise<void>;
  #settle: () => void = () => {};
  #subscription: Subscription | undefined = undefined;
  /** Made when the configuration was read. */
  #prepared: { readonly extension: DecodedExtension; readonly filter: StreamFilter } | undefined = undefined;

  constructor(
    user: FilterUser,
    options: DiscoveredFilterOptions,
    decoder: ResourceDecoder,
    begin: (filter: DiscoveredFilter) => Subscription,
  ) {
    this.user = user;
    this.#options = options;
    this.#decoder = decoder;
    this.#begin = begin;
    const scope = user.stats.scope(`ecds.${user.name}`, "ecds", { "envoy.ecds_resource": user.name });
    this.#stats = new SubscriptionStats(scope, decoder.runtime.clock);
    this.#ready = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  /** What streams meet where no configuration has come. */
  get initial(): StreamFilter {
    return this.#options.fallback ?? missingFilter;
  }

  /** Begins to ask; fulfilled when there is a configuration, or the chain can do with what it has. */
  start(): Promise<void> {
    this.#subscription ??= this.#begin(this);
    return this.#options.waits ? this.#ready : Promise.resolve();
  }

  /** Throws a `ConfigError`. */
  prepare(extension: DecodedExtension, path: ConfigPath): StreamFilter {
    checkType(extension, this.#options.types, path);
    const filter = this.user.create(extension);
    this.#prepared = { extension, filter };
    return filter;
  }

  onChanged({ value: { message, extension }, version }: Resource<ReadConfig>): void {
    this.#stats.accepted();
    try {
      const at = ConfigPath.root.field("typed_config");
      const filter = this.#prepared?.extension === extension ? this.#prepared.filter : this.prepare(extension, at);
      this.current = { message, version, updatedAt: this.#decoder.runtime.clock.now() };
      this.user.use(filter);
    } catch (error) {
      // It was read before this user asked for it.
      this.#log(String(error));
    }
    this.#prepared = undefined;
    this.#settle();
  }

  /** Envoy: the default comes back. */
  onMissing(): void {
    this.current = undefined;
    this.user.use(this.initial);
    this.#log("does not exist");
    this.#settle();
  }

  onFailed(failure: SubscriptionFailure): void {
    this.#stats.failed(failure);
    if (failure.kind === "unavailable") return;
    this.#log(failure.message);
    this.#settle();
  }

  close(): void {
    this.#subscription?.close();
    this.#settle();
  }

  #log(problem: string): void {
    this.#decoder.runtime.logger.log("warning", "ecds", `filter ${this.user.name}: ${problem}`);
  }
}

/** Envoy answers 500 where a filter has no configuration: what it would have checked is not to be passed by. */
const missingFilter: StreamFilter = {
  onRequest: (stream) => {
    stream.sendLocalReply({ cause: "internal_error", httpStatus: 500, message: "" }, "filter_config_not_available");
    return FilterStatus.Stop;
  },
};
