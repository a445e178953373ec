/**
 * Arbitraries of Dubbo frames for fast-check, each with what a decoder should make of it.
 *
 * @packageDocumentation
 */
import fc from "fast-check";
import { CodecErrorCode, RpcFrameKind, type RpcLimits } from "@mesh/codec";
import type { RefusedBytes, RpcArbitraries, RpcMessage, WireMessage } from "@mesh/codec/compliance";
import {
  DubboReply,
  DubboSerialization,
  DubboStatus,
  flagEvent,
  flagRequest,
  flagTwoWay,
  headerBytes,
  RpcExceptionCode,
  serializationMask,
} from "./constants.ts";
import { BodyWriter, encodeFrameOfId, isKnown, type KnownSerialization, rpcException } from "./encode.ts";
import { eventOf, DubboEvent, heartbeatBody, readOnlyBody, writableBody } from "./event.ts";
import { httpStatusOfDubboStatus, httpStatusOfRpcException } from "./status.ts";

/** A frame's bytes, and what they say. */
export type DubboWire = WireMessage<RpcMessage>;

/** An attachment in wire order; values that are no text come serialized, with the text that a header map has for them. */
export interface DubboAttachment {
  readonly name: string;
  readonly text: string | null;
  readonly bytes?: Uint8Array;
}

/** A serialized value, with the text that a header map has for it. */
interface Sample {
  readonly bytes: Uint8Array;
  readonly text: string | null;
}

function sample(text: string | null, hex: string): Sample {
  return { text, bytes: Buffer.from(hex.replaceAll(" ", ""), "hex") };
}

/** Values other than text. None defines a class, so that each may stand anywhere and be taken away. */
const scalars: Readonly<Record<KnownSerialization, readonly Sample[]>> = {
  [DubboSerialization.Hessian2]: [
    sample(null, "4e"),
    sample("true", "54"),
    sample("false", "46"),
    sample("3000", "d4 0bb8"),
    sample("-1", "8f"),
    sample("-2147483648", "49 80000000"),
    sample("1099511627776", "4c 0000010000000000"),
    sample("-8", "d8"),
    sample("-2048", "f0 00"),
    sample("262143", "3f ffff"),
    sample("-3", "59 fffffffd"),
    sample("0", "5b"),
    sample("1", "5c"),
    sample("-128", "5d 80"),
    sample("-32768", "5e 8000"),
    sample("12.25", "5f 00002fda"),
    sample("0.1", "44 3fb999999999999a"),
    sample(null, "4a 000000d04b921800"),
    sample(null, "23 010203"),
  ],
  [DubboSerialization.Fastjson2]: [
    sample(null, "af"),
    sample("true", "b1"),
    sample("false", "b0"),
    sample("-16", "f0"),
    sample("47", "2f"),
    sample("-2048", "30 00"),
    sample("3000", "44 0bb8"),
    sample("-262144", "40 0000"),
    sample("-2147483648", "48 80000000"),
    sample("15", "ef"),
    sample("2047", "d7 ff"),
    sample("262143", "c7 ffff"),
    sample("-3", "bf fffffffd"),
    sample("1099511627776", "be 0000010000000000"),
    sample("-128", "bd 80"),
    sample("-32768", "bc 8000"),
    sample("0", "b2"),
    sample("1", "b3"),
    sample("3", "b4 e3"),
    sample("0.1", "b5 3fb999999999999a"),
    sample("0.5", "b7 3f000000"),
    sample("2", "b6 02"),
    sample(null, "b8 c8 01"),
    sample(null, "b9 02 bb 02 0102"),
    sample(null, "ab 000000d04b921800"),
    sample(null, "ae e5 48 000493e0"),
    sample(null, "a8 07e8 01 02 03 04 05 00"),
    sample(null, "aa 07e8 01 02 03 04 05 00 4c 555443"),
    sample(null, "91 02 0102"),
    sample(null, "90 38 41"),
    sample("hé", "7b 04 0068 00e9"),
    sample("hé", "7c 04 6800 e900"),
    sample("hé", "7d 04 0068 00e9"),
    sample("abc", "79 03 616263"),
  ],
};

/** Arguments and results: what the scalars are not. */
const compounds: Readonly<Record<KnownSerialization, readonly Uint8Array[]>> = {
  [DubboSerialization.Hessian2]: [
    // An object of a class defined here, with a list and a map; a typed list; a list, a map and a reference.
    "43 08742e506572736f6e 94 03696473 0474616773 03616765 046e616d65 60 71 136a6176612e7574696c2e41727261794c697374 e7 48016b01765a b8 03426f62",
    "72 07 5b737472696e67 0178 0179",
    "57 90 91 5a",
    "48 0567726f7570 03726564 0774696d656f7574 0131 5a",
    "79 51 90",
    "53 0400".concat("61".repeat(1024)),
  ].map((hex) => Buffer.from(hex.replaceAll(" ", ""), "hex")),
  [DubboSerialization.Fastjson2]: [
    "92 51 742e506572736f6e 00 a6 7f 4c616765 01 28 7f 4c696473 02 95 e7 7f 4d6e616d65 03 4c426f62 7f 4d74616773 04 a6 4a6b 4a76 a5 a5",
    "92 50 5b537472696e67 00 96 4a78 4a79",
    "a4 10" + "01".repeat(16),
    "a6 4e67726f7570 4c726564 5074696d656f7574 4a31 a5",
    "95 93 4d242e2e2e",
    "79 3c00".concat("61".repeat(1024)),
  ].map((hex) => Buffer.from(hex.replaceAll(" ", ""), "hex")),
};

const text = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.string({ unit: "grapheme", maxLength: 6 }),
  fc.string({ minLength: 30, maxLength: 50 }),
);
const knownSerialization = fc.constantFrom<KnownSerialization>(DubboSerialization.Hessian2, DubboSerialization.Fastjson2);
const id = fc.record({ high: fc.integer(), low: fc.integer() });

/** Names that mean nothing to a mesh. */
const plainName = fc.oneof(fc.constantFrom("user-tag", "User-Tag", "remote.application", "dubbo"), text).filter((name) => !isSpecial(name));

function isSpecial(name: string): boolean {
  return ["path", "interface", "version", "group", "timeout", "_to"].includes(name.toLowerCase());
}

function attachmentsIn(serialization: KnownSerialization, names: fc.Arbitrary<string>): fc.Arbitrary<readonly DubboAttachment[]> {
  const value = fc.oneof(
    { arbitrary: text.map((content): Partial<Sample> => ({ text: content })), weight: 3 },
    fc.constantFrom(...scalars[serialization]),
  );
  return fc.array(
    fc
      .tuple(names, value)
      .map(([name, { text: content = null, bytes }]) => (bytes === undefined ? { name, text: content } : { name, text: content, bytes })),
    { maxLength: 6 },
  );
}

const someNames = fc.oneof({ arbitrary: plainName, weight: 3 }, fc.constantFrom("path", "interface", "version"));
const group = fc.constantFrom(undefined, undefined, "blue", "");
const timeout = fc.constantFrom<readonly [name: string, text: string, ms: number] | undefined>(
  undefined,
  ["timeout", "3000", 3000],
  ["_TO", "250", 250],
  ["timeout", "soon", 0],
  ["timeout", "-1", 0],
);

/** What the routes of requests are made of. */
interface RouteParts {
  readonly dubboVersion: fc.Arbitrary<string>;
  readonly path: fc.Arbitrary<string>;
  readonly version: fc.Arbitrary<string | null>;
  readonly method: fc.Arbitrary<string>;
}

/** Equal routes are equal bytes. */
const plainRoutes: RouteParts = {
  dubboVersion: fc.constant("2.0.2"),
  path: fc.constantFrom("com.acme.Echo", "com.acme.Books"),
  version: fc.constantFrom(null, "1.0", "2.0"),
  method: fc.constantFrom("echo", "list", "grüßen"),
};

const anyRoutes: RouteParts = {
  dubboVersion: fc.constantFrom("2.0.2", "2.5.3", "3.2.19"),
  path: fc.oneof(plainRoutes.path, text),
  version: fc.oneof(plainRoutes.version, fc.constantFrom("", "0.0.0"), text),
  method: fc.oneof(plainRoutes.method, fc.constant("$invoke"), text),
};

function serviceOf(path: string, version: string | null, attachments: readonly DubboAttachment[]): string {
  const last = (name: string): string => attachments.findLast((entry) => entry.name === name && entry.text !== null)?.text ?? "";
  const name = path === "" ? last("interface") : path;
  const shown = version === null || version === "0.0.0" ? "" : version;
  const inGroup = last("group");
  if (inGroup !== "") return `${name}:${shown}:${inGroup}`;
  return shown === "" ? name : `${name}:${shown}`;
}

function calls(serialization: KnownSerialization, kind: RpcFrameKind, routes: RouteParts): fc.Arbitrary<DubboWire> {
  const argument = fc.oneof(
    fc.constantFrom(...scalars[serialization].map(({ bytes }) => bytes)),
    fc.constantFrom(...compounds[serialization]),
  );
  const route = fc.record({ ...routes, group, timeout });
  return fc
    .tuple(route, fc.array(argument, { maxLength: 3 }), attachmentsIn(serialization, someNames), id)
    .map(([{ dubboVersion, path, version, method, ...special }, args, some, { high, low }]) => {
      const attachments: DubboAttachment[] = [...some];
      if (special.group !== undefined) attachments.splice(attachments.length >> 1, 0, { name: "group", text: special.group });
      if (special.timeout !== undefined) attachments.push({ name: special.timeout[0], text: special.timeout[1] });
      const body = new BodyWriter(serialization);
      body.text(dubboVersion);
      body.text(path);
      body.text(version);
      body.text(method);
      body.text(parameterTypes.slice(0, args.length).join(""));
      for (const one of args) body.value(one);
      body.entries(attachments);
      const flags = flagRequest | (kind === RpcFrameKind.OneWay ? 0 : flagTwoWay) | serialization;
      return wire(flags, 0, high, low, body.bytes(), {
        kind,
        timeoutMs: special.timeout?.[2] ?? 0,
        service: serviceOf(path, version, attachments),
        method,
        headers: attachments.map(({ name, text: content }) => [name, content]),
      });
    });
}

const parameterTypes = ["Ljava/lang/Object;", "[[I", "J"];

function wire(flags: number, status: number, high: number, low: number, body: Uint8Array, message: Partial<RpcMessage>): DubboWire {
  return {
    bytes: encodeFrameOfId(flags, status, high, low, body),
    message: {
      kind: RpcFrameKind.Response,
      idHigh: high,
      idLow: low,
      timeoutMs: 0,
      service: "",
      method: "",
      headers: [],
      status: 0,
      httpStatus: 0,
      isApplicationError: false,
      body: Buffer.from(body).toString("hex"),
      ...message,
    },
  };
}

const thrownSamples: Readonly<Record<KnownSerialization, Uint8Array>> = {
  [DubboSerialization.Hessian2]: Buffer.from("C\x1fjava.lang.IllegalStateException\x91\x0ddetailMessage\x60\x04boom", "latin1"),
  [DubboSerialization.Fastjson2]: Buffer.from("\x92\x5eIllegalStateException\x00\xa6\x7f\x56detailMessage\x01\x4dboom\xa5", "latin1"),
};

/** Replies of status 20, of every form. */
function repliesIn(serialization: KnownSerialization, forms: fc.Arbitrary<DubboReply>): fc.Arbitrary<DubboWire> {
  const values = fc.oneof(
    fc.constantFrom(...scalars[serialization].map(({ bytes }) => bytes)),
    fc.constantFrom(...compounds[serialization]),
  );
  const code = fc.option(fc.constantFrom(...Object.values(RpcExceptionCode)));
  return fc
    .tuple(forms, values, code, attachmentsIn(serialization, plainName), id)
    .map(([form, value, thrown, attachments, { high, low }]) => {
      const body = new BodyWriter(serialization);
      const isException = form % DubboReply.ExceptionWithAttachments === 0;
      body.reply(form);
      if (isException) body.value(thrown === null ? thrownSamples[serialization] : rpcException(serialization, thrown, "é"));
      else if (form % DubboReply.ExceptionWithAttachments === DubboReply.Value) body.value(value);
      const hasAttachments = form >= DubboReply.ExceptionWithAttachments;
      if (hasAttachments) body.entries(attachments);
      const httpStatus = isException && thrown !== null ? httpStatusOfRpcException(thrown) : 200;
      return wire(serialization, DubboStatus.Ok, high, low, body.bytes(), {
        status: DubboStatus.Ok,
        httpStatus,
        isApplicationError: isException && httpStatus === 200,
        headers: hasAttachments ? attachments.map(({ name, text: content }) => [name, content]) : [],
      });
    });
}

/** Responses of other statuses, and those in serializations that are not known. */
const opaqueResponse: fc.Arbitrary<DubboWire> = fc
  .tuple(
    fc.nat(serializationMask),
    fc.oneof(fc.constantFrom(...Object.values(DubboStatus)), fc.nat(255)),
    id,
    fc.uint8Array({ maxLength: 40 }),
  )
  .filter(([serialization, status]) => status !== DubboStatus.Ok || !isKnown(serialization))
  .map(([serialization, status, { high, low }, body]) =>
    wire(serialization, status, high, low, body, { status, httpStatus: httpStatusOfDubboStatus(status) }),
  );

/** Calls in serializations that are not known. */
const opaqueCall: fc.Arbitrary<DubboWire> = fc
  .tuple(fc.nat(serializationMask), fc.boolean(), id, fc.uint8Array({ maxLength: 40 }))
  .filter(([serialization]) => !isKnown(serialization))
  .map(([serialization, oneWay, { high, low }, body]) =>
    wire(flagRequest | (oneWay ? 0 : flagTwoWay) | serialization, 0, high, low, body, {
      kind: oneWay ? RpcFrameKind.OneWay : RpcFrameKind.Request,
    }),
  );

function event(flags: number, kind: RpcFrameKind, body: (serialization: KnownSerialization) => Buffer): fc.Arbitrary<DubboWire> {
  return fc
    .tuple(knownSerialization, id)
    .map(([serialization, { high, low }]) => wire(flags | flagEvent | serialization, 0, high, low, body(serialization), { kind }));
}

const opaqueHeartbeat: fc.Arbitrary<DubboWire> = fc
  .tuple(fc.nat(serializationMask), id, fc.uint8Array({ maxLength: 20 }))
  .filter(([serialization, , body]) => eventOf(serialization, body, 0, body.length) === DubboEvent.Heartbeat)
  .map(([serialization, { high, low }, body]) =>
    wire(flagRequest | flagTwoWay | flagEvent | serialization, 0, high, low, body, { kind: RpcFrameKind.Heartbeat }),
  );

export const dubboHeartbeatFrame: fc.Arbitrary<DubboWire> = fc.oneof(
  event(flagRequest | flagTwoWay, RpcFrameKind.Heartbeat, heartbeatBody),
  opaqueHeartbeat,
);
export const dubboHeartbeatAckFrame: fc.Arbitrary<DubboWire> = fc.oneof(
  event(0, RpcFrameKind.HeartbeatAck, heartbeatBody),
  event(flagRequest, RpcFrameKind.HeartbeatAck, heartbeatBody),
);
export const dubboReadOnlyFrame: fc.Arbitrary<DubboWire> = event(flagRequest, RpcFrameKind.GoAway, readOnlyBody);
export const dubboWritableFrame: fc.Arbitrary<DubboWire> = event(flagRequest, RpcFrameKind.Writable, writableBody);

const everyReply = fc.constantFrom(...Object.values(DubboReply));
const repliesWithAttachments = fc.constantFrom<DubboReply>(
  DubboReply.ExceptionWithAttachments,
  DubboReply.ValueWithAttachments,
  DubboReply.NullWithAttachments,
);

export const dubboRequestFrame: fc.Arbitrary<DubboWire> = knownSerialization.chain((one) => calls(one, RpcFrameKind.Request, anyRoutes));
export const dubboOneWayFrame: fc.Arbitrary<DubboWire> = knownSerialization.chain((one) => calls(one, RpcFrameKind.OneWay, anyRoutes));
export const dubboResponseFrame: fc.Arbitrary<DubboWire> = knownSerialization.chain((one) => repliesIn(one, everyReply));

/** Frames of every kind. */
export const dubboFrame: fc.Arbitrary<DubboWire> = fc.oneof(
  { arbitrary: dubboRequestFrame, weight: 4 },
  { arbitrary: dubboResponseFrame, weight: 4 },
  { arbitrary: dubboOneWayFrame, weight: 2 },
  opaqueResponse,
  opaqueCall,
  dubboHeartbeatFrame,
  dubboHeartbeatAckFrame,
  dubboReadOnlyFrame,
  dubboWritableFrame,
);

const limits: RpcLimits = { maxFrameBytes: 1024 * 1024, maxHeaderBytes: 30_000, maxHeaderCount: 100 };

/** What `rpcCodecProperties` needs. Routes are compared by their bytes, so the requests are all in one serialization. */
export function dubboArbitraries(serialization: KnownSerialization): RpcArbitraries {
  const request = calls(serialization, RpcFrameKind.Request, plainRoutes);
  return {
    frame: dubboFrame,
    request,
    oneWay: dubboOneWayFrame,
    heartbeat: dubboHeartbeatFrame,
    editable: fc.oneof(
      dubboRequestFrame,
      dubboOneWayFrame,
      knownSerialization.chain((one) => repliesIn(one, repliesWithAttachments)),
    ),
    bodyHoldsHeaders: true,
    headerName: plainName,
    headerValue: text,
    repeatsHeaders: true,
    idBits: 64,
    limits,
    refused: refusedFrames(),
    promises: [
      { name: "the body of a request", bytes: Buffer.from("dabbc2000000000000000001000fff00616263", "hex") },
      { name: "the body of a response", bytes: Buffer.from("dabb02140000000000000001000ffff0", "hex") },
    ],
  };
}

/** Each fault of a frame that a decoder must notice. */
function refusedFrames(): readonly RefusedBytes[] {
  const { Malformed, LimitExceeded } = CodecErrorCode;
  const refused = (name: string, code: CodecErrorCode, bytes: Buffer): RefusedBytes => ({ name, code, bytes });
  const header = (length: string): Buffer => Buffer.from(`dabbc2000000000000000001${length}`, "hex");
  const event = (length: string): Buffer => Buffer.from(`dabbe2000000000000000001${length}`, "hex");
  const over = Buffer.alloc(4);
  over.writeInt32BE(limits.maxFrameBytes - headerBytes + 1);
  return [
    refused("HTTP/1", Malformed, Buffer.from("GET /")),
    refused("HTTP/2", Malformed, Buffer.from("PRI * HTTP/2.0\r\n")),
    refused("a command of telnet", Malformed, Buffer.from("status\r\n")),
    refused("half of the magic", Malformed, Buffer.from("dada", "hex")),
    refused("a negative length", Malformed, header("ffffffff")),
    refused("the most negative length", Malformed, header("80000000")),
    refused("an event of the largest length", LimitExceeded, event("7fffffff")),
    refused("an event one byte over the limit", LimitExceeded, event(over.toString("hex"))),
  ];
}
