import type { HubClock, HubTimer } from "./clock.ts";

export interface DebounceOptions {
  /** Runs when nothing has come for so long, in milliseconds. */
  readonly quietMs: number;
  /** Runs so long after the first thing that came, even if more comes. */
  readonly maxMs: number;
  readonly clock: HubClock;
  readonly run: () => void;
}

/** Waits until a burst is over. */
export class Debounce {
  readonly #options: DebounceOptions;
  #timer: HubTimer | undefined = undefined;
  #firstAtMs = 0;
  #lastAtMs = 0;
  /** What the last run waited, in milliseconds. */
  waitedMs = 0;

  constructor(options: DebounceOptions) {
    this.#options = options;
  }

  get isPending(): boolean {
    return this.#timer !== undefined;
  }

  trigger(): void {
    const now = this.#options.clock.nowMs();
    this.#lastAtMs = now;
    if (this.#timer !== undefined) return;
    this.#firstAtMs = now;
    this.#arm(this.#options.quietMs);
  }

  cancel(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #arm(delayMs: number): void {
    this.#timer = this.#options.clock.setTimer(delayMs, () => this.#check());
  }

  /** One timer for the whole burst: when it ends too early, it is set for the rest. */
  #check(): void {
    const { quietMs, maxMs, clock, run } = this.#options;
    const now = clock.nowMs();
    const rest = Math.min(this.#lastAtMs + quietMs, this.#firstAtMs + maxMs) - now;
    if (rest > 0) return this.#arm(rest);
    this.#timer = undefined;
    this.waitedMs = now - this.#firstAtMs;
    run();
  }
}
