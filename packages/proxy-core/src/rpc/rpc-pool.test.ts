import { boltCodec, BoltStatus } from "@mesh/codec-bolt";
import { describe, expect, test } from "vitest";
import { HostHealth } from "../cluster/index.ts";
import { deadPort, echo, openBooks, rpcOptions, startHost, startRpc, turns, until, type TestRpc } from "./testing.ts";

const meshSession = boltCodec({ goAway: true }).open({ onFrame() {} }, { role: "server" });
const goAway = (): Buffer => meshSession.goAway() ?? Buffer.alloc(0);

/** Lets the connections of a pool all stand. */
async function connected(rpc: TestRpc, count: number): Promise<void> {
  const caller = await rpc.connect();
  while (rpc.clusterStat("upstream_cx_connect_ms") < count) await caller.call();
}

describe("connections to a host", () => {
  test("calls are spread over as many as configured, in turn", async () => {
    await using host = await startHost(echo);
    await using rpc = await startRpc({ hosts: [host.port], cluster: rpcOptions({ connections_per_host: 3 }) });
    await connected(rpc, 3);
    const served = host.connections.map(() => 0);
    for (const [index, connection] of host.connections.entries()) {
      connection.onFrame = (call, peer) => {
        served[index] = (served[index] ?? 0) + 1;
        echo(call, peer);
      };
    }
    const caller = await rpc.connect();
    await Promise.all(Array.from({ length: 12 }, () => caller.call()));
    expect(served).toEqual([4, 4, 4]);
    expect(rpc.clusterStat("upstream_cx_total")).toBe(3);
  });

  test("a call takes one that stands rather than wait for the one whose turn it is", async () => {
    await using host = await startHost(echo);
    await using rpc = await startRpc({ hosts: [host.port], cluster: rpcOptions({ connections_per_host: 2 }) });
    const caller = await rpc.connect();
    await caller.call();
    const waited = rpc.clusterStat("upstream_rq_pending_total");
    await caller.call();
    expect(rpc.clusterStat("upstream_rq_pending_total")).toBe(waited);
    await until(() => host.connections.length === 2);
  });

  test("each host has its own", async () => {
    await using first = await startHost(echo);
    await using second = await startHost(echo);
    await using rpc = await startRpc({ hosts: [first.port, second.port] });
    const caller = await rpc.connect();
    for (let count = 0; count < 4; count++) await caller.call();
    expect([first, second].map(({ connections }) => connections.length)).toEqual([1, 1]);
    expect(rpc.cluster.hosts.map(({ stats }) => stats.rqTotal)).toEqual([2, 2]);
  });
});

describe("max_connections", () => {
  const one = { circuit_breakers: { thresholds: [{ max_connections: 1 }] } };

  test("keeps a pool from growing, and its calls share what there is", async () => {
    await using host = await startHost(echo);
    await using rpc = await startRpc({ hosts: [host.port], cluster: { ...rpcOptions({ connections_per_host: 4 }), ...one } });
    const caller = await rpc.connect();
    const answers = await Promise.all(Array.from({ length: 8 }, () => caller.call()));
    expect(answers.every((answer) => answer?.status === BoltStatus.Success)).toBe(true);
    for (let count = 0; count < 8; count++) await caller.call();
    await turns();
    expect(host.connections).toHaveLength(1);
    expect(rpc.clusterStat("circuit_breakers.default.cx_open")).toBe(1);
  });

  test("lets every host have one all the same, as Envoy does, and counts that", async () => {
    await using first = await startHost(echo);
    await using second = await startHost(echo);
    await using rpc = await startRpc({ hosts: [first.port, second.port], cluster: one });
    const caller = await rpc.connect();
    const answers = [await caller.call(), await caller.call()];
    expect(answers.every((answer) => answer?.status === BoltStatus.Success)).toBe(true);
    expect(rpc.clusterStat("upstream_cx_overflow")).toBe(1);
    expect(rpc.clusterStat("upstream_cx_active")).toBe(2);
  });
});

describe("a connection that broke", () => {
  test("is made again in the background, so that the next call need not wait", async () => {
    await using host = await startHost(echo);
    await using rpc = await startRpc({ hosts: [host.port] });
    const caller = await rpc.connect();
    await caller.call();
    const first = await host.accept();
    first.socket.destroy();
    await until(() => rpc.clusterStat("upstream_cx_active") === 0);
    // Absent: half a second, with jitter in its upper half.
    rpc.runtime.advance(240);
    await turns();
    expect(host.connections).toHaveLength(1);
    rpc.runtime.advance(300);
    await until(() => rpc.clusterStat("upstream_cx_connect_ms") === 2);
    const waited = rpc.clusterStat("upstream_rq_pending_total");
    await caller.call();
    expect(rpc.clusterStat("upstream_rq_pending_total")).toBe(waited);
  });

  test("is waited for longer each time it cannot be made, up to the most", async () => {
    const port = await deadPort();
    await using rpc = await startRpc({
      hosts: [port],
      cluster: rpcOptions({ reconnect_base_interval: "0.1s", reconnect_max_interval: "0.4s" }),
    });
    const caller = await rpc.connect();
    await caller.call();
    const attempts = (): number => rpc.clusterStat("upstream_cx_connect_fail");
    // What a wait was, by steps of the wheel.
    const waits: number[] = [];
    for (let attempt = attempts(); waits.length < 6; attempt++) {
      await until(() => attempts() === attempt && rpc.clusterStat("upstream_cx_active") === 0);
      let waited = 0;
      while (rpc.clusterStat("upstream_cx_active") === 0) {
        rpc.runtime.advance(16);
        waited += 16;
      }
      waits.push(waited);
    }
    const [first = 0, second = 0, ...rest] = waits;
    expect(first).toBeGreaterThanOrEqual(100);
    expect(first).toBeLessThanOrEqual(232);
    expect(second).toBeGreaterThanOrEqual(200);
    for (const wait of [second, ...rest]) expect(wait).toBeLessThanOrEqual(432);
    for (const wait of rest) expect(wait).toBeGreaterThanOrEqual(200);
  });

  test("a call that comes before that tries at once", async () => {
    await using host = await startHost(echo);
    await using rpc = await startRpc({ hosts: [host.port] });
    const caller = await rpc.connect();
    await caller.call();
    const first = await host.accept();
    first.socket.destroy();
    await until(() => rpc.clusterStat("upstream_cx_active") === 0);
    expect((await caller.call())?.status).toBe(BoltStatus.Success);
    rpc.runtime.advance(10_000);
    await turns();
    expect(host.connections).toHaveLength(2);
  });

  test("where another one stands, calls do not hammer at the host before the back-off is over", async () => {
    await using host = await startHost(echo);
    await using rpc = await startRpc({ hosts: [host.port], cluster: rpcOptions({ connections_per_host: 2 }) });
    await connected(rpc, 2);
    const caller = await rpc.connect();
    await Promise.all([caller.call(), caller.call()]);
    host.connections[1]?.socket.destroy();
    await until(() => rpc.clusterStat("upstream_cx_active") === 1);
    for (let count = 0; count < 10; count++) expect((await caller.call())?.status).toBe(BoltStatus.Success);
    expect(rpc.clusterStat("upstream_cx_total")).toBe(2);
    rpc.runtime.advance(600);
    await until(() => rpc.clusterStat("upstream_cx_connect_ms") === 3);
  });

  test("one that is accepted and closed without a word counts as one that cannot be made", async () => {
    await using host = await startHost(echo);
    await using rpc = await startRpc({ hosts: [host.port], cluster: rpcOptions({ reconnect_base_interval: "0.1s" }) });
    const caller = await rpc.connect();
    await caller.call();
    (await host.accept()).socket.destroy();
    let waited = 0;
    for (let count = 0; count < 5; count++) {
      await until(() => rpc.clusterStat("upstream_cx_active") === 0);
      waited = 0;
      while (rpc.clusterStat("upstream_cx_active") === 0) {
        rpc.runtime.advance(16);
        waited += 16;
      }
      (await host.accept()).socket.destroy();
    }
    // Four in a row: 0.1 s doubled four times is over the most of ten times that.
    expect(waited).toBeGreaterThanOrEqual(500);
  });
});

describe("a host that sent GoAway", () => {
  test("is left alone where there are others, until it takes a connection again", async () => {
    await using first = await startHost(echo);
    await using second = await startHost(echo);
    await using rpc = await startRpc({ hosts: [first.port, second.port] });
    const caller = await rpc.connect();
    await caller.call();
    await caller.call();
    const [host] = rpc.cluster.hosts;
    (await first.accept()).send(goAway());
    await until(() => host?.health === HostHealth.Draining);
    for (let count = 0; count < 4; count++) expect((await caller.call())?.status).toBe(BoltStatus.Success);
    expect(rpc.cluster.hosts.map(({ stats }) => stats.rqTotal)).toEqual([1, 5]);
    rpc.runtime.advance(600);
    await until(() => host?.health === 0);
    await caller.call();
    await caller.call();
    expect(rpc.cluster.hosts.map(({ stats }) => stats.rqTotal)).toEqual([2, 6]);
  });

  test("and takes no connections stays out of choice", async () => {
    await using first = await startHost(echo);
    await using second = await startHost(echo);
    await using rpc = await startRpc({ hosts: [first.port, second.port] });
    const caller = await rpc.connect();
    await caller.call();
    await caller.call();
    const [host] = rpc.cluster.hosts;
    const upstream = await first.accept();
    upstream.send(goAway());
    await upstream.waitForEnd();
    await first.stop();
    for (let count = 0; count < 3; count++) {
      rpc.runtime.advance(6_000);
      await until(() => rpc.clusterStat("upstream_cx_connect_fail") > count);
    }
    expect(host?.health).toBe(HostHealth.Draining);
    for (let count = 0; count < 4; count++) expect((await caller.call())?.status).toBe(BoltStatus.Success);
    expect(host?.stats.rqTotal).toBe(1);
  });

  test("is asked all the same where it is the only one", async () => {
    await using host = await startHost(echo);
    await using rpc = await startRpc({ hosts: [host.port], cluster: { common_lb_config: { healthy_panic_threshold: { value: 0 } } } });
    const caller = await rpc.connect();
    await caller.call();
    (await host.accept()).send(goAway());
    await (host.connections[0]?.waitForEnd() ?? Promise.reject(new Error("no connection")));
    expect((await caller.call())?.status).toBe(BoltStatus.Success);
    expect(host.connections).toHaveLength(2);
  });
});

describe("a pool that is no longer wanted", () => {
  const drainPools = ({ cluster }: TestRpc, how: "drain" | "close"): void => {
    for (const host of cluster.hosts) for (const pool of host.pools.splice(0)) pool?.[how]();
  };

  test("is drained: calls in flight are answered, then its connections close, and new calls have a pool of their own", async () => {
    await using host = await startHost();
    await using rpc = await startRpc({ hosts: [host.port] });
    const caller = await rpc.connect();
    const old = caller.call();
    const first = await host.accept();
    const oldCall = await first.next();
    drainPools(rpc, "drain");
    const fresh = caller.call();
    const second = await host.accept();
    second.answer(await second.next());
    expect((await fresh)?.status).toBe(BoltStatus.Success);
    expect(first.ended).toBe(false);
    first.answer(oldCall);
    expect((await old)?.status).toBe(BoltStatus.Success);
    await first.waitForEnd();
    expect(openBooks(rpc)).toEqual({});
  });

  test("while it connects for calls that wait: they are sent", async () => {
    await using host = await startHost(echo);
    await using rpc = await startRpc({ hosts: [host.port] });
    const caller = await rpc.connect();
    const answer = caller.call();
    await until(() => rpc.clusterStat("upstream_rq_pending_active") === 1);
    expect(rpc.cluster.hosts[0]?.stats.rqPendingActive).toBe(1);
    drainPools(rpc, "drain");
    expect((await answer)?.status).toBe(BoltStatus.Success);
    expect(rpc.cluster.hosts[0]?.stats.rqPendingActive).toBe(0);
    await host.connections[0]?.waitForEnd();
  });

  test("is closed: its calls fail, and it does not connect again", async () => {
    await using host = await startHost();
    await using rpc = await startRpc({ hosts: [host.port] });
    const caller = await rpc.connect();
    const answer = caller.call();
    const upstream = await host.accept();
    await upstream.next();
    drainPools(rpc, "close");
    expect((await answer)?.status).toBe(BoltStatus.ConnectionClosed);
    expect(rpc.logged[0]?.failureReason).toBe("the pool was closed");
    rpc.runtime.advance(60_000);
    await turns();
    expect(rpc.clusterStat("upstream_cx_total")).toBe(1);
    expect(openBooks(rpc)).toEqual({});
  });

  test("leaves no mark of GoAway on its host", async () => {
    await using first = await startHost(echo);
    await using second = await startHost(echo);
    await using rpc = await startRpc({ hosts: [first.port, second.port] });
    const caller = await rpc.connect();
    await caller.call();
    await caller.call();
    (await first.accept()).send(goAway());
    const [host] = rpc.cluster.hosts;
    await until(() => host?.health === HostHealth.Draining);
    drainPools(rpc, "drain");
    expect(host?.health).toBe(0);
  });
});
