/** Reads the files of a directory. */
import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import { messageOf } from "../errors.ts";
import type { FileContent } from "./store.ts";

export interface Scan {
  readonly files: ReadonlyMap<string, FileContent>;
  /** The directory and those below it, which have to be watched, with what tells one from another that takes its place. */
  readonly directories: ReadonlyMap<string, string>;
  /** Directories below that cannot be read: what was in force from them stays. */
  readonly unreadable: ReadonlyMap<string, string>;
}

const extensions = /\.(?:yaml|yml|json)$/;

/**
 * Reads *.yaml, *.yml and *.json of a directory and those below it. Names that begin with a dot are passed over, and so are the hidden
 * directories in which Kubernetes keeps the versions of a mounted ConfigMap; its files are symbolic links, which are followed. Throws
 * where the directory itself cannot be read.
 */
export async function scanDirectory(directory: string): Promise<Scan> {
  const files = new Map<string, FileContent>();
  const directories = new Map<string, string>();
  const unreadable = new Map<string, string>();
  const visited = new Set<string>();

  async function visit(path: string): Promise<void> {
    const real = await realpath(path);
    if (visited.has(real)) return;
    visited.add(real);
    const entries = await readdir(path);
    const { dev, ino, birthtimeMs } = await stat(path);
    directories.set(path, `${dev}:${ino}:${birthtimeMs}`);
    for (const name of entries.sort()) if (!name.startsWith(".")) await visitEntry(join(path, name));
  }

  async function visitEntry(path: string): Promise<void> {
    const isFile = extensions.test(path);
    try {
      const found = await stat(path);
      if (found.isDirectory()) await visit(path);
      else if (found.isFile() && isFile) files.set(path, { text: await readFile(path, "utf8") });
    } catch (error) {
      if (isMissing(error)) return;
      if (isFile) files.set(path, { problem: `cannot be read: ${messageOf(error)}` });
      else unreadable.set(path, `cannot be read: ${messageOf(error)}`);
    }
  }

  await visit(directory);
  return { files, directories, unreadable };
}

/** Gone between the listing and the look: the next look finds it gone, too. A link to nothing is the same. */
function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
