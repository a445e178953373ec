export interface HubTimer {
  cancel(): void;
}

/** Time, so that tests can have their own. */
export interface HubClock {
  /** Milliseconds since the epoch. */
  nowMs(): number;
  setTimer(delayMs: number, run: () => void): HubTimer;
}

export const systemClock: HubClock = {
  nowMs: () => Date.now(),
  setTimer: (delayMs, run) => {
    const timer = setTimeout(run, delayMs);
    return { cancel: () => clearTimeout(timer) };
  },
};
