import { fileURLToPath } from "node:url";
import { startPeer, type Peer } from "./process.ts";

/** The built `pilot`. */
export const pilotProgram: string = fileURLToPath(new URL("bin/pilot.mjs", import.meta.resolve("@mesh/app-pilot/package.json")));

export interface PilotPeerOptions {
  /** Of Istio's configuration. Default: none. */
  readonly configDir?: string;
  /** URLs: `zookeeper://127.0.0.1:2181`, `memory:///path/services.yaml`. Default: none. */
  readonly registries?: readonly string[];
  /** More arguments of `pilot discovery`. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export interface PilotPeer extends Peer {
  /** Of xDS: `127.0.0.1:<port>`. */
  readonly grpcAddress: string;
  /** Of `/ready`, `/debug` and `/metrics`: `127.0.0.1:<port>`. */
  readonly httpAddress: string;
  /** Of `/metrics` alone. */
  readonly monitoringAddress: string;
  /** Asks the status port. */
  status(path: string): Promise<Response>;
  /** What a page of `/debug` says. */
  debug(page: string): Promise<unknown>;
  /** A metric's value, with its labels as they are written: `pilot_xds_pushes{type="cds"}`; 0 where there is none. */
  metric(name: string): Promise<number>;
}

/** Runs the built `pilot discovery` on free ports; resolves once it has something to serve. */
export async function startPilot({ configDir, registries = [], args = [], env = {} }: PilotPeerOptions): Promise<PilotPeer> {
  const anyPort = "127.0.0.1:0";
  const usual = { "--grpc-address": anyPort, "--http-address": anyPort, "--monitoring-address": anyPort };
  const peer = await startPeer({
    name: "pilot",
    command: process.execPath,
    args: [
      pilotProgram,
      "discovery",
      // A flag stands once only.
      ...Object.entries(usual).flatMap(([flag, value]) => (args.includes(flag) ? [] : [flag, value])),
      "--log-level=debug",
      "--log-format=text",
      ...(configDir === undefined ? [] : ["--config-dir", configDir]),
      ...registries.flatMap((url) => ["--registry", url]),
      ...args,
    ],
    env,
    ready: /pilot is ready/,
  });
  const address = async (pattern: RegExp): Promise<string> => pattern.exec(await peer.line(pattern))?.[1] ?? "";
  const grpcAddress = await address(/ xDS on (\S+)/);
  const httpAddress = await address(/ status on http:\/\/(\S+)/);
  const monitoringAddress = await address(/ metrics on http:\/\/(\S+)/);
  const status = (path: string): Promise<Response> => fetch(`http://${httpAddress}${path}`);
  const debug = async (page: string): Promise<unknown> => (await status(`/debug/${page}`)).json();
  const metric = async (name: string): Promise<number> => {
    const lines = (await (await status("/metrics")).text()).split("\n");
    return Number(lines.find((line) => line.startsWith(`${name} `))?.slice(name.length + 1) ?? 0);
  };
  return Object.assign(peer, { grpcAddress, httpAddress, monitoringAddress, status, debug, metric });
}
