/** What a stream looked like when it ended, Envoy's formats for it, and the logs that lines about it are written to. */
export { compileAccessLogs, needsDetail } from "./access-log.ts";
export type { AccessLogContext, AccessLogExtension, AccessLogger } from "./access-log.ts";
export { describeOperators } from "./describe.ts";
export type { OperatorDescription } from "./describe.ts";
export { compileFormat } from "./format.ts";
export type { FormatOptions, LineFormat } from "./format.ts";
export type { JsonFormatOptions } from "./json-format.ts";
export type { LogSink } from "./log-file.ts";
export { AccessLogFiles } from "./log-files.ts";
export type { AccessLogFilesOptions } from "./log-files.ts";
export type { HostFacts } from "./operator.ts";
export { ResponseFlag } from "./response-flags.ts";
export { accessLogExtensions } from "./standard-loggers.ts";
export { StreamDetail } from "./stream-detail.ts";
export type { AttemptedHost, CloseType, HeaderReader, StreamInfo } from "./stream-info.ts";
