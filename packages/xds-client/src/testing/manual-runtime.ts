import type { XdsRuntime, XdsTimer } from "../runtime.ts";

interface Pending {
  readonly at: number;
  readonly callback: () => void;
}

/**
 * A clock that stands still until it is told, timers that go by it, and a random number that is always the same. As no time passes, whatever
 * size a response has, it is taken in one turn; `perStep` changes that.
 */
export class ManualRuntime implements XdsRuntime {
  /** What `random` gives. */
  fraction: number;
  /** Milliseconds that pass with each reading of `elapsed`, which only tells how long a piece of work takes. Default: 0. */
  perStep: number = 0;
  #elapsed = 0;
  #now: number;
  readonly #pending = new Set<Pending>();

  /** @param now milliseconds since 1970 at the start */
  constructor(now: number = Date.UTC(2024, 0, 2, 3, 4, 5), fraction: number = 0.5) {
    this.#now = now;
    this.fraction = fraction;
  }

  /** How long each timer still has, in milliseconds, the next first. */
  get timers(): readonly number[] {
    return [...this.#pending].map(({ at }) => at - this.#now).sort((a, b) => a - b);
  }

  now(): number {
    return this.#now;
  }

  random(): number {
    return this.fraction;
  }

  startTimer(ms: number, callback: () => void): XdsTimer {
    const pending = { at: this.#now + ms, callback };
    this.#pending.add(pending);
    return { cancel: () => this.#pending.delete(pending) };
  }

  elapsed(): number {
    return (this.#elapsed += this.perStep);
  }

  nextTurn(callback: () => void): void {
    setImmediate(callback);
  }

  /** Lets time pass; timers fire in their order, those that they start too. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const [next] = [...this.#pending].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
      if (!next) break;
      this.#pending.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.callback();
    }
    this.#now = end;
  }
}
