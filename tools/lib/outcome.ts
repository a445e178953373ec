/** What a phase of `npm test` counts. */

export interface Outcome {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** What a reader needs to mend the failures, or to know why something was skipped. */
  readonly output: string;
}

export const pass: Outcome = { passed: 1, failed: 0, skipped: 0, output: "" };

export function fail(output: string): Outcome {
  return { passed: 0, failed: 1, skipped: 0, output };
}

export function skip(reason: string): Outcome {
  return { passed: 0, failed: 0, skipped: 1, output: reason };
}

/** One check that passes when it finds no problem. */
export function fromProblems(problems: readonly string[]): Outcome {
  return problems.length === 0 ? pass : fail(problems.join("\n"));
}

export function sum(outcomes: readonly Outcome[]): Outcome {
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const { passed, failed, skipped } of outcomes) {
    total.passed += passed;
    total.failed += failed;
    total.skipped += skipped;
  }
  const output = outcomes.map((outcome) => outcome.output.trimEnd()).filter((text) => text !== "");
  return { ...total, output: output.join("\n") };
}
