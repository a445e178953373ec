/**
 * Makes every file that is made from others: the messages of xds-proto (each `packages/<x>/scripts/generate.ts`) and the pages of
 * docs/reference (each file of tools/generate/pages).
 *
 *     npm run generate               writes them
 *     npm run generate -- --check    says which are not what would be written, and fails if there are any
 */
import { existsSync, globSync } from "node:fs";
import { join } from "node:path";
import { exec, sourceFlags } from "../lib/exec.ts";
import { repositoryRoot } from "../lib/workspace.ts";
import { isCurrent, loadPages, writePage } from "./pages.ts";

async function runPackageScripts(root: string, args: readonly string[]): Promise<boolean> {
  let areCurrent = true;
  for (const script of globSync("packages/*/scripts/generate.ts", { cwd: root }).sort()) {
    const { code, output } = await exec(process.execPath, [...sourceFlags, join(root, script), ...args], { cwd: root });
    if (code === 0) continue;
    areCurrent = false;
    console.error(`${script}: ${output.trimEnd()}`);
  }
  return areCurrent;
}

async function main(args: readonly string[]): Promise<number> {
  const root = repositoryRoot;
  const isCheck = args.includes("--check");
  let areCurrent = await runPackageScripts(root, isCheck ? ["--check"] : []);
  for (const page of await loadPages(join(root, "tools/generate/pages"))) {
    if (await isCurrent(root, page)) continue;
    if (isCheck) {
      areCurrent = false;
      console.error(`${page.path} is ${existsSync(join(root, page.path)) ? "not current" : "missing"}: run "npm run generate"`);
    } else {
      await writePage(root, page);
      console.log(`wrote ${page.path}`);
    }
  }
  return areCurrent ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
