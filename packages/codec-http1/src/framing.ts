import { COMMA, DIGIT_0, DIGIT_9, equalsIgnoringCase, LOWER, SP, TAB, TOKEN } from "./ascii.ts";
import type { Http1Fault } from "./error.ts";

/**
 * How the end of a body is known (RFC 9112 §6.3):
 * - `none`: there is none;
 * - `length`: `Content-Length` says it; it may be 0;
 * - `chunked`: `Transfer-Encoding: chunked`;
 * - `until-close`: the connection's end is the body's end (responses only).
 */
export type BodyKind = "none" | "length" | "chunked" | "until-close";

/** In place of a length. */
export const NOT_A_LENGTH = -1;
export const REPEATED_LENGTH = -2;

/** Content-Length: digits only, no sign, no list, below 2^53 (RFC 9110 §8.6). */
export function parseLength(bytes: Uint8Array, start: number, end: number): number {
  if (start === end) return NOT_A_LENGTH;
  let value = 0;
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!;
    if (byte < DIGIT_0 || byte > DIGIT_9) return byte === COMMA ? REPEATED_LENGTH : NOT_A_LENGTH;
    // The parentheses matter: the sum before the subtraction may be over 2^53 where the difference is not.
    value = value * 10 + (byte - DIGIT_0);
    if (value > Number.MAX_SAFE_INTEGER) return NOT_A_LENGTH;
  }
  return value;
}

const CHUNKED = "chunked";

/**
 * Transfer-Encoding must be the one word `chunked`, in any case. A list of other codings that ends with it is well-formed, though not spoken here
 * (RFC 9112 §6.1); everything else could be framed in one way here and in another elsewhere.
 */
export function transferEncodingFault(bytes: Uint8Array, start: number, end: number): Http1Fault | undefined {
  if (isWord(bytes, start, end, CHUNKED)) return undefined;
  let itemStart = start;
  let isLastChunked = false;
  let others = 0;
  for (let i = start; i <= end; i++) {
    if (i < end && bytes[i] !== COMMA) continue;
    const from = skipSpace(bytes, itemStart, i);
    const to = skipSpaceBack(bytes, from, i);
    if (isLastChunked || from === to || !isToken(bytes, from, to) || isWord(bytes, from, to, "identity"))
      return "invalid-transfer-encoding";
    if (isWord(bytes, from, to, CHUNKED)) isLastChunked = true;
    else others++;
    itemStart = i + 1;
  }
  return isLastChunked && others > 0 ? "unsupported-transfer-encoding" : "invalid-transfer-encoding";
}

/** What a Connection field says, as a set of bits. */
export const ConnectionOption = { Close: 1, KeepAlive: 2, Upgrade: 4, Other: 8 } as const;

/** Which options a value of Connection names (RFC 9110 §7.6.1). */
export function parseConnection(bytes: Uint8Array, start: number, end: number): number {
  let options = 0;
  let from = start;
  for (let i = start; i <= end; i++) {
    if (i < end && bytes[i] !== COMMA) continue;
    const first = skipSpace(bytes, from, i);
    const last = skipSpaceBack(bytes, first, i);
    if (first < last) options |= connectionOption(bytes, first, last);
    from = i + 1;
  }
  return options;
}

function connectionOption(bytes: Uint8Array, start: number, end: number): number {
  if (isWord(bytes, start, end, "keep-alive")) return ConnectionOption.KeepAlive;
  if (isWord(bytes, start, end, "close")) return ConnectionOption.Close;
  return isWord(bytes, start, end, "upgrade") ? ConnectionOption.Upgrade : ConnectionOption.Other;
}

/** Whether the bytes are a word, apart from the case of letters. */
export function isWord(bytes: Uint8Array, start: number, end: number, word: string): boolean {
  return end - start === word.length && LOWER[bytes[start]!] === word.charCodeAt(0) && equalsIgnoringCase(bytes, start, word);
}

function isToken(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (TOKEN[bytes[i]!] !== 1) return false;
  return true;
}

function skipSpace(bytes: Uint8Array, start: number, end: number): number {
  let i = start;
  while (i < end && (bytes[i] === SP || bytes[i] === TAB)) i++;
  return i;
}

function skipSpaceBack(bytes: Uint8Array, start: number, end: number): number {
  let i = end;
  while (i > start && (bytes[i - 1] === SP || bytes[i - 1] === TAB)) i--;
  return i;
}
