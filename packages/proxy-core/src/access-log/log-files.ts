import type { Writable } from "node:stream";
import { fail } from "../config/index.ts";
import type { ConfigPath } from "../config/index.ts";
import type { TimerWheel } from "../runtime/index.ts";
import type { StatsScope } from "../stats/index.ts";
import { LogFile, LogStats } from "./log-file.ts";
import type { LogSink } from "./log-file.ts";
import { FileOutput, StreamOutput } from "./log-output.ts";
import type { LogOutput } from "./log-output.ts";

export interface AccessLogFilesOptions {
  readonly timers: TimerWheel;
  /** The proxy's root scope. */
  readonly stats: StatsScope;
  /** Milliseconds that a line may wait before it is written. Default 1000. */
  readonly flushIntervalMs?: number;
  /** Default: the process's own. */
  readonly stdout?: Writable;
  readonly stderr?: Writable;
}

/** The files that access logs of one proxy are written to. Logs with the same path share a file. They stay open until `close`. */
export class AccessLogFiles {
  readonly #options: AccessLogFilesOptions;
  readonly #stats: LogStats;
  readonly #files = new Map<string, LogFile>();

  constructor(options: AccessLogFilesOptions) {
    this.#options = options;
    this.#stats = new LogStats(options.stats);
  }

  /** Opens a file for appending, or makes it. Throws a `ConfigError` where that fails. */
  file(name: string, path: ConfigPath): LogSink {
    // Opening these by name fails where the process's output is a socket.
    if (name === "/dev/stdout") return this.stdout();
    if (name === "/dev/stderr") return this.stderr();
    return this.#open(name, () => {
      try {
        return new FileOutput(name);
      } catch (error) {
        return fail(path, `cannot be opened: ${error instanceof Error ? error.message : String(error)}`, error);
      }
    });
  }

  stdout(): LogSink {
    return this.#open("/dev/stdout", () => new StreamOutput(this.#options.stdout ?? process.stdout));
  }

  stderr(): LogSink {
    return this.#open("/dev/stderr", () => new StreamOutput(this.#options.stderr ?? process.stderr));
  }

  /** Opens all files anew, after they were renamed for rotation. */
  reopen(): void {
    for (const file of this.#files.values()) file.reopen();
  }

  /** Resolves when everything logged so far is written. */
  async flush(): Promise<void> {
    await Promise.all([...this.#files.values()].map((file) => file.flush()));
  }

  /** Writes what is left and closes the files. */
  async close(): Promise<void> {
    await Promise.all([...this.#files.values()].map((file) => file.close()));
  }

  #open(name: string, make: () => LogOutput): LogSink {
    const known = this.#files.get(name);
    if (known !== undefined) return known;
    const file = new LogFile(make(), this.#options.timers, this.#stats, this.#options.flushIntervalMs ?? 1000);
    this.#files.set(name, file);
    return file;
  }
}
