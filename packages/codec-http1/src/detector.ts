import type { Detection, Detector } from "@mesh/codec";
import { LOWER, SLASH, SP } from "./ascii.ts";

/** The longest method of IANA's registry is UPDATEREDIRECTREF, 17 letters. */
const MAX_METHOD_LENGTH = 20;
const HYPHEN = 0x2d;
const ASTERISK = 0x2a;
const LETTER_A = 0x61;
const LETTER_H = 0x68;
const LETTER_Z = 0x7a;
const connect = Buffer.from("CONNECT ", "latin1");
/** HTTP/2's preface begins with a method that HTTP/1 will never have (RFC 9113 §3.4, §11.6). */
const http2 = Buffer.from("PRI ", "latin1");

/** HTTP/1 begins with a method of letters (and `-`), a space, and a target. */
class Http1Detector implements Detector {
  readonly name = "http1";
  readonly detectBytes: number = MAX_METHOD_LENGTH + 2;

  detect(bytes: Buffer): Detection {
    let i = 0;
    while (i < bytes.length && i <= MAX_METHOD_LENGTH && isMethodByte(bytes[i]!)) i++;
    if (i > MAX_METHOD_LENGTH) return "mismatch";
    if (i === bytes.length) return "more";
    if (i === 0 || bytes[i] !== SP || startsWith(bytes, http2)) return "mismatch";
    if (i + 1 === bytes.length) return "more";
    const first = bytes[i + 1]!;
    if (startsWith(bytes, connect)) return first > SP && first < 0x7f ? "match" : "mismatch";
    return first === SLASH || first === ASTERISK || LOWER[first] === LETTER_H ? "match" : "mismatch";
  }
}

function isMethodByte(byte: number): boolean {
  const lower = LOWER[byte]!;
  return (lower >= LETTER_A && lower <= LETTER_Z) || byte === HYPHEN;
}

function startsWith(bytes: Buffer, prefix: Buffer): boolean {
  return bytes.length >= prefix.length && prefix.equals(bytes.subarray(0, prefix.length));
}

/** Tells HTTP/1 from other protocols by a request's first bytes: 22 of them are always enough. HTTP/2's preface does not match. */
export const http1Detector: Detector = new Http1Detector();
