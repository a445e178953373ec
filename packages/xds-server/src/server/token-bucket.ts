export interface TokenBucketOptions {
  readonly perSecond: number;
  /** How many tokens there are after a quiet time. */
  readonly burst: number;
}

/** Tokens that come back at a rate. They can be taken in advance: who takes one is told when it is there. */
export class TokenBucket {
  readonly #options: TokenBucketOptions;
  #tokens: number;
  #at: number;

  constructor(options: TokenBucketOptions, now: number) {
    this.#options = options;
    this.#tokens = options.burst;
    this.#at = now;
  }

  /** Takes a token. Returns in how many milliseconds it is there; undefined, and takes none, if that is longer than `maxWaitMs`. */
  take(now: number, maxWaitMs: number): number | undefined {
    const { perSecond, burst } = this.#options;
    this.#tokens = Math.min(burst, this.#tokens + (Math.max(0, now - this.#at) * perSecond) / 1000);
    this.#at = now;
    const waitMs = this.#tokens >= 1 ? 0 : ((1 - this.#tokens) * 1000) / perSecond;
    if (waitMs > maxWaitMs) return undefined;
    this.#tokens--;
    return waitMs;
  }

  /** Gives a token back that was taken and not used. */
  giveBack(): void {
    this.#tokens = Math.min(this.#options.burst, this.#tokens + 1);
  }
}
