import type { Counter, Gauge, TextReadout } from "./contract.ts";

/** What a statistic is called in Prometheus: a name without values, and the values as labels. */
export interface StatIdentity {
  /** Envoy's dotted name. */
  readonly name: string;
  /** The dotted name without the values that became tags. */
  readonly tagged: string;
  /** Values by Envoy's tag names, in the order in which they are printed. */
  readonly tags: readonly (readonly [string, string])[];
}

/** One field and its increment: what the request path touches. The value is a public field because a getter would have to be inlined. */
export class CounterCell implements Counter {
  readonly name: string;
  readonly identity: StatIdentity;
  value = 0;
  /** Scopes that have it. */
  holders = 0;
  /** Whether it was counted up before the last reset. */
  usedBeforeReset = false;

  constructor(identity: StatIdentity) {
    this.name = identity.name;
    this.identity = identity;
  }

  inc(): void {
    this.value++;
  }

  add(amount: number): void {
    this.value += amount;
  }

  get used(): boolean {
    return this.value !== 0 || this.usedBeforeReset;
  }

  reset(): void {
    this.usedBeforeReset = this.used;
    this.value = 0;
  }
}

export class GaugeCell implements Gauge {
  readonly name: string;
  readonly identity: StatIdentity;
  value = 0;
  /** Of `setExact`. */
  exact: bigint | undefined = undefined;
  holders = 0;
  used = false;

  constructor(identity: StatIdentity) {
    this.name = identity.name;
    this.identity = identity;
  }

  inc(): void {
    this.value++;
    this.used = true;
  }

  dec(): void {
    this.value--;
    this.used = true;
  }

  add(amount: number): void {
    this.value += amount;
    this.used = true;
  }

  set(value: number): void {
    this.value = value;
    this.used = true;
  }

  setExact(value: bigint): void {
    this.exact = value;
    this.set(Number(value));
  }
}

export class TextCell implements TextReadout {
  readonly name: string;
  readonly identity: StatIdentity;
  value = "";
  holders = 0;
  used = false;

  constructor(identity: StatIdentity) {
    this.name = identity.name;
    this.identity = identity;
  }

  set(value: string): void {
    this.value = value;
    this.used = true;
  }
}
