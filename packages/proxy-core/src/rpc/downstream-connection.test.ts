import { RpcFrameKind } from "@mesh/codec";
import { BoltStatus, type BoltFrame } from "@mesh/codec-bolt";
import { describe, expect, test, vi } from "vitest";
import { ResponseFlag } from "../access-log/index.ts";
import { Drain, FilterStatus, type StreamFilter } from "../stream/index.ts";
import { atOnce } from "../stream/testing.ts";
import { boltConfig, echo, openBooks, request, startHost, startRpc, turns, until, type RpcPeer, type TestRpc } from "./testing.ts";

const text = (frame: BoltFrame | undefined): string | undefined => frame?.body().toString();

describe("heartbeats of a caller", () => {
  test.for([{ version: 1 }, { version: 2 }, { version: 2, checksum: true }] as const)(
    "are answered here, in its own dialect: %o",
    async (dialect) => {
      await using rpc = await startRpc();
      const caller = await rpc.connect();
      // A request of that dialect comes before, so that the session has heard it; it is answered here as well.
      const heartbeat = request({ ...dialect, id: 41 });
      // Command 0 in place of 1; the body does not matter to a heartbeat.
      heartbeat[dialect.version === 2 ? 4 : 3] = 0;
      if ("checksum" in dialect) heartbeat[1] = 1;
      caller.send(heartbeat);
      const ack = await caller.next();
      expect(ack).toMatchObject({
        kind: RpcFrameKind.HeartbeatAck,
        idLow: 41,
        version: dialect.version,
        status: BoltStatus.Success,
        bodyLength: 0,
      });
      expect(rpc.stat("downstream_rq_total")).toBe(0);
    },
  );
});

describe("GoAway of a caller", () => {
  test("changes nothing: it is answered what it asked, and goes by itself", async () => {
    await using host = await startHost();
    await using rpc = await startRpc({ hosts: [host.port] });
    const caller = await rpc.connect();
    const answer = caller.call();
    const upstream = await host.accept();
    const call = await upstream.next();
    const goAway = request();
    goAway[3] = 100;
    caller.send(goAway);
    await turns();
    upstream.answer(call);
    expect((await answer)?.status).toBe(BoltStatus.Success);
    await turns();
    expect(caller.ended).toBe(false);
  });
});

test("answers and stray frames of a caller are dropped", async () => {
  await using host = await startHost(echo);
  await using rpc = await startRpc({ hosts: [host.port] });
  const caller = await rpc.connect();
  const answer = await caller.call();
  if (answer === undefined) throw new Error("no answer");
  caller.answer(answer);
  expect((await caller.call())?.status).toBe(BoltStatus.Success);
  expect(rpc.stat("downstream_rq_total")).toBe(2);
});

describe("a frame that is wrong", () => {
  test.for([
    ["another protocol", Buffer.from("GET / HTTP/1.1\r\n\r\n"), "MESH_CODEC_MALFORMED"],
    ["an unknown type", corrupted((frame) => (frame[1] = 9)), "MESH_CODEC_MALFORMED"],
    ["a negative length", corrupted((frame) => (frame[18] = 0x80)), "MESH_CODEC_MALFORMED"],
    ["more bytes than allowed", request({ content: Buffer.alloc(5000) }), "MESH_CODEC_LIMIT_EXCEEDED"],
    ["a wrong checksum", corrupted((frame) => (frame[frame.length - 1] = (frame.at(-1) ?? 0) ^ 1), true), "MESH_CODEC_CHECKSUM"],
  ] as const)("%s: the connection is closed, others are not", async ([, bytes, code]) => {
    await using host = await startHost(echo);
    await using rpc = await startRpc({ hosts: [host.port], proxy: { max_frame_bytes: 4096 } });
    const [good, bad] = [await rpc.connect(), await rpc.connect()];
    bad.send(request({ id: 3 }));
    expect((await bad.next()).idLow).toBe(3);
    bad.send(bytes);
    await bad.waitForEnd();
    bad.socket.end();
    await until(() => rpc.stat("downstream_cx_active") === 1);
    expect((await good.call())?.status).toBe(BoltStatus.Success);
    expect(rpc.stat("downstream_cx_protocol_error")).toBe(1);
    expect(rpc.stat("downstream_cx_destroy_local")).toBe(1);
    const line = rpc.runtime.logger.lines.find(({ message }) => message.includes("closing the connection"));
    expect(String(line?.fields?.["code"])).toContain(code);
  });

  test("what came before it in the same bytes is still carried out", async () => {
    await using host = await startHost();
    await using rpc = await startRpc({ hosts: [host.port] });
    const caller = await rpc.connect();
    caller.send(request({ id: 1, oneWay: true, content: Buffer.from("x") }), Buffer.from("garbage"));
    await caller.waitForEnd();
    expect(text(await (await host.accept()).next())).toBe("x");
    expect(openBooks(rpc)).toEqual({});
  });

  test("calls in flight go down with their connection", async () => {
    await using host = await startHost();
    await using rpc = await startRpc({ hosts: [host.port] });
    const caller = await rpc.connect();
    const answer = caller.call();
    await (await host.accept()).next();
    caller.send(Buffer.from("garbage"));
    expect(await answer).toBeUndefined();
    caller.socket.end();
    await until(() => rpc.stat("downstream_rq_active") === 0);
    expect(openBooks(rpc)).toEqual({});
    expect(rpc.logged).toHaveLength(1);
  });

  function corrupted(change: (frame: Buffer) => void, checksum: boolean = false): Buffer {
    const frame = checksum ? request({ version: 2, checksum }) : request();
    change(frame);
    return frame;
  }
});

describe("a caller that ends its side", () => {
  test("still gets its answers, and then the end", async () => {
    await using host = await startHost();
    await using rpc = await startRpc({ hosts: [host.port] });
    const caller = await rpc.connect();
    const answers = [caller.call({ content: Buffer.from("a") }), caller.call({ content: Buffer.from("b") })];
    caller.socket.end();
    const upstream = await host.accept();
    const calls = await upstream.take(2);
    await turns();
    expect(caller.ended).toBe(false);
    for (const call of calls) upstream.answer(call);
    expect((await Promise.all(answers)).map(text)).toEqual(["a", "b"]);
    await caller.waitForClose();
    expect(caller.wasReset).toBe(false);
    await until(() => rpc.stat("downstream_cx_active") === 0);
    expect(rpc.stat("downstream_cx_destroy_remote")).toBe(1);
    expect(rpc.stat("downstream_cx_destroy_local")).toBe(0);
  });

  test("without calls is closed at once, though in the middle of a frame", async () => {
    await using rpc = await startRpc();
    const caller = await rpc.connect();
    caller.send(request().subarray(0, 30));
    caller.socket.end();
    await caller.waitForClose();
    await until(() => rpc.stat("downstream_cx_active") === 0);
    expect(rpc.stat("downstream_rq_total")).toBe(0);
    expect(rpc.stat("downstream_cx_destroy_remote")).toBe(1);
  });
});

describe("the idle timeout", () => {
  test("closes a connection on which nothing comes for as long", async () => {
    await using host = await startHost(echo);
    await using rpc = await startRpc({ hosts: [host.port], proxy: { idle_timeout: "10s" } });
    const caller = await rpc.connect();
    rpc.runtime.advance(6_000);
    await caller.call();
    rpc.runtime.advance(6_000);
    await turns();
    expect(caller.ended).toBe(false);
    rpc.runtime.advance(4_050);
    await caller.waitForEnd();
    expect(rpc.stat("downstream_cx_idle_timeout")).toBe(1);
  });

  test("heartbeats count, calls in flight keep the connection however long they take", async () => {
    await using host = await startHost();
    await using rpc = await startRpc({ hosts: [host.port], proxy: { idle_timeout: "10s" }, route: { timeout: "0s" } });
    const caller = await rpc.connect();
    const answer = caller.call();
    const upstream = await host.accept();
    const call = await upstream.next();
    for (let count = 0; count < 4; count++) {
      rpc.runtime.advance(9_000);
      await turns();
      for (const heartbeat of upstream.frames.splice(0)) upstream.send(upstream.session.heartbeatAck(heartbeat));
      await turns();
    }
    upstream.answer(call);
    expect((await answer)?.status).toBe(BoltStatus.Success);
    for (let count = 0; count < 4; count++) {
      rpc.runtime.advance(9_000);
      caller.send(caller.session.heartbeat(0, count));
      await caller.next();
    }
    expect(caller.ended).toBe(false);
    rpc.runtime.advance(10_050);
    await caller.waitForEnd();
  });

  test("is 90 s unless configured, and none where it is zero", async () => {
    await using rpc = await startRpc();
    await using endless = await startRpc({ proxy: { idle_timeout: "0s" } });
    const [caller, patient] = [await rpc.connect(), await endless.connect()];
    rpc.runtime.advance(89_900);
    endless.runtime.advance(10_000_000);
    await turns();
    expect(caller.ended).toBe(false);
    rpc.runtime.advance(150);
    await caller.waitForEnd();
    expect(patient.ended).toBe(false);
  });

  test("closes a caller that neither reads nor writes any more", async () => {
    await using host = await startHost((call, peer) => peer.answer(call, { content: Buffer.alloc(512 * 1024) }));
    await using rpc = await startRpc({ hosts: [host.port], bufferLimitBytes: 16 * 1024, proxy: { idle_timeout: "10s" } });
    const caller = await rpc.connect();
    caller.socket.pause();
    caller.send(...Array.from({ length: 30 }, (_, id) => request({ id })));
    await until(() => rpc.connections[0]?.aboveHighWatermark === true && rpc.stat("downstream_rq_active") === 0);
    // It holds its own calls up: that is no reason to keep it.
    for (let count = 0; count < 3; count++) rpc.runtime.advance(10_050);
    await until(() => rpc.stat("downstream_cx_active") === 0);
  });
});

describe("back-pressure", () => {
  test("a caller that does not read its answers is read from no more; memory is bounded by what was in flight", async () => {
    const size = 64 * 1024;
    await using host = await startHost((call, peer) => peer.answer(call, { content: Buffer.alloc(size) }));
    await using rpc = await startRpc({ hosts: [host.port], bufferLimitBytes: 128 * 1024 });
    const [slow, other] = [await rpc.connect(), await rpc.connect()];
    slow.socket.pause();
    const connection = rpc.connections[0];
    let sent = 0;
    const sendMore = (): void => slow.send(...Array.from({ length: 10 }, () => request({ id: sent++ })));
    while (connection?.socket.isPaused() !== true) {
      sendMore();
      await until(() => rpc.stat("downstream_rq_active") === 0 && rpc.stat("downstream_rq_total") >= sent - 10);
      await turns(2);
    }
    const read = rpc.stat("downstream_rq_total");
    for (let count = 0; count < 20; count++) sendMore();
    await turns(50);
    expect(rpc.stat("downstream_rq_total")).toBe(read);
    expect(connection.pendingBytes).toBeLessThan(128 * 1024 + 10 * size + 64 * 1024);
    expect((await other.call())?.status).toBe(BoltStatus.Success);
    slow.socket.resume();
    const answers = await slow.take(sent);
    expect(new Set(answers.map(({ idLow }) => idLow)).size).toBe(sent);
    expect(openBooks(rpc)).toEqual({});
  });
});

describe("draining", () => {
  /** Milliseconds after which a connection without calls is closed, and some. */
  const silence = 300;

  test("a connection without calls is closed, though not before what has come is read", async () => {
    await using host = await startHost();
    await using rpc = await startRpc({ hosts: [host.port] });
    const [quiet, busy] = [await rpc.connect(), await rpc.connect()];
    await until(() => rpc.connections.length === 2);
    const answer = busy.call();
    rpc.filter.drain(atOnce);
    await until(() => rpc.stat("downstream_rq_active") === 1);
    rpc.runtime.advance(silence);
    await quiet.waitForEnd();
    expect(quiet.wasReset).toBe(false);
    const upstream = await host.accept();
    const call = await upstream.next();
    await turns();
    expect(busy.ended).toBe(false);
    upstream.answer(call, { content: Buffer.from("answered") });
    expect(text(await answer)).toBe("answered");
    rpc.runtime.advance(silence);
    await busy.waitForEnd();
    expect(rpc.stat("downstream_cx_drain_close")).toBe(2);
    for (const { socket } of [quiet, busy]) socket.end();
    await until(() => rpc.filter.activeConnections === 0);
    expect(rpc.stat("downstream_cx_destroy_local")).toBe(2);
  });

  test("a busy connection is closed after its last call, those that came later included", async () => {
    await using host = await startHost();
    await using rpc = await startRpc({ hosts: [host.port] });
    const caller = await rpc.connect();
    const first = caller.call();
    const upstream = await host.accept();
    const firstCall = await upstream.next();
    rpc.filter.drain(atOnce);
    await turns();
    const second = caller.call();
    const secondCall = await upstream.next();
    upstream.answer(firstCall);
    await first;
    rpc.runtime.advance(silence);
    await turns();
    expect(caller.ended).toBe(false);
    upstream.answer(secondCall);
    expect((await second)?.status).toBe(BoltStatus.Success);
    rpc.runtime.advance(silence / 2);
    await turns();
    expect(caller.ended).toBe(false);
    rpc.runtime.advance(silence);
    await caller.waitForEnd();
  });

  test.for([1, 5, 21, 60])("a frame of which %i bytes have come is not cut off", async (length) => {
    await using host = await startHost(echo);
    await using rpc = await startRpc({ hosts: [host.port] });
    const caller = await rpc.connect();
    const frame = request({ id: 9, content: Buffer.from("whole") });
    caller.send(frame.subarray(0, length));
    await until(() => rpc.stat("downstream_cx_rx_bytes_total") === length);
    rpc.filter.drain(atOnce);
    rpc.runtime.advance(silence);
    await turns();
    expect(caller.ended).toBe(false);
    caller.send(frame.subarray(length));
    expect(text(await caller.next())).toBe("whole");
    rpc.runtime.advance(silence);
    await caller.waitForEnd();
  });

  test("a frame that comes in the turn of the drain is carried out", async () => {
    await using host = await startHost(echo);
    await using rpc = await startRpc({ hosts: [host.port] });
    const callers = await Promise.all(Array.from({ length: 20 }, () => rpc.connect()));
    await until(() => rpc.connections.length === 20);
    // The bytes are with the kernel when the drain begins, and nobody has read them.
    const answers = callers.map((caller) => caller.call());
    await new Promise<void>((resolve) => {
      callers.at(-1)?.socket.write("", () => resolve());
    });
    rpc.filter.drain(atOnce);
    expect((await Promise.all(answers)).map((answer) => answer?.status)).toEqual(callers.map(() => BoltStatus.Success));
    rpc.runtime.advance(silence);
    await Promise.all(callers.map((caller) => caller.waitForEnd()));
  });

  test("calls that wait unread behind a slow host are carried out", async () => {
    await using host = await startHost();
    await using rpc = await startRpc({ hosts: [host.port], cluster: { per_connection_buffer_limit_bytes: 16 * 1024 } });
    const caller = await rpc.connect();
    const content = Buffer.alloc(64 * 1024);
    const count = 200;
    const answers = Array.from({ length: count }, () => caller.call({ content, timeoutMs: 60_000 }));
    const upstream = await host.accept();
    upstream.socket.pause();
    await until(() => rpc.connections[0]?.socket.isPaused() === true);
    const done = upstream.frames.splice(0);
    for (const call of done) upstream.answer(call, { content: Buffer.alloc(0) });
    upstream.onFrame = (call, peer) => peer.answer(call, { content: Buffer.alloc(0) });
    rpc.filter.drain(atOnce);
    await turns();
    upstream.socket.resume();
    const statuses = (await Promise.all(answers)).map((answer) => answer?.status);
    expect(statuses).toEqual(Array.from({ length: count }, () => BoltStatus.Success));
    rpc.runtime.advance(silence);
    await caller.waitForEnd();
  });

  test("one-way calls that wait unread behind a slow host are sent", async () => {
    await using host = await startHost();
    await using rpc = await startRpc({ hosts: [host.port], cluster: { per_connection_buffer_limit_bytes: 16 * 1024 } });
    const caller = await rpc.connect();
    const content = Buffer.alloc(64 * 1024);
    void caller.call({ oneWay: true });
    const upstream = await host.accept();
    await upstream.next();
    upstream.socket.pause();
    let sent = 0;
    const send = (): void => {
      sent++;
      void caller.call({ content, oneWay: true });
    };
    // One after the other, so that reading stops between two calls.
    while (rpc.connections[0]?.socket.isPaused() !== true) {
      send();
      await until(() => rpc.stat("downstream_rq_total") === sent + 1);
    }
    send();
    expect(rpc.stat("downstream_rq_active")).toBe(0);
    rpc.filter.drain(atOnce);
    rpc.runtime.advance(silence);
    await turns();
    expect(caller.ended).toBe(false);
    upstream.socket.resume();
    await upstream.take(sent);
    rpc.runtime.advance(silence);
    await caller.waitForEnd();
  });

  test("a caller that stops in the middle of a frame is waited for, without burning the processor", async () => {
    await using rpc = await startRpc();
    const caller = await rpc.connect();
    caller.send(request().subarray(0, 10));
    await until(() => rpc.stat("downstream_cx_rx_bytes_total") === 10);
    const immediates = vi.spyOn(globalThis, "setImmediate");
    rpc.filter.drain(atOnce);
    for (let count = 0; count < 20; count++) await new Promise((resolve) => setTimeout(resolve));
    expect(immediates.mock.calls.length).toBeLessThan(3);
    immediates.mockRestore();
    expect(caller.ended).toBe(false);
    rpc.filter.close();
    await caller.waitForEnd();
  });

  test("is asked for as often as one likes", async () => {
    await using host = await startHost();
    await using rpc = await startRpc({ hosts: [host.port] });
    const caller = await rpc.connect();
    const answer = caller.call();
    const upstream = await host.accept();
    const call = await upstream.next();
    for (let count = 0; count < 5; count++) {
      rpc.filter.drain(atOnce);
      await turns(3);
    }
    upstream.answer(call);
    expect((await answer)?.status).toBe(BoltStatus.Success);
    expect(rpc.stat("downstream_cx_drain_close")).toBe(1);
  });

  describe("gradually", () => {
    const drainTimeMs = 40_000;
    const inTurn = ({ runtime, filter }: TestRpc): void => filter.drain(new Drain(runtime, "at last", drainTimeMs));
    /** Which of some connections have been ended. */
    const endedOf = async (callers: readonly RpcPeer[]): Promise<boolean[]> => {
      await turns();
      return callers.map((caller) => caller.ended);
    };

    test("it comes to one connection after the other in the first quarter of the time", async () => {
      await using host = await startHost(echo);
      await using rpc = await startRpc({ hosts: [host.port] });
      const callers = await Promise.all([rpc.connect(), rpc.connect(), rpc.connect(), rpc.connect()]);
      for (const caller of callers) expect((await caller.call())?.status).toBe(BoltStatus.Success);
      inTurn(rpc);
      const counts: number[] = [];
      for (let quarter = 0; quarter < 4; quarter++) {
        rpc.runtime.advance(silence);
        counts.push((await endedOf(callers)).filter(Boolean).length);
        // Those whose turn has not come go on.
        for (const caller of callers) if (!caller.ended) expect((await caller.call())?.status).toBe(BoltStatus.Success);
        rpc.runtime.advance(drainTimeMs / 16 - silence);
      }
      expect(counts).toEqual([1, 2, 3, 4]);
      expect(rpc.stat("downstream_cx_drain_close")).toBe(4);
    });

    test("it becomes one at once where that is asked for", async () => {
      await using rpc = await startRpc();
      const callers = await Promise.all([rpc.connect(), rpc.connect(), rpc.connect()]);
      await until(() => rpc.connections.length === 3);
      inTurn(rpc);
      rpc.filter.drain(atOnce);
      inTurn(rpc);
      rpc.runtime.advance(silence);
      expect(await endedOf(callers)).toEqual([true, true, true]);
    });

    test("the end of the drain time comes to those that are left", async () => {
      await using rpc = await startRpc();
      const callers = await Promise.all([rpc.connect(), rpc.connect()]);
      await until(() => rpc.connections.length === 2);
      inTurn(rpc);
      rpc.filter.finish();
      expect(await endedOf(callers)).toEqual([true, true]);
    });

    test("before the process ends, connections that come late do not wait", async () => {
      await using rpc = await startRpc();
      rpc.filter.drain(new Drain(rpc.runtime, "in turn", drainTimeMs));
      const caller = await rpc.connect();
      await until(() => rpc.connections.length === 1);
      rpc.runtime.advance(silence);
      await caller.waitForEnd();
    });

    test("connections to come are drained by a later one where it was taken back", async () => {
      await using rpc = await startRpc();
      rpc.filter.drain(atOnce);
      rpc.filter.undrain();
      const caller = await rpc.connect();
      await until(() => rpc.connections.length === 1);
      inTurn(rpc);
      rpc.runtime.advance(silence);
      await caller.waitForEnd();
    });
  });

  describe("of peers that are meshes", () => {
    const meshes = { proxy: { codec: boltConfig({ go_away: true }) } };
    const goAwayOf = async (peer: RpcPeer): Promise<void> => {
      expect((await peer.next()).kind).toBe(RpcFrameKind.GoAway);
    };

    test("they are told, and go by themselves when they have their answers", async () => {
      await using host = await startHost();
      await using rpc = await startRpc({ hosts: [host.port], ...meshes });
      const caller = await rpc.connect();
      const answer = caller.call();
      const upstream = await host.accept();
      const call = await upstream.next();
      rpc.filter.drain(atOnce);
      await goAwayOf(caller);
      // One that was on its way when it heard.
      const late = caller.call();
      const lateCall = await upstream.next();
      upstream.answer(call);
      upstream.answer(lateCall);
      expect((await Promise.all([answer, late])).map((frame) => frame?.status)).toEqual([BoltStatus.Success, BoltStatus.Success]);
      await turns();
      expect(caller.ended).toBe(false);
      caller.socket.end();
      await caller.waitForClose();
      expect(rpc.stat("downstream_cx_destroy_remote")).toBe(1);
    });

    test("one that does not go is closed after a second of quiet", async () => {
      await using host = await startHost(echo);
      await using rpc = await startRpc({ hosts: [host.port], ...meshes });
      const caller = await rpc.connect();
      rpc.filter.drain(atOnce);
      await until(() => rpc.connections.length === 1);
      rpc.filter.drain(atOnce);
      await goAwayOf(caller);
      rpc.runtime.advance(800);
      expect((await caller.call())?.status).toBe(BoltStatus.Success);
      rpc.runtime.advance(800);
      await turns();
      expect(caller.ended).toBe(false);
      rpc.runtime.advance(250);
      await caller.waitForEnd();
      expect(rpc.stat("downstream_cx_idle_timeout")).toBe(0);
    });
  });
});

test("closing the filter closes its connections, calls or not", async () => {
  await using host = await startHost();
  await using rpc = await startRpc({ hosts: [host.port] });
  const caller = await rpc.connect();
  const answer = caller.call();
  await (await host.accept()).next();
  rpc.filter.close();
  expect(await answer).toBeUndefined();
  await until(() => rpc.filter.activeConnections === 0);
  expect(rpc.stat("downstream_cx_destroy_local")).toBe(1);
  expect(rpc.logged[0]).toMatchObject({ flags: ResponseFlag.DownstreamConnectionTermination });
  expect(openBooks(rpc)).toEqual({});
});

test("a call that a filter holds is answered though its caller has ended, and dropped though it has gone", async () => {
  const held: (() => void)[] = [];
  const holding: StreamFilter = {
    onRequest: (stream) => {
      held.push(() => stream.continueRequest());
      return FilterStatus.Stop;
    },
  };
  await using host = await startHost(echo);
  await using rpc = await startRpc({ hosts: [host.port], filters: [holding] });
  const caller = await rpc.connect();
  const answer = caller.call({ content: Buffer.from("held") });
  caller.socket.end();
  await until(() => held.length === 1);
  held[0]?.();
  expect(text(await answer)).toBe("held");
  const gone = await rpc.connect();
  void gone.call();
  await until(() => held.length === 2);
  gone.reset();
  await until(() => rpc.stat("downstream_rq_active") === 0);
  held[1]?.();
  await turns();
  expect(rpc.clusterStat("upstream_rq_total")).toBe(1);
});

test("connections are counted", async () => {
  await using rpc = await startRpc();
  const caller = await rpc.connect();
  await until(() => rpc.stat("downstream_cx_total") === 1);
  expect(rpc.stat("downstream_cx_active")).toBe(1);
  expect(rpc.filter.activeConnections).toBe(1);
  caller.reset();
  await until(() => rpc.stat("downstream_cx_active") === 0);
  expect(rpc.stat("downstream_cx_destroy")).toBe(1);
  expect(rpc.stat("downstream_cx_destroy_remote")).toBe(1);
  expect(rpc.stat("downstream_cx_length_ms")).toBe(1);
  expect(rpc.filter.activeConnections).toBe(0);
});
