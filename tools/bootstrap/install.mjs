/** Installs the dependencies when what lies in node_modules is not what package-lock.json says. */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Where the hash of the lock file that was installed is kept. @param {string} root */
const stampPath = (root) => join(root, "node_modules/.cache/mesh/installed");

/** @param {string} path @returns {string | undefined} */
function readIfThere(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

/** @param {string} text */
const hash = (text) => createHash("sha256").update(text).digest("hex");

/**
 * Whether npm's own record of node_modules (`.package-lock.json`) agrees with the lock file, so that a tree that somebody
 * installed by hand is left alone. What is optional may be absent: most of it is for other platforms.
 *
 * @param {string} wantedText package-lock.json
 * @param {string} actualText node_modules/.package-lock.json
 */
export function lockAgrees(wantedText, actualText) {
  const wanted = JSON.parse(wantedText).packages;
  const actual = JSON.parse(actualText).packages;
  if (Object.keys(actual).some((path) => !wanted[path])) return false;
  return Object.entries(wanted).every(([path, entry]) => {
    if (!path.includes("node_modules/")) return true;
    const found = actual[path];
    if (!found) return entry.optional === true;
    return found.version === entry.version && found.integrity === entry.integrity && found.link === entry.link;
  });
}

/** @param {string} root */
export function isInstalled(root) {
  const wanted = readIfThere(join(root, "package-lock.json"));
  if (wanted === undefined) throw new Error("package-lock.json is missing: run this in a checkout of the repository");
  const actual = readIfThere(join(root, "node_modules/.package-lock.json"));
  if (actual === undefined) return false;
  if (readIfThere(stampPath(root)) === hash(wanted)) return true;
  if (!lockAgrees(wanted, actual)) return false;
  writeStamp(root);
  return true;
}

/** @param {string} root */
function writeStamp(root) {
  mkdirSync(dirname(stampPath(root)), { recursive: true });
  writeFileSync(stampPath(root), hash(readFileSync(join(root, "package-lock.json"), "utf8")));
}

/** Runs `npm ci` with the npm that started us, or the one on PATH. @param {string} root @returns {Promise<void>} */
export async function install(root) {
  console.log("Installing what package-lock.json names (npm ci; a minute or two on a fresh machine) …");
  const npm = process.env["npm_execpath"];
  const [command, ...first] = npm && /\.c?js$/.test(npm) ? /** @type {const} */ ([process.execPath, npm]) : /** @type {const} */ (["npm"]);
  const child = spawn(command, [...first, "ci", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: root,
    stdio: "inherit",
    shell: process.platform === "win32",
  });
  const code = await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (code !== 0) throw new Error(`npm ci failed with exit code ${code}: see its output above`);
  writeStamp(root);
}
