import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** Something that has to be installed before its peer can be started. */
export interface PeerTool {
  readonly name: string;
  /** The path of its program; `undefined` when it is not there. */
  find(): string | undefined;
  /** A command, or what else makes `find` succeed. */
  readonly installHint: string;
}

const found = new Map<string, string>();

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Where a program is: on PATH, or among the places where Debian keeps what is for root. */
export function findProgram(name: string): string | undefined {
  const known = found.get(name);
  if (known !== undefined) return known;
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/usr/local/sbin", "/sbin"];
  const path = folders.map((folder) => join(folder, name)).find(isExecutable);
  if (path !== undefined) found.set(name, path);
  return path;
}

/** The path of a tool that `requirePeer` has let pass. */
export function toolPath(tool: PeerTool): string {
  const path = tool.find();
  if (path === undefined) throw new Error(missing(tool));
  return path;
}

function missing(tool: PeerTool): string {
  return `${tool.name} is not installed: ${tool.installHint}`;
}

const told = new Set<string>();

/**
 * Whether all these tools are there, for `describe.runIf(requirePeer(nginx, curl))`. Says in one line what to install when
 * one is not, so that its tests are skipped; in CI, where all have to be there, that is an error.
 */
export function requirePeer(...tools: readonly PeerTool[]): boolean {
  const absent = tools.filter((tool) => tool.find() === undefined);
  for (const tool of absent) {
    if (process.env["CI"]) throw new Error(missing(tool));
    if (told.has(tool.name)) continue;
    told.add(tool.name);
    console.warn(`skipped: ${missing(tool)}`);
  }
  return absent.length === 0;
}
