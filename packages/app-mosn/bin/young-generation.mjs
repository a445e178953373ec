const option = "--min-semi-space-size";
const mebibytes = 4;

/**
 * Goes on as the same process with more room for new objects, unless the caller chose a size. V8 begins with 1 MiB and comes back to it whenever there
 * is little to do: at some thousand requests a second every hundredth or two hundredth of them then meets a garbage collection, and p99 is that. Node
 * takes the size on its command line alone, not in NODE_OPTIONS.
 *
 * Returns where nothing was to be done, or cannot be: `process.execve` came with Node.js 22.15, and a process that talks to its parent would lose it.
 */
export function widenYoungGeneration() {
  const isChosen = process.execArgv.some((each) => each.replaceAll("_", "-").includes("semi-space-size"));
  if (isChosen || process.execve === undefined || process.platform === "win32" || process.channel !== undefined) return;
  if (process.permission !== undefined) return;
  process.execve(process.execPath, [process.execPath, `${option}=${mebibytes}`, ...process.execArgv, ...process.argv.slice(1)]);
}
