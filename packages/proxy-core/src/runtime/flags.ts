/** Values of runtime keys at one moment. It never changes: when a value does, another one takes its place. */
export interface RuntimeSnapshot {
  /** How many keys have values. */
  readonly size: number;
  /** A fraction in [0, 1]: of a number as percent, or of a numerator and a denominator. */
  fraction(key: string, fallback: number): number;
  /** A whole number, 0 or more. */
  integer(key: string, fallback: number): number;
  number(key: string, fallback: number): number;
  boolean(key: string, fallback: boolean): boolean;
}

/** Where the values of runtime keys are read: of the snapshot that is current at that moment. */
export interface RuntimeFlags {
  /** Replaced by the runtime layers, and by nobody else. */
  current: RuntimeSnapshot;
}

/** No key has a value. */
export const emptySnapshot: RuntimeSnapshot = {
  size: 0,
  fraction: (_key, fallback) => fallback,
  integer: (_key, fallback) => fallback,
  number: (_key, fallback) => fallback,
  boolean: (_key, fallback) => fallback,
};

/** How a number is read of a snapshot. */
export type RuntimeNumberKind = "fraction" | "integer" | "number";

/**
 * A number that a runtime key may replace. For the request path: the key is looked up once for each snapshot, every other time a comparison
 * finds the number.
 */
export class RuntimeNumber {
  readonly key: string;
  readonly #kind: RuntimeNumberKind;
  readonly #fallback: number;
  #snapshot: RuntimeSnapshot;
  #value: number;

  /** @param key an empty one has no value ever */
  constructor(kind: RuntimeNumberKind, key: string, fallback: number) {
    this.key = key;
    this.#kind = kind;
    this.#fallback = fallback;
    this.#snapshot = emptySnapshot;
    this.#value = fallback;
  }

  in(snapshot: RuntimeSnapshot): number {
    return snapshot === this.#snapshot ? this.#value : this.#read(snapshot);
  }

  #read(snapshot: RuntimeSnapshot): number {
    this.#snapshot = snapshot;
    this.#value = this.key === "" ? this.#fallback : snapshot[this.#kind](this.key, this.#fallback);
    return this.#value;
  }
}
