import { describe, expect, test } from "vitest";
import { ResponseFlag } from "../access-log/index.ts";
import { atOnce } from "../stream/testing.ts";
import { connectRaw, startProxy, startRawBackend, until } from "./testing.ts";

const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;
const ok = (body: string): string => `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

describe("a client's connection", () => {
  test("carries one request after another", async () => {
    await using backend = await startRawBackend();
    await using proxy = await startProxy({ hosts: [backend.port] });
    const client = await connectRaw(proxy.port);
    client.write(get("/1"));
    const host = await backend.accept();
    for (const path of ["/1", "/2", "/3"]) {
      if (path !== "/1") client.write(get(path));
      expect(await host.readHead()).toContain(`GET ${path} `);
      host.write(ok(`answer to ${path}`));
      expect(await client.readTo(`answer to ${path}`)).toMatch(/^HTTP\/1\.1 200 OK\r\n/u);
    }
    expect(backend.connections).toHaveLength(1);
    expect(proxy.connections).toHaveLength(1);
  });

  test("has pipelined requests answered in their order, one at a time", async () => {
    await using backend = await startRawBackend();
    await using proxy = await startProxy({ hosts: [backend.port] });
    const client = await connectRaw(proxy.port);
    client.write(get("/1") + get("/2") + get("/3"));
    const host = await backend.accept();
    for (const path of ["/1", "/2", "/3"]) {
      expect(await host.readHead()).toContain(`GET ${path} `);
      // The next one is not sent before this one is answered.
      expect(host.received).toBe("");
      host.write(ok(`answer to ${path}`));
      await client.readTo(`answer to ${path}`);
    }
    expect(backend.connections).toHaveLength(1);
  });

  test("has pipelined requests answered whose bytes are cut anywhere", async () => {
    await using proxy = await startProxy({
      routes: [{ match: { prefix: "/" }, direct_response: { status: 200, body: { inline_string: "x" } } }],
    });
    const client = await connectRaw(proxy.port);
    const bytes = get("/1") + `POST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n` + get("/3");
    for (const byte of bytes) {
      client.write(byte);
      // Each byte is a read of its own.
      const before = proxy.connections[0]?.bytesReceived ?? 0;
      await until(() => (proxy.connections[0]?.bytesReceived ?? 0) > before);
    }
    for (let i = 0; i < 3; i++) expect(await client.readTo("\r\n\r\nx")).toMatch(/^HTTP\/1\.1 200 OK/u);
  });

  test("is closed after the response where the client asks for it", async () => {
    await using backend = await startRawBackend();
    await using proxy = await startProxy({ hosts: [backend.port] });
    const client = await connectRaw(proxy.port);
    client.write("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    const host = await backend.accept();
    expect(await host.readHead()).not.toMatch(/connection/iu);
    host.write(ok("hello"));
    expect(await client.readAll()).toMatch(/\r\nconnection: close\r\n\r\nhello$/u);
    client.socket.end();
    await until(() => proxy.filter.activeConnections === 0);
  });

  test("is closed after as many requests as are allowed", async () => {
    await using proxy = await startProxy({
      routes: [{ match: { prefix: "/" }, direct_response: { status: 204 } }],
      manager: { common_http_protocol_options: { max_requests_per_connection: 2 } },
    });
    const client = await connectRaw(proxy.port);
    client.write(get("/1"));
    expect(await client.readHead()).not.toMatch(/connection/iu);
    client.write(get("/2") + get("/3"));
    expect(await client.readAll()).toMatch(/^HTTP\/1\.1 204 No Content\r\n(?:.*\r\n)*connection: close\r\n\r\n$/u);
    expect(proxy.stat("downstream_cx_max_requests_reached")).toBe(1);
  });

  test("is closed by the client without harm while it is idle", async () => {
    await using proxy = await startProxy({ routes: [{ match: { prefix: "/" }, direct_response: { status: 204 } }] });
    const client = await connectRaw(proxy.port);
    client.write(get("/"));
    await client.readHead();
    client.socket.end();
    await client.waitForClose();
    await until(() => proxy.filter.activeConnections === 0);
    expect(proxy.stat("downstream_cx_destroy_remote")).toBe(1);
    expect(proxy.stat("downstream_cx_destroy_active_rq")).toBe(0);
  });
});

describe("HTTP/1.0", () => {
  test("is refused unless it is allowed", async () => {
    await using proxy = await startProxy();
    const client = await connectRaw(proxy.port);
    client.write("GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n");
    expect(await client.readAll()).toMatch(/^HTTP\/1\.1 426 Upgrade Required\r\n(?:.*\r\n)*connection: close\r\n\r\nUpgrade Required$/u);
    expect(proxy.logged[0]).toMatchObject({ code: 426, details: "low_version", flags: ResponseFlag.DownstreamProtocolError });
  });

  test("gets the default host, and a body without chunks that the connection's end ends", async () => {
    await using backend = await startRawBackend();
    const http10 = { accept_http_10: true, default_host_for_http_10: "default.example" };
    await using proxy = await startProxy({ hosts: [backend.port], manager: { http_protocol_options: http10 } });
    const client = await connectRaw(proxy.port);
    client.write("GET /old HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    const host = await backend.accept();
    expect(await host.readHead()).toMatch(/^GET \/old HTTP\/1\.1\r\nhost: default\.example\r\n/u);
    host.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n");
    const response = await client.readAll();
    expect(response).toMatch(/^HTTP\/1\.0 200 OK\r\n/u);
    expect(response).not.toMatch(/transfer-encoding/iu);
    expect(response).toMatch(/\r\nconnection: close\r\n\r\nhello world$/u);
  });

  test("keeps the connection where the client asks for it and the body has a length", async () => {
    await using backend = await startRawBackend();
    await using proxy = await startProxy({ hosts: [backend.port], manager: { http_protocol_options: { accept_http_10: true } } });
    const client = await connectRaw(proxy.port);
    client.write("GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n");
    const host = await backend.accept();
    await host.readHead();
    host.write(ok("one"));
    expect(await client.readTo("one")).toMatch(/^HTTP\/1\.0 200 OK\r\n(?:.*\r\n)*connection: keep-alive\r\n\r\none$/u);
    client.write("GET / HTTP/1.0\r\nHost: a\r\n\r\n");
    await host.readHead();
    host.write(ok("two"));
    expect(await client.readAll()).toMatch(/connection: close\r\n\r\ntwo$/u);
  });

  test("without a host is refused where there is no default", async () => {
    await using proxy = await startProxy({ manager: { http_protocol_options: { accept_http_10: true } } });
    const client = await connectRaw(proxy.port);
    client.write("GET / HTTP/1.0\r\n\r\n");
    expect(await client.readAll()).toMatch(/^HTTP\/1\.0 400 Bad Request\r\n/u);
    expect(proxy.logged[0]?.details).toBe("missing_host_header");
  });
});

describe("draining", () => {
  test("lets the request at hand finish, and says that the connection ends", async () => {
    await using backend = await startRawBackend();
    await using proxy = await startProxy({ hosts: [backend.port] });
    const client = await connectRaw(proxy.port);
    client.write(get("/"));
    const host = await backend.accept();
    await host.readHead();
    proxy.filter.drain(atOnce);
    proxy.runtime.advance(10_000);
    host.write(ok("still here"));
    expect(await client.readAll()).toMatch(/connection: close\r\n\r\nstill here$/u);
    client.socket.end();
    await until(() => proxy.filter.activeConnections === 0);
    expect(proxy.stat("downstream_cx_drain_close")).toBe(1);
  });

  test("closes a connection without requests once it has been silent for a while", async () => {
    await using proxy = await startProxy({ routes: [{ match: { prefix: "/" }, direct_response: { status: 204 } }] });
    const client = await connectRaw(proxy.port);
    client.write(get("/"));
    await client.readHead();
    proxy.filter.drain(atOnce);
    // A request that was on its way is answered.
    client.write(get("/"));
    expect(await client.readAll()).toMatch(/^HTTP\/1\.1 204 .*connection: close\r\n\r\n$/su);
    const idle = await connectRaw(proxy.port);
    await until(() => proxy.filter.activeConnections > 0 && proxy.connections.length === 2);
    proxy.runtime.advance(1000);
    expect(await idle.readAll()).toBe("");
  });
});
