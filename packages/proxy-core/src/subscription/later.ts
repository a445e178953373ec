import { TimerEntry, type TimerWheel } from "../runtime/index.ts";

/** Envoy's default of `initial_fetch_timeout`. */
const patienceMs = 15_000;

/**
 * The wait after an answer that something does not exist. A control plane that speaks delta says so of what it is about to make: who warms
 * goes on waiting, for as long as a first answer may take.
 */
export class LaterAnswer extends TimerEntry {
  readonly #timers: TimerWheel;
  readonly #giveUp: () => void;

  constructor(timers: TimerWheel, giveUp: () => void) {
    super();
    this.#timers = timers;
    this.#giveUp = giveUp;
  }

  begin(): void {
    this.#timers.arm(this, patienceMs);
  }

  end(): void {
    this.#timers.disarm(this);
  }

  override onTimer(): void {
    this.#giveUp();
  }
}
