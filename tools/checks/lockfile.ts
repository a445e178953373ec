/**
 * npm leaves an optional dependency that it cannot fetch out of package-lock.json in silence, and `npm ci` fails on the next
 * machine. It also records the registry that it fetched from, which is nobody else's business.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";

interface LockedPackage {
  readonly resolved?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** Never in a lock file that was made on another platform than macOS. */
const ignored: ReadonlySet<string> = new Set(["fsevents"]);

/** Looks where Node would look for `name` when the package at `path` imports it. */
function isLocked(packages: Readonly<Record<string, LockedPackage>>, path: string, name: string): boolean {
  for (let folder = path; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf("/")))) {
    if (!/(^|\/)node_modules$/.test(folder) && packages[folder === "" ? `node_modules/${name}` : `${folder}/node_modules/${name}`])
      return true;
    if (folder === "") return false;
  }
}

/** One line for each problem of the lock file below this root. */
export function checkLockfile(root: string): string[] {
  const { packages = {} } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as {
    packages?: Record<string, LockedPackage>;
  };
  return Object.entries(packages).flatMap(([path, { resolved, optionalDependencies = {} }]) => {
    const where = path === "" ? "the root" : path;
    const missing = Object.keys(optionalDependencies)
      .filter((name) => !ignored.has(name) && !isLocked(packages, path, name))
      .map((name) => `package-lock.json: ${where} has the optional dependency ${name}, which is not locked; pin a version that has it`);
    const recorded =
      resolved !== undefined && /^[\w+]+:\/\//.test(resolved)
        ? [`package-lock.json: ${where} records where it was fetched from; set omit-lockfile-registry-resolved`]
        : [];
    return [...missing, ...recorded];
  });
}
