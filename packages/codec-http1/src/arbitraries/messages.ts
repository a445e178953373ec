import fc from "fast-check";
import type { WireMessage } from "@mesh/codec/compliance";
import { fieldNames, fieldValues, reasons, tokens, whiteSpace } from "./fields.ts";
import type { HttpMessage } from "./record.ts";

export type RequestWire = WireMessage<HttpMessage>;

/** A response, with what a decoder must know of the request. */
export interface ResponseWire extends WireMessage<HttpMessage> {
  readonly requestMethod: string;
  readonly wantsUpgrade: boolean;
}

/** A field's name, its value, and the white space before and after the value. */
type Field = readonly [name: string, value: string, before: string, after: string];

interface Body {
  readonly kind: "none" | "length" | "chunked" | "until-close";
  /** What it says, and how it looks on the wire. */
  readonly text: string;
  readonly wire: string;
  readonly trailers: readonly Field[];
}

/** A set of choices that change how a message looks and not what it says. */
interface Style {
  readonly letters: (text: string) => string;
  /** Where the fields of framing and connection stand among the others. */
  readonly places: readonly number[];
  /** Whether the space before an empty reason is left out. */
  readonly isTerse: boolean;
}

const field: fc.Arbitrary<Field> = fc.tuple(fieldNames, fieldValues, whiteSpace, whiteSpace);
const fields = fc.array(field, { maxLength: 6 });
const bytes = fc.uint8Array({ maxLength: 80 }).map((some) => Buffer.from(some).toString("latin1"));

const noBody: Body = { kind: "none", text: "", wire: "", trailers: [] };
const lengthBody = bytes.map((text): Body => ({ kind: "length", text, wire: text, trailers: [] }));
const untilCloseBody = bytes.map((text): Body => ({ kind: "until-close", text, wire: text, trailers: [] }));

const chunk = fc.record({
  data: bytes.filter((data) => data !== ""),
  zeros: fc.nat(3),
  extension: fc.constantFrom("", "", "", ";a", ";a=b", ' ; name="v; x"', ";\t"),
});
const chunkedBody = fc
  .record({
    chunks: fc.array(chunk, { maxLength: 4 }),
    trailers: fc.oneof(fc.constant([]), fc.array(field, { maxLength: 3 })),
    end: fc.constantFrom("0", "000", "0;x=y"),
  })
  .map(({ chunks, trailers, end }): Body => {
    const wire = chunks.map(({ data, zeros, extension }) => `${"0".repeat(zeros)}${data.length.toString(16)}${extension}\r\n${data}\r\n`);
    return {
      kind: "chunked",
      text: chunks.map(({ data }) => data).join(""),
      wire: `${wire.join("")}${end}\r\n${linesOf(trailers)}\r\n`,
      trailers,
    };
  });

const styles: fc.Arbitrary<Style> = fc.record({
  letters: fc.constantFrom<Style["letters"]>(
    (text) => text,
    (text) => text.toLowerCase(),
    (text) => text.toUpperCase(),
  ),
  places: fc.array(fc.nat(10), { minLength: 4, maxLength: 4 }),
  isTerse: fc.boolean(),
});

/** The bytes of text, as one character a byte: messages are put together from those. */
const utf8 = (text: string): string => Buffer.from(text).toString("latin1");

function linesOf(some: readonly Field[]): string {
  return some.map(([name, value, before, after]) => `${name}:${before}${utf8(value)}${value === "" ? "" : after}\r\n`).join("");
}

const entriesOf = (some: readonly Field[]): (readonly [string, string])[] => some.map(([name, value]) => [name, value]);

/** `some`, and among them the fields that steer the message. */
function mixed(
  some: readonly Field[],
  steering: readonly (readonly [name: string, value: string])[],
  { letters, places }: Style,
): readonly Field[] {
  const all = [...some];
  steering.forEach(([name, value], i) => all.splice((places[i] ?? 0) % (all.length + 1), 0, [letters(name), value, " ", ""]));
  return all;
}

function framingOf(body: Body, { letters }: Style): readonly (readonly [string, string])[] {
  if (body.kind === "length") return [["Content-Length", String(body.text.length)]];
  return body.kind === "chunked" ? [["Transfer-Encoding", letters("chunked")]] : [];
}

/** Fields that say whether the connection persists, where the version does not say it by itself. */
function connectionOf(
  version: string,
  keepAlive: boolean,
  upgrade: string | undefined,
  { letters }: Style,
): readonly (readonly [string, string])[] {
  if (upgrade !== undefined) {
    return [
      ["Connection", keepAlive ? letters("Upgrade") : letters("close, upgrade")],
      ["Upgrade", upgrade],
    ];
  }
  return keepAlive === (version === "1.1") ? [] : [["Connection", letters(keepAlive ? "keep-alive" : "close")]];
}

const authorities = fc.constantFrom("example.com", "EXAMPLE.com:8080", "127.0.0.1:1", "[::1]:443", "[2001:db8::1]", "a_b-c.d~", "x%41y");
const pathCharacters = "abcXYZ019-._~!$&'()*+,;=:@/?%[]|\\\"{}".split("");
const paths = fc.string({ unit: fc.constantFrom(...pathCharacters), maxLength: 20 }).map((path) => `/${path}`);
const methods = fc.oneof(
  fc.constantFrom("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"),
  tokens.filter((token) => token !== "CONNECT"),
);
const absoluteForms = fc
  .tuple(fc.constantFrom("http", "https", "HTTP"), authorities, fc.oneof(paths, fc.constantFrom("", "?q")))
  .map(([scheme, authority, path]) => `${scheme}://${authority}${path}`);
const targets = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(methods, paths) },
  { weight: 2, arbitrary: fc.tuple(methods, absoluteForms) },
  { weight: 1, arbitrary: fc.constant<[string, string]>(["OPTIONS", "*"]) },
  { weight: 1, arbitrary: fc.tuple(fc.constant("CONNECT"), fc.constantFrom("example.com:443", "[::1]:1")) },
);
const versions = fc.constantFrom("1.1", "1.1", "1.1", "1.0");

/** Requests of all forms and framings. */
export const requestWires: fc.Arbitrary<RequestWire> = fc
  .record({
    start: targets,
    version: versions,
    some: fields,
    host: fc.oneof({ weight: 8, arbitrary: authorities }, { weight: 1, arbitrary: fc.constant("") }),
    anyBody: fc.oneof(fc.constant(noBody), lengthBody, chunkedBody),
    keepAlive: fc.boolean(),
    protocol: fc.oneof(
      { weight: 5, arbitrary: fc.constant(undefined) },
      { weight: 1, arbitrary: fc.constantFrom("websocket", "h2c, foo/1") },
    ),
    style: styles,
  })
  .map(({ start: [method, target], version, some, host, anyBody, keepAlive, protocol, style }) => {
    const hasNoBody = method === "CONNECT" || (version === "1.0" && anyBody.kind === "chunked");
    const body = hasNoBody ? noBody : anyBody;
    const upgrade = version === "1.1" ? protocol : undefined;
    const all = mixed(some, [["Host", host], ...framingOf(body, style), ...connectionOf(version, keepAlive, upgrade, style)], style);
    return {
      bytes: Buffer.from(`${method} ${target} HTTP/${version}\r\n${linesOf(all)}\r\n${body.wire}`, "latin1"),
      message: {
        start: [method, target, version],
        fields: entriesOf(all),
        keepAlive,
        upgrade,
        body: body.text,
        trailers: entriesOf(body.trailers),
        interim: [],
      },
    };
  });

/** What a response is by the request's method and its status, which decide how it is framed. */
type ResponseKind = "ordinary" | "head" | "bodiless" | "switching" | "tunnel";

const statusOf: Readonly<Record<ResponseKind, fc.Arbitrary<number>>> = {
  ordinary: fc.constantFrom(200, 201, 206, 301, 404, 418, 500, 503, 599, 999),
  head: fc.constantFrom(200, 404, 500),
  bodiless: fc.constantFrom(204, 304),
  switching: fc.constant(101),
  tunnel: fc.constantFrom(200, 299),
};
const kinds = fc.constantFrom<ResponseKind>("ordinary", "ordinary", "ordinary", "ordinary", "head", "bodiless", "switching", "tunnel");
const interims = fc.array(fc.record({ status: fc.constantFrom(100, 102, 103, 199), some: fields }), { maxLength: 2 });
const requestMethods: Readonly<Record<ResponseKind, string>> = {
  ordinary: "POST",
  head: "HEAD",
  bodiless: "GET",
  switching: "GET",
  tunnel: "CONNECT",
};

/** Responses of all framings, with interim ones before them. */
export const responseWires: fc.Arbitrary<ResponseWire> = kinds
  .chain((kind) => fc.tuple(fc.constant(kind), statusOf[kind]))
  .chain(([kind, status]) =>
    fc.record({
      kind: fc.constant(kind),
      status: fc.constant(status),
      reason: reasons,
      version: kind === "switching" ? fc.constant("1.1") : versions,
      some: fields,
      interim: interims,
      anyBody: fc.oneof(lengthBody, chunkedBody, untilCloseBody),
      keepAlive: fc.boolean(),
      style: styles,
    }),
  )
  .map(({ kind, status, reason, version, some, interim, anyBody, keepAlive: asksToStay, style }) => {
    const hasBody = kind === "ordinary";
    const mustNotDeclare = (version === "1.0" && anyBody.kind === "chunked") || kind === "switching" || kind === "tunnel" || status === 204;
    const declared = mustNotDeclare ? noBody : anyBody;
    const endsAtClose = hasBody && (declared.kind === "until-close" || declared.kind === "none");
    const phrase = reason === "" && style.isTerse ? "" : ` ${utf8(reason)}`;
    const upgrade = kind === "switching" ? "websocket" : undefined;
    const all = mixed(some, [...framingOf(declared, style), ...connectionOf(version, asksToStay, upgrade, style)], style);
    const body = hasBody ? declared : noBody;
    const wire = [
      ...interim.map((one) => `HTTP/1.1 ${one.status} Wait\r\n${linesOf(one.some)}\r\n`),
      `HTTP/${version} ${status}${phrase}\r\n${linesOf(all)}\r\n`,
      body.wire,
    ];
    return {
      bytes: Buffer.from(wire.join(""), "latin1"),
      requestMethod: requestMethods[kind],
      wantsUpgrade: kind === "switching",
      endsAtClose,
      handsOver: kind === "switching" || kind === "tunnel",
      message: {
        start: [String(status), reason, version],
        fields: entriesOf(all),
        keepAlive: asksToStay && !endsAtClose,
        upgrade,
        body: body.text,
        trailers: entriesOf(body.trailers),
        interim: interim.map((one) => ({ status: one.status, fields: entriesOf(one.some) })),
      },
    };
  });
