import type { AccessLogExtension, AccessLogger } from "./access-log.ts";
import type { LineFormat } from "./format.ts";
import type { LogSink } from "./log-file.ts";
import { compileLogFormat } from "./log-format.ts";
import type { StreamInfo } from "./stream-info.ts";

class LineLogger implements AccessLogger {
  readonly #format: LineFormat;
  readonly #sink: LogSink;

  constructor(format: LineFormat, sink: LogSink) {
    this.#format = format;
    this.#sink = sink;
  }

  log(info: StreamInfo): void {
    this.#sink.write(this.#format(info));
  }
}

const fileMessage = "envoy.extensions.access_loggers.file.v3.FileAccessLog";
const stdoutMessage = "envoy.extensions.access_loggers.stream.v3.StdoutAccessLog";
const stderrMessage = "envoy.extensions.access_loggers.stream.v3.StderrAccessLog";

const fileAccessLog: AccessLogExtension = {
  name: "envoy.access_loggers.file",
  category: "envoy.access_loggers",
  messageName: fileMessage,
  fields: undefined,
  create: (extension, { accessLogFiles, hostFacts }) => {
    const config = extension.as(fileMessage);
    const format = compileLogFormat(config.logFormat, extension.path.field("log_format"), hostFacts);
    return new LineLogger(format, accessLogFiles.file(config.path, extension.path.field("path")));
  },
};

const stdoutAccessLog: AccessLogExtension = {
  name: "envoy.access_loggers.stdout",
  category: "envoy.access_loggers",
  messageName: stdoutMessage,
  fields: undefined,
  create: (extension, { accessLogFiles, hostFacts }) => {
    const format = compileLogFormat(extension.as(stdoutMessage).logFormat, extension.path.field("log_format"), hostFacts);
    return new LineLogger(format, accessLogFiles.stdout());
  },
};

const stderrAccessLog: AccessLogExtension = {
  name: "envoy.access_loggers.stderr",
  category: "envoy.access_loggers",
  messageName: stderrMessage,
  fields: undefined,
  create: (extension, { accessLogFiles, hostFacts }) => {
    const format = compileLogFormat(extension.as(stderrMessage).logFormat, extension.path.field("log_format"), hostFacts);
    return new LineLogger(format, accessLogFiles.stderr());
  },
};

/** Envoy's access loggers for files and the process's output. */
export const accessLogExtensions: readonly AccessLogExtension[] = [fileAccessLog, stdoutAccessLog, stderrAccessLog];
