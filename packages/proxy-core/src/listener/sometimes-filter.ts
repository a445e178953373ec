import type { AcceptedConnection } from "./accepted.ts";
import type { ConnectionPredicate } from "./filter-predicate.ts";
import type { InspectResult, ListenerFilter } from "./listener-filter.ts";

const passed: InspectResult = { kind: "done", consumed: 0 };

/** A listener filter that some connections pass by (`filter_disabled`). */
export class SometimesFilter implements ListenerFilter {
  readonly maxBytes: number;
  readonly #filter: ListenerFilter;
  readonly #isOff: ConnectionPredicate;

  constructor(filter: ListenerFilter, isOff: ConnectionPredicate) {
    this.maxBytes = filter.maxBytes;
    this.#filter = filter;
    this.#isOff = isOff;
  }

  inspect(accepted: AcceptedConnection, bytes: Buffer): InspectResult {
    return this.#isOff(accepted) ? passed : this.#filter.inspect(accepted, bytes);
  }
}
