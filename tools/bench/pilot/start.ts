import { setTimeout as delay } from "node:timers/promises";
import { pilotProgram } from "../../../e2e/peers/pilot.ts";
import { freePort } from "../../../e2e/peers/ports.ts";
import { startPeer, type Peer } from "../../../e2e/peers/process.ts";
import { proxyCpu } from "../proxies.ts";

export interface PinnedPilot extends Peer {
  /** Of xDS. */
  readonly address: string;
}

/** It logs errors only: a line for each stream that comes is work for whoever reads them, too. */
export async function startPinnedPilot(configDir: string, args: readonly string[] = []): Promise<PinnedPilot> {
  const ports = [await freePort(), await freePort(), await freePort()] as const;
  const [address, status, monitoring] = [`127.0.0.1:${ports[0]}`, `127.0.0.1:${ports[1]}`, `127.0.0.1:${ports[2]}`];
  const addresses = [`--grpc-address=${address}`, `--http-address=${status}`, `--monitoring-address=${monitoring}`];
  const peer = await startPeer({
    name: "pilot",
    command: process.execPath,
    args: [pilotProgram, "discovery", ...addresses, "--log-level=error", "--config-dir", configDir, ...args],
    cpu: proxyCpu,
    ready: ports,
  });
  while (!(await fetch(`http://${status}/ready`)).ok) await delay(10);
  return Object.assign(peer, { address });
}
