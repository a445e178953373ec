/** What the server takes from outside, so that tests choose it. */
export interface XdsServerRuntime {
  /** Milliseconds since 1970. */
  now(): number;
  /** Uniform in [0, 1). */
  random(): number;
  /** Calls back once after that many milliseconds, unless the timer is cancelled. */
  startTimer(ms: number, callback: () => void): XdsServerTimer;
}

export interface XdsServerTimer {
  cancel(): void;
}

/** The process's own clock, timers and randomness. Its timers keep no process alive. */
export const systemRuntime: XdsServerRuntime = {
  now: () => Date.now(),
  random: () => Math.random(),
  startTimer: (ms, callback) => {
    const timer = setTimeout(callback, ms);
    timer.unref();
    return { cancel: () => clearTimeout(timer) };
  },
};
