/** Bytes of a file as text: what is not UTF-8 is told, not replaced, as a replacement would be sent to proxies. */
import { isUtf8 } from "node:buffer";
import type { Problem } from "../problem.ts";

/** Where the first byte stands that is no UTF-8. */
export interface Undecodable {
  readonly byte: number;
  /** From 1. */
  readonly line: number;
  /** From 1, in characters. */
  readonly column: number;
}

/** What a replacement character is in UTF-8: where it stands in the bytes themselves, it is good. */
const replacement = "\ufffd";
const replacementBytes = Buffer.from(replacement);

/** The text of bytes in UTF-8 (RFC 3629), or the first place where they are none. */
export function decodeUtf8(bytes: Uint8Array): { readonly text: string } | { readonly undecodable: Undecodable } {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = buffer.toString("utf8");
  return isUtf8(buffer) ? { text } : { undecodable: findUndecodable(buffer, text) };
}

function findUndecodable(bytes: Buffer, text: string): Undecodable {
  let [offset, line, column] = [0, 1, 1];
  for (const character of text) {
    const length = Buffer.byteLength(character);
    if (character === replacement && !bytes.subarray(offset, offset + length).equals(replacementBytes)) break;
    offset += length;
    column += character.length;
    if (character === "\n") [line, column] = [line + 1, 1];
  }
  return { byte: bytes[offset] ?? 0, line, column };
}

export function undecodableProblem(file: string, { byte, line, column }: Undecodable): Problem {
  const message = `is not UTF-8: the byte 0x${byte.toString(16).padStart(2, "0")} begins no character. Save it as UTF-8`;
  return { severity: "error", rule: "file/utf-8", message, file, line, column, field: "" };
}
