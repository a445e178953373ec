import { isProtoError, type Any } from "@mesh/xds-proto";
import { fail, type ConfigPath, type ExtensionSet } from "../config/index.ts";

/** What one level of a route table (configuration, virtual host, route, weighted cluster) says of a stream filter. */
interface FilterEntry {
  /** False: the filter is turned off. */
  readonly enabled: boolean;
  /** Undefined where it is turned off. */
  readonly config: unknown;
}

/** `typed_per_filter_config`, by the name of the filter. */
export type FilterEntries = ReadonlyMap<string, FilterEntry>;

const wrapperName = "envoy.config.route.v3.FilterConfig";

/** Throws a `ConfigError`. */
export function compileFilterEntries(configs: Readonly<Record<string, Any>>, path: ConfigPath, extensions: ExtensionSet): FilterEntries {
  const entries = new Map<string, FilterEntry>();
  for (const [name, any] of Object.entries(configs)) {
    const entry = compileEntry(any, path.key(name), extensions);
    if (entry !== undefined) entries.set(name, entry);
  }
  return entries;
}

/** Undefined for what is optional and unknown. */
function compileEntry(any: Any, path: ConfigPath, extensions: ExtensionSet): FilterEntry | undefined {
  if (any.type_url.slice(any.type_url.lastIndexOf("/") + 1) !== wrapperName) {
    return { enabled: true, config: extensions.decodePerRoute(any, path) };
  }
  const { config, disabled, isOptional } = unwrap(any, path, extensions);
  if (disabled) return { enabled: false, config: undefined };
  const at = path.field("config");
  if (config === null) fail(at, "is required where the filter is not disabled");
  if (isOptional && !extensions.knows("envoy.filters.http.per_route", config)) return undefined;
  return { enabled: true, config: extensions.decodePerRoute(config, at) };
}

function unwrap(any: Any, path: ConfigPath, { registry }: ExtensionSet): { config: Any | null; disabled: boolean; isOptional: boolean } {
  try {
    return registry.decodeMessage(wrapperName, any.value);
  } catch (error) {
    if (!isProtoError(error)) throw error;
    return fail(path, error.message, error);
  }
}

const none: readonly unknown[] = [];

/** What all levels of a route say of the filters. */
export class FilterConfigs {
  /** See `Route`. */
  readonly switches: ReadonlyMap<string, boolean> | undefined;
  readonly #configs: ReadonlyMap<string, readonly unknown[]>;

  /** @param levels the most specific first */
  constructor(levels: readonly FilterEntries[]) {
    const switches = new Map<string, boolean>();
    const configs = new Map<string, unknown[]>();
    for (const level of levels) {
      for (const [name, { enabled, config }] of level) {
        if (!switches.has(name)) switches.set(name, enabled);
        if (!enabled) continue;
        const known = configs.get(name);
        if (known === undefined) configs.set(name, [config]);
        else known.push(config);
      }
    }
    this.switches = switches.size === 0 ? undefined : switches;
    this.#configs = configs;
  }

  /** The most specific one. */
  first(name: string): unknown {
    return this.switches === undefined ? undefined : this.#configs.get(name)?.[0];
  }

  /** The most specific first. */
  all(name: string): readonly unknown[] {
    return this.switches === undefined ? none : (this.#configs.get(name) ?? none);
  }

  /** By name, the most specific; undefined where there are none. */
  get mostSpecific(): ReadonlyMap<string, unknown> | undefined {
    return this.#configs.size === 0 ? undefined : new Map([...this.#configs].map(([name, [config]]) => [name, config]));
  }
}
