import { COLON, DIGIT_0, DIGIT_9, HEX, HOST, isHex, QUESTION, SLASH } from "./ascii.ts";
import { isWord } from "./framing.ts";

/** The four forms of a request target (RFC 9112 §3.2). */
export type TargetForm = "origin" | "absolute" | "authority" | "asterisk";

const BRACKET_OPEN = 0x5b;
const BRACKET_CLOSE = 0x5d;
const DOT = 0x2e;
const PERCENT = 0x25;
const ASTERISK = 0x2a;
const MAX_PORT = 65_535;

/** The form of a target, or `undefined` where the method does not allow it or its authority is malformed. */
export function targetForm(bytes: Uint8Array, start: number, end: number, method: string): TargetForm | undefined {
  if (method === "CONNECT") return isAuthority(bytes, start, end, true) ? "authority" : undefined;
  if (bytes[start] === SLASH) return "origin";
  if (bytes[start] === ASTERISK) return end === start + 1 && method === "OPTIONS" ? "asterisk" : undefined;
  const authorityStart = absoluteAuthorityStart(bytes, start, end);
  if (authorityStart < 0) return undefined;
  const authorityEnd = authorityEndOf(bytes, authorityStart, end);
  return authorityStart < authorityEnd && isAuthority(bytes, authorityStart, authorityEnd, false) ? "absolute" : undefined;
}

const schemes = ["http", "https"];
const SEPARATOR = "://";

/** The offset after `http://` or `https://`, or -1: a gateway serves no other scheme (RFC 9110 §4.2). */
function absoluteAuthorityStart(bytes: Uint8Array, start: number, end: number): number {
  for (const scheme of schemes) {
    const schemeEnd = start + scheme.length;
    const authorityStart = schemeEnd + SEPARATOR.length;
    if (authorityStart <= end && isWord(bytes, start, schemeEnd, scheme) && isWord(bytes, schemeEnd, authorityStart, SEPARATOR))
      return authorityStart;
  }
  return -1;
}

/** Where the authority that begins at `start` ends: at a path, a query or the end. */
function authorityEndOf(bytes: Uint8Array, start: number, end: number): number {
  let i = start;
  while (i < end && bytes[i] !== SLASH && bytes[i] !== QUESTION) i++;
  return i;
}

/** Whether the bytes are `host [":" port]` with a host that is not empty, and no user information (RFC 9110 §4.2.4, §7.2). */
export function isAuthority(bytes: Uint8Array, start: number, end: number, needsPort: boolean): boolean {
  const hostEnd = bytes[start] === BRACKET_OPEN ? addressEnd(bytes, start, end) : nameEnd(bytes, start, end);
  if (hostEnd <= start) return false;
  if (hostEnd === end) return !needsPort;
  return bytes[hostEnd] === COLON && isPort(bytes, hostEnd + 1, end) && !(needsPort && hostEnd + 1 === end);
}

function nameEnd(bytes: Uint8Array, start: number, end: number): number {
  let i = start;
  for (; i < end && HOST[bytes[i]!] === 1; i++) {
    if (bytes[i] === PERCENT && !(i + 2 < end && isHex(bytes[i + 1]) && isHex(bytes[i + 2]))) return -1;
  }
  return i;
}

/** The offset after an IPv6 address in brackets, or -1. Only its characters are looked at. */
function addressEnd(bytes: Uint8Array, start: number, end: number): number {
  let i = start + 1;
  while (i < end && (HEX[bytes[i]!]! < 16 || bytes[i] === COLON || bytes[i] === DOT)) i++;
  return bytes[i] === BRACKET_CLOSE && i < end && i - start > 2 ? i + 1 : -1;
}

function isPort(bytes: Uint8Array, start: number, end: number): boolean {
  let port = 0;
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!;
    if (byte < DIGIT_0 || byte > DIGIT_9) return false;
    port = port * 10 + byte - DIGIT_0;
    if (port > MAX_PORT) return false;
  }
  return true;
}
