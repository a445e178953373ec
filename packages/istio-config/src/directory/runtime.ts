import { watch } from "node:fs";

/** What a directory takes from outside, so that tests choose it. */
export interface DirectoryRuntime {
  /** Calls back once after that many milliseconds, unless the timer is cancelled. */
  startTimer(ms: number, callback: () => void): DirectoryTimer;
  /** Calls back when something in the directory, not below it, has changed, with its name where that is told. Throws where nothing can be told. */
  watchDirectory(path: string, onChange: (name?: string) => void, onError: (error: unknown) => void): { close(): void };
}

export interface DirectoryTimer {
  cancel(): void;
}

/** The process's timers and Node's file system events. They do not keep the process alive. */
export const systemDirectoryRuntime: DirectoryRuntime = {
  startTimer(ms, callback) {
    const timer = setTimeout(callback, ms);
    timer.unref();
    return { cancel: () => clearTimeout(timer) };
  },
  watchDirectory(path, onChange, onError) {
    const watcher = watch(path, { persistent: false }, (_event, name) => onChange(name ?? undefined));
    watcher.on("error", onError);
    return watcher;
  },
};
