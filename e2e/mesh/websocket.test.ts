/** Upgrades: WebSocket through two `mosn`, with the client and server of the package ws. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { httpListener, routeTo, startMosn, staticCluster } from "../peers/mosn.ts";
import { freePort } from "../peers/ports.ts";
import { startHttpPair, type HttpPair } from "./http-pair.ts";
import { ask, startHttpOrigin, startTcpOrigin } from "./origin.ts";
import { dial } from "./raw.ts";

const upgrades = { upgrade_configs: [{ upgrade_type: "websocket" }] };

async function open(url: string, protocols: readonly string[] = []): Promise<WebSocket> {
  const socket = new WebSocket(url, [...protocols]);
  await once(socket, "open");
  return socket;
}

/** The status with which an upgrade is refused. */
function refusal(url: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url);
    socket.once("unexpected-response", (_request, response) => {
      resolve(response.statusCode);
      response.destroy();
    });
    socket.once("open", () => reject(new Error("the upgrade was not refused")));
    socket.on("error", () => {});
  });
}

describe("WebSocket through two mosn", () => {
  const http = createServer((_request, response) => response.end("plain"));
  const server = new WebSocketServer({ server: http, handleProtocols: (offered) => [...offered][0] ?? false, maxPayload: 8 * 1024 * 1024 });
  let pair: HttpPair;
  let url: string;

  beforeAll(async () => {
    server.on("connection", (socket, request) => {
      socket.on("error", () => {});
      socket.on("message", (data: Buffer, isBinary) => {
        const text = data.subarray(0, 20).toString();
        if (text === "who") socket.send(`${request.url ?? ""} ${String(request.headers["x-request-id"]).length}`);
        else if (text.startsWith("close ")) socket.close(Number(text.slice(6)), "as asked");
        else if (text === "terminate") socket.terminate();
        else socket.send(data, { binary: isBinary });
      });
    });
    http.listen(0, "127.0.0.1");
    await once(http, "listening");
    const { port } = http.address() as AddressInfo;
    pair = await startHttpPair([port], { near: { more: upgrades }, far: { more: upgrades } });
    url = `ws://127.0.0.1:${pair.port}`;
  });

  afterAll(async () => {
    await pair?.stop();
    for (const socket of server.clients) socket.terminate();
    server.close();
    http.close();
  });

  test("the server sees path, query and the headers that the mesh adds; the subprotocol is agreed on", async () => {
    const socket = await open(`${url}/chat?room=1`, ["mesh.v1", "mesh.v2"]);
    expect(socket.protocol).toBe("mesh.v1");
    socket.send("who");
    const [data] = (await once(socket, "message")) as [Buffer];
    expect(data.toString()).toBe("/chat?room=1 36");
    socket.close();
    await once(socket, "close");
  });

  test("text and binary messages come back as they were, 1 MiB included, in their order", async () => {
    const socket = await open(url);
    const messages = [Buffer.from("héllo"), randomBytes(1), randomBytes(65_536), randomBytes(1024 * 1024), randomBytes(3 * 1024 * 1024)];
    const received: { readonly data: Buffer; readonly isBinary: boolean }[] = [];
    const all = new Promise<void>((resolve) => {
      socket.on("message", (data: Buffer, isBinary) => {
        received.push({ data, isBinary });
        if (received.length === messages.length) resolve();
      });
    });
    for (const message of messages) socket.send(message, { binary: message !== messages[0] });
    await all;
    for (const [index, { data, isBinary }] of received.entries()) {
      expect([index, isBinary, data.equals(messages[index] ?? Buffer.alloc(0))]).toEqual([index, index > 0, true]);
    }
    socket.close();
    await once(socket, "close");
  });

  test("a thousand small messages at once", async () => {
    const socket = await open(url);
    const received: string[] = [];
    const all = new Promise<void>((resolve) => {
      socket.on("message", (data: Buffer) => {
        received.push(data.toString());
        if (received.length === 1000) resolve();
      });
    });
    const sent = Array.from({ length: 1000 }, (_, index) => `message ${index}`);
    for (const message of sent) socket.send(message);
    await all;
    expect(received).toEqual(sent);
    socket.close();
    await once(socket, "close");
  });

  test("pings are answered with pongs", async () => {
    const socket = await open(url);
    socket.ping("beat");
    const [data] = (await once(socket, "pong")) as [Buffer];
    expect(data.toString()).toBe("beat");
    socket.close();
    await once(socket, "close");
  });

  test("close codes and reasons pass both ways", async () => {
    const byServer = await open(url);
    byServer.send("close 4321");
    expect((await once(byServer, "close")).map(String)).toEqual(["4321", "as asked"]);
    const byClient = await open(url);
    byClient.close(4000, "enough");
    expect((await once(byClient, "close")).map(String)).toEqual(["4000", "enough"]);
  });

  test("a server that breaks off is seen by the client: 1006", async () => {
    const socket = await open(url);
    socket.send("terminate");
    const [code] = (await once(socket, "close")) as [number];
    expect(code).toBe(1006);
  });

  test("open connections are counted, on the way up and down", async () => {
    const before = await pair.far.stat("http.in.downstream_cx_upgrades_total");
    const socket = await open(url);
    await pair.far.statReaches("http.in.downstream_cx_upgrades_active", 1);
    expect(await pair.far.stat("http.in.downstream_cx_upgrades_total")).toBe(before + 1);
    socket.close();
    await once(socket, "close");
    while ((await pair.far.stat("http.in.downstream_cx_upgrades_active")) > 0) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(await ask(pair.port)).toMatchObject({ status: 200, body: "plain" });
  });
});

describe("an upgrade", () => {
  test("is refused with 403 where no configuration allows it, and does not reach the host", async () => {
    const origin = await startHttpOrigin((_request, response) => response.end());
    const port = await freePort();
    const routes = [
      { match: { prefix: "/open" }, route: { cluster: "backend", upgrade_configs: [{ upgrade_type: "websocket" }] } },
      { match: { prefix: "/shut" }, route: { cluster: "backend", upgrade_configs: [{ upgrade_type: "websocket", enabled: false }] } },
      routeTo("backend"),
    ];
    const mosn = await startMosn({ listeners: [httpListener(port, { routes })], clusters: [staticCluster("backend", [origin.port])] });
    expect(await refusal(`ws://127.0.0.1:${port}/`)).toBe(403);
    expect(await refusal(`ws://127.0.0.1:${port}/shut`)).toBe(403);
    expect(await mosn.stat("cluster.backend.upstream_rq_total")).toBe(0);
    expect(await mosn.stat("http.in.downstream_rq_ws_on_non_ws_route")).toBe(2);
    // Here the route allows it; the host does not switch, and its own answer is the answer.
    expect(await refusal(`ws://127.0.0.1:${port}/open`)).toBe(200);
    await mosn.stop();
    await origin.close();
  });

  test("to another protocol carries bytes as they are, half-closed too", async () => {
    const origin = await startTcpOrigin((socket) => {
      let head = "";
      const onHead = (chunk: Buffer): void => {
        head += chunk.toString("latin1");
        if (!head.endsWith("\r\n\r\n")) return;
        socket.off("data", onHead);
        socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: shout\r\n\r\nHELLO ");
        let text = "";
        socket.on("data", (bytes: Buffer) => (text += bytes.toString()));
        // Only once the caller has said that nothing follows.
        socket.once("end", () => socket.end(text.toUpperCase()));
      };
      socket.on("data", onHead);
    });
    const shout = { upgrade_configs: [{ upgrade_type: "shout" }] };
    const pair = await startHttpPair([origin.port], { near: { more: shout }, far: { more: shout } });
    const socket = await dial(pair.port);
    let text = "";
    const ended = new Promise((resolve) => socket.once("end", resolve));
    const switched = new Promise<void>((resolve) => {
      socket.setEncoding("latin1").on("data", (chunk: string) => {
        text += chunk;
        if (text.includes("HELLO ")) resolve();
      });
    });
    socket.write("GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: shout\r\n\r\n");
    await switched;
    expect(text).toMatch(/^HTTP\/1\.1 101 Switching Protocols\r\n/);
    socket.end("world");
    await ended;
    expect(text.endsWith("\r\n\r\nHELLO WORLD")).toBe(true);
    await pair.stop();
    await origin.close();
  });
});
