import type { RegistryChanges, RegistryError, RegistryInstance, RegistryService, RegistrySource } from "@mesh/registry";
import type { HubClock, HubTimer } from "./clock.ts";
import { RecentPeak } from "./recent-peak.ts";

export interface RegistryProtection {
  /**
   * For how long, in milliseconds, an instance is kept that a registry has no more: when more than `maxLoss` of its service's instances, or of
   * all in the registry, went within a minute, or when it went within this time after the registry was away. 0 turns the protection off.
   * Default: 30,000.
   */
  readonly holdMs: number;
  /** The share of instances that may go within a minute, from 0 to 1. Default: 0.5. */
  readonly maxLoss: number;
}

export const defaultProtection: RegistryProtection = { holdMs: 30_000, maxLoss: 0.5 };

/**
 * Losses within this time count together. Providers that are cut off from ZooKeeper at one moment are lost one by one, as their sessions
 * expire: those of one timeout within a third of it, since that is how often clients are heard of, and those of several timeouts within the
 * longest of them, which is 40 s where the server's tick time is the default, and 60 s where Dubbo gets what it asks for by default.
 */
export const lossWindowMs = 60_000;

export interface ShardOptions {
  readonly source: RegistrySource;
  /** Of the services in it. */
  readonly namespace: string;
  readonly clock: HubClock;
  readonly protection: RegistryProtection;
  /** The services that changed, by name. */
  readonly onChanged: (names: ReadonlySet<string>) => void;
  readonly onReady: () => void;
  readonly onProblem: (message: string) => void;
}

/** An instance that its registry has no more. */
export interface HeldInstance {
  readonly instance: RegistryInstance;
  /** More likely the registry is wrong than the instance gone, so it is used though there are others. */
  readonly isLikelyThere: boolean;
}

/** What a registry says of itself. */
export interface ShardStatus {
  readonly name: string;
  readonly namespace: string;
  readonly isReady: boolean;
  /** Why it is away; undefined when it is well. */
  readonly error: string | undefined;
  /** What of it is not in use: entries that cannot be read, names that another one has. Empty when all is. */
  readonly problems: readonly string[];
  readonly services: number;
  readonly instances: number;
  /** Instances that the registry has no more, and that are kept for now. */
  readonly held: number;
}

interface Held extends HeldInstance {
  readonly untilMs: number;
  /** Went in a mass while the registry was well. */
  readonly isOfMass: boolean;
}

/** What a service lost and got. */
interface Step {
  readonly name: string;
  readonly service: RegistryService | undefined;
  /** Neither there nor replaced at their addresses. */
  readonly lost: readonly RegistryInstance[];
  /** Neither there before nor kept. */
  readonly fresh: readonly RegistryInstance[];
}

/**
 * What one registry has. A registry that comes back from a fault often says for a while that nobody is there, since providers have yet to
 * register again; and one that providers cannot reach says so of those that live. To believe it would end all calls, or lead them all to the
 * few that are left. So instances that vanish in a mass, or shortly after a fault, are kept for some time, unless they come back before.
 */
export class RegistryShard {
  readonly #options: ShardOptions;
  /** As the registry says. */
  readonly #told = new Map<string, RegistryService>();
  /** What is kept though the registry has it no more: by service, by instance id. */
  readonly #held = new Map<string, Map<string, Held>>();
  /** Services that the registry has no more, which are kept for their instances. */
  readonly #gone = new Set<string>();
  readonly #peaks = new Map<string, RecentPeak>();
  /** Of all instances. */
  readonly #all = new RecentPeak(lossWindowMs);
  /** Entries that cannot be read, by path. */
  readonly #faults = new Map<string, string>();
  #isReady = false;
  #error: string | undefined = undefined;
  #backAtMs = Number.NEGATIVE_INFINITY;
  #release: HubTimer | undefined = undefined;

  constructor(options: ShardOptions) {
    this.#options = options;
  }

  get name(): string {
    return this.#options.source.name;
  }

  get namespace(): string {
    return this.#options.namespace;
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  get status(): ShardStatus {
    let held = 0;
    for (const instances of this.#held.values()) held += instances.size;
    return {
      name: this.name,
      namespace: this.namespace,
      isReady: this.#isReady,
      error: this.#error,
      problems: [...this.#faults.values()],
      services: this.#told.size,
      instances: this.#all.count,
      held,
    };
  }

  start(): void {
    const { source, onReady } = this.#options;
    source.start({
      onChanged: (changes) => this.#take(changes),
      onReady: () => {
        this.#isReady = true;
        onReady();
      },
      onError: (error, retryInMs) => this.#fail(error, retryInMs),
      onRecovered: () => this.#recover(),
      onEntryRecovered: (path) => void this.#faults.delete(path),
    });
  }

  async close(): Promise<void> {
    this.#release?.cancel();
    await this.#options.source.close();
  }

  /** As the registry says; undefined where it has no such service. */
  get(name: string): RegistryService | undefined {
    return this.#told.get(name);
  }

  /** Instances that the registry has no more. */
  heldOf(name: string): readonly HeldInstance[] {
    return [...(this.#held.get(name)?.values() ?? [])];
  }

  names(): Iterable<string> {
    return this.#told.keys();
  }

  #fail(error: RegistryError, retryInMs: number | undefined): void {
    if (error.path === undefined) this.#error = error.message;
    else if (this.#faults.get(error.path) === error.message) return;
    else this.#faults.set(error.path, error.message);
    const retry = retryInMs === undefined ? "" : `; trying again in ${retryInMs} ms`;
    this.#options.onProblem(`registry ${this.name}: ${error.message}${retry}`);
  }

  #recover(): void {
    const { clock, protection, onProblem } = this.#options;
    this.#error = undefined;
    this.#backAtMs = clock.nowMs();
    onProblem(`registry ${this.name} is back`);
    // While it was away, nobody could come back.
    const untilMs = this.#backAtMs + protection.holdMs;
    for (const held of this.#held.values()) for (const [id, entry] of held) held.set(id, { ...entry, untilMs });
    this.#arm();
  }

  #take(changes: RegistryChanges): void {
    const { clock, protection } = this.#options;
    const nowMs = clock.nowMs();
    const steps = [...changes].map(([name, service]) => this.#stepOf(name, service));
    for (const { name, service } of steps) this.#count(name, service?.instances.length ?? 0, nowMs);
    const isDoubtful = this.#error !== undefined || nowMs - this.#backAtMs < protection.holdMs;
    const isRegistryMass = this.#isMass(this.#all, nowMs);
    const names: string[] = [];
    let count = 0;
    for (const step of steps) {
      const isServiceMass = this.#isMass(this.#peaks.get(step.name), nowMs);
      const canHold = this.#isReady && protection.holdMs > 0 && step.lost.length > 0;
      const holds = canHold && (isDoubtful || isServiceMass || isRegistryMass);
      this.#set(step, holds);
      if (!holds) continue;
      const isLikelyThere = isDoubtful || (isServiceMass && step.fresh.length === 0);
      this.#hold(step, { isLikelyThere, untilMs: nowMs + protection.holdMs, isOfMass: !isDoubtful });
      names.push(step.name);
      count += step.lost.length;
    }
    if (count > 0) {
      this.#tellHeld(names, count, isDoubtful);
      this.#arm();
    }
    this.#options.onChanged(new Set(changes.keys()));
  }

  #stepOf(name: string, service: RegistryService | undefined): Step {
    const before = this.#told.get(name)?.instances ?? [];
    const now = service?.instances ?? [];
    const known = new Set(before.map(({ id }) => id));
    const held = this.#held.get(name);
    const fresh = now.filter(({ id }) => !known.has(id) && held?.has(id) !== true);
    const ids = new Set(now.map(({ id }) => id));
    const addresses = new Set(fresh.map(addressOf));
    return { name, service, lost: before.filter((instance) => !ids.has(instance.id) && !addresses.has(addressOf(instance))), fresh };
  }

  #count(name: string, count: number, nowMs: number): void {
    const peak = this.#peaks.get(name) ?? new RecentPeak(lossWindowMs);
    this.#peaks.set(name, peak);
    this.#all.set(this.#all.count + count - peak.count, nowMs);
    peak.set(count, nowMs);
  }

  /** Of one alone, to go is no mass. */
  #isMass(recent: RecentPeak | undefined, nowMs: number): boolean {
    const most = recent?.peak(nowMs) ?? 0;
    return recent !== undefined && most > 1 && most - recent.count > most * this.#options.protection.maxLoss;
  }

  #set({ name, service, fresh }: Step, holds: boolean): void {
    const before = this.#told.get(name);
    if (service !== undefined) {
      this.#gone.delete(name);
      this.#told.set(name, service);
    } else if (before !== undefined && (holds || this.#held.has(name))) {
      this.#gone.add(name);
      this.#told.set(name, { ...before, instances: [] });
    } else {
      this.#forget(name);
    }
    const held = this.#held.get(name);
    if (held === undefined) return;
    for (const { id } of service?.instances ?? []) held.delete(id);
    if (fresh.length > 0) succeed(held, fresh);
    if (held.size === 0) this.#held.delete(name);
  }

  #hold({ name, lost }: Step, how: Omit<Held, "instance">): void {
    const held = this.#held.get(name) ?? new Map<string, Held>();
    this.#held.set(name, held);
    for (const instance of lost) held.set(instance.id, { instance, ...how });
  }

  #tellHeld(names: readonly string[], count: number, isDoubtful: boolean): void {
    const { protection, onProblem } = this.#options;
    const of = names.length === 1 ? `of ${names[0] ?? ""}` : `of ${names.length} services`;
    const why = isDoubtful ? "soon after it was away" : `more than ${protection.maxLoss * 100} % within ${lossWindowMs} ms`;
    onProblem(
      `registry ${this.name} has ${count} instances no more, ${of}, ${why}: they are kept for ${protection.holdMs} ms unless they come back`,
    );
  }

  /** One timer for the next of all deadlines. */
  #arm(): void {
    const { clock } = this.#options;
    let next = Number.POSITIVE_INFINITY;
    for (const held of this.#held.values()) for (const { untilMs } of held.values()) next = Math.min(next, untilMs);
    this.#release?.cancel();
    this.#release = next === Number.POSITIVE_INFINITY ? undefined : clock.setTimer(Math.max(0, next - clock.nowMs()), () => this.#letGo());
  }

  #letGo(): void {
    this.#release = undefined;
    // It goes on when the registry is back.
    if (this.#error !== undefined) return;
    const nowMs = this.#options.clock.nowMs();
    const names = new Set<string>();
    let count = 0;
    for (const [name, held] of this.#held) {
      for (const [id, { untilMs }] of held) {
        if (untilMs > nowMs) continue;
        held.delete(id);
        names.add(name);
        count++;
      }
      if (held.size > 0) continue;
      this.#held.delete(name);
      if (this.#gone.delete(name)) this.#forget(name);
    }
    this.#arm();
    if (count === 0) return;
    this.#options.onProblem(`registry ${this.name}: ${count} instances of ${names.size} services did not come back`);
    this.#options.onChanged(names);
  }

  #forget(name: string): void {
    this.#told.delete(name);
    this.#peaks.delete(name);
  }
}

const addressOf = ({ protocol, address, port }: RegistryInstance): string => `${protocol} ${address} ${port}`;

/**
 * Where a new instance listens, no old one does. And where new ones come after a mass, it was a deployment: what went then is needed only
 * where there is nobody else.
 */
function succeed(held: Map<string, Held>, fresh: readonly RegistryInstance[]): void {
  const addresses = new Set(fresh.map(addressOf));
  for (const [id, entry] of held) {
    if (addresses.has(addressOf(entry.instance))) held.delete(id);
    else if (entry.isOfMass && entry.isLikelyThere) held.set(id, { ...entry, isLikelyThere: false });
  }
}
