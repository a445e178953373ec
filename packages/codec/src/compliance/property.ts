import fc from "fast-check";

/** A named check that any test runner can execute: `for (const { name, run } of properties) test(name, run)`. `run` throws when the property does not hold. */
export interface Property {
  readonly name: string;
  readonly run: () => void;
}

/** How long to look for counterexamples. */
export interface PropertyRunOptions {
  /** Random cases tried for each property; 100 by default. */
  readonly runs?: number;
  /** Starts the search where an earlier one failed; failures print theirs. Random by default. */
  readonly seed?: number;
}

export type Check = <T>(name: string, values: fc.Arbitrary<T>, holds: (value: T) => void) => Property;

/** Binds the options once, so that suites list their properties and nothing else. */
export function propertyMaker(options: PropertyRunOptions): Check {
  const parameters = { numRuns: options.runs ?? 100, ...(options.seed === undefined ? {} : { seed: options.seed }) };
  return (name, values, holds) => ({ name, run: () => fc.assert(fc.property(values, holds), parameters) });
}
