/** What the client takes from outside, so that tests choose it. */
export interface XdsRuntime {
  /** Milliseconds since 1970. */
  now(): number;
  /** Uniform in [0, 1). */
  random(): number;
  /** Calls back once after that many milliseconds, unless the timer is cancelled. */
  startTimer(ms: number, callback: () => void): XdsTimer;
  /** Milliseconds, with fractions, from a fixed, unknown start, never going back: for what is too short for `now`. */
  elapsed(): number;
  /** Calls back in another turn of the event loop, after what has arrived until then was read. */
  nextTurn(callback: () => void): void;
}

export interface XdsTimer {
  cancel(): void;
}

/** The process's own clock, timers and randomness. */
export const systemRuntime: XdsRuntime = {
  now: () => Date.now(),
  random: () => Math.random(),
  startTimer: (ms, callback) => {
    const timer = setTimeout(callback, ms);
    return { cancel: () => clearTimeout(timer) };
  },
  elapsed: () => performance.now(),
  nextTurn: (callback) => void setImmediate(callback),
};
