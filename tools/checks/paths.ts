/** No committed file mentions the machine that it was written on. */
import { execFileSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** Homes and work folders, and what lies beside the checkout. Written so that this file does not find itself. */
const machinePath = new RegExp(String.raw`(?<![\w.@~-])/(?:wor[k]|roo[t]|hom[e])/[\w.-]|\.\./share[d]\b`);

/** What git tracks or would add. */
function listFiles(root: string): string[] {
  const list = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  return list.split("\0").filter((path) => path !== "" && statSync(join(root, path), { throwIfNoEntry: false })?.isFile());
}

/** One line for each mention below this root, which is a git checkout. */
export function checkPaths(root: string): string[] {
  return listFiles(root).flatMap((path) => {
    const text = readFileSync(join(root, path), "latin1");
    if (text.includes("\0") || !machinePath.test(text)) return [];
    return text.split("\n").flatMap((line, index) => {
      const [mention] = machinePath.exec(line) ?? [];
      return mention === undefined ? [] : [`${path}:${index + 1}: mentions a path of one machine: ${mention}…`];
    });
  });
}
