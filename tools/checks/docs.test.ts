import { expect, test } from "vitest";
import { tempTree } from "../lib/testing.ts";
import { repositoryRoot } from "../lib/workspace.ts";
import { checkDocs } from "./docs.ts";

const block = (opening: string, code: string): string => `\`\`\`${opening}\n${code}\n\`\`\`\n`;

/** A checkout with one package, whose sources the examples see. */
const checkout = (files: Readonly<Record<string, string>>): string =>
  tempTree({
    "package.json": { type: "module" },
    "tsconfig.base.json": { extends: `${repositoryRoot}/tsconfig.base.json`, compilerOptions: { types: [] } },
    "node_modules/@mesh/a/package.json": { name: "@mesh/a", type: "module", exports: { "@mesh/source": "./a.mjs", default: "./none.js" } },
    "node_modules/@mesh/a/a.mjs": "export const one = 1;",
    "node_modules/@mesh/a/a.d.mts": "export declare const one: number;",
    ...files,
  });

test("every block is type-checked, and those marked run and whole programs are run, on the sources", async () => {
  const code = 'import { one } from "@mesh/a";\nif (one !== 1) throw new Error("not the source");';
  const root = checkout({
    "README.md": block("ts", code),
    "docs/guides/a.md": block("ts run", code) + block("ts", "throw new Error('is not run');") + block("yaml", "a: b"),
    "docs/examples/b.ts": code,
  });
  expect(await checkDocs(root)).toMatchObject({ passed: 3, failed: 0, output: "" });
});

test("a block that does not compile and one that does not run are found", async () => {
  const root = checkout({
    "docs/guides/a.md": block("ts run", 'throw new Error("lost");'),
    "docs/guides/b.md": block("ts", 'import { two } from "@mesh/a";'),
  });
  const { failed, output } = await checkDocs(root);
  expect(failed).toBe(2);
  expect(output).toContain("docs/guides/b.md:2: ");
  expect(output).toContain("docs/guides/a.md:2: the example ended with exit code 1");
  expect(output).toContain("Error: lost");
});
