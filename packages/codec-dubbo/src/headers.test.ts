import { describe, expect, test } from "vitest";
import { CodecErrorCode } from "@mesh/codec";
import { DubboSerialization } from "./constants.ts";
import { encodeDubboRequest, encodeDubboResponse, type KnownSerialization } from "./encode.ts";
import type { DubboFrame } from "./frame.ts";
import { mixedAttachments } from "./java-bytes.ts";
import { entriesOf, hex, read, rewritten, written } from "./testing.ts";

const { Hessian2, Fastjson2 } = DubboSerialization;

function requestWith(serialization: KnownSerialization, attachments: Iterable<readonly [string, string]>): DubboFrame {
  return read(encodeDubboRequest({ id: 1, serialization, path: "com.acme.Echo", version: "1.0", method: "echo", attachments }));
}

/** A request whose attachments are these bytes, which replace an empty map at its end. */
function requestWithBytes(serialization: KnownSerialization, attachments: Buffer): DubboFrame {
  const empty = encodeDubboRequest({ id: 1, serialization, path: "com.acme.Echo", version: "1.0", method: "echo" });
  const head = empty.subarray(0, empty.length - (serialization === Hessian2 ? 2 : 6));
  const length = Buffer.alloc(serialization === Hessian2 ? 0 : 4);
  if (length.length > 0) length.writeInt32BE(attachments.length);
  const bytes = Buffer.concat([head, length, attachments]);
  bytes.writeInt32BE(bytes.length - 16, 12);
  return read(bytes);
}

describe.for([Hessian2, Fastjson2])("attachments in serialization %i", (serialization) => {
  test("are found in any case, and a replaced one keeps its spelling and its place", () => {
    const frame = requestWith(serialization, [
      ["a", "1"],
      ["User-Tag", "blue"],
      ["b", "2"],
      ["USER-TAG", "red"],
    ]);
    expect(frame.headers.get("user-tag")).toBe("red");
    frame.headers.set("user-tag", "grün");
    expect(entriesOf(rewritten(frame))).toEqual([
      ["a", "1"],
      ["User-Tag", "grün"],
      ["b", "2"],
    ]);
  });

  test("show what the head says, but do not contain it", () => {
    const frame = requestWith(serialization, []);
    expect(frame.headers.get("version")).toBe("1.0");
    expect(frame.headers.get("Path")).toBe("com.acme.Echo");
    expect(frame.headers.get("interface")).toBe("com.acme.Echo");
    expect(frame.headers.has("group")).toBe(false);
    expect(entriesOf(frame)).toEqual([]);
    expect(frame.headers.delete("version")).toBe(false);
    frame.headers.set("version", "2.0");
    expect(frame.headers.get("version")).toBe("2.0");
    expect(rewritten(frame)).toMatchObject({ version: "1.0", service: "com.acme.Echo:1.0" });
  });

  test("may be null or missing, and are there once one is added", () => {
    for (const none of [Buffer.from([serialization === Hessian2 ? 0x4e : 0xaf]), Buffer.alloc(0)]) {
      const whole = requestWithBytes(serialization, none);
      const frame = none.length > 0 || serialization === Hessian2 ? whole : read(withoutTail(written(whole), 4));
      expect(entriesOf(frame)).toEqual([]);
      expect(frame.canEditHeaders).toBe(true);
      frame.headers.set("a", "1");
      frame.headers.append("b", "x".repeat(2000));
      expect(entriesOf(rewritten(frame))).toEqual([
        ["a", "1"],
        ["b", "x".repeat(2000)],
      ]);
    }
  });

  test("of a reply are behind its value", () => {
    const value = Buffer.from(serialization === Hessian2 ? "480567726f7570036f6e655a" : "a64e67726f75704c6f6e65a5", "hex");
    const frame = read(encodeDubboResponse({ id: 1, serialization, value, attachments: [["dubbo", "2.0.2"]] }));
    frame.headers.set("x", "y");
    expect(frame.headers.get("group")).toBeUndefined();
    expect(frame.headers.get("version")).toBeUndefined();
    expect(entriesOf(rewritten(frame))).toEqual([
      ["dubbo", "2.0.2"],
      ["x", "y"],
    ]);
    expect(written(frame).includes(value)).toBe(true);
  });

  test("are not written into a reply that has none, whose caller would not understand it", () => {
    const bytes = encodeDubboResponse({ id: 1, serialization });
    const frame = read(Buffer.from(bytes));
    expect(frame.canEditHeaders).toBe(false);
    expect(frame.headersError).toBeUndefined();
    frame.headers.set("a", "1");
    expect(written(frame)).toEqual(bytes);
  });
});

describe.for<[KnownSerialization, Buffer]>([
  [Hessian2, mixedAttachments.hessian],
  [Fastjson2, mixedAttachments.fastjson2],
])("attachments of all kinds from Java in serialization %i", ([serialization, bytes]) => {
  const mixed = (): DubboFrame => requestWithBytes(serialization, bytes);

  test("have texts where they are scalars", () => {
    expect(Object.fromEntries(entriesOf(mixed()))).toEqual({
      date: null,
      b: "true",
      d: "0.5",
      obj: null,
      obj2: null,
      l: "1099511627776",
      map: null,
      timeout: "3000",
      group: "blue",
    });
    expect(mixed()).toMatchObject({ timeoutMs: 3000, service: "com.acme.Echo:1.0:blue" });
    expect(mixed().headers.has("obj")).toBe(false);
  });

  test("keep the bytes of what is not edited", () => {
    const frame = mixed();
    frame.headers.set("group", "red");
    frame.headers.set("group", "blue");
    frame.headers.append("new", "1");
    frame.headers.delete("new");
    expect(written(frame)).toEqual(written(mixed()));
  });

  test("let scalars go, and objects behind which there are none", () => {
    const frame = mixed();
    for (const name of ["date", "b", "d", "l", "timeout", "map"]) expect(frame.headers.delete(name)).toBe(true);
    expect(entriesOf(rewritten(frame)).map(([name]) => name)).toEqual(["obj", "obj2", "group"]);
  });

  test("do not let an object go to which a later one may refer", () => {
    for (const edit of [(frame: DubboFrame) => frame.headers.delete("obj"), (frame: DubboFrame) => frame.headers.set("obj", "text")]) {
      const frame = mixed();
      edit(frame);
      expect(() => frame.encodedLength()).toThrow(expect.objectContaining({ code: CodecErrorCode.Unencodable }));
    }
  });
});

describe("names that are no plain text", () => {
  test("are kept, and not visited", () => {
    const hessian = requestWithBytes(Hessian2, hex("48910178 01610162 4e0179 5a"));
    expect(entriesOf(hessian)).toEqual([["a", "b"]]);
    const jsonb = requestWithBytes(Fastjson2, hex("a6 014a78 4a614a62 af4a79 7f4a63014a64 7f014a65 a5"));
    expect(entriesOf(jsonb)).toEqual([
      ["a", "b"],
      ["c", "d"],
    ]);
    for (const frame of [hessian, jsonb]) {
      const before = written(frame).length;
      frame.headers.set("a", "bc");
      expect(written(frame)).toHaveLength(before + 1);
    }
  });

  test("are compared with regard to letters beyond ASCII only", () => {
    for (const serialization of [Hessian2, Fastjson2] as const) {
      const frame = requestWith(serialization, [["Größe", "1"]]);
      expect(frame.headers.get("gRöße")).toBe("1");
      expect(frame.headers.get("GRÖSSE")).toBeUndefined();
    }
  });

  test("are found in JSONB however they are written", () => {
    for (const key of ["790567726f7570", "7a0567726f7570", "7c0a670072006f0075007000", "7f4e67726f757001"]) {
      expect(requestWithBytes(Fastjson2, Buffer.from(`a6${key}4c726564a5`, "hex")).service).toBe("com.acme.Echo:1.0:red");
    }
  });

  test("are found in Hessian in chunks and in overlong forms, which Java reads", () => {
    const chunks = "520002 7478 01 2d";
    const overlong = "03 c1b478 c0ad";
    for (const key of [chunks, overlong]) {
      const frame = requestWithBytes(Hessian2, hex(`48 ${key} 03726564 05 c1a7726f7570 03726564 5a`));
      expect(frame.headers.get("tx-")).toBe("red");
      expect(frame.headers.get("group")).toBe("red");
      expect(frame.service).toBe("com.acme.Echo:1.0:red");
      expect(frame.headers.delete("TX-")).toBe(true);
      expect(entriesOf(rewritten(frame))).toEqual([["group", "red"]]);
    }
  });

  test("are found in a map with a type", () => {
    expect(requestWithBytes(Hessian2, hex("4d 116a6176612e7574696c2e547265654d6170 0567726f757003726564 5a")).service).toBe(
      "com.acme.Echo:1.0:red",
    );
    const typed = requestWithBytes(Fastjson2, hex("92505472656564617000a6 4e67726f75704c726564 a5"));
    expect(typed.service).toBe("com.acme.Echo:1.0:red");
    typed.headers.set("group", "blue");
    expect(rewritten(typed).service).toBe("com.acme.Echo:1.0:blue");
  });
});

function withoutTail(bytes: Buffer, count: number): Buffer {
  const shorter = Buffer.from(bytes.subarray(0, bytes.length - count));
  shorter.writeInt32BE(shorter.length - 16, 12);
  return shorter;
}
