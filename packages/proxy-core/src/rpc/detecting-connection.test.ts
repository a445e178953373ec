import { describe, expect, test } from "vitest";
import { atOnce } from "../stream/testing.ts";
import { autoConfig, boltConfig, echo, request, startHost, startRpc, turns, until } from "./testing.ts";

const auto = (fields: object = {}): { readonly proxy: object } => ({ proxy: { codec: autoConfig(fields) } });

describe("a connection whose protocol is detected", () => {
  test("speaks it from its first bytes on, whether it is named or not", async () => {
    for (const proxy of [{ codec: autoConfig() }, { codec: autoConfig({ codecs: [boltConfig()] }) }, { codec: null }]) {
      await using host = await startHost(echo);
      await using rpc = await startRpc({ hosts: [host.port], proxy });
      for (const dialect of [{ version: 1 }, { version: 2, checksum: true }] as const) {
        const caller = await rpc.connect();
        expect((await caller.call({ ...dialect, content: Buffer.from("hi") }))?.body().toString()).toBe("hi");
      }
      expect(rpc.logged[0]).toMatchObject({ code: 200 });
    }
  });

  test("loses nothing when the bytes come one by one", async () => {
    await using host = await startHost(echo);
    await using rpc = await startRpc({ hosts: [host.port], ...auto() });
    const caller = await rpc.connect();
    const bytes = request({ id: 5, content: Buffer.from("hi") });
    for (let i = 0; i < bytes.length; i++) {
      caller.send(bytes.subarray(i, i + 1));
      await until(() => rpc.connections[0]?.bytesReceived === i + 1);
    }
    expect((await caller.next()).idLow).toBe(5);
    expect(rpc.stat("downstream_cx_rx_bytes_total")).toBe(bytes.length);
  });

  test("is closed at bytes that fit no protocol", async () => {
    await using rpc = await startRpc(auto());
    const caller = await rpc.connect();
    caller.send(Buffer.from("GET / HTTP/1.1\r\n\r\n"));
    await caller.waitForEnd();
    caller.socket.end();
    await until(() => rpc.stat("downstream_cx_active") === 0);
    expect(rpc.stat("downstream_cx_protocol_error")).toBe(1);
    expect(rpc.stat("downstream_cx_destroy_local")).toBe(1);
    expect(rpc.stat("downstream_cx_rx_bytes_total")).toBe(18);
    expect(rpc.runtime.logger.lines.at(-1)?.message).toContain("no protocol of bolt begins with 474554");
    expect(rpc.filter.activeConnections).toBe(0);
  });

  test("that begins as HTTP/2 is told from other strangers", async () => {
    await using rpc = await startRpc(auto());
    const caller = await rpc.connect();
    caller.send(Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"));
    await caller.waitForEnd();
    expect(rpc.runtime.logger.lines.at(-1)?.message).toContain("HTTP/2 (Triple or gRPC): a filter chain for the application protocol h2c");
  });

  test("is closed when the deciding bytes do not come within the time from the first one", async () => {
    await using rpc = await startRpc(auto({ detection_timeout: "2s" }));
    const caller = await rpc.connect();
    await until(() => rpc.connections.length === 1);
    rpc.runtime.advance(30_000);
    caller.send(Buffer.from([1]));
    await until(() => rpc.connections[0]?.bytesReceived === 1);
    rpc.runtime.advance(1_500);
    caller.send(Buffer.from([1]));
    await until(() => rpc.connections[0]?.bytesReceived === 2);
    await turns();
    expect(caller.ended).toBe(false);
    rpc.runtime.advance(550);
    await caller.waitForEnd();
    expect(rpc.stat("downstream_cx_protocol_error")).toBe(1);
    expect(rpc.runtime.logger.lines.at(-1)?.message).toContain("2 bytes came, too few to tell the protocol");
  });

  test("without a byte is idle, and no more than that: SOFARPC's clients connect long before their first call", async () => {
    await using host = await startHost(echo);
    await using rpc = await startRpc({ hosts: [host.port], ...auto({ detection_timeout: "2s" }) });
    const [caller, silent] = [await rpc.connect(), await rpc.connect()];
    await until(() => rpc.connections.length === 2);
    rpc.runtime.advance(80_000);
    expect((await caller.call())?.bodyLength).toBe(0);
    rpc.runtime.advance(10_050);
    await silent.waitForEnd();
    expect(caller.ended).toBe(false);
    expect(rpc.stat("downstream_cx_idle_timeout")).toBe(1);
    expect(rpc.stat("downstream_cx_protocol_error")).toBe(0);
  });

  test("waits without limit where the times are zero", async () => {
    await using host = await startHost(echo);
    await using rpc = await startRpc({
      hosts: [host.port],
      proxy: { codec: autoConfig({ detection_timeout: "0s" }), idle_timeout: "0s" },
    });
    const caller = await rpc.connect();
    const bytes = request();
    rpc.runtime.advance(10_000_000);
    caller.send(bytes.subarray(0, 1));
    await until(() => rpc.connections[0]?.bytesReceived === 1);
    rpc.runtime.advance(10_000_000);
    caller.send(bytes.subarray(1));
    expect((await caller.next()).idLow).toBe(1);
  });

  test("is no error when the peer leaves before it said anything, as port checks do", async () => {
    await using rpc = await startRpc(auto());
    for (const leave of ["end", "resetAndDestroy"] as const) {
      const total = rpc.stat("downstream_cx_destroy_remote");
      const caller = await rpc.connect();
      await until(() => rpc.filter.activeConnections === 1);
      caller.socket[leave]();
      await until(() => rpc.stat("downstream_cx_destroy_remote") === total + 1);
      expect(rpc.filter.activeConnections).toBe(0);
    }
    expect(rpc.stat("downstream_cx_active")).toBe(0);
    expect(rpc.stat("downstream_cx_protocol_error")).toBe(0);
    expect(rpc.runtime.logger.lines).toEqual([]);
  });

  test("is an error when the peer leaves in the middle of what it said", async () => {
    await using rpc = await startRpc(auto());
    const caller = await rpc.connect();
    caller.send(Buffer.from([1, 1]));
    caller.socket.end();
    await caller.waitForClose();
    await until(() => rpc.stat("downstream_cx_active") === 0);
    expect(rpc.stat("downstream_cx_protocol_error")).toBe(1);
    expect(rpc.stat("downstream_cx_destroy_remote")).toBe(1);
  });
});

describe("while a connection's protocol is not known", () => {
  test("a drain closes it if nothing has come", async () => {
    await using rpc = await startRpc(auto());
    const caller = await rpc.connect();
    await until(() => rpc.filter.activeConnections === 1);
    rpc.filter.drain(atOnce);
    await caller.waitForEnd();
    caller.socket.end();
    await until(() => rpc.filter.activeConnections === 0);
    expect(rpc.stat("downstream_cx_destroy_local")).toBe(1);
  });

  test("a drain lets what has begun or come be answered", async () => {
    await using host = await startHost(echo);
    await using rpc = await startRpc({ hosts: [host.port], ...auto() });
    const [begun, sent] = [await rpc.connect(), await rpc.connect()];
    const bytes = request({ id: 6 });
    begun.send(bytes.subarray(0, 2));
    await until(() => rpc.connections.some(({ bytesReceived }) => bytesReceived === 2));
    const answer = sent.call();
    await new Promise<void>((resolve) => {
      sent.socket.write("", () => resolve());
    });
    rpc.filter.drain(atOnce);
    expect(await answer).toBeDefined();
    rpc.runtime.advance(300);
    await sent.waitForEnd();
    expect(begun.ended).toBe(false);
    begun.send(bytes.subarray(2));
    expect((await begun.next()).idLow).toBe(6);
    rpc.runtime.advance(300);
    await begun.waitForEnd();
  });

  test("closing the filter closes it", async () => {
    await using rpc = await startRpc(auto());
    const caller = await rpc.connect();
    await until(() => rpc.filter.activeConnections === 1);
    rpc.filter.close();
    await caller.waitForEnd();
    await until(() => rpc.filter.activeConnections === 0);
  });
});
