import type { HeaderView } from "@mesh/codec";
import { COLON, CR, DIGIT_0, LF, SP } from "./ascii.ts";
import { Http1Error } from "./error.ts";
import { bytesOfText, checkToken, checkValue, hexLength, writeHex, writeText } from "./bytes.ts";

/** The end of a chunk's data. */
const CRLF_LENGTH = 2;
/** `: ` */
const SEPARATOR_LENGTH = 2;

/** Bytes that stand around the data of a chunk of `size` bytes. */
export function chunkOverhead(size: number): number {
  return hexLength(size) + 2 * CRLF_LENGTH;
}

/**
 * Writes what stands before the data of a chunk: its size and CRLF, at most 16 bytes. Throws `CodecError` for an empty chunk, as that would end the body.
 *
 * @returns the offset after the last byte written
 */
export function writeChunkStart(size: number, target: Buffer, offset: number): number {
  if (size === 0) throw new Http1Error("unencodable-framing", offset);
  return writeLineEnd(target, writeHex(size, target, offset));
}

/** Writes what stands after the data of a chunk: 2 bytes. */
export function writeChunkEnd(target: Buffer, offset: number): number {
  return writeLineEnd(target, offset);
}

/**
 * Bytes of the last chunk, the trailers and the empty line: 5 without trailers. Throws `CodecError` (`MESH_CODEC_UNENCODABLE`) for trailers that would
 * break the message.
 */
export function lastChunkLength(trailers?: HeaderView): number {
  let length = 1 + 2 * CRLF_LENGTH;
  trailers?.forEach((name, value) => {
    checkTrailer(name, value ?? "");
    length += name.length + bytesOfText(value ?? "").length + SEPARATOR_LENGTH + CRLF_LENGTH;
  });
  return length;
}

/** Ends a chunked body: the last chunk, the trailers and the empty line. Throws as `lastChunkLength` does. */
export function writeLastChunk(target: Buffer, offset: number, trailers?: HeaderView): number {
  target[offset] = DIGIT_0;
  let out = writeLineEnd(target, offset + 1);
  trailers?.forEach((name, value) => {
    checkTrailer(name, value ?? "");
    out = writeText(name, target, out);
    target[out] = COLON;
    target[out + 1] = SP;
    out = writeLineEnd(target, writeText(bytesOfText(value ?? ""), target, out + SEPARATOR_LENGTH));
  });
  return writeLineEnd(target, out);
}

function checkTrailer(name: string, value: string): void {
  checkToken(name, "unencodable-name");
  checkValue(bytesOfText(value), "unencodable-value", name);
}

function writeLineEnd(target: Buffer, offset: number): number {
  target[offset] = CR;
  target[offset + 1] = LF;
  return offset + CRLF_LENGTH;
}
