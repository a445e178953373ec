/** Network namespaces, in which a test may redirect connections without touching those of the machine. */
import { runProgram } from "./process.ts";
import { findProgram, type PeerTool } from "./tools.ts";

const tool = (name: string, command: string, installHint: string): PeerTool => ({ name, installHint, find: () => findProgram(command) });

export const nftables: PeerTool = tool("nftables", "nft", "apt-get install nftables");
export const iproute: PeerTool = tool("iproute2", "ip", "apt-get install iproute2");

/** It takes root, or a user namespace that has network namespaces. */
export async function mayMakeNamespaces(): Promise<boolean> {
  const unshare = findProgram("unshare");
  const may = unshare !== undefined && (await runProgram(unshare, ["--net", "true"])).exit.code === 0;
  if (!may) console.warn("skipped: redirection needs a network namespace: run as root");
  return may;
}

/** Runs a script with nothing but a loopback that is down, and returns what it printed. */
export async function runInNamespace(script: string, parameters: readonly string[]): Promise<string> {
  const node = [process.execPath, "--conditions=@mesh/source", "--no-warnings", script, ...parameters];
  const { exit, stdout, stderr } = await runProgram(findProgram("unshare") ?? "unshare", ["--net", ...node], { timeoutMs: 60_000 });
  if (exit.code !== 0) throw new Error(stderr);
  return stdout;
}
