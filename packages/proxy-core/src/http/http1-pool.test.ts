import { once } from "node:events";
import { createServer } from "node:net";
import { setImmediate } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { ResponseFlag } from "../access-log/index.ts";
import { connectRaw, listen, startProxy, startRawBackend, until, type RawBackend, type RawPeer, type TestProxy } from "./testing.ts";

const get = (path = "/"): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;
const ok = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine";

/** An exchange on a connection of its own to the proxy; the host's side is the connection that the backend accepts next. */
async function exchange(proxy: TestProxy, backend: RawBackend): Promise<RawPeer> {
  const client = await connectRaw(proxy.port);
  client.write(get());
  const host = await backend.accept();
  await host.readHead();
  host.write(ok);
  await client.readTo("fine");
  return host;
}

/** After so many turns of the event loop. */
async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await setImmediate();
}

describe("the pool", () => {
  test("uses the connection again that was used last", async () => {
    await using backend = await startRawBackend();
    await using proxy = await startProxy({ hosts: [backend.port] });
    const clients = await Promise.all([connectRaw(proxy.port), connectRaw(proxy.port)]);
    for (const client of clients) client.write(get());
    const hosts = [await backend.accept(), await backend.accept()];
    for (const host of hosts) await host.readHead();
    for (const host of hosts) {
      host.write(ok);
      await Promise.race(clients.map((client) => until(() => client.received.includes("fine"))));
      for (const client of clients) client.received = "";
      await turns(3);
    }
    for (let i = 0; i < 3; i++) {
      clients[0]?.write(get(`/${i}`));
      expect(await hosts[1]?.readHead()).toContain(`GET /${i} `);
      hosts[1]?.write(ok);
      await clients[0]?.readTo("fine");
    }
    expect(proxy.clusterStat("upstream_cx_total")).toBe(2);
  });

  test("lets streams wait when the circuit breaker allows no more connections, the first one first", async () => {
    await using backend = await startRawBackend();
    const cluster = { circuit_breakers: { thresholds: [{ max_connections: 1 }] } };
    await using proxy = await startProxy({ hosts: [backend.port], cluster });
    const clients: RawPeer[] = [];
    for (let i = 0; i < 3; i++) {
      const client = await connectRaw(proxy.port);
      client.write(get(`/${i}`));
      await until(() => proxy.clusterStat("upstream_rq_active") === i + 1);
      clients.push(client);
    }
    const host = await backend.accept();
    for (let i = 0; i < 3; i++) {
      expect(await host.readHead()).toContain(`GET /${i} `);
      expect([proxy.clusterStat("upstream_rq_pending_active"), proxy.hostPending()]).toEqual([2 - i, 2 - i]);
      host.write(ok);
      await clients[i]?.readTo("fine");
    }
    expect(backend.connections).toHaveLength(1);
    expect(proxy.clusterStat("upstream_cx_overflow")).toBeGreaterThan(0);
  });

  test("turns streams away when too many wait", async () => {
    await using backend = await startRawBackend();
    const cluster = { circuit_breakers: { thresholds: [{ max_connections: 1, max_pending_requests: 1 }] } };
    await using proxy = await startProxy({ hosts: [backend.port], cluster });
    const first = await connectRaw(proxy.port);
    first.write(get("/1"));
    await (await backend.accept()).readHead();
    const second = await connectRaw(proxy.port);
    second.write(get("/2"));
    await until(() => proxy.clusterStat("upstream_rq_pending_active") === 1);
    const third = await connectRaw(proxy.port);
    third.write(get("/3"));
    const answer = await third.readTo("reset reason: overflow");
    expect(answer).toMatch(/^HTTP\/1\.1 503 Service Unavailable\r\n/u);
    expect(answer).toContain("x-envoy-overloaded: true\r\n");
    expect(proxy.clusterStat("upstream_rq_pending_overflow")).toBe(1);
    expect(proxy.logged[0]?.flags).toBe(ResponseFlag.UpstreamOverflow);
  });

  test("forgets a stream that waits when its client goes", async () => {
    await using backend = await startRawBackend();
    const cluster = { circuit_breakers: { thresholds: [{ max_connections: 1 }] } };
    await using proxy = await startProxy({ hosts: [backend.port], cluster });
    const first = await connectRaw(proxy.port);
    first.write(get("/1"));
    const host = await backend.accept();
    await host.readHead();
    const second = await connectRaw(proxy.port);
    second.write(get("/2"));
    await until(() => proxy.clusterStat("upstream_rq_pending_active") === 1);
    second.socket.destroy();
    await until(() => proxy.clusterStat("upstream_rq_pending_active") === 0);
    host.write(ok);
    await first.readTo("fine");
    first.write(get("/3"));
    expect(await host.readHead()).toContain("GET /3 ");
  });

  test("answers 503 where no connection can be made", async () => {
    const server = createServer();
    const port = await listen(server);
    server.close();
    await once(server, "close");
    await using proxy = await startProxy({ hosts: [port] });
    const client = await connectRaw(proxy.port);
    client.write(get());
    expect(await client.readTo("reset reason: remote connection failure")).toMatch(/^HTTP\/1\.1 503 /u);
    expect(proxy.clusterStat("upstream_cx_connect_fail")).toBe(1);
    expect(proxy.clusterStat("upstream_rq_pending_failure_eject")).toBe(1);
    expect(proxy.clusterStat("upstream_cx_active")).toBe(0);
    expect(proxy.logged[0]?.flags).toBe(ResponseFlag.UpstreamConnectionFailure);
  });

  test("answers 503 where there is no host", async () => {
    await using proxy = await startProxy();
    const client = await connectRaw(proxy.port);
    client.write(get());
    expect(await client.readTo("no healthy upstream")).toMatch(/^HTTP\/1\.1 503 /u);
    expect(proxy.logged[0]?.flags).toBe(ResponseFlag.NoHealthyUpstream);
  });

  test("drops a connection that the host closes while it is idle", async () => {
    await using backend = await startRawBackend();
    await using proxy = await startProxy({ hosts: [backend.port] });
    const host = await exchange(proxy, backend);
    host.socket.end();
    await until(() => proxy.clusterStat("upstream_cx_active") === 0);
    const ends = ["local", "remote", "with_active_rq"].map((how) => proxy.clusterStat(`upstream_cx_destroy_${how}`));
    expect(ends).toEqual([0, 1, 0]);
    await exchange(proxy, backend);
    expect(proxy.logged.map(({ code }) => code)).toEqual([200, 200]);
  });

  test("counts what a connection has carried when it ends, and that the host asked for the end", async () => {
    const carried = (proxy: TestProxy): number => proxy.histogram("upstream_rq_per_cx");
    await using backend = await startRawBackend();
    await using proxy = await startProxy({ hosts: [backend.port] });
    const client = await connectRaw(proxy.port);
    client.write(get());
    const host = await backend.accept();
    for (const [index, answer] of [ok, ok.replace("\r\n", "\r\nConnection: close\r\n")].entries()) {
      await host.readHead();
      expect(carried(proxy)).toBe(0);
      host.write(answer);
      await client.readTo("fine");
      if (index === 0) client.write(get());
    }
    await until(() => proxy.clusterStat("upstream_cx_active") === 0);
    expect(carried(proxy)).toBe(2);
    expect([proxy.clusterStat("upstream_cx_close_notify"), proxy.clusterStat("upstream_cx_http1_total")]).toEqual([1, 1]);
    expect([proxy.clusterStat("external.upstream_rq_200"), proxy.clusterStat("upstream_rq_200")]).toEqual([2, 2]);
  });

  test("drops a connection on which bytes come unasked", async () => {
    await using backend = await startRawBackend();
    await using proxy = await startProxy({ hosts: [backend.port] });
    const host = await exchange(proxy, backend);
    host.write("HTTP/1.1 408 Request Timeout\r\n\r\n");
    await host.readAll();
    await until(() => proxy.clusterStat("upstream_cx_active") === 0);
    expect(proxy.clusterStat("upstream_cx_protocol_error")).toBe(1);
    await exchange(proxy, backend);
  });

  test("sends nothing on a connection that the host ends together with its response", async () => {
    await using backend = await startRawBackend();
    await using proxy = await startProxy({ hosts: [backend.port] });
    const client = await connectRaw(proxy.port);
    const paths = ["/a", "/b", "/c", "/d"];
    client.write(paths.map(get).join(""));
    for (const path of paths) {
      const host = await backend.accept();
      expect(await host.readHead()).toContain(`GET ${path} `);
      host.socket.end(ok);
      await client.readTo("fine");
      expect(await host.readAll()).toBe("");
    }
    expect(proxy.logged.map(({ code }) => code)).toEqual([200, 200, 200, 200]);
  });

  test("gives a stream that has waited no such connection either, and forgets one that goes before it can be given any", async () => {
    await using backend = await startRawBackend();
    const cluster = { circuit_breakers: { thresholds: [{ max_connections: 1 }] } };
    await using proxy = await startProxy({ hosts: [backend.port], cluster });
    const clients = await Promise.all([connectRaw(proxy.port), connectRaw(proxy.port), connectRaw(proxy.port)]);
    clients[0]?.write(get("/0"));
    const host = await backend.accept();
    await host.readHead();
    clients[1]?.write(get("/1"));
    await until(() => proxy.clusterStat("upstream_rq_pending_active") === 1);
    clients[2]?.write(get("/2"));
    await until(() => proxy.clusterStat("upstream_rq_pending_active") === 2);
    host.socket.end(ok);
    await clients[0]?.readTo("fine");
    clients[1]?.socket.destroy();
    const next = await backend.accept();
    const head = await next.readHead();
    next.write(ok);
    // Whether the client's end or the new connection came first is not for us to say.
    if (head.includes("/1")) {
      expect(await (await backend.accept()).readHead()).toContain("GET /2 ");
    } else {
      expect(head).toContain("GET /2 ");
      await clients[2]?.readTo("fine");
    }
    expect(await host.readAll()).toBe("");
  });

  test("tells of a reset when the host closes a connection just as the request is sent", async () => {
    await using backend = await startRawBackend();
    await using proxy = await startProxy({ hosts: [backend.port] });
    const client = await connectRaw(proxy.port);
    client.write(get());
    const host = await backend.accept();
    await host.readHead();
    host.write(ok);
    await client.readTo("fine");
    client.write(get("/late"));
    await host.readHead();
    host.socket.destroy();
    expect(await client.readTo("reset reason: connection termination")).toMatch(/^HTTP\/1\.1 503 /u);
    expect(proxy.logged[1]?.flags).toBe(ResponseFlag.UpstreamConnectionTermination);
  });

  test("gives a connection as many requests as it may carry", async () => {
    await using backend = await startRawBackend();
    const typeName = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";
    await using proxy = await startProxy({
      hosts: [backend.port],
      cluster: {
        typed_extension_protocol_options: {
          [typeName]: {
            "@type": `type.googleapis.com/${typeName}`,
            explicit_http_config: { http_protocol_options: {} },
            common_http_protocol_options: { max_requests_per_connection: 2 },
          },
        },
      },
    });
    const client = await connectRaw(proxy.port);
    client.write(get("/1"));
    const first = await backend.accept();
    for (const path of ["/1", "/2"]) {
      if (path !== "/1") client.write(get(path));
      await first.readHead();
      first.write(ok);
      await client.readTo("fine");
    }
    await first.readAll();
    client.write(get("/3"));
    expect(await (await backend.accept()).readHead()).toContain("GET /3 ");
    expect(proxy.clusterStat("upstream_cx_max_requests")).toBe(1);
  });

  test("closes a connection that the host will not use again", async () => {
    await using backend = await startRawBackend();
    await using proxy = await startProxy({ hosts: [backend.port] });
    const client = await connectRaw(proxy.port);
    client.write(get());
    const host = await backend.accept();
    await host.readHead();
    host.write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nfine");
    expect(await client.readTo("fine")).not.toMatch(/connection/iu);
    await host.readAll();
    await exchange(proxy, backend);
  });

  test("that is drained closes what is idle, and what is in use after its exchange", async () => {
    await using backend = await startRawBackend();
    await using proxy = await startProxy({ hosts: [backend.port] });
    const busy = await connectRaw(proxy.port);
    busy.write(get("/busy"));
    const host = await backend.accept();
    await host.readHead();
    const idle = await exchange(proxy, backend);
    proxy.drainHosts();
    await idle.readAll();
    expect(host.ended).toBe(false);
    host.write(ok);
    await busy.readTo("fine");
    await host.readAll();
    // New streams get a new pool.
    await exchange(proxy, backend);
  });

  test("closes connections that are idle for as long as the cluster says", async () => {
    await using backend = await startRawBackend();
    await using proxy = await startProxy({ hosts: [backend.port] });
    const host = await exchange(proxy, backend);
    proxy.runtime.advance(3_599_000);
    expect(host.ended).toBe(false);
    proxy.runtime.advance(1100);
    await host.readAll();
    expect(proxy.clusterStat("upstream_cx_idle_timeout")).toBe(1);
  });
});
