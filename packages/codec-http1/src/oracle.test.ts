import type { HeaderView } from "@mesh/codec";
import fc from "fast-check";
import { once } from "node:events";
import http from "node:http";
import net from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { collectMessages, fieldNames, fieldValues, recordRequests, recordResponses } from "./arbitraries.ts";
import type { HttpMessage, MessageEvent } from "./arbitraries.ts";
import { textOfBytes } from "./bytes.ts";
import {
  chunkOverhead,
  createRequestDecoder,
  createRequestHead,
  createResponseDecoder,
  createResponseHead,
  lastChunkLength,
  writeChunkEnd,
  writeChunkStart,
  writeLastChunk,
} from "./index.ts";
import type { MessageHead } from "./index.ts";

type Entries = readonly (readonly [name: string, value: string])[];

interface Content {
  readonly fields: Entries;
  readonly kind: "none" | "length" | "chunked";
  readonly parts: readonly Buffer[];
  readonly trailers: Entries;
}

interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly request: Content;
  readonly status: number;
  readonly response: Content;
}

// Node writes some fields of its own accord, and refuses Trailer without chunks.
const nodesOwn: ReadonlySet<string> = new Set(["date", "connection", "keep-alive", "transfer-encoding", "content-length", "host"]);
const entries = fc.array(
  fc.tuple(
    fieldNames.filter((name) => !nodesOwn.has(name.toLowerCase())),
    fieldValues,
  ),
  { maxLength: 5 },
);
const parts = fc.array(
  fc.uint8Array({ minLength: 1, maxLength: 3000 }).map((bytes) => Buffer.from(bytes)),
  { maxLength: 4 },
);
const contents: fc.Arbitrary<Content> = fc
  .record({ fields: entries, kind: fc.constantFrom<Content["kind"]>("none", "length", "chunked"), parts, trailers: entries })
  .map((content) => ({
    ...content,
    parts: content.kind === "none" ? [] : content.parts,
    trailers: content.kind === "chunked" ? content.trailers : [],
  }));
const exchanges: fc.Arbitrary<Exchange> = fc.record({
  method: fc.constantFrom("GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "M-SEARCH"),
  path: fc
    .string({ unit: fc.constantFrom("a", "B", "1", "/", "?", "%", "&", "=", "~", "+", "[", "|", "{", '"'), maxLength: 20 })
    .map((path) => `/${path}`),
  request: contents,
  status: fc.constantFrom(200, 201, 301, 404, 500, 204, 304),
  response: contents,
});

const bodyOf = ({ parts: some }: Content): string => Buffer.concat(some).toString("latin1");
const mayHaveBody = ({ method, status }: Exchange): boolean => method !== "HEAD" && status !== 204 && status !== 304;

/** Node reads and writes one character a byte; here values are text. */
const nodesText = (text: string): string => Buffer.from(text).toString("latin1");

function pairs(flat: readonly string[]): Entries {
  return Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i]!, textOfBytes(flat[2 * i + 1]!)] as const);
}

function withoutNodesOwn(all: HttpMessage["fields"]): HttpMessage["fields"] {
  return all.filter(([name]) => !nodesOwn.has(name.toLowerCase()));
}

/** A whole message, as this package writes it. */
function encoded(head: MessageHead, { kind, parts: some, trailers }: Content, hasBody = true): Buffer {
  const view: HeaderView = createRequestHead({ method: "GET", headers: trailers }).headers;
  const target = Buffer.alloc(
    head.encodedLength() + some.reduce((sum, part) => sum + part.length + chunkOverhead(part.length), 0) + lastChunkLength(view),
  );
  let out = head.writeTo(target, 0);
  if (!hasBody) return target.subarray(0, out);
  for (const part of some) {
    if (kind === "chunked") out = writeChunkStart(part.length, target, out);
    part.copy(target, out);
    out += part.length;
    if (kind === "chunked") out = writeChunkEnd(target, out);
  }
  if (kind === "chunked") out = writeLastChunk(target, out, view);
  return target.subarray(0, out);
}

function requestOf({ method, path, request }: Exchange): Buffer {
  const body = request.kind;
  return encoded(
    createRequestHead({ method, path, authority: "localhost", headers: request.fields, body, contentLength: bodyOf(request).length }),
    request,
  );
}

function responseOf(exchange: Exchange): Buffer {
  const { status, response } = exchange;
  const hasBody = mayHaveBody(exchange);
  // A response without length would last until the connection ends.
  const body = hasBody ? (response.kind === "none" ? "length" : response.kind) : "none";
  return encoded(createResponseHead({ status, headers: response.fields, body, contentLength: bodyOf(response).length }), response, hasBody);
}

async function portOf(server: net.Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return address.port;
}

/** Writes to a port, and resolves with what a response decoder makes of the answer when `count` messages are there. */
async function ask(port: number, bytes: Buffer, methods: readonly string[]): Promise<readonly HttpMessage[]> {
  const socket = net.connect(port, "127.0.0.1");
  const events: MessageEvent[] = [];
  const decoder = createResponseDecoder(recordResponses((event) => events.push(event)));
  for (const method of methods) decoder.expect(method, true);
  socket.write(bytes);
  for await (const chunk of socket) {
    decoder.push(chunk);
    if (decoder.error !== undefined) throw decoder.error;
    if (collectMessages(events).length === methods.length) break;
  }
  const error = decoder.end();
  if (error !== undefined) throw error;
  return collectMessages(events);
}

describe("node:http as the server", () => {
  const received: {
    method: string | undefined;
    url: string | undefined;
    version: string;
    fields: Entries;
    body: string;
    trailers: Entries;
  }[] = [];
  let exchange: Exchange | undefined;
  let port = 0;
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { method, url, httpVersion: version, rawHeaders, rawTrailers } = request;
      received.push({
        method,
        url,
        version,
        fields: pairs(rawHeaders),
        body: Buffer.concat(chunks).toString("latin1"),
        trailers: pairs(rawTrailers),
      });
      if (exchange === undefined) {
        response.end(`${method} ${url}`);
        return;
      }
      const { kind, fields, parts: some, trailers } = exchange.response;
      const framing = kind === "chunked" ? ["Transfer-Encoding", "chunked"] : ["Content-Length", String(bodyOf(exchange.response).length)];
      response.writeHead(exchange.status, [...fields.flat().map(nodesText), ...(mayHaveBody(exchange) ? framing : [])]);
      if (!mayHaveBody(exchange)) {
        response.end();
        return;
      }
      for (const part of some) response.write(part);
      if (kind === "chunked") response.addTrailers(trailers.map(([name, value]): [string, string] => [name, nodesText(value)]));
      response.end();
    });
  });
  server.on("upgrade", (request: http.IncomingMessage, socket: net.Socket, rest: Buffer) => {
    socket.end(
      `HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: ${request.headers.upgrade}\r\n\r\n${rest.toString("latin1")}`,
    );
  });

  beforeAll(async () => {
    port = await portOf(server);
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  test("understands what is written here, and is understood", async () => {
    await fc.assert(
      fc.asyncProperty(exchanges, async (one) => {
        exchange = one;
        received.length = 0;
        const [answer] = await ask(port, requestOf(one), [one.method]);
        const { request, response } = one;
        const framing: Entries =
          request.kind === "chunked"
            ? [["transfer-encoding", "chunked"]]
            : request.kind === "length"
              ? [["content-length", String(bodyOf(request).length)]]
              : [];
        expect(received).toEqual([
          {
            method: one.method,
            url: one.path,
            version: "1.1",
            fields: [["host", "localhost"], ...request.fields, ...framing],
            body: bodyOf(request),
            trailers: request.trailers,
          },
        ]);
        expect(answer?.start[0]).toBe(String(one.status));
        expect(withoutNodesOwn(answer?.fields ?? [])).toEqual(response.fields);
        expect(answer?.body).toBe(mayHaveBody(one) ? bodyOf(response) : "");
        expect(answer?.trailers).toEqual(mayHaveBody(one) ? response.trailers : []);
      }),
      { numRuns: 60 },
    );
  });

  test("answers pipelined requests in order", async () => {
    exchange = undefined;
    const paths = ["/1", "/2", "/3", "/4"];
    const bytes = Buffer.concat(paths.map((path) => encoded(createRequestHead({ method: "GET", path, authority: "a" }), none)));
    const answers = await ask(port, bytes, ["GET", "GET", "GET", "GET"]);
    expect(answers.map(({ body }) => body)).toEqual(paths.map((path) => `GET ${path}`));
  });

  test("ends the connection after a response to HTTP/1.0", async () => {
    exchange = undefined;
    const [answer] = await ask(port, encoded(createRequestHead({ method: "GET", version: "1.0" }), none), ["GET"]);
    expect([answer?.body, answer?.keepAlive]).toEqual(["GET /", false]);
  });

  test("says 100 before it takes the body", async () => {
    exchange = undefined;
    const head = createRequestHead({
      method: "POST",
      authority: "a",
      headers: [["Expect", "100-continue"]],
      body: "length",
      contentLength: 2,
    });
    const [answer] = await ask(port, encoded(head, { ...none, parts: [Buffer.from("ab")] }), ["POST"]);
    expect([answer?.interim.map(({ status }) => status), answer?.body, received.at(-1)?.body]).toEqual([[100], "POST /", "ab"]);
  });

  test("switches protocols when asked", async () => {
    const headers = [
      ["Connection", "Upgrade"],
      ["Upgrade", "echo"],
    ] as const;
    const request = encoded(createRequestHead({ method: "GET", authority: "a", headers }), none);
    const socket = net.connect(port, "127.0.0.1");
    const events: MessageEvent[] = [];
    const decoder = createResponseDecoder(recordResponses((event) => events.push(event)));
    decoder.expect("GET", true);
    socket.write(Buffer.concat([request, Buffer.from("not HTTP")]));
    let rest = "";
    for await (const chunk of socket) rest += chunk.toString("latin1", decoder.push(chunk));
    expect([decoder.state, collectMessages(events)[0]?.upgrade, rest]).toEqual(["handed-over", "echo", "not HTTP"]);
  });
});

const none: Content = { fields: [], kind: "none", parts: [], trailers: [] };

describe("node:http as the client", () => {
  let exchange: Exchange | undefined;
  const received: HttpMessage[] = [];
  let port = 0;
  const server = net.createServer((socket) => {
    const events: MessageEvent[] = [];
    const decoder = createRequestDecoder(recordRequests((event) => events.push(event)));
    socket.on("data", (chunk) => {
      decoder.push(chunk);
      if (decoder.error !== undefined) socket.destroy(decoder.error);
      const messages = collectMessages(events);
      if (messages.length === 0 || exchange === undefined) return;
      events.length = 0;
      received.push(...messages);
      socket.write(responseOf(exchange));
    });
    socket.on("error", () => socket.destroy());
  });

  beforeAll(async () => {
    port = await portOf(server);
  });
  afterAll(() => server.close());

  async function askWithNode(
    one: Exchange,
    agent: http.Agent,
  ): Promise<{ status: number | undefined; fields: Entries; body: string; trailers: Entries }> {
    const { kind, fields, parts: some, trailers } = one.request;
    const framing =
      kind === "chunked"
        ? ["Transfer-Encoding", "chunked"]
        : kind === "length"
          ? ["Content-Length", String(bodyOf(one.request).length)]
          : [];
    const headers = ["Host", "localhost", ...fields.flat().map(nodesText), ...framing];
    const request = http.request({ port, host: "127.0.0.1", method: one.method, path: one.path, headers, agent });
    for (const part of some) request.write(part);
    if (kind === "chunked") request.addTrailers(trailers.map(([name, value]): [string, string] => [name, nodesText(value)]));
    const answered = once(request, "response");
    request.end();
    const [response]: http.IncomingMessage[] = await answered;
    if (response === undefined) throw new Error("there is no response");
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk);
    const { statusCode: status, rawHeaders, rawTrailers } = response;
    return { status, fields: pairs(rawHeaders), body: Buffer.concat(chunks).toString("latin1"), trailers: pairs(rawTrailers) };
  }

  test("is understood, and understands what is written here", async () => {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    await fc.assert(
      fc.asyncProperty(exchanges, async (one) => {
        exchange = one;
        received.length = 0;
        const answer = await askWithNode(one, agent);
        expect(received).toHaveLength(1);
        expect(received[0]?.start).toEqual([one.method, one.path, "1.1"]);
        expect(withoutNodesOwn(received[0]?.fields ?? [])).toEqual(one.request.fields);
        expect(received[0]?.body).toBe(bodyOf(one.request));
        expect(received[0]?.trailers).toEqual(one.request.trailers);
        expect(answer.status).toBe(one.status);
        expect(withoutNodesOwn(answer.fields)).toEqual(one.response.fields);
        expect(answer.body).toBe(mayHaveBody(one) ? bodyOf(one.response) : "");
        expect(answer.trailers).toEqual(mayHaveBody(one) ? one.response.trailers : []);
      }),
      { numRuns: 60 },
    );
    agent.destroy();
  });
});
