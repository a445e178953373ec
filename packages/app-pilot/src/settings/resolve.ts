import { messageOf, UsageError } from "../errors.ts";
import { withoutPassword } from "../registries/url.ts";
import { settings, type SettingValues } from "./table.ts";
import { variableOf, type ListSetting, type Setting } from "./setting.ts";

/** What one place says: by setting, the texts, and where it stands for messages. */
export interface SettingValue {
  readonly texts: readonly string[];
  /** `--grpc-address`, `PILOT_GRPC_ADDRESS`, `pilot.yaml:3:1` */
  readonly place: string;
}

export interface SettingSources {
  /** By name. */
  readonly flags: ReadonlyMap<string, SettingValue>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly file: ReadonlyMap<string, SettingValue>;
}

/** What one setting is, and who said so. */
export interface ResolvedSetting {
  readonly name: string;
  readonly value: string;
  /** `default`, or the place. */
  readonly from: string;
}

/** All settings of a pilot. */
export interface Settings extends SettingValues {
  readonly origins: readonly ResolvedSetting[];
}

/**
 * Flags go before the environment, that before the file, and that before the defaults. A list is taken whole from the first of them that
 * has one.
 *
 * @throws UsageError that names every value that cannot be used, and where it stands
 */
export function resolveSettings(sources: SettingSources): Settings {
  const resolver = new Resolver(sources);
  const values: SettingValues = {
    configDir: resolver.one(settings.configDir),
    configNamespace: resolver.one(settings.configNamespace),
    configErrorsAtStart: resolver.one(settings.configErrorsAtStart),
    registries: resolver.list(settings.registries),
    grpc: resolver.one(settings.grpc),
    http: resolver.one(settings.http),
    monitoring: resolver.one(settings.monitoring),
    logLevel: resolver.one(settings.logLevel),
    logFormat: resolver.one(settings.logFormat),
    debounceAfterMs: resolver.one(settings.debounceAfterMs),
    debounceMaxMs: resolver.one(settings.debounceMaxMs),
    readyTimeoutMs: resolver.one(settings.readyTimeoutMs),
    holdMs: resolver.one(settings.holdMs),
    maxLoss: resolver.one(settings.maxLoss),
    maxRequestsPerSecond: resolver.one(settings.maxRequestsPerSecond),
    pushThrottle: resolver.one(settings.pushThrottle),
    maxConnections: resolver.one(settings.maxConnections),
    maxConnectionAgeMs: resolver.one(settings.maxConnectionAgeMs),
    identifier: resolver.one(settings.identifier),
    shutdownMs: resolver.one(settings.shutdownMs),
  };
  return { ...values, origins: resolver.finish() };
}

class Resolver {
  readonly #sources: SettingSources;
  readonly #origins: ResolvedSetting[] = [];
  readonly #errors: string[] = [];

  constructor(sources: SettingSources) {
    this.#sources = sources;
  }

  /** @throws UsageError where something could not be read */
  finish(): readonly ResolvedSetting[] {
    if (this.#errors.length > 0) throw new UsageError(this.#errors.join("\n"));
    return this.#origins;
  }

  one<Value>(setting: Setting<Value>): Value {
    const found = this.#find(setting.name);
    const text = found?.texts.at(-1) ?? setting.fallback;
    const value = text === "" ? `(${setting.otherwise ?? "nothing"})` : text;
    this.#origins.push({ name: setting.name, value, from: found?.place ?? "default" });
    // What is read may be undefined: `off`.
    const read = this.#read(setting, text, found);
    return read === undefined ? setting.read(setting.fallback) : read.value;
  }

  list<Value>(setting: ListSetting<Value>): readonly Value[] {
    const found = this.#find(setting.name);
    const texts = found?.texts ?? [];
    const shown = texts.length === 0 ? "(none)" : texts.map((text) => setting.show(text)).join(" ");
    this.#origins.push({ name: setting.name, value: shown, from: found?.place ?? "default" });
    return texts.flatMap((text) => {
      const read = this.#read(setting, text, found);
      return read === undefined ? [] : [read.value];
    });
  }

  #find(name: string): SettingValue | undefined {
    const { flags, env, file } = this.#sources;
    const variable = variableOf({ name });
    const text = env[variable] ?? "";
    const fromEnv =
      text === "" ? undefined : { texts: name === settings.registries.name ? text.split(/\s+/).filter(Boolean) : [text], place: variable };
    return flags.get(name) ?? fromEnv ?? file.get(name);
  }

  #read<Value>(
    { read, name }: Pick<Setting<Value>, "read" | "name">,
    text: string,
    found: SettingValue | undefined,
  ): { readonly value: Value } | undefined {
    try {
      return { value: read(text) };
    } catch (error) {
      const place = found?.place ?? "default";
      const subject = place.includes(name) ? place : `${place}: ${name}`;
      this.#errors.push(`${subject} ${messageOf(error)}, not ${JSON.stringify(withoutPassword(text))}`);
      return undefined;
    }
  }
}
