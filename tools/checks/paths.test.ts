import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { tempTree } from "../lib/testing.ts";
import type { Tree } from "../lib/temp.ts";
import { checkPaths } from "./paths.ts";

/** In pieces, so that the check does not find its own test. */
const home = ["", "home", "me"].join("/");
const shared = ["..", "shared"].join("/");

function check(tree: Tree): string[] {
  const root = tempTree(tree);
  execFileSync("git", ["init", "--quiet"], { cwd: root });
  return checkPaths(root);
}

test("a path of one machine is found with its line", () => {
  expect(check({ "a.md": `# A\n\nSee ${home}/notes.\n`, "b/c.json": { root: ["", "root", ".npmrc"].join("/") } })).toEqual([
    `a.md:3: mentions a path of one machine: ${home.slice(0, 7)}…`,
    expect.stringMatching(/^b\/c\.json:2: mentions/),
  ]);
});

test("what lies beside the checkout is found", () => {
  expect(check({ "a.md": `see ${shared}/notes.md` })).toHaveLength(1);
});

test("parts of addresses and relative paths are no paths of a machine", () => {
  expect(check({ "a.md": "https://example.com/home/index.html, ~/work/x, ./root/x, /homework/x, /workers/x" })).toEqual([]);
});

test("what git ignores is not looked at", () => {
  expect(check({ ".gitignore": "local/\n", "local/a.md": `${home}/notes` })).toEqual([]);
});
