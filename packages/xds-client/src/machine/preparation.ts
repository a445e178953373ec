import { Collector, type Incoming, type IncomingResource, type Prepared, type Read } from "./incoming.ts";
import type { TypeState } from "./type-state.ts";

/** One that its kind is accepting, or refusing. */
interface Accepting {
  readonly resource: IncomingResource;
  readonly steps: Generator<void, Prepared | undefined, void>;
}

/**
 * What comes before a response takes effect: its resources are read, then each with new bytes is given to its kind. Nothing else changes, so that
 * anything may happen between two steps.
 */
export class Preparation {
  readonly #state: TypeState;
  readonly #count: number;
  readonly #read: (index: number) => Read;
  readonly #collector = new Collector();
  #incoming: Incoming | undefined = undefined;
  #next = 0;
  #accepting: Accepting | undefined = undefined;

  /** @param count of the resources, each of which `read` reads */
  constructor(state: TypeState, count: number, read: (index: number) => Read) {
    this.#state = state;
    this.#count = count;
    this.#read = read;
  }

  /** Reads a resource, or does a step of accepting one. Returns whether there is more to do. */
  step(): boolean {
    return this.#incoming ? this.#accept(this.#incoming) : this.#readNext();
  }

  /** Does what is left. */
  finish(): Incoming {
    while (this.step());
    return this.#incoming ?? this.#collector.finish();
  }

  #readNext(): boolean {
    if (this.#next < this.#count) {
      this.#collector.add(this.#read(this.#next++));
      return true;
    }
    this.#incoming = this.#collector.finish();
    this.#next = 0;
    return this.#incoming.resources.length > 0;
  }

  #accept({ resources, prepared }: Incoming): boolean {
    const accepting = this.#accepting ?? this.#begin(resources[this.#next]);
    if (!accepting) return false;
    const { done, value } = accepting.steps.next();
    this.#accepting = done ? undefined : accepting;
    if (!done) return true;
    if (value) prepared.set(accepting.resource.name, value);
    return ++this.#next < resources.length;
  }

  #begin(resource: IncomingResource | undefined): Accepting | undefined {
    return resource && { resource, steps: this.#state.prepare(resource) };
  }
}
