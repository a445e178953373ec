import { describe, expect, test } from "vitest";
import { writeTree, type Tree } from "../lib/temp.ts";
import { tempTree } from "../lib/testing.ts";
import { checkLayers } from "./layers.ts";

interface Sketch {
  readonly layer?: string;
  readonly uses?: readonly string[];
  readonly usesInTests?: readonly string[];
  readonly usesForeign?: readonly string[];
  readonly references?: readonly string[];
  readonly files?: Readonly<Record<string, string>>;
}

const dependencies = (names: readonly string[] = []): Record<string, string> =>
  Object.fromEntries(names.map((name) => [`@mesh/${name}`, "0.0.0"]));

/** A workspace of these packages, each with one entry. */
function workspace(sketches: Readonly<Record<string, Sketch>>): string {
  const tree: Record<string, string | object> = { "package.json": { workspaces: ["packages/*"] } };
  for (const [name, { layer, uses = [], usesInTests = [], usesForeign = [], references, files = {} }] of Object.entries(sketches)) {
    tree[`packages/${name}/package.json`] = {
      name: `@mesh/${name}`,
      version: "0.0.0",
      exports: { ".": "./dist/index.js", "./compliance": "./dist/compliance.js" },
      dependencies: { ...dependencies(uses), ...Object.fromEntries(usesForeign.map((other) => [other, "1.0.0"])) },
      devDependencies: dependencies(usesInTests),
      mesh: { layer },
    };
    const paths = (references ?? [...uses, ...usesInTests]).map((other) => ({ path: `../${other}` }));
    tree[`packages/${name}/tsconfig.json`] = { references: paths };
    for (const [path, text] of Object.entries(files)) tree[`packages/${name}/${path}`] = text;
  }
  return tempTree(tree satisfies Tree);
}

describe("what package.json names", () => {
  test("may be of a lower layer, or a contract of the same", () => {
    const root = workspace({
      codec: { layer: "base" },
      "codec-hessian": { layer: "base", uses: ["codec"] },
      "codec-bolt": { layer: "codecs", uses: ["codec"] },
      mosn: { layer: "apps", uses: ["codec-bolt"], usesForeign: ["pino"] },
    });
    expect(checkLayers(root)).toEqual([]);
  });

  test("may not be of a higher layer", () => {
    const root = workspace({ codec: { layer: "base", uses: ["mosn"] }, mosn: { layer: "apps" } });
    expect(checkLayers(root)).toEqual([
      'packages/codec/package.json: @mesh/codec is of layer "base" and must not use @mesh/mosn of the higher layer "apps"',
    ]);
  });

  test("may not be an implementation of the same layer, not even for tests", () => {
    const root = workspace({ "codec-bolt": { layer: "codecs" }, "codec-dubbo": { layer: "codecs", usesInTests: ["codec-bolt"] } });
    expect(checkLayers(root)).toEqual([
      'packages/codec-dubbo/package.json: @mesh/codec-dubbo must not use @mesh/codec-bolt of its own layer "codecs": only contracts are shared sideways',
    ]);
  });

  test("must exist", () => {
    expect(checkLayers(workspace({ codec: { layer: "base", uses: ["cdoec"], references: [] } }))).toEqual([
      "packages/codec/package.json: @mesh/cdoec is no package of this repository",
    ]);
  });

  test("may not be from outside for a codec", () => {
    expect(checkLayers(workspace({ "codec-bolt": { layer: "codecs", usesForeign: ["long"] } }))).toEqual([
      'packages/codec-bolt/package.json: a package of layer "codecs" must not depend on long, only on @mesh/*',
    ]);
  });

  test("may not make a circle", () => {
    const root = workspace({
      codec: { layer: "base", uses: ["registry"] },
      registry: { layer: "base", usesInTests: ["codec"] },
    });
    expect(checkLayers(root)).toEqual(["the packages @mesh/codec → @mesh/registry → @mesh/codec depend on each other"]);
  });

  test("is what tsconfig.json refers to", () => {
    const root = workspace({
      codec: { layer: "base" },
      proto: { layer: "base" },
      "codec-bolt": { layer: "codecs", uses: ["codec"], references: ["proto"] },
    });
    expect(checkLayers(root)).toEqual([
      "packages/codec-bolt/tsconfig.json: no reference to packages/codec, a dependency",
      "packages/codec-bolt/tsconfig.json: a reference to packages/proto, no dependency",
    ]);
  });
});

test("a package without a layer is told which there are", () => {
  expect(checkLayers(workspace({ codec: {} }))).toEqual([
    'packages/codec/package.json: "mesh": {"layer": …} must be one of base, codecs, core, features, planes, apps, not undefined',
  ]);
});

describe("what sources import", () => {
  const importing = (path: string, text: string, bolt: Sketch = { uses: ["codec"] }): string[] =>
    checkLayers(workspace({ codec: { layer: "base" }, "codec-bolt": { layer: "codecs", files: { [path]: text }, ...bolt } }));

  test("may be what another package exports", () => {
    const text =
      'import { a } from "@mesh/codec";\nimport type { B } from "@mesh/codec/compliance";\nimport c from "./c.ts";\nimport "node:fs";\n';
    expect(importing("src/index.ts", text)).toEqual([]);
  });

  test("must be declared", () => {
    expect(importing("src/index.ts", '\nexport { a } from "@mesh/codec";', {})).toEqual([
      "packages/codec-bolt/src/index.ts:2: imports @mesh/codec, which package.json does not list in its dependencies",
    ]);
  });

  test("must be declared for users, unless a test imports it", () => {
    const development: Sketch = { usesInTests: ["codec"] };
    expect(importing("src/a.test.ts", 'import "@mesh/codec";', development)).toEqual([]);
    expect(importing("scripts/a.ts", 'import "@mesh/codec";', development)).toEqual([]);
    expect(importing("src/a.ts", 'import "@mesh/codec";', development)).toHaveLength(1);
  });

  test("may not lie behind the exports of a package", () => {
    expect(importing("src/a.ts", 'const a = await import("@mesh/codec/src/error.ts");')).toEqual([
      "packages/codec-bolt/src/a.ts:1: imports @mesh/codec/src/error.ts, which @mesh/codec does not export",
    ]);
  });

  test("may not be reached by a path", () => {
    expect(importing("src/a.ts", 'import type { E } from "../../codec/src/error.ts";')).toEqual([
      "packages/codec-bolt/src/a.ts:1: reaches into packages/codec by a relative path; import @mesh/codec",
    ]);
  });

  test("may be reached by a path where it is never published", () => {
    const root = workspace({ codec: { layer: "base", files: { "src/a.test.ts": 'import "../../peers/envoy.ts";' } } });
    writeTree(root, { "packages/peers/package.json": { name: "@mesh/peers", version: "0.0.0", private: true } });
    expect(checkLayers(root)).toEqual([]);
  });

  test("must exist", () => {
    expect(importing("src/a.ts", 'import "@mesh/nothing";')).toEqual([
      "packages/codec-bolt/src/a.ts:1: imports @mesh/nothing, which is no package of this repository",
    ]);
  });
});
