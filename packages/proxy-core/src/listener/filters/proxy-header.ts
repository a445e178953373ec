import { isIPv4, isIPv6 } from "node:net";
import type { Endpoint } from "../accepted.ts";
import { ipv4Text, ipv6Text } from "./ip-text.ts";

/** 1: the line in text, 2: the binary header. */
export type ProxyHeaderVersion = 1 | 2;

/** What the first bytes of a connection are. */
export type ProxyHeader =
  | {
      readonly kind: "header";
      readonly version: ProxyHeaderVersion;
      /** Bytes of the header, all of them, TLVs included. */
      readonly length: number;
      /** The ends of the proxied connection; undefined where the sender does not say, or speaks for itself (LOCAL). */
      readonly source: Endpoint | undefined;
      readonly destination: Endpoint | undefined;
    }
  /** So far it may be one; nothing more can be said before there are `needed` bytes. */
  | { readonly kind: "more"; readonly needed: number }
  | { readonly kind: "none" }
  /** It begins as a header and is none. */
  | { readonly kind: "malformed"; readonly version: ProxyHeaderVersion; readonly reason: string };

const signatureV1 = Buffer.from("PROXY ", "latin1");
const signatureV2 = Buffer.from("\r\n\r\n\0\r\nQUIT\n", "latin1");

/** PROXY protocol §2.1: the longest line, its end included. */
const maxLineBytes = 107;
/** Signature, version and command, family and protocol, length. */
const fixedBytesV2 = 16;

/** The longest header that there can be. */
export const maxProxyHeaderBytes: number = fixedBytesV2 + 0xffff;

/**
 * Reads the header of HAProxy's PROXY protocol (proxy-protocol.txt, versions 1 and 2) at the start of `bytes`. TLVs are passed over.
 *
 * @param versions those to look for; what begins as another one is `none`
 */
export function readProxyHeader(bytes: Buffer, versions: ReadonlySet<ProxyHeaderVersion>): ProxyHeader {
  const maybeV2 = versions.has(2) && agrees(bytes, signatureV2);
  if (maybeV2 && bytes.length >= signatureV2.length) {
    return bytes.length < fixedBytesV2 ? { kind: "more", needed: fixedBytesV2 } : readV2(bytes);
  }
  const maybeV1 = versions.has(1) && agrees(bytes, signatureV1);
  if (maybeV1 && bytes.length >= signatureV1.length) return readV1(bytes);
  // As long as the signature is not whole, the next byte may show that it is none.
  return maybeV1 || maybeV2 ? { kind: "more", needed: bytes.length + 1 } : { kind: "none" };
}

/** Whether the one begins with the other, as far as both go. */
function agrees(bytes: Buffer, signature: Buffer): boolean {
  const length = Math.min(bytes.length, signature.length);
  return bytes.compare(signature, 0, length, 0, length) === 0;
}

function malformed(version: ProxyHeaderVersion, reason: string): ProxyHeader {
  return { kind: "malformed", version, reason };
}

/** `PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\r\n` */
function readV1(bytes: Buffer): ProxyHeader {
  const end = bytes.subarray(0, maxLineBytes).indexOf(0x0a);
  if (end < 0) {
    if (bytes.length >= maxLineBytes) return malformed(1, `the line does not end within ${maxLineBytes} bytes`);
    return { kind: "more", needed: bytes.length + 1 };
  }
  if (bytes[end - 1] !== 0x0d) return malformed(1, "the line does not end with CR LF");
  const length = end + 1;
  const line = bytes.toString("latin1", signatureV1.length, end - 1);
  if (line === "UNKNOWN" || line.startsWith("UNKNOWN "))
    return { kind: "header", version: 1, length, source: undefined, destination: undefined };
  const [family, from, to, fromPort, toPort, ...rest] = line.split(" ");
  if (family !== "TCP4" && family !== "TCP6") return malformed(1, `${JSON.stringify(family)} is not TCP4, TCP6 or UNKNOWN`);
  const source = readEndpoint(family, from, fromPort);
  const destination = readEndpoint(family, to, toPort);
  if (source === undefined || destination === undefined || rest.length > 0)
    return malformed(1, `the addresses or ports of ${JSON.stringify(line)} are none`);
  return { kind: "header", version: 1, length, source, destination };
}

const portDigits = /^(?:0|[1-9]\d{0,4})$/u;

function readEndpoint(family: "TCP4" | "TCP6", address: string | undefined, portText: string | undefined): Endpoint | undefined {
  if (address === undefined || portText === undefined || !portDigits.test(portText)) return undefined;
  const port = Number(portText);
  if (port > 0xffff) return undefined;
  if (family === "TCP4") return isIPv4(address) ? { address, port } : undefined;
  // A zone means something on the sender's machine only.
  return isIPv6(address) && !address.includes("%") ? { address: ipv6Text(address), port } : undefined;
}

const commandLocal = 0x0;
const commandProxy = 0x1;
const transportUnspecified = 0x0;
const transportStream = 0x1;
const familyUnspecified = 0x0;
const familyIpv4 = 0x1;
const familyIpv6 = 0x2;
const familyUnix = 0x3;
/** `sun_path`. */
const unixPathBytes = 108;
/** Two addresses and, but for unix sockets, two ports. */
const addressBytes: Readonly<Record<number, number>> = { [familyIpv4]: 12, [familyIpv6]: 36, [familyUnix]: 2 * unixPathBytes };

function readV2(bytes: Buffer): ProxyHeader {
  const version = bytes.readUInt8(12) >> 4;
  const command = bytes.readUInt8(12) & 0x0f;
  const family = bytes.readUInt8(13) >> 4;
  const transport = bytes.readUInt8(13) & 0x0f;
  const payload = bytes.readUInt16BE(14);
  if (version !== 2) return malformed(2, `there is no version ${version}`);
  if (command !== commandLocal && command !== commandProxy) return malformed(2, `there is no command ${command}`);
  const length = fixedBytesV2 + payload;
  // §2.2: a receiver of LOCAL takes the connection as its own, whatever the rest says.
  const speaksForOther = command === commandProxy && family !== familyUnspecified && transport !== transportUnspecified;
  const needed = speaksForOther ? addressBytes[family] : 0;
  if (needed === undefined) return malformed(2, `there is no address family ${family}`);
  if (speaksForOther && transport !== transportStream) return malformed(2, `the transport ${transport} is none of streams`);
  if (payload < needed) return malformed(2, `${payload} bytes are too few for the addresses, which take ${needed}`);
  if (bytes.length < length) return { kind: "more", needed: length };
  const ends = speaksForOther ? readEnds(family, bytes.subarray(fixedBytesV2, fixedBytesV2 + needed)) : unknownEnds;
  return { kind: "header", version: 2, length, source: ends.source, destination: ends.destination };
}

interface Ends {
  readonly source: Endpoint | undefined;
  readonly destination: Endpoint | undefined;
}

const unknownEnds: Ends = { source: undefined, destination: undefined };

function readEnds(family: number, bytes: Buffer): Ends {
  switch (family) {
    case familyIpv4:
      return {
        source: { address: ipv4Text(bytes.subarray(0, 4)), port: bytes.readUInt16BE(8) },
        destination: { address: ipv4Text(bytes.subarray(4, 8)), port: bytes.readUInt16BE(10) },
      };
    case familyIpv6:
      return {
        source: { address: ipv6Text(bytes.subarray(0, 16)), port: bytes.readUInt16BE(32) },
        destination: { address: ipv6Text(bytes.subarray(16, 32)), port: bytes.readUInt16BE(34) },
      };
    default:
      return { source: readUnixPath(bytes.subarray(0, unixPathBytes)), destination: readUnixPath(bytes.subarray(unixPathBytes)) };
  }
}

/** An abstract name begins with NUL and is written with `@`; a socket without a name has none. */
function readUnixPath(bytes: Buffer): Endpoint | undefined {
  const abstract = bytes[0] === 0;
  const start = abstract ? 1 : 0;
  const end = bytes.indexOf(0, start);
  const name = bytes.toString("utf8", start, end < 0 ? bytes.length : end);
  if (name === "") return undefined;
  return { address: abstract ? `@${name}` : name, port: 0 };
}
