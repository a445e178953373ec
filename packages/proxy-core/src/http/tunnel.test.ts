import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { describe, expect, test } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { ResponseFlag } from "../access-log/index.ts";
import { atOnce } from "../stream/testing.ts";
import { connectRaw, listen, startProxy, startRawBackend, until, type RawBackend, type RawPeer, type TestProxy } from "./testing.ts";

const websocket = { upgrade_configs: [{ upgrade_type: "websocket" }] };
const upgrade = "GET /chat HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n\r\n";
const switched = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";

async function openTunnel(proxy: TestProxy, backend: RawBackend): Promise<{ client: RawPeer; host: RawPeer }> {
  const client = await connectRaw(proxy.port);
  client.write(upgrade);
  const host = await backend.accept();
  await host.readHead();
  host.write(switched);
  await client.readHead();
  return { client, host };
}

describe("an upgrade", () => {
  test("carries WebSocket between real peers, messages long and short", async () => {
    const http = createHttpServer();
    const port = await listen(http);
    const server = new WebSocketServer({ server: http });
    server.on("connection", (socket) => socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary })));
    await using proxy = await startProxy({ hosts: [port], manager: websocket });
    const client = new WebSocket(`ws://127.0.0.1:${proxy.port}/echo`);
    await once(client, "open");
    for (const size of [0, 1, 125, 70_000, 2_000_000]) {
      const text = "m".repeat(size);
      client.send(text);
      const [data] = await once(client, "message");
      expect(String(data)).toBe(text);
    }
    expect([proxy.stat("downstream_cx_upgrades_total"), proxy.stat("downstream_cx_upgrades_active")]).toEqual([1, 1]);
    client.close();
    await once(client, "close");
    await until(() => proxy.logged.length === 1);
    expect(proxy.logged[0]).toMatchObject({ code: 101, flags: 0, path: "/echo" });
    expect(proxy.stat("downstream_cx_upgrades_active")).toBe(0);
    expect(proxy.clusterStat("upstream_rq_active")).toBe(0);
    server.close();
    http.close();
  });

  test("is passed on with Connection naming it alone, and so is the answer", async () => {
    await using backend = await startRawBackend();
    await using proxy = await startProxy({ hosts: [backend.port], manager: websocket });
    const client = await connectRaw(proxy.port);
    client.write(upgrade);
    const host = await backend.accept();
    expect(await host.readHead()).toMatch(/^GET \/chat HTTP\/1\.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n/u);
    host.write(switched);
    expect(await client.readHead()).toMatch(/^HTTP\/1\.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n/u);
  });

  test("takes bytes that come together with the heads", async () => {
    await using backend = await startRawBackend();
    await using proxy = await startProxy({ hosts: [backend.port], manager: websocket });
    const client = await connectRaw(proxy.port);
    client.write(`${upgrade}early`);
    const host = await backend.accept();
    await host.readHead();
    expect(host.received).toBe("");
    host.write(`${switched}hello`);
    await client.readTo("hello");
    expect(await host.readBytes(5)).toBe("early");
  });

  test("passes each side's end on by itself", async () => {
    await using backend = await startRawBackend();
    await using proxy = await startProxy({ hosts: [backend.port], manager: websocket });
    const { client, host } = await openTunnel(proxy, backend);
    client.socket.end("last words", "latin1");
    expect(await host.readAll()).toBe("last words");
    host.write("and an answer");
    await client.readTo("and an answer");
    expect(proxy.logged).toHaveLength(0);
    host.socket.end();
    expect(await client.readAll()).toBe("");
    await until(() => proxy.filter.activeConnections === 0 && proxy.clusterStat("upstream_cx_active") === 0);
    expect(proxy.logged[0]).toMatchObject({ code: 101, flags: 0, bytesReceived: 10, bytesSent: 13 });
  });

  test("ends the other side when one is reset", async () => {
    await using backend = await startRawBackend();
    await using proxy = await startProxy({ hosts: [backend.port], manager: websocket });
    const first = await openTunnel(proxy, backend);
    first.client.socket.resetAndDestroy();
    await first.host.readAll();
    const second = await openTunnel(proxy, backend);
    second.host.socket.resetAndDestroy();
    await second.client.waitForClose();
    expect(second.client.wasReset).toBe(true);
    await until(() => proxy.logged.length === 2);
    expect(proxy.logged.map(({ flags }) => flags)).toEqual([
      ResponseFlag.DownstreamConnectionTermination,
      ResponseFlag.UpstreamConnectionTermination,
    ]);
  });

  test("stops whoever is faster", async () => {
    const limit = 64 * 1024;
    const total = 8 * 1024 * 1024;
    await using backend = await startRawBackend();
    const cluster = { per_connection_buffer_limit_bytes: limit };
    await using proxy = await startProxy({ hosts: [backend.port], manager: websocket, bufferLimitBytes: limit, cluster });
    const { client, host } = await openTunnel(proxy, backend);
    client.socket.pause();
    host.write("d".repeat(total));
    const [downstream] = proxy.connections;
    await until(() => downstream?.aboveHighWatermark === true);
    expect(downstream?.pendingBytes).toBeLessThan(limit + 3 * 64 * 1024);
    host.socket.pause();
    client.write("u".repeat(total));
    await until(() => proxy.stat("downstream_flow_control_paused_reading_total") === 1);
    expect(downstream?.bytesReceived).toBeLessThan(total);
    client.socket.resume();
    host.socket.resume();
    expect((await client.readBytes(total)).length).toBe(total);
    expect((await host.readBytes(total)).length).toBe(total);
  });

  test("that is silent for five minutes is ended", async () => {
    await using backend = await startRawBackend();
    await using proxy = await startProxy({ hosts: [backend.port], manager: websocket });
    const { client, host } = await openTunnel(proxy, backend);
    proxy.runtime.advance(290_000);
    client.write("ping");
    await host.readTo("ping");
    proxy.runtime.advance(290_000);
    expect(proxy.logged).toHaveLength(0);
    proxy.runtime.advance(11_000);
    await client.readAll().catch(() => "reset");
    await host.readAll();
    expect(proxy.logged[0]?.flags).toBe(ResponseFlag.StreamIdleTimeout);
  });

  test("outlives draining", async () => {
    await using backend = await startRawBackend();
    await using proxy = await startProxy({ hosts: [backend.port], manager: websocket });
    const { client, host } = await openTunnel(proxy, backend);
    proxy.filter.drain(atOnce);
    proxy.runtime.advance(10_000);
    client.write("ping");
    await host.readTo("ping");
    proxy.filter.close();
    await client.readAll();
  });

  test("that the host refuses is answered as the host says, and the connection ends", async () => {
    await using backend = await startRawBackend();
    await using proxy = await startProxy({ hosts: [backend.port], manager: websocket });
    const client = await connectRaw(proxy.port);
    client.write(upgrade);
    const host = await backend.accept();
    await host.readHead();
    host.write("HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno");
    expect(await client.readAll()).toMatch(/^HTTP\/1\.1 401 (?:.*\r\n)*connection: close\r\n\r\nno$/u);
  });

  test.each([
    ["not configured", {}, {}],
    ["disabled", { upgrade_configs: [{ upgrade_type: "websocket", enabled: false }] }, {}],
    ["disabled by the route", websocket, { upgrade_configs: [{ upgrade_type: "websocket", enabled: false }] }],
    ["of another type", { upgrade_configs: [{ upgrade_type: "other" }] }, {}],
  ])("that is %s is refused", async (_, manager, route) => {
    await using backend = await startRawBackend();
    await using proxy = await startProxy({ hosts: [backend.port], manager, route });
    const client = await connectRaw(proxy.port);
    client.write(upgrade);
    expect(await client.readAll()).toMatch(/^HTTP\/1\.1 403 Forbidden\r\n/u);
    expect(proxy.stat("downstream_rq_ws_on_non_ws_route")).toBe(1);
    expect(proxy.logged[0]?.details).toBe("upgrade_failed");
    expect(backend.connections).toHaveLength(0);
  });

  test("is allowed by the route where the connection manager says nothing", async () => {
    await using backend = await startRawBackend();
    await using proxy = await startProxy({ hosts: [backend.port], route: websocket });
    await openTunnel(proxy, backend);
  });

  test("to HTTP/2 is passed over, and the request answered", async () => {
    await using backend = await startRawBackend();
    await using proxy = await startProxy({ hosts: [backend.port] });
    const client = await connectRaw(proxy.port);
    client.write("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n");
    const host = await backend.accept();
    const head = await host.readHead();
    expect(head).not.toMatch(/upgrade|http2-settings|connection:/iu);
    host.write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine");
    await client.readTo("fine");
    client.write("GET /next HTTP/1.1\r\nHost: a\r\n\r\n");
    expect(await host.readHead()).toContain("GET /next ");
  });
});

describe("CONNECT", () => {
  const routes = [{ match: { connect_matcher: {} }, route: { cluster: "web" } }];
  const connect = "CONNECT db.example:5432 HTTP/1.1\r\nHost: db.example:5432\r\n\r\n";

  test("is passed on, and opens a tunnel when the host agrees", async () => {
    await using backend = await startRawBackend();
    await using proxy = await startProxy({ hosts: [backend.port], routes, manager: { upgrade_configs: [{ upgrade_type: "CONNECT" }] } });
    const client = await connectRaw(proxy.port);
    client.write(connect);
    const host = await backend.accept();
    expect(await host.readHead()).toMatch(/^CONNECT db\.example:5432 HTTP\/1\.1\r\nHost: db\.example:5432\r\n/u);
    host.write("HTTP/1.1 200 OK\r\n\r\nhello");
    expect(await client.readTo("hello")).toMatch(/^HTTP\/1\.1 200 OK\r\n/u);
    client.write("select 1");
    await host.readTo("select 1");
  });

  test("is refused where it is not configured", async () => {
    await using proxy = await startProxy({ routes: [{ match: { connect_matcher: {} }, route: { cluster: "web" } }] });
    const client = await connectRaw(proxy.port);
    client.write(connect);
    expect(await client.readAll()).toMatch(/^HTTP\/1\.1 403 /u);
  });

  test("has no route but one that is for it, and is answered as other requests without one", async () => {
    await using proxy = await startProxy();
    const client = await connectRaw(proxy.port);
    client.write(connect);
    expect(await client.readAll()).toMatch(/^HTTP\/1\.1 404 Not Found\r\n(?:.*\r\n)*connection: close\r\n/u);
    expect(proxy.stat("no_route")).toBe(1);
  });
});
