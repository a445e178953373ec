import type { StreamFilter } from "./filter.ts";

/** A filter in its chain. */
export interface FilterPlace {
  readonly filter: StreamFilter;
  /** By which routes turn it on and off. */
  readonly name: string;
  /** Off where no route turns it on (`HttpFilter.disabled`). */
  readonly disabled: boolean;
}

type Switches = ReadonlyMap<string, boolean> | undefined;

/** A chain of filters, sorted by hook when configuration changes, so that a stream only meets those that take part. */
export class FilterChain {
  readonly onRequest: readonly StreamFilter[];
  readonly onRequestBody: readonly StreamFilter[];
  /** In the order of the response: last filter first. */
  readonly onResponse: readonly StreamFilter[];
  readonly onResponseBody: readonly StreamFilter[];
  readonly onComplete: readonly StreamFilter[];
  readonly isEmpty: boolean;
  readonly #places: readonly FilterPlace[];
  readonly #hasDisabled: boolean;

  constructor(places: readonly FilterPlace[]) {
    const filters = places.map(({ filter }) => filter);
    const reversed = filters.toReversed();
    this.onRequest = filters.filter((filter) => filter.onRequest !== undefined);
    this.onRequestBody = filters.filter((filter) => filter.onRequestBody !== undefined);
    this.onResponse = reversed.filter((filter) => filter.onResponse !== undefined);
    this.onResponseBody = reversed.filter((filter) => filter.onResponseBody !== undefined);
    this.onComplete = filters.filter((filter) => filter.onComplete !== undefined);
    this.isEmpty = places.length === 0;
    this.#places = places;
    this.#hasDisabled = places.some(({ disabled }) => disabled);
  }

  /**
   * The filters that are off for a stream; `undefined` where all are on.
   *
   * @param specific what goes before `general`
   */
  turnedOff(specific: Switches, general: Switches): ReadonlySet<StreamFilter> | undefined {
    if (!this.#hasDisabled && specific === undefined && general === undefined) return undefined;
    const off = this.#places.filter(({ name, disabled }) => !(specific?.get(name) ?? general?.get(name) ?? !disabled));
    return off.length === 0 ? undefined : new Set(off.map(({ filter }) => filter));
  }
}
