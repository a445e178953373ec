/** For the tests of the tools. */
import { onTestFinished } from "vitest";
import { makeTempFolder, removeFolder, type Tree } from "./temp.ts";

/** A folder with these files that goes away with the test. */
export function tempTree(tree: Tree = {}): string {
  const folder = makeTempFolder(tree);
  onTestFinished(() => removeFolder(folder));
  return folder;
}
