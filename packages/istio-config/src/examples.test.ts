import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { analyze } from "./analyze/analyze.ts";
import { formatProblem } from "./problem.ts";
import { parse } from "./testing.ts";

const folder = join(import.meta.dirname, "examples");
const examples = globSync("*.yaml", { cwd: folder }).sort();

test.each(examples)("the example %s has no problems", (name) => {
  const text = readFileSync(join(folder, name), "utf8");
  const { configs, problems } = parse(text, name);
  expect(problems.map(formatProblem)).toEqual([]);
  expect(configs.length).toBe(text.split(/^---$/m).length);
});

test("the example of RPC services holds together", () => {
  const { configs } = parse(readFileSync(join(folder, "rpc.yaml"), "utf8"));
  expect(analyze(configs)).toEqual([]);
});
