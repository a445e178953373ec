import type { HeaderView } from "@mesh/codec";
import { CodecErrorCode } from "@mesh/codec";
import { describe, expect, test } from "vitest";
import { collectMessages, recordRequests } from "./arbitraries.ts";
import type { MessageEvent } from "./arbitraries.ts";
import { createRequestDecoder, createRequestHead, faultOf } from "./index.ts";
import type { MessageHead, RequestDecoder, RequestDecoderOptions, RequestHead } from "./index.ts";

/** A decoder, its heads, and what else its sink heard. */
interface Reader {
  readonly decoder: RequestDecoder;
  readonly heads: RequestHead[];
  readonly heard: string[];
}

function reader(options?: RequestDecoderOptions, onEvent: (event: string, decoder: RequestDecoder) => void = () => {}): Reader {
  const heads: RequestHead[] = [];
  const heard: string[] = [];
  const hear = (event: string): void => {
    heard.push(event);
    onEvent(event, decoder);
  };
  const decoder = createRequestDecoder(
    {
      onHead(head) {
        heads.push(head);
        hear(`${head.method} ${head.path}`);
      },
      onBody: (chunk, start, end) => hear(`body ${chunk.toString("latin1", start, end)}`),
      onTrailers: (trailers: HeaderView) => trailers.forEach((name, value) => hear(`trailer ${name}=${value}`)),
      onEnd: () => hear("end"),
    },
    options,
  );
  return { decoder, heads, heard };
}

const bytesOf = (...lines: readonly string[]): Buffer => Buffer.from(lines.join("\r\n"), "latin1");

function headOf(...lines: readonly string[]): RequestHead {
  const { decoder, heads } = reader();
  decoder.push(bytesOf(...lines, "", ""));
  const [head] = heads;
  if (head === undefined) throw decoder.error ?? new Error("there is no head");
  return head;
}

function written(head: MessageHead): string[] {
  const target = Buffer.alloc(head.encodedLength());
  expect(head.writeTo(target, 0)).toBe(target.length);
  return target.toString("latin1").split("\r\n").slice(0, -2);
}

describe("a request's target", () => {
  test("in origin form gives the path, and Host the authority", () => {
    const head = headOf("GET /a/b?c=d HTTP/1.1", "Host: h:81");
    expect([head.targetForm, head.target, head.path, head.authority, head.scheme]).toEqual([
      "origin",
      "/a/b?c=d",
      "/a/b?c=d",
      "h:81",
      undefined,
    ]);
  });

  test.each([
    ["http://b:81/x?y", "http", "b:81", "/x?y"],
    ["https://b/", "https", "b", "/"],
    ["HTTP://b", "http", "b", "/"],
    ["http://b?y=/z", "http", "b", "/?y=/z"],
    ["http://[::1]:81//x", "http", "[::1]:81", "//x"],
  ])("in absolute form wins over Host: %s", (target, scheme, authority, path) => {
    const head = headOf(`GET ${target} HTTP/1.1`, "Host: a");
    expect([head.targetForm, head.target, head.path, head.authority, head.scheme]).toEqual(["absolute", target, path, authority, scheme]);
    expect(head.headers.get("host")).toBe("a");
  });

  test("in absolute form is forwarded in origin form with Host as RFC 9112 §3.2.2 wants", () => {
    const head = headOf("GET http://b:81/x HTTP/1.1", "X: 1", "HOST: a", "Y: 2");
    head.useOriginForm();
    expect([head.targetForm, head.path, head.authority]).toEqual(["origin", "/x", "b:81"]);
    expect(written(head)).toEqual(["GET /x HTTP/1.1", "X: 1", "HOST: b:81", "Y: 2"]);
  });

  test("in absolute form keeps its authority when the path is changed, and its path when the authority is", () => {
    const head = headOf("GET http://b/x HTTP/1.1", "Host: a");
    head.path = "/y";
    expect(written(head)).toEqual(["GET /y HTTP/1.1", "Host: b"]);
    const other = headOf("GET http://b/x HTTP/1.1", "Host: a");
    other.authority = "c";
    expect(written(other)).toEqual(["GET /x HTTP/1.1", "Host: c"]);
    expect(other.authority).toBe("c");
  });

  test("in absolute form without path asks with OPTIONS for the server itself", () => {
    const head = headOf("OPTIONS http://b HTTP/1.1", "Host: a");
    head.useOriginForm();
    expect([head.targetForm, head.path]).toEqual(["asterisk", "*"]);
  });

  test("in asterisk form has the path `*`", () => {
    const head = headOf("OPTIONS * HTTP/1.1", "Host: a");
    expect([head.targetForm, head.path, head.authority]).toEqual(["asterisk", "*", "a"]);
  });

  test("in authority form has no path", () => {
    const head = headOf("CONNECT b:443 HTTP/1.1", "Host: a");
    expect([head.targetForm, head.path, head.authority]).toEqual(["authority", "", "b:443"]);
    head.authority = "c:1";
    expect(written(head)).toEqual(["CONNECT c:1 HTTP/1.1", "Host: c:1"]);
  });

  test("may have bytes above 0x7f where that is allowed", () => {
    const request = bytesOf("GET /caf\xe9 HTTP/1.1", "Host: a", "", "");
    const strict = reader().decoder;
    strict.push(request);
    expect(strict.error && faultOf(strict.error)).toBe("invalid-target");
    const { decoder, heads } = reader({ allowObsTextInTarget: true });
    decoder.push(request);
    expect(heads[0]?.path).toBe("/caf\xe9");
  });
});

describe("a request's head", () => {
  test("is edited in place", () => {
    const head = headOf("GET /a HTTP/1.0", "X: 1", "Host: a", "Y: 2");
    head.method = "HEAD";
    head.path = "/b";
    head.version = "1.1";
    head.authority = "c";
    expect([head.method, head.path, head.version, head.authority, head.target]).toEqual(["HEAD", "/b", "1.1", "c", "/b"]);
    expect(written(head)).toEqual(["HEAD /b HTTP/1.1", "X: 1", "Host: c", "Y: 2"]);
  });

  test("gets a Host when an authority is set and there was none", () => {
    const head = headOf("GET / HTTP/1.0");
    expect(head.authority).toBe("");
    head.authority = "a";
    expect(written(head)).toEqual(["GET / HTTP/1.0", "host: a"]);
  });

  test("knows its authority after Host was edited as a field", () => {
    const head = headOf("GET / HTTP/1.1", "Host: a");
    expect(head.authority).toBe("a");
    head.headers.set("host", "b");
    expect(head.authority).toBe("b");
    head.headers.delete("host");
    expect(head.authority).toBe("");
  });

  test.each([
    ["1.1", [], true],
    ["1.1", ["Connection: close"], false],
    ["1.1", ["Connection: Keep-Alive"], true],
    ["1.1", ["Connection: keep-alive, CLOSE"], false],
    ["1.1", ["Connection: x", "connection: close"], false],
    ["1.1", ["Connection: closed"], true],
    ["1.1", ["Connection: , ,close ,"], false],
    ["1.0", [], false],
    ["1.0", ["Connection: keep-alive"], true],
    ["1.0", ["Connection: keep-alive, close"], false],
    ["1.0", ["Proxy-Connection: keep-alive"], false],
  ])("of HTTP/%s with %j says whether the connection persists: %s", (version, fields, keepAlive) => {
    expect(headOf(`GET / HTTP/${version}`, "Host: a", ...fields).keepAlive).toBe(keepAlive);
  });

  test.each([
    [["Connection: upgrade", "Upgrade: websocket"], "websocket"],
    [["Upgrade: h2c, x/1", "Connection: keep-alive, Upgrade"], "h2c, x/1"],
    [["Upgrade: websocket"], undefined],
    [["Connection: upgrade"], undefined],
  ])("with %j has the upgrade %j", (fields, upgrade) => {
    expect(headOf("GET / HTTP/1.1", "Host: a", ...fields).upgrade).toBe(upgrade);
    expect(headOf("GET / HTTP/1.0", "Host: a", ...fields).upgrade).toBeUndefined();
  });

  test.each([
    ["POST / HTTP/1.1", ["Expect: 100-Continue", "Content-Length: 5"], true],
    ["POST / HTTP/1.1", ["Expect: 100-continue", "Transfer-Encoding: chunked"], true],
    ["POST / HTTP/1.1", ["Expect: 100-continue", "Content-Length: 0"], false],
    ["POST / HTTP/1.1", ["Expect: 100-continue"], false],
    ["POST / HTTP/1.1", ["Expect: something", "Content-Length: 5"], false],
    ["POST / HTTP/1.0", ["Expect: 100-continue", "Content-Length: 5"], false],
  ])("%s with %j: the client waits for a 100: %s", (line, fields, expected) => {
    expect(headOf(line, "Host: a", ...fields).expectContinue).toBe(expected);
  });

  test.each([
    [[], "none", -1],
    [["Content-Length: 0"], "length", 0],
    [["Content-Length: 0012"], "length", 12],
    [["Content-Length: 9007199254740991"], "length", Number.MAX_SAFE_INTEGER],
    [["Transfer-Encoding: ChunkeD"], "chunked", -1],
  ])("with %j is framed as %s, %d", (fields, kind, length) => {
    const head = headOf("POST / HTTP/1.1", "Host: a", ...fields);
    expect([head.bodyKind, head.contentLength]).toEqual([kind, length]);
  });
});

describe("removing what is hop by hop", () => {
  test("removes Connection and all it names, and leaves framing and Host", () => {
    const head = headOf(
      "GET / HTTP/1.1",
      "Host: a",
      "Connection: keep-alive, X-One, host, content-length, x-two",
      "Keep-Alive: timeout=5",
      "X-One: 1",
      "TE: trailers",
      "Trailer: X-T",
      "Content-Length: 0",
      "Proxy-Connection: keep-alive",
      "Upgrade: h2c",
      "x-two: 2",
      "X-Three: 3",
    );
    head.removeHopByHop();
    expect(written(head)).toEqual(["GET / HTTP/1.1", "Host: a", "Trailer: X-T", "Content-Length: 0", "X-Three: 3"]);
  });

  test("costs nothing where there is nothing of the kind", () => {
    const head = headOf("GET / HTTP/1.1", "Host: a", "X: 1");
    head.removeHopByHop();
    expect(written(head)).toEqual(["GET / HTTP/1.1", "Host: a", "X: 1"]);
  });

  test("keeps an upgrade that is forwarded, and makes Connection name it alone", () => {
    const lines = ["Host: a", "Connection: keep-alive, Upgrade, X", "Upgrade: websocket", "X: 1", "Connection: te"];
    const head = headOf("GET / HTTP/1.1", ...lines);
    head.removeHopByHop(true);
    expect(written(head)).toEqual(["GET / HTTP/1.1", "Host: a", "Connection: upgrade", "Upgrade: websocket"]);
    const exact = headOf("GET / HTTP/1.1", "Host: a", "connection: UPGRADE", "upgrade: x");
    exact.removeHopByHop(true);
    expect(written(exact)).toEqual(["GET / HTTP/1.1", "Host: a", "connection: UPGRADE", "upgrade: x"]);
  });

  test("keeps no upgrade that Connection does not name", () => {
    const head = headOf("GET / HTTP/1.1", "Host: a", "Upgrade: websocket", "Connection: close");
    head.removeHopByHop(true);
    expect(written(head)).toEqual(["GET / HTTP/1.1", "Host: a"]);
  });
});

describe("framing that is changed", () => {
  const chunked = ["POST / HTTP/1.1", "Host: a", "Transfer-Encoding: Chunked", "X: 1"];
  const sized = ["POST / HTTP/1.1", "Host: a", "Content-Length: 5", "X: 1"];

  test.each([
    [sized, "length", 5, sized],
    [sized, "length", 6, ["POST / HTTP/1.1", "Host: a", "Content-Length: 6", "X: 1"]],
    [sized, "chunked", 0, ["POST / HTTP/1.1", "Host: a", "X: 1", "transfer-encoding: chunked"]],
    [sized, "none", 0, ["POST / HTTP/1.1", "Host: a", "X: 1"]],
    [chunked, "chunked", 0, chunked],
    [chunked, "length", 7, ["POST / HTTP/1.1", "Host: a", "X: 1", "content-length: 7"]],
    [chunked, "none", 0, ["POST / HTTP/1.1", "Host: a", "X: 1"]],
  ] as const)("from %j to %s, %d", (lines, kind, length, expected) => {
    const head = headOf(...lines);
    head.setFraming(kind, length);
    expect(written(head)).toEqual(expected);
    expect([head.bodyKind, head.contentLength]).toEqual([kind, kind === "length" ? length : -1]);
  });

  test("overrides what a filter did to the fields", () => {
    const head = headOf(...sized);
    head.headers.set("transfer-encoding", "gzip, chunked");
    head.headers.append("Content-Length", "9");
    head.setFraming("length", 5);
    expect(written(head)).toEqual(["POST / HTTP/1.1", "Host: a", "Content-Length: 5", "X: 1"]);
  });

  test.each([
    ["set", "content-length", "9"],
    ["delete", "Content-Length", ""],
    ["append", "Transfer-Encoding", "chunked"],
    ["append", "connection", "close, x"],
  ] as const)("is restored after edits: %s %s", (edit, name, value) => {
    for (const lines of [sized, chunked, ["GET / HTTP/1.1", "Host: a", "X: 1"]]) {
      const head = headOf(...lines);
      head.headers[edit](name, value);
      head.restoreFraming();
      const fields = written(head).map((line) => line.toLowerCase());
      expect(fields.toSorted()).toEqual(lines.map((line) => line.toLowerCase()).toSorted());
      head.headers.append("y", "2");
      head.restoreFraming();
      expect(written(head).slice(0, -1)).toEqual(written(head).filter((line) => line !== "y: 2"));
    }
  });

  test("is restored with the upgrade that is forwarded", () => {
    const head = headOf("GET / HTTP/1.1", "Host: a", "Connection: upgrade", "Upgrade: websocket");
    head.headers.set("connection", "close");
    head.restoreFraming(true);
    expect(written(head)).toEqual(["GET / HTTP/1.1", "Host: a", "Connection: upgrade", "Upgrade: websocket"]);
  });

  test.each([-1, 1.5, Number.NaN, Infinity, 2 ** 53])("refuses the length %d", (length) => {
    expect(() => headOf(...sized).setFraming("length", length)).toThrow(expect.objectContaining({ code: CodecErrorCode.Unencodable }));
  });

  test("refuses a request that would end with the connection", () => {
    expect(() => headOf(...sized).setFraming("until-close")).toThrow(expect.objectContaining({ code: CodecErrorCode.Unencodable }));
  });
});

describe("a request decoder", () => {
  const get = (path: string, ...fields: readonly string[]): Buffer => bytesOf(`GET ${path} HTTP/1.1`, "Host: a", ...fields, "", "");

  test("reports pipelined requests one after another", () => {
    const { decoder, heard } = reader();
    decoder.push(Buffer.concat([get("/1"), bytesOf("POST /2 HTTP/1.1", "Host: a", "Content-Length: 3", "", "abc"), get("/3")]));
    expect(heard).toEqual(["GET /1", "end", "POST /2", "body abc", "end", "GET /3", "end"]);
  });

  test("stops before the next request when it is paused at the end of one", () => {
    const { decoder, heard } = reader({}, (event, self) => event === "end" && self.pause());
    const chunk = Buffer.concat([get("/1"), get("/2")]);
    const taken = decoder.push(chunk);
    expect([taken, decoder.state, decoder.buffered]).toEqual([get("/1").length, "paused", 0]);
    expect(decoder.push(chunk, taken)).toBe(taken);
    decoder.resume();
    expect(decoder.push(chunk, taken)).toBe(chunk.length);
    expect(heard).toEqual(["GET /1", "end", "GET /2", "end"]);
  });

  test("reads a request to its end when it is paused at the head, unless it is resumed before", () => {
    const post = bytesOf("POST / HTTP/1.1", "Host: a", "Content-Length: 3", "", "abc");
    const paused = reader({}, (event, self) => event.startsWith("POST") && self.pause()).decoder;
    expect(paused.push(Buffer.concat([post, post]))).toBe(post.length);
    expect(paused.state).toBe("paused");
    const resumed = reader({}, (event, self) => (event.startsWith("POST") ? self.pause() : self.resume())).decoder;
    expect(resumed.push(Buffer.concat([post, post]))).toBe(2 * post.length);
    expect(resumed.state).toBe("open");
  });

  test("gives body ranges of the chunk's own memory", () => {
    const chunk = bytesOf("POST / HTTP/1.1", "Host: a", "Content-Length: 3", "", "abc");
    const ranges: [Buffer, number, number][] = [];
    createRequestDecoder({ onHead: () => {}, onBody: (...range) => ranges.push(range), onTrailers: () => {}, onEnd: () => {} }).push(chunk);
    expect(ranges).toEqual([[chunk, chunk.length - 3, chunk.length]]);
    expect(ranges[0]?.[0]).toBe(chunk);
  });

  test.each([
    ["an upgrade", get("/", "Connection: upgrade", "Upgrade: x")],
    ["CONNECT", bytesOf("CONNECT a:1 HTTP/1.1", "Host: a", "", "")],
  ])("pauses by itself after %s, and hands over when told", (_, request) => {
    const { decoder, heard } = reader();
    const chunk = Buffer.concat([request, Buffer.from("\x16\x03\x01")]);
    expect(decoder.push(chunk)).toBe(request.length);
    expect([decoder.state, heard.at(-1)]).toEqual(["paused", "end"]);
    decoder.handOver();
    expect(decoder.state).toBe("handed-over");
    expect(decoder.push(chunk, request.length)).toBe(request.length);
    decoder.pause();
    decoder.resume();
    expect(decoder.state).toBe("handed-over");
    expect(decoder.end()).toBeUndefined();
  });

  test("goes on after an upgrade that is not made, when resumed", () => {
    const { decoder, heard } = reader();
    const chunk = Buffer.concat([get("/", "Connection: upgrade", "Upgrade: x"), get("/2")]);
    const taken = decoder.push(chunk);
    decoder.resume();
    decoder.push(chunk, taken);
    expect(heard).toEqual(["GET /", "end", "GET /2", "end"]);
  });

  test("reads the body of a request with upgrade before it pauses", () => {
    const { decoder, heard } = reader();
    const request = bytesOf("POST / HTTP/1.1", "Host: a", "Connection: upgrade", "Upgrade: x", "Content-Length: 3", "", "abc");
    expect(decoder.push(Buffer.concat([request, Buffer.from("rest")]))).toBe(request.length);
    expect([decoder.state, ...heard]).toEqual(["paused", "POST /", "body abc", "end"]);
  });

  test("hands over at the end of the message in which it was told", () => {
    const { decoder, heard } = reader({}, (event, self) => event.startsWith("POST") && self.handOver());
    const request = bytesOf("POST / HTTP/1.1", "Host: a", "Content-Length: 3", "", "abc");
    expect(decoder.push(Buffer.concat([request, Buffer.from("rest")]))).toBe(request.length);
    expect([decoder.state, ...heard]).toEqual(["handed-over", "POST /", "body abc", "end"]);
  });

  test("does not take back a hand-over for a pause", () => {
    const { decoder } = reader({}, (event, self) => (event.startsWith("POST") ? self.handOver() : self.pause()));
    decoder.push(bytesOf("POST / HTTP/1.1", "Host: a", "Content-Length: 3", "", "abc"));
    expect(decoder.state).toBe("handed-over");
  });

  test("reads a request of which it has a part to its end when it is paused from without", () => {
    const { decoder, heard } = reader();
    const request = get("/1");
    decoder.push(request.subarray(0, 9));
    expect(decoder.buffered).toBe(9);
    decoder.pause();
    expect(decoder.state).toBe("open");
    expect(decoder.push(Buffer.concat([request, get("/2")]), 9)).toBe(request.length);
    expect([decoder.state, ...heard]).toEqual(["paused", "GET /1", "end"]);
  });

  test("pauses at once when it is paused from without between requests", () => {
    const { decoder } = reader();
    decoder.pause();
    expect([decoder.state, decoder.push(get("/1"))]).toEqual(["paused", 0]);
  });

  test("holds nothing after a fault in a later piece", () => {
    const { decoder } = reader();
    decoder.push(Buffer.from("GET / HTTP/1.1\r\nHost: a\r\nX"));
    expect(decoder.buffered).toBe(26);
    decoder.push(Buffer.from(" : 1\r\n"));
    expect([decoder.state, decoder.buffered]).toEqual(["failed", 0]);
  });

  test("reports chunks, leaves out extensions, and gives trailers", () => {
    const { decoder, heard } = reader();
    decoder.push(
      bytesOf("PUT / HTTP/1.1", "Host: a", "Transfer-Encoding: chunked", "", "3;x=y", "abc", "0A", "0123456789", "0;z", "X-T: 1", "", ""),
    );
    expect(heard).toEqual(["PUT /", "body abc", "body 0123456789", "trailer X-T=1", "end"]);
  });

  test("skips one empty line before a request, as RFC 9112 §2.2 asks, and more where told", () => {
    const { decoder, heard } = reader();
    decoder.push(Buffer.concat([bytesOf("", ""), get("/1"), bytesOf("", ""), get("/2")]));
    expect(heard).toEqual(["GET /1", "end", "GET /2", "end"]);
    const patient = reader({ limits: { maxLeadingEmptyLines: 3 } });
    patient.decoder.push(Buffer.concat([bytesOf("", "", "", ""), get("/1")]));
    expect(patient.heard).toEqual(["GET /1", "end"]);
  });

  test("says nothing bad when the connection ends between requests", () => {
    const { decoder } = reader();
    decoder.push(Buffer.concat([get("/1"), bytesOf("", "")]));
    expect(decoder.end()).toBeUndefined();
  });

  test("says where in the stream a fault stands", () => {
    const first = get("/1");
    const whole = Buffer.concat([first, bytesOf("GET /2 HTTP/1.1", "Host: a", "X : 1", "", "")]);
    const at = whole.indexOf(" : 1");
    for (const size of [whole.length, 7, 1]) {
      const { decoder } = reader();
      for (let from = 0; from < whole.length; from += size) decoder.push(whole.subarray(from, from + size));
      expect(decoder.error).toMatchObject({ code: CodecErrorCode.Malformed, offset: at });
    }
  });

  test("keeps limits of its own", () => {
    const limits = { maxStartLineBytes: 32, maxHeadBytes: 64, maxHeaderCount: 2, maxTrailerBytes: 16, maxChunkExtensionBytes: 4 };
    const faults = [
      get(`/${"a".repeat(32)}`),
      get("/", `X: ${"a".repeat(64)}`),
      get("/", "X: 1", "Y: 2"),
      bytesOf("PUT / HTTP/1.1", "Host: a", "Transfer-Encoding: chunked", "", "0", "X: 1234567890", "", ""),
      bytesOf("PUT / HTTP/1.1", "Host: a", "Transfer-Encoding: chunked", "", "0;abcde"),
    ].map((bytes) => {
      const { decoder } = reader({ limits });
      decoder.push(bytes);
      return decoder.error && faultOf(decoder.error);
    });
    expect(faults).toEqual(["start-line-too-long", "header-bytes", "header-count", "trailer-bytes", "chunk-extension-bytes"]);
  });

  test("accepts a head of exactly the limits", () => {
    const request = get("/12345", "X: 1");
    const limits = { maxStartLineBytes: "GET /12345 HTTP/1.1\r\n".length, maxHeadBytes: request.length, maxHeaderCount: 2 };
    for (const size of [request.length, 1]) {
      const { decoder, heard } = reader({ limits });
      for (let from = 0; from < request.length; from += size) decoder.push(request.subarray(from, from + size));
      expect(heard).toEqual(["GET /12345", "end"]);
    }
    for (const smaller of [
      { maxStartLineBytes: limits.maxStartLineBytes - 1 },
      { maxHeadBytes: limits.maxHeadBytes - 1 },
      { maxHeaderCount: 1 },
    ]) {
      const { decoder } = reader({ limits: { ...limits, ...smaller } });
      decoder.push(request);
      expect(decoder.error?.code).toBe(CodecErrorCode.LimitExceeded);
    }
  });

  test("takes many fields", () => {
    const { decoder, heads } = reader();
    const fields = Array.from({ length: 99 }, (_, i) => `X-${i}: ${i}`);
    const request = get("/", ...fields);
    for (const byte of request) decoder.push(Buffer.of(byte));
    expect(written(heads[0]!)).toEqual(["GET / HTTP/1.1", "Host: a", ...fields]);
    expect(heads[0]?.headers.get("x-98")).toBe("98");
  });
});

describe("a request made from scratch", () => {
  test("has a Host and what it was given", () => {
    const head = createRequestHead({
      method: "POST",
      path: "/a",
      authority: "h:1",
      headers: [["X", "1"]],
      body: "length",
      contentLength: 3,
    });
    expect(written(head)).toEqual(["POST /a HTTP/1.1", "host: h:1", "X: 1", "content-length: 3"]);
    expect([head.method, head.path, head.authority, head.bodyKind, head.contentLength]).toEqual(["POST", "/a", "h:1", "length", 3]);
  });

  test("can be read by the decoder", () => {
    const events: MessageEvent[] = [];
    const head = createRequestHead({ method: "PUT", authority: "h", headers: new Map([["a", "b"]]), body: "chunked" });
    const target = Buffer.alloc(head.encodedLength());
    head.writeTo(target, 0);
    createRequestDecoder(recordRequests((event) => events.push(event))).push(Buffer.concat([target, Buffer.from("0\r\n\r\n")]));
    expect(collectMessages(events)).toMatchObject([
      {
        start: ["PUT", "/", "1.1"],
        fields: [
          ["host", "h"],
          ["a", "b"],
          ["transfer-encoding", "chunked"],
        ],
      },
    ]);
  });

  test("of CONNECT has the authority as its target", () => {
    expect(written(createRequestHead({ method: "CONNECT", authority: "h:1" }))).toEqual(["CONNECT h:1 HTTP/1.1", "host: h:1"]);
  });

  test("can be edited as one that came from a client", () => {
    const head = createRequestHead({ method: "OPTIONS", path: "*", authority: "h", version: "1.0", headers: [["Connection", "close"]] });
    head.version = "1.1";
    head.authority = "i";
    head.headers.set("connection", "x");
    head.detach();
    expect([head.targetForm, ...written(head)]).toEqual(["asterisk", "OPTIONS * HTTP/1.1", "host: i", "Connection: x"]);
  });
});

test("heads of a connection may have more or fewer fields than the ones before them, after trailers as well", () => {
  const { decoder, heads, heard } = reader();
  const counts = [2, 40, 0, 13, 1, 12, 30];
  for (const count of counts) {
    const fields = Array.from({ length: count }, (_, i) => `f${i}: value ${i}`);
    decoder.push(
      bytesOf("POST / HTTP/1.1", "host: a", ...fields, "transfer-encoding: chunked", "", "0", `t: ${count}`, "u: 2", "v: 3", "", ""),
    );
  }
  expect(decoder.error).toBeUndefined();
  expect(heads).toHaveLength(counts.length);
  for (const [index, head] of heads.entries()) {
    const count = counts[index] ?? 0;
    for (let i = 0; i < count; i++) expect(head.headers.get(`f${i}`)).toBe(`value ${i}`);
    expect(head.headers.get(`f${count}`)).toBeUndefined();
    expect(head.headers.get("transfer-encoding")).toBe("chunked");
    expect(heard).toContain(`trailer t=${count}`);
  }
});
