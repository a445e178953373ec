/** Runs Vitest and counts its tests. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { exec } from "../lib/exec.ts";
import { fail, type Outcome } from "../lib/outcome.ts";
import { makeTempFolder, removeFolder } from "../lib/temp.ts";

/** What we read of the report that Vitest's JSON reporter writes. */
interface Report {
  readonly success: boolean;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string }[];
  }[];
}

/**
 * Counts tests. A file that could not be loaded, or whose set-up failed, has failed though it has no failed test, and so has a run
 * that ends badly for another reason, such as an error that nobody caught.
 */
export function countTests(report: Report, exitCode: number): Omit<Outcome, "output"> {
  let [passed, failed, skipped] = [0, 0, 0];
  for (const { status, assertionResults } of report.testResults) {
    const before = failed;
    for (const test of assertionResults) {
      if (test.status === "passed") passed++;
      else if (test.status === "failed") failed++;
      else skipped++;
    }
    if (status === "failed" && failed === before) failed++;
  }
  if (failed === 0 && (exitCode !== 0 || !report.success)) failed = 1;
  return { passed, failed, skipped };
}

/** The lines by which tests say why they were skipped: `skipped: no Java; install …`. */
export function skipReasons(output: string): string {
  return [...new Set(output.split("\n").filter((line) => line.startsWith("skipped: ")))].join("\n");
}

export interface VitestRun {
  readonly root: string;
  /** Relative to the root. */
  readonly config: string;
  /** Milliseconds. */
  readonly timeout: number;
  /** Vitest. Default: the one below the root. */
  readonly program?: string;
}

export async function runVitest({
  root,
  config,
  timeout,
  program = join(root, "node_modules/vitest/vitest.mjs"),
}: VitestRun): Promise<Outcome> {
  if (!existsSync(join(root, config))) return fail(`${config} is missing`);
  const folder = makeTempFolder();
  try {
    const file = join(folder, "report.json");
    const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
    const { code, output } = await exec(process.execPath, [program, "run", "--config", config, ...reporters], { cwd: root, timeout });
    if (!existsSync(file)) return fail(`Vitest wrote no report and ended with exit code ${code}\n${output}`);
    const counts = countTests(JSON.parse(readFileSync(file, "utf8")) as Report, code);
    return { ...counts, output: counts.failed > 0 ? output : skipReasons(output) };
  } finally {
    removeFolder(folder);
  }
}
