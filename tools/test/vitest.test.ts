import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { tempTree } from "../lib/testing.ts";
import { repositoryRoot } from "../lib/workspace.ts";
import { countTests, runVitest, skipReasons } from "./vitest.ts";

const file = (status: string, ...tests: string[]) => ({
  name: "a.test.ts",
  status,
  assertionResults: tests.map((each) => ({ status: each })),
});

describe("countTests", () => {
  test("counts tests by what became of them", () => {
    const report = { success: false, testResults: [file("failed", "passed", "failed"), file("passed", "passed", "skipped", "todo")] };
    expect(countTests(report, 1)).toEqual({ passed: 2, failed: 1, skipped: 2 });
  });

  test("counts a file that could not be loaded as a failure", () => {
    expect(countTests({ success: false, testResults: [file("failed"), file("passed", "passed")] }, 1)).toEqual({
      passed: 1,
      failed: 1,
      skipped: 0,
    });
  });

  test("counts a run that ends badly though all tests passed as a failure", () => {
    expect(countTests({ success: true, testResults: [file("passed", "passed")] }, 1)).toMatchObject({ failed: 1 });
    expect(countTests({ success: false, testResults: [file("passed", "passed")] }, 0)).toMatchObject({ failed: 1 });
  });
});

test("reasons for skipping are shown once each", () => {
  expect(skipReasons("stderr | a.test.ts\nskipped: no Java; install openjdk-17\nx\nskipped: no Java; install openjdk-17\n")).toBe(
    "skipped: no Java; install openjdk-17",
  );
});

describe("runVitest", () => {
  test("counts what really ran, and what could not be loaded", async () => {
    const vitest = JSON.stringify(join(repositoryRoot, "node_modules/vitest/dist/index.js"));
    const root = tempTree({
      "vitest.config.mjs": "export default {};",
      "good.test.mjs": `import { expect, test } from ${vitest}; test("a", () => { expect(1).toBe(1); }); test.skip("b", () => {}); test("c", () => { expect(1).toBe(2); });`,
      "bad.test.mjs": 'import "./missing.mjs";',
    });
    const outcome = await runVitest({
      root,
      config: "vitest.config.mjs",
      timeout: 60_000,
      program: join(repositoryRoot, "node_modules/vitest/vitest.mjs"),
    });
    expect(outcome).toMatchObject({ passed: 1, failed: 2, skipped: 1 });
    expect(outcome.output).toContain("missing.mjs");
  });

  test("fails where there is no configuration", async () => {
    expect(await runVitest({ root: tempTree(), config: "e2e/vitest.config.ts", timeout: 1000 })).toMatchObject({ failed: 1 });
  });
});
