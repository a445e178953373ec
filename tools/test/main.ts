/**
 * `npm test`: everything that must hold before a change lands. All phases run, whatever became of those before them, and the last
 * line is the sum: `N passed, N failed, N skipped`.
 *
 *     npm test
 *     npm test -- --only unit,e2e     these, and what they need
 *     npm test -- --skip e2e
 */
import { killRunning } from "../lib/exec.ts";
import { repositoryRoot } from "../lib/workspace.ts";
import { parseOptions, select } from "./options.ts";
import { phases } from "./phases.ts";
import { runPhases } from "./run-phases.ts";

for (const [signal, code] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
  ["SIGHUP", 129],
] as const) {
  process.once(signal, () => {
    killRunning("SIGTERM");
    process.exit(code);
  });
}

try {
  const names = phases.map(({ name }) => name);
  const chosen = select(phases, parseOptions(process.argv.slice(2), names));
  process.exitCode = await runPhases(chosen, repositoryRoot, (text) => void process.stdout.write(text));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
}
