import { describe, expect, test } from "vitest";
import { ResponseFlag } from "../access-log/index.ts";
import { call, connectRaw, startHttpBackend, startProxy, startRawBackend, until, type TestProxy } from "./testing.ts";

const post = (body: string): string => `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
const unavailable = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\n\r\nbusy";
const ok = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine";

/** Lets back-offs pass until something has happened. */
async function backOff(proxy: TestProxy, holds: () => boolean): Promise<void> {
  await until(() => {
    proxy.runtime.advance(50);
    return holds();
  });
}

describe("a request is tried again", () => {
  test("with its body after a status, on the same connection", async () => {
    await using backend = await startRawBackend();
    await using proxy = await startProxy({ hosts: [backend.port], route: { retry_policy: { retry_on: "5xx" } } });
    const client = await connectRaw(proxy.port);
    client.write(post("hello"));
    const host = await backend.accept();
    await host.readTo("\r\n\r\nhello");
    host.write(unavailable);
    await backOff(proxy, () => host.received !== "");
    expect(await host.readTo("\r\n\r\nhello")).toMatch(/^POST \/ HTTP\/1\.1\r\n/u);
    host.write(ok);
    expect(await client.readTo("fine")).toMatch(/^HTTP\/1\.1 200 OK\r\n/u);
    expect(client.received).toBe("");
    expect(backend.connections).toHaveLength(1);
    expect([proxy.clusterStat("upstream_rq_retry"), proxy.clusterStat("upstream_rq_retry_success")]).toEqual([1, 1]);
    expect(proxy.logged[0]).toMatchObject({ code: 200, attempts: 2, bytesReceived: 5 });
  });

  test("with its body after the connection broke", async () => {
    await using backend = await startRawBackend();
    await using proxy = await startProxy({ hosts: [backend.port], route: { retry_policy: { retry_on: "reset" } } });
    const client = await connectRaw(proxy.port);
    client.write(post("hello"));
    const first = await backend.accept();
    await first.readTo("\r\n\r\nhello");
    first.socket.destroy();
    await backOff(proxy, () => backend.connections.length === 2);
    const second = await backend.accept();
    await second.readTo("\r\n\r\nhello");
    second.write(ok);
    await client.readTo("fine");
  });

  test("while its body is still coming", async () => {
    await using backend = await startRawBackend();
    await using proxy = await startProxy({ hosts: [backend.port], route: { retry_policy: { retry_on: "5xx" } } });
    const client = await connectRaw(proxy.port);
    client.write("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
    const first = await backend.accept();
    await first.readTo("5\r\nhello\r\n");
    first.write(unavailable);
    await first.readAll();
    client.write("6\r\n world\r\n0\r\n\r\n");
    await backOff(proxy, () => backend.connections.length === 2);
    const second = await backend.accept();
    expect(await second.readTo("\r\n0\r\n\r\n")).toMatch(/\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n$/u);
    second.write(ok);
    await client.readTo("fine");
  });

  test("as often as the policy says, and then the last answer stands", async () => {
    await using backend = await startHttpBackend((_request, response) => response.writeHead(503).end("busy"));
    await using proxy = await startProxy({ hosts: [backend.port], route: { retry_policy: { retry_on: "5xx", num_retries: 2 } } });
    const answer = call(proxy.port);
    await backOff(proxy, () => proxy.logged.length === 1);
    expect((await answer).status).toBe(503);
    expect(proxy.logged[0]).toMatchObject({ attempts: 3, flags: ResponseFlag.UpstreamRetryLimitExceeded });
  });

  test("after a try took too long", async () => {
    await using backend = await startRawBackend();
    const policy = { retry_on: "5xx", per_try_timeout: "10s" };
    await using proxy = await startProxy({ hosts: [backend.port], route: { retry_policy: policy } });
    const client = await connectRaw(proxy.port);
    client.write(post("hello"));
    await (await backend.accept()).readTo("hello");
    proxy.runtime.advance(10_100);
    await backOff(proxy, () => backend.connections.length === 2);
    const second = await backend.accept();
    await second.readTo("hello");
    second.write(ok);
    await client.readTo("fine");
    expect(proxy.clusterStat("upstream_rq_per_try_timeout")).toBe(1);
  });

  test("and each try tells the host its number where that is configured", async () => {
    await using backend = await startRawBackend();
    await using proxy = await startProxy({
      hosts: [backend.port],
      route: { retry_policy: { retry_on: "5xx" } },
      virtualHost: { include_request_attempt_count: true, include_attempt_count_in_response: true },
    });
    const client = await connectRaw(proxy.port);
    client.write(post(""));
    const host = await backend.accept();
    expect(await host.readHead()).toContain("x-envoy-attempt-count: 1\r\n");
    host.write(unavailable);
    await backOff(proxy, () => host.received !== "");
    expect(await host.readHead()).toContain("x-envoy-attempt-count: 2\r\n");
    host.write(ok);
    expect(await client.readTo("fine")).toContain("x-envoy-attempt-count: 2\r\n");
  });
});

describe("a request is not tried again", () => {
  test("when its body was too long to be kept", async () => {
    await using backend = await startRawBackend();
    const limit = 16 * 1024;
    await using proxy = await startProxy({ hosts: [backend.port], bufferLimitBytes: limit, route: { retry_policy: { retry_on: "5xx" } } });
    const client = await connectRaw(proxy.port);
    const body = "x".repeat(4 * limit);
    client.write(post(body));
    const host = await backend.accept();
    await host.readTo(body);
    host.write(unavailable);
    expect(await client.readTo("busy")).toMatch(/^HTTP\/1\.1 503 /u);
    expect(proxy.clusterStat("upstream_rq_retry")).toBe(0);
  });

  test("when the host has begun to answer", async () => {
    await using backend = await startRawBackend();
    await using proxy = await startProxy({ hosts: [backend.port], route: { retry_policy: { retry_on: "reset" } } });
    const client = await connectRaw(proxy.port);
    client.write(post("hello"));
    const host = await backend.accept();
    await host.readTo("hello");
    host.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
    await client.readTo("half");
    host.socket.destroy();
    await client.readAll();
    expect(proxy.clusterStat("upstream_rq_retry")).toBe(0);
  });

  test("when the client has gone meanwhile", async () => {
    await using backend = await startRawBackend();
    await using proxy = await startProxy({ hosts: [backend.port], route: { retry_policy: { retry_on: "5xx" } } });
    const client = await connectRaw(proxy.port);
    client.write(post(""));
    const host = await backend.accept();
    await host.readHead();
    host.write(unavailable);
    await until(() => proxy.clusterStat("upstream_rq_retry") === 1);
    client.socket.destroy();
    await until(() => proxy.logged.length === 1);
    proxy.runtime.advance(1000);
    expect(host.received).toBe("");
    expect(proxy.clusterStat("upstream_rq_total")).toBe(1);
  });
});

test("the long answer of a try that is repeated costs its connection", async () => {
  await using backend = await startRawBackend();
  await using proxy = await startProxy({ hosts: [backend.port], route: { retry_policy: { retry_on: "5xx" } } });
  const client = await connectRaw(proxy.port);
  client.write(post(""));
  const first = await backend.accept();
  await first.readHead();
  first.write(`HTTP/1.1 503 Service Unavailable\r\nContent-Length: 1000000\r\n\r\n${"x".repeat(1_000_000)}`);
  await first.waitForClose();
  await backOff(proxy, () => backend.connections.length === 2);
  const second = await backend.accept();
  await second.readHead();
  second.write(ok);
  await client.readTo("fine");
});
