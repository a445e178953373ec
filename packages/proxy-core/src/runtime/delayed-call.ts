import { TimerEntry } from "./timer-wheel.ts";

/** A timer for what happens seldom; what is armed for requests is a `TimerEntry` of its own. */
export class DelayedCall extends TimerEntry {
  readonly #run: () => void;

  constructor(run: () => void) {
    super();
    this.#run = run;
  }

  override onTimer(): void {
    this.#run();
  }
}
