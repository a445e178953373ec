/** Finds, compares and writes generated pages. */
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Page } from "./page.ts";

function isPage(value: unknown): value is Page {
  return typeof value === "object" && value !== null && "path" in value && "generate" in value && typeof value.generate === "function";
}

/** The default exports of the files of a folder, in the order of their names. */
export async function loadPages(folder: string): Promise<Page[]> {
  const files = globSync("*.ts", { cwd: folder }).filter((name) => !name.endsWith(".test.ts"));
  const pages: Page[] = [];
  for (const name of files.sort()) {
    const module: { default?: unknown } = await import(pathToFileURL(join(folder, name)).href);
    if (!isPage(module.default)) throw new Error(`tools/generate/pages/${name}: its default export is no Page`);
    pages.push(module.default);
  }
  return pages;
}

/** Whether the file of a page has the text that the page would write. */
export async function isCurrent(root: string, page: Page): Promise<boolean> {
  const path = join(root, page.path);
  return existsSync(path) && readFileSync(path, "utf8") === (await page.generate(root));
}

export async function writePage(root: string, page: Page): Promise<void> {
  const path = join(root, page.path);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, await page.generate(root));
}
