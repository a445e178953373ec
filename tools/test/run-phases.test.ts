import { expect, test } from "vitest";
import { fail, pass, skip } from "../lib/outcome.ts";
import { runPhases, type Phase } from "./run-phases.ts";

async function run(...phases: Phase[]) {
  let output = "";
  const code = await runPhases(phases, "/", (text) => void (output += text));
  return { code, output: output.replaceAll(/\(\d+\.\d s\)/g, "(… s)") };
}

const good: Phase = { name: "good", run: () => ({ ...pass, passed: 3 }) };

test("the last line sums over all phases, and all pass", async () => {
  expect(await run(good, { name: "peers", run: async () => skip("skipped: no Java") })).toEqual({
    code: 0,
    output: "good   3 passed (… s)\npeers  0 passed, 1 skipped (… s)\n\nskipped: no Java\n\n3 passed, 0 failed, 1 skipped\n",
  });
});

test("after a failure the others run all the same, but not what needs it", async () => {
  const build: Phase = { name: "build", run: () => fail("no such type") };
  const e2e: Phase = { name: "e2e", needs: ["build"], run: () => pass };
  const { code, output } = await run(build, good, e2e);
  expect(code).toBe(1);
  expect(output).toContain("build  0 passed, 1 FAILED (… s)\n\nno such type\n\ngood   3 passed");
  expect(output).toContain("e2e    0 passed, 1 skipped (… s)\n\nnot run, because this failed: build\n");
  expect(output).toMatch(/\n3 passed, 1 failed, 1 skipped\n$/);
});

test("a phase that throws has failed", async () => {
  const { code, output } = await run(good, { name: "bad", run: () => Promise.reject(new Error("lost")) });
  expect(code).toBe(1);
  expect(output).toContain("Error: lost");
  expect(output).toMatch(/\n3 passed, 1 failed, 0 skipped\n$/);
});

test("nothing passed is a failure", async () => {
  expect(await run({ name: "peers", run: () => skip("") })).toMatchObject({ code: 1 });
});
