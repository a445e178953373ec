/** A sidecar that connections are redirected to, as Istio's nftables or iptables rules do, in a network namespace of its own. */
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { envoy } from "../peers/envoy.ts";
import { runProgram } from "../peers/process.ts";
import { findProgram, requirePeer, type PeerTool } from "../peers/tools.ts";

const tool = (name: string, command: string, installHint: string): PeerTool => ({ name, installHint, find: () => findProgram(command) });
const nftables = tool("nftables", "nft", "apt-get install nftables");
const iproute = tool("iproute2", "ip", "apt-get install iproute2");
const namespaces = await mayMakeNamespaces();

/** It takes root, or a user namespace that has network namespaces. */
async function mayMakeNamespaces(): Promise<boolean> {
  const unshare = findProgram("unshare");
  const may = unshare !== undefined && (await runProgram(unshare, ["--net", "true"])).exit.code === 0;
  if (!may) console.warn("skipped: redirection needs a network namespace: run as root");
  return may;
}

async function observe(subject: "mosn" | "envoy"): Promise<Record<string, string>> {
  const probe = fileURLToPath(new URL("./redirected.ts", import.meta.url));
  const parameters = ["--net", process.execPath, "--conditions=@mesh/source", "--no-warnings", probe, subject];
  const { exit, stdout, stderr } = await runProgram(findProgram("unshare") ?? "unshare", parameters, { timeoutMs: 60_000 });
  if (exit.code !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as Record<string, string>;
}

const expected = {
  "a service's address": "the service",
  "a port that HTTP is known of": "/x at 10.1.0.1:8080 from 127.0.0.6",
  "the same port, not HTTP": "HTTP/1.1 400",
  "an address that nobody knows": "5 bytes at 10.1.0.1:9090 from 127.0.0.6",
  "a service's other port": "",
  "this machine, over HTTP": "/x at 10.2.0.1:8080 from 127.0.0.6",
  "this machine, over TCP": "5 bytes at 10.2.0.1:9090 from 127.0.0.6",
  "the sidecar itself": "",
};

describe.runIf(requirePeer(nftables, iproute) && namespaces)("redirected connections", () => {
  test("come to the listener of where they were going, or go on to there", { timeout: 90_000 }, async () => {
    expect(await observe("mosn")).toEqual(expected);
  });

  test.runIf(requirePeer(envoy))("do the same in Envoy", { timeout: 90_000 }, async () => {
    expect(await observe("envoy")).toEqual(expected);
  });
});
