import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { tempTree } from "../lib/testing.ts";
import { isCurrent, loadPages, writePage } from "./pages.ts";

const page = { path: "docs/reference/a.md", generate: (): string => "# A\n" };

test("a page is not current while it is missing or differs, and is once written", async () => {
  const root = tempTree();
  expect(await isCurrent(root, page)).toBe(false);
  await writePage(root, page);
  expect(readFileSync(join(root, "docs/reference/a.md"), "utf8")).toBe("# A\n");
  expect(await isCurrent(root, page)).toBe(true);
  expect(await isCurrent(root, { ...page, generate: () => "# B\n" })).toBe(false);
});

test("the files of a folder are pages, and one that exports no page is named", async () => {
  const good = 'export default { path: "a.md", generate: () => "" };';
  expect(await loadPages(tempTree({ "b.mjs": "", "a.ts": good, "a.test.ts": "throw 1" }))).toMatchObject([{ path: "a.md" }]);
  await expect(loadPages(tempTree({ "a.ts": "export const page = 1;" }))).rejects.toThrow("pages/a.ts: its default export is no Page");
});

test("the repository's own pages go below docs/reference, each to a place of its own", async () => {
  const paths = (await loadPages(join(import.meta.dirname, "pages"))).map(({ path }) => path);
  expect(paths).toContain("docs/reference/errors.md");
  expect(new Set(paths).size).toBe(paths.length);
  expect(paths.filter((path) => !/^docs\/reference\/[\w-]+\.md$/.test(path))).toEqual([]);
});
