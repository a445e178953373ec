/**
 * Arbitraries of Bolt frames for fast-check, each with what a decoder should make of it.
 *
 * @packageDocumentation
 */
import fc from "fast-check";
import { CodecErrorCode, RpcFrameKind, type RpcLimits } from "@mesh/codec";
import type { RefusedBytes, RpcArbitraries, RpcMessage, WireMessage } from "@mesh/codec/compliance";
import {
  BoltCodecId,
  BoltStatus,
  commandGoAway,
  commandHeartbeat,
  commandRequest,
  commandResponse,
  protocolV1,
  protocolV2,
  SofaHeader,
  sofaRequestClass,
  sofaResponseClass,
  typeOneWay,
  typeRequest,
  typeResponse,
} from "./constants.ts";
import { encodeFrame, type FixedPart, type Layout } from "./encode.ts";
import { encodeHeaders } from "./headers.ts";
import { httpStatusOfBoltStatus } from "./status.ts";

/** A frame's bytes, and what they say. */
export type BoltWire = WireMessage<RpcMessage>;

/** Entries of a header map in wire order. */
export type BoltHeaderEntries = readonly (readonly [name: string, value: string | null])[];

const text = fc.oneof(fc.string({ maxLength: 12 }), fc.string({ unit: "grapheme", maxLength: 6 }));
const serviceText = fc.oneof(fc.constantFrom("com.acme.Echo:1.0", "com.acme.Echo:1.0:blue", "com.acme.Books:2.0"), text);
const methodText = fc.oneof(fc.constantFrom("echo", "list"), text);

const headerEntry: fc.Arbitrary<readonly [string, string | null]> = fc.oneof(
  fc.tuple(fc.constantFrom(SofaHeader.Service, SofaHeader.TargetService), fc.option(serviceText, { freq: 8 })),
  fc.tuple(fc.constant(SofaHeader.Method), fc.option(methodText, { freq: 8 })),
  fc.tuple(fc.constant(SofaHeader.ResponseError), fc.constantFrom("true", "false", "TRUE", null)),
  fc.tuple(fc.constantFrom("app", "App", "type", "rpc_trace_context.sofaTraceId", "rpc_trace_context.sofaRpcId"), fc.option(text)),
  fc.tuple(text, fc.option(text)),
);

/** Header maps with repeated names, null values, empty strings and text beyond ASCII. */
export const boltHeaderEntries: fc.Arbitrary<BoltHeaderEntries> = fc.array(headerEntry, { maxLength: 8 });

const layout: fc.Arbitrary<Layout> = fc.oneof(
  fc.constant<Layout>({ protocol: protocolV1, protocolVersion: 0, switches: 0 }),
  // A checksum follows version 2 with the lowest switch set, and nothing else.
  fc.record({ protocol: fc.constant(protocolV2), protocolVersion: fc.constantFrom(1, 2), switches: fc.constantFrom(0, 1, 2, 3, 0xff) }),
);

const content = fc.uint8Array({ maxLength: 64 });
const codecId = fc.oneof(fc.constantFrom(...Object.values(BoltCodecId)), fc.nat(255));
const className = fc.oneof(fc.constantFrom("", sofaRequestClass, sofaResponseClass), text);
const timeout = fc.oneof(fc.constantFrom(-1, 0, 1, 3000), fc.integer());
const status = fc.oneof(fc.constantFrom(...Object.values(BoltStatus)), fc.integer({ min: -0x8000, max: 0x7fff }));

/** A frame of `kind`, whose fixed part is `type`, `command` and a timeout or status. */
function frameOf(kind: RpcFrameKind, type: number, command: number, timeoutOrStatus: fc.Arbitrary<number>): fc.Arbitrary<BoltWire> {
  const fixed = fc.record({ type: fc.constant(type), command: fc.constant(command), id: fc.integer(), codecId, timeoutOrStatus });
  return fc.tuple(layout, fixed, className, boltHeaderEntries, content).map(([how, what, name, headers, body]) => ({
    bytes: encodeFrame(how, what, Buffer.from(name), encodeHeaders(headers), body),
    message: expectedMessage(kind, what, headers, body),
  }));
}

/** A frame without class, headers and content, as heartbeats are. */
function bareFrameOf(kind: RpcFrameKind, type: number, command: number, timeoutOrStatus: fc.Arbitrary<number>): fc.Arbitrary<BoltWire> {
  const fixed = fc.record({ type: fc.constant(type), command: fc.constant(command), id: fc.integer(), codecId, timeoutOrStatus });
  return fc.tuple(layout, fixed).map(([how, what]) => ({
    bytes: encodeFrame(how, what),
    message: expectedMessage(kind, what, [], new Uint8Array()),
  }));
}

function expectedMessage(kind: RpcFrameKind, fixed: FixedPart, headers: BoltHeaderEntries, body: Uint8Array): RpcMessage {
  const last = (name: string): string | undefined =>
    headers.findLast(([present, value]) => present === name && value !== null)?.[1] ?? undefined;
  const isRequest = kind === RpcFrameKind.Request || kind === RpcFrameKind.OneWay;
  const isResponse = kind === RpcFrameKind.Response;
  return {
    kind,
    idHigh: 0,
    idLow: fixed.id,
    timeoutMs: isRequest ? Math.max(0, fixed.timeoutOrStatus) : 0,
    service: isRequest ? (last(SofaHeader.Service) ?? last(SofaHeader.TargetService) ?? "") : "",
    method: isRequest ? (last(SofaHeader.Method) ?? "") : "",
    headers: headers.map(([name, value]) => [name, value]),
    status: isResponse ? fixed.timeoutOrStatus : 0,
    httpStatus: isResponse ? httpStatusOfBoltStatus(fixed.timeoutOrStatus) : 0,
    isApplicationError: isResponse && fixed.timeoutOrStatus === BoltStatus.Success && last(SofaHeader.ResponseError) === "true",
    body: Buffer.from(body).toString("hex"),
  };
}

export const boltRequestFrame: fc.Arbitrary<BoltWire> = frameOf(RpcFrameKind.Request, typeRequest, commandRequest, timeout);
export const boltOneWayFrame: fc.Arbitrary<BoltWire> = frameOf(RpcFrameKind.OneWay, typeOneWay, commandRequest, timeout);
export const boltResponseFrame: fc.Arbitrary<BoltWire> = frameOf(RpcFrameKind.Response, typeResponse, commandResponse, status);
export const boltHeartbeatFrame: fc.Arbitrary<BoltWire> = bareFrameOf(RpcFrameKind.Heartbeat, typeRequest, commandHeartbeat, timeout);
export const boltHeartbeatAckFrame: fc.Arbitrary<BoltWire> = bareFrameOf(
  RpcFrameKind.HeartbeatAck,
  typeResponse,
  commandHeartbeat,
  fc.constant(BoltStatus.Success),
);
export const boltGoAwayFrame: fc.Arbitrary<BoltWire> = bareFrameOf(RpcFrameKind.GoAway, typeRequest, commandGoAway, timeout);

/** Frames of every kind. */
export const boltFrame: fc.Arbitrary<BoltWire> = fc.oneof(
  { arbitrary: boltRequestFrame, weight: 4 },
  { arbitrary: boltResponseFrame, weight: 4 },
  boltOneWayFrame,
  boltHeartbeatFrame,
  boltHeartbeatAckFrame,
  boltGoAwayFrame,
);

const limits: RpcLimits = { maxFrameBytes: 1024 * 1024, maxHeaderBytes: 30_000, maxHeaderCount: 100 };

/** What `rpcCodecProperties` needs. */
export const boltArbitraries: RpcArbitraries = {
  frame: boltFrame,
  request: boltRequestFrame,
  oneWay: boltOneWayFrame,
  heartbeat: boltHeartbeatFrame,
  headerName: fc.oneof(
    fc.constantFrom("app", "TYPE", "rpc_trace_context.sofatraceid"),
    text.filter((name) => name !== ""),
  ),
  headerValue: text,
  repeatsHeaders: true,
  idBits: 32,
  limits,
  refused: refusedFrames(),
  promises: [
    { name: "the content of a v1 request", bytes: fixedPart("0101000101 00000001 01 00000bb8 0000 0000 000fff00 616263") },
    { name: "the content of a v1 response", bytes: fixedPart("0100000201 00000001 01 0000 0000 0000 000fff00") },
    { name: "the header map of a v1 request", bytes: fixedPart("0101000101 00000001 01 00000bb8 0000 7530 00000000 00007fff") },
    { name: "the content of a v2 request with a checksum", bytes: fixedPart("02020100010100000001 01 01 00000bb8 0000 0000 000fff00 61") },
  ],
};

function fixedPart(hex: string): Buffer {
  return Buffer.from(hex.replaceAll(" ", ""), "hex");
}

/** Each fault of a frame that a decoder must notice. */
function refusedFrames(): readonly RefusedBytes[] {
  const { Malformed, LimitExceeded, ChecksumMismatch, Unsupported } = CodecErrorCode;
  const refused = (name: string, code: CodecErrorCode, hex: string): RefusedBytes => ({ name, code, bytes: fixedPart(hex) });
  const request = { type: typeRequest, command: commandRequest, id: 7, codecId: 1, timeoutOrStatus: 3000 };
  const v1: Layout = { protocol: protocolV1, protocolVersion: 0, switches: 0 };
  const headers = (name: string, code: CodecErrorCode, hex: string): RefusedBytes => ({
    name: `a header map with ${name}`,
    code,
    bytes: encodeFrame(v1, request, Buffer.alloc(0), fixedPart(hex), Buffer.from("content")),
  });
  const broken = encodeFrame(
    { protocol: protocolV2, protocolVersion: 2, switches: 1 },
    request,
    Buffer.from("a.B"),
    encodeHeaders([["k", "v"]]),
  );
  broken[6] = 0xff;
  const tooMany = encodeHeaders(Array.from({ length: limits.maxHeaderCount + 1 }, (_, index) => [`k${index}`, ""]));
  return [
    refused("HTTP", Malformed, "47455420"),
    refused("an unknown protocol", Malformed, "03"),
    refused("an unknown version of v2", Unsupported, "0203"),
    refused("an unknown type", Malformed, "0103"),
    refused("an unknown command", Unsupported, "01010007"),
    refused("an unknown command in v2", Unsupported, "0201010101"),
    refused("a request with the command of responses", Malformed, "01010002"),
    refused("a response with the command of requests", Malformed, "01000001"),
    refused("a response that is a GoAway", Malformed, "01000064"),
    refused("a negative class length", Malformed, "0101000101 00000001 01 00000bb8 ffff 0000 00000000"),
    refused("a negative header length", Malformed, "0101000101 00000001 01 00000bb8 0000 8000 00000000"),
    refused("a negative content length", Malformed, "0101000101 00000001 01 00000bb8 0000 0000 ffffffff"),
    refused("the most negative content length, in a v1 response", Malformed, "0100000201 00000001 01 0000 0000 0000 80000000"),
    refused("a negative content length, in a v2 request", Malformed, "020101000101 00000001 01 00 00000bb8 0000 0000 ffffffff"),
    refused("a negative header length, in a v2 response", Malformed, "020100000201 00000001 01 00 0000 0000 ffff 00000000"),
    refused("the largest content length", LimitExceeded, "0101000101 00000001 01 00000bb8 0000 0000 7fffffff"),
    refused("a v1 request one byte over the limit", LimitExceeded, "0101000101 00000001 01 00000bb8 0000 0000 000fffeb"),
    refused("a v1 response one byte over the limit", LimitExceeded, "0100000201 00000001 01 0000 0000 0000 000fffed"),
    refused("a v2 request whose checksum is over the limit", LimitExceeded, "020201000101 00000001 01 01 00000bb8 0000 0000 000fffe5"),
    refused("a header map over the limit", LimitExceeded, "0101000101 00000001 01 00000bb8 0000 7531 00000000"),
    headers("too many entries", LimitExceeded, tooMany.toString("hex")),
    headers("a name that ends beyond it", Malformed, "00000009 6b 00000001 76"),
    headers("a value that ends beyond it", Malformed, "00000001 6b 00000002 76"),
    headers("a name without a value", Malformed, "00000001 6b"),
    headers("a name that leaves no room for a value", Malformed, "00000002 6b6b 000000"),
    headers("bytes too few for an entry", Malformed, "00000001 6b 00000001 76 000000"),
    headers("a name of negative length", Malformed, "fffffffe 00000000"),
    headers("a value of negative length", Malformed, "00000001 6b 80000000"),
    headers("a name of the largest length", Malformed, "7fffffff 00000000 00000000"),
    headers("a value of the largest length", Malformed, "00000001 6b 7fffffff"),
    { name: "a checksum that does not fit", code: ChecksumMismatch, bytes: broken },
  ];
}
