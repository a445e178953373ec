import { runProgram, type Exit } from "./process.ts";
import { findProgram, toolPath } from "./tools.ts";
import type { PeerTool } from "./tools.ts";

/** Prometheus' own judge of what it can read. */
export const promtool: PeerTool = {
  name: "promtool",
  installHint: "apt-get install prometheus",
  find: () => findProgram("promtool"),
};

/** `promtool check metrics` on a page. It ends with 3 where only its taste in names is hurt. */
export async function checkMetrics(url: string): Promise<{ readonly exit: Exit; readonly stderr: string }> {
  return runProgram("/bin/sh", ["-c", `curl -s ${url} | ${toolPath(promtool)} check metrics`]);
}
