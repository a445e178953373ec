import { describe, expect, test } from "vitest";
import { CodecErrorCode, RpcFrameKind } from "@mesh/codec";
import { dubboCodec } from "./codec.ts";
import { DubboSerialization, type DubboStatus, RpcExceptionCode } from "./constants.ts";
import { type DubboRequest, encodeDubboRequest, encodeDubboResponse, type KnownSerialization, rpcException } from "./encode.ts";
import type { DubboFrame } from "./frame.ts";
import { encodeHessianString } from "./hessian.ts";
import { dubbo27, dubbo32, dubbo33, rpcExceptions } from "./java-bytes.ts";
import { encodeJsonbString } from "./jsonb.ts";
import { entriesOf, hex, read, rewritten, written } from "./testing.ts";

const serializations: readonly KnownSerialization[] = [DubboSerialization.Hessian2, DubboSerialization.Fastjson2];

function call(request: Partial<DubboRequest> = {}): DubboFrame {
  return read(encodeDubboRequest({ id: 1, path: "com.acme.Echo", method: "echo", ...request }));
}

describe.for([
  { release: "2.7.23", frames: dubbo27, timeoutMs: 0 },
  { release: "3.2.19", frames: dubbo32, timeoutMs: 3000 },
  { release: "3.3.6", frames: dubbo33, timeoutMs: 3000 },
])("frames of Dubbo $release", ({ frames, timeoutMs }) => {
  test.for(["echo", "greet", "boom", "emoji"] as const)("say what is called: %s", (name) => {
    const frame = read(frames[name]);
    expect(frame).toMatchObject({ kind: RpcFrameKind.Request, service: "t.EchoService:1.0:blue", timeoutMs, headersError: undefined });
    expect(frame.method).toBe(name === "emoji" ? "echo" : name);
    expect(entriesOf(frame)).toEqual([
      ["path", "t.EchoService"],
      ["remote.application", "dubbo-consumer"],
      ["user-tag", "blue"],
      ["interface", "t.EchoService"],
      ["version", "1.0"],
      ...(timeoutMs === 0 ? [] : [["timeout", "3000"]]),
      ["group", "blue"],
    ]);
  });

  test.for(["echoed", "greeted", "emojiEchoed"] as const)("say what came of it: %s", (name) => {
    const frame = read(frames[name]);
    expect(frame).toMatchObject({
      kind: RpcFrameKind.Response,
      status: 20,
      httpStatus: 200,
      isApplicationError: false,
      exceptionClass: "",
    });
    expect(entriesOf(frame)).toEqual([["dubbo", "2.0.2"]]);
  });

  test("keep their arguments byte for byte when attachments are edited, back and forth", () => {
    for (const bytes of Object.values(frames)) {
      const frame = read(bytes);
      frame.headers.append("x", "1");
      expect(frame.headers.delete("X")).toBe(true);
      expect(written(frame)).toEqual(bytes);
    }
  });

  test("of equal routes match", () => {
    const key = read(frames.echo).routeKey();
    expect(read(frames.emoji).matchesRoute(key)).toBe(true);
    expect(read(frames.boom).matchesRoute(key)).toBe(false);
  });
});

describe.for(serializations)("the service of a request in serialization %i", (serialization) => {
  const service = (request: Partial<DubboRequest>): string => call({ serialization, ...request }).service;

  test.for<[string, Partial<DubboRequest>, string]>([
    ["is the path", {}, "com.acme.Echo"],
    ["has the version", { version: "1.0" }, "com.acme.Echo:1.0"],
    ["has no version 0.0.0", { version: "0.0.0" }, "com.acme.Echo"],
    ["has no empty version", { version: "" }, "com.acme.Echo"],
    ["has the group", { version: "1.0", attachments: [["group", "blue"]] }, "com.acme.Echo:1.0:blue"],
    ["keeps the colons of a group without a version", { attachments: [["group", "blue"]] }, "com.acme.Echo::blue"],
    ["has no empty group", { attachments: [["group", ""]] }, "com.acme.Echo"],
    ["has a group in this spelling only, as in Java", { attachments: [["Group", "blue"]] }, "com.acme.Echo"],
    ["is the path even if the interface is another", { attachments: [["interface", "com.acme.Other"]] }, "com.acme.Echo"],
    [
      "is the interface where the path is empty",
      { path: "", version: "1.0", attachments: [["interface", "com.acme.Other"]] },
      "com.acme.Other:1.0",
    ],
  ])("%s", ([, request, expected]) => {
    expect(service(request)).toBe(expected);
  });

  test("has no group that is in an argument only", () => {
    const map = {
      [DubboSerialization.Hessian2]: "480567726f75700372656405776f726c64015a5a",
      [DubboSerialization.Fastjson2]: "a64e67726f75704c726564a5",
    };
    const frame = call({ serialization, parameterTypes: "Ljava/util/Map;", arguments: [Buffer.from(map[serialization], "hex")] });
    expect(frame.service).toBe("com.acme.Echo");
    expect(frame.matchesRoute(call({ serialization }).routeKey())).toBe(true);
  });

  test("follows edits, and so does its route", () => {
    const frame = call({ serialization, version: "1.0" });
    const before = frame.routeKey();
    expect(frame.service).toBe("com.acme.Echo:1.0");
    frame.headers.set("group", "blue");
    expect(frame.service).toBe("com.acme.Echo:1.0:blue");
    expect(frame.matchesRoute(before)).toBe(false);
    expect(rewritten(frame).matchesRoute(frame.routeKey())).toBe(true);
    frame.headers.delete("group");
    expect(frame.matchesRoute(before)).toBe(true);
  });

  test("is not confused with the same bytes in another serialization", () => {
    const [other] = serializations.filter((one) => one !== serialization);
    const key = call({ serialization }).routeKey();
    expect(call(other === undefined ? {} : { serialization: other }).matchesRoute(key)).toBe(false);
  });

  test("without a path is not confused with that of another interface", () => {
    const unnamed = (name: string): DubboFrame => call({ serialization, path: "", attachments: [["interface", name]] });
    const key = unnamed("a.A").routeKey();
    expect(unnamed("a.A").matchesRoute(key)).toBe(true);
    expect(unnamed("a.B").matchesRoute(key)).toBe(false);
    expect(call({ serialization, path: "" }).matchesRoute(key)).toBe(false);
    expect(unnamed("a.A").matchesRoute(call({ serialization, path: "" }).routeKey())).toBe(false);
  });
});

describe("a timeout", () => {
  test.for<[string, [string, string][], number]>([
    ["is milliseconds as text", [["timeout", "1500"]], 1500],
    ["is Dubbo 2.7's _TO where that alone is there", [["_TO", "70"]], 70],
    ["is none", [], 0],
    ["is none when it is no number", [["timeout", "soon"]], 0],
    ["is none when it is negative", [["timeout", "-1"]], 0],
    ["is none when it is too much", [["timeout", "99999999999"]], 0],
    ["is whole milliseconds", [["timeout", "0.2"]], 1],
  ])("%s", ([, attachments, ms]) => {
    for (const serialization of serializations) expect(call({ serialization, attachments }).timeoutMs).toBe(ms);
  });

  test("is not what an argument says", () => {
    const text = encodeHessianString("timeout");
    const map = Buffer.concat([Buffer.from("H"), text, encodeHessianString("1"), Buffer.from("Z")]);
    expect(call({ parameterTypes: "Ljava/util/Map;", arguments: [map] }).timeoutMs).toBe(0);
    expect(call({ parameterTypes: "Ljava/util/Map;", arguments: [map], attachments: [["timeout", "5"]] }).timeoutMs).toBe(5);
  });

  test("may be a number, as in Dubbo 3", () => {
    const bytes = encodeDubboRequest({ id: 1, path: "a.A", method: "m", attachments: [["timeout", "\x01\x01"]] });
    // A text of two bytes becomes an int of three.
    const at = bytes.lastIndexOf(Buffer.from([2, 1, 1]));
    bytes.set([0xd4, 0x0b, 0xb8], at);
    expect(read(bytes).timeoutMs).toBe(3000);
  });
});

describe("a body that cannot be read", () => {
  test.for<[string, Buffer]>([
    ["is of another serialization", hex("dabbc3000000000000000001000000040102aced")],
    ["is empty", hex("dabbc200000000000000000100000000")],
    ["ends in its head", hex("dabbc20000000000000000010000000305322e")],
    ["has a length that is too long", hex("dabbd700000000000000000100000006000000074e32")],
    ["has a head that is no text", hex("dabbd70000000000000000010000001400000001010000000101000000010100000001010000").subarray(0, 36)],
  ])("leaves service, method and headers empty, and goes on as it came: %s", ([, bytes]) => {
    const frame = read(bytes);
    expect(frame).toMatchObject({ kind: RpcFrameKind.Request, service: "", method: "", timeoutMs: 0, path: "", version: "" });
    expect(entriesOf(frame)).toEqual([]);
    expect(frame.matchesRoute(frame.routeKey())).toBe(true);
    expect(written(frame)).toEqual(bytes);
  });

  test("is not on the route of one that can", () => {
    for (const serialization of serializations) {
      const unreadable = read(hex(`dabb${(0xc0 | serialization).toString(16)}00 0000000000000001 00000000`));
      const key = unreadable.routeKey();
      expect(unreadable.matchesRoute(key)).toBe(true);
      expect(call({ serialization }).matchesRoute(key)).toBe(false);
      expect(unreadable.matchesRoute(call({ serialization }).routeKey())).toBe(false);
    }
  });

  test("is written without header edits, and says why it has no headers", () => {
    const frame = read(hex("dabbc20000000000000000010000000305322e"));
    expect(frame.canEditHeaders).toBe(false);
    expect(frame.headersError).toMatchObject({ code: CodecErrorCode.Malformed });
    frame.headers.set("a", "b");
    expect(frame.headers.get("a")).toBe("b");
    expect(written(frame)).toEqual(hex("dabbc20000000000000000010000000305322e"));
  });

  test("has too many attachments, or too long ones", () => {
    const bytes = encodeDubboRequest({
      id: 1,
      path: "a.A",
      method: "m",
      attachments: [
        ["one", "1"],
        ["two", "2"],
      ],
    });
    for (const limits of [
      { maxHeaderBytes: 11, maxHeaderCount: 9 },
      { maxHeaderBytes: 99, maxHeaderCount: 1 },
    ]) {
      const frames: DubboFrame[] = [];
      const options = { role: "server", limits: { maxFrameBytes: 1000, ...limits } } as const;
      dubboCodec()
        .open({ onFrame: (frame) => frames.push(frame) }, options)
        .push(bytes);
      expect(frames[0]?.timeoutMs).toBe(0);
      expect(frames[0]?.unreadable).toBeUndefined();
      expect(frames[0]?.headersError).toMatchObject({ code: CodecErrorCode.LimitExceeded });
      expect(frames[0]?.unreadable).toBeUndefined();
      expect(frames[0]?.headers.get("one")).toBeUndefined();
      expect(frames[0]?.unreadable).toMatchObject({ code: CodecErrorCode.LimitExceeded });
      expect(frames[0]?.service).toBe("a.A");
    }
  });
});

describe("a request whose attachments cannot be read is unreadable", () => {
  const cut = (attachments: readonly (readonly [string, string])[]): DubboFrame => {
    const bytes = encodeDubboRequest({ id: 1, path: "a.A", version: "1", method: "m", attachments }).subarray(0, -1);
    bytes.writeInt32BE(bytes.length - 16, 12);
    return read(bytes);
  };

  test("to those who ask for headers", () => {
    const frame = cut([["a", "b"]]);
    expect(frame).toMatchObject({ service: "a.A:1", method: "m", timeoutMs: 0 });
    expect(frame.unreadable).toBeUndefined();
    expect(frame.headers.get("a")).toBeUndefined();
    expect(frame.unreadable).toMatchObject({ code: CodecErrorCode.Malformed });
  });

  test("if they may hold a group, without which nobody knows its service", () => {
    const key = call({ path: "a.A", version: "1", method: "m" }).routeKey();
    for (const ask of [(frame: DubboFrame) => frame.service, (frame: DubboFrame) => frame.matchesRoute(key)]) {
      const frame = cut([["group", "b"]]);
      ask(frame);
      expect(frame.unreadable).toMatchObject({ code: CodecErrorCode.Malformed });
    }
  });

  test("but not to those who want its timeout", () => {
    const frame = cut([["timeout", "100"]]);
    expect([frame.timeoutMs, frame.service, frame.unreadable]).toEqual([0, "a.A:1", undefined]);
  });

  test("and never to those who can read what Java reads: two million ints, lists 3000 deep", () => {
    const ints = Buffer.alloc(2_000_000, 0x91);
    const list = Buffer.concat([Buffer.from("584900000000", "hex"), ints]);
    list.writeInt32BE(ints.length, 2);
    const deep = Buffer.concat([Buffer.alloc(3000, 0x79), Buffer.from([0x90])]);
    for (const argument of [list, deep]) {
      const frame = read(
        encodeDubboRequest({
          id: 1,
          path: "a.A",
          method: "m",
          parameterTypes: "Ljava/util/List;",
          arguments: [argument],
          attachments: [["group", "g"]],
        }),
      );
      expect([frame.service, frame.headersError]).toEqual(["a.A::g", undefined]);
    }
  });
});

describe("an exception reply", () => {
  test.for<[string, KnownSerialization, Buffer, string, number]>([
    ["Hessian, forbidden", DubboSerialization.Hessian2, rpcExceptions.hessianForbidden, "org.apache.dubbo.rpc.RpcException", 403],
    ["Hessian, timeout", DubboSerialization.Hessian2, rpcExceptions.hessianTimeout, "org.apache.dubbo.rpc.RpcException", 504],
    ["fastjson2, forbidden", DubboSerialization.Fastjson2, rpcExceptions.fastjson2Forbidden, "org.apache.dubbo.rpc.RpcException", 403],
    ["fastjson2, timeout", DubboSerialization.Fastjson2, rpcExceptions.fastjson2Timeout, "org.apache.dubbo.rpc.RpcException", 504],
  ])("of Dubbo's own is told by its code: %s", ([, serialization, exception, exceptionClass, httpStatus]) => {
    for (const attachments of [undefined, [["dubbo", "2.0.2"]] as const]) {
      const bytes = encodeDubboResponse({ id: 1, serialization, exception, ...(attachments === undefined ? {} : { attachments }) });
      expect(read(bytes)).toMatchObject({ status: 20, httpStatus, isApplicationError: false, exceptionClass });
      expect(entriesOf(read(bytes))).toEqual(attachments ?? []);
    }
  });

  test("of the application is its error", () => {
    const hessian = Buffer.concat([Buffer.from("C"), encodeHessianString("a.Oops"), Buffer.from([0x90, 0x60])]);
    const jsonb = Buffer.concat([Buffer.from([0x92]), encodeJsonbString("a.Oops"), Buffer.from([0, 0xa6, 0xa5])]);
    const expected = { status: 20, httpStatus: 200, isApplicationError: true, exceptionClass: "a.Oops" };
    expect(read(encodeDubboResponse({ id: 1, exception: hessian }))).toMatchObject(expected);
    expect(read(encodeDubboResponse({ id: 1, serialization: 23, exception: jsonb }))).toMatchObject(expected);
    const short = Buffer.concat([Buffer.from([0x92]), encodeJsonbString("IllegalStateException"), Buffer.from([0, 0xa6, 0xa5])]);
    expect(read(encodeDubboResponse({ id: 1, serialization: 23, exception: short })).exceptionClass).toBe(
      "java.lang.IllegalStateException",
    );
  });

  test("with the code BIZ is the application's, and one of an unknown shape too", () => {
    for (const serialization of serializations) {
      const biz = rpcException(serialization, RpcExceptionCode.Biz, "x");
      expect(read(encodeDubboResponse({ id: 1, serialization, exception: biz }))).toMatchObject({
        httpStatus: 200,
        isApplicationError: true,
      });
      const odd = serialization === DubboSerialization.Hessian2 ? Buffer.from("HZ") : Buffer.from([0xa6, 0xa5]);
      expect(read(encodeDubboResponse({ id: 1, serialization, exception: odd }))).toMatchObject({
        isApplicationError: true,
        exceptionClass: "",
      });
    }
  });

  test("is none in a response of another status", () => {
    const frame = read(encodeDubboResponse({ id: 1, status: 70, message: "C" }));
    expect(frame).toMatchObject({ status: 70, httpStatus: 500, isApplicationError: false });
    expect(frame.canEditHeaders).toBe(false);
  });
});

describe("events", () => {
  test.for<[string, string, RpcFrameKind]>([
    ["a heartbeat in Hessian", "dabbe2000000000000000001000000014e", RpcFrameKind.Heartbeat],
    ["a heartbeat in fastjson2", "dabbf700000000000000000100000005 00000001af", RpcFrameKind.Heartbeat],
    ["a heartbeat that wants no answer", "dabba2000000000000000001000000014e", RpcFrameKind.HeartbeatAck],
    ["a heartbeat's answer", "dabb22140000000000000001000000014e", RpcFrameKind.HeartbeatAck],
    ["read-only in Hessian", "dabba2000000000000000001000000020152", RpcFrameKind.GoAway],
    ["read-only in fastjson2", "dabbb700000000000000000100000006 000000024a52", RpcFrameKind.GoAway],
    ["writable in Hessian", "dabba2000000000000000001000000020157", RpcFrameKind.Writable],
    ["writable in fastjson2", "dabbb700000000000000000100000006 000000024a57", RpcFrameKind.Writable],
    ["an event that nobody knows", "dabba2000000000000000001000000020158", RpcFrameKind.HeartbeatAck],
  ])("are told: %s", ([, bytes, kind]) => {
    const frame = read(hex(bytes));
    expect(frame).toMatchObject({ kind, service: "", method: "", status: 0, httpStatus: 0, isApplicationError: false });
    expect(frame.canEditHeaders).toBe(false);
  });
});

describe("the memory of a frame", () => {
  test("is the chunk's until it is detached", () => {
    const chunk = Buffer.concat([dubbo33.greet, dubbo32.greet]);
    const frames: DubboFrame[] = [];
    dubboCodec()
      .open({ onFrame: (frame) => frames.push(frame) }, { role: "server" })
      .push(chunk);
    const [, second] = frames;
    expect(second?.body().buffer).toBe(chunk.buffer);
    expect(second?.headers.get("user-tag")).toBe("blue");
    second?.detach();
    expect(second?.body().buffer).not.toBe(chunk.buffer);
    expect(second?.body().buffer.byteLength).toBe(second?.encodedLength());
    chunk.fill(0);
    expect(second?.headers.get("user-tag")).toBe("blue");
    const { buffer } = second?.body() ?? {};
    second?.detach();
    expect(second?.body().buffer).toBe(buffer);
  });
});

describe("what cannot be encoded", () => {
  test("is refused with a reason", () => {
    const unencodable = expect.objectContaining({ code: CodecErrorCode.Unencodable });
    const value = Buffer.from("N");
    expect(() => encodeDubboResponse({ id: 1, value, exception: value })).toThrow(unencodable);
    expect(() => encodeDubboResponse({ id: 1, status: 70 satisfies DubboStatus, value })).toThrow(unencodable);
    expect(() => encodeDubboResponse({ id: 1, message: "x" })).toThrow(unencodable);
  });

  test("ids have 64 bits", () => {
    const { idHigh, idLow } = call({ id: -180_994_409_573_988_089n });
    expect((BigInt(idHigh) << 32n) | BigInt(idLow >>> 0)).toBe(-180_994_409_573_988_089n);
    expect(call({ id: 0xffff_ffff_ffff_ffffn })).toMatchObject({ idHigh: -1, idLow: -1 });
  });
});
