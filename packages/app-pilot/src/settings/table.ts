import { hostname } from "node:os";
import type { ListenOptions, LogLevel } from "@mesh/pilot";
import { startChoices, type StartChoice } from "../config.ts";
import { logFormats, logLevels, type LogFormat } from "../log.ts";
import { readRegistryUrl, withoutPassword, type RegistryUrl } from "../registries/url.ts";
import { oneOf, optional, readAddress, readAddressOrOff, readDuration, readLimit, readNumber, readText } from "./setting.ts";
import type { AnySetting, ListSetting, Setting } from "./setting.ts";

const setting = <Value>(
  name: string,
  argument: string,
  fallback: string,
  read: (text: string) => Value,
  about: string,
  otherwise?: string,
): Setting<Value> => ({ name, argument, about, fallback, read, ...(otherwise === undefined ? {} : { otherwise }) });

/** What the settings say. Times are in milliseconds. */
export interface SettingValues {
  readonly configDir: string | undefined;
  readonly configNamespace: string;
  readonly configErrorsAtStart: StartChoice;
  readonly registries: readonly RegistryUrl[];
  readonly grpc: ListenOptions;
  readonly http: ListenOptions | undefined;
  readonly monitoring: ListenOptions | undefined;
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
  readonly debounceAfterMs: number;
  readonly debounceMaxMs: number;
  readonly readyTimeoutMs: number;
  readonly holdMs: number;
  readonly maxLoss: number;
  readonly maxRequestsPerSecond: number | undefined;
  readonly pushThrottle: number | undefined;
  readonly maxConnections: number | undefined;
  readonly maxConnectionAgeMs: number;
  readonly identifier: string;
  readonly shutdownMs: number;
}

type SettingTable = {
  readonly [Name in keyof SettingValues]: SettingValues[Name] extends readonly (infer Item)[]
    ? ListSetting<Item>
    : Setting<SettingValues[Name]>;
};

/** All settings of `pilot discovery`. Where Istio has a variable for one, the names are the same. */
export const settings: SettingTable = {
  configDir: setting("config-dir", "<dir>", "", optional(readText), "Istio's configuration: a directory of YAML files, watched", "none"),
  configNamespace: setting("config-namespace", "<name>", "default", readText, "the namespace of documents that name none"),
  configErrorsAtStart: setting(
    "config-errors-at-start",
    "<choice>",
    "serve",
    oneOf(startChoices),
    "what a pilot does that starts while documents have errors: `serve` proxies without these, or `wait` until they are mended, and answer no proxy before",
  ),
  registries: {
    name: "registry",
    argument: "<url>",
    about:
      "a service registry, once for each, the first one's word counts: `zookeeper://host:2181,host2:2181/chroot?layouts=sofa-rpc,dubbo` or `memory:///path/services.yaml`; `namespace=` in the URL says which namespace its services are in",
    isList: true,
    read: readRegistryUrl,
    show: withoutPassword,
  },
  grpc: setting(
    "grpc-address",
    "<address>",
    ":15010",
    readAddress,
    "where xDS is served, in plain text; `:15010` is every IPv4 address of the machine",
  ),
  http: setting("http-address", "<address>", ":8080", readAddressOrOff, "where `/ready` and `/debug` are; `off` for nowhere"),
  monitoring: setting("monitoring-address", "<address>", ":15014", readAddressOrOff, "where `/metrics` is; `off` for nowhere"),
  logLevel: setting("log-level", "<level>", "info", oneOf(logLevels), `what is logged: ${logLevels.join(", ")}`),
  logFormat: setting("log-format", "<format>", "json", oneOf(logFormats), "`json`: an object a line; `text`: for people"),
  debounceAfterMs: setting("debounce-after", "<duration>", "100ms", readDuration, "a change waits until none has come for so long"),
  debounceMaxMs: setting("debounce-max", "<duration>", "10s", readDuration, "and not longer than this"),
  readyTimeoutMs: setting(
    "ready-timeout",
    "<duration>",
    "0s",
    readDuration,
    "how long the first answer waits for registries that are silent; `0s` for as long as it takes",
  ),
  holdMs: setting(
    "protection-hold-time",
    "<duration>",
    "30s",
    readDuration,
    "how long instances are kept that a registry loses in a mass or soon after it was away; `0` for not at all",
  ),
  maxLoss: setting(
    "protection-max-loss",
    "<fraction>",
    "0.5",
    readNumber(0, 1),
    "the share of a service's, or of a registry's, instances that may go within a minute",
  ),
  maxRequestsPerSecond: setting(
    "max-requests-per-second",
    "<number>",
    "",
    optional(readNumber(0.1)),
    "new streams of proxies that are admitted a second; further ones wait up to twenty seconds and are refused then",
    "100 for each core",
  ),
  pushThrottle: setting(
    "push-throttle",
    "<number>",
    "",
    optional(readNumber(1, undefined, true)),
    "proxies that are sent something at the same time",
    "15 and 5 for each core, 100 at most",
  ),
  maxConnections: setting(
    "max-connections",
    "<number>",
    "",
    optional(readNumber(1, undefined, true)),
    "open streams of proxies; further ones are refused",
    "no limit",
  ),
  maxConnectionAgeMs: setting(
    "max-connection-age",
    "<duration>",
    "30m",
    readLimit,
    "after about so long a stream is ended, so that proxies spread over several pilots; `0` for never",
  ),
  identifier: setting(
    "identifier",
    "<name>",
    "",
    (text) => text || hostname(),
    "what this pilot is called in its answers",
    "the machine's name",
  ),
  shutdownMs: setting("shutdown-duration", "<duration>", "10s", readDuration, "how long the end may take after SIGTERM or SIGINT"),
};

export const allSettings: readonly AnySetting[] = Object.values(settings);
