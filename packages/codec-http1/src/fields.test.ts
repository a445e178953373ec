import { CodecErrorCode } from "@mesh/codec";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { collectMessages, fieldNames, fieldValues, recordRequests, requestWires } from "./arbitraries.ts";
import type { MessageEvent } from "./arbitraries.ts";
import { createRequestDecoder } from "./index.ts";
import type { RequestHead } from "./index.ts";

type Entries = readonly (readonly [name: string, value: string])[];

function headOf(bytes: Buffer): RequestHead {
  let found: RequestHead | undefined;
  createRequestDecoder({ onHead: (head) => (found = head), onBody: () => {}, onTrailers: () => {}, onEnd: () => {} }).push(bytes);
  if (found === undefined) throw new Error("there is no head");
  return found;
}

function requestOf(...lines: readonly string[]): RequestHead {
  return headOf(Buffer.from(["GET / HTTP/1.1", "Host: a", ...lines, "", ""].join("\r\n"), "latin1"));
}

/** What is written of a head, after checking that its length is as promised. */
function written(head: RequestHead, offset = 0): Buffer {
  const target = Buffer.alloc(offset + head.encodedLength() + 8, 0xaa);
  const end = head.writeTo(target, offset);
  expect(end).toBe(target.length - 8);
  expect(target.subarray(end)).toEqual(Buffer.alloc(8, 0xaa));
  return target.subarray(offset, end);
}

function entriesOf(head: RequestHead): Entries {
  const entries: [string, string][] = [];
  head.headers.forEach((name, value) => entries.push([name, value ?? "null"]));
  return entries;
}

/** What the contract of `HeaderMap` makes of a list of entries. */
const model = {
  same: (name: string, [other]: readonly [string, string]) => name.toLowerCase() === other.toLowerCase(),
  set(entries: Entries, name: string, value: string): Entries {
    const first = entries.findIndex((entry) => model.same(name, entry));
    if (first < 0) return [...entries, [name, value]];
    return entries.flatMap((entry, i) => (i === first ? [[entry[0], value] as const] : model.same(name, entry) ? [] : [entry]));
  },
  append: (entries: Entries, name: string, value: string): Entries => [...entries, [name, value]],
  delete: (entries: Entries, name: string): Entries => entries.filter((entry) => !model.same(name, entry)),
  get(entries: Entries, name: string): string | undefined {
    const values = entries.filter((entry) => model.same(name, entry)).map(([, value]) => value);
    return values.length === 0 ? undefined : values.join(", ");
  },
};

const names = fc.oneof(fc.constantFrom("accept", "X-REQUEST-ID", "cookie", "via", "content-length"), fieldNames);
const edits = fc.array(fc.tuple(fc.constantFrom("set", "append", "delete"), names, fieldValues), { minLength: 1, maxLength: 12 });

const nearlyText = fc.string({
  unit: fc.constantFrom("a", "b", ":", " ", "\t", "\r", "\n", "\r\n", "\0", "\x7f", "\xff", "\u0100"),
  maxLength: 6,
});

describe("a header map", () => {
  test("keeps names as they were written, and their order", () => {
    const head = requestOf("X-b: 1", "x-A: 2", "X-B:3");
    expect(entriesOf(head)).toEqual([
      ["Host", "a"],
      ["X-b", "1"],
      ["x-A", "2"],
      ["X-B", "3"],
    ]);
  });

  test("joins repeated fields as RFC 9110 §5.3 says", () => {
    expect(requestOf("Accept: a", "X: 1", "ACCEPT: b").headers.get("accept")).toBe("a, b");
  });

  test("leaves out the white space around a value, and keeps that inside", () => {
    expect(requestOf("X: \t a  b \t").headers.get("x")).toBe("a  b");
  });

  test("tells an empty value from none", () => {
    const { headers } = requestOf("X:");
    expect([headers.get("x"), headers.has("x"), headers.get("y"), headers.has("y")]).toEqual(["", true, undefined, false]);
  });

  test("reads values as UTF-8, and what is none as latin1", () => {
    const wire = (text: string): string => Buffer.from(text).toString("latin1");
    const { headers } = requestOf(`X: ${wire("caf\u00e9 \u4e2d\ufffd")}`, "Y: caf\xe9");
    expect([headers.get("x"), headers.get("y")]).toEqual(["caf\u00e9 \u4e2d\ufffd", "caf\u00e9"]);
  });

  test("writes what was edited in UTF-8, and leaves other bytes alone", () => {
    const head = requestOf("X: caf\xe9", "Y: 1", "Z: 2");
    head.headers.set("y", "\u4e2d");
    head.headers.append("n", "caf\u00e9");
    head.headers.append("m", "old");
    head.headers.set("m", "\u{1f600}");
    head.path = "/\u6587";
    const bytes = Buffer.from("GET /\u6587 HTTP/1.1\r\nHost: a\r\nX: caf?\r\nY: \u4e2d\r\nZ: 2\r\nn: caf\u00e9\r\nm: \u{1f600}\r\n\r\n");
    bytes[bytes.indexOf("?")] = 0xe9;
    expect(written(head)).toEqual(bytes);
    expect([head.headers.get("y"), head.headers.get("n"), head.headers.get("m"), head.path]).toEqual([
      "\u4e2d",
      "caf\u00e9",
      "\u{1f600}",
      "/\u6587",
    ]);
  });

  test("sets a field at the place of the first, and removes the others", () => {
    const head = requestOf("X-b: 1", "Y: 2", "x-B: 3");
    head.headers.set("x-b", "new");
    expect(entriesOf(head).slice(1)).toEqual([
      ["X-b", "new"],
      ["Y", "2"],
    ]);
  });

  test("says whether it deleted something", () => {
    const { headers } = requestOf("X: 1");
    headers.append("Y", "2");
    expect([headers.delete("x"), headers.delete("x"), headers.delete("y"), headers.delete("y"), headers.delete("z")]).toEqual([
      true,
      false,
      true,
      false,
      false,
    ]);
  });

  test("behaves as a list of entries does, and is written so", () => {
    fc.assert(
      fc.property(requestWires, edits, fc.nat(8), (wire, all, offset) => {
        const head = headOf(wire.bytes);
        let expected: Entries = entriesOf(head);
        for (const [edit, name, value] of all) {
          if (edit === "delete") {
            expect(head.headers.delete(name)).toBe(model.get(expected, name) !== undefined);
            expected = model.delete(expected, name);
          } else if (edit === "set") {
            head.headers.set(name, value);
            expected = model.set(expected, name, value);
          } else {
            head.headers.append(name, value);
            expected = model.append(expected, name, value);
          }
          expect(head.headers.get(name.toUpperCase())).toBe(model.get(expected, name));
          expect(head.headers.has(name.toLowerCase())).toBe(model.get(expected, name) !== undefined);
        }
        expect(entriesOf(head)).toEqual(expected);
        const lines = written(head, offset).toString().split("\r\n");
        const parsed = lines
          .slice(1, -2)
          .map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1).replace(/^[ \t]+|[ \t]+$/g, "")]);
        expect(parsed).toEqual(expected);
      }),
    );
  });

  test("owns its bytes once detached, whatever was edited before", () => {
    fc.assert(
      fc.property(requestWires, edits, (wire, all) => {
        const bytes = Buffer.from(wire.bytes);
        const head = headOf(bytes);
        for (const [edit, name, value] of all) {
          if (edit === "delete") head.headers.delete(name);
          else if (edit === "set") head.headers.set(name, value);
          else head.headers.append(name, value);
        }
        const before = [head.method, head.version, head.authority, entriesOf(head), written(head)];
        const { target, path } = headOf(wire.bytes);
        head.detach();
        bytes.fill(0xee);
        expect([head.method, head.version, head.authority, entriesOf(head), written(head)]).toEqual(before);
        expect([head.target, head.path]).toEqual([target, path]);
        head.headers.set("x-more", "1");
        expect(head.headers.get("x-more")).toBe("1");
      }),
    );
  });
});

describe("an unchanged head", () => {
  test("is written byte for byte as it came", () => {
    fc.assert(
      fc.property(requestWires, fc.nat(5), (wire, offset) => {
        const end = wire.bytes.indexOf("\r\n\r\n") + 4;
        expect(written(headOf(wire.bytes), offset)).toEqual(wire.bytes.subarray(0, end));
      }),
    );
  });

  test("keeps bytes that are no UTF-8", () => {
    const value = Buffer.from([0x61, 0xff, 0xc3, 0x28, 0x80]);
    const bytes = Buffer.concat([Buffer.from("GET / HTTP/1.1\r\nHost: a\r\nX: "), value, Buffer.from("\r\n\r\n")]);
    expect(written(headOf(bytes))).toEqual(bytes);
  });

  test("is the same when it came in pieces", () => {
    fc.assert(
      fc.property(requestWires, fc.nat(), (wire, cut) => {
        const heads: RequestHead[] = [];
        const decoder = createRequestDecoder({
          onHead: (head) => heads.push(head),
          onBody: () => {},
          onTrailers: () => {},
          onEnd: () => {},
        });
        const at = cut % wire.bytes.length;
        for (const part of [wire.bytes.subarray(0, at), wire.bytes.subarray(at)]) decoder.push(part);
        const end = wire.bytes.indexOf("\r\n\r\n") + 4;
        expect(heads.map((head) => written(head))).toEqual([wire.bytes.subarray(0, end)]);
      }),
    );
  });
});

describe("an edit that would break the message", () => {
  const bad: readonly (readonly [string, (head: RequestHead) => void])[] = [
    ["CR and LF in a value", (head) => head.headers.append("x", "a\r\nY: b")],
    ["LF in a value", (head) => head.headers.append("x", "a\nb")],
    ["NUL in a value", (head) => head.headers.append("x", "a\0")],
    ["CR in a value that stands in place of another", (head) => head.headers.set("host", "a\rb")],
    ["CR in a value that was added and replaced", (head) => [1, 2].forEach((i) => head.headers.set("x", i === 1 ? "good" : "bad\r"))],
    ["an empty name", (head) => head.headers.append("", "a")],
    ["a colon in a name", (head) => head.headers.append("x:", "a")],
    ["LF in a name", (head) => head.headers.append("x\n", "a")],
    ["a name in Greek", (head) => head.headers.append("\u03b1", "a")],
    ["a space in the path", (head) => (head.path = "/a b")],
    ["CR and LF in the path", (head) => (head.path = "/ HTTP/1.1\r\nX: y\r\n\r\n")],
    ["an empty path", (head) => (head.path = "")],
    ["a space in the method", (head) => (head.method = "GET /")],
    ["an empty method", (head) => (head.method = "")],
    ["LF in the authority", (head) => (head.authority = "a\nb")],
  ];
  test.each(bad)("is refused: %s", (_, edit) => {
    const head = requestOf("X: 1");
    edit(head);
    const error = expect.objectContaining({ code: CodecErrorCode.Unencodable });
    expect(() => head.encodedLength()).toThrow(error);
    const target = Buffer.alloc(1000);
    expect(() => head.writeTo(target, 0)).toThrow(error);
    expect(target).toEqual(Buffer.alloc(1000));
  });

  test("can be taken back", () => {
    const head = requestOf();
    head.headers.set("x", "a\r\n");
    expect(() => head.encodedLength()).toThrow();
    head.headers.set("x", "a");
    expect(written(head).toString()).toBe("GET / HTTP/1.1\r\nHost: a\r\nx: a\r\n\r\n");
  });

  test("names the field and does not print its control characters", () => {
    const head = requestOf();
    head.headers.append("x\n", "a");
    expect(() => head.encodedLength()).toThrow(String.raw`"x\n"`);
  });

  test("cannot make a head that decodes to something else", () => {
    fc.assert(
      fc.property(requestWires, fc.oneof(fieldNames, nearlyText), fc.oneof(fieldValues, nearlyText), (wire, name, value) => {
        const head = headOf(wire.bytes);
        head.headers.append(name, value);
        try {
          const events: MessageEvent[] = [];
          createRequestDecoder(recordRequests((event) => events.push(event))).push(
            Buffer.concat([written(head), wire.bytes.subarray(wire.bytes.indexOf("\r\n\r\n") + 4)]),
          );
          const message = collectMessages(events)[0];
          expect(message?.fields).toEqual([...wire.message.fields, [name, value.replace(/^[ \t]+|[ \t]+$/g, "")]]);
        } catch (error) {
          expect(error).toMatchObject({ code: CodecErrorCode.Unencodable });
        }
      }),
    );
  });
});
