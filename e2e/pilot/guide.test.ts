/** docs/guides/pilot.md as its reader follows it, with other ports: an Envoy and a mosn that a pilot configures. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, request } from "node:http";
import { once } from "node:events";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { parse } from "yaml";
import { envoy, startEnvoy, type EnvoyMessage } from "../peers/envoy.ts";
import { pilotProgram, startPilot, type PilotPeer } from "../peers/pilot.ts";
import { freePort } from "../peers/ports.ts";
import { endAllPeers, runProgram, startPeer } from "../peers/process.ts";
import { makeScratch, removeScratch } from "../peers/scratch.ts";
import { requirePeer } from "../peers/tools.ts";

const guide = readFileSync(new URL("../../docs/guides/pilot.md", import.meta.url), "utf8");
const mosn = fileURLToPath(new URL("bin/mosn.mjs", import.meta.resolve("@mesh/app-mosn/package.json")));

/** The YAML block of the guide that has this in it. */
function block(needle: string): string {
  const found = [...guide.matchAll(/```yaml\n(.*?)```/gs)].map(([, text = ""]) => text).find((text) => text.includes(needle));
  if (found === undefined) throw new Error(`docs/guides/pilot.md has no YAML with ${needle}`);
  return found;
}

let folder: string;
let pilot: PilotPeer;
let port: number;
let bootstrap: string;
const origins: ReturnType<typeof createServer>[] = [];

/** Answers with its name. */
async function origin(name: string): Promise<number> {
  const server = createServer((_, response) => response.end(name)).listen(0, "127.0.0.1");
  origins.push(server);
  await once(server, "listening");
  const bound = server.address();
  return typeof bound === "object" && bound !== null ? bound.port : 0;
}

beforeEach(async () => {
  folder = makeScratch("pilot-guide");
  mkdirSync(join(folder, "shop"));
  port = await freePort();
  const config = block("kind: VirtualService")
    .replace("number: 9080", `number: ${port}`)
    .replace("http: 9181", `http: ${await origin("v1")}`)
    .replace("http: 9182", `http: ${await origin("v2")}`);
  writeFileSync(join(folder, "shop/reviews.yaml"), config);
  writeFileSync(join(folder, "services.yaml"), block("com.acme.Echo"));
  pilot = await startPilot({ configDir: join(folder, "shop"), registries: [`memory://${join(folder, "services.yaml")}?namespace=shop`] });
  bootstrap = block("dynamic_resources:").replace("port_value: 15010", `port_value: ${pilot.grpcAddress.split(":")[1]}`);
});

afterEach(async () => {
  for (const server of origins.splice(0)) server.close();
  await endAllPeers();
  removeScratch(folder);
});

async function ask(headers: Readonly<Record<string, string>> = {}): Promise<string> {
  const asked = request({ port, host: "127.0.0.1", agent: false, headers: { host: `reviews.shop.svc.cluster.local:${port}`, ...headers } });
  asked.end();
  const [response] = await once(asked, "response");
  let text = "";
  for await (const chunk of response) text += String(chunk);
  return text;
}

/** It is connected, has accepted everything, and routes as the guide's VirtualService says. */
async function follows(): Promise<void> {
  expect([await ask(), await ask({ "end-user": "jason" }), await ask()]).toEqual(["v1", "v2", "v1"]);
  const { stdout } = await runProgram(process.execPath, [pilotProgram, "proxy-status", "--address", pilot.httpAddress]);
  expect(stdout).toMatch(/^orders-1\.shop +sidecar +(SYNCED +){4}IGNORED/m);
  const rejects = (await (await pilot.status("/metrics")).text()).split("\n").filter((line) => line.startsWith("pilot_total_xds_rejects{"));
  expect(rejects).toEqual([]);
}

test("the configuration is good by itself, and as a whole", async () => {
  const check = async (...args: readonly string[]): Promise<number | null> =>
    (await runProgram(process.execPath, [pilotProgram, ...args])).exit.code;
  expect(await check("validate", join(folder, "shop/reviews.yaml"))).toBe(0);
  expect(await check("analyze", join(folder, "shop"))).toBe(0);
});

test.runIf(requirePeer(envoy))("Envoy with the guide's bootstrap", async () => {
  const { admin: _, ...rest }: EnvoyMessage = parse(bootstrap);
  await startEnvoy({ bootstrap: rest, ports: [port] });
  await follows();
});

test("mosn with the same bootstrap, which routes RPC as well", async () => {
  const path = join(folder, "bootstrap.yaml");
  writeFileSync(path, bootstrap.replace("port_value: 9901", `port_value: ${await freePort()}`));
  await startPeer({ name: "mosn", command: process.execPath, args: [mosn, "start", "-c", path], ready: [port] });
  await follows();
  const dump = JSON.stringify(await pilot.debug("config_dump?proxyID=orders-1.shop"));
  expect(dump).toContain("RpcProxy");
});
