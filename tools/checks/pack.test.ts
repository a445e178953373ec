import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { tempTree } from "../lib/testing.ts";
import { publishedPackages, repositoryRoot, type Manifest } from "../lib/workspace.ts";
import {
  checkContents,
  checkProject,
  checkReadme,
  installTarballs,
  nodeFloor,
  packPackages,
  readmeExamples,
  type Project,
} from "./pack.ts";

const fence = "```";
const greeterReadme = `# greeter\n\n${fence}ts\nimport { greet } from "@mesh/greeter";\n\nconst text: string = greet("you");\nif (text !== "Hello, you!") throw new Error(text);\n${fence}\n`;

/** Two packages, of which one needs the other, as they are after a build. */
function workspace(readme: string = greeterReadme): string {
  const exports = { ".": { "@mesh/source": "./src/index.ts", types: "./dist/index.d.ts", default: "./dist/index.js" } };
  const common = { version: "0.0.0", type: "module", exports, files: ["dist", "NOTICE"], engines: { node: ">=22.12" } };
  return tempTree({
    "package.json": { workspaces: ["packages/*"] },
    LICENSE: "the licence\n",
    "packages/words/package.json": { name: "@mesh/words", ...common },
    "packages/words/dist/index.js": 'export const hello = "Hello";\n',
    "packages/words/dist/index.d.ts": "export declare const hello: string;\n",
    "packages/greeter/package.json": { name: "@mesh/greeter", ...common, dependencies: { "@mesh/words": "0.0.0" } },
    "packages/greeter/dist/index.js": 'import { hello } from "@mesh/words";\nexport const greet = (name) => `${hello}, ${name}!`;\n',
    "packages/greeter/dist/index.d.ts": "export declare const greet: (name: string) => string;\n",
    "packages/greeter/README.md": readme,
    "packages/greeter/LICENSE": "the licence\n",
    "packages/greeter/NOTICE": "a notice\n",
  });
}

describe("from packing to running", () => {
  async function checkAll(root: string) {
    const packages = publishedPackages(root);
    const tarballs = await packPackages(packages, root, join(root, "tarballs"));
    const project = await installTarballs(tarballs, {}, join(root, "project"), process.execPath);
    return checkProject(project, packages.flatMap(readmeExamples), repositoryRoot);
  }

  test("packages find each other in an empty project, without a registry, and the README's example runs", async () => {
    expect(await checkAll(workspace())).toMatchObject({ passed: 2, failed: 0, output: "" });
  }, 60_000);

  test("an example that does not fit the published package fails twice: its types and its run", async () => {
    const outcome = await checkAll(workspace(greeterReadme.replaceAll("greet(", "great(").replace("{ greet }", "{ great }")));
    expect(outcome).toMatchObject({ passed: 0, failed: 2 });
    expect(outcome.output).toContain("packages/greeter/README.md:4: '\"@mesh/greeter\"' has no exported member named 'great'.");
    expect(outcome.output).toContain("packages/greeter/README.md:4: the example ended with exit code 1");
  }, 60_000);

  test("a package that is in no tarball is not asked for at the registry", async () => {
    const root = workspace();
    const greeter = publishedPackages(root).filter(({ name }) => name === "@mesh/greeter");
    const tarballs = await packPackages(greeter, root, join(root, "tarballs"));
    await expect(installTarballs(tarballs, {}, join(root, "project"), process.execPath)).rejects.toThrow(
      "npm install in an empty project failed",
    );
  }, 60_000);
});

test("published types that do not compile are found", async () => {
  const folder = tempTree({
    "package.json": { type: "module" },
    "node_modules/@mesh/a/package.json": { name: "@mesh/a", type: "module", exports: { types: "./a.d.ts", default: "./a.js" } },
    "node_modules/@mesh/a/a.d.ts": 'export type { B } from "@mesh/b";\n',
    "node_modules/@mesh/a/a.js": "",
  });
  const project: Project = { folder, node: process.execPath, env: process.env };
  const example = { at: "README.md:1", language: "ts" as const, text: 'import "@mesh/a";', isMarked: false };
  expect(await checkProject(project, [example], repositoryRoot)).toMatchObject({
    passed: 1,
    failed: 1,
    output: expect.stringMatching(/@mesh\/a\/a\.d\.ts:1: Cannot find module '@mesh\/b'/),
  });
});

describe("what is in a tarball", () => {
  const contentsOf = async (root: string): Promise<string[]> => {
    const tarballs = await packPackages(publishedPackages(root), root, join(root, "tarballs"));
    expect(readdirSync(join(root, "tarballs"))).toEqual(["mesh-greeter-0.0.0.tgz", "mesh-words-0.0.0.tgz"]);
    return tarballs.flatMap((tarball) => checkContents(tarball, root));
  };

  test("README, LICENSE and NOTICE must be", async () => {
    expect(await contentsOf(workspace())).toEqual([
      "@mesh/words: its tarball has no README.md",
      "@mesh/words: its tarball has no LICENSE",
      "@mesh/words: its tarball has no NOTICE",
    ]);
  });

  test("targets of exports and bin must be, tests must not, and the licence is the repository's", () => {
    const root = workspace();
    const [greeter] = publishedPackages(root);
    if (!greeter) throw new Error("the fixture has no package");
    const manifest: Manifest = { ...greeter.manifest, bin: { greet: "./bin/greet.mjs" } };
    const contents = ["package.json", "README.md", "LICENSE", "NOTICE", "dist/index.js", "dist/index.test.js"];
    expect(checkContents({ package: { ...greeter, manifest }, file: "", contents }, repositoryRoot)).toEqual([
      "@mesh/greeter: its tarball has no dist/index.d.ts",
      "@mesh/greeter: its tarball has no bin/greet.mjs",
      "@mesh/greeter: its tarball has dist/index.test.js, which users do not need",
      "@mesh/greeter: its LICENSE is not the repository's",
    ]);
  });
});

test("a package has a README, and the README has an example", () => {
  const check = (readme?: string) => publishedPackages(workspace(readme)).map(checkReadme);
  expect(check()).toMatchObject([{ passed: 1 }, { failed: 1, output: "packages/words: README.md is missing" }]);
  expect(check("# greeter\n")[0]).toMatchObject({ failed: 1 });
  expect(check(`${fence}sh\nls\n${fence}\n`)[0]).toMatchObject({ failed: 1 });
  expect(check(`${fence}sh run\nls\n${fence}\n`)[0]).toMatchObject({ passed: 1 });
});

test("all packages promise the same oldest Node", () => {
  const [a, b] = publishedPackages(workspace());
  if (!a || !b) throw new Error("the fixture has no packages");
  const withRange = (node: string) => ({ ...b, manifest: { ...b.manifest, engines: { node } } });
  expect(nodeFloor([a, b])).toBe("22.12.0");
  expect(() => nodeFloor([a, withRange(">=24")])).toThrow("engines.node must be one range");
  expect(() => nodeFloor([withRange("^22 || >=24")])).toThrow("engines.node must be one range");
});
