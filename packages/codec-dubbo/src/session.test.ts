import { describe, expect, test, vi } from "vitest";
import { CodecErrorCode, localReplyCauses, RpcFrameKind, type RpcFrame, type RpcSession } from "@mesh/codec";
import { dubboCodec, type DubboCodecOptions } from "./codec.ts";
import { DubboSerialization } from "./constants.ts";
import { encodeDubboRequest, encodeDubboResponse } from "./encode.ts";
import type { DubboFrame } from "./frame.ts";
import { dubbo32, dubbo33 } from "./java-bytes.ts";
import { hex, read } from "./testing.ts";

function opened(options?: DubboCodecOptions): { session: RpcSession; frames: DubboFrame[] } {
  const frames: DubboFrame[] = [];
  const session = dubboCodec(options).open({ onFrame: (frame) => frames.push(frame) }, { role: "server" });
  return { session, frames };
}

function received(session: RpcSession, frames: DubboFrame[], bytes: Buffer): DubboFrame {
  session.push(bytes);
  const frame = frames.at(-1);
  if (frame === undefined) throw new Error("no frame");
  return frame;
}

describe("heartbeats", () => {
  test.for<[string, string, string]>([
    ["Hessian 2", "dabbe200 0000000100000002 00000001 4e", "dabb2214 0000000100000002 00000001 4e"],
    ["fastjson2", "dabbf700 0000000100000002 00000005 00000001af", "dabb3714 0000000100000002 00000005 00000001af"],
    ["a serialization that is not known", "dabbe300 0000000100000002 00000003 acedff", "dabb2314 0000000100000002 00000003 acedff"],
  ])("are answered as Java answers them: %s", ([, heartbeat, ack]) => {
    const { session, frames } = opened();
    expect(session.heartbeatAck(received(session, frames, hex(heartbeat)))).toEqual(hex(ack));
  });

  test("with more in them than Java takes are not echoed", () => {
    const { session, frames } = opened();
    const beat = received(session, frames, hex(`dabbe300 0000000000000001 00000010 ${"00".repeat(16)}`));
    expect(session.heartbeatAck(beat)).toEqual(hex("dabb2314 0000000000000001 00000001 4e"));
  });

  test("are in Hessian 2 until the peer speaks, and then in its last serialization that can be written", () => {
    const { session } = opened();
    expect(session.heartbeat(1, 2)).toEqual(hex("dabbe200 0000000100000002 00000001 4e"));
    session.push(dubbo32.echo);
    expect(session.heartbeat(-1, -2)).toEqual(hex("dabbf700 fffffffffffffffe 00000005 00000001af"));
    session.push(hex("dabbc300 0000000000000001 00000000"));
    expect(session.heartbeat(0, 1)[2]).toBe(0xf7);
    session.push(dubbo33.echo);
    expect(session.heartbeat(0, 1)[2]).toBe(0xe2);
  });
});

describe("read-only", () => {
  test("is sent where that was chosen, in the peer's serialization", () => {
    expect(opened().session.goAway()).toBeUndefined();
    const { session } = opened({ readOnly: true });
    expect(session.goAway()).toEqual(hex("dabba200 0000000000000000 00000002 0152"));
    session.push(dubbo32.echo);
    expect(session.goAway()).toEqual(hex("dabbb700 0000000000000000 00000006 000000024a52"));
  });
});

describe("local replies", () => {
  const reply = { cause: "upstream_reset", httpStatus: 503, message: "no é" } as const;

  test("of a status carry their message in the request's serialization", () => {
    const { session, frames } = opened();
    const one = received(session, frames, encodeDubboRequest({ id: -2, path: "a.A", method: "m" }));
    expect(session.localReply(one, reply)).toEqual(hex("dabb0223 fffffffffffffffe 00000006 04 6e6f20c3a9"));
    const other = received(session, frames, encodeDubboRequest({ id: 2, serialization: 23, path: "a.A", method: "m" }));
    expect(session.localReply(other, reply)).toEqual(hex("dabb1723 0000000000000002 0000000b 00000007 7a056e6f20c3a9"));
  });

  test("without a message name their cause", () => {
    const { session, frames } = opened();
    const call = received(session, frames, dubbo33.echo);
    expect(session.localReply(call, { ...reply, message: "" })?.toString("latin1")).toContain("upstream_reset");
  });

  test("in a serialization that is not known are a status alone", () => {
    const { session, frames } = opened();
    const call = received(session, frames, hex("dabbc300 0000000000000007 00000000"));
    for (const cause of localReplyCauses) {
      const bytes = session.localReply(call, { cause, httpStatus: 200, message: "x" });
      expect(bytes).toHaveLength(16);
      expect(bytes?.subarray(0, 3)).toEqual(hex("dabb03"));
      expect(bytes?.[3]).not.toBe(20);
    }
  });

  test("that are exceptions say so to a mesh that is the caller", () => {
    for (const bytes of [dubbo32.echo, dubbo33.echo]) {
      const { session, frames } = opened();
      const call = received(session, frames, bytes);
      const answer = session.localReply(call, { cause: "denied", httpStatus: 403, message: "no" });
      expect(read(answer ?? Buffer.alloc(0))).toMatchObject({
        status: 20,
        httpStatus: 403,
        isApplicationError: false,
        exceptionClass: "org.apache.dubbo.rpc.RpcException",
      });
    }
  });

  test("of a direct response with success are its text as the value, or null", () => {
    const { session, frames } = opened();
    const call = received(session, frames, dubbo33.echo);
    const answer = (message: string): Buffer | undefined =>
      session.localReply(call, { cause: "direct_response", httpStatus: 200, message })?.subarray(16);
    expect(answer("hi")).toEqual(hex("91 02 6869"));
    expect(answer("")).toEqual(hex("92"));
  });

  test("are made for frames of other codecs too, in the serialization of the connection", () => {
    const { session, frames } = opened();
    const call = received(session, frames, dubbo32.echo);
    const foreign: RpcFrame = Object.assign(Object.create(null), { kind: call.kind, idHigh: 5, idLow: 6 });
    expect(session.localReply(foreign, reply)?.subarray(0, 12)).toEqual(hex("dabb1723 0000000500000006"));
  });
});

describe("a frame in many chunks", () => {
  const value = Buffer.concat([hex("53 ffff"), Buffer.alloc(0xffff, "x")]);
  const bytes = encodeDubboResponse({ id: 1, value });

  test("is collected with few copies, in memory that ends up exactly its own", () => {
    const { session, frames } = opened();
    const allocate = vi.spyOn(Buffer, "allocUnsafe");
    for (let from = 0; from < bytes.length; from += 1000) session.push(bytes.subarray(from, from + 1000));
    const sizes = allocate.mock.calls.map(([size]) => size);
    allocate.mockRestore();
    expect(sizes.at(-1)).toBe(bytes.length);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(3 * bytes.length);
    expect(frames[0]?.body().subarray(1).equals(value)).toBe(true);
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
    const first = Buffer.from(dubbo33.echo.subarray(0, 10));
    const second = Buffer.from(dubbo33.echo.subarray(10));
    session.push(first);
    session.push(second);
    first.fill(0);
    second.fill(0);
    expect(frames[0]?.service).toBe("t.EchoService:1.0:blue");
  });
});

describe("errors", () => {
  test.for<[string, string, string]>([
    ["a command of telnet", "status\r\n", "telnet"],
    ["HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "HTTP/2"],
    ["HTTP/1", "POST /a.A/m HTTP/1.1\r\n", "HTTP/1"],
    ["bytes", "\x01\x02\xff", "0102ff"],
  ])("name what is not Dubbo: %s", ([, text, named]) => {
    const { session } = opened();
    session.push(Buffer.from(text, "latin1"));
    expect(session.error).toMatchObject({ code: CodecErrorCode.Malformed, offset: 0 });
    expect(session.error?.message).toContain(named);
  });

  test("say where in the connection's input they are", () => {
    const { session } = opened();
    session.push(Buffer.concat([dubbo33.echo, hex("da00")]));
    expect(session.error).toMatchObject({ code: CodecErrorCode.Malformed, offset: dubbo33.echo.length + 1 });
  });

  test("say after how many bytes the connection ended", () => {
    const { session } = opened();
    session.push(Buffer.concat([dubbo33.echo, dubbo33.echo.subarray(0, 17)]));
    expect(session.end()).toMatchObject({ code: CodecErrorCode.Truncated, offset: dubbo33.echo.length + 17 });
  });

  test("are raised for events over Dubbo's payload of 8 MiB where no limit is given", () => {
    const header = (length: number): Buffer => {
      const bytes = hex("dabbe200 0000000000000001 00000000");
      bytes.writeInt32BE(length, 12);
      return bytes;
    };
    const { session } = opened();
    session.push(header(8 * 1024 * 1024));
    expect(session.error).toBeUndefined();
    const { session: other } = opened();
    other.push(header(8 * 1024 * 1024 + 1));
    expect(other.error).toMatchObject({ code: CodecErrorCode.LimitExceeded });
  });

  test("of the sink leave the frame delivered and the session sound", () => {
    let calls = 0;
    const session = dubboCodec().open(
      {
        onFrame: () => {
          calls += 1;
          if (calls === 1) throw new Error("sink");
        },
      },
      { role: "server" },
    );
    session.push(dubbo33.echo.subarray(0, 30));
    expect(() => session.push(dubbo33.echo.subarray(30))).toThrow("sink");
    session.push(dubbo33.echo);
    expect(calls).toBe(2);
    expect(session.buffered).toBe(0);
  });

  test("are thrown for limits that make no sense", () => {
    const limits = { maxFrameBytes: -1, maxHeaderBytes: 1, maxHeaderCount: 1 };
    expect(() => dubboCodec().open({ onFrame: () => {} }, { role: "client", limits })).toThrow("maxFrameBytes");
  });
});

describe("frames of one chunk", () => {
  test("know of their own attachments only, whenever they are asked", () => {
    const plain = encodeDubboRequest({ id: 1, path: "a.A", method: "m" });
    const grouped = encodeDubboRequest({
      id: 2,
      path: "a.A",
      method: "m",
      attachments: [
        ["group", "g"],
        ["timeout", "7"],
      ],
    });
    const expected = ["a.A 0", "a.A::g 7", "a.A 0", "a.A 0", "a.A::g 7"];
    const chunk = Buffer.concat([plain, grouped, plain, plain, grouped]);
    const asked: string[] = [];
    const kept: DubboFrame[] = [];
    const later: string[] = [];
    const describeFrame = (frame: DubboFrame): string => `${frame.service} ${frame.timeoutMs}`;
    const now = dubboCodec().open({ onFrame: (frame) => asked.push(describeFrame(frame)) }, { role: "server" });
    now.push(chunk);
    const keep = dubboCodec().open({ onFrame: (frame) => kept.push(frame) }, { role: "server" });
    keep.push(chunk);
    for (const frame of kept) later.push(describeFrame(frame));
    // The second asks for the frame before it, once the search has gone on.
    const backwards: string[] = [];
    let before: DubboFrame | undefined;
    const mixed = dubboCodec().open(
      {
        onFrame: (frame) => {
          if (before !== undefined) backwards.push(describeFrame(frame), describeFrame(before));
          before = before === undefined ? frame : undefined;
        },
      },
      { role: "server" },
    );
    mixed.push(chunk);
    expect(asked).toEqual(expected);
    expect(later).toEqual(expected);
    expect(backwards).toEqual(["a.A::g 7", "a.A 0", "a.A 0", "a.A 0"]);
    expect(kept[0]?.serialization).toBe(DubboSerialization.Hessian2);
  });
});

describe("a frame over the limit", () => {
  const limits = { maxFrameBytes: 200, maxHeaderBytes: 100, maxHeaderCount: 10 };
  const bytes = "x".repeat(300);
  const long = {
    request: encodeDubboRequest({ id: -5n, path: bytes, method: "m" }),
    oneWay: encodeDubboRequest({ id: -5n, path: bytes, method: "m", oneWay: true }),
    response: encodeDubboResponse({ id: -5n, serialization: DubboSerialization.Fastjson2, status: 70, message: bytes }),
  };
  const small = encodeDubboRequest({ id: 9, path: "a.A", method: "m" });

  test.for(Object.entries(long))("is passed over, however it is cut, and the next one is read: %s", ([, frame]) => {
    const stream = Buffer.concat([small, frame, small, frame, small]);
    for (const size of [1, 7, 15, 16, 17, 100, stream.length]) {
      const ids: number[] = [];
      const session = dubboCodec().open({ onFrame: ({ idLow }) => ids.push(idLow) }, { role: "server", limits });
      for (let at = 0; at < stream.length; at += size) session.push(stream.subarray(at, at + size));
      expect(ids).toEqual([9, -5, 9, -5, 9]);
      expect(session).toMatchObject({ state: "open", error: undefined, buffered: 0 });
      expect(session.end()).toBeUndefined();
    }
  });

  test.for([
    ["request", RpcFrameKind.Request],
    ["oneWay", RpcFrameKind.OneWay],
  ] as const)("is told of as soon as its header is there: a %s that says why it is unreadable", ([name, kind]) => {
    const [frame] = readWith(long[name].subarray(0, 16));
    expect(frame).toMatchObject({ kind, idHigh: -1, idLow: -5, service: "", method: "", timeoutMs: 0, bodyLength: 0 });
    expect(frame?.unreadable).toMatchObject({
      code: CodecErrorCode.LimitExceeded,
      message: `the frame has ${long[name].length} bytes, over the limit of 200`,
    });
    // Written by somebody who does not ask, it is a whole frame at least.
    const written = Buffer.alloc(frame?.encodedLength() ?? 0);
    frame?.writeTo(written, 0, 0, 1);
    expect(read(written).bodyLength).toBe(0);
  });

  test("which is a response becomes one of status 90 in its serialization, as in Java", () => {
    const [frame] = readWith(long.response);
    expect(frame).toMatchObject({ kind: RpcFrameKind.Response, serialization: 23, idHigh: -1, idLow: -5, status: 90, httpStatus: 500 });
    expect(frame?.body().toString("latin1")).toContain(`the frame has ${long.response.length} bytes, over the limit of 200`);
  });

  test("that does not come whole is an error at the end", () => {
    const session = dubboCodec().open({ onFrame: () => {} }, { role: "server", limits });
    session.push(long.request.subarray(0, 50));
    expect(session.end()).toMatchObject({ code: CodecErrorCode.Truncated, offset: 50 });
  });

  test("is told of, and then waits with the rest while the sink pauses", () => {
    const ids: number[] = [];
    const session = dubboCodec().open(
      {
        onFrame: ({ idLow }) => {
          ids.push(idLow);
          session.pause();
        },
      },
      { role: "server", limits },
    );
    const stream = Buffer.concat([long.request, small]);
    const taken = session.push(stream);
    expect([taken, ids]).toEqual([0, [-5]]);
    session.resume();
    expect(session.push(stream, taken)).toBe(stream.length);
    expect(ids).toEqual([-5, 9]);
  });

  function readWith(stream: Buffer): readonly DubboFrame[] {
    const frames: DubboFrame[] = [];
    dubboCodec()
      .open({ onFrame: (frame) => frames.push(frame) }, { role: "client", limits })
      .push(stream);
    return frames;
  }
});
