import type { Resource } from "../resource/resource.ts";
import { encodeDeltaResponse, encodeSotwResponse } from "../wire/responses.ts";

export type Protocol = "sotw" | "delta";

/** A response, the same bytes for all clients that are to have it. */
export interface Response {
  readonly typeUrl: string;
  readonly version: string;
  /** The same on all streams that it is sent on. */
  readonly nonce: string;
  /** The encoded message as a frame of gRPC: behind `FRAME_HEADER` bytes. */
  readonly frame: Buffer;
  readonly resourceCount: number;
  readonly removedCount: number;
}

/** What is in a response. */
export interface Selection {
  readonly typeUrl: string;
  readonly version: string;
  readonly resources: readonly Resource[];
  readonly removed: readonly string[];
}

export interface ResponseCacheOptions {
  /** Begins all nonces; another in each process, so that one of before a restart is not taken for one of now. */
  readonly noncePrefix: string;
  readonly identifier: string;
  /** Of all responses that are kept; the least recently used ones go. */
  readonly maxBytes: number;
}

/** What an entry costs beside its bytes. */
const ENTRY_BYTES = 512;

/** Encoded responses by what they were made from. */
export class ResponseCache {
  readonly #options: ResponseCacheOptions;
  /** In the order of their last use. */
  readonly #entries = new Map<string, Response>();
  #bytes = 0;
  #nonce = 0;

  constructor(options: ResponseCacheOptions) {
    this.#options = options;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get(key: string): Response | undefined {
    const found = this.#entries.get(key);
    if (!found) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, found);
    return found;
  }

  /** Encodes a response, and keeps it under the key if it has one. */
  make(protocol: Protocol, key: string | undefined, { typeUrl, version, resources, removed }: Selection): Response {
    const nonce = `${this.#options.noncePrefix}${(++this.#nonce).toString(36)}`;
    const parts = { typeUrl, version, nonce, identifier: this.#options.identifier, resources, removed };
    const frame = protocol === "sotw" ? encodeSotwResponse(parts) : encodeDeltaResponse(parts);
    const response = { typeUrl, version, nonce, frame, resourceCount: resources.length, removedCount: removed.length };
    if (key !== undefined) this.#keep(key, response);
    return response;
  }

  #keep(key: string, response: Response): void {
    this.#entries.set(key, response);
    this.#bytes += response.frame.length + ENTRY_BYTES;
    for (const [oldest, { frame }] of this.#entries) {
      if (this.#bytes <= this.#options.maxBytes) break;
      this.#entries.delete(oldest);
      this.#bytes -= frame.length + ENTRY_BYTES;
    }
  }
}
