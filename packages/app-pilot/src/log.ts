import { destination, pino } from "pino";
import type { LogLevel, PilotLogger } from "@mesh/pilot";

export const logLevels: readonly LogLevel[] = ["debug", "info", "warn", "error"];
export const logFormats = ["json", "text"] as const;
export type LogFormat = (typeof logFormats)[number];

/** The program's own log, on stderr, one line each, written before the call returns. */
export function createLog(level: LogLevel, format: LogFormat): PilotLogger {
  return format === "json" ? jsonLog(level) : textLog(level);
}

/** A pipe that is full is waited for; one whose reader is gone is no reason to end. */
function stderr(): ReturnType<typeof destination> {
  const sink = destination({ dest: 2, sync: true });
  sink.on("error", () => {});
  return sink;
}

function jsonLog(level: LogLevel): PilotLogger {
  const sink = pino({ level, base: { pid: process.pid } }, stderr());
  return { log: (of, message) => sink[of](message) };
}

/** `2026-01-31T12:00:00.000Z warn  registry zk is away`, as people read it. */
function textLog(level: LogLevel): PilotLogger {
  const [least, sink] = [logLevels.indexOf(level), stderr()];
  return {
    log: (of, message) => {
      if (logLevels.indexOf(of) < least) return;
      sink.write(`${new Date().toISOString()} ${of.padEnd(5)} ${message.replaceAll("\n", "\n  ")}\n`);
    },
  };
}
