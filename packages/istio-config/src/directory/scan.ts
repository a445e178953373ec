/** Reads the files of a directory. */
import { statSync, type BigIntStats } from "node:fs";
import { readdir, readFile, realpath } from "node:fs/promises";
import { join } from "node:path";
import { messageOf } from "../errors.ts";
import type { FileContent } from "./store.ts";

export interface Scan {
  /** When it began, in milliseconds since 1970. */
  readonly beganAt: number;
  /** What tells that a file is as it was. */
  readonly stamps: ReadonlyMap<string, Stamp>;
  readonly files: ReadonlyMap<string, FileContent>;
  /** The directory and those below it, which have to be watched, with what tells one from another that takes its place. */
  readonly directories: ReadonlyMap<string, string>;
  /** Directories below that cannot be read: what was in force from them stays. */
  readonly unreadable: ReadonlyMap<string, string>;
}

interface Stamp {
  readonly text: string;
  /** Milliseconds since 1970. */
  readonly changedAt: number;
}

/** File systems tell times this exactly or better (FAT: 2 s): what was read so soon after a change may have changed again at the same time. */
const exactnessMs = 2000;

const extensions = /\.(?:yaml|yml|json)$/;

/**
 * Reads *.yaml, *.yml and *.json of a directory and those below it. Names that begin with a dot are passed over, and so are the hidden
 * directories in which Kubernetes keeps the versions of a mounted ConfigMap; its files are symbolic links, which are followed. Throws
 * where the directory itself cannot be read.
 *
 * @param before - the scan before: files that are as they were then are not read again
 */
export async function scanDirectory(directory: string, before?: Scan): Promise<Scan> {
  const beganAt = Date.now();
  const stamps = new Map<string, Stamp>();
  const files = new Map<string, FileContent>();
  const directories = new Map<string, string>();
  const unreadable = new Map<string, string>();
  const visited = new Set<string>();

  async function visit(path: string): Promise<void> {
    const real = await realpath(path);
    if (visited.has(real)) return;
    visited.add(real);
    const entries = await readdir(path);
    const { dev, ino, birthtimeNs } = statSync(path, { bigint: true });
    directories.set(path, `${dev}:${ino}:${birthtimeNs}`);
    for (const name of entries.sort()) if (!name.startsWith(".")) await visitEntry(join(path, name));
  }

  async function visitEntry(path: string): Promise<void> {
    const isFile = extensions.test(path);
    try {
      // A thousand questions to a pool of threads take 60 ms, these 5.
      const found = statSync(path, { bigint: true });
      if (found.isDirectory()) await visit(path);
      else if (found.isFile() && isFile) await visitFile(path, stampOf(found));
    } catch (error) {
      if (isMissing(error)) return;
      if (isFile) files.set(path, { problem: `cannot be read: ${messageOf(error)}` });
      else unreadable.set(path, `cannot be read: ${messageOf(error)}`);
    }
  }

  async function visitFile(path: string, stamp: Stamp): Promise<void> {
    const known = before?.stamps.get(path);
    const content = before?.files.get(path);
    const isSame = content !== undefined && "text" in content && known?.text === stamp.text;
    if (isSame && before !== undefined && stamp.changedAt + exactnessMs < before.beganAt) files.set(path, content);
    else files.set(path, { text: await readFile(path, "utf8") });
    stamps.set(path, stamp);
  }

  await visit(directory);
  return { beganAt, stamps, files, directories, unreadable };
}

const stampOf = ({ dev, ino, size, mtimeNs, ctimeNs, ctimeMs }: BigIntStats): Stamp => ({
  text: `${dev}:${ino}:${size}:${mtimeNs}:${ctimeNs}`,
  changedAt: Number(ctimeMs),
});

/** Gone between the listing and the look: the next look finds it gone, too. A link to nothing is the same. */
function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
