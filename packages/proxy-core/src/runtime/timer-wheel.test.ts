import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FakeClock, testRuntime } from "./testing.ts";
import { processTicker, TimerEntry, TimerWheel } from "./timer-wheel.ts";

const slotMs = 16;
const roundMs = 4096 * slotMs;
const entryCount = 6;

class Probe extends TimerEntry {
  readonly expired: () => void;

  constructor(expired: () => void) {
    super();
    this.expired = expired;
  }

  override onTimer(): void {
    this.expired();
  }
}

/** What a callback does besides being called. */
type Reaction =
  | { readonly kind: "none" }
  | { readonly kind: "arm"; readonly entry: number; readonly delayMs: number }
  | { readonly kind: "disarm"; readonly entry: number };

/** Deadlines by entry; `undefined` while disarmed. */
interface Model {
  now: number;
  deadlines: (number | undefined)[];
}

class Real {
  readonly clock = new FakeClock();
  readonly wheel = new TimerWheel(this.clock, () => () => {});
  readonly entries: Probe[];
  readonly reactions: Reaction[] = Array.from({ length: entryCount }, () => ({ kind: "none" }));
  model: Model = { now: 0, deadlines: [] };

  constructor() {
    this.entries = Array.from({ length: entryCount }, (_, index) => new Probe(() => this.#expired(index)));
  }

  arm(index: number, delayMs: number): void {
    this.wheel.arm(this.entries[index] as Probe, delayMs);
    this.model.deadlines[index] = this.clock.now() + delayMs;
  }

  disarm(index: number): void {
    this.wheel.disarm(this.entries[index] as Probe);
    this.model.deadlines[index] = undefined;
  }

  #expired(index: number): void {
    const deadline = this.model.deadlines[index];
    expect(deadline, `entry ${index} expired while disarmed`).toBeDefined();
    expect(deadline, `entry ${index} expired early`).toBeLessThanOrEqual(this.clock.now());
    this.model.deadlines[index] = undefined;
    const reaction = this.reactions[index];
    if (reaction?.kind === "arm") this.arm(reaction.entry, reaction.delayMs);
    if (reaction?.kind === "disarm") this.disarm(reaction.entry);
  }
}

class Arm implements fc.Command<Model, Real> {
  readonly entry: number;
  readonly delayMs: number;
  readonly reaction: Reaction;

  constructor(entry: number, delayMs: number, reaction: Reaction) {
    this.entry = entry;
    this.delayMs = delayMs;
    this.reaction = reaction;
  }

  check(): boolean {
    return true;
  }

  run(model: Model, real: Real): void {
    real.model = model;
    real.reactions[this.entry] = this.reaction;
    real.arm(this.entry, this.delayMs);
  }

  toString(): string {
    return `arm(${this.entry}, ${this.delayMs}, ${JSON.stringify(this.reaction)})`;
  }
}

class Disarm implements fc.Command<Model, Real> {
  readonly entry: number;

  constructor(entry: number) {
    this.entry = entry;
  }

  check(): boolean {
    return true;
  }

  run(model: Model, real: Real): void {
    real.model = model;
    real.disarm(this.entry);
  }

  toString(): string {
    return `disarm(${this.entry})`;
  }
}

/** Lets time pass without turning the wheel (the event loop was held up), then turns it once. */
class Pause implements fc.Command<Model, Real> {
  readonly ms: number;

  constructor(ms: number) {
    this.ms = ms;
  }

  check(): boolean {
    return true;
  }

  run(model: Model, real: Real): void {
    real.model = model;
    real.clock.advance(this.ms);
    model.now = real.clock.now();
    real.wheel.turn();
    for (const [index, deadline] of model.deadlines.entries()) {
      // What a callback armed during this very turn may be due at once; it gets a slot of the next turns.
      if (deadline !== undefined) expect(deadline, `entry ${index} is more than a slot late`).toBeGreaterThan(model.now - slotMs);
    }
  }

  toString(): string {
    return `pause(${this.ms})`;
  }
}

const entryIndex = fc.nat({ max: entryCount - 1 });
const delay = fc.oneof(
  fc.integer({ min: 0, max: 100 }),
  fc.double({ min: 0, max: 1000, noNaN: true }),
  fc.integer({ min: 0, max: 3 * roundMs }),
  fc.constantFrom(slotMs, roundMs - slotMs, roundMs, roundMs + slotMs),
);
const reaction: fc.Arbitrary<Reaction> = fc.oneof(
  fc.constant<Reaction>({ kind: "none" }),
  fc.record({ kind: fc.constant("arm" as const), entry: entryIndex, delayMs: delay }),
  fc.record({ kind: fc.constant("disarm" as const), entry: entryIndex }),
);
const pause = fc.oneof(
  fc.integer({ min: 1, max: 40 }),
  fc.double({ min: 0, max: 500, noNaN: true }),
  fc.integer({ min: 1, max: 3 * roundMs }),
  fc.constantFrom(slotMs, roundMs, roundMs + slotMs),
);

describe("timer wheel", () => {
  test("expires every armed entry once, never early, at most a slot late, however long the pauses are", () => {
    const commands = fc.commands(
      [
        fc.tuple(entryIndex, delay, reaction).map(([entry, ms, then]) => new Arm(entry, ms, then)),
        entryIndex.map((entry) => new Disarm(entry)),
        pause.map((ms) => new Pause(ms)),
      ],
      { maxCommands: 60 },
    );
    fc.assert(
      fc.property(commands, (sequence) => {
        fc.modelRun(
          () => ({ model: { now: 0, deadlines: Array.from<number | undefined>({ length: entryCount }) }, real: new Real() }),
          sequence,
        );
      }),
      { numRuns: 300 },
    );
  });

  test("lets an entry arm itself again without a delay and expires it in a later slot, not in an endless loop", () => {
    const { clock, timers } = testRuntime();
    let count = 0;
    const entry: Probe = new Probe(() => {
      count++;
      timers.arm(entry, 0);
    });
    timers.arm(entry, 0);
    clock.advance(10 * slotMs);
    timers.turn();
    expect(count).toBe(2);
    clock.advance(slotMs);
    timers.turn();
    expect(count).toBe(3);
  });

  test("an entry that disarms its neighbour of the same slot keeps it from expiring", () => {
    const { clock, timers } = testRuntime();
    let expired = 0;
    const second = new Probe(() => expired++);
    const first = new Probe(() => timers.disarm(second));
    timers.arm(first, 5);
    timers.arm(second, 5);
    clock.advance(100);
    timers.turn();
    expect(expired).toBe(0);
  });

  test("unlinks a disarmed entry, so that nothing of it stays reachable", () => {
    const { timers } = testRuntime();
    const entries = [new Probe(() => {}), new Probe(() => {}), new Probe(() => {})];
    for (const entry of entries) timers.arm(entry, 50);
    for (const entry of entries) {
      timers.disarm(entry);
      expect(entry.timerNext).toBeNull();
      expect(entry.timerPrevious).toBeNull();
    }
    timers.disarm(entries[0] as Probe);
  });

  test("is turned by the process's timers and no longer after stop()", async () => {
    let ticks = 0;
    let reached: () => void = () => {};
    const twice = new Promise<void>((resolve) => {
      reached = resolve;
    });
    const stop = processTicker(() => {
      ticks++;
      if (ticks === 2) reached();
    }, 1);
    // An unreferenced interval needs something else that keeps the process alive.
    const alive = setInterval(() => {}, 1000);
    await twice;
    clearInterval(alive);
    stop();
    let stopped = false;
    const wheel = new TimerWheel(new FakeClock(), () => () => {
      stopped = true;
    });
    wheel.stop();
    expect(stopped).toBe(true);
  });
});

test("the process's ticks come after what arrived while it was busy was read", async () => {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const accepted = new Promise<Socket>((resolve) => server.once("connection", resolve));
  const near = connect((server.address() as AddressInfo).port, "127.0.0.1");
  await once(near, "connect");
  const far = await accepted;
  const order: string[] = [];
  far.on("data", () => order.push("read"));
  const { promise: ticked, resolve } = Promise.withResolvers<void>();
  const stop = processTicker(() => {
    order.push("tick");
    resolve();
  }, 20);
  near.write("x");
  const busyUntil = performance.now() + 60;
  while (performance.now() < busyUntil);
  await ticked;
  expect(order).toEqual(["read", "tick"]);
  stop();
  near.destroy();
  far.destroy();
  server.close();
});
