import { existsSync } from "node:fs";

const option = "--min-semi-space-size";
const mebibytes = 4;

/** Someone has an opinion on the size, or holds a debugger to this very process. */
const ownWishes = /semi-space-size|--inspect/;

/**
 * Goes on as the same process with more room for new objects, unless the caller chose a size. V8 begins with 1 MiB and comes back to it whenever there
 * is little to do: at some thousand requests a second every hundredth or two hundredth of them then meets a garbage collection, and p99 is that. Node
 * takes the size on its command line alone, not in NODE_OPTIONS.
 *
 * Returns where nothing was to be done, or cannot be: `process.execve` came with Node.js 22.15, does not come back when it fails, and a process that talks
 * to its parent would lose it.
 */
export function widenYoungGeneration() {
  const options = [...process.execArgv, process.env.NODE_OPTIONS ?? ""].join(" ").replaceAll("_", "-");
  if (ownWishes.test(options) || process.execve === undefined || process.platform === "win32") return;
  if (process.channel !== undefined || process.permission !== undefined || !existsSync(process.execPath)) return;
  process.execve(process.execPath, [process.execPath, `${option}=${mebibytes}`, ...process.execArgv, ...process.argv.slice(1)]);
}
