import { atTurnEnd } from "./turn-end.ts";

/** Time as the proxy sees it. Injected, so that tests run on a clock of their own. */
export interface Clock {
  /** Milliseconds from a fixed, unknown start, never going back. One reading serves a whole turn of the event loop. */
  now(): number;
  /** Milliseconds since 1970-01-01T00:00:00Z, read anew. */
  wall(): number;
}

/**
 * Reads the process's monotonic clock once a turn of the event loop. A reading costs about 40 ns, and a turn
 * handles up to some hundred requests, so their durations are exact to a turn: what the caller sees is exact to a turn as well.
 */
export class LoopClock implements Clock {
  #now = performance.now();
  #fresh = false;
  readonly #expire = (): void => {
    this.#fresh = false;
  };

  now(): number {
    if (!this.#fresh) {
      this.#now = performance.now();
      this.#fresh = true;
      atTurnEnd(this.#expire);
    }
    return this.#now;
  }

  wall(): number {
    return Date.now();
  }
}
