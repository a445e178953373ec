import { xdsError } from "../errors.ts";
import type { RequestRateOptions } from "../transport/options.ts";

/** A token bucket that begins full. */
export class RequestRate {
  readonly #maxTokens: number;
  readonly #perMs: number;
  readonly #now: () => number;
  #tokens: number;
  #filledAt: number;

  constructor({ maxTokens = 100, perSecond = 10 }: RequestRateOptions, now: () => number) {
    if (!(maxTokens >= 1 && perSecond > 0)) {
      throw xdsError("MESH_XDS_INVALID_OPTIONS", "requestRate: maxTokens must be at least 1, and perSecond above 0");
    }
    this.#maxTokens = maxTokens;
    this.#perMs = perSecond / 1000;
    this.#now = now;
    this.#tokens = maxTokens;
    this.#filledAt = now();
  }

  /** Takes a token. Returns 0, or how many milliseconds it takes until there is one. */
  take(): number {
    const now = this.#now();
    this.#tokens = Math.min(this.#maxTokens, this.#tokens + Math.max(0, now - this.#filledAt) * this.#perMs);
    this.#filledAt = now;
    if (this.#tokens < 1) return Math.max(1, Math.ceil((1 - this.#tokens) / this.#perMs));
    this.#tokens--;
    return 0;
  }
}
