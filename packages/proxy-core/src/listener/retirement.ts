import { TimerEntry, type TimerWheel } from "../runtime/index.ts";
import type { Drain } from "../stream/index.ts";
import type { Listener } from "./listener.ts";

const checkMs = 1000;
/** How long requests that are under way when the drain time is over may take. */
const finishMs = 5000;

/** The last days of a listener that takes no connections any more: they end by themselves, or when the drain time is over. */
export class Retirement<Entry extends { readonly listener: Listener }> extends TimerEntry {
  readonly entry: Entry;
  readonly #timers: TimerWheel;
  readonly #onEnd: () => void;
  #remainingMs: number;
  #isFinishing = false;

  constructor(entry: Entry, timers: TimerWheel, drainTimeMs: number, onEnd: () => void) {
    super();
    this.entry = entry;
    this.#timers = timers;
    this.#remainingMs = drainTimeMs;
    this.#onEnd = onEnd;
  }

  get listener(): Listener {
    return this.entry.listener;
  }

  begin(drain: Drain): void {
    this.listener.drain(drain);
    this.#wait();
  }

  onTimer(): void {
    this.#remainingMs -= checkMs;
    this.#wait();
  }

  /** Whatever is left is closed. */
  end(): void {
    this.#timers.disarm(this);
    this.listener.close();
    this.#onEnd();
  }

  #wait(): void {
    if (this.#remainingMs <= 0 && !this.#isFinishing) {
      this.#isFinishing = true;
      this.#remainingMs = finishMs;
      this.listener.finish();
    }
    if (this.listener.activeConnections === 0 || this.#remainingMs <= 0) this.end();
    else this.#timers.arm(this, Math.min(checkMs, this.#remainingMs));
  }
}
