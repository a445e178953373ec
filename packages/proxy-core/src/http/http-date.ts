import type { Clock } from "../runtime/index.ts";

/** The value of `date` (RFC 9110 §5.6.7), made once a second. */
export class HttpDate {
  readonly #clock: Clock;
  #text = "";
  #validUntil = -Infinity;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  text(): string {
    const now = this.#clock.now();
    if (now >= this.#validUntil) {
      const wall = this.#clock.wall();
      this.#text = new Date(wall).toUTCString();
      this.#validUntil = now + 1000 - (wall % 1000);
    }
    return this.#text;
  }
}
