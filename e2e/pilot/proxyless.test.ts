/** gRPC's own xDS client, in Python: it calls a service without a proxy, as pilot says. */
import { Server, ServerCredentials, type handleUnaryCall } from "@grpc/grpc-js";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { until } from "../mesh/xds-mosn.ts";
import { grpcio, startGrpcClient, type GrpcClient } from "../peers/grpcio.ts";
import { startPilot, type PilotPeer } from "../peers/pilot.ts";
import { makeScratch, removeScratch } from "../peers/scratch.ts";
import { requirePeer } from "../peers/tools.ts";

const raw = (bytes: Buffer): Buffer => bytes;
const host = "greeter.shop.svc.cluster.local";

/** A server whose answers are its name. */
async function startGreeter(name: string): Promise<{ readonly port: number; close(): void }> {
  const server = new Server();
  const path = "/shop.Greeter/Greet";
  const greet: handleUnaryCall<Buffer, Buffer> = (_, respond) => respond(null, Buffer.from(name));
  const method = {
    path,
    requestStream: false,
    responseStream: false,
    requestSerialize: raw,
    requestDeserialize: raw,
    responseSerialize: raw,
    responseDeserialize: raw,
  };
  server.addService({ greet: method, greetAll: { ...method, path: "/shop.Greeter/GreetAll" } }, { greet, greetAll: greet });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  return { port, close: () => server.forceShutdown() };
}

describe.runIf(requirePeer(grpcio))("a gRPC client without a proxy", () => {
  const greeters = new Map<string, Awaited<ReturnType<typeof startGreeter>>>();
  let folder: string;
  let pilot: PilotPeer;
  let client: GrpcClient;

  beforeAll(async () => {
    folder = makeScratch("proxyless");
    for (const version of ["v1", "v2"]) greeters.set(version, await startGreeter(version));
    writeFileSync(
      join(folder, "services.yaml"),
      `
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: greeter, namespace: shop}
spec:
  hosts: [${host}]
  location: MESH_INTERNAL
  resolution: STATIC
  ports: [{number: 7070, name: grpc, protocol: GRPC}]
  endpoints:
${[...greeters].map(([version, { port }]) => `  - {address: 127.0.0.1, ports: {grpc: ${port}}, labels: {version: ${version}}}`).join("\n")}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: greeter, namespace: shop}
spec: {host: greeter, subsets: [{name: v1, labels: {version: v1}}, {name: v2, labels: {version: v2}}]}
`,
    );
    pilot = await startPilot({ configDir: folder });
    const node = {
      id: "sidecar~127.0.0.9~client-1.shop~shop.svc.cluster.local",
      metadata: { GENERATOR: "grpc", NAMESPACE: "shop" },
      locality: {},
    };
    client = await startGrpcClient({ xds: pilot.grpcAddress, node, target: `xds:///${host}:7070` });
  });

  afterAll(async () => {
    await client.stop();
    await pilot.stop();
    for (const greeter of greeters.values()) greeter.close();
    removeScratch(folder);
  });

  const route = (http: string): void =>
    writeFileSync(
      join(folder, "rule.yaml"),
      `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: greeter, namespace: shop}
spec:
  hosts: [greeter]
  http:
${http}`,
    );

  test("finds all endpoints of the service", async () => {
    const seen = new Set<string>();
    await until(async () => seen.add(await client.call("/shop.Greeter/Greet")).size === 2);
    expect([...seen].sort()).toEqual(["v1", "v2"]);
  });

  test("follows routes by header and method", async () => {
    route(`  - {match: [{headers: {x-user: {exact: jason}}}], route: [{destination: {host: greeter, subset: v2}}]}
  - {match: [{uri: {exact: /shop.Greeter/GreetAll}}], route: [{destination: {host: greeter, subset: v2}}]}
  - {route: [{destination: {host: greeter, subset: v1}}]}`);
    const calls = async (method: string, headers?: Record<string, string>): Promise<string> => {
      const answers = new Set<string>();
      for (let call = 0; call < 6; call++) answers.add(await client.call(method, headers));
      return [...answers].join();
    };
    await until(async () => (await calls("/shop.Greeter/GreetAll")) === "v2");
    expect(await calls("/shop.Greeter/Greet")).toBe("v1");
    expect(await calls("/shop.Greeter/Greet", { "x-user": "jason" })).toBe("v2");
  });

  test("accepts all that it is told", async () => {
    expect(await pilot.metric('pilot_total_xds_rejects{type="rds"}')).toBe(0);
    expect(JSON.stringify(await pilot.debug("syncz"))).not.toContain('"error"');
  });
});
