import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { testRuntime, type TestRuntime } from "../runtime/testing.ts";
import type { SocketAddress } from "./address.ts";
import { connect } from "./connect.ts";
import type { Connection } from "./connection.ts";
import { listen, networkContext, readAll, RecordingHandler } from "./testing.ts";

let server: Server;
let runtime: TestRuntime;
let handler: RecordingHandler;
beforeEach(() => {
  server = createServer({ allowHalfOpen: true });
  runtime = testRuntime();
  handler = new RecordingHandler();
});
afterEach(() => server.close());

const begin = (address: SocketAddress): Connection =>
  connect(networkContext(), handler, { address, connectTimeoutMs: 1000, bufferLimitBytes: 1024, timers: runtime.timers });

const accepted = async (): Promise<Socket> => {
  const [socket] = (await once(server, "connection")) as [Socket];
  return socket;
};

test("what is written before the connection stands is sent when it does", async () => {
  const port = await listen(server);
  const connection = begin({ kind: "ip", address: "127.0.0.1", port });
  connection.write(Buffer.from("early"));
  const socket = await accepted();
  await handler.untilEvent("connected");
  connection.end();
  expect((await readAll(socket)).toString()).toBe("early");
  socket.end();
  await handler.untilEvent("close remote");
  runtime.advance(2000);
  expect(handler.events).not.toContain("timeout");
});

test("a connection comes from where it is to come from", { skip: process.platform !== "linux" }, async () => {
  const address = { kind: "ip", address: "127.0.0.1", port: await listen(server) } as const;
  const source = { localAddress: "127.0.0.6", localPort: 0 };
  const options = { address, connectTimeoutMs: 1000, bufferLimitBytes: 1024, timers: runtime.timers, source };
  const connection = connect(networkContext(), handler, options);
  const socket = await accepted();
  expect(socket.remoteAddress).toBe("127.0.0.6");
  connection.close();
  socket.destroy();
});

describe("an attempt", () => {
  test("at a port where nobody listens ends with the error", async () => {
    const port = await listen(server);
    server.close();
    await once(server, "close");
    begin({ kind: "ip", address: "127.0.0.1", port });
    await handler.untilEvent("close error");
    expect(handler.closeError).toMatchObject({ code: "ECONNREFUSED" });
    runtime.advance(2000);
    expect(handler.events).toEqual(["close error"]);
  });

  test("from an address that is not this machine's ends with the error", async () => {
    const address = { kind: "ip", address: "127.0.0.1", port: await listen(server) } as const;
    const source = { localAddress: "192.0.2.1", localPort: 0 };
    connect(networkContext(), handler, { address, connectTimeoutMs: 1000, bufferLimitBytes: 1024, timers: runtime.timers, source });
    await handler.untilEvent("close error");
    expect(handler.closeError).toMatchObject({ code: "EADDRNOTAVAIL" });
  });

  test("that takes too long is given up", async () => {
    const port = await listen(server);
    const connection = begin({ kind: "ip", address: "127.0.0.1", port });
    // The fake clock is through with it before the event loop comes to connect.
    runtime.advance(1016);
    await handler.untilEvent("close local");
    expect(handler.events).toEqual(["timeout", "close local"]);
    expect(connection.closed).toBe(true);
  });

  test("that is closed is forgotten", async () => {
    const port = await listen(server);
    begin({ kind: "ip", address: "127.0.0.1", port }).close();
    await handler.untilEvent("close local");
    runtime.advance(2000);
    expect(handler.events).toEqual(["close local"]);
  });
});

describe("a unix socket", () => {
  let folder = "";
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "connect-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  test("is reached by its path", async () => {
    const path = join(folder, "sock");
    server.listen(path);
    await once(server, "listening");
    begin({ kind: "pipe", path });
    const socket = await accepted();
    socket.end("hello");
    await handler.untilEvent("end");
    expect(handler.text).toBe("hello");
    socket.destroy();
  });

  test("is closed where a TCP connection would be reset", async () => {
    const path = join(folder, "sock");
    server.listen(path);
    await once(server, "listening");
    const connection = begin({ kind: "pipe", path });
    const socket = await accepted();
    const ended = readAll(socket);
    connection.reset();
    await handler.untilEvent("close local");
    expect((await ended).toString()).toBe("");
    socket.destroy();
  });

  test.skipIf(process.platform !== "linux")("may be abstract", async () => {
    const name = `mosn-connect-${process.pid}`;
    server.listen(`\0${name}`);
    await once(server, "listening");
    begin({ kind: "pipe", path: `@${name}` }).end();
    const socket = await accepted();
    await readAll(socket);
    socket.end();
    await handler.untilEvent("close remote");
  });
});

test("what an upstream sends arrives whole, however much of it a read brings", async () => {
  const port = await listen(server);
  begin({ kind: "ip", address: "127.0.0.1", port });
  const socket = await accepted();
  const sent: string[] = [];
  for (const size of [10, 5000, 200_000, ...Array.from({ length: 40 }, () => 700), 70_000]) {
    const piece = String.fromCharCode(97 + (sent.length % 26)).repeat(size);
    sent.push(piece);
    socket.write(piece);
    // One piece at a time, so that there are small reads too.
    const { length } = sent.join("");
    await handler.until(() => handler.data.length === length);
  }
  expect(handler.text).toBe(sent.join(""));
  socket.destroy();
});
