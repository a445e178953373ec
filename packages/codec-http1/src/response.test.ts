import { CodecErrorCode } from "@mesh/codec";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { responseWires } from "./arbitraries.ts";
import { createResponseDecoder, createResponseHead, faultOf, httpStatusOf, reasonOf } from "./index.ts";
import type { MessageHead, ResponseDecoder, ResponseHead } from "./index.ts";

interface Reader {
  readonly decoder: ResponseDecoder;
  readonly heads: ResponseHead[];
  readonly heard: string[];
}

function reader(): Reader {
  const heads: ResponseHead[] = [];
  const heard: string[] = [];
  const decoder = createResponseDecoder({
    onHead(head) {
      heads.push(head);
      heard.push(`${head.status} ${head.reason}`);
    },
    onBody: (chunk, start, end) => heard.push(`body ${chunk.toString("latin1", start, end)}`),
    onTrailers: (trailers) => trailers.forEach((name, value) => heard.push(`trailer ${name}=${value}`)),
    onEnd: () => heard.push("end"),
  });
  return { decoder, heads, heard };
}

const bytesOf = (...lines: readonly string[]): Buffer => Buffer.from(lines.join("\r\n"), "latin1");

function headOf(...lines: readonly string[]): ResponseHead {
  const { decoder, heads } = reader();
  decoder.expect("GET", true);
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

const sized = bytesOf("HTTP/1.1 200 OK", "Content-Length: 3", "", "abc");

describe("a response decoder", () => {
  test("reads the responses to requests sent one after another", () => {
    const { decoder, heard } = reader();
    decoder.expect("GET");
    decoder.expect("HEAD");
    decoder.expect("POST");
    expect(decoder.expected).toBe(3);
    decoder.push(
      Buffer.concat([
        sized,
        bytesOf("HTTP/1.1 200 OK", "Content-Length: 3", "", ""),
        bytesOf("HTTP/1.1 500 Oh no", "Content-Length: 0", "", ""),
      ]),
    );
    expect(heard).toEqual(["200 OK", "body abc", "end", "200 OK", "end", "500 Oh no", "end"]);
    expect(decoder.expected).toBe(0);
  });

  test("refuses the first byte that no request asked for", () => {
    const { decoder, heard } = reader();
    decoder.expect("GET");
    decoder.push(Buffer.concat([sized, Buffer.from("H")]));
    expect(heard).toEqual(["200 OK", "body abc", "end"]);
    expect(decoder.error).toMatchObject({ code: CodecErrorCode.Malformed, offset: sized.length });
    expect(decoder.error && [faultOf(decoder.error), httpStatusOf(decoder.error)]).toEqual(["unsolicited-response", 502]);
  });

  test("tells interim responses from the final one", () => {
    const { decoder, heads, heard } = reader();
    decoder.expect("POST");
    decoder.push(bytesOf("HTTP/1.1 100 Continue", "", "HTTP/1.1 103 Early Hints", "Link: </a>", "", ""));
    expect([decoder.expected, ...heads.map((head) => head.isInterim)]).toEqual([1, true, true]);
    decoder.push(sized);
    expect(heard).toEqual(["100 Continue", "103 Early Hints", "200 OK", "body abc", "end"]);
    expect(heads[2]?.isInterim).toBe(false);
  });

  test("is truncated by an end that comes after an interim response", () => {
    const { decoder } = reader();
    decoder.expect("POST");
    decoder.push(bytesOf("HTTP/1.1 100 Continue", "", ""));
    expect(decoder.end()?.code).toBe(CodecErrorCode.Truncated);
  });

  test("has no fault of its own when the connection ends before a response begins", () => {
    const { decoder } = reader();
    decoder.expect("GET");
    expect(decoder.end()).toBeUndefined();
  });

  test("reads a body without length up to the end of the connection", () => {
    const { decoder, heads, heard } = reader();
    decoder.expect("GET");
    decoder.push(bytesOf("HTTP/1.1 200 OK", "", "ab"));
    decoder.push(bytesOf("HTTP/1.1 200 OK", ""));
    expect([heads[0]?.bodyKind, heads[0]?.keepAlive]).toEqual(["until-close", false]);
    expect(decoder.end()).toBeUndefined();
    expect(heard).toEqual(["200 OK", "body ab", "body HTTP/1.1 200 OK\r\n", "end"]);
  });

  test.each([
    ["HEAD", "HTTP/1.1 200 OK", ["Content-Length: 3"], 3],
    ["HEAD", "HTTP/1.1 200 OK", ["Transfer-Encoding: chunked"], -1],
    ["HEAD", "HTTP/1.1 200 OK", [], -1],
    ["GET", "HTTP/1.1 304 Not Modified", ["Content-Length: 3"], 3],
    ["GET", "HTTP/1.1 204 No Content", [], -1],
  ])("knows that the response to %s, %s with %j has no body", (method, line, fields, contentLength) => {
    const { decoder, heads, heard } = reader();
    decoder.expect(method);
    decoder.expect("GET");
    decoder.push(Buffer.concat([bytesOf(line, ...fields, "", ""), sized]));
    expect([heads[0]?.bodyKind, heads[0]?.contentLength]).toEqual(["none", contentLength]);
    expect(heard.slice(1)).toEqual(["end", "200 OK", "body abc", "end"]);
    expect(written(heads[0]!)).toEqual([line, ...fields]);
  });

  test.each(["HTTP/1.1 204 No Content", "HTTP/1.1 100 Continue"])("drops a length of 0 from %s, which must not have one", (line) => {
    const head = headOf(line, "X: 1", "Content-Length: 0");
    expect([head.contentLength, ...written(head)]).toEqual([-1, line, "X: 1"]);
  });

  test("reads the body of a 205, which should be empty", () => {
    const { decoder, heard } = reader();
    decoder.expect("GET");
    decoder.push(bytesOf("HTTP/1.1 205 Reset Content", "Content-Length: 0", "", ""));
    expect(heard).toEqual(["205 Reset Content", "end"]);
  });

  test("hands over after 101", () => {
    const { decoder, heads, heard } = reader();
    decoder.expect("GET", true);
    const head = bytesOf("HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade", "", "");
    expect(decoder.push(Buffer.concat([head, Buffer.from("\x81\x05hello")]))).toBe(head.length);
    expect([decoder.state, heads[0]?.upgrade, heads[0]?.isInterim]).toEqual(["handed-over", "websocket", false]);
    expect(heard).toEqual(["101 Switching Protocols", "end"]);
    expect(decoder.end()).toBeUndefined();
  });

  test("reads on when an upgrade is not made", () => {
    const { decoder, heard } = reader();
    decoder.expect("GET", true);
    decoder.push(sized);
    expect([decoder.state, ...heard]).toEqual(["open", "200 OK", "body abc", "end"]);
  });

  test("hands over after a 2xx to CONNECT, and ignores what it declares", () => {
    const { decoder, heads } = reader();
    decoder.expect("CONNECT");
    const head = bytesOf("HTTP/1.1 200 OK", "Content-Length: 3", "X: 1", "", "");
    expect(decoder.push(Buffer.concat([head, Buffer.from("abc")]))).toBe(head.length);
    expect([decoder.state, heads[0]?.bodyKind, heads[0]?.contentLength]).toEqual(["handed-over", "none", -1]);
    expect(written(heads[0]!)).toEqual(["HTTP/1.1 200 OK", "X: 1"]);
  });

  test("reads the body of a refused CONNECT", () => {
    const { decoder, heard } = reader();
    decoder.expect("CONNECT");
    decoder.push(bytesOf("HTTP/1.1 403 Forbidden", "Content-Length: 3", "", "abc"));
    expect([decoder.state, ...heard]).toEqual(["open", "403 Forbidden", "body abc", "end"]);
  });

  test.each([
    ["HTTP/1.1 200 OK", ["Content-Length: 0"], true],
    ["HTTP/1.1 200 OK", ["Content-Length: 0", "Connection: close"], false],
    ["HTTP/1.1 200 OK", [], false],
    ["HTTP/1.0 200 OK", ["Content-Length: 0"], false],
    ["HTTP/1.0 200 OK", ["Content-Length: 0", "Connection: keep-alive"], true],
    ["HTTP/1.0 200 OK", ["Connection: keep-alive"], false],
  ])("%s with %j lets the connection be used again: %s", (line, fields, keepAlive) => {
    expect(headOf(line, ...fields).keepAlive).toBe(keepAlive);
  });

  test("accepts a status line without reason, and without the space before it", () => {
    expect([headOf("HTTP/1.1 200 ", "Content-Length: 0").reason, headOf("HTTP/1.1 200", "Content-Length: 0").reason]).toEqual(["", ""]);
  });

  test("gives trailers", () => {
    const { decoder, heard } = reader();
    decoder.expect("GET");
    decoder.push(
      bytesOf("HTTP/1.1 200 OK", "Transfer-Encoding: chunked", "", "1", "a", "0", "ETag: x", "Set-Cookie: 1", "Set-Cookie: 2", "", ""),
    );
    expect(heard).toEqual(["200 OK", "body a", "trailer ETag=x", "trailer Set-Cookie=1", "trailer Set-Cookie=2", "end"]);
  });
});

describe("a response's head", () => {
  test("is written byte for byte as it came", () => {
    fc.assert(
      fc.property(responseWires, (wire) => {
        // 1xx, 204 and a 2xx to CONNECT lose framing that they must not have; the arbitrary gives them none.
        const heads: ResponseHead[] = [];
        const decoder = createResponseDecoder({
          onHead: (head) => heads.push(head),
          onBody: () => {},
          onTrailers: () => {},
          onEnd: () => {},
        });
        decoder.expect(wire.requestMethod, wire.wantsUpgrade);
        decoder.push(wire.bytes);
        const all = heads.map((head) => Buffer.from(`${written(head).join("\r\n")}\r\n\r\n`, "latin1"));
        expect(Buffer.concat(all)).toEqual(wire.bytes.subarray(0, Buffer.concat(all).length));
        expect(heads.length).toBe(wire.message.interim.length + 1);
      }),
    );
  });

  test("is edited in place", () => {
    const head = headOf("HTTP/1.0 200 Fine", "X: 1", "Content-Length: 0");
    head.version = "1.1";
    expect(written(head)[0]).toBe("HTTP/1.1 200 Fine");
    head.status = 503;
    head.headers.set("x", "2");
    expect([head.status, head.reason]).toEqual([503, "Service Unavailable"]);
    head.reason = "Out of tea";
    expect(written(head)).toEqual(["HTTP/1.1 503 Out of tea", "X: 2", "Content-Length: 0"]);
  });

  test("keeps its reason when the status is set to what it is", () => {
    const head = headOf("HTTP/1.1 200 Fine", "Content-Length: 0");
    head.status = 200;
    expect(written(head)[0]).toBe("HTTP/1.1 200 Fine");
  });

  test("keeps what concerns the upgrade of 101 and nothing else of the connection", () => {
    const head = headOf("HTTP/1.1 101 Switching Protocols", "Connection: Upgrade, keep-alive", "Keep-Alive: 5", "Upgrade: websocket");
    head.removeHopByHop(true);
    expect(written(head)).toEqual(["HTTP/1.1 101 Switching Protocols", "Connection: upgrade", "Upgrade: websocket"]);
  });

  test("is framed anew for a client of HTTP/1.0", () => {
    const head = headOf("HTTP/1.1 200 OK", "Transfer-Encoding: chunked", "X: 1");
    head.setFraming("until-close");
    expect([head.bodyKind, ...written(head)]).toEqual(["until-close", "HTTP/1.1 200 OK", "X: 1"]);
  });

  test("says the length of a body that is left out, whatever it was edited to", () => {
    const { decoder, heads } = reader();
    decoder.expect("HEAD");
    decoder.push(Buffer.from("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"));
    const [head] = heads;
    head?.headers.set("content-length", "7");
    head?.restoreFraming();
    expect(head && [head.bodyKind, head.contentLength, ...written(head)]).toEqual(["none", 5, "HTTP/1.1 200 OK", "Content-Length: 5"]);
  });

  test.each([0, 99, 1000, 200.5, Number.NaN])("cannot have the status %d", (status) => {
    const head = headOf("HTTP/1.1 200 OK", "Content-Length: 0");
    head.status = status;
    expect(() => head.encodedLength()).toThrow(expect.objectContaining({ code: CodecErrorCode.Unencodable }));
  });

  test("cannot have a reason that splits the response", () => {
    const head = headOf("HTTP/1.1 200 OK", "Content-Length: 0");
    head.reason = "OK\r\nSet-Cookie: x";
    expect(() => head.encodedLength()).toThrow(expect.objectContaining({ code: CodecErrorCode.Unencodable }));
    expect(() => head.writeTo(Buffer.alloc(200), 0)).toThrow(expect.objectContaining({ code: CodecErrorCode.Unencodable }));
  });

  test("owns its bytes once detached", () => {
    const { decoder, heads } = reader();
    decoder.expect("GET");
    const chunk = Buffer.from(sized);
    decoder.push(chunk);
    heads[0]!.detach();
    chunk.fill(0xee);
    expect([heads[0]!.reason, ...written(heads[0]!)]).toEqual(["OK", "HTTP/1.1 200 OK", "Content-Length: 3"]);
  });
});

describe("a response made from scratch", () => {
  test("has the phrase of its status", () => {
    expect(
      written(createResponseHead({ status: 404, headers: [["Content-Type", "text/plain"]], body: "length", contentLength: 2 })),
    ).toEqual(["HTTP/1.1 404 Not Found", "Content-Type: text/plain", "content-length: 2"]);
    expect([reasonOf(404), reasonOf(299)]).toEqual(["Not Found", "Unknown"]);
  });

  test("may be an interim one", () => {
    const head = createResponseHead({ status: 100 });
    expect([head.isInterim, ...written(head)]).toEqual([true, "HTTP/1.1 100 Continue"]);
  });

  test("may have any reason and version", () => {
    expect(written(createResponseHead({ status: 200, reason: "", version: "1.0" }))).toEqual(["HTTP/1.0 200 "]);
  });
});
