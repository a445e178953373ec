import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { envoyXdsBootstrap } from "../../../e2e/peers/envoy-xds.ts";
import { startNginxBackend, type NginxPeer } from "../../../e2e/peers/nginx.ts";
import { freePort } from "../../../e2e/peers/ports.ts";
import { makeScratch } from "../../../e2e/peers/scratch.ts";
import { openZookeeperTree } from "../../../e2e/peers/zookeeper-tree.ts";
import { startZookeeper } from "../../../e2e/peers/zookeeper.ts";
import { loadCpu, startMosn } from "../proxies.ts";
import { Asker } from "../xds/asker.ts";
import type { MeshDirectory } from "./mesh.ts";
import { startPinnedPilot } from "./start.ts";

const service = "com.acme.Echo";
const changes = 10;

/** Services that Dubbo offers by REST are at this port. */
export const restPort = 80;

/** Where instances are registered. */
interface Registry {
  readonly url: string;
  /** Of the service; the sidecar listens there, too. */
  readonly port: number;
  /** The instance listens at another port from now on. */
  move(port: number): Promise<void>;
  close(): Promise<void>;
}

export type RegistryKind = "file" | "zookeeper";

const openers: Readonly<Record<RegistryKind, () => Promise<Registry>>> = {
  async file() {
    const path = join(makeScratch("pilot-bench-registry"), "services.yaml");
    const number = await freePort();
    return {
      url: `memory://${path}`,
      port: number,
      async move(port) {
        const instance = `{address: 127.0.0.1, port: ${port}}`;
        writeFileSync(
          `${path}.new`,
          `services: [{name: ${service}, ports: [{name: http, number: ${number}, protocol: http}], instances: [${instance}]}]\n`,
        );
        renameSync(`${path}.new`, path);
      },
      async close() {},
    };
  },
  async zookeeper() {
    const server = await startZookeeper({ cpu: loadCpu });
    const tree = await openZookeeperTree(server.connectString);
    const folder = `/dubbo/${service}/providers`;
    const nodeOf = (port: number): string =>
      `${folder}/${encodeURIComponent(`rest://127.0.0.1:${port}/${service}?interface=${service}&protocol=rest&side=provider`)}`;
    let last: string | undefined;
    return {
      url: `zookeeper://${server.connectString}`,
      port: restPort,
      async move(port) {
        const before = last;
        last = nodeOf(port);
        await tree.write(last, "");
        if (before !== undefined) await tree.remove(before);
      },
      async close() {
        tree.close();
        await server.kill();
      },
    };
  },
};

const sidecar = (port: number): string => `apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: default, namespace: shop}
spec:
  egress:
  - {port: {number: ${port}, protocol: HTTP, name: http}, bind: 127.0.0.1, captureMode: NONE, hosts: ["*/*"]}
`;

/**
 * Milliseconds from the change of an instance in a registry to the first request that the new one answers: one connection asks a sidecar without a pause, which a pilot
 * configures that has all the other services of a mesh, too.
 */
export async function timesToFirstUse(kind: RegistryKind, mesh: MeshDirectory): Promise<readonly number[]> {
  const backends = [await startNginxBackend({ cpu: loadCpu }), await startNginxBackend({ cpu: loadCpu })] as const;
  const registry = await openers[kind]();
  const { port } = registry;
  writeFileSync(join(mesh.path, "sidecar.yaml"), sidecar(port));
  await registry.move(backends[0].port);
  const pilot = await startPinnedPilot(mesh.path, ["--registry", registry.url]);
  const nodeId = "sidecar~127.9.9.9~app-1.shop~shop.svc.cluster.local";
  const metadata = { INTERCEPTION_MODE: "NONE", NAMESPACE: "shop" };
  const mosn = await startMosn(envoyXdsBootstrap({ address: pilot.address, protocol: "delta", nodeId, metadata }), [port], [], loadCpu);
  try {
    return await measure(port, registry, backends);
  } finally {
    await mosn.stop();
    await pilot.stop();
    await registry.close();
    for (const backend of backends) await backend.stop();
  }
}

async function measure(port: number, registry: Registry, backends: readonly [NginxPeer, NginxPeer]): Promise<readonly number[]> {
  const asker = new Asker(port);
  const answers = async (backend: NginxPeer): Promise<void> => {
    while ((await asker.ask(service)) !== `n${backend.port}`);
  };
  await answers(backends[0]);
  const times: number[] = [];
  for (let change = 0; change < changes; change++) {
    const next = backends[(change + 1) % 2 === 0 ? 0 : 1];
    // What goes with the last change, as the end of the old instance, is over.
    await delay(1000);
    const moved = registry.move(next.port);
    const began = performance.now();
    await answers(next);
    times.push(performance.now() - began);
    await moved;
  }
  asker.close();
  return times;
}
