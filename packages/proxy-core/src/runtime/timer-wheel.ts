import type { Clock } from "./clock.ts";

/**
 * Something that expires. A class whose instances need a timer extends it, so that arming allocates nothing.
 * An entry is in at most one slot of one wheel.
 */
export abstract class TimerEntry {
  /** Neighbours in the wheel's slot; `null` while the entry is not armed. The wheel's own. */
  timerPrevious: TimerEntry | null = null;
  timerNext: TimerEntry | null = null;
  /** Milliseconds on the wheel's clock. The wheel's own. */
  timerDeadline = 0;

  /** The delay has passed. The entry is disarmed already. */
  abstract onTimer(): void;
}

class SlotHead extends TimerEntry {
  constructor() {
    super();
    this.timerPrevious = this;
    this.timerNext = this;
  }

  onTimer(): void {}
}

/** Starts calling `tick` every `intervalMs`; the returned function stops it. Injected, so that tests turn the wheel by hand. */
export type Ticker = (tick: () => void, intervalMs: number) => () => void;

/** After so many turns of the event loop that each took longer than a tick, the process is overloaded rather than interrupted. */
const mostTries = 8;

/**
 * Ticks with the process's timers and does not keep the process alive.
 *
 * A tick comes after a short turn in which sockets were read: what arrived while the process was busy (garbage collection may take some tens of
 * milliseconds while thousands of clusters are replaced) is seen before anything is found to be silent or late. Without that, draining closed connections on which requests lay unread.
 */
export const processTicker: Ticker = (tick, intervalMs) => {
  let isStopped = false;
  let isWaiting = false;
  let tries = 0;
  let since = 0;
  const attempt = (): void => {
    if (isStopped) return;
    const now = performance.now();
    const wasBusy = now - since > intervalMs;
    since = now;
    if (wasBusy && ++tries < mostTries) {
      setImmediate(attempt);
      return;
    }
    isWaiting = false;
    tick();
  };
  const interval = setInterval(() => {
    // Two attempts in one turn would have one read of the sockets before them.
    if (isWaiting) return;
    isWaiting = true;
    tries = 0;
    since = performance.now();
    setImmediate(attempt);
  }, intervalMs);
  interval.unref();
  return () => {
    isStopped = true;
    clearInterval(interval);
  };
};

/** Width of a slot, and so the accuracy: an entry expires up to one slot late, never early. */
const slotMs = 16;
const slotCount = 4096;

/**
 * A coarse timer wheel for request and idle timeouts: arming and disarming cost a few pointer writes each.
 *
 *     slot 0   slot 1   slot 2         slot 4095
 *       │        │        │      …        │         one slot every 16 ms; an entry whose delay is longer than a round (65 s)
 *      a ⇄ b     ·        c               ·         stays where it is until the round in which its deadline has come
 *
 * A disarmed entry leaves its slot at once. Entries that stayed until they expire would keep their finished requests alive for the
 * garbage collector to trace: in a Bolt proxy that doubled the cost of a request (3.0 to 5.5 µs).
 */
export class TimerWheel {
  readonly #clock: Clock;
  readonly #slots: SlotHead[] = Array.from({ length: slotCount }, () => new SlotHead());
  #turned: number;
  readonly #stop: () => void;

  constructor(clock: Clock, ticker: Ticker = processTicker) {
    this.#clock = clock;
    this.#turned = Math.floor(clock.now() / slotMs);
    this.#stop = ticker(() => this.turn(), slotMs);
  }

  /** Calls `entry.onTimer()` after `delayMs`, in place of what was armed before. */
  arm(entry: TimerEntry, delayMs: number): void {
    if (entry.timerNext !== null) this.disarm(entry);
    const deadline = this.#clock.now() + delayMs;
    entry.timerDeadline = deadline;
    let index = Math.ceil(deadline / slotMs);
    if (index <= this.#turned) index = this.#turned + 1;
    const slot = this.#slots[index & (slotCount - 1)] as SlotHead;
    const previous = slot.timerPrevious as TimerEntry;
    entry.timerNext = slot;
    entry.timerPrevious = previous;
    previous.timerNext = entry;
    slot.timerPrevious = entry;
  }

  disarm(entry: TimerEntry): void {
    const next = entry.timerNext;
    const previous = entry.timerPrevious;
    if (next === null || previous === null) return;
    previous.timerNext = next;
    next.timerPrevious = previous;
    entry.timerNext = null;
    entry.timerPrevious = null;
  }

  /** Expires what is due. The ticker calls it; tests may. */
  turn(): void {
    const now = this.#clock.now();
    const upTo = Math.floor(now / slotMs);
    // After a pause longer than a round every slot is visited once, not once a lost round.
    if (upTo - this.#turned > slotCount) this.#turned = upTo - slotCount;
    while (this.#turned < upTo) {
      this.#turned++;
      this.#expireSlot(this.#slots[this.#turned & (slotCount - 1)] as SlotHead, now);
    }
  }

  /** Stops the ticker. Armed entries never expire then. */
  stop(): void {
    this.#stop();
  }

  #expireSlot(slot: SlotHead, now: number): void {
    // What is due is taken out first: an expiring entry may disarm or arm any other.
    let due: TimerEntry[] | undefined;
    for (let entry = slot.timerNext; entry !== slot && entry !== null; entry = entry.timerNext) {
      if (entry.timerDeadline <= now) (due ??= []).push(entry);
    }
    if (due === undefined) return;
    for (const entry of due) {
      if (entry.timerNext === null || entry.timerDeadline > now) continue;
      this.disarm(entry);
      entry.onTimer();
    }
  }
}
