#!/usr/bin/env node
/**
 * What `npm start`, `npm test` and the other scripts of the root call. It needs Node 20, npm and nothing else: it installs
 * the dependencies when they are missing or old, and goes on with the Node that came with them.
 *
 *     node tools/bootstrap/run.mjs start|test|bench|build|format|generate [arguments of the task]
 */
import { existsSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "./child.mjs";
import { install, isInstalled } from "./install.mjs";
import { chooseNode } from "./node.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");

const build = { program: "node_modules/.bin/nx", args: ["run-many", "-t", "build", "--output-style=static"] };
const quietBuild = { ...build, quiet: "Building what has changed …" };

/**
 * The programs that a task runs one after the other, as long as they succeed; the arguments of the command line go to the last.
 * `quiet` replaces the output of a program by a line, unless it fails. `sources` makes `@mesh/*` mean the sources, not the build.
 *
 * @type {Record<string, { program: string, args?: string[], quiet?: string, sources?: boolean }[]>}
 */
const tasks = {
  start: [quietBuild, { program: "tools/demo/main.ts" }],
  test: [{ program: "tools/test/main.ts", sources: true }],
  bench: [quietBuild, { program: "tools/bench/main.ts" }],
  build: [build],
  format: [{ program: "node_modules/.bin/oxfmt" }],
  generate: [{ program: "tools/generate/main.ts", sources: true }],
};

async function main() {
  const [name = "", ...rest] = process.argv.slice(2);
  const steps = tasks[name];
  if (!steps) throw new Error(`No task "${name}": there are ${Object.keys(tasks).join(", ")}.`);
  if (!isInstalled(root)) await install(root);
  const missing = steps.find(({ program }) => !existsSync(join(root, program)));
  if (missing) throw new Error(`npm run ${name}: ${missing.program} is missing`);
  const node = chooseNode(root);
  const env = {
    ...process.env,
    PATH: [join(root, "node_modules/.bin"), dirname(node.path), process.env["PATH"]].join(delimiter),
    NX_DAEMON: "false",
    NX_TUI: "false",
  };
  for (const [index, { program, args = [], sources, quiet }] of steps.entries()) {
    const flags = [...node.flags, ...(sources ? ["--conditions=@mesh/source"] : [])];
    const own = index === steps.length - 1 ? rest : [];
    const code = await run(node.path, [...flags, join(root, program), ...args, ...own], { cwd: root, env, quiet });
    if (code !== 0) return code;
  }
  return 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
