import { once } from "node:events";
import * as fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { testRuntime } from "../runtime/testing.ts";
import { chunkBytes } from "./chunk-pool.ts";
import { Connection, highWaterMarkOf } from "./connection.ts";
import { networkContext, readAll, readBytes, RecordingHandler, socketPair, type SocketPair } from "./testing.ts";

const options = { bufferLimitBytes: 64 * 1024 };

interface Opened extends SocketPair {
  readonly connection: Connection;
  readonly handler: RecordingHandler;
}

async function open(context = networkContext(), bufferLimitBytes: number = options.bufferLimitBytes): Promise<Opened> {
  const pair = await socketPair(highWaterMarkOf(bufferLimitBytes));
  const handler = new RecordingHandler();
  return Object.assign(pair, { connection: new Connection(pair.near, context, handler, { bufferLimitBytes }), handler });
}

describe("writing", () => {
  test("what a turn writes leaves in one write at its end", async () => {
    await using opened = await open();
    const { connection, near, far } = opened;
    const write = vi.spyOn(near, "write");
    connection.write(Buffer.from("one "));
    connection.write(Buffer.from("two "));
    const offset = connection.reserve(5);
    connection.output.write("three", offset, "latin1");
    expect(write).not.toHaveBeenCalled();
    expect(connection.pendingBytes).toBe(13);
    expect((await readBytes(far, 13)).toString()).toBe("one two three");
    expect(write).toHaveBeenCalledTimes(1);
    expect(connection.bytesSent).toBe(13);
  });

  test("what is held for a flush leaves with it, and what is written after it at the end of the turn", async () => {
    await using opened = await open();
    const { connection, near, far } = opened;
    const write = vi.spyOn(near, "write");
    connection.holdForFlush();
    connection.write(Buffer.from("one "));
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    expect(write).not.toHaveBeenCalled();
    connection.flush();
    expect(write).toHaveBeenCalledTimes(1);
    connection.write(Buffer.from("two"));
    expect((await readBytes(far, 7)).toString()).toBe("one two");
    expect(write).toHaveBeenCalledTimes(2);
  });

  test("short and long writes keep their order, however they are mixed", async () => {
    const size = fc.oneof(fc.integer({ min: 1, max: 200 }), fc.integer({ min: chunkBytes - 2, max: chunkBytes + 2 }), fc.constant(100_000));
    const step = fc.record({ size, how: fc.constantFrom("write", "writeThrough", "reserve", "flush") });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 20 }), async (steps) => {
        await using opened = await open();
        const { connection, far } = opened;
        const sent: Buffer[] = [];
        for (const [index, { size, how }] of steps.entries()) {
          const bytes = Buffer.alloc(size, index);
          if (how === "flush") {
            connection.flush();
            continue;
          }
          sent.push(bytes);
          if (how === "reserve") {
            const offset = connection.reserve(size);
            bytes.copy(connection.output, offset);
          } else {
            connection[how](bytes);
          }
        }
        connection.end();
        expect(Buffer.compare(await readAll(far), Buffer.concat(sent))).toBe(0);
      }),
      { numRuns: 30 },
    );
  });

  test("chunks go back to the pool once the kernel has their bytes, and stay with the socket until then", async () => {
    const context = networkContext();
    await using opened = await open(context, 1024 * 1024);
    const { connection, near, far } = opened;
    const first = context.chunks.take(1);
    context.chunks.give(first);
    connection.write(Buffer.from("taken at once"));
    context.batch.flush();
    expect(near.writableLength).toBe(0);
    expect(context.chunks.take(1)).toBe(first);
    context.chunks.give(first);
    // More than a socket's buffers take: at some point a chunk has to wait.
    let written = 0;
    while (near.writableLength === 0) {
      connection.write(Buffer.alloc(chunkBytes, 7));
      context.batch.flush();
      written += chunkBytes;
    }
    expect(context.chunks.take(1)).not.toBe(first);
    const received = await readBytes(far, 13 + written);
    expect(received.subarray(13).every((byte) => byte === 7)).toBe(true);
  });

  test("after end and close writing does nothing", async () => {
    await using opened = await open();
    const { connection, far } = opened;
    connection.write(Buffer.from("all"));
    connection.end();
    connection.write(Buffer.from("late"));
    connection.writeThrough(Buffer.from("late"));
    connection.end();
    expect((await readAll(far)).toString()).toBe("all");
    connection.close();
    connection.write(Buffer.from("late"));
    connection.flush();
    expect(connection.bytesSent).toBe(3);
  });
});

describe("watermarks", () => {
  test("more than the limit waiting is told once, and again when all of it is sent", async () => {
    await using opened = await open(networkContext(), 32 * 1024);
    const { connection, handler, near, far } = opened;
    let written = 0;
    while (!connection.aboveHighWatermark) {
      connection.writeThrough(Buffer.alloc(chunkBytes));
      written += chunkBytes;
    }
    expect(near.writableLength).toBeGreaterThan(32 * 1024);
    connection.writeThrough(Buffer.alloc(chunkBytes));
    expect(handler.events).toEqual(["above"]);
    await readBytes(far, written + chunkBytes);
    await handler.untilEvent("below");
    expect(handler.events).toEqual(["above", "below"]);
    expect(connection.aboveHighWatermark).toBe(false);
    expect(connection.pendingBytes).toBe(0);
  });

  test("without a limit as much waits as there is", async () => {
    await using opened = await open(networkContext(), 0);
    const { connection, far, handler } = opened;
    far.pause();
    const total = 4 * 1024 * 1024;
    connection.write(Buffer.alloc(total));
    expect(connection.pendingBytes).toBeGreaterThan(0);
    expect(connection.aboveHighWatermark).toBe(false);
    expect((await readBytes(far, total)).length).toBe(total);
    expect(handler.events).toEqual([]);
  });

  test("a paused connection reads nothing until it was resumed as often", async () => {
    await using opened = await open();
    const { connection, handler, far } = opened;
    connection.pauseReading();
    connection.pauseReading();
    far.write("x".repeat(1000));
    connection.resumeReading();
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    expect(handler.chunks).toEqual([]);
    connection.resumeReading();
    await handler.until(() => handler.data.length === 1000);
    // One too many does no harm.
    connection.resumeReading();
    connection.pauseReading();
    far.write("y");
    await new Promise(setImmediate);
    expect(handler.data).toHaveLength(1000);
    expect(connection.bytesReceived).toBe(1000);
  });
});

describe("ending", () => {
  test("a half-closed connection still carries the other direction", async () => {
    await using opened = await open();
    const { connection, handler, far } = opened;
    far.end("question");
    await handler.untilEvent("end");
    expect(handler.text).toBe("question");
    expect(connection.closed).toBe(false);
    connection.write(Buffer.from("answer"));
    connection.end();
    expect((await readAll(far)).toString()).toBe("answer");
    await handler.untilEvent("close remote");
    expect(connection.closed).toBe(true);
  });

  test("closeAfterFlush sends what is written, and drops what comes until the peer has ended", async () => {
    await using opened = await open();
    const { connection, handler, far } = opened;
    connection.write(Buffer.alloc(300_000, 1));
    connection.write(Buffer.from("last"));
    connection.closeAfterFlush();
    connection.closeAfterFlush();
    // A socket closed with these bytes unread would be reset, and the peer might lose the end of what it was sent.
    far.write("still sending");
    const received = await readAll(far);
    expect(received).toHaveLength(300_004);
    expect(received.subarray(-4).toString()).toBe("last");
    expect(handler.events).toEqual([]);
    far.end();
    await handler.untilEvent("close local");
    expect(handler.data).toHaveLength(0);
  });

  test("closeAfterFlush after end waits for the same bytes", async () => {
    await using opened = await open();
    const { connection, handler, far } = opened;
    connection.write(Buffer.from("bye"));
    connection.end();
    connection.closeAfterFlush();
    expect((await readAll(far)).toString()).toBe("bye");
    far.end();
    await handler.untilEvent("close local");
  });

  test("a peer that does not end is given a second", async () => {
    const runtime = testRuntime();
    await using opened = await open(networkContext(runtime.timers));
    const { connection, handler, far } = opened;
    connection.closeAfterFlush();
    await readAll(far);
    runtime.advance(900);
    expect(connection.socket.destroyed).toBe(false);
    runtime.advance(200);
    await handler.untilEvent("close local");
  });

  test("a peer that reads slowly is given more as long as it reads", async () => {
    const runtime = testRuntime();
    await using opened = await open(networkContext(runtime.timers));
    const { connection, handler, near, far } = opened;
    while (near.writableLength < 1024 * 1024) connection.writeThrough(Buffer.alloc(chunkBytes));
    connection.closeAfterFlush();
    const before = near.writableLength;
    // The far end has not begun to read; now it takes a part.
    const closed = once(far, "close");
    far.resume();
    await vi.waitUntil(() => near.writableLength < before);
    far.pause();
    runtime.advance(1100);
    expect(near.destroyed).toBe(false);
    near.pause();
    runtime.advance(10_000);
    await handler.untilEvent("close local");
    far.destroy();
    await closed;
  });

  test("close drops what was not sent", async () => {
    await using opened = await open();
    const { connection, handler, far } = opened;
    connection.write(Buffer.from("never"));
    connection.close();
    expect((await readAll(far)).toString()).toBe("");
    await handler.untilEvent("close local");
    expect(connection.bytesSent).toBe(0);
  });

  test("a reset is an error at the other side, and is told as one when it comes", async () => {
    await using near = await open();
    near.connection.reset();
    const [error] = (await once(near.far, "error")) as [NodeJS.ErrnoException];
    expect(error.code).toBe("ECONNRESET");
    await near.handler.untilEvent("close local");

    await using other = await open();
    other.far.resetAndDestroy();
    await other.handler.untilEvent("close error");
    expect(other.handler.closeError).toMatchObject({ code: "ECONNRESET" });
    expect(other.handler.events).toEqual(["close error"]);
  });

  test("a reset while the end is on its way closes, and is told", async () => {
    await using opened = await open();
    const { connection, handler, far } = opened;
    connection.write(Buffer.from("last words"));
    connection.end();
    connection.reset();
    await handler.untilEvent("close local");
    expect((await readAll(far)).toString()).toBe("last words");
  });

  test("a reset while bytes before the end wait is an error at the other side", async () => {
    await using opened = await open();
    const { connection, handler, far } = opened;
    const failed = once(far, "error");
    const long = Buffer.alloc(16 * 1024 * 1024);
    connection.write(long);
    connection.end();
    expect(connection.pendingBytes).toBeGreaterThan(0);
    connection.reset();
    await handler.untilEvent("close local");
    far.resume();
    expect(await failed).toMatchObject([{ code: "ECONNRESET" }]);
  });

  test("nothing is told after the close", async () => {
    await using opened = await open();
    const { connection, handler, far } = opened;
    far.write("data");
    await handler.until(() => handler.data.length > 0);
    connection.close();
    far.write("more");
    await handler.untilEvent("close local");
    connection.closeAfterFlush();
    connection.reset();
    connection.resumeReading();
    await new Promise(setImmediate);
    expect(handler.events).toEqual(["close local"]);
    expect(handler.text).toBe("data");
  });
});

test("a connection changes hands", async () => {
  await using opened = await open();
  const { connection, handler, far } = opened;
  far.write("first");
  await handler.until(() => handler.text === "first");
  const second = new RecordingHandler();
  connection.setHandler(second);
  far.end("second");
  await second.untilEvent("end");
  expect(second.text).toBe("second");
  expect(handler.events).toEqual([]);
});

test("connections have ids of their own", async () => {
  await using one = await open();
  await using two = await open();
  expect(two.connection.id).toBeGreaterThan(one.connection.id);
});
