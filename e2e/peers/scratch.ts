import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A new folder for one peer's configuration and files. What is not removed earlier goes when this process ends. */
export function makeScratch(name: string): string {
  if (!watchesExit) process.once("exit", removeAll);
  watchesExit = true;
  const folder = mkdtempSync(join(tmpdir(), `mesh-${name}-`));
  folders.add(folder);
  return folder;
}

export function removeScratch(folder: string): void {
  folders.delete(folder);
  rmSync(folder, { recursive: true, force: true });
}

const folders = new Set<string>();
let watchesExit = false;

function removeAll(): void {
  for (const folder of folders) removeScratch(folder);
}
