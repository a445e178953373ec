import type { AccessLogContext, AccessLogExtension, AccessLogger } from "./access-log.ts";
import type { LineFormat } from "./format.ts";
import type { LogSink } from "./log-file.ts";
import { compileLogFormat } from "./log-format.ts";
import type { LogFormat } from "./log-format.ts";
import type { HostFacts } from "./operator.ts";
import type { StreamInfo } from "./stream-info.ts";

class LineLogger implements AccessLogger {
  readonly needsDetail: boolean;
  readonly #write: LineFormat;
  readonly #sink: LogSink;

  constructor(format: LogFormat, sink: LogSink) {
    this.needsDetail = format.needsDetail;
    this.#write = format.write;
    this.#sink = sink;
  }

  log(info: StreamInfo): void {
    this.#sink.write(this.#write(info));
  }
}

const factsOf = ({ runtime, hostFacts }: AccessLogContext): HostFacts => ({
  now: () => runtime.clock.wall(),
  uuid: () => runtime.random.uuid(),
  ...hostFacts,
});

const fileMessage = "envoy.extensions.access_loggers.file.v3.FileAccessLog";
const stdoutMessage = "envoy.extensions.access_loggers.stream.v3.StdoutAccessLog";
const stderrMessage = "envoy.extensions.access_loggers.stream.v3.StderrAccessLog";

const fileAccessLog: AccessLogExtension = {
  name: "envoy.access_loggers.file",
  category: "envoy.access_loggers",
  messageName: fileMessage,
  fields: undefined,
  create: (extension, context) => {
    const config = extension.as(fileMessage);
    const format = compileLogFormat(config.logFormat, extension.path.field("log_format"), factsOf(context));
    return new LineLogger(format, context.accessLogFiles.file(config.path, extension.path.field("path")));
  },
};

const stdoutAccessLog: AccessLogExtension = {
  name: "envoy.access_loggers.stdout",
  category: "envoy.access_loggers",
  messageName: stdoutMessage,
  fields: undefined,
  create: (extension, context) => {
    const format = compileLogFormat(extension.as(stdoutMessage).logFormat, extension.path.field("log_format"), factsOf(context));
    return new LineLogger(format, context.accessLogFiles.stdout());
  },
};

const stderrAccessLog: AccessLogExtension = {
  name: "envoy.access_loggers.stderr",
  category: "envoy.access_loggers",
  messageName: stderrMessage,
  fields: undefined,
  create: (extension, context) => {
    const format = compileLogFormat(extension.as(stderrMessage).logFormat, extension.path.field("log_format"), factsOf(context));
    return new LineLogger(format, context.accessLogFiles.stderr());
  },
};

/** Envoy's access loggers for files and the process's output. */
export const accessLogExtensions: readonly AccessLogExtension[] = [fileAccessLog, stdoutAccessLog, stderrAccessLog];
