import { describe, expect, test, vi } from "vitest";
import { CodecErrorCode, localReplyCauses, type RpcFrame, type RpcSession } from "@mesh/codec";
import { boltCodec, type BoltCodecOptions } from "./codec.ts";
import { BoltStatus } from "./constants.ts";
import { encodeBoltRequest, encodeBoltResponse } from "./encode.ts";
import type { BoltFrame } from "./frame.ts";
import { boltStatusOfCause } from "./status.ts";

function opened(options?: BoltCodecOptions): { session: RpcSession; frames: BoltFrame[] } {
  const frames: BoltFrame[] = [];
  const session = boltCodec(options).open({ onFrame: (frame) => frames.push(frame) }, { role: "server" });
  return { session, frames };
}

function hex(text: string): Buffer {
  return Buffer.from(text.replaceAll(" ", ""), "hex");
}

function received(session: RpcSession, frames: BoltFrame[], bytes: Buffer): BoltFrame {
  session.push(bytes);
  const frame = frames.at(-1);
  if (frame === undefined) throw new Error("no frame");
  return frame;
}

describe("heartbeats", () => {
  // Made by sofa-bolt-node, and their layout checked against the Java sources.
  const heartbeat = hex("0101000001 00000009 01 00000bb8 0000 0000 00000000");
  const ack = hex("0100000001 00000009 01 0000 0000 0000 00000000");

  test("are answered as the Java server answers them", () => {
    const { session, frames } = opened();
    expect(session.heartbeatAck(received(session, frames, heartbeat))).toEqual(ack);
  });

  test("are v1 until the peer speaks, and then as its first frame", () => {
    const { session } = opened();
    expect(session.heartbeat(0, 1)[0]).toBe(1);
    session.push(encodeBoltResponse({ id: 1, version: 2, checksum: true }));
    session.push(encodeBoltResponse({ id: 2 }));
    const beat = session.heartbeat(0, 3);
    expect([...beat.subarray(0, 3), beat[11]]).toEqual([2, 2, 1, 1]);
    expect(beat.length).toBe(28);
  });

  test("are as configured until the peer speaks", () => {
    expect(opened({ version: 2 }).session.heartbeat(0, 1).subarray(0, 3)).toEqual(hex("020101"));
  });

  test("of v2 are answered in v2, on a connection that began with v1", () => {
    const { session, frames } = opened();
    session.push(heartbeat);
    const second = received(session, frames, hex("020101000001 00000009 01 00 00000bb8 0000 0000 00000000"));
    expect(session.heartbeatAck(second)).toEqual(hex("020100000001 00000009 01 00 0000 0000 0000 00000000"));
  });
});

describe("local replies", () => {
  test("have the status of their cause, the codec of the request, and nothing else", () => {
    const { session, frames } = opened();
    const call = received(session, frames, encodeBoltRequest({ id: -2, codecId: 11 }));
    for (const cause of localReplyCauses) {
      const status = boltStatusOfCause[cause].toString(16).padStart(4, "0");
      const bytes = session.localReply(call, { cause, httpStatus: 302, message: "not sent: the class would have to be Hessian" });
      expect(bytes).toEqual(hex(`0100000201 fffffffe 0b ${status} 0000 0000 00000000`));
    }
  });

  test("of v2 have a checksum if the request had one", () => {
    const { session, frames } = opened();
    const call = received(session, frames, encodeBoltRequest({ id: 1, version: 2, checksum: true }));
    const bytes = session.localReply(call, { cause: "response_timeout", httpStatus: 504, message: "" });
    const answer = received(session, frames, bytes ?? Buffer.alloc(0));
    expect(answer).toMatchObject({ version: 2, protocolVersion: 2, hasChecksum: true, status: BoltStatus.Timeout });
  });

  test("are made for frames of other codecs too, in the version of the connection", () => {
    const { session, frames } = opened();
    const call = received(session, frames, encodeBoltRequest({ id: 5, version: 2 }));
    const foreign: RpcFrame = Object.assign(Object.create(null), { kind: call.kind, idLow: 6 });
    const bytes = session.localReply(foreign, { cause: "denied", httpStatus: 403, message: "" });
    expect(bytes).toEqual(hex("020100000201 00000006 01 00 0002 0000 0000 00000000"));
  });
});

describe("GoAway", () => {
  test("is sent to meshes only", () => {
    expect(opened().session.goAway()).toBeUndefined();
    expect(opened({ goAway: true }).session.goAway()).toEqual(hex("0101006401 00000000 01 00000000 0000 0000 00000000"));
  });
});

describe("a frame in many chunks", () => {
  const content = Buffer.alloc(1024 * 1024, "x");
  const bytes = encodeBoltRequest({ id: 1, headers: [["service", "a"]], content });

  test("is collected with few copies, in memory that ends up exactly its own", () => {
    const { session, frames } = opened();
    const allocate = vi.spyOn(Buffer, "allocUnsafe");
    const sizes: number[] = [];
    for (let from = 0; from < bytes.length; from += 64 * 1024) {
      session.push(bytes.subarray(from, from + 64 * 1024));
      expect(session.buffered).toBe(from + 64 * 1024 < bytes.length ? from + 64 * 1024 : 0);
    }
    sizes.push(...allocate.mock.calls.map(([size]) => size));
    allocate.mockRestore();
    expect(sizes.at(-1)).toBe(bytes.length);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(3 * bytes.length);
    expect(frames[0]?.body().equals(content)).toBe(true);
  });

  test("that declares much and brings little costs little", () => {
    const { session } = opened();
    const allocate = vi.spyOn(Buffer, "allocUnsafe");
    session.push(bytes.subarray(0, 100));
    const sizes = allocate.mock.calls.map(([size]) => size);
    allocate.mockRestore();
    expect(Math.max(...sizes)).toBeLessThanOrEqual(4096);
  });

  test("does not share memory with the chunks", () => {
    const { session, frames } = opened();
    const small = encodeBoltRequest({ id: 1, content: Buffer.from("content") });
    const first = Buffer.from(small.subarray(0, 10));
    const second = Buffer.from(small.subarray(10));
    session.push(first);
    session.push(second);
    first.fill(0);
    second.fill(0);
    expect(frames[0]?.body().toString()).toBe("content");
  });
});

describe("errors", () => {
  test("say where in the connection's input they are", () => {
    const { session } = opened();
    const good = encodeBoltRequest({ id: 1 });
    session.push(Buffer.concat([good, hex("0109")]));
    expect(session.error).toMatchObject({ code: CodecErrorCode.Malformed, offset: good.length + 1 });
  });

  test("say after how many bytes the connection ended", () => {
    const { session } = opened();
    const good = encodeBoltRequest({ id: 1 });
    session.push(Buffer.concat([good, good.subarray(0, 10)]));
    expect(session.end()).toMatchObject({ code: CodecErrorCode.Truncated, offset: good.length + 10 });
  });

  test("of the sink leave the frame delivered and the session sound", () => {
    let calls = 0;
    const session = boltCodec().open(
      {
        onFrame: () => {
          calls += 1;
          if (calls === 1) throw new Error("sink");
        },
      },
      { role: "server" },
    );
    const good = encodeBoltRequest({ id: 1 });
    session.push(good.subarray(0, 30));
    expect(() => session.push(good.subarray(30))).toThrow("sink");
    session.push(good);
    expect(calls).toBe(2);
    expect(session.buffered).toBe(0);
  });

  test("are thrown for options that make no sense", () => {
    expect(() => boltCodec({ checksum: true })).toThrow(expect.objectContaining({ code: CodecErrorCode.Unencodable }));
    const limits = { maxFrameBytes: -1, maxHeaderBytes: 1, maxHeaderCount: 1 };
    expect(() => boltCodec().open({ onFrame: () => {} }, { role: "client", limits })).toThrow("maxFrameBytes");
  });
});
