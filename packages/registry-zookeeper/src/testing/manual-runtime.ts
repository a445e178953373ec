import type { RegistryRuntime, RegistryTimer } from "@mesh/registry";

interface ManualTimer {
  readonly atMs: number;
  readonly callback: () => void;
}

/** A clock that stands still until it is advanced. */
export class ManualRuntime implements RegistryRuntime {
  readonly #timers: Set<ManualTimer> = new Set();
  #nowMs = 0;

  now(): number {
    return this.#nowMs;
  }

  random(): number {
    return 0.5;
  }

  startTimer(ms: number, callback: () => void): RegistryTimer {
    const timer: ManualTimer = { atMs: this.#nowMs + ms, callback };
    this.#timers.add(timer);
    return { cancel: () => void this.#timers.delete(timer) };
  }

  /** When the next timer is due, from now. */
  get nextInMs(): number | undefined {
    const next = this.#next();
    return next === undefined ? undefined : next.atMs - this.#nowMs;
  }

  advance(ms: number): void {
    const end = this.#nowMs + ms;
    for (let next = this.#next(); next !== undefined && next.atMs <= end; next = this.#next()) {
      this.#nowMs = next.atMs;
      this.#timers.delete(next);
      next.callback();
    }
    this.#nowMs = end;
  }

  #next(): ManualTimer | undefined {
    let first: ManualTimer | undefined = undefined;
    for (const timer of this.#timers) if (first === undefined || timer.atMs < first.atMs) first = timer;
    return first;
  }
}
