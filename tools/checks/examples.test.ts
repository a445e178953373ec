import { describe, expect, test } from "vitest";
import { tempTree } from "../lib/testing.ts";
import { repositoryRoot } from "../lib/workspace.ts";
import { exampleOptions, examplesOf, runExample, typecheck, type Runner } from "./examples.ts";

const page = (code: string, opening = "ts"): string => `# A page\n\n\`\`\`${opening}\n${code}\n\`\`\`\n`;

test("TypeScript and shell blocks are examples; others are not", () => {
  const text = page("a", "ts run") + page("b", "bash") + page("c", "yaml") + page("d", "js");
  expect(examplesOf("docs/a.md", text).map(({ at, language, isMarked }) => [at, language, isMarked])).toEqual([
    ["docs/a.md:4", "ts", true],
    ["docs/a.md:9", "sh", false],
  ]);
});

describe("typecheck", () => {
  const options = exampleOptions(repositoryRoot, { skipLibCheck: false, typeRoots: [`${repositoryRoot}/node_modules/@types`] });

  const check = (code: string, isChecked?: (path: string) => boolean): string[] => {
    const folder = tempTree({
      "package.json": { type: "module" },
      "node_modules/known/package.json": { name: "known", type: "module", exports: { types: "./index.d.ts" } },
      "node_modules/known/index.d.ts": "export const answer: number; export type Broken = Missing;",
    });
    return typecheck(examplesOf("docs/a.md", page(code)), folder, options, isChecked);
  };

  const good = 'import { answer } from "known";\nimport { join } from "node:path";\nawait Promise.resolve(join(`${answer}`));';

  test("takes a good example", () => {
    expect(check(good)).toEqual([]);
  });

  test("looks into the packages that it is told to", () => {
    expect(check(good, (path) => path.includes("/known/"))).toEqual([
      expect.stringMatching(/known\/index\.d\.ts:1: Cannot find name 'Missing'/),
    ]);
  });

  test("says what is wrong at which line of the page", () => {
    expect(check('import { answer } from "known";\n\nconst text: string = answer;')).toEqual([
      "docs/a.md:6: Type 'number' is not assignable to type 'string'.",
    ]);
  });

  test("finds what a package does not have, and packages that are not there", () => {
    expect(check('import { question } from "known";')).toEqual([expect.stringMatching(/^docs\/a\.md:4: .*'question'/)]);
    expect(check('import "unknown";')).toEqual([expect.stringMatching(/^docs\/a\.md:4: .*'unknown'/)]);
  });

  test("finds a page that does not parse", () => {
    expect(check("const = 1;")[0]).toContain("docs/a.md:4: ");
  });
});

describe("runExample", () => {
  const run = (code: string, opening?: string, overrides: Partial<Runner> = {}) => {
    const runner: Runner = { node: process.execPath, nodeFlags: [], folder: tempTree(), env: process.env, ...overrides };
    return Promise.all(examplesOf("docs/a.md", page(code, opening)).map((example) => runExample(example, runner)));
  };

  test("passes what ends well", async () => {
    expect(await run('import { ok } from "node:assert";\nconst a: number = 1;\nok(await Promise.resolve(a));')).toMatchObject([
      { passed: 1 },
    ]);
    expect(await run("test a = a", "sh run")).toMatchObject([{ passed: 1 }]);
  });

  test("fails what throws, and names the line of the page", async () => {
    const [outcome] = await run("const a: number = 1;\n\nthrow new Error(`no ${a}`);");
    expect(outcome).toMatchObject({ passed: 0, failed: 1 });
    expect(outcome?.output).toContain("docs/a.md:4: the example ended with exit code 1");
    expect(outcome?.output).toContain("a.md.ts:6:");
  });

  test("fails a script whose first command fails", async () => {
    expect(await run("false\ntrue", "sh run")).toMatchObject([{ failed: 1 }]);
  });

  test("fails what does not end in time", async () => {
    const [outcome] = await run("setInterval(() => {}, 1000);", "ts", { timeout: 100 });
    expect(outcome).toMatchObject({ failed: 1 });
    expect(outcome?.output).toContain("was killed");
  });
});
