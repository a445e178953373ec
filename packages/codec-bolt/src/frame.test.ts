import { describe, expect, test } from "vitest";
import { CodecErrorCode } from "@mesh/codec";
import { boltCodec } from "./codec.ts";
import { SofaHeader } from "./constants.ts";
import { encodeBoltRequest, encodeBoltResponse } from "./encode.ts";
import type { BoltFrame } from "./frame.ts";

type Entries = readonly (readonly [string, string | null])[];

function read(bytes: Buffer): BoltFrame {
  const frames: BoltFrame[] = [];
  const session = boltCodec().open({ onFrame: (frame) => frames.push(frame) }, { role: "server" });
  session.push(bytes);
  if (session.error !== undefined) throw session.error;
  const [frame] = frames;
  if (frame === undefined) throw new Error("no frame");
  return frame;
}

function requestWith(headers: Entries): BoltFrame {
  return read(encodeBoltRequest({ id: 1, headers, content: Buffer.from("content") }));
}

function rewritten(frame: BoltFrame): BoltFrame {
  const bytes = Buffer.alloc(frame.encodedLength());
  frame.writeTo(bytes, 0, 0, frame.idLow);
  return read(bytes);
}

function entriesOf(frame: BoltFrame): [string, string | null][] {
  const entries: [string, string | null][] = [];
  frame.headers.forEach((name, value) => entries.push([name, value]));
  return entries;
}

describe("the service of a request", () => {
  test.for<[string, Entries, string]>([
    [
      "is the header service",
      [
        ["sofa_head_target_service", "b"],
        ["service", "a"],
      ],
      "a",
    ],
    ["is sofa_head_target_service where that is missing", [["sofa_head_target_service", "b"]], "b"],
    [
      "is sofa_head_target_service where that is null",
      [
        ["service", null],
        ["sofa_head_target_service", "b"],
      ],
      "b",
    ],
    [
      "is the last of several",
      [
        ["service", "a"],
        ["service", "c"],
        ["service", null],
      ],
      "c",
    ],
    ["is empty where neither is there", [["Service", "a"]], ""],
  ])("%s", ([, headers, service]) => {
    expect(requestWith(headers).service).toBe(service);
  });

  test("follows edits of the headers, and so does its route", () => {
    const frame = requestWith([
      ["service", "a"],
      ["sofa_head_method_name", "m"],
    ]);
    const before = frame.routeKey();
    frame.headers.set(SofaHeader.Service, "longer than before");
    expect(frame.service).toBe("longer than before");
    expect(frame.method).toBe("m");
    expect(frame.matchesRoute(before)).toBe(false);
    expect(frame.matchesRoute(rewritten(frame).routeKey())).toBe(true);
  });
});

describe("header edits", () => {
  test("keep the spelling and the place of a replaced entry, which Java tells by its case", () => {
    const frame = requestWith([
      ["a", "1"],
      ["rpc_trace_context.sofaRpcId", "0"],
      ["b", "2"],
      ["RPC_trace_context.sofaRpcId", "1"],
    ]);
    frame.headers.set("rpc_trace_context.sofarpcid", "0.1");
    expect(entriesOf(rewritten(frame))).toEqual([
      ["a", "1"],
      ["rpc_trace_context.sofaRpcId", "0.1"],
      ["b", "2"],
    ]);
  });

  test("leave bytes alone that are not UTF-8", () => {
    const bytes = encodeBoltRequest({
      id: 1,
      headers: [
        ["k", "??"],
        ["x", "1"],
      ],
      content: Buffer.from("c"),
    });
    const at = bytes.indexOf("??");
    bytes.set([0xff, 0xfe], at);
    const frame = read(bytes);
    frame.headers.set("x", "2");
    const target = Buffer.alloc(frame.encodedLength());
    frame.writeTo(target, 0, 0, 1);
    const expected = Buffer.from(bytes);
    expected[expected.lastIndexOf("1")] = 0x32;
    expect(target).toEqual(expected);
  });

  test("keep null values", () => {
    const frame = requestWith([
      ["a", null],
      ["b", "2"],
    ]);
    expect(frame.headers.get("a")).toBeUndefined();
    expect(frame.headers.has("a")).toBe(false);
    frame.headers.append("c", "");
    expect(entriesOf(rewritten(frame))).toEqual([
      ["a", null],
      ["b", "2"],
      ["c", ""],
    ]);
    expect(frame.headers.delete("a")).toBe(true);
    expect(frame.headers.delete("a")).toBe(false);
    expect(entriesOf(rewritten(frame))).toEqual([
      ["b", "2"],
      ["c", ""],
    ]);
  });

  test("work on a map that was not there, and may empty one that was", () => {
    const frame = requestWith([]);
    frame.headers.set("a", "é");
    expect(entriesOf(rewritten(frame))).toEqual([["a", "é"]]);
    frame.headers.delete("A");
    expect(rewritten(frame).body().toString()).toBe("content");
    expect(entriesOf(rewritten(frame))).toEqual([]);
  });

  test("that make the map longer than Java can read are refused when the frame is written", () => {
    const frame = requestWith([]);
    frame.headers.set("k", "x".repeat(32_767 - 9));
    expect(rewritten(frame).headers.get("k")).toHaveLength(32_758);
    frame.headers.set("k", "x".repeat(32_767 - 8));
    expect(() => frame.encodedLength()).toThrow(expect.objectContaining({ code: CodecErrorCode.Unencodable }));
    expect(() => frame.writeTo(Buffer.alloc(100_000), 0, 0, 1)).toThrow("32767");
  });
});

describe("a response", () => {
  test("whose call failed in the application has status 0 and says so in its headers", () => {
    const answer = (value: string | null): BoltFrame => read(encodeBoltResponse({ id: 1, headers: [[SofaHeader.ResponseError, value]] }));
    expect(answer("true")).toMatchObject({ status: 0, httpStatus: 200, isApplicationError: true });
    expect(answer("false").isApplicationError).toBe(false);
    expect(answer(null).isApplicationError).toBe(false);
    expect(read(encodeBoltResponse({ id: 1, status: 2, headers: [[SofaHeader.ResponseError, "true"]] })).isApplicationError).toBe(false);
  });

  test("has no timeout, and a request no status", () => {
    expect(read(encodeBoltResponse({ id: 1, status: 7 }))).toMatchObject({ timeoutMs: 0, status: 7, httpStatus: 504 });
    expect(requestWith([])).toMatchObject({ status: 0, httpStatus: 0 });
  });
});

describe("the memory of a frame", () => {
  test("is the chunk's until it is detached", () => {
    const chunk = Buffer.concat([
      encodeBoltRequest({ id: 1, content: Buffer.from("one") }),
      encodeBoltRequest({ id: 2, content: Buffer.from("two") }),
    ]);
    const frames: BoltFrame[] = [];
    boltCodec()
      .open({ onFrame: (frame) => frames.push(frame) }, { role: "server" })
      .push(chunk);
    const [one, two] = frames;
    expect(two?.body().buffer).toBe(chunk.buffer);
    two?.detach();
    expect(two?.body().buffer).not.toBe(chunk.buffer);
    expect(two?.body().buffer.byteLength).toBe(two?.encodedLength());
    expect([one?.body().toString(), two?.body().toString()]).toEqual(["one", "two"]);
  });

  test("stays the same when it is detached twice", () => {
    const frame = requestWith([["service", "a"]]);
    frame.detach();
    const { buffer } = frame.body();
    frame.detach();
    expect(frame.body().buffer).toBe(buffer);
    expect(frame.service).toBe("a");
  });
});

describe("what cannot be encoded", () => {
  test("is refused with a reason", () => {
    const unencodable = expect.objectContaining({ code: CodecErrorCode.Unencodable });
    expect(() => encodeBoltRequest({ id: 1, className: "x".repeat(32_768) })).toThrow(unencodable);
    expect(() => encodeBoltResponse({ id: 1, headers: [["k", "x".repeat(32_768)]] })).toThrow(unencodable);
    expect(() => encodeBoltResponse({ id: 1, checksum: true })).toThrow(unencodable);
  });
});
