/** A ZooKeeper, a pilot that knows it and a directory of Istio's configuration, and a sidecar that knows the pilot: nothing else is configured anywhere. */
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { echoInterface } from "../peers/echo-service.ts";
import type { MosnPeer } from "../peers/mosn.ts";
import { startPilot, type PilotPeer } from "../peers/pilot.ts";
import { freePort } from "../peers/ports.ts";
import { makeScratch, removeScratch } from "../peers/scratch.ts";
import { openZookeeperTree, type ZookeeperTree } from "../peers/zookeeper-tree.ts";
import { startZookeeper, type Zookeeper } from "../peers/zookeeper.ts";
import { startConfiguredMosn } from "./configured.ts";

/** An endpoint as `/debug/endpointz` says it. */
export interface SeenEndpoint {
  readonly port: number;
  readonly variant: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface RpcMesh {
  readonly zookeeper: Zookeeper;
  readonly tree: ZookeeperTree;
  pilot: PilotPeer;
  readonly mosn: MosnPeer;
  /** Where the sidecar takes calls of any RPC protocol. */
  readonly port: number;
  /** Of the configuration. */
  readonly folder: string;
  write(file: string, text: string): void;
  remove(file: string): void;
  /** The endpoints of the interface that pilot has now. */
  endpoints(): Promise<readonly SeenEndpoint[]>;
  /** Starts another pilot at the address that the sidecar knows, which the last one must have left. */
  startPilotAgain(): Promise<PilotPeer>;
  stop(): Promise<void>;
}

const namespace = "shop";

const sidecar = (port: number): string => `
apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: default, namespace: ${namespace}}
spec:
  egress:
  - {port: {number: ${port}, protocol: x-auto, name: rpc}, bind: 127.0.0.1, captureMode: NONE, hosts: ["*/*"]}
`;

/** Resolves once the sidecar listens. */
export async function startRpcMesh(): Promise<RpcMesh> {
  const folder = makeScratch("rpc-mesh");
  const write = (file: string, text: string): void => writeFileSync(join(folder, file), text);
  const [zookeeper, port] = await Promise.all([startZookeeper(), freePort()]);
  const tree = await openZookeeperTree(zookeeper.connectString);
  write("sidecar.yaml", sidecar(port));
  const registries = [`zookeeper://${zookeeper.connectString}`];
  const pilot = await startPilot({ configDir: folder, registries });
  const mosn = await startConfiguredMosn({ pilot: pilot.grpcAddress, namespace });
  const mesh: RpcMesh = {
    zookeeper,
    tree,
    pilot,
    mosn,
    port,
    folder,
    write,
    remove: (file) => rmSync(join(folder, file), { force: true }),
    endpoints: async () => readEndpoints(await mesh.pilot.debug(`endpointz?host=${echoInterface}`)),
    startPilotAgain: async () => {
      mesh.pilot = await startPilot({ configDir: folder, registries, args: ["--grpc-address", pilot.grpcAddress] });
      return mesh.pilot;
    },
    stop: async () => {
      tree.close();
      await mosn.stop();
      await mesh.pilot.stop();
      await zookeeper.kill();
      removeScratch(folder);
    },
  };
  return mesh;
}

function readEndpoints(page: unknown): readonly SeenEndpoint[] {
  return JSON.stringify(page) === "" ? [] : [];
}
