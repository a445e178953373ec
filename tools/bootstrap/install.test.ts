import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { tempTree } from "../lib/testing.ts";
import { isInstalled, lockAgrees } from "./install.mjs";

const locked = {
  "": { name: "mesh" },
  "packages/codec": { version: "0.0.0" },
  "node_modules/a": { version: "1.0.0", integrity: "sha512-a" },
  "node_modules/a-darwin": { version: "1.0.0", integrity: "sha512-b", optional: true },
};

const lock = (packages: object): string => JSON.stringify({ packages });

function agrees(actual: object): boolean {
  return lockAgrees(lock(locked), lock(actual));
}

describe("lockAgrees", () => {
  test("is content without the packages of other platforms", () => {
    expect(agrees({ "node_modules/a": { version: "1.0.0", integrity: "sha512-a" } })).toBe(true);
  });

  test("sees a package that is missing", () => {
    expect(agrees({})).toBe(false);
  });

  test("sees another version and other bytes of the same version", () => {
    expect(agrees({ "node_modules/a": { version: "1.0.1", integrity: "sha512-a" } })).toBe(false);
    expect(agrees({ "node_modules/a": { version: "1.0.0", integrity: "sha512-z" } })).toBe(false);
  });

  test("sees a package that the lock file no longer has", () => {
    expect(agrees({ "node_modules/a": locked["node_modules/a"], "node_modules/old": { version: "1.0.0" } })).toBe(false);
  });
});

describe("isInstalled", () => {
  const installed = lock({ "node_modules/a": locked["node_modules/a"] });

  test("is false in a fresh clone", () => {
    expect(isInstalled(tempTree({ "package-lock.json": lock(locked) }))).toBe(false);
  });

  test("recognises an installation that npm made by itself, and remembers it", () => {
    const root = tempTree({ "package-lock.json": lock(locked), "node_modules/.package-lock.json": installed });
    expect(isInstalled(root)).toBe(true);
    expect(existsSync(join(root, "node_modules/.cache/mesh/installed"))).toBe(true);
  });

  test("is false once the lock file has moved on", () => {
    const root = tempTree({ "package-lock.json": lock(locked), "node_modules/.package-lock.json": installed });
    expect(isInstalled(root)).toBe(true);
    const stamp = readFileSync(join(root, "node_modules/.cache/mesh/installed"), "utf8");
    const next = tempTree({
      "package-lock.json": lock({ ...locked, "node_modules/b": { version: "1.0.0" } }),
      "node_modules/.package-lock.json": installed,
      "node_modules/.cache/mesh/installed": stamp,
    });
    expect(isInstalled(next)).toBe(false);
  });

  test("says so where there is no lock file", () => {
    expect(() => isInstalled(tempTree())).toThrow("package-lock.json is missing");
  });
});
