import { describe, expect, test } from "vitest";
import { ResponseFlag } from "../access-log/index.ts";
import { connectRaw, startProxy, startRawBackend, until, type RawPeer } from "./testing.ts";

const get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
/** A single private address: such a request may say how long it takes. */
const internal = "X-Forwarded-For: 10.0.0.1\r\n";
/** Makes that one of ours. */
const manager = { internal_address_config: { cidr_ranges: [{ address_prefix: "10.0.0.0", prefix_len: 8 }] } };

async function requestReaches(host: Promise<RawPeer>): Promise<RawPeer> {
  const peer = await host;
  await peer.readHead();
  return peer;
}

describe("the time for a response", () => {
  test("is 15 s unless the route says otherwise, and ends in a 504", async () => {
    await using backend = await startRawBackend();
    await using proxy = await startProxy({ hosts: [backend.port] });
    const client = await connectRaw(proxy.port);
    client.write(get);
    const host = await requestReaches(backend.accept());
    proxy.runtime.advance(14_900);
    expect(proxy.logged).toHaveLength(0);
    proxy.runtime.advance(200);
    expect(await client.readTo("upstream request timeout")).toMatch(/^HTTP\/1\.1 504 Gateway Timeout\r\n/u);
    await host.readAll();
    expect(proxy.logged[0]).toMatchObject({ code: 504, flags: ResponseFlag.UpstreamRequestTimeout });
    expect(proxy.clusterStat("upstream_rq_timeout")).toBe(1);
    // The client's connection is none the worse for it.
    client.write(get);
    await requestReaches(backend.accept());
  });

  test("runs from the end of the request", async () => {
    await using backend = await startRawBackend();
    await using proxy = await startProxy({ hosts: [backend.port], route: { timeout: "1s" } });
    const client = await connectRaw(proxy.port);
    client.write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello");
    const host = await backend.accept();
    await host.readTo("hello");
    proxy.runtime.advance(5000);
    expect(proxy.logged).toHaveLength(0);
    client.write("world");
    await host.readTo("world");
    proxy.runtime.advance(1100);
    expect(await client.readHead()).toMatch(/^HTTP\/1\.1 504 /u);
  });

  test("is what an internal caller says, and the host is told", async () => {
    await using backend = await startRawBackend();
    await using proxy = await startProxy({ hosts: [backend.port], manager, route: { timeout: "10s" } });
    const client = await connectRaw(proxy.port);
    client.write(`GET / HTTP/1.1\r\nHost: a\r\n${internal}x-envoy-upstream-rq-timeout-ms: 250\r\n\r\n`);
    const head = await (await backend.accept()).readHead();
    expect(head).toContain("x-envoy-expected-rq-timeout-ms: 250\r\n");
    expect(head).not.toContain("x-envoy-upstream-rq-timeout-ms");
    proxy.runtime.advance(300);
    expect(await client.readHead()).toMatch(/^HTTP\/1\.1 504 /u);
  });

  test("is not for others to say", async () => {
    await using backend = await startRawBackend();
    await using proxy = await startProxy({ hosts: [backend.port], route: { timeout: "0s" } });
    const client = await connectRaw(proxy.port);
    client.write("GET / HTTP/1.1\r\nHost: a\r\nx-envoy-upstream-rq-timeout-ms: 250\r\nx-envoy-expected-rq-timeout-ms: 9\r\n\r\n");
    const head = await (await backend.accept()).readHead();
    expect(head).not.toContain("timeout-ms");
    proxy.runtime.advance(60_000);
    expect(proxy.logged).toHaveLength(0);
  });

  test("breaks a response off that has begun", async () => {
    await using backend = await startRawBackend();
    await using proxy = await startProxy({ hosts: [backend.port], route: { timeout: "1s" } });
    const client = await connectRaw(proxy.port);
    client.write(get);
    const host = await requestReaches(backend.accept());
    host.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello");
    await client.readTo("hello");
    proxy.runtime.advance(1100);
    expect(await client.readAll()).toBe("");
    expect(proxy.logged[0]).toMatchObject({ code: 200, flags: ResponseFlag.UpstreamRequestTimeout });
  });

  test("for a try comes from the caller as well, without a retry policy", async () => {
    await using backend = await startRawBackend();
    await using proxy = await startProxy({ hosts: [backend.port], manager });
    const client = await connectRaw(proxy.port);
    client.write(`GET / HTTP/1.1\r\nHost: a\r\n${internal}x-envoy-upstream-rq-per-try-timeout-ms: 100\r\n\r\n`);
    expect(await (await backend.accept()).readHead()).toContain("x-envoy-expected-rq-timeout-ms: 100\r\n");
    proxy.runtime.advance(150);
    expect(await client.readHead()).toMatch(/^HTTP\/1\.1 504 /u);
    expect(proxy.clusterStat("upstream_rq_per_try_timeout")).toBe(1);
  });
});

describe("a stream without progress", () => {
  test("ends with 504 after five minutes when its request is complete", async () => {
    await using backend = await startRawBackend();
    await using proxy = await startProxy({ hosts: [backend.port], route: { timeout: "0s" } });
    const client = await connectRaw(proxy.port);
    client.write(get);
    await requestReaches(backend.accept());
    proxy.runtime.advance(299_000);
    expect(proxy.logged).toHaveLength(0);
    proxy.runtime.advance(1100);
    expect(await client.readTo("stream timeout")).toMatch(/^HTTP\/1\.1 504 /u);
    expect(proxy.logged[0]).toMatchObject({ flags: ResponseFlag.StreamIdleTimeout, details: "stream_idle_timeout" });
    expect(proxy.stat("downstream_rq_idle_timeout")).toBe(1);
  });

  test("ends with 408 when its request is not complete", async () => {
    await using backend = await startRawBackend();
    await using proxy = await startProxy({ hosts: [backend.port], manager: { stream_idle_timeout: "2s" } });
    const client = await connectRaw(proxy.port);
    client.write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello");
    await (await backend.accept()).readTo("hello");
    proxy.runtime.advance(2100);
    expect(await client.readAll()).toMatch(/^HTTP\/1\.1 408 (?:.*\r\n)*connection: close\r\n\r\nstream timeout$/u);
  });

  test("goes on as long as something moves", async () => {
    await using backend = await startRawBackend();
    await using proxy = await startProxy({ hosts: [backend.port], manager: { stream_idle_timeout: "2s" }, route: { timeout: "0s" } });
    const client = await connectRaw(proxy.port);
    client.write(get);
    const host = await requestReaches(backend.accept());
    host.write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
    await client.readHead();
    for (const character of "hello") {
      proxy.runtime.advance(1900);
      host.write(character);
      await client.readTo(character);
    }
    await until(() => proxy.logged.length === 1);
    expect(proxy.logged[0]).toMatchObject({ code: 200, flags: 0, bytesSent: 5 });
  });

  test("ends earlier where the route says so", async () => {
    await using backend = await startRawBackend();
    await using proxy = await startProxy({ hosts: [backend.port], route: { timeout: "0s", idle_timeout: "0.5s" } });
    const client = await connectRaw(proxy.port);
    client.write(get);
    await requestReaches(backend.accept());
    proxy.runtime.advance(600);
    expect(await client.readHead()).toMatch(/^HTTP\/1\.1 504 /u);
  });
});

test("a request has to be there as a whole in its time", async () => {
  await using backend = await startRawBackend();
  await using proxy = await startProxy({ hosts: [backend.port], manager: { request_timeout: "3s" } });
  const client = await connectRaw(proxy.port);
  client.write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nh");
  const host = await backend.accept();
  await host.readTo("h");
  for (const character of "ello") {
    proxy.runtime.advance(700);
    client.write(character);
    await host.readTo(character);
  }
  proxy.runtime.advance(300);
  expect(await client.readAll()).toMatch(/^HTTP\/1\.1 408 (?:.*\r\n)*connection: close\r\n\r\nrequest timeout$/u);
  expect(proxy.stat("downstream_rq_timeout")).toBe(1);
  expect(proxy.logged[0]?.details).toBe("request_overall_timeout");
});

test("a head has to be there in its time", async () => {
  await using proxy = await startProxy({ manager: { request_headers_timeout: "1s" } });
  const client = await connectRaw(proxy.port);
  client.write("GET / HTTP/1.1\r\nHo");
  await until(() => proxy.connections[0]?.bytesReceived === 18);
  proxy.runtime.advance(900);
  client.write("st: a\r\n");
  await until(() => proxy.connections[0]?.bytesReceived === 25);
  proxy.runtime.advance(200);
  expect(await client.readAll()).toMatch(/^HTTP\/1\.1 408 (?:.*\r\n)*connection: close\r\n(?:.*\r\n)*\r\nrequest header timeout$/u);
  expect(proxy.stat("downstream_rq_header_timeout")).toBe(1);
  expect(proxy.logged[0]).toMatchObject({ code: 408, details: "request_header_timeout", path: undefined });
});

test("a head that comes too slowly ends with the stream's idle time", async () => {
  await using proxy = await startProxy({ manager: { stream_idle_timeout: "1s" } });
  const client = await connectRaw(proxy.port);
  client.write("GET /");
  await until(() => proxy.connections[0]?.bytesReceived === 5);
  proxy.runtime.advance(900);
  client.write("a");
  await until(() => proxy.connections[0]?.bytesReceived === 6);
  proxy.runtime.advance(200);
  expect(await client.readAll()).toMatch(/^HTTP\/1\.1 408 /u);
});

test("a connection without requests is closed after an hour", async () => {
  await using proxy = await startProxy({ routes: [{ match: { prefix: "/" }, direct_response: { status: 204 } }] });
  const client = await connectRaw(proxy.port);
  proxy.runtime.advance(1_800_000);
  client.write(get);
  await client.readHead();
  proxy.runtime.advance(3_599_000);
  expect(proxy.stat("downstream_cx_idle_timeout")).toBe(0);
  proxy.runtime.advance(1100);
  expect(await client.readAll()).toBe("");
  expect(proxy.stat("downstream_cx_idle_timeout")).toBe(1);
});

test("a stream may last only so long", async () => {
  await using backend = await startRawBackend();
  const manager = { common_http_protocol_options: { max_stream_duration: "2s" } };
  await using proxy = await startProxy({ hosts: [backend.port], manager, route: { timeout: "0s" } });
  const client = await connectRaw(proxy.port);
  client.write(get);
  await requestReaches(backend.accept());
  proxy.runtime.advance(2100);
  expect(await client.readTo("downstream duration timeout")).toMatch(/^HTTP\/1\.1 504 /u);
  expect(proxy.stat("downstream_rq_max_duration_reached")).toBe(1);
  expect(proxy.logged[0]?.flags).toBe(ResponseFlag.DurationTimeout);
});

test("a connection may last only so long, and then as long as draining takes", async () => {
  await using proxy = await startProxy({
    routes: [{ match: { prefix: "/" }, direct_response: { status: 204 } }],
    manager: { common_http_protocol_options: { max_connection_duration: "10s" }, drain_timeout: "2s" },
  });
  const busy = await connectRaw(proxy.port);
  const idle = await connectRaw(proxy.port);
  await until(() => proxy.connections.length === 2);
  proxy.runtime.advance(10_100);
  expect(proxy.stat("downstream_cx_max_duration_reached")).toBe(2);
  busy.write(get);
  expect(await busy.readAll()).toMatch(/connection: close\r\n\r\n$/u);
  expect(idle.ended).toBe(false);
  proxy.runtime.advance(2100);
  expect(await idle.readAll()).toBe("");
});
