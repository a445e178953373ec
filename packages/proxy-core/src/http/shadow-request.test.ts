import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { shadowHost } from "./shadow-request.ts";
import { call, connectRaw, startHttpBackend, startProxy, startRawBackend, until } from "./testing.ts";

const ok = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine";
const mirrored = (fields: object = {}): { readonly route: object } => ({
  route: { request_mirror_policies: [{ cluster: "shadow", ...fields }] },
});

describe("the host of a copy", () => {
  test.each([
    ["a.example", "a.example-shadow"],
    ["a.example:80", "a.example-shadow:80"],
    ["[::1]:80", "[::1]:80-shadow"],
    ["", "-shadow"],
  ])("of %j is %j", (host, expected) => {
    expect(shadowHost(host)).toBe(expected);
  });
});

describe("a mirrored request", () => {
  test("goes to both clusters, its copy with a host that says so, and only the first one's answer goes to the client", async () => {
    await using backend = await startRawBackend();
    await using other = await startRawBackend();
    await using proxy = await startProxy({ hosts: [backend.port], shadowHosts: [other.port], ...mirrored() });
    const client = await connectRaw(proxy.port);
    client.write("GET /x?y HTTP/1.1\r\nHost: a:80\r\nX-One: 1\r\n\r\n");
    const copied = await (await other.accept()).readTo("\r\n\r\n");
    expect(copied).toMatch(/^GET \/x\?y HTTP\/1\.1\r\nhost: a-shadow:80\r\nX-One: 1\r\n/iu);
    const host = await backend.accept();
    expect(await host.readTo("\r\n\r\n")).toContain("Host: a:80\r\n");
    other.connections[0]!.write("HTTP/1.1 500 Internal Server Error\r\nContent-Length: 4\r\n\r\noops");
    await until(() => proxy.shadowStat("upstream_rq_500") === 1);
    expect(client.received).toBe("");
    host.write(ok);
    await client.readTo("fine");
    expect(proxy.clusterStat("upstream_rq_completed")).toBe(1);
    expect([proxy.shadowStat("upstream_rq_total"), proxy.shadowStat("upstream_rq_active")]).toEqual([1, 0]);
    expect(proxy.logged).toHaveLength(1);
  });

  test("keeps its host where that is asked for", async () => {
    await using backend = await startHttpBackend((_request, response) => void response.end());
    await using other = await startRawBackend();
    await using proxy = await startProxy({
      hosts: [backend.port],
      shadowHosts: [other.port],
      ...mirrored({ disable_shadow_host_suffix_append: true }),
    });
    await call(proxy.port, { headers: { host: "a" } });
    expect(await (await other.accept()).readTo("\r\n\r\n")).toContain("host: a\r\n");
  });

  test("reaches the other cluster with its body, however it is framed", async () => {
    const parts = fc.array(fc.integer({ min: 1, max: 40_000 }), { minLength: 1, maxLength: 5 });
    const seen: string[] = [];
    let copied: string | undefined;
    const take = (into: (body: string) => void) => async (request: AsyncIterable<Buffer>) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      into(Buffer.concat(chunks).toString("latin1"));
    };
    await using backend = await startHttpBackend((request, response) => {
      void take((body) => {
        seen.push(body);
        response.end();
      })(request);
    });
    await using other = await startHttpBackend((request, response) => {
      void take((body) => {
        copied = body;
        response.end();
      })(request);
    });
    await using proxy = await startProxy({ hosts: [backend.port], shadowHosts: [other.port], ...mirrored() });
    await fc.assert(
      fc.asyncProperty(parts, fc.boolean(), async (sizes, chunked) => {
        copied = undefined;
        const bodies = sizes.map((size, index) => String.fromCharCode(97 + index).repeat(size));
        const body = bodies.join("");
        const client = await connectRaw(proxy.port);
        if (chunked) {
          client.write("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
          for (const part of bodies) client.write(`${part.length.toString(16)}\r\n${part}\r\n`);
          client.write("0\r\n\r\n");
        } else {
          client.write(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n`);
          for (const part of bodies) client.write(part);
        }
        await client.readTo("\r\n\r\n");
        await until(() => copied !== undefined);
        expect(copied === body).toBe(true);
        expect(seen.pop() === body).toBe(true);
        client.socket.destroy();
      }),
      { numRuns: 15 },
    );
  });

  test("is not held up by a cluster that takes no body: its copy is given up when there is too much to hold", async () => {
    await using backend = await startHttpBackend((request, response) => {
      request.resume();
      request.on("end", () => response.end("done"));
    });
    await using other = await startRawBackend();
    await using proxy = await startProxy({ hosts: [backend.port], shadowHosts: [other.port], bufferLimitBytes: 65_536, ...mirrored() });
    const client = await connectRaw(proxy.port);
    const size = 64 * 1024 * 1024;
    client.write(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${size}\r\n\r\n`);
    const shadow = await other.accept();
    await shadow.readTo("\r\n\r\n");
    shadow.socket.pause();
    for (let sent = 0; sent < size; sent += 1024 * 1024) client.write("x".repeat(1024 * 1024));
    await client.readTo("done");
    expect(proxy.clusterStat("retry_or_shadow_abandoned")).toBe(1);
    expect(proxy.shadowStat("upstream_rq_active")).toBe(0);
  });

  test("takes its copy back where the client breaks off", async () => {
    await using backend = await startRawBackend();
    await using other = await startRawBackend();
    await using proxy = await startProxy({ hosts: [backend.port], shadowHosts: [other.port], ...mirrored() });
    const client = await connectRaw(proxy.port);
    client.write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf.");
    const shadow = await other.accept();
    await shadow.readTo("half.");
    client.socket.destroy();
    await shadow.readAll();
    await until(() => proxy.shadowStat("upstream_rq_active") === 0);
  });

  test("fares well where its copy cannot be sent, is refused by the circuit breaker, or is late", async () => {
    await using backend = await startHttpBackend((_request, response) => void response.end("fine"));
    await using nowhere = await startProxy({ hosts: [backend.port], shadowHosts: [], ...mirrored() });
    expect((await call(nowhere.port)).body).toBe("fine");
    expect(nowhere.shadowStat("upstream_cx_none_healthy")).toBe(1);

    await using silent = await startRawBackend();
    await using slow = await startProxy({ hosts: [backend.port], shadowHosts: [silent.port], ...mirrored() });
    for (let count = 0; count < 3; count++) expect((await call(slow.port)).status).toBe(200);
    expect(slow.shadowStat("upstream_rq_pending_overflow")).toBe(1);
    await silent.accept();
    slow.runtime.advance(20_000);
    await until(() => slow.shadowStat("upstream_rq_active") === 0);
    expect(slow.shadowStat("upstream_rq_timeout")).toBe(2);
  });

  test("is copied in the share that is asked for", async () => {
    let copies = 0;
    await using backend = await startHttpBackend((_request, response) => void response.end());
    await using other = await startHttpBackend((_request, response) => {
      copies++;
      response.end();
    });
    const share = { runtime_fraction: { default_value: { numerator: 30 } } };
    await using proxy = await startProxy({ hosts: [backend.port], shadowHosts: [other.port], ...mirrored(share) });
    for (let count = 0; count < 100; count++) await call(proxy.port);
    await until(() => proxy.shadowStat("upstream_rq_active") === 0);
    expect(copies).toBeGreaterThan(12);
    expect(copies).toBeLessThan(50);
  });
});
