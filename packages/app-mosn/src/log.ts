import { destination, pino, type Level } from "pino";
import { logLevels, type Logger, type LogLevel, type LogLevelControl } from "@mesh/proxy-core";

/** pino's names for Envoy's levels. */
const pinoLevels: Readonly<Record<LogLevel, Level | "silent">> = {
  trace: "trace",
  debug: "debug",
  info: "info",
  warning: "warn",
  error: "error",
  critical: "fatal",
  off: "silent",
};

/** The proxy's own log: JSON lines on stderr, one each, written before the call returns. */
export function createLog(initial: LogLevel): { readonly logger: Logger; readonly levels: LogLevelControl } {
  let current = initial;
  const sink = pino({ level: pinoLevels[initial], base: { pid: process.pid } }, destination({ dest: 2, sync: true }));
  const logger: Logger = {
    enabled: (level) => level !== "off" && sink.isLevelEnabled(pinoLevels[level]),
    log: (level, component, message, fields) => {
      const name = pinoLevels[level];
      if (name !== "silent") sink[name]({ component, ...fields }, message);
    },
  };
  const levels: LogLevelControl = {
    get: () => current,
    set: (text) => {
      const wanted = logLevels.find((level) => level === text || (level === "warning" && text === "warn"));
      if (wanted === undefined) throw new Error(`there is no level ${JSON.stringify(text)}: use one of ${logLevels.join(", ")}`);
      current = wanted;
      sink.level = pinoLevels[wanted];
    },
  };
  return { logger, levels };
}
