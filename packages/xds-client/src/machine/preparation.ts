import { Collector, type Incoming, type IncomingResource, type Prepared, type Read } from "./incoming.ts";
import type { AcceptSteps } from "../resource/kind.ts";
import type { TypeState } from "./type-state.ts";

/** One that its kind is accepting, or refusing. */
interface Accepting {
  readonly resource: IncomingResource;
  readonly steps: AcceptSteps<Prepared | undefined>;
}

export interface PreparationOptions {
  readonly state: TypeState;
  /** Of the resources. */
  readonly count: number;
  readonly read: (index: number) => Read;
  /** What the response takes away, by name, once it has been read. */
  readonly removedBy: (incoming: Incoming) => readonly string[];
}

/**
 * What comes before a response takes effect: its resources are read, then each with new bytes is given to its kind. Nothing else changes, so that
 * anything may happen between two steps.
 */
export class Preparation {
  readonly #options: PreparationOptions;
  readonly #collector = new Collector();
  #incoming: Incoming | undefined = undefined;
  #next = 0;
  #accepting: Accepting | undefined = undefined;

  constructor(options: PreparationOptions) {
    this.#options = options;
  }

  /** Reads a resource, or does a step of accepting one. Returns whether there is more to do, or what there is to wait for before that. */
  step(): boolean | Promise<void> {
    return this.#incoming ? this.#accept(this.#incoming) : this.#readNext();
  }

  /** Does what is left, and waits for nothing. */
  finish(): Incoming {
    while (this.step());
    return this.#incoming ?? this.#collector.finish();
  }

  #readNext(): boolean {
    const { state, count, read, removedBy } = this.#options;
    if (this.#next < count) {
      this.#collector.add(read(this.#next++));
      return true;
    }
    this.#incoming = this.#collector.finish();
    this.#next = 0;
    state.kind.begin?.(removedBy(this.#incoming));
    return this.#incoming.resources.length > 0;
  }

  #accept({ resources, prepared }: Incoming): boolean | Promise<void> {
    const accepting = this.#accepting ?? this.#begin(resources[this.#next]);
    if (!accepting) return false;
    const step = accepting.steps.next();
    this.#accepting = step.done ? undefined : accepting;
    if (!step.done) return step.value ?? true;
    if (step.value) prepared.set(accepting.resource.name, step.value);
    return ++this.#next < resources.length;
  }

  #begin(resource: IncomingResource | undefined): Accepting | undefined {
    return resource && { resource, steps: this.#options.state.prepare(resource) };
  }
}
