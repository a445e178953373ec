/** The examples of README.md and docs: each TypeScript block is type-checked, and each block marked `run` is run, on the sources. */
import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { sourceFlags } from "../lib/exec.ts";
import { fromProblems, sum, type Outcome } from "../lib/outcome.ts";
import { exampleOptions, examplesOf, runExample, typecheck, type Example } from "./examples.ts";

/** The pages by the folder that their imports are resolved from. docs/examples/*.ts are whole programs and all run. */
function readExamples(root: string): Example[] {
  const pages = ["README.md", "CONTRIBUTING.md", ...globSync("docs/**/*.md", { cwd: root }).sort()];
  const blocks = pages
    .filter((page) => existsSync(join(root, page)))
    .flatMap((page) => examplesOf(page, readFileSync(join(root, page), "utf8")));
  const programs = globSync("docs/examples/*.ts", { cwd: root })
    .sort()
    .map((path) => ({ at: `${path}:1`, language: "ts" as const, text: readFileSync(join(root, path), "utf8"), isMarked: true }));
  return [...blocks, ...programs];
}

export async function checkDocs(root: string): Promise<Outcome> {
  const examples = readExamples(root);
  const problems = typecheck(
    examples.filter(({ language }) => language === "ts"),
    join(root, "docs"),
    exampleOptions(root, {}),
  );
  const runner = {
    node: process.execPath,
    nodeFlags: sourceFlags,
    folder: join(root, "node_modules/.cache/mesh/docs-examples"),
    env: process.env,
  };
  const outcomes = [fromProblems(problems)];
  for (const example of examples) if (example.isMarked) outcomes.push(await runExample(example, runner));
  return sum(outcomes);
}
