import { existsSync } from "node:fs";
import { join } from "node:path";
import { cached, findCached } from "./cache.ts";
import { startPeer, type Peer } from "./process.ts";
import { installFromPypi } from "./pypi.ts";
import { findProgram, toolPath, type PeerTool } from "./tools.ts";

/** gRPC's C core for Python: it speaks xDS by itself. typing_extensions is all that it needs. */
const requirements = ["grpcio==1.71.0", "typing_extensions==4.12.2"] as const;
const cacheName = "grpcio-1.71.0";
const client = join(import.meta.dirname, "grpcio", "client.py");

/** Python with grpcio; its path is that of the modules. */
export const grpcio: PeerTool = {
  name: "grpcio",
  installHint: "node e2e/peers/prepare.ts grpcio (needs python3 with pip)",
  find() {
    const folder = findCached(cacheName);
    return folder !== undefined && existsSync(join(folder, "grpc")) && findProgram("python3") !== undefined ? folder : undefined;
  },
};

/** Fetches grpcio, unless it is there already. Returns the folder of its modules. */
export async function prepareGrpcio(): Promise<string> {
  return (
    grpcio.find() ??
    cached(cacheName, async (folder) => {
      for (const requirement of requirements) await installFromPypi(requirement, folder);
    })
  );
}

export interface GrpcClientOptions {
  /** The control plane: `127.0.0.1:15010`. */
  readonly xds: string;
  readonly node: object;
  /** `xds:///<host>:<port>`. */
  readonly target: string;
}

export interface GrpcClient extends Peer {
  /** Calls once; the answer's text, or the name of the status. */
  call(method: string, headers?: Readonly<Record<string, string>>): Promise<string>;
}

/** A client without a proxy, which routes by what the control plane tells it. */
export async function startGrpcClient({ xds, node, target }: GrpcClientOptions): Promise<GrpcClient> {
  const bootstrap = { xds_servers: [{ server_uri: xds, channel_creds: [{ type: "insecure" }], server_features: ["xds_v3"] }], node };
  const peer = await startPeer({
    name: "grpcio",
    command: findProgram("python3") ?? "python3",
    args: [client, target],
    env: { PYTHONPATH: toolPath(grpcio), GRPC_XDS_BOOTSTRAP_CONFIG: JSON.stringify(bootstrap) },
    ready: /^ready$/m,
  });
  let calls = 0;
  const call = async (method: string, headers: Readonly<Record<string, string>> = {}): Promise<string> => {
    const id = ++calls;
    peer.write(`${JSON.stringify({ id, method, headers })}\n`);
    const line = await peer.line(new RegExp(`^answer ${id} `));
    return line.slice(`answer ${id} `.length);
  };
  return Object.assign(peer, { call });
}
