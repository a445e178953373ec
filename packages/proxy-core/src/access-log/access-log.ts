import type { Message } from "@mesh/xds-proto";
import { ExtensionFactories } from "../config/index.ts";
import type { ConfigPath, DecodedExtension, ExtensionDescriptor, ExtensionSet } from "../config/index.ts";
import type { Runtime } from "../runtime/index.ts";
import type { StatsScope } from "../stats/index.ts";
import { compileAccessLogFilter } from "./filter.ts";
import type { AccessLogFilter } from "./filter.ts";
import type { AccessLogFiles } from "./log-files.ts";
import type { HostFacts } from "./operator.ts";
import type { StreamInfo } from "./stream-info.ts";

/** Writes about streams when they have ended. Must not throw, and keeps nothing of `info`. */
export interface AccessLogger {
  /** It reads `StreamInfo.detail`, which is not recorded otherwise. Default: false. */
  readonly needsDetail?: boolean;
  log(info: StreamInfo): void;
}

/** What an access logger may use. */
export interface AccessLogContext {
  readonly runtime: Runtime;
  /** The proxy's root scope. */
  readonly stats: StatsScope;
  readonly extensions: ExtensionSet;
  readonly accessLogFiles: AccessLogFiles;
  readonly hostFacts?: HostFacts;
}

/** Makes access loggers from configuration; category `envoy.access_loggers`. */
export interface AccessLogExtension extends ExtensionDescriptor {
  readonly category: "envoy.access_loggers";
  /** Called once for each `access_log`. Throws `ConfigError` where the configuration makes no sense. */
  create(extension: DecodedExtension, context: AccessLogContext): AccessLogger;
}

const isAccessLog = (descriptor: ExtensionDescriptor): descriptor is AccessLogExtension =>
  descriptor.category === "envoy.access_loggers" && "create" in descriptor;

/** Compiles the `access_log` of a listener or connection manager, filters included. Throws `ConfigError`. */
export function compileAccessLogs(
  messages: readonly Message<"envoy.config.accesslog.v3.AccessLog">[],
  path: ConfigPath,
  context: AccessLogContext,
): readonly AccessLogger[] {
  if (messages.length === 0) return [];
  const { extensions, runtime } = context;
  const factories = new ExtensionFactories(extensions, "envoy.access_loggers", extensions.list("envoy.access_loggers").filter(isAccessLog));
  return messages.map((message, index) => {
    const at = path.index(index);
    const { factory, extension } = factories.resolve(message.typedConfig, at.field("typed_config"));
    const logger = factory.create(extension, context);
    if (message.filter === null) return logger;
    return new Filtered(compileAccessLogFilter(message.filter, at.field("filter"), runtime), logger);
  });
}

/** Whether streams are to record what only some logs ask for. */
export function needsDetail(loggers: readonly AccessLogger[]): boolean {
  return loggers.some((logger) => logger.needsDetail === true);
}

class Filtered implements AccessLogger {
  readonly needsDetail: boolean;
  readonly #filter: AccessLogFilter;
  readonly #logger: AccessLogger;

  constructor(filter: AccessLogFilter, logger: AccessLogger) {
    this.needsDetail = logger.needsDetail === true;
    this.#filter = filter;
    this.#logger = logger;
  }

  log(info: StreamInfo): void {
    if (this.#filter(info)) this.#logger.log(info);
  }
}
