import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { tempTree } from "../lib/testing.ts";
import type { Tree } from "../lib/temp.ts";

const emptyLock = { packages: { "": {} } };

/** Stands for npm: it notes its arguments, and makes what `npm ci` makes. */
const npm = `
  const { mkdirSync, writeFileSync } = require("node:fs");
  mkdirSync("node_modules", { recursive: true });
  writeFileSync("node_modules/.package-lock.json", '{"packages":{}}');
  console.log("npm", ...process.argv.slice(2));
`;

function checkout(files: Tree): string {
  const root = tempTree({ "package-lock.json": emptyLock, "npm-cli.js": npm, ...files });
  cpSync(import.meta.dirname, join(root, "tools/bootstrap"), { recursive: true });
  return root;
}

interface Run {
  readonly child: ChildProcessWithoutNullStreams;
  readonly output: () => string;
  readonly ended: Promise<number | null>;
}

function start(root: string, args: readonly string[]): Run {
  const child = spawn(process.execPath, [join(root, "tools/bootstrap/run.mjs"), ...args], {
    cwd: root,
    env: { ...process.env, npm_execpath: join(root, "npm-cli.js") },
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  let output = "";
  const collect = (text: string): void => void (output += text);
  child.stdout.setEncoding("utf8").on("data", collect);
  child.stderr.setEncoding("utf8").on("data", collect);
  return { child, output: () => output, ended: once(child, "close").then(([code]: (number | null)[]) => code ?? null) };
}

const installed: Tree = { "node_modules/.package-lock.json": { packages: {} } };

test("in a fresh clone it installs what is locked, then runs the task", async () => {
  const root = checkout({ "tools/test/main.ts": 'console.log("tested" as string);' });
  const run = start(root, ["test"]);
  expect(await run.ended).toBe(0);
  expect(run.output()).toMatch(/Installing.*\nnpm ci .*\ntested\n/);
  expect(existsSync(join(root, "node_modules/.cache/mesh/installed"))).toBe(true);
});

test("where everything is installed it installs nothing, and passes arguments and exit code on", async () => {
  const program = "console.log(process.argv.slice(2).join(), process.env.PATH.split(':')[0]); process.exitCode = 3;";
  const root = checkout({ ...installed, "tools/test/main.ts": program });
  const run = start(root, ["test", "--only", "unit"]);
  expect(await run.ended).toBe(3);
  expect(run.output()).toBe(`--only,unit ${root}/node_modules/.bin\n`);
});

test("a build that fails is shown and ends the task; one that succeeds is one line", async () => {
  const demo = { "tools/demo/main.ts": 'console.log("demo");' };
  const bad = start(checkout({ ...installed, ...demo, "node_modules/.bin/nx": 'console.log("no such type"); process.exit(1);' }), [
    "start",
  ]);
  expect(await bad.ended).toBe(1);
  expect(bad.output()).toBe("Building what has changed …\nno such type\n");
  const good = start(checkout({ ...installed, ...demo, "node_modules/.bin/nx": 'console.log("built");' }), ["start"]);
  expect(await good.ended).toBe(0);
  expect(good.output()).toBe("Building what has changed …\ndemo\n");
});

test("a program that is not there and a task that is not there are named", async () => {
  const root = checkout(installed);
  const bench = start(root, ["bench"]);
  expect(await bench.ended).toBe(1);
  expect(bench.output()).toMatch(/is missing/);
  const nothing = start(root, ["tset"]);
  expect(await nothing.ended).toBe(1);
  expect(nothing.output()).toContain('No task "tset": there are start, test,');
});

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  test(`${signal} reaches the program, which ends in its own time`, async () => {
    const program = `process.on("${signal}", () => { console.log("draining"); setImmediate(() => process.exit(7)); });
      setInterval(() => {}, 1000); console.log("ready");`;
    const root = checkout({ ...installed, "tools/test/main.ts": program });
    const run = start(root, ["test"]);
    await once(run.child.stdout, "data");
    run.child.kill(signal);
    expect(await run.ended).toBe(7);
    expect(run.output()).toBe("ready\ndraining\n");
  });
}
