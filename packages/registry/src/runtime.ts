/** What adapters take from outside, so that tests choose it. */
export interface RegistryRuntime {
  /** Milliseconds since 1970. */
  now(): number;
  /** Uniform in [0, 1). */
  random(): number;
  /** Calls back once after that many milliseconds, unless the timer is cancelled. */
  startTimer(ms: number, callback: () => void): RegistryTimer;
}

export interface RegistryTimer {
  cancel(): void;
}

/** The process's own clock, timers and randomness. */
export const systemRuntime: RegistryRuntime = {
  now: () => Date.now(),
  random: () => Math.random(),
  startTimer: (ms, callback) => {
    const timer = setTimeout(callback, ms);
    return { cancel: () => clearTimeout(timer) };
  },
};
