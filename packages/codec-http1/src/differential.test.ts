import { mutate, mutations } from "@mesh/codec/compliance";
import fc from "fast-check";
import { once } from "node:events";
import http from "node:http";
import { Duplex } from "node:stream";
import { describe, expect, test } from "vitest";
import { collectMessages, recordRequests, refusedRequests, requestWires } from "./arbitraries.ts";
import type { MessageEvent } from "./arbitraries.ts";
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
      all.push({ start: [method, url, httpVersion], fields: rawHeaders, body: Buffer.concat(chunks).toString("latin1") });
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

describe("node:http and this decoder", () => {
  test("see the same requests in the same bytes, however these are damaged", async () => {
    let agreed = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(requestWires, { minLength: 1, maxLength: 3 }), fc.option(mutations), async (wires, damage) => {
        const bytes = Buffer.concat(wires.map((wire) => wire.bytes));
        agreed += await expectAgreement(damage === null ? bytes : mutate(bytes, damage));
      }),
      { numRuns: 300 },
    );
    expect(agreed).toBeGreaterThan(50);
  });

  test.each(refusedRequests)("do not see different requests in one with $name", async ({ bytes }) => {
    await expectAgreement(bytes);
  });
});
