/**
 * Says when enough was done in one turn of the event loop: what an update of thousands of resources takes is more than requests that come
 * meanwhile may wait.
 */
export interface Pace {
  /** Whether what is left to do is to be done in another turn. */
  readonly isSpent: boolean;
  /** Fulfilled in that turn, in which there is time again. */
  next(): Promise<void>;
}

/**
 * Does step after step until one returns false.
 *
 * @returns undefined where that took no more than this turn
 */
export function inSlices(pace: Pace, step: () => boolean): Promise<void> | undefined {
  while (step()) if (pace.isSpent) return pace.next().then(() => inSlices(pace, step));
  return undefined;
}
