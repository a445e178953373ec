import { decoderProperties } from "@mesh/codec/compliance";
import { describe, expect, test } from "vitest";
import {
  collectMessages,
  recordRequests,
  recordResponses,
  refusedRequests,
  refusedResponses,
  requestWires,
  responseWires,
} from "./arbitraries.ts";
import type { HttpMessage, MessageEvent, RefusedMessage, ResponseWire } from "./arbitraries.ts";
import { createRequestDecoder, createResponseDecoder, defaultHttp1Limits, faultOf, httpStatusOf } from "./index.ts";
import type { ResponseDecoder } from "./index.ts";

const hugeLength = String(Number.MAX_SAFE_INTEGER);
const hugeChunk = Number.MAX_SAFE_INTEGER.toString(16);

function openResponses(
  report: (event: MessageEvent) => void,
  sent: readonly { requestMethod: string; wantsUpgrade: boolean }[],
): ResponseDecoder {
  const decoder = createResponseDecoder(recordResponses(report));
  for (const { requestMethod, wantsUpgrade } of sent) decoder.expect(requestMethod, wantsUpgrade);
  decoder.expect("GET");
  return decoder;
}

describe("requests", () => {
  const properties = decoderProperties({
    open: (report: (event: MessageEvent) => void) => createRequestDecoder(recordRequests(report)),
    messages: collectMessages,
    wire: requestWires,
    refused: refusedRequests,
    promises: [
      { name: "a long body", bytes: Buffer.from(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${hugeLength}\r\n\r\nabc`) },
      { name: "a long chunk", bytes: Buffer.from(`POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${hugeChunk}\r\nabc`) },
    ],
    maxBuffered: defaultHttp1Limits.maxHeadBytes,
  });
  for (const { name, run } of properties) test(name, run);
});

describe("responses", () => {
  const properties = decoderProperties<MessageEvent, HttpMessage, ResponseWire>({
    open: openResponses,
    messages: collectMessages,
    wire: responseWires,
    refused: refusedResponses,
    promises: [
      { name: "a long body", bytes: Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${hugeLength}\r\n\r\nabc`) },
      { name: "a long chunk", bytes: Buffer.from(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${hugeChunk}\r\nabc`) },
    ],
    maxBuffered: defaultHttp1Limits.maxHeadBytes,
  });
  for (const { name, run } of properties) test(name, run);
});

describe("what is wrong with a refused message", () => {
  const check = ({ bytes, fault, httpStatus }: RefusedMessage, decoder: ReturnType<typeof createRequestDecoder>): void => {
    decoder.push(bytes);
    expect(decoder.error && { fault: faultOf(decoder.error), httpStatus: httpStatusOf(decoder.error) }).toEqual({ fault, httpStatus });
  };
  test.each(refusedRequests)("request with $name: $fault ($source)", (row) => check(row, createRequestDecoder(recordRequests(() => {}))));
  test.each(refusedResponses)("response with $name: $fault ($source)", (row) =>
    check(
      row,
      openResponses(() => {}, []),
    ),
  );
});
