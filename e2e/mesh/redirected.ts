/**
 * Run by redirected.test.ts in a network namespace of its own: redirects as Istio does, runs `mosn` or Envoy as the sidecar, and prints as JSON
 * what becomes of connections.
 */
import { execFileSync } from "node:child_process";
import { createServer as createHttpServer } from "node:http";
import { connect, createServer, type Server, type Socket } from "node:net";
import { startEnvoy } from "../peers/envoy.ts";
import { startMosn } from "../peers/mosn.ts";
import { sidecarResources, type RedirectedPorts } from "./sidecar-resources.ts";

const outboundPort = 15_001;
const inboundPort = 15_006;
/** Of a service; nobody has it. */
const virtualAddress = "10.96.0.1";
/** A machine that no listener knows, and this one. */
const elsewhere = "10.1.0.1";
const here = "10.2.0.1";
const ports: RedirectedPorts = { outboundPort, inboundPort, virtualAddress };

const run = (command: string, parameters: readonly string[], input: string = ""): void => {
  execFileSync(command, parameters, { input });
};

/** All that leaves goes to the sidecar, but what comes from its own address; so does all that is for this machine from outside. */
function redirect(): void {
  run("ip", ["link", "set", "lo", "up"]);
  for (const address of [elsewhere, here]) run("ip", ["address", "add", `${address}/32`, "dev", "lo"]);
  run("ip", ["route", "add", "10.96.0.0/16", "dev", "lo"]);
  const rules = [
    "ip saddr 127.0.0.6 return",
    `ip daddr ${here} tcp dport 1-20000 redirect to :${inboundPort}`,
    `ip daddr 10.0.0.0/8 tcp dport 1-20000 redirect to :${outboundPort}`,
  ];
  run("nft", ["-f", "-"], `table ip nat {\n chain output { type nat hook output priority -100\n ${rules.join("\n ")}\n }\n}\n`);
}

function listening(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve) => server.listen(port, host, resolve));
}

/** All that comes back until the end, or how it ended. */
function exchange(host: string, port: number, bytes: Buffer | string): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    const socket = connect({ host, port, allowHalfOpen: true });
    socket.setEncoding("latin1").on("data", (chunk: string) => (text += chunk));
    socket.on("error", () => {});
    socket.on("end", () => socket.end());
    socket.on("close", () => resolve(text));
    socket.write(bytes);
  });
}

/** The last line of a response, or all that is no response. */
const told = (text: string): string => text.slice(text.lastIndexOf("\r\n") + 1).trim();

redirect();
const web = createHttpServer((request, response) => {
  const { localAddress, localPort, remoteAddress } = request.socket;
  response.end(`${request.url} at ${localAddress}:${localPort} from ${remoteAddress}`);
});
const wild = createServer((socket: Socket) => {
  socket.on("error", () => {});
  socket.once("data", (bytes) =>
    socket.end(`${bytes.length} bytes at ${socket.localAddress}:${socket.localPort} from ${socket.remoteAddress}`),
  );
});
await listening(web, 8080, "0.0.0.0");
await listening(wild, 9090, "0.0.0.0");

const resources = sidecarResources(ports);
const peer =
  process.argv[2] === "envoy"
    ? await startEnvoy({ bootstrap: { static_resources: resources }, ports: [outboundPort, inboundPort] })
    : await startMosn(resources);
const get = "GET /x HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
const seen = {
  "a service's address": told(await exchange(virtualAddress, 80, get)),
  "a port that HTTP is known of": told(await exchange(elsewhere, 8080, get)),
  "the same port, not HTTP": (await exchange(elsewhere, 8080, "SSH-2.0-x\r\n")).slice(0, 12),
  "an address that nobody knows": told(await exchange(elsewhere, 9090, "hello")),
  "a service's other port": told(await exchange(virtualAddress, 9090, "hello")),
  "this machine, over HTTP": told(await exchange(here, 8080, get)),
  "this machine, over TCP": told(await exchange(here, 9090, "hello")),
  "the sidecar itself": await exchange("127.0.0.1", outboundPort, "hello"),
};
await peer.stop();
web.close();
wild.close();
process.stdout.write(JSON.stringify(seen));
process.exit(0);
