import { mutate, mutations } from "@mesh/codec/compliance";
import fc from "fast-check";
import { once } from "node:events";
import http from "node:http";
import { Duplex } from "node:stream";
import { describe, expect, test } from "vitest";
import { collectMessages, recordRequests, refusedRequests, requestWires } from "./arbitraries.ts";
import type { MessageEvent } from "./arbitraries.ts";
import { textOfBytes } from "./bytes.ts";
import { createRequestDecoder } from "./index.ts";

/** What both ends of a chain of proxies must agree on, or one smuggles requests past the other. */
interface Understood {
  readonly start: readonly (string | undefined)[];
  readonly fields: readonly string[];
  readonly body: string;
}

function understoodHere(bytes: Buffer): readonly Understood[] {
  const events: MessageEvent[] = [];
  createRequestDecoder(recordRequests((event) => events.push(event))).push(bytes);
  return collectMessages(events).map(({ start, fields, body }) => ({
    start,
    fields: fields.flatMap(([name, value]) => [name, value ?? ""]),
    body,
  }));
}

async function understoodByNode(bytes: Buffer): Promise<readonly Understood[]> {
  const all: Understood[] = [];
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { method, url, httpVersion, rawHeaders } = request;
      all.push({ start: [method, url, httpVersion], fields: rawHeaders.map(textOfBytes), body: Buffer.concat(chunks).toString("latin1") });
    });
    request.on("error", () => {});
    response.end();
  });
  server.on("clientError", (_error: Error, socket: Duplex) => socket.destroy());
  server.on("upgrade", (_request: http.IncomingMessage, socket: Duplex) => socket.destroy());
  server.on("connect", (_request: http.IncomingMessage, socket: Duplex) => socket.destroy());
  const socket = new Duplex({ read: () => {}, write: (_chunk, _encoding, done) => done() });
  const closed = once(socket, "close");
  server.emit("connection", socket);
  socket.push(bytes);
  socket.push(null);
  await closed;
  return all;
}

/** Where both understand a message, they must understand the same one; either may refuse what the other takes. */
async function expectAgreement(bytes: Buffer): Promise<number> {
  const here = understoodHere(bytes);
  const there = await understoodByNode(bytes);
  const count = Math.min(here.length, there.length);
  expect(here.slice(0, count)).toEqual(there.slice(0, count));
  return count;
}

/** What attacks are made of, to be put anywhere into a request, or before a line of it. */
const insertions = fc.array(
  fc.record({
    position: fc.nat(),
    atLine: fc.boolean(),
    text: fc.constantFrom(
      ..."\r \n \t : , ; 0 \0 \x0b \xff \r\n".split(" "),
      " ",
      "chunked",
      "Content-Length: 3\r\n",
      "Content-Length: 0\r\n",
      "Transfer-Encoding: chunked\r\n",
      "Transfer-Encoding: x, chunked\r\n",
      "Transfer-Encoding: identity\r\n",
      "Host: b\r\n",
      "Connection: close\r\n",
      "GET /x HTTP/1.1\r\nHost: a\r\n\r\n",
    ),
  }),
  { minLength: 1, maxLength: 3 },
);

function inserted(bytes: Buffer, { position, atLine, text }: { position: number; atLine: boolean; text: string }): Buffer {
  const any = position % (bytes.length + 1);
  const at = atLine ? bytes.lastIndexOf("\n", any) + 1 : any;
  return Buffer.concat([bytes.subarray(0, at), Buffer.from(text, "latin1"), bytes.subarray(at)]);
}

// What Node knows no method for, or hands over to others, says nothing.
const known = requestWires.filter(
  ({ message: { start, upgrade } }) => http.METHODS.includes(start[0]) && start[0] !== "CONNECT" && upgrade === undefined,
);

describe("node:http and this decoder", () => {
  test("see the same requests in the same bytes, however these are damaged", async () => {
    let agreed = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(known, { minLength: 1, maxLength: 3 }), fc.option(mutations, { freq: 1 }), async (wires, damage) => {
        const bytes = Buffer.concat(wires.map((wire) => wire.bytes));
        agreed += await expectAgreement(damage === null ? bytes : mutate(bytes, damage));
      }),
      { numRuns: 300 },
    );
    expect(agreed).toBeGreaterThan(100);
  });

  test("see the same requests where something was put among the bytes", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(known, { minLength: 1, maxLength: 2 }), insertions, async (wires, some) => {
        const bytes = Buffer.concat(wires.map((wire) => wire.bytes));
        await expectAgreement(some.reduce(inserted, bytes));
      }),
      { numRuns: 300 },
    );
  });

  test.each(refusedRequests)("do not see different requests in one with $name", async ({ bytes }) => {
    await expectAgreement(bytes);
  });
});
