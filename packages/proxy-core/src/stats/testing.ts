import type { Counter, Gauge, Histogram, StatsScope, TextReadout } from "./contract.ts";
import type { StatsStore } from "./store.ts";

/** A statistic's value by its full name; a histogram's is the number of its samples. 0 where there is none of that name yet. */
export function statValue(store: StatsStore, name: string): number {
  const { counters, gauges, histograms } = store.snapshot();
  const number = [...counters, ...gauges].find((sample) => sample.name === name);
  if (number !== undefined) return number.value;
  return histograms.find((sample) => sample.name === name)?.cumulative.count ?? 0;
}

/** A text by its full name; empty where there is none of that name yet. */
export function textValue(store: StatsStore, name: string): string {
  return store.snapshot().texts.find((sample) => sample.name === name)?.value ?? "";
}

/** A scope that knows how many there are inside of it that were not disposed, itself included. */
export class CountedScope implements StatsScope {
  readonly #scope: StatsScope;
  readonly #parent: CountedScope | undefined;
  readonly #children = new Set<CountedScope>();

  constructor(scope: StatsScope, parent?: CountedScope) {
    this.#scope = scope;
    this.#parent = parent;
  }

  get count(): number {
    let count = 1;
    for (const child of this.#children) count += child.count;
    return count;
  }

  counter(name: string): Counter {
    return this.#scope.counter(name);
  }

  gauge(name: string): Gauge {
    return this.#scope.gauge(name);
  }

  histogram(name: string): Histogram {
    return this.#scope.histogram(name);
  }

  text(name: string): TextReadout {
    return this.#scope.text(name);
  }

  scope(prefix: string, tagged?: string, tags?: Readonly<Record<string, string>>): StatsScope {
    const child = new CountedScope(this.#scope.scope(prefix, tagged, tags), this);
    this.#children.add(child);
    return child;
  }

  dispose(): void {
    if (this.#parent !== undefined) this.#parent.#children.delete(this);
    this.#children.clear();
    this.#scope.dispose();
  }
}
