import { once } from "node:events";
import type { Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ResponseFlag } from "../access-log/index.ts";
import { readAll, readBytes } from "../network/testing.ts";
import { atOnce } from "../stream/testing.ts";
import { testHosts, testTcpProxy, type TestHost, type TestTcpProxy, type TestTcpProxyOptions } from "./testing.ts";

const hosts = testHosts();
let host: TestHost;
beforeEach(async () => {
  host = await hosts.make();
});
afterEach(() => hosts.close());

const proxyTo = (options: TestTcpProxyOptions = {}, ...addresses: string[]): TestTcpProxy =>
  testTcpProxy({ clusters: { c: addresses.length === 0 ? [host.address] : addresses }, ...options });

/** A client's socket and its twin at the host. */
async function through(proxy: TestTcpProxy): Promise<{ client: Socket; upstream: Socket }> {
  const connected = (): number => proxy.stat("cluster.c.upstream_cx_connect_ms");
  const before = connected();
  const accepting = host.accept();
  const { far: client } = await proxy.connect();
  const upstream = await accepting;
  // The host may know of the connection before the proxy does.
  while (connected() === before) await new Promise(setImmediate);
  return { client, upstream };
}

const refusedAddress = async (): Promise<string> => {
  const gone = await hosts.make();
  gone.server.close();
  await once(gone.server, "close");
  return gone.address;
};

const settled = async (proxy: TestTcpProxy): Promise<void> => {
  while (proxy.filter.activeConnections > 0) await new Promise(setImmediate);
};

describe("a session carries bytes", () => {
  test("both ways, and logs what it carried when it ends", async () => {
    await using proxy = proxyTo();
    const { client, upstream } = await through(proxy);
    const upstreamLocalAddress = `127.0.0.1:${upstream.remotePort}`;
    client.write("ping");
    expect((await readBytes(upstream, 4)).toString()).toBe("ping");
    upstream.write("a longer pong");
    expect((await readBytes(client, 13)).toString()).toBe("a longer pong");
    expect(proxy.stat("tcp.t.downstream_cx_active")).toBe(1);
    expect(proxy.stat("cluster.c.upstream_cx_active")).toBe(1);
    proxy.runtime.advance(160);
    client.end();
    upstream.end();
    await Promise.all([readAll(client), readAll(upstream)]);
    await settled(proxy);
    expect(proxy.logged).toMatchObject([
      {
        bytesReceived: 4,
        bytesSent: 13,
        duration: 160,
        responseFlags: 0,
        responseCode: 0,
        upstreamCluster: "c",
        upstreamHost: host.address,
        upstreamRequestAttemptCount: 1,
        upstreamLocalAddress,
        downstreamRemoteAddress: "10.0.0.1:1",
        downstreamDirectRemoteAddress: "127.0.0.1:1",
        downstreamLocalAddress: "10.0.0.2:80",
        protocol: undefined,
      },
    ]);
    expect(proxy.stat("tcp.t.downstream_cx_total")).toBe(1);
    expect(proxy.stat("tcp.t.downstream_cx_active")).toBe(0);
    expect(proxy.stat("tcp.t.downstream_cx_rx_bytes_total")).toBe(4);
    expect(proxy.stat("tcp.t.downstream_cx_tx_bytes_total")).toBe(13);
    expect(proxy.stat("cluster.c.upstream_cx_tx_bytes_total")).toBe(4);
    expect(proxy.stat("cluster.c.upstream_cx_rx_bytes_total")).toBe(13);
    expect(proxy.stat("cluster.c.upstream_cx_total")).toBe(1);
    expect(proxy.stat("cluster.c.upstream_cx_active")).toBe(0);
    expect(proxy.stat("cluster.c.upstream_cx_connect_fail")).toBe(0);
    expect(proxy.cluster().limits[0].connections).toBe(0);
    expect(proxy.cluster().hosts[0]?.stats).toMatchObject({ cxTotal: 1, cxActive: 0, cxConnectFail: 0 });
  });

  test("that the listener had read already, before all others", async () => {
    await using proxy = proxyTo();
    const accepting = host.accept();
    const { far: client } = await proxy.connect({ initial: Buffer.from("first ") });
    client.end("second");
    const upstream = await accepting;
    expect((await readAll(upstream)).toString()).toBe("first second");
    expect(proxy.stat("tcp.t.downstream_cx_rx_bytes_total")).toBe(12);
  });

  test("in their order and number, when there are many", async () => {
    await using proxy = proxyTo();
    const { client, upstream } = await through(proxy);
    const bytes = Buffer.alloc(5_000_000);
    for (let index = 0; index < bytes.length; index++) bytes[index] = index % 251;
    client.end(bytes);
    upstream.end(bytes);
    const [atUpstream, atClient] = await Promise.all([readAll(upstream), readAll(client)]);
    expect(Buffer.compare(atUpstream, bytes)).toBe(0);
    expect(Buffer.compare(atClient, bytes)).toBe(0);
  });
});

describe("an end is passed on by itself", () => {
  test("so that a host may answer a client that has finished", async () => {
    await using proxy = proxyTo();
    const { client, upstream } = await through(proxy);
    client.end("question");
    expect((await readAll(upstream)).toString()).toBe("question");
    expect(proxy.filter.activeConnections).toBe(1);
    upstream.end("answer");
    expect((await readAll(client)).toString()).toBe("answer");
    await settled(proxy);
    expect(proxy.logged).toMatchObject([{ responseFlags: 0 }]);
  });

  test("so that a client may go on when the host has finished", async () => {
    await using proxy = proxyTo();
    const { client, upstream } = await through(proxy);
    upstream.end("greeting");
    expect((await readAll(client)).toString()).toBe("greeting");
    client.end("thanks");
    expect((await readAll(upstream)).toString()).toBe("thanks");
    await settled(proxy);
    expect(proxy.logged).toMatchObject([{ responseFlags: 0 }]);
  });
});

describe("a reset is passed on as a reset", () => {
  test("to the host", async () => {
    await using proxy = proxyTo();
    const { client, upstream } = await through(proxy);
    client.write("x");
    await readBytes(upstream, 1);
    const failed = once(upstream, "error");
    upstream.resume();
    client.resetAndDestroy();
    const [error] = (await failed) as [NodeJS.ErrnoException];
    expect(error.code).toBe("ECONNRESET");
    await settled(proxy);
    expect(proxy.logged).toMatchObject([{ responseFlags: 0, downstreamCloseType: "RemoteReset" }]);
  });

  test("to the client", async () => {
    await using proxy = proxyTo();
    const { client, upstream } = await through(proxy);
    client.write("x");
    await readBytes(upstream, 1);
    const failed = once(client, "error");
    client.resume();
    upstream.resetAndDestroy();
    const [error] = (await failed) as [NodeJS.ErrnoException];
    expect(error.code).toBe("ECONNRESET");
    await settled(proxy);
    expect(proxy.logged).toMatchObject([
      { responseFlags: ResponseFlag.UpstreamRemoteReset, upstreamCloseType: "RemoteReset", downstreamCloseType: "LocalReset" },
    ]);
  });
});

describe("a slow reader", () => {
  /** More than the kernel's buffers of both connections take. */
  const flood = Buffer.alloc(32 * 1024 * 1024);
  const limit = 64 * 1024;

  /** The most that waits in the proxy for the reader: its limit, what one read brings more, and what a socket holds besides. */
  const tolerance = limit + 256 * 1024;

  test("at the client stops reading from the host, and memory is bounded", async () => {
    await using proxy = proxyTo({ clusterFields: { per_connection_buffer_limit_bytes: limit } });
    const accepting = host.accept();
    const { far: client, near } = await proxy.connect({ bufferLimitBytes: limit });
    const upstream = await accepting;
    let most = 0;
    const sent = new Promise((resolve) => {
      upstream.end(flood, () => resolve(undefined));
    });
    // Until nothing moves any more.
    for (let still = 0, before = -1; still < 200; still = before === upstream.bytesWritten - upstream.writableLength ? still + 1 : 0) {
      before = upstream.bytesWritten - upstream.writableLength;
      most = Math.max(most, near.writableLength);
      await new Promise(setImmediate);
    }
    expect(near.writableLength).toBeGreaterThan(0);
    expect(most).toBeLessThan(tolerance);
    expect(upstream.writableLength).toBeGreaterThan(0);
    expect((await readAll(client)).length).toBe(flood.length);
    await sent;
  });

  test("at the host stops reading from the client", async () => {
    await using proxy = proxyTo({ clusterFields: { per_connection_buffer_limit_bytes: limit } });
    const { client, upstream } = await through(proxy);
    client.end(flood);
    while (proxy.stat("tcp.t.downstream_flow_control_paused_reading_total") === 0) await new Promise(setImmediate);
    expect(client.writableLength).toBeGreaterThan(0);
    expect(proxy.stat("tcp.t.downstream_flow_control_resumed_reading_total")).toBe(0);
    expect((await readAll(upstream)).length).toBe(flood.length);
    expect(proxy.stat("tcp.t.downstream_flow_control_resumed_reading_total")).toBeGreaterThan(0);
    const backedUp = proxy.stat("cluster.c.upstream_flow_control_backed_up_total");
    expect(backedUp).toBeGreaterThan(0);
    expect(proxy.stat("cluster.c.upstream_flow_control_drained_total")).toBe(backedUp);
  });

  test("that goes away frees the other side", async () => {
    await using proxy = proxyTo({ clusterFields: { per_connection_buffer_limit_bytes: limit } });
    const { client, upstream } = await through(proxy);
    client.write(flood);
    while (proxy.stat("tcp.t.downstream_flow_control_paused_reading_total") === 0) await new Promise(setImmediate);
    const closed = new Promise((resolve) => client.once("close", resolve));
    upstream.resetAndDestroy();
    await closed;
    await settled(proxy);
  });
});

describe("time", () => {
  test("without bytes in either direction ends a session", async () => {
    await using proxy = proxyTo({ config: { cluster: "c", idle_timeout: "10s" } });
    const { client, upstream } = await through(proxy);
    proxy.runtime.advance(9000);
    client.write("x");
    await readBytes(upstream, 1);
    proxy.runtime.advance(9000);
    upstream.write("y");
    await readBytes(client, 1);
    proxy.runtime.advance(9000);
    expect(proxy.stat("tcp.t.idle_timeout")).toBe(0);
    proxy.runtime.advance(1100);
    expect(proxy.stat("tcp.t.idle_timeout")).toBe(1);
    expect((await readAll(client)).length).toBe(0);
    expect((await readAll(upstream)).length).toBe(0);
    await settled(proxy);
    expect(proxy.logged).toHaveLength(1);
  });

  test("an hour of it ends a session that does not say how long, and none does with 0", async () => {
    await using proxy = proxyTo();
    await through(proxy);
    proxy.runtime.advance(3_599_000);
    expect(proxy.stat("tcp.t.idle_timeout")).toBe(0);
    proxy.runtime.advance(1100);
    expect(proxy.stat("tcp.t.idle_timeout")).toBe(1);
    await using endless = proxyTo({ config: { cluster: "c", idle_timeout: "0s" } });
    await through(endless);
    endless.runtime.advance(4_000_000);
    expect(endless.filter.activeConnections).toBe(1);
  });

  test("as a whole is limited by max_downstream_connection_duration", async () => {
    await using proxy = proxyTo({ config: { cluster: "c", max_downstream_connection_duration: "5s" } });
    const { client, upstream } = await through(proxy);
    proxy.runtime.advance(4900);
    client.write("x");
    await readBytes(upstream, 1);
    proxy.runtime.advance(200);
    await readAll(client);
    await settled(proxy);
    expect(proxy.stat("tcp.t.max_downstream_connection_duration")).toBe(1);
    expect(proxy.logged).toMatchObject([{ responseFlags: ResponseFlag.DurationTimeout }]);
  });
});

test("a log that asks for it is told the bytes and the times of both connections", async () => {
  await using proxy = proxyTo({ needsDetail: true });
  const accepting = host.accept();
  const { far: client } = await proxy.connect();
  client.end("hello");
  const upstream = await accepting;
  expect((await readAll(upstream)).toString()).toBe("hello");
  proxy.runtime.advance(50);
  upstream.end("answer!");
  await readAll(client);
  await settled(proxy);
  const detail = proxy.logged[0]?.detail;
  expect(detail).toMatchObject({ downstreamBytesReceived: 5, downstreamBytesSent: 7, upstreamBytesReceived: 7, upstreamBytesSent: 5 });
  expect(detail?.upstreamConnectStartedAt).toBe(detail?.downstreamConnectedAt);
  expect(detail?.upstreamConnectedAt).toBe(detail?.upstreamConnectStartedAt);
  expect(proxy.stat("cluster.c.upstream_cx_destroy_with_active_rq")).toBe(1);
});

describe("a host that cannot be reached", () => {
  test("ends the session, and is told in the log", async () => {
    const address = await refusedAddress();
    await using proxy = proxyTo({}, address);
    const { far: client } = await proxy.connect();
    expect((await readAll(client)).length).toBe(0);
    await settled(proxy);
    const flags = ResponseFlag.UpstreamConnectionFailure | ResponseFlag.UpstreamRetryLimitExceeded;
    expect(proxy.logged).toMatchObject([
      { responseFlags: flags, upstreamHost: address, upstreamRequestAttemptCount: 1, upstreamLocalAddress: undefined },
    ]);
    expect(proxy.logged[0]?.upstreamTransportFailureReason).toBe("delayed connect error: Connection refused");
    expect(proxy.stat("cluster.c.upstream_cx_connect_fail")).toBe(1);
    expect(proxy.stat("cluster.c.upstream_cx_connect_attempts_exceeded")).toBe(1);
    expect(proxy.cluster().hosts[0]?.stats).toMatchObject({ cxConnectFail: 1, cxActive: 0 });
    expect(proxy.cluster().limits[0].connections).toBe(0);
  });

  test("is followed by others, as often as configured", async () => {
    const dead = [await refusedAddress(), await refusedAddress()];
    await using proxy = proxyTo({ config: { cluster: "c", max_connect_attempts: 3 } }, ...dead, host.address);
    const accepting = host.accept();
    const { far: client } = await proxy.connect({ initial: Buffer.from("kept ") });
    client.end("all the while");
    const upstream = await accepting;
    expect((await readAll(upstream)).toString()).toBe("kept all the while");
    upstream.end("answer");
    expect((await readAll(client)).toString()).toBe("answer");
    await settled(proxy);
    const [entry] = proxy.logged;
    expect(entry).toMatchObject({ upstreamHost: host.address, responseFlags: 0 });
    expect(entry?.upstreamRequestAttemptCount).toBe(1 + proxy.stat("cluster.c.upstream_cx_connect_fail"));
    expect(entry?.upstreamHostsFailed.map(({ addressText }) => addressText)).toHaveLength(proxy.stat("cluster.c.upstream_cx_connect_fail"));
    for (const { addressText } of entry?.upstreamHostsFailed ?? []) expect(dead).toContain(addressText);
    expect(entry?.upstreamConnectionId).toBeGreaterThan(0);
    expect(entry?.detail).toBeUndefined();
  });

  test("in time counts as one that refused", async () => {
    await using proxy = proxyTo({ clusterFields: { connect_timeout: "1s" } });
    const { far: client } = await proxy.connect();
    // Before the event loop has come to connect.
    proxy.runtime.advance(1100);
    expect((await readAll(client)).length).toBe(0);
    await settled(proxy);
    expect(proxy.stat("cluster.c.upstream_cx_connect_timeout")).toBe(1);
    expect(proxy.stat("cluster.c.upstream_cx_connect_fail")).toBe(1);
    expect(proxy.logged[0]?.upstreamTransportFailureReason).toBe("connect timeout");
  });

  test("because the session ended first is not blamed for it", async () => {
    await using proxy = proxyTo();
    await proxy.connect();
    proxy.filter.close();
    await settled(proxy);
    while (proxy.stat("cluster.c.upstream_cx_active") > 0) await new Promise(setImmediate);
    expect(proxy.stat("cluster.c.upstream_cx_connect_fail")).toBe(0);
    expect(proxy.cluster().hosts[0]?.stats.cxConnectFail).toBe(0);
    expect(proxy.cluster().limits[0].connections).toBe(0);
  });
});

describe("a session without a host", () => {
  test("ends where the cluster has none", async () => {
    await using proxy = testTcpProxy({ clusters: { c: [] } });
    const { far: client } = await proxy.connect();
    await readAll(client);
    await settled(proxy);
    expect(proxy.logged).toMatchObject([{ responseFlags: ResponseFlag.NoHealthyUpstream, upstreamHost: undefined }]);
    expect(proxy.stat("cluster.c.upstream_cx_none_healthy")).toBe(1);
  });

  test("ends where the cluster has as many connections as it may have", async () => {
    const circuit_breakers = { thresholds: [{ max_connections: 1 }] };
    await using proxy = proxyTo({ clusterFields: { circuit_breakers } });
    const { client, upstream } = await through(proxy);
    const { far: second } = await proxy.connect();
    await readAll(second);
    expect(proxy.stat("cluster.c.upstream_cx_overflow")).toBe(1);
    expect(proxy.logged).toMatchObject([{ responseFlags: ResponseFlag.UpstreamOverflow }]);
    client.end();
    upstream.end();
    await Promise.all([readAll(client), readAll(upstream)]);
    await settled(proxy);
    const third = await through(proxy);
    expect(third.client.destroyed).toBe(false);
  });
});

test("close ends all sessions", async () => {
  await using proxy = proxyTo();
  const { client, upstream } = await through(proxy);
  proxy.filter.drain(atOnce);
  expect(proxy.filter.activeConnections).toBe(1);
  proxy.filter.close();
  await Promise.all([readAll(client), readAll(upstream)]);
  await settled(proxy);
  expect(proxy.logged).toHaveLength(1);
});
