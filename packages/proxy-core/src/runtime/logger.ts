/** Levels of Envoy's `/logging`. */
export const logLevels = ["trace", "debug", "info", "warning", "error", "critical", "off"] as const;
export type LogLevel = (typeof logLevels)[number];

/** Where the proxy's own log goes. Libraries write none of their own; the application gives one. */
export interface Logger {
  /** Whether a line of that level would be written: to be asked before a costly message is made. */
  enabled(level: LogLevel): boolean;
  log(level: LogLevel, component: string, message: string, fields?: Readonly<Record<string, unknown>>): void;
}

/** Writes nothing. */
export const silentLogger: Logger = { enabled: () => false, log: () => {} };
