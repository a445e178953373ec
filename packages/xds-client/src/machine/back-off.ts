/** How long to wait before a stream is opened again. */
export interface BackOffOptions {
  /** The bound of the first wait, in milliseconds. Default: 500. */
  readonly baseMs?: number;
  /** The highest bound, in milliseconds. Default: 30000. */
  readonly maxMs?: number;
}

/** Jittered exponential back-off, as Envoy has for management servers: a wait is uniform below a bound, which doubles each time. */
export class BackOff {
  readonly #baseMs: number;
  readonly #maxMs: number;
  readonly #random: () => number;
  #boundMs: number;

  constructor({ baseMs = 500, maxMs = 30_000 }: BackOffOptions, random: () => number) {
    this.#baseMs = baseMs;
    this.#maxMs = Math.max(baseMs, maxMs);
    this.#random = random;
    this.#boundMs = baseMs;
  }

  next(): number {
    const wait = Math.floor(this.#random() * this.#boundMs);
    this.#boundMs = Math.min(this.#boundMs * 2, this.#maxMs);
    return wait;
  }

  /** To be called when the peer has answered. */
  reset(): void {
    this.#boundMs = this.#baseMs;
  }
}
