import { chunkOverhead, writeChunkEnd, writeChunkStart } from "@mesh/codec-http1";
import type { Connection } from "../network/index.ts";

/** Parts up to this size are copied, to leave with what else the turn writes; copying 16 KiB costs less than a write of its own. */
const copyLimit = 16 * 1024;

/** CRLF after the data of a chunk. */
const chunkEndLength = 2;

/**
 * Writes a part of a body: the bytes of `chunk` from `start` to `end`, of which there is at least one.
 *
 * @returns true when the chunk's memory is done with; false while the socket still needs it
 */
export function writeBodyPart(connection: Connection, chunk: Buffer, start: number, end: number, isChunked: boolean): boolean {
  if (connection.closed || connection.ending) return true;
  const size = end - start;
  if (size > copyLimit) {
    writeLongPart(connection, start === 0 && end === chunk.length ? chunk : chunk.subarray(start, end), isChunked);
    return connection.socket.writableLength === 0;
  }
  if (!isChunked) {
    const offset = connection.reserve(size);
    chunk.copy(connection.output, offset, start, end);
    return true;
  }
  const offset = connection.reserve(size + chunkOverhead(size));
  const { output } = connection;
  const data = writeChunkStart(size, output, offset);
  chunk.copy(output, data, start, end);
  writeChunkEnd(output, data + size);
  return true;
}

function writeLongPart(connection: Connection, part: Buffer, isChunked: boolean): void {
  if (isChunked) {
    const offset = connection.reserve(chunkOverhead(part.length) - chunkEndLength);
    writeChunkStart(part.length, connection.output, offset);
  }
  connection.writeThrough(part);
  // The write may have found the connection broken.
  if (isChunked && !connection.closed && !connection.ending) {
    const offset = connection.reserve(chunkEndLength);
    writeChunkEnd(connection.output, offset);
  }
}
