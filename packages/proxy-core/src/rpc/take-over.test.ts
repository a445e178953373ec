import { BoltStatus } from "@mesh/codec-bolt";
import { describe, expect, test } from "vitest";
import type { StreamInfo } from "../access-log/index.ts";
import type { Connection } from "../network/index.ts";
import { dubboProtocol } from "../extensions/dubbo/index.ts";
import { Drain } from "../stream/index.ts";
import { atOnce } from "../stream/testing.ts";
import {
  autoConfig,
  boltConfig,
  echo,
  openBooks,
  request,
  startHost,
  startRpc,
  turns,
  typedConfig,
  until,
  type TestRpc,
} from "./testing.ts";

const respond = (status: number): object => ({ match: { prefix: "/" }, direct_response: { status } });

/** The only connection that came. */
function connectionOf({ connections }: TestRpc): Connection {
  const [connection] = connections;
  if (connection === undefined) throw new Error("nobody has connected");
  return connection;
}

describe("an RpcProxy that takes a connection over", () => {
  test("answers the calls to come, and the one before it those that it began", async () => {
    const logged: StreamInfo[] = [];
    await using host = await startHost();
    await using rpc = await startRpc({ hosts: [host.port], onLog: (info) => logged.push(info) });
    const caller = await rpc.connect();
    const first = caller.call();
    const upstream = await host.accept();
    const begun = await upstream.next();
    const connection = connectionOf(rpc);
    const second = rpc.another({ routes: [respond(503)], proxy: { stat_prefix: "second" } });

    expect(second.takeOver?.(connection, rpc.describe(connection, "other"))).toBe(true);
    expect([rpc.filter.activeConnections, second.activeConnections]).toEqual([1, 1]);
    expect((await caller.call())?.status).toBe(BoltStatus.ServerThreadPoolBusy);
    expect([rpc.filter.activeConnections, second.activeConnections]).toEqual([1, 1]);
    upstream.answer(begun);
    expect((await first)?.status).toBe(BoltStatus.Success);
    expect([rpc.filter.activeConnections, second.activeConnections]).toEqual([0, 1]);

    // What is left of the first one ends without the connection.
    rpc.filter.drain(atOnce);
    rpc.filter.finish();
    rpc.filter.close();
    await turns();
    expect((await caller.call())?.status).toBe(BoltStatus.ServerThreadPoolBusy);
    expect(logged.map(({ responseCode, filterChainName }) => [responseCode, filterChainName])).toEqual([
      [503, "other"],
      [200, "chain"],
      [503, "other"],
    ]);
    const inSecond = (name: string): number => rpc.stats.counter(`rpc.second.${name}`).value;
    expect([rpc.stat("downstream_rq_completed"), inSecond("downstream_rq_completed")]).toEqual([1, 2]);
    expect([rpc.stat("downstream_cx_total"), rpc.stat("downstream_cx_destroy"), rpc.stat("downstream_cx_active")]).toEqual([1, 1, 0]);
    expect([rpc.stat("downstream_cx_drain_close"), inSecond("downstream_cx_total")]).toEqual([0, 1]);
    expect(openBooks(rpc)).toEqual({});
  });

  test("gets the call of which the last byte is still to come", async () => {
    await using host = await startHost(echo);
    await using rpc = await startRpc({ hosts: [host.port] });
    const caller = await rpc.connect();
    const bytes = request({ id: 7 });
    let sent = 0;
    for (let cut = 1; cut < bytes.length; cut += 9) {
      caller.send(bytes.subarray(0, cut));
      await until(() => rpc.connections[0]?.bytesReceived === sent + cut);
      sent += bytes.length;
      const next = rpc.another({ routes: [respond(503)] });
      expect(next.takeOver?.(connectionOf(rpc), rpc.describe(connectionOf(rpc)))).toBe(true);
      caller.send(bytes.subarray(cut));
      const answer = await caller.next();
      expect([answer.idLow, answer.status]).toEqual([7, BoltStatus.ServerThreadPoolBusy]);
    }
    // The same prefix: it is the connection that it was.
    expect([rpc.stat("downstream_cx_total"), rpc.stat("downstream_cx_active"), rpc.stat("downstream_cx_destroy")]).toEqual([1, 1, 0]);
  });

  test("ends it as idle by a time of its own, and drains it as its own", async () => {
    await using rpc = await startRpc({ proxy: { idle_timeout: "1s" } });
    const [idle, drained] = [await rpc.connect(), await rpc.connect()];
    await until(() => rpc.connections.length === 2);
    const next = rpc.another({ proxy: { idle_timeout: "60s" } });
    for (const connection of rpc.connections) expect(next.takeOver?.(connection, rpc.describe(connection))).toBe(true);
    rpc.runtime.advance(2000);
    await turns();
    expect([idle.ended, drained.ended]).toEqual([false, false]);
    next.drain(atOnce);
    rpc.runtime.advance(1100);
    for (const caller of [idle, drained]) {
      await caller.waitForEnd();
      caller.socket.end();
    }
    await until(() => next.activeConnections === 0);
  });

  test("keeps it from a gradual drain that has not come to it", async () => {
    await using rpc = await startRpc();
    const callers = [await rpc.connect(), await rpc.connect(), await rpc.connect()];
    await until(() => rpc.connections.length === 3);
    rpc.filter.drain(new Drain(rpc.runtime, "at last", 40_000));
    const next = rpc.another();
    const [ended, ...kept] = rpc.connections.map((connection) => next.takeOver?.(connection, rpc.describe(connection)));
    expect([ended, ...kept]).toEqual([false, true, true]);
    rpc.runtime.advance(40_000);
    await callers[0]?.waitForEnd();
    await turns();
    expect(callers.map((caller) => caller.ended)).toEqual([true, false, false]);
    expect(rpc.stat("downstream_cx_drain_close")).toBe(1);
  });

  test("finds out the protocol of one that has not shown it yet", async () => {
    await using host = await startHost(echo);
    const extensions = [dubboProtocol];
    await using rpc = await startRpc({ hosts: [host.port], extensions, proxy: { codec: autoConfig() } });
    const caller = await rpc.connect();
    const bytes = request({ id: 9 });
    caller.send(bytes.subarray(0, 1));
    await until(() => rpc.connections[0]?.bytesReceived === 1);
    const connection = connectionOf(rpc);
    const next = rpc.another({ routes: [respond(503)] });
    expect(next.takeOver?.(connection, rpc.describe(connection))).toBe(true);
    expect([rpc.filter.activeConnections, next.activeConnections]).toEqual([0, 1]);
    caller.send(bytes.subarray(1));
    expect((await caller.next()).status).toBe(BoltStatus.ServerThreadPoolBusy);
    expect([rpc.stat("downstream_cx_total"), rpc.stat("downstream_cx_active")]).toEqual([1, 1]);
  });

  const dubbo = typedConfig("mesh.extensions.codecs.dubbo.v3.Dubbo");
  test.each([
    ["speaks another protocol", { codec: dubbo }],
    ["takes frames of other lengths", { codec: boltConfig(), max_frame_bytes: 4096 }],
  ])("leaves it where it is if it %s", async (_what, proxy) => {
    await using host = await startHost(echo);
    await using rpc = await startRpc({ hosts: [host.port], extensions: [dubboProtocol] });
    const caller = await rpc.connect();
    await caller.call();
    const connection = connectionOf(rpc);
    const next = rpc.another({ proxy });
    expect(next.takeOver?.(connection, rpc.describe(connection))).toBe(false);
    expect([rpc.filter.activeConnections, next.activeConnections]).toEqual([1, 0]);
    expect((await caller.call())?.status).toBe(BoltStatus.Success);
  });

  test("leaves one where it is that is ending already", async () => {
    await using host = await startHost(echo);
    await using rpc = await startRpc({ hosts: [host.port] });
    const caller = await rpc.connect();
    await caller.call();
    rpc.filter.drain(atOnce);
    const connection = connectionOf(rpc);
    expect(rpc.another().takeOver?.(connection, rpc.describe(connection))).toBe(false);
    rpc.runtime.advance(1100);
    await caller.waitForEnd();
  });
});
