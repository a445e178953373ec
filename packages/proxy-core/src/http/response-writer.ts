import { createResponseHead, lastChunkLength, writeLastChunk, type ResponseHead } from "@mesh/codec-http1";
import type { HeaderView } from "@mesh/codec";
import type { Connection } from "../network/index.ts";
import { writeBodyPart } from "./write-body.ts";

/** What a client is sent, framed as it understands it (RFC 9112 §6). */
export class ResponseWriter {
  readonly #connection: Connection;
  #isChunked = false;
  #endsWithConnection = false;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** The body at hand ends where the connection does, or is no body but a tunnel: a client could take any end for the right one. */
  get endsWithConnection(): boolean {
    return this.#endsWithConnection;
  }

  /** What follows the head is not HTTP. */
  frameTunnel(): void {
    this.#isChunked = false;
    this.#endsWithConnection = true;
  }

  /** Makes the head say how the client will find the end of the body. */
  frame(head: ResponseHead, isHttp10: boolean): void {
    this.#isChunked = false;
    this.#endsWithConnection = false;
    switch (head.bodyKind) {
      case "chunked":
        if (isHttp10) this.#frameByEnd(head);
        else this.#isChunked = true;
        return;
      case "until-close":
        if (isHttp10) {
          this.#frameByEnd(head);
        } else {
          head.setFraming("chunked");
          this.#isChunked = true;
        }
        return;
      default:
        // A response to HEAD says how the body would be framed, and an HTTP/1.0 client knows nothing of chunks.
        if (isHttp10) head.headers.delete("transfer-encoding");
    }
  }

  /** Throws `CodecError` where edits of the head make it one that HTTP cannot say; nothing has been written then. */
  writeHead(head: ResponseHead): void {
    const connection = this.#connection;
    const offset = connection.reserve(head.encodedLength());
    head.writeTo(connection.output, offset);
  }

  /** False while the chunk's memory is still needed. */
  writeBody(chunk: Buffer, start: number, end: number): boolean {
    return writeBodyPart(this.#connection, chunk, start, end, this.#isChunked);
  }

  endBody(trailers: HeaderView | undefined): void {
    const connection = this.#connection;
    if (!this.#isChunked || connection.closed || connection.ending) return;
    const offset = connection.reserve(lastChunkLength(trailers));
    writeLastChunk(connection.output, offset, trailers);
  }

  #frameByEnd(head: ResponseHead): void {
    head.setFraming("until-close");
    this.#endsWithConnection = true;
  }
}

/** RFC 9110 §15.3.5, §15.4.5, and all 1xx. */
function hasNoBody(status: number): boolean {
  return status === 204 || status === 304 || status < 200;
}

/** The head of an answer made here, and its body: plain text, as Envoy's. */
export function localResponse(status: number, text: string): { readonly head: ResponseHead; readonly body: Buffer | undefined } {
  if (hasNoBody(status)) return { head: createResponseHead({ status }), body: undefined };
  const body = Buffer.from(text);
  const headers: [string, string][] = body.length > 0 ? [["content-type", "text/plain"]] : [];
  return { head: createResponseHead({ status, body: "length", contentLength: body.length, headers }), body };
}
