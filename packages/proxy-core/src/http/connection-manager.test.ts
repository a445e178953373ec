import { describe, expect, test } from "vitest";
import { ResponseFlag } from "../access-log/index.ts";
import { call, connectRaw, startHttpBackend, startProxy, startRawBackend, until } from "./testing.ts";

describe("a request and its response", () => {
  test("pass with what HTTP demands of a proxy and what Envoy adds", async () => {
    await using backend = await startRawBackend();
    await using proxy = await startProxy({ hosts: [backend.port] });
    const client = await connectRaw(proxy.port);
    client.write(
      "GET /a?b=c HTTP/1.1\r\nHost: web.example\r\nX-Own: Kept\r\nConnection: keep-alive, x-hop\r\nX-Hop: gone\r\nKeep-Alive: timeout=5\r\n\r\n",
    );
    const host = await backend.accept();
    const request = await host.readHead();
    expect(request).toMatch(
      /^GET \/a\?b=c HTTP\/1\.1\r\nHost: web\.example\r\nX-Own: Kept\r\nx-forwarded-proto: http\r\nx-request-id: [0-9a-f-]{36}\r\nx-envoy-expected-rq-timeout-ms: 15000\r\n\r\n$/u,
    );
    host.write(
      "HTTP/1.1 200 Fine\r\nX-Own: Kept\r\nServer: theirs\r\nDate: Mon, 01 Jan 2024 00:00:00 GMT\r\nContent-Length: 5\r\nConnection: keep-alive\r\n\r\nhello",
    );
    expect(await client.readTo("hello")).toBe(
      "HTTP/1.1 200 Fine\r\nX-Own: Kept\r\nServer: envoy\r\nDate: Mon, 01 Jan 2024 00:00:00 GMT\r\nContent-Length: 5\r\nx-envoy-upstream-service-time: 0\r\n\r\nhello",
    );
    expect(proxy.logged).toEqual([
      expect.objectContaining({
        code: 200,
        flags: 0,
        details: "via_upstream",
        path: "/a?b=c",
        bytesReceived: 0,
        bytesSent: 5,
        attempts: 1,
      }),
    ]);
    expect([proxy.stat("downstream_rq_total"), proxy.stat("downstream_rq_2xx"), proxy.stat("downstream_rq_active")]).toEqual([1, 1, 0]);
    expect([proxy.stat("downstream_cx_http1_active"), proxy.stat("downstream_rq_http1_total")]).toEqual([1, 1]);
    expect([proxy.clusterStat("upstream_rq_200"), proxy.clusterStat("upstream_cx_active")]).toEqual([1, 1]);
  });

  test("begin with what listener filters have read", async () => {
    await using backend = await startRawBackend();
    await using proxy = await startProxy({ hosts: [backend.port], initial: Buffer.from("GET /early HT") });
    const client = await connectRaw(proxy.port);
    client.write("TP/1.1\r\nHost: a\r\n\r\n");
    expect(await (await backend.accept()).readHead()).toContain("GET /early ");
  });

  test("pass many at once between node:http's client and server", async () => {
    await using backend = await startHttpBackend((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => response.end(`${request.method} ${request.url} ${Buffer.concat(chunks).toString()}`));
    });
    await using proxy = await startProxy({ hosts: [backend.port] });
    const calls = Array.from({ length: 50 }, async (_, i) => {
      const answer = await call(proxy.port, { path: `/${i}`, method: "POST", body: `body ${i}` });
      expect([answer.status, answer.body]).toEqual([200, `POST /${i} body ${i}`]);
    });
    await Promise.all(calls);
    expect(proxy.stat("downstream_rq_2xx")).toBe(50);
  });

  test("answers 404 where no route matches, and keeps the connection", async () => {
    await using proxy = await startProxy({
      routes: [{ match: { path: "/only" }, direct_response: { status: 200, body: { inline_string: "here" } } }],
    });
    const client = await connectRaw(proxy.port);
    client.write("GET /other HTTP/1.1\r\nHost: a\r\n\r\n");
    const head = await client.readHead();
    expect(head).toMatch(/^HTTP\/1\.1 404 Not Found\r\n/u);
    expect(head).not.toMatch(/connection: close/u);
    client.write("GET /only HTTP/1.1\r\nHost: a\r\n\r\n");
    expect(await client.readTo("here")).toMatch(/^HTTP\/1\.1 200 OK\r\ncontent-type: text\/plain\r\ncontent-length: 4\r\n/u);
    expect(proxy.logged.map(({ flags, details }) => [flags, details])).toEqual([
      [ResponseFlag.NoRouteFound, "route_not_found"],
      [0, "direct_response"],
    ]);
  });
});

test("a client that goes away takes its request with it", async () => {
  await using backend = await startRawBackend();
  await using proxy = await startProxy({ hosts: [backend.port] });
  const client = await connectRaw(proxy.port);
  client.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  const host = await backend.accept();
  await host.readHead();
  client.socket.destroy();
  await host.readAll();
  await until(() => proxy.logged.length === 1);
  expect(proxy.logged[0]?.flags).toBe(ResponseFlag.DownstreamConnectionTermination);
  expect(proxy.logged[0]?.details).toBe("downstream_remote_disconnect");
  // It had its connection, which Envoy does not count as cancelled.
  expect([proxy.clusterStat("upstream_rq_cancelled"), proxy.clusterStat("upstream_rq_tx_reset")]).toEqual([0, 1]);
  expect(["remote", "active_rq", "remote_active_rq"].map((how) => proxy.stat(`downstream_cx_destroy_${how}`))).toEqual([1, 1, 1]);
});
