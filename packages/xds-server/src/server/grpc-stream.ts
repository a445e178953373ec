import { Duplex } from "node:stream";
import type { PeerCertificate } from "node:tls";
import { constants, type ServerHttp2Stream } from "node:http2";
import { Metadata, type ServerDuplexStream } from "@grpc/grpc-js";
import type { XdsServerError } from "../errors.ts";
import { FRAME_HEADER } from "../wire/responses.ts";

/** What a connection needs of a gRPC stream. */
export interface GrpcStream {
  readonly protocol: "sotw" | "delta";
  readonly peer: string;
  readonly metadata: ReadonlyMap<string, string>;
  readonly certificate: PeerCertificate | undefined;
  /** Begins to read. */
  read(onRequest: (bytes: Buffer) => void): void;
  pause(): void;
  resume(): void;
  /**
   * @param frame of gRPC, with its header, in buffers to be sent one after the other; they are shared, and are not changed
   * @param onWritten called when it has left for the socket, which HTTP/2's flow control may delay; never if the stream ends
   */
  write(frame: readonly Buffer[], onWritten: () => void): void;
  /** Ends it behind what was written. Without an error: OK. */
  end(error: XdsServerError | undefined): void;
  /** Drops what was not sent yet. */
  abort(): void;
}

/**
 * The HTTP/2 stream under a call. grpc-js copies each message for each stream, to put five bytes before it: for 500 clients with a
 * first configuration of 1.8 MB each that, and the garbage collections that it brought, were two thirds of the server's time. Written
 * here, all streams send the same memory. grpc-js does not publish the field: where it is not found, messages are copied.
 */
export function http2StreamOf(call: object): ServerHttp2Stream | undefined {
  const inner: unknown = Reflect.get(call, "call");
  const stream: unknown = typeof inner === "object" && inner !== null ? Reflect.get(inner, "stream") : undefined;
  return isHttp2Stream(stream) ? stream : undefined;
}

function isHttp2Stream(value: unknown): value is ServerHttp2Stream {
  return value instanceof Duplex && "pushAllowed" in value && "respond" in value;
}

/** A stream of @grpc/grpc-js. */
export class GrpcServerStream implements GrpcStream {
  readonly protocol: "sotw" | "delta";
  readonly peer: string;
  readonly metadata: ReadonlyMap<string, string>;
  readonly certificate: PeerCertificate | undefined;
  readonly #call: ServerDuplexStream<Buffer, Buffer>;
  readonly #http2: ServerHttp2Stream | undefined;
  #hasResponded = false;

  constructor(call: ServerDuplexStream<Buffer, Buffer>, protocol: "sotw" | "delta") {
    this.#call = call;
    this.#http2 = http2StreamOf(call);
    this.protocol = protocol;
    this.peer = call.getPeer();
    this.metadata = new Map(
      Object.entries(call.metadata.getMap()).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
    );
    this.certificate = call.getAuthContext().sslPeerCertificate;
  }

  /** @param onClosed the client has ended the stream, or is gone */
  watch(onClosed: () => void): void {
    this.#call.on("error", onClosed);
    this.#call.on("cancelled", onClosed);
    // A client that says that it sends no more wants no more either.
    this.#call.on("end", () => {
      onClosed();
      this.#call.end();
    });
  }

  read(onRequest: (bytes: Buffer) => void): void {
    this.#call.on("data", onRequest);
  }

  pause(): void {
    this.#call.pause();
  }

  resume(): void {
    this.#call.resume();
  }

  write(frame: readonly Buffer[], onWritten: () => void): void {
    const written = (error?: Error | null): void => {
      if (!error) onWritten();
    };
    if (!this.#http2) {
      this.#call.write(Buffer.concat(frame).subarray(FRAME_HEADER), written);
      return;
    }
    if (!this.#hasResponded) this.#call.sendMetadata(new Metadata());
    this.#hasResponded = true;
    if (!this.#http2.writable) return;
    this.#http2.cork();
    for (const [index, part] of frame.entries()) this.#http2.write(part, index === frame.length - 1 ? written : undefined);
    this.#http2.uncork();
  }

  end(error: XdsServerError | undefined): void {
    if (!error) this.#call.end();
    else this.#call.emit("error", { code: error.status, details: error.message, message: error.message });
    // What still comes is not read, and must not keep the stream open.
    this.#call.resume();
  }

  abort(): void {
    this.#http2?.close(constants.NGHTTP2_CANCEL);
  }
}
