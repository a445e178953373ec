import { RpcFrameKind } from "@mesh/codec";
import { boltCodec, BoltStatus, encodeBoltRequest, encodeBoltResponse } from "@mesh/codec-bolt";
import { describe, expect, test } from "vitest";
import { ResponseFlag } from "../access-log/index.ts";
import { boltConfig, deadPort, echo, openBooks, request, rpcOptions, startHost, startRpc, turns, until, type RpcPeer } from "./testing.ts";

const meshSession = boltCodec({ goAway: true }).open({ onFrame() {} }, { role: "server" });
const goAway = (): Buffer => meshSession.goAway() ?? Buffer.alloc(0);
const text = (frame: { body(): Buffer } | undefined): string | undefined => frame?.body().toString();
const limits = (thresholds: object): object => ({ circuit_breakers: { thresholds: [thresholds] } });

describe("calls of many callers share a connection", () => {
  test("ids are rewritten, and restored in answers that come in another order", async () => {
    await using host = await startHost();
    await using rpc = await startRpc({ hosts: [host.port] });
    const callers = await Promise.all([rpc.connect(), rpc.connect(), rpc.connect()]);
    // All callers use the same ids.
    for (const [index, caller] of callers.entries()) {
      caller.send(...[7, -1, 0x7fffffff].map((id) => request({ id, content: Buffer.from(`${index}:${id}`) })));
    }
    const upstream = await host.accept();
    const calls = await upstream.take(9);
    expect(new Set(calls.map(({ idLow }) => idLow)).size).toBe(9);
    for (const call of calls.toReversed()) upstream.answer(call);
    for (const [index, caller] of callers.entries()) {
      const answers = await caller.take(3);
      expect(answers.map((answer) => text(answer))).toEqual(answers.map(({ idLow }) => `${index}:${idLow}`));
      expect(new Set(answers.map(({ idLow }) => idLow))).toEqual(new Set([7, -1, 0x7fffffff]));
    }
    expect(host.connections).toHaveLength(1);
    expect(openBooks(rpc)).toEqual({});
    expect(rpc.clusterStat("upstream_cx_total")).toBe(1);
    expect(rpc.clusterStat("upstream_rq_total")).toBe(9);
    expect(rpc.clusterStat("upstream_rq_200")).toBe(9);
  });

  test("an answer to a call that was given up is dropped, and takes nothing from the calls after it", async () => {
    await using host = await startHost();
    await using rpc = await startRpc({ hosts: [host.port] });
    const caller = await rpc.connect();
    const late = caller.call({ timeoutMs: 100 });
    const upstream = await host.accept();
    const abandoned = await upstream.next();
    rpc.runtime.advance(200);
    expect((await late)?.status).toBe(BoltStatus.Timeout);
    upstream.answer(abandoned, { content: Buffer.from("too late") });
    upstream.answer(abandoned, { content: Buffer.from("and again") });
    const next = caller.call({ content: Buffer.from("next") });
    upstream.answer(await upstream.next());
    expect(text(await next)).toBe("next");
    expect(caller.frames).toEqual([]);
    expect(openBooks(rpc)).toEqual({});
    expect(rpc.clusterStat("upstream_rq_timeout")).toBe(1);
  });

  test("an answer with an id that nobody waits for is dropped", async () => {
    await using host = await startHost();
    await using rpc = await startRpc({ hosts: [host.port] });
    const caller = await rpc.connect();
    const answer = caller.call();
    const upstream = await host.accept();
    const call = await upstream.next();
    upstream.send(encodeBoltResponse({ id: call.idLow + 1, content: Buffer.from("wrong") }));
    upstream.answer(call, { content: Buffer.from("right") });
    expect(text(await answer)).toBe("right");
  });

  test("a caller that leaves takes its calls along, and no others", async () => {
    await using host = await startHost();
    await using rpc = await startRpc({ hosts: [host.port] });
    const [leaver, stayer] = [await rpc.connect(), await rpc.connect()];
    void leaver.call();
    const upstream = await host.accept();
    const abandoned = await upstream.next();
    const answer = stayer.call();
    const call = await upstream.next();
    leaver.reset();
    await until(() => rpc.stat("downstream_cx_active") === 1);
    expect(rpc.clusterStat("upstream_rq_active")).toBe(1);
    expect(rpc.clusterStat("upstream_rq_cancelled")).toBe(0);
    expect(rpc.stat("downstream_rq_rx_reset")).toBe(1);
    expect(rpc.stat("downstream_cx_destroy_active_rq")).toBe(1);
    upstream.answer(abandoned);
    upstream.answer(call, { content: Buffer.from("mine") });
    expect(text(await answer)).toBe("mine");
    expect(rpc.logged[0]).toMatchObject({ flags: ResponseFlag.DownstreamConnectionTermination, code: 0 });
    expect(openBooks(rpc)).toEqual({});
  });

  test("what the host calls back is refused, so that it need not wait for an answer", async () => {
    await using host = await startHost();
    await using rpc = await startRpc({ hosts: [host.port] });
    const caller = await rpc.connect();
    const answer = caller.call();
    const upstream = await host.accept();
    const call = await upstream.next();
    upstream.send(request({ id: 77 }));
    expect(await upstream.next()).toMatchObject({ kind: RpcFrameKind.Response, idLow: 77, status: BoltStatus.NoProcessor });
    upstream.answer(call);
    expect((await answer)?.status).toBe(BoltStatus.Success);
  });
});

describe("a connection that ends", () => {
  test.for([
    ["in an orderly way", (peer: RpcPeer) => peer.socket.end(), "the host closed the connection"],
    ["with a reset", (peer: RpcPeer) => peer.reset(), "read ECONNRESET"],
  ] as const)("%s fails the calls in flight", async ([, end, reason]) => {
    await using host = await startHost();
    await using rpc = await startRpc({ hosts: [host.port] });
    const caller = await rpc.connect();
    const answers = [caller.call(), caller.call()];
    const upstream = await host.accept();
    await upstream.take(2);
    end(upstream);
    for (const answer of await Promise.all(answers)) expect(answer?.status).toBe(BoltStatus.ConnectionClosed);
    expect(rpc.logged).toHaveLength(2);
    for (const call of rpc.logged) {
      expect(call).toMatchObject({
        code: 503,
        flags: ResponseFlag.UpstreamConnectionTermination,
        failureReason: reason,
        details: "upstream_reset_before_response_started{connection_termination}",
      });
      expect(call.upstreamLocalAddress).toMatch(/^127\.0\.0\.1:\d+$/);
    }
    expect(openBooks(rpc)).toEqual({});
    expect(rpc.clusterStat("upstream_cx_destroy_remote")).toBe(1);
    expect(rpc.clusterStat("upstream_cx_destroy_local")).toBe(0);
    expect(rpc.clusterStat("upstream_cx_destroy_with_active_rq")).toBe(1);
    expect(rpc.clusterStat("upstream_cx_active")).toBe(0);
    expect(rpc.cluster.limits[0].connections).toBe(0);
  });

  test("before it stood fails the calls that wait for it as a connection failure", async () => {
    await using rpc = await startRpc({ hosts: [await deadPort()] });
    const caller = await rpc.connect();
    const answers = await Promise.all([caller.call(), caller.call()]);
    for (const answer of answers) expect(answer?.status).toBe(BoltStatus.ConnectionClosed);
    expect(rpc.logged[0]).toMatchObject({
      details: "upstream_reset_before_response_started{remote_connection_failure|delayed_connect_error:_Connection_refused}",
      failureReason: "delayed connect error: Connection refused",
      flags: ResponseFlag.UpstreamConnectionFailure,
    });
    expect(openBooks(rpc)).toEqual({});
    expect(rpc.clusterStat("upstream_cx_connect_fail")).toBeGreaterThanOrEqual(1);
    expect(rpc.clusterStat("upstream_rq_pending_failure_eject")).toBe(2);
    expect(rpc.clusterStat("upstream_cx_destroy_remote")).toBe(rpc.clusterStat("upstream_cx_connect_fail"));
    expect(rpc.clusterStat("upstream_cx_destroy_with_active_rq")).toBe(0);
    expect(rpc.cluster.hosts[0]?.stats.cxConnectFail).toBeGreaterThanOrEqual(1);
  });

  test("because it does not come in time fails the calls that wait for it", async () => {
    await using host = await startHost();
    await using rpc = await startRpc({ hosts: [host.port], cluster: { connect_timeout: "0.25s" } });
    const caller = await rpc.connect();
    const answer = caller.call({ timeoutMs: 60_000 });
    // The wheel turns before the event loop has seen that the connection stands.
    await until(() => rpc.clusterStat("upstream_rq_pending_active") === 1);
    rpc.runtime.advance(300);
    expect((await answer)?.status).toBe(BoltStatus.ConnectionClosed);
    expect(rpc.logged[0]).toMatchObject({ failureReason: "connect timeout", flags: ResponseFlag.UpstreamConnectionFailure });
    expect(rpc.clusterStat("upstream_cx_connect_timeout")).toBe(1);
    expect(rpc.clusterStat("upstream_cx_connect_fail")).toBe(1);
    expect(openBooks(rpc)).toEqual({});
  });

  test("because the host sends something else than the protocol blames the host", async () => {
    await using host = await startHost();
    await using rpc = await startRpc({ hosts: [host.port] });
    const caller = await rpc.connect();
    const answers = [caller.call(), caller.call()];
    const upstream = await host.accept();
    const [first] = await upstream.take(2);
    if (first === undefined) throw new Error("no call");
    upstream.answer(first, { content: Buffer.from("before") });
    upstream.send(Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n"));
    expect(text(await answers[0])).toBe("before");
    expect((await answers[1])?.status).toBe(BoltStatus.CodecException);
    expect(rpc.clusterStat("upstream_cx_protocol_error")).toBe(1);
    expect(rpc.clusterStat("upstream_cx_destroy_local")).toBe(1);
    expect(rpc.logged[1]).toMatchObject({ code: 502, flags: ResponseFlag.UpstreamProtocolError });
    expect(rpc.runtime.logger.lines.some(({ level, message }) => level === "warning" && message.includes("no Bolt frame begins"))).toBe(
      true,
    );
    expect(openBooks(rpc)).toEqual({});
  });

  test("because an answer is larger than the proxy's frames may be blames the host", async () => {
    await using host = await startHost((call, peer) => peer.answer(call, { content: Buffer.alloc(2000) }));
    await using rpc = await startRpc({ hosts: [host.port], proxy: { max_frame_bytes: 1024 } });
    const caller = await rpc.connect();
    expect((await caller.call())?.status).toBe(BoltStatus.CodecException);
    expect(rpc.clusterStat("upstream_cx_protocol_error")).toBe(1);
  });
});

test("answers may be as large as max_frame_bytes allows requests to be", async () => {
  const large = 17 * 1024 * 1024;
  await using host = await startHost(echo);
  await using rpc = await startRpc({ hosts: [host.port], proxy: { max_frame_bytes: 20 * 1024 * 1024 } });
  const caller = await rpc.connect();
  expect((await caller.call({ content: Buffer.alloc(large, 1) }))?.bodyLength).toBe(large);
});

describe("limits", () => {
  test("more calls than may wait for a connection are refused", async () => {
    await using host = await startHost(echo);
    await using rpc = await startRpc({ hosts: [host.port], cluster: limits({ max_pending_requests: 2 }) });
    const caller = await rpc.connect();
    const answers = await Promise.all([caller.call(), caller.call(), caller.call()]);
    expect(answers.map((answer) => answer?.status)).toEqual([BoltStatus.Success, BoltStatus.Success, BoltStatus.ServerThreadPoolBusy]);
    expect(rpc.clusterStat("upstream_rq_pending_overflow")).toBe(1);
    expect(rpc.clusterStat("upstream_rq_pending_total")).toBe(2);
    expect(rpc.logged.find(({ code }) => code === 503)).toMatchObject({ flags: ResponseFlag.UpstreamOverflow });
    // Once the connection stands, nothing waits.
    expect((await caller.call())?.status).toBe(BoltStatus.Success);
    expect(openBooks(rpc)).toEqual({});
  });

  test("more calls at once than the cluster may have are refused", async () => {
    await using host = await startHost();
    await using rpc = await startRpc({ hosts: [host.port], cluster: limits({ max_requests: 1 }) });
    const caller = await rpc.connect();
    const first = caller.call();
    const upstream = await host.accept();
    const call = await upstream.next();
    expect((await caller.call())?.status).toBe(BoltStatus.ServerThreadPoolBusy);
    upstream.answer(call);
    expect((await first)?.status).toBe(BoltStatus.Success);
    const again = caller.call();
    upstream.answer(await upstream.next());
    expect((await again)?.status).toBe(BoltStatus.Success);
    expect(openBooks(rpc)).toEqual({});
  });

  test("a connection carries as many calls as it may, those that waited for it among them, and the next one the rest", async () => {
    await using host = await startHost(echo);
    await using rpc = await startRpc({ hosts: [host.port], cluster: { max_requests_per_connection: 3 } });
    const caller = await rpc.connect();
    const answers = await Promise.all(Array.from({ length: 7 }, (_, index) => caller.call({ content: Buffer.from(`${index}`) })));
    expect(answers.map((answer) => text(answer))).toEqual(["0", "1", "2", "3", "4", "5", "6"]);
    expect(host.connections).toHaveLength(3);
    expect(rpc.clusterStat("upstream_cx_max_requests")).toBe(2);
    await Promise.all(host.connections.slice(0, 2).map((used) => used.waitForEnd()));
    for (const { socket } of host.connections.slice(0, 2)) socket.end();
    await until(() => rpc.clusterStat("upstream_cx_active") === 1);
    expect(rpc.clusterStat("upstream_cx_destroy_local")).toBe(2);
    expect(openBooks(rpc)).toEqual({});
  });
});

describe("heartbeats", () => {
  test("one is sent after an interval of silence, counted from the last byte that came", async () => {
    await using host = await startHost();
    await using rpc = await startRpc({ hosts: [host.port] });
    const caller = await rpc.connect();
    const answer = caller.call();
    const upstream = await host.accept();
    const call = await upstream.next();
    rpc.runtime.advance(2_000);
    upstream.answer(call);
    await answer;
    // 15 s after the connection, 13 s after the last byte.
    rpc.runtime.advance(13_000);
    await turns();
    expect(upstream.frames).toEqual([]);
    rpc.runtime.advance(2_050);
    expect(await upstream.next()).toMatchObject({ kind: RpcFrameKind.Heartbeat, timeoutMs: 0 });
  });

  test("they keep a silent connection for as long as they are answered", async () => {
    await using host = await startHost((frame, peer) => {
      if (frame.kind === RpcFrameKind.Heartbeat) peer.send(peer.session.heartbeatAck(frame));
      else echo(frame, peer);
    });
    await using rpc = await startRpc({ hosts: [host.port], proxy: { idle_timeout: "0s" } });
    const caller = await rpc.connect();
    await caller.call();
    for (let count = 0; count < 10; count++) {
      const received = rpc.clusterStat("upstream_cx_rx_bytes_total");
      rpc.runtime.advance(15_050);
      await until(() => rpc.clusterStat("upstream_cx_rx_bytes_total") > received);
    }
    expect((await caller.call())?.status).toBe(BoltStatus.Success);
    expect(rpc.clusterStat("upstream_cx_total")).toBe(1);
  });

  test("the connection is given up when as many as configured stay unanswered", async () => {
    await using host = await startHost();
    await using rpc = await startRpc({
      hosts: [host.port],
      proxy: { codec: boltConfig({ heartbeat_interval: "1s", heartbeat_failures: 2 }) },
    });
    const caller = await rpc.connect();
    const answer = caller.call({ timeoutMs: 60_000 });
    const upstream = await host.accept();
    await upstream.next();
    rpc.runtime.advance(1_050);
    expect((await upstream.next()).kind).toBe(RpcFrameKind.Heartbeat);
    rpc.runtime.advance(1_050);
    expect((await upstream.next()).kind).toBe(RpcFrameKind.Heartbeat);
    rpc.runtime.advance(1_050);
    expect((await answer)?.status).toBe(BoltStatus.ConnectionClosed);
    expect(rpc.logged[0]).toMatchObject({ failureReason: "2 heartbeats were not answered" });
    expect(rpc.clusterStat("upstream_cx_destroy_local")).toBe(1);
  });

  test("any byte counts as an answer", async () => {
    await using host = await startHost();
    await using rpc = await startRpc({
      hosts: [host.port],
      proxy: { codec: boltConfig({ heartbeat_interval: "1s", heartbeat_failures: 1 }) },
    });
    const caller = await rpc.connect();
    const answer = caller.call({ timeoutMs: 60_000 });
    const upstream = await host.accept();
    const call = await upstream.next();
    for (let count = 0; count < 4; count++) {
      rpc.runtime.advance(1_050);
      expect((await upstream.next()).kind).toBe(RpcFrameKind.Heartbeat);
      const received = rpc.clusterStat("upstream_cx_rx_bytes_total");
      upstream.send(request({ oneWay: true }));
      await until(() => rpc.clusterStat("upstream_cx_rx_bytes_total") > received);
    }
    upstream.answer(call);
    expect((await answer)?.status).toBe(BoltStatus.Success);
  });

  test("the cluster's interval goes before the codec's, and zero means none", async () => {
    await using host = await startHost(echo);
    await using rpc = await startRpc({ hosts: [host.port], cluster: rpcOptions({ heartbeat_interval: "0s" }) });
    const caller = await rpc.connect();
    await caller.call();
    const sent = rpc.clusterStat("upstream_cx_tx_bytes_total");
    rpc.runtime.advance(120_000);
    expect(rpc.clusterStat("upstream_cx_tx_bytes_total")).toBe(sent);
  });

  test("the host's own are answered", async () => {
    await using host = await startHost();
    await using rpc = await startRpc({ hosts: [host.port] });
    const caller = await rpc.connect();
    void caller.call();
    const upstream = await host.accept();
    await upstream.next();
    upstream.send(upstream.session.heartbeat(0, 55));
    expect(await upstream.next()).toMatchObject({ kind: RpcFrameKind.HeartbeatAck, idLow: 55 });
  });
});

describe("GoAway from the host", () => {
  test("calls in flight end where they are, new ones go to a new connection", async () => {
    await using host = await startHost();
    await using rpc = await startRpc({ hosts: [host.port] });
    const caller = await rpc.connect();
    const old = caller.call({ content: Buffer.from("old") });
    const first = await host.accept();
    const oldCall = await first.next();
    first.send(goAway());
    await until(() => rpc.clusterStat("upstream_cx_rx_bytes_total") > 0);
    const fresh = caller.call({ content: Buffer.from("fresh") });
    const second = await host.accept();
    second.answer(await second.next());
    expect(text(await fresh)).toBe("fresh");
    expect(first.ended).toBe(false);
    first.answer(oldCall);
    expect(text(await old)).toBe("old");
    await first.waitForEnd();
    expect(first.frames).toEqual([]);
    expect(openBooks(rpc)).toEqual({});
  });

  test("a connection without calls closes at once", async () => {
    await using host = await startHost(echo);
    await using rpc = await startRpc({ hosts: [host.port] });
    const caller = await rpc.connect();
    await caller.call();
    const upstream = await host.accept();
    upstream.send(goAway());
    await upstream.waitForEnd();
    upstream.socket.end();
    await until(() => rpc.clusterStat("upstream_cx_active") === 0);
  });
});

describe("the idle timeout", () => {
  const idle = { cluster: rpcOptions({ heartbeat_interval: "0s" }, { idle_timeout: "5s" }) };

  test("closes a connection without calls, and the next call makes another one", async () => {
    await using host = await startHost(echo);
    await using rpc = await startRpc({ hosts: [host.port], ...idle });
    const caller = await rpc.connect();
    await caller.call();
    const upstream = await host.accept();
    rpc.runtime.advance(5_050);
    await upstream.waitForEnd();
    expect(rpc.clusterStat("upstream_cx_idle_timeout")).toBe(1);
    // It was not broken: nothing is made again before it is needed.
    rpc.runtime.advance(30_000);
    await turns();
    expect(host.connections).toHaveLength(1);
    expect((await caller.call())?.status).toBe(BoltStatus.Success);
    expect(host.connections).toHaveLength(2);
  });

  test("counts from the end of the last call, and not while one is in flight", async () => {
    await using host = await startHost();
    await using rpc = await startRpc({ hosts: [host.port], ...idle });
    const caller = await rpc.connect();
    const answer = caller.call({ timeoutMs: 60_000 });
    const upstream = await host.accept();
    const call = await upstream.next();
    rpc.runtime.advance(12_000);
    upstream.answer(call);
    await answer;
    rpc.runtime.advance(4_000);
    await turns();
    expect(upstream.ended).toBe(false);
    rpc.runtime.advance(1_050);
    await upstream.waitForEnd();
  });
});

describe("back-pressure", () => {
  test("a host that does not read stops its callers, and nobody else; when it reads again, all arrives", async () => {
    await using slow = await startHost();
    await using fast = await startHost(echo);
    await using rpc = await startRpc({
      hosts: [slow.port],
      cluster: { per_connection_buffer_limit_bytes: 64 * 1024 },
      other: ["fast", fast.port],
      routes: [
        { match: { path: "/fast/echo" }, route: { cluster: "fast" } },
        { match: { prefix: "/" }, route: { cluster: "echo" } },
      ],
    });
    const [caller, other] = [await rpc.connect(), await rpc.connect()];
    const first = caller.call();
    const upstream = await slow.accept();
    upstream.answer(await upstream.next());
    await first;
    upstream.onFrame = echo;
    upstream.socket.pause();
    const count = 400;
    const content = Buffer.alloc(64 * 1024, 7);
    const answers = Array.from({ length: count }, () => caller.call({ content, timeoutMs: 60_000 }));
    await until(() => rpc.connections[0]?.socket.isPaused() === true);
    await turns(50);
    // Reading has stopped: what is held in memory is far from all that the caller sends.
    expect(rpc.stat("downstream_rq_total")).toBeLessThan(count / 2);
    expect((await other.call({ service: "fast" }))?.status).toBe(BoltStatus.Success);
    upstream.socket.resume();
    const lengths = (await Promise.all(answers)).map((answer) => answer?.bodyLength);
    expect(lengths).toEqual(answers.map(() => content.length));
    expect(openBooks(rpc)).toEqual({});
  });

  test("a host that goes away while it holds callers up lets them go on", async () => {
    await using host = await startHost();
    await using rpc = await startRpc({ hosts: [host.port], cluster: { per_connection_buffer_limit_bytes: 16 * 1024 } });
    const caller = await rpc.connect();
    const content = Buffer.alloc(64 * 1024, 7);
    const answers = Array.from({ length: 300 }, () => caller.call({ content, timeoutMs: 60_000 }));
    const upstream = await host.accept();
    upstream.socket.pause();
    await until(() => rpc.connections[0]?.socket.isPaused() === true);
    await host.stop();
    const statuses = (await Promise.all(answers)).map((answer) => answer?.status);
    expect(new Set(statuses)).toEqual(new Set([BoltStatus.ConnectionClosed]));
    expect(openBooks(rpc)).toEqual({});
  });
});

test("requests of v1 and v2, with and without a checksum, go through a connection each, as they are", async () => {
  await using host = await startHost(echo);
  await using rpc = await startRpc({ hosts: [host.port] });
  const dialects = [{ version: 1 }, { version: 2 }, { version: 2, checksum: true }] as const;
  for (const dialect of [...dialects, ...dialects]) {
    const caller = await rpc.connect();
    const answer = await caller.call({ ...dialect, content: Buffer.from("x") });
    expect(answer).toMatchObject({ version: dialect.version, hasChecksum: "checksum" in dialect, status: BoltStatus.Success });
  }
  expect(host.connections).toHaveLength(dialects.length);
});

test("heartbeats are in the dialect of the calls, though the host has not said a word", async () => {
  await using host = await startHost();
  await using rpc = await startRpc({ hosts: [host.port], cluster: rpcOptions({ heartbeat_interval: "5s" }) });
  const caller = await rpc.connect();
  void caller.call({ version: 2, checksum: true, timeoutMs: 60_000 });
  const upstream = await host.accept();
  await upstream.next();
  rpc.runtime.advance(6_000);
  expect(await upstream.next()).toMatchObject({ kind: RpcFrameKind.Heartbeat, version: 2, hasChecksum: true });
});

test("bytes are counted as they are sent and received", async () => {
  await using host = await startHost(echo);
  await using rpc = await startRpc({ hosts: [host.port] });
  const caller = await rpc.connect();
  const bytes = encodeBoltRequest({ id: 1, headers: [["service", "s"]], content: Buffer.from("abc") });
  caller.send(bytes);
  const answer = await caller.next();
  const answerBytes = answer.encodedLength();
  expect(rpc.stat("downstream_cx_rx_bytes_total")).toBe(bytes.length);
  expect(rpc.clusterStat("upstream_cx_tx_bytes_total")).toBe(bytes.length);
  expect(rpc.clusterStat("upstream_cx_rx_bytes_total")).toBe(answerBytes);
  expect(rpc.stat("downstream_cx_tx_bytes_total")).toBe(answerBytes);
});
