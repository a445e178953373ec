import type { Message } from "@mesh/xds-proto";
import { ResponseFlag } from "../access-log/index.ts";
import { ConfigPath, fail, isConfigError, required, requiredString, type DecodedExtension, type ExtensionSet } from "../config/index.ts";
import { DelayedCall } from "../runtime/index.ts";
import type { Counter, StatsScope } from "../stats/index.ts";
import {
  type ConfigSource,
  type ConfigSources,
  RememberingReader,
  type RefusedUpdate,
  type Resource,
  type ResourceDecoder,
  type ResourceReader,
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
  readonly #stats: StatsScope;
  readonly #reader: RememberingReader<typeof messageName, ReadConfig>;
  readonly #watched = new Set<WatchedConfig>();

  /** @param stats the root of all statistics */
  constructor(sources: ConfigSources, decoder: ResourceDecoder, stats: StatsScope) {
    this.#sources = sources;
    this.#decoder = decoder;
    this.#stats = stats;
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
    const { defaultConfig, applyDefaultConfigWithoutWarming } = discovery;
    if (applyDefaultConfigWithoutWarming && defaultConfig === null) {
      fail(path.field("apply_default_config_without_warming"), "needs a default_config");
    }
    const initial = defaultConfig === null ? missingFilter : user.create(decodeFilter(extensions, defaultConfig, types, defaultPath));
    return new DiscoveredFilter(user, { types, initial, waits: !applyDefaultConfigWithoutWarming }, () => this.#watch(source, user.name));
  }

  /** Those in use, each once. */
  dynamic(): readonly DynamicFilterConfig[] {
    return [...this.#watched].flatMap(({ current }) => (current === undefined ? [] : [current.dynamic]));
  }

  /** The last updates that were refused, by the names of the resources. */
  get refused(): ReadonlyMap<string, RefusedUpdate> {
    return this.#reader.refused;
  }

  /** As in Envoy, all places that have a filter of a name from one source share a watch. */
  #watch(source: ConfigSource, name: string): WatchedConfig {
    const known = [...this.#watched].find((watched) => watched.source === source && watched.name === name);
    if (known !== undefined) return known;
    const scope = this.#stats.scope(`extension_config_discovery.http_filter.${name}`);
    const watched = new WatchedConfig(source, name, { reader: this.#reader, decoder: this.#decoder, scope }, () => {
      this.#watched.delete(watched);
    });
    this.#watched.add(watched);
    return watched;
  }

  /** Refuses what one of its users can do nothing with. */
  #read(message: FilterConfigMessage, name: string): ReadConfig {
    const at = ConfigPath.root.field("typed_config");
    const extension = this.#decoder.extensions.decode("envoy.filters.http", message.typedConfig, at);
    for (const watched of this.#watched) if (watched.name === name) watched.prepare(extension);
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

interface WatchContext {
  readonly reader: ResourceReader<ReadConfig>;
  readonly decoder: ResourceDecoder;
  /** `extension_config_discovery.http_filter.<name>`; it goes with the watch. */
  readonly scope: StatsScope;
}

/** A resource that is watched, for as long as a place in some chain wants it. */
class WatchedConfig implements ResourceWatcher<ReadConfig> {
  readonly source: ConfigSource;
  readonly name: string;
  current: { readonly dynamic: DynamicFilterConfig; readonly extension: DecodedExtension } | undefined = undefined;
  readonly #context: WatchContext;
  readonly #onUnused: () => void;
  readonly #stats: SubscriptionStats;
  readonly #reloads: Counter;
  readonly #failures: Counter;
  readonly #conflicts: Counter;
  readonly #filters = new Set<DiscoveredFilter>();
  /** Armed while there is none yet. */
  readonly #giveUp = new DelayedCall(() => this.#settle());
  #subscription: Subscription | undefined = undefined;
  /** Something came, or will not come in time. */
  #isAnswered = false;

  constructor(source: ConfigSource, name: string, context: WatchContext, onUnused: () => void) {
    const { scope, decoder } = context;
    this.source = source;
    this.name = name;
    this.#context = context;
    this.#onUnused = onUnused;
    this.#stats = new SubscriptionStats(scope, decoder.runtime.clock);
    this.#reloads = scope.counter("config_reload");
    this.#failures = scope.counter("config_fail");
    this.#conflicts = scope.counter("config_conflict");
  }

  add(filter: DiscoveredFilter): void {
    this.#filters.add(filter);
    this.#subscription ??= this.source.watch(this.#context.reader, this.name, this);
    if (this.current !== undefined) this.#give(filter, this.current.extension);
    if (this.#isAnswered) filter.settle();
  }

  delete(filter: DiscoveredFilter): void {
    if (!this.#filters.delete(filter) || this.#filters.size > 0) return;
    this.#subscription?.close();
    this.#context.decoder.runtime.timers.disarm(this.#giveUp);
    this.#context.scope.dispose();
    this.#onUnused();
  }

  /** Throws a `ConfigError`. */
  prepare(extension: DecodedExtension): void {
    for (const filter of this.#filters) filter.prepare(extension);
  }

  onChanged({ value: { message, extension }, version, responseVersion }: Resource<ReadConfig>): void {
    const acceptedAt = this.#stats.accepted(responseVersion);
    this.#reloads.inc();
    this.current = { dynamic: { message, version, updatedAt: this.#context.decoder.runtime.clock.now() }, extension };
    for (const filter of this.#filters) this.#give(filter, extension);
    this.#stats.applied(acceptedAt);
    this.#settle();
  }

  onMissing(): void {
    this.#reloads.inc();
    this.current = undefined;
    for (const filter of this.#filters) filter.reset();
    this.#log("does not exist");
    const { firstAnswerMs } = this.source;
    if (!this.#isAnswered && firstAnswerMs > 0) this.#context.decoder.runtime.timers.arm(this.#giveUp, firstAnswerMs);
  }

  onFailed(failure: SubscriptionFailure): void {
    this.#stats.failed(failure);
    if (failure.kind === "unavailable") return;
    this.#failures.inc();
    this.#log(failure.message);
    this.#settle();
  }

  /** What was read before a filter asked for it may be of no use to that one. */
  #give(filter: DiscoveredFilter, extension: DecodedExtension): void {
    try {
      filter.take(extension);
    } catch (error) {
      if (!isConfigError(error)) throw error;
      this.#conflicts.inc();
      this.#log(error.message);
    }
  }

  #settle(): void {
    this.#isAnswered = true;
    this.#context.decoder.runtime.timers.disarm(this.#giveUp);
    for (const filter of this.#filters) filter.settle();
  }

  #log(problem: string): void {
    this.#context.decoder.runtime.logger.log("warning", "ecds", `filter ${this.name}: ${problem}`);
  }
}

interface DiscoveredFilterOptions {
  /** The messages that may configure it. */
  readonly types: readonly string[];
  /** What streams meet where there is no configuration. */
  readonly initial: StreamFilter;
  /** Whether the chain waits for the first configuration, though there is a default. */
  readonly waits: boolean;
}

/** One place in one chain, and what ECDS gives it. */
export class DiscoveredFilter {
  readonly #user: FilterUser;
  readonly #options: DiscoveredFilterOptions;
  readonly #watch: () => WatchedConfig;
  readonly #ready: Promise<void>;
  /** Fulfils what `start` gave. */
  settle: () => void = () => {};
  #watched: WatchedConfig | undefined = undefined;
  /** Made when the configuration was read. */
  #prepared: { readonly extension: DecodedExtension; readonly filter: StreamFilter } | undefined = undefined;

  constructor(user: FilterUser, options: DiscoveredFilterOptions, watch: () => WatchedConfig) {
    this.#user = user;
    this.#options = options;
    this.#watch = watch;
    this.#ready = new Promise((resolve) => {
      this.settle = resolve;
    });
  }

  get initial(): StreamFilter {
    return this.#options.initial;
  }

  /** Begins to ask; fulfilled when there is a configuration, or the chain can do with what it has. To be called once. */
  start(): Promise<void> {
    this.#watched = this.#watch();
    this.#watched.add(this);
    return this.#options.waits ? this.#ready : Promise.resolve();
  }

  /** Throws a `ConfigError`. */
  prepare(extension: DecodedExtension): StreamFilter {
    checkType(extension, this.#options.types, ConfigPath.root.field("typed_config"));
    const filter = this.#user.create(extension);
    this.#prepared = { extension, filter };
    return filter;
  }

  /** Takes a configuration into use. Throws a `ConfigError`, and is as before then. */
  take(extension: DecodedExtension): void {
    const filter = this.#prepared?.extension === extension ? this.#prepared.filter : this.prepare(extension);
    this.#prepared = undefined;
    this.#user.use(filter);
  }

  /** Envoy: where a configuration is taken away, the default comes back. */
  reset(): void {
    this.#user.use(this.initial);
  }

  close(): void {
    this.#watched?.delete(this);
    this.settle();
  }
}

/** Envoy answers 500 where a filter has no configuration: what it would have checked is not to be passed by. */
const missingFilter: StreamFilter = {
  onRequest: (stream) => {
    const reply = { cause: "internal_error", httpStatus: 500, message: "" } as const;
    stream.sendLocalReply(reply, "filter_config_not_available", ResponseFlag.NoFilterConfigFound);
    return FilterStatus.Stop;
  },
};
