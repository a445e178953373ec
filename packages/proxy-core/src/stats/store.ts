import type { Counter, Gauge, Histogram, StatsScope, TextReadout } from "./contract.ts";
import { HistogramCell } from "./histogram.ts";
import { CounterCell, GaugeCell, TextCell } from "./metrics.ts";
import type { StatIdentity } from "./metrics.ts";
import type { StatsSnapshot } from "./snapshot.ts";

type Tags = readonly (readonly [string, string])[];

interface Cell {
  readonly name: string;
  readonly identity: StatIdentity;
  holders: number;
}

/** All statistics of one kind, by full name. */
class Shelf<C extends Cell> {
  readonly cells = new Map<string, C>();
  readonly #make: (identity: StatIdentity) => C;

  constructor(make: (identity: StatIdentity) => C) {
    this.#make = make;
  }

  take(scope: Scope, held: Map<string, C>, name: string): C {
    const known = held.get(name);
    if (known !== undefined) return known;
    const identity = scope.identify(name);
    let cell = this.cells.get(identity.name);
    if (cell === undefined) {
      cell = this.#make(identity);
      if (!scope.isDisposed) this.cells.set(identity.name, cell);
    }
    if (!scope.isDisposed) cell.holders++;
    held.set(name, cell);
    return cell;
  }

  release(held: Map<string, C>): void {
    for (const cell of held.values()) {
      cell.holders--;
      if (cell.holders === 0) this.cells.delete(cell.name);
    }
    held.clear();
  }
}

class Shelves {
  readonly counters: Shelf<CounterCell> = new Shelf((identity) => new CounterCell(identity));
  readonly gauges: Shelf<GaugeCell> = new Shelf((identity) => new GaugeCell(identity));
  readonly histograms: Shelf<HistogramCell> = new Shelf((identity) => new HistogramCell(identity));
  readonly texts: Shelf<TextCell> = new Shelf((identity) => new TextCell(identity));
}

class Scope implements StatsScope {
  readonly #shelves: Shelves;
  readonly #parent: Scope | undefined;
  readonly #prefix: string;
  readonly #tagged: string;
  readonly #tags: Tags;
  readonly #counters = new Map<string, CounterCell>();
  readonly #gauges = new Map<string, GaugeCell>();
  readonly #histograms = new Map<string, HistogramCell>();
  readonly #texts = new Map<string, TextCell>();
  readonly #children = new Set<Scope>();
  /** What it is asked for from then on counts where others still count it, and else for nobody. */
  isDisposed: boolean;

  constructor(shelves: Shelves, parent: Scope | undefined, prefix: string, tagged: string, tags: Tags) {
    this.#shelves = shelves;
    this.#parent = parent;
    this.#prefix = prefix;
    this.#tagged = tagged;
    this.#tags = tags;
    this.isDisposed = parent?.isDisposed ?? false;
  }

  counter(name: string): Counter {
    return this.#shelves.counters.take(this, this.#counters, name);
  }

  gauge(name: string): Gauge {
    return this.#shelves.gauges.take(this, this.#gauges, name);
  }

  histogram(name: string): Histogram {
    return this.#shelves.histograms.take(this, this.#histograms, name);
  }

  text(name: string): TextReadout {
    return this.#shelves.texts.take(this, this.#texts, name);
  }

  scope(prefix: string, tagged: string = prefix, tags: Readonly<Record<string, string>> = {}): StatsScope {
    const join = (left: string, right: string): string => (right === "" ? left : `${left}${sanitize(right)}.`);
    // What is extracted last is printed last in Envoy: outer values after inner ones.
    const merged: Tags = [...Object.entries(tags), ...this.#tags];
    const child = new Scope(this.#shelves, this, join(this.#prefix, prefix), join(this.#tagged, tagged), merged);
    if (!this.isDisposed) this.#children.add(child);
    return child;
  }

  dispose(): void {
    if (this.isDisposed) return;
    this.isDisposed = true;
    for (const child of this.#children) child.dispose();
    if (this.#parent !== undefined) this.#parent.#children.delete(this);
    this.#shelves.counters.release(this.#counters);
    this.#shelves.gauges.release(this.#gauges);
    this.#shelves.histograms.release(this.#histograms);
    this.#shelves.texts.release(this.#texts);
  }

  identify(name: string): StatIdentity {
    const plain = sanitize(name);
    const code = responseCode.exec(plain);
    if (code !== null) {
      const [text, digits = ""] = code;
      return this.#identity(plain, `${plain.slice(0, -text.length)}_rq`, ["envoy.response_code", digits]);
    }
    const group = responseCodeClass.exec(plain);
    if (group !== null) {
      const [text, digit = ""] = group;
      return this.#identity(plain, `${plain.slice(0, -text.length)}_rq_xx`, ["envoy.response_code_class", digit]);
    }
    return { name: this.#prefix + plain, tagged: this.#tagged + plain, tags: this.#tags };
  }

  #identity(name: string, tagged: string, tag: readonly [string, string]): StatIdentity {
    return { name: this.#prefix + name, tagged: this.#tagged + tagged, tags: [tag, ...this.#tags] };
  }
}

/** Envoy: `upstream_rq_200` is `upstream_rq` with the code as a tag, `upstream_rq_2xx` is `upstream_rq_xx` with its class. */
const responseCode = /_rq_(\d{3})$/u;
const responseCodeClass = /_rq_(\d)xx$/u;

/** Envoy: addresses and names with colons are written with underscores. */
function sanitize(name: string): string {
  return name.replace(/:\/\/|:\/|:|\0/gu, "_");
}

/** The root of all statistics, and what the admin pages read. */
export class StatsStore implements StatsScope {
  readonly #shelves = new Shelves();
  readonly #root = new Scope(this.#shelves, undefined, "", "", []);

  counter(name: string): Counter {
    return this.#root.counter(name);
  }

  gauge(name: string): Gauge {
    return this.#root.gauge(name);
  }

  histogram(name: string): Histogram {
    return this.#root.histogram(name);
  }

  text(name: string): TextReadout {
    return this.#root.text(name);
  }

  scope(prefix: string, tagged?: string, tags?: Readonly<Record<string, string>>): StatsScope {
    return this.#root.scope(prefix, tagged, tags);
  }

  dispose(): void {
    this.#root.dispose();
  }

  /** Ends an interval of the histograms; to be called every `stats_flush_interval`. */
  flush(): void {
    for (const cell of this.#shelves.histograms.cells.values()) cell.flush();
  }

  /** `/reset_counters`. */
  resetCounters(): void {
    for (const cell of this.#shelves.counters.cells.values()) cell.reset();
  }

  /** All values at this moment, sorted by name. */
  snapshot(): StatsSnapshot {
    return {
      counters: sorted(this.#shelves.counters).map((cell) => ({ ...cell.identity, value: cell.value, used: cell.used })),
      gauges: sorted(this.#shelves.gauges).map((cell) => ({
        ...cell.identity,
        value: cell.value,
        ...(cell.exact !== undefined && { exact: cell.exact }),
        used: cell.used,
      })),
      histograms: sorted(this.#shelves.histograms).map((cell) => ({
        ...cell.identity,
        used: cell.used,
        cumulative: cell.cumulative(),
        interval: cell.interval(),
      })),
      texts: sorted(this.#shelves.texts).map((cell) => ({ ...cell.identity, value: cell.value, used: cell.used })),
    };
  }
}

function sorted<C extends Cell>(shelf: Shelf<C>): C[] {
  return [...shelf.cells.values()].sort((left, right) => (left.name < right.name ? -1 : left.name > right.name ? 1 : 0));
}
