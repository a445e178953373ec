import { existsSync } from "node:fs";

/**
 * What V8 does by itself suits a page that someone looks at now and then; a proxy is to answer its next request as fast as the last one.
 *
 * - It begins with 1 MiB for new objects and comes back to it whenever there is little to do: at some thousand requests a second every hundredth or two
 *   hundredth of them then meets a garbage collection, and p99 is that.
 * - When there has been little to do for 8 s, it collects all garbage in order to give memory back, and drops compiled code that refers to objects which
 *   no longer exist: all that serves connections, if there are none. The requests that come then are served by code that is not compiled.
 *
 * `about` is what a caller's own option has to contain to stand in its place.
 */
const options = [
  { option: "--min-semi-space-size=4", about: "semi-space-size" },
  { option: "--no-memory-reducer", about: "memory-reducer" },
];

/**
 * Goes on as the same process with these options of V8, but for those of which the caller has given his own. Node takes them on its command line, not in
 * NODE_OPTIONS.
 *
 * Returns where nothing was to be done, or cannot be: `process.execve` came with Node.js 22.15, does not come back when it fails, and a process that talks
 * to its parent would lose it, as would a debugger.
 */
export function goOnWithOptions() {
  const given = [...process.execArgv, process.env.NODE_OPTIONS ?? ""].join(" ").replaceAll("_", "-");
  const added = options.filter(({ about }) => !given.includes(about)).map(({ option }) => option);
  if (added.length === 0 || given.includes("--inspect") || process.execve === undefined || process.platform === "win32") return;
  if (process.channel !== undefined || process.permission !== undefined || !existsSync(process.execPath)) return;
  process.execve(process.execPath, [process.execPath, ...added, ...process.execArgv, ...process.argv.slice(1)]);
}
