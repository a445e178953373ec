import type { RegistryChanges, RegistryError, RegistryInstance, RegistryService, RegistrySource } from "@mesh/registry";
import type { HubClock, HubTimer } from "./clock.ts";

export interface RegistryProtection {
  /**
   * For how long, in milliseconds, instances that a registry suddenly has no more are kept: when it takes away more than `maxLoss` of them at
   * once, or within this time after it was away. 0 turns the protection off. Default: 30,000.
   */
  readonly holdMs: number;
  /** The share of a registry's instances that may go at once, from 0 to 1. Default: 0.5. */
  readonly maxLoss: number;
}

export const defaultProtection: RegistryProtection = { holdMs: 30_000, maxLoss: 0.5 };

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
  /** It went soon after the registry was away: more likely it has yet to register again, so it is used though there are others. */
  readonly isLikelyThere: boolean;
}

/** What a registry says of itself. */
export interface ShardStatus {
  readonly name: string;
  readonly namespace: string;
  readonly isReady: boolean;
  /** Why it is away or could not be read in part; undefined when it is well. */
  readonly error: string | undefined;
  readonly services: number;
  readonly instances: number;
  /** Instances that the registry has no more, and that are kept for now. */
  readonly held: number;
}

/**
 * What one registry has. A registry that comes back from a fault often says for a while that nobody is there, since providers have yet to
 * register again; to believe it would end all calls, or lead them all to the first that is back. So instances that vanish in a mass, or
 * shortly after a fault, are kept for some time, unless they come back before. The latter stay in use; the former are used only in the
 * place of others that would be needed.
 */
export class RegistryShard {
  readonly #options: ShardOptions;
  /** As the registry says. */
  readonly #told = new Map<string, RegistryService>();
  /** What is kept though the registry has it no more: by service, by instance id. */
  readonly #held = new Map<string, Map<string, HeldInstance>>();
  /** Services that the registry has no more, which are kept for their instances. */
  readonly #gone = new Set<string>();
  #instances = 0;
  #isReady = false;
  #error: string | undefined = undefined;
  #faultAtMs = Number.NEGATIVE_INFINITY;
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
      services: this.#told.size,
      instances: this.#instances,
      held,
    };
  }

  start(): void {
    const { source, onReady, onProblem } = this.#options;
    source.start({
      onChanged: (changes) => this.#take(changes),
      onReady: () => {
        this.#isReady = true;
        onReady();
      },
      onError: (error, retryInMs) => this.#fail(error, retryInMs),
      onRecovered: () => {
        this.#error = undefined;
        this.#faultAtMs = this.#options.clock.nowMs();
        onProblem(`registry ${source.name} is back`);
      },
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
    this.#error = error.message;
    this.#faultAtMs = this.#options.clock.nowMs();
    const retry = retryInMs === undefined ? "" : `; trying again in ${retryInMs} ms`;
    this.#options.onProblem(`registry ${this.name}: ${error.message}${retry}`);
  }

  #take(changes: RegistryChanges): void {
    const lost = this.#lostIn(changes);
    const lostCount = lost.reduce((sum, [, instances]) => sum + instances.length, 0);
    const { holdMs, maxLoss } = this.#options.protection;
    const isRecent = this.#options.clock.nowMs() - this.#faultAtMs < holdMs || this.#error !== undefined;
    const isMass = lostCount > this.#instances * maxLoss && lostCount > 1;
    const holds = this.#isReady && holdMs > 0 && lostCount > 0 && (isRecent || isMass);
    for (const [name, service] of changes) this.#set(name, service, holds);
    if (holds) this.#hold(lost, lostCount, isRecent);
    this.#options.onChanged(new Set(changes.keys()));
  }

  /** Instances that were there and are not any more. */
  #lostIn(changes: RegistryChanges): [string, RegistryInstance[]][] {
    return [...changes].flatMap(([name, service]): [string, RegistryInstance[]][] => {
      const ids = new Set(service?.instances.map(({ id }) => id));
      const gone = this.#told.get(name)?.instances.filter(({ id }) => !ids.has(id)) ?? [];
      return gone.length === 0 ? [] : [[name, gone]];
    });
  }

  #set(name: string, service: RegistryService | undefined, holds: boolean): void {
    const before = this.#told.get(name);
    this.#instances += (service?.instances.length ?? 0) - (before?.instances.length ?? 0);
    if (service !== undefined) {
      this.#gone.delete(name);
      this.#told.set(name, service);
    } else if (before !== undefined && (holds || this.#held.has(name))) {
      this.#gone.add(name);
      this.#told.set(name, { ...before, instances: [] });
    } else {
      this.#told.delete(name);
    }
    const held = this.#held.get(name);
    if (held === undefined) return;
    for (const { id } of service?.instances ?? []) held.delete(id);
    if (held.size === 0) this.#held.delete(name);
  }

  #hold(lost: readonly [string, RegistryInstance[]][], count: number, isRecent: boolean): void {
    for (const [name, instances] of lost) {
      const held = this.#held.get(name) ?? new Map<string, HeldInstance>();
      for (const instance of instances) held.set(instance.id, { instance, isLikelyThere: isRecent });
      this.#held.set(name, held);
    }
    const { holdMs } = this.#options.protection;
    const why = isRecent ? "soon after it was away" : `at once, of ${this.#instances + count}`;
    this.#options.onProblem(
      `registry ${this.name} has ${count} instances no more, ${why}: they are kept for ${holdMs} ms unless they come back`,
    );
    this.#release?.cancel();
    this.#release = this.#options.clock.setTimer(holdMs, () => this.#letGo());
  }

  #letGo(): void {
    const names = new Set(this.#held.keys());
    this.#held.clear();
    for (const name of this.#gone) this.#told.delete(name);
    this.#gone.clear();
    this.#options.onProblem(`registry ${this.name}: instances of ${names.size} services did not come back`);
    this.#options.onChanged(names);
  }
}
