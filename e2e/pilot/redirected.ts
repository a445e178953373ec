/**
 * Run by redirected.test.ts in a network namespace of its own: redirects as Istio does, runs pilot and a sidecar that it configures, and prints as
 * JSON what becomes of connections.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startPilot } from "../peers/pilot.ts";
import { refusedBy, startConfiguredEnvoy, startConfiguredMosn } from "./configured.ts";

const [outboundPort, inboundPort] = [15_001, 15_006];
/** Another machine, and this one. */
const [elsewhere, here] = ["10.1.0.1", "10.2.0.1"];
/** Of who calls: with Istio the sidecar runs as a user whose connections are left alone; here those of one address are not. */
const caller = "10.9.0.9";
/** Of a service that has one of its own. */
const virtualAddress = "10.96.0.1";

const run = (command: string, parameters: readonly string[], input: string = ""): void => {
  execFileSync(command, parameters, { input });
};

function redirect(): void {
  run("ip", ["link", "set", "lo", "up"]);
  for (const address of [elsewhere, here, caller]) run("ip", ["address", "add", `${address}/32`, "dev", "lo"]);
  for (const block of ["10.96.0.0/16", "240.240.0.0/16"]) run("ip", ["route", "add", block, "dev", "lo"]);
  const rules = [
    `ip saddr != ${caller} return`,
    `ip daddr ${here} tcp dport 1-20000 redirect to :${inboundPort}`,
    `ip daddr { 10.0.0.0/8, 240.240.0.0/16 } tcp dport 1-20000 redirect to :${outboundPort}`,
  ];
  run("nft", ["-f", "-"], `table ip nat {\n chain output { type nat hook output priority -100\n ${rules.join("\n ")}\n }\n}\n`);
}

const listening = (server: Server, port: number): Promise<void> => new Promise((resolve) => server.listen(port, "0.0.0.0", resolve));

/** All that comes back until the end. */
function exchange(host: string, port: number, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    const socket = connect({ host, port, allowHalfOpen: true, ...(host === "127.0.0.1" ? {} : { localAddress: caller }) });
    socket.setEncoding("latin1").on("data", (chunk: string) => (text += chunk));
    socket.on("error", () => {});
    socket.on("end", () => socket.end());
    socket.on("close", () => resolve(text));
    socket.write(bytes);
  });
}

const told = (text: string): string => text.slice(text.lastIndexOf("\r\n") + 1).trim();
const get = (host: string): string => `GET /x HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`;

redirect();
const web = createHttpServer((request, response) =>
  response.end(`${request.url} at ${request.socket.localAddress}:${request.socket.localPort}`),
);
const bytes = createServer((socket: Socket) => {
  socket.on("error", () => {});
  socket.once("data", (chunk) => socket.end(`${chunk.length} bytes at ${socket.localAddress}:${socket.localPort}`));
});
await listening(web, 8080);
await listening(bytes, 9090);

const folder = mkdtempSync(join(tmpdir(), "mesh-redirected-"));
const entry = (name: string, more: string): string => `
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: ${name}, namespace: shop}
spec:
  hosts: [${name}.shop.svc.cluster.local]
  location: MESH_INTERNAL
  resolution: STATIC
${more}
---`;
writeFileSync(
  join(folder, "services.yaml"),
  entry(
    "reviews",
    `  addresses: [${virtualAddress}]\n  ports: [{number: 80, name: http, protocol: HTTP, targetPort: 8080}]\n  endpoints: [{address: ${elsewhere}}]`,
  ) +
    entry("db", `  ports: [{number: 3306, name: tcp, protocol: TCP, targetPort: 9090}]\n  endpoints: [{address: ${elsewhere}}]`) +
    entry("auto", `  ports: [{number: 7000, name: any, targetPort: 8080}]\n  endpoints: [{address: ${elsewhere}}]`) +
    entry("app", `  ports: [{number: 80, name: http, protocol: HTTP, targetPort: 8080}]\n  endpoints: [{address: ${here}}]`),
);
const pilot = await startPilot({ configDir: folder });
const options = { pilot: pilot.grpcAddress, address: here, interception: "REDIRECT", ports: [outboundPort, inboundPort] } as const;
const peer = await (process.argv[2] === "envoy" ? startConfiguredEnvoy(options) : startConfiguredMosn(options));

/** By the name table: what a DNS proxy would answer. */
async function addressOf(host: string): Promise<string> {
  const page = (await pilot.debug("registryz")) as { services: { host: string; allotted_address: string }[] };
  return page.services.find((service) => service.host === host)?.allotted_address ?? "";
}

const seen = {
  "a service by its address": told(await exchange(virtualAddress, 80, get("reviews"))),
  "a service that others share the port with": told(await exchange(virtualAddress, 80, get("app.shop"))),
  "a host that nobody knows": told(await exchange(elsewhere, 8080, get("unknown.example"))),
  "bytes, by an allotted address": await exchange(await addressOf("db.shop.svc.cluster.local"), 3306, "hello"),
  "a port of an unknown protocol": told(await exchange(await addressOf("auto.shop.svc.cluster.local"), 7000, get("auto"))),
  "an address that nobody knows": await exchange(elsewhere, 9090, "hello"),
  "the application": told(await exchange(here, 8080, get("app"))),
  "another port of this machine": await exchange(here, 9090, "hello"),
  "the sidecar itself": await exchange("127.0.0.1", outboundPort, "hello"),
  refused: await refusedBy(peer),
};
await peer.stop();
await pilot.stop();
web.close();
bytes.close();
rmSync(folder, { recursive: true });
process.stdout.write(JSON.stringify(seen));
process.exit(0);
