import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";

/**
 * Where what takes long to get is kept. Not in node_modules, which `npm ci` empties.
 * `MESH_PEERS_CACHE` names another folder.
 */
export function cacheFolder(): string {
  const own = process.env["MESH_PEERS_CACHE"];
  if (own) return own;
  return join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "mesh-peers");
}

/** The folder of that name in the cache; `undefined` when it has not been made. */
export function findCached(name: string): string | undefined {
  const folder = join(cacheFolder(), name);
  return existsSync(folder) ? folder : undefined;
}

/** The folder of that name in the cache. `make` fills a new one when there is none; it appears whole or not at all. */
export async function cached(name: string, make: (folder: string) => Promise<void>): Promise<string> {
  const folder = join(cacheFolder(), name);
  if (existsSync(folder)) return folder;
  mkdirSync(dirname(folder), { recursive: true });
  const building = mkdtempSync(`${folder}.`);
  try {
    await make(building);
    renameSync(building, folder);
  } catch (error) {
    rmSync(building, { recursive: true, force: true });
    // Another process may have been quicker; its folder is as good as ours.
    if (!existsSync(folder)) throw error;
  }
  return folder;
}
