/** What `npm test` does, in this order. */
import { join } from "node:path";
import { checkDocs } from "../checks/docs.ts";
import { checkErrors } from "../checks/errors.ts";
import { checkLayers } from "../checks/layers.ts";
import { checkLockfile } from "../checks/lockfile.ts";
import { checkPack, packPackages } from "../checks/pack.ts";
import { checkPaths } from "../checks/paths.ts";
import { checkRooms } from "../checks/rooms.ts";
import { exec, sourceFlags } from "../lib/exec.ts";
import { fail, fromProblems, pass, sum, type Outcome } from "../lib/outcome.ts";
import { makeTempFolder, removeFolder } from "../lib/temp.ts";
import { publishedPackages } from "../lib/workspace.ts";
import type { Phase } from "./run-phases.ts";
import { runVitest } from "./vitest.ts";

const minutes = 60_000;

/** A program of ours or of a dependency, run by our Node; one check, which passes when it exits with 0. */
async function runProgram(root: string, program: string, args: readonly string[]): Promise<Outcome> {
  const flags = program.endsWith(".ts") ? sourceFlags : [];
  const { code, output } = await exec(process.execPath, [...flags, join(root, program), ...args], { cwd: root, timeout: 10 * minutes });
  return code === 0 ? pass : fail(output);
}

/** Lints each package as users will get it, and its types as their compilers will resolve them. */
async function checkPublished(root: string): Promise<Outcome> {
  const folder = makeTempFolder();
  try {
    const outcomes: Outcome[] = [];
    for (const { file } of await packPackages(publishedPackages(root), root, folder)) {
      outcomes.push(await runProgram(root, "node_modules/.bin/publint", ["run", "--strict", file]));
      outcomes.push(await runProgram(root, "node_modules/.bin/attw", ["--profile", "esm-only", "--no-emoji", file]));
    }
    return sum(outcomes);
  } finally {
    removeFolder(folder);
  }
}

export const phases: readonly Phase[] = [
  { name: "format", run: (root) => runProgram(root, "node_modules/.bin/oxfmt", ["--check"]) },
  { name: "lint", run: (root) => runProgram(root, "node_modules/.bin/oxlint", ["--deny-warnings"]) },
  { name: "types", run: (root) => runProgram(root, "node_modules/.bin/tsc", ["-b"]) },
  { name: "lockfile", run: (root) => fromProblems(checkLockfile(root)) },
  { name: "paths", run: (root) => fromProblems(checkPaths(root)) },
  { name: "layers", run: (root) => sum([fromProblems(checkLayers(root)), fromProblems(checkRooms(root))]) },
  { name: "errors", run: (root) => fromProblems(checkErrors(root)) },
  {
    name: "generated",
    run: (root) => runProgram(root, "tools/generate/main.ts", ["--check"]),
  },
  { name: "unused", run: (root) => runProgram(root, "node_modules/.bin/knip", ["--no-progress", "--no-config-hints"]) },
  { name: "unit", run: (root) => runVitest({ root, config: "vitest.config.ts", timeout: 15 * minutes }) },
  { name: "docs", run: checkDocs },
  { name: "build", run: (root) => runProgram(root, "node_modules/.bin/nx", ["run-many", "-t", "build", "--output-style=static"]) },
  { name: "publish", needs: ["build"], run: checkPublished },
  { name: "pack", needs: ["build"], run: checkPack },
  { name: "e2e", needs: ["build"], run: (root) => runVitest({ root, config: "e2e/vitest.config.ts", timeout: 32 * minutes }) },
];
