import type { XdsRuntime } from "../runtime.ts";

/**
 * Says when enough was done in one turn of the event loop. A response of thousands of resources takes longer than requests that come
 * meanwhile may wait: it is taken in slices, between which they are served.
 */
export interface Pace {
  /** Whether what is left to do is to be done in another turn. */
  readonly isSpent: boolean;
  /** Fulfilled in that turn, in which there is time again. */
  next(): Promise<void>;
}

/** For what is little, or is nobody's to wait for. */
export const unhurried: Pace = { isSpent: false, next: () => Promise.resolve() };

/** Milliseconds of a slice. Shorter ones make requests faster, and updates slower by the turns between them. */
const sliceMs = 4;

/** The pace of one source. */
export class TurnPace implements Pace {
  readonly #runtime: XdsRuntime;
  #began = 0;
  #next: Promise<void> | undefined = undefined;

  constructor(runtime: XdsRuntime) {
    this.#runtime = runtime;
  }

  /** A turn in which nothing was done yet. */
  begin(): void {
    this.#began = this.#runtime.elapsed();
  }

  get isSpent(): boolean {
    return this.#runtime.elapsed() - this.#began >= sliceMs;
  }

  next(): Promise<void> {
    this.#next ??= new Promise((resolve) => {
      this.#runtime.nextTurn(() => {
        this.#next = undefined;
        this.begin();
        resolve();
      });
    });
    return this.#next;
  }
}

/**
 * Does step after step until one returns false. One that returns a promise is followed by the next when that is fulfilled.
 *
 * @returns undefined where that took no more than this turn
 */
export function inSlices(pace: Pace, step: () => boolean | Promise<void>): Promise<void> | undefined {
  for (;;) {
    const more = step();
    if (more === false) return undefined;
    if (more !== true) return more.then(() => inSlices(pace, step));
    if (pace.isSpent) return pace.next().then(() => inSlices(pace, step));
  }
}
