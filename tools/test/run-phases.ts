/** Runs phases one after the other and adds them up. */
import { fail, skip, sum, type Outcome } from "../lib/outcome.ts";

export interface Phase {
  readonly name: string;
  /** Phases without whose success this one makes no sense. */
  readonly needs?: readonly string[];
  /** The root is the folder of the checkout. */
  run(root: string): Outcome | Promise<Outcome>;
}

async function runPhase(phase: Phase, root: string): Promise<Outcome> {
  try {
    return await phase.run(root);
  } catch (error) {
    return fail(error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
}

function verdict({ passed, failed, skipped }: Outcome, seconds: string): string {
  const counts = [`${passed} passed`, ...(failed > 0 ? [`${failed} FAILED`] : []), ...(skipped > 0 ? [`${skipped} skipped`] : [])];
  return `${counts.join(", ")} (${seconds} s)`;
}

/**
 * Writes a line for each phase, with all that failed below it, and at last the sum. A phase that needs one that failed is skipped;
 * otherwise none cares for the others. Returns the exit code: 1 if anything failed or nothing passed.
 */
export async function runPhases(phases: readonly Phase[], root: string, write: (text: string) => void): Promise<0 | 1> {
  const width = Math.max(...phases.map(({ name }) => name.length));
  const outcomes: Outcome[] = [];
  const broken = new Set<string>();
  for (const phase of phases) {
    // The name comes first, so that the log tells which phase hangs.
    write(`${phase.name.padEnd(width)}  `);
    const began = performance.now();
    const missing = phase.needs?.filter((name) => broken.has(name)) ?? [];
    const outcome = missing.length > 0 ? skip(`not run, because this failed: ${missing.join(", ")}`) : await runPhase(phase, root);
    if (outcome.failed > 0) broken.add(phase.name);
    outcomes.push(outcome);
    write(`${verdict(outcome, ((performance.now() - began) / 1000).toFixed(1))}\n`);
    if (outcome.output.trim() !== "") write(`\n${outcome.output.trim()}\n\n`);
  }
  const { passed, failed, skipped } = sum(outcomes);
  write(`${passed} passed, ${failed} failed, ${skipped} skipped\n`);
  return failed > 0 || passed === 0 ? 1 : 0;
}
