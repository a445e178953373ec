import { TimerEntry, type Clock, type Random, type Runtime, type TimerWheel } from "../runtime/index.ts";

/**
 * As Envoy's `--drain-strategy`.
 *
 * - `gradual`: connections end spread over the drain time, so that their clients do not all come again at once.
 * - `immediate`: each ends as soon as nobody loses a request.
 */
export type DrainStrategy = "gradual" | "immediate";

/**
 * What becomes of connections that cannot be told with a response that they end.
 *
 * - `now`: each is closed once it has been silent for a while.
 * - `in turn`: the same, but one after the other, in the first quarter of the drain time. Envoy spreads what it tells of a drain so that there is
 *   time left to end by.
 * - `at last`: they stay until the drain time is over, as in Envoy: their clients may send a request before, and are told with its response.
 *   Where responses cannot tell, as in RPC, this is `in turn`.
 */
export type SilenceEnds = "now" | "in turn" | "at last";

const ranks: Readonly<Record<SilenceEnds, number>> = { "at last": 0, "in turn": 1, now: 2 };
/** Of the drain time. */
const spreadShare = 1 / 4;

/** When connections end: Envoy's drain manager. Two drains of the same connections are the stronger one. */
export class Drain {
  readonly silenceEnds: SilenceEnds;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #beginsAt: number;
  readonly #durationMs: number;

  /** It begins now. */
  constructor({ clock, random }: Pick<Runtime, "clock" | "random">, silenceEnds: SilenceEnds, durationMs: number) {
    this.silenceEnds = silenceEnds;
    this.#clock = clock;
    this.#random = random;
    this.#beginsAt = clock.now();
    this.#durationMs = durationMs;
  }

  get isImmediate(): boolean {
    return this.silenceEnds === "now";
  }

  /** The time in which connections come to their turn, in milliseconds. */
  get spreadMs(): number {
    return this.isImmediate ? 0 : this.#durationMs * spreadShare;
  }

  /** Whether it has something to say to connections that another one ends already. */
  isStrongerThan(other: Drain | undefined): boolean {
    return other === undefined || ranks[this.silenceEnds] > ranks[other.silenceEnds];
  }

  /**
   * Whether a connection ends with the response that is about to go: always, or with the probability that is the share of the drain time that has
   * passed (Envoy: `DrainManagerImpl::drainClose`).
   */
  endsWithResponse(): boolean {
    if (this.isImmediate) return true;
    const elapsed = this.#clock.now() - this.#beginsAt;
    return elapsed >= this.#durationMs || this.#random.next() * this.#durationMs < elapsed;
  }
}

/** Has connections come to their turn one after the other, evenly over a time. */
export class DrainQueue<Connection> extends TimerEntry {
  readonly #clock: Clock;
  readonly #timers: TimerWheel;
  readonly #onTurn: (connection: Connection) => void;
  #waiting: readonly Connection[] = [];
  #next = 0;
  #beginsAt = 0;
  #stepMs = 0;

  constructor({ clock, timers }: Pick<Runtime, "clock" | "timers">, onTurn: (connection: Connection) => void) {
    super();
    this.#clock = clock;
    this.#timers = timers;
    this.#onTurn = onTurn;
  }

  /** The first one's turn is at once. In place of those that were still waiting. */
  begin(connections: Iterable<Connection>, spreadMs: number): void {
    this.stop();
    this.#waiting = [...connections];
    this.#beginsAt = this.#clock.now();
    this.#stepMs = spreadMs / Math.max(1, this.#waiting.length);
    this.onTimer();
  }

  /** Those that wait never come to their turn. */
  stop(): void {
    this.#timers.disarm(this);
    this.#waiting = [];
    this.#next = 0;
  }

  override onTimer(): void {
    const elapsed = this.#clock.now() - this.#beginsAt;
    const waiting = this.#waiting;
    while (this.#next < waiting.length && this.#turnAt(this.#next) <= elapsed) this.#onTurn(waiting[this.#next++] as Connection);
    if (this.#next < waiting.length) this.#timers.arm(this, this.#turnAt(this.#next) - elapsed);
    else this.stop();
  }

  /** Milliseconds after the beginning; of the first one none, also where there is no end of time. */
  #turnAt(index: number): number {
    return index === 0 ? 0 : index * this.#stepMs;
  }
}
