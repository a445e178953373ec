import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { startPeer } from "./process.ts";
import type { Peer } from "./process.ts";
import { freePort } from "./ports.ts";
import { makeScratch } from "./scratch.ts";
import { findProgram, toolPath } from "./tools.ts";
import type { PeerTool } from "./tools.ts";

export const haproxy: PeerTool = {
  name: "HAProxy",
  installHint: "apt-get install haproxy",
  find: () => findProgram("haproxy"),
};

export interface HaproxyOptions {
  /** `http` parses and routes, `tcp` carries bytes. */
  readonly mode: "http" | "tcp";
  /** Ports of 127.0.0.1, taken in turn. */
  readonly upstreamPorts: readonly number[];
  /** Default: a free one. */
  readonly port?: number;
  readonly cpu?: number;
}

export interface HaproxyPeer extends Peer {
  readonly port: number;
}

/** An HAProxy of one thread, to compare proxies with. */
export async function startHaproxy(options: HaproxyOptions): Promise<HaproxyPeer> {
  const port = options.port ?? (await freePort());
  const scratch = makeScratch("haproxy");
  const path = join(scratch, "haproxy.cfg");
  const servers = options.upstreamPorts.map((upstream, index) => `  server s${index} 127.0.0.1:${upstream}`).join("\n");
  writeFileSync(
    path,
    `global
  nbthread 1
  # Two descriptors each; the usual limit of a container is 20,000.
  maxconn 8000

defaults
  mode ${options.mode}
  timeout connect 1s
  timeout client 300s
  timeout server 300s
${options.mode === "http" ? "  http-reuse always\n" : ""}
frontend in
  bind 127.0.0.1:${port}
  default_backend out

backend out
  balance roundrobin
${servers}
`,
  );
  const peer = await startPeer({
    name: "HAProxy",
    command: toolPath(haproxy),
    // -db: in the foreground, one process.
    args: ["-db", "-f", path],
    cwd: scratch,
    scratch,
    ready: [port],
    ...(options.cpu === undefined ? {} : { cpu: options.cpu }),
  });
  return Object.assign(peer, { port });
}
