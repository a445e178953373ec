import { CodecErrorCode } from "@mesh/codec";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { collectMessages, fieldNames, fieldValues, recordRequests } from "./arbitraries.ts";
import type { MessageEvent } from "./arbitraries.ts";
import {
  chunkOverhead,
  createRequestDecoder,
  createRequestHead,
  lastChunkLength,
  writeChunkEnd,
  writeChunkStart,
  writeLastChunk,
} from "./index.ts";

const trailersOf = (fields: readonly (readonly [string, string])[]): ReturnType<typeof createRequestHead>["headers"] =>
  createRequestHead({ method: "GET", headers: fields }).headers;

describe("the framing of a chunked body", () => {
  test.each([1, 9, 15, 16, 255, 256, 4095, 65_536, 2 ** 31, 2 ** 32 + 1, Number.MAX_SAFE_INTEGER])(
    "has the size %d in hexadecimal",
    (size) => {
      const target = Buffer.alloc(20);
      const start = writeChunkStart(size, target, 1);
      expect(target.toString("latin1", 1, start)).toBe(`${size.toString(16)}\r\n`);
      const end = writeChunkEnd(target, start);
      expect(target.toString("latin1", start, end)).toBe("\r\n");
      expect(end - 1).toBe(chunkOverhead(size));
    },
  );

  test("has no empty chunk, which would end the body", () => {
    expect(() => writeChunkStart(0, Buffer.alloc(9), 0)).toThrow(expect.objectContaining({ code: CodecErrorCode.Unencodable }));
  });

  test("ends with the last chunk", () => {
    const target = Buffer.alloc(lastChunkLength());
    expect([writeLastChunk(target, 0), target.toString("latin1")]).toEqual([5, "0\r\n\r\n"]);
  });

  test("is what the decoder reads", () => {
    const fields = fc.array(fc.tuple(fieldNames, fieldValues), { maxLength: 4 });
    const chunks = fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { maxLength: 5 });
    fc.assert(
      fc.property(chunks, fields, (parts, trailers) => {
        const head = createRequestHead({ method: "PUT", authority: "a", body: "chunked" });
        const view = trailersOf(trailers);
        const overhead = parts.reduce((sum, part) => sum + chunkOverhead(part.length) + part.length, 0);
        const target = Buffer.alloc(head.encodedLength() + overhead + lastChunkLength(view));
        let out = head.writeTo(target, 0);
        for (const part of parts) {
          out = writeChunkStart(part.length, target, out);
          target.set(part, out);
          out = writeChunkEnd(target, out + part.length);
        }
        expect(writeLastChunk(target, out, view)).toBe(target.length);
        const events: MessageEvent[] = [];
        createRequestDecoder(recordRequests((event) => events.push(event))).push(target);
        expect(collectMessages(events)).toMatchObject([{ body: Buffer.concat(parts).toString("latin1"), trailers }]);
      }),
    );
  });

  test.each([
    ["x\r", "a"],
    ["x", "a\r\n\r\nGET / HTTP/1.1"],
    ["", "a"],
  ])("has no trailer that would break it: %j, %j", (name, value) => {
    const trailers = trailersOf([[name, value]]);
    const error = expect.objectContaining({ code: CodecErrorCode.Unencodable });
    expect(() => lastChunkLength(trailers)).toThrow(error);
    expect(() => writeLastChunk(Buffer.alloc(99), 0, trailers)).toThrow(error);
  });
});
