/** Reads the files of a directory. */
import { statSync, type BigIntStats } from "node:fs";
import { readdir, readFile, realpath } from "node:fs/promises";
import { basename, join } from "node:path";
import { messageOf } from "../errors.ts";
import { decodeUtf8 } from "../source/decode.ts";
import { placesOnTheWay } from "./links.ts";
import type { FileContent } from "./store.ts";

/** A directory that has to be watched. */
export interface WatchedPlace {
  /** Tells it from another one that takes its place. */
  readonly id: string;
  /** What in it matters; undefined: all. */
  readonly names: ReadonlySet<string> | undefined;
}

export interface Scan {
  /** When it began, in milliseconds since 1970. */
  readonly beganAt: number;
  /** What tells that a file is as it was. */
  readonly stamps: ReadonlyMap<string, Stamp>;
  readonly files: ReadonlyMap<string, FileContent>;
  /** What has to be watched: the directory and those below it, and where symbolic links stand on the way to these and their files. */
  readonly directories: ReadonlyMap<string, WatchedPlace>;
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
  const directories = new Map<string, WatchedPlace>();
  const links = new Map<string, Set<string>>();
  const unreadable = new Map<string, string>();
  const visited = new Set<string>();

  async function visit(path: string): Promise<void> {
    const real = await realpath(path);
    if (visited.has(real)) return;
    visited.add(real);
    const entries = await readdir(path, { withFileTypes: true });
    directories.set(path, { id: idOf(path), names: undefined });
    for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      if (entry.name.startsWith(".")) continue;
      await visitEntry(join(path, entry.name), entry.isSymbolicLink() ? real : undefined);
    }
  }

  function follow(path: string, from: string): void {
    for (const place of placesOnTheWay(path, from)) {
      const names = links.get(place.directory) ?? new Set();
      links.set(place.directory, names.add(place.name));
    }
  }

  /** @param linkedIn - where a symbolic link stands */
  async function visitEntry(path: string, linkedIn: string | undefined): Promise<void> {
    const isFile = extensions.test(path);
    try {
      if (linkedIn !== undefined) follow(basename(path), linkedIn);
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
    else files.set(path, decodeUtf8(await readFile(path)));
    stamps.set(path, stamp);
  }

  follow(directory, process.cwd());
  await visit(directory);
  for (const [place, names] of links) {
    if (!visited.has(place) && !directories.has(place)) directories.set(place, { id: idOf(place), names });
  }
  return { beganAt, stamps, files, directories, unreadable };
}

/** Empty where it is gone: the next look finds it out. */
function idOf(path: string): string {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  return found === undefined ? "" : `${found.dev}:${found.ino}:${found.birthtimeNs}`;
}

const stampOf = ({ dev, ino, size, mtimeNs, ctimeNs, ctimeMs }: BigIntStats): Stamp => ({
  text: `${dev}:${ino}:${size}:${mtimeNs}:${ctimeNs}`,
  changedAt: Number(ctimeMs),
});

/** Gone between the listing and the look: the next look finds it gone, too. A link to nothing is the same. */
function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
