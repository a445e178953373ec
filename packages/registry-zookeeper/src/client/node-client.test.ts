import { once } from "node:events";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createNodeClient } from "./node-client.ts";
import type { ZookeeperClient } from "./zookeeper-client.ts";

/** How the server treats one connection after the other: what it answers to the connect request, and to each request after. */
interface Treatment {
  readonly connect: Buffer | "nothing";
  readonly end?: boolean;
  readonly reply?: (xid: number) => Buffer;
}

const sessionTimeoutMs = 3000;

function frame(...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length);
  return Buffer.concat([length, body]);
}

function int(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

/** Protocol version, timeout, session, password. */
const accepted = frame(int(0), int(sessionTimeoutMs), Buffer.from("0100000000000001", "hex"), int(16), Buffer.alloc(16, 7), Buffer.of(0));
const expired = frame(int(0), int(0), Buffer.alloc(8), int(16), Buffer.alloc(16), Buffer.of(0));

/** Transaction id, error. */
function failure(code: number): (xid: number) => Buffer {
  return (xid) => frame(int(xid), Buffer.alloc(8), int(code));
}

let server: Server;
let client: ZookeeperClient | undefined;
let treatments: Treatment[];
const sockets = new Set<Socket>();

beforeEach(async () => {
  treatments = [];
  server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.once("close", () => sockets.delete(socket));
    const treatment = treatments.shift();
    if (treatment === undefined) return void socket.destroy();
    let isConnected = false;
    socket.on("data", (bytes: Buffer) => {
      if (!isConnected) {
        isConnected = true;
        if (treatment.connect === "nothing") return;
        socket.write(treatment.connect);
        if (treatment.end === true) socket.end();
        return;
      }
      if (treatment.reply !== undefined) socket.write(treatment.reply(bytes.readInt32BE(4)));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
});

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await client?.close();
  server.close();
  await once(server, "close");
});

/** Connects, and tells what happens in order. */
function start(): {
  readonly events: string[];
  readonly next: (event: string, count?: number) => Promise<void>;
  readonly client: ZookeeperClient;
} {
  const { port } = server.address() as AddressInfo;
  const started = createNodeClient({ connectString: `127.0.0.1:${port}`, sessionTimeoutMs, reconnectDelayMs: 1, auth: [] });
  client = started;
  const events: string[] = [];
  let wake: (() => void) | undefined = undefined;
  const note = (event: string) => (): void => {
    events.push(event);
    wake?.();
  };
  started.connect({
    onConnected: note("connected"),
    onDisconnected: note("disconnected"),
    onExpired: note("expired"),
    onAuthenticationFailed: note("refused"),
  });
  const next = async (event: string, count = 1): Promise<void> => {
    while (events.filter((other) => other === event).length < count) await new Promise<void>((resolve) => (wake = resolve));
  };
  return { events, next, client: started };
}

test("an error that the library does not know costs the connection, not the process", async () => {
  treatments.push({ connect: accepted, reply: failure(-118) }, { connect: accepted, reply: failure(-101) });
  const { next, client: connected } = start();
  await next("connected");
  await expect(connected.exists("/a")).rejects.toMatchObject({ failure: "connection-loss", path: "/a" });
  await next("connected", 2);
  await expect(connected.exists("/a")).resolves.toBeUndefined();
});

test("half a message at the end of a connection does not spoil the next one", async () => {
  treatments.push({ connect: accepted.subarray(0, 9), end: true }, { connect: accepted, reply: failure(-101) });
  const { events, next, client: connected } = start();
  await next("connected");
  await expect(connected.children("/a", () => undefined)).rejects.toMatchObject({ failure: "no-node" });
  expect(events).toEqual(["disconnected", "connected"]);
});

test("a server that cannot be reached is told once, and tried again", async () => {
  const { events, next } = start();
  await next("disconnected");
  treatments.push({ connect: accepted });
  await next("connected");
  expect(events).toEqual(["disconnected", "connected"]);
});

test("what is under way when the connection is lost fails, and so does what is asked before it is back", async () => {
  treatments.push({ connect: accepted });
  const { next, client: connected } = start();
  await next("connected");
  const asked = [connected.exists("/a"), connected.data("/b", () => undefined)];
  for (const socket of sockets) socket.destroy();
  for (const operation of asked) await expect(operation).rejects.toMatchObject({ failure: "connection-loss" });
  await next("disconnected");
  await expect(connected.remove("/c")).rejects.toMatchObject({ failure: "connection-loss", path: "/c" });
});

test("a session that is over is told once, and no connection is made after", async () => {
  treatments.push({ connect: accepted, end: true }, { connect: expired, end: true });
  const { events, next, client: connected } = start();
  await next("expired");
  expect(events).toEqual(["connected", "disconnected", "expired"]);
  expect(treatments).toEqual([]);
  await connected.close();
  expect(events).toEqual(["connected", "disconnected", "expired"]);
});

test("a connection that hangs while it is made can be cut, and is made anew", async () => {
  treatments.push({ connect: "nothing" }, { connect: accepted });
  const { next, client: connected } = start();
  await once(server, "connection");
  connected.abort();
  await next("connected");
});

test("a client that is closed while it connects makes no session", async () => {
  treatments.push({ connect: accepted });
  const accept = new Promise<Socket>((resolve) => server.once("connection", resolve));
  const { events, client: connected } = start();
  await connected.close();
  const socket = await accept;
  await once(socket, "close");
  expect([events, socket.bytesRead]).toEqual([[], 0]);
});

test("a path that is none is refused without a request", async () => {
  treatments.push({ connect: accepted });
  const { next, client: connected } = start();
  await next("connected");
  await expect(connected.exists("a//b")).rejects.toMatchObject({ failure: "other", path: "a//b" });
});
