import { expect, test } from "vitest";
import { codeBlocks } from "./markdown.ts";

test("blocks are found with language, flags and first line", () => {
  const text = "# A\n\n```ts run\nconst a = 1;\n\nconst b = 2;\n```\n\ntext\n\n~~~SH\nls\n~~~\n```\nplain\n```\n";
  expect(codeBlocks(text)).toEqual([
    { language: "ts", flags: ["run"], code: "const a = 1;\n\nconst b = 2;", line: 4 },
    { language: "sh", flags: [], code: "ls", line: 12 },
    { language: "", flags: [], code: "plain", line: 15 },
  ]);
});

test("a longer fence holds shorter ones, and an indented block loses its indent", () => {
  expect(codeBlocks("````md\n```ts\na\n```\n````\n")).toMatchObject([{ language: "md", code: "```ts\na\n```" }]);
  expect(codeBlocks("1. x\n\n   ```ts\n   a\n     b\n   ```\n")).toMatchObject([{ code: "a\n  b" }]);
});

test("a block that is not closed ends with the text", () => {
  expect(codeBlocks("```ts\na")).toMatchObject([{ code: "a", line: 2 }]);
});
