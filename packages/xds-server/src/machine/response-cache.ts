import type { Resource } from "../resource/resource.ts";
import { deltaEncoding, FRAME_HEADER, sotwEncoding, type ResponseEncoding } from "../wire/responses.ts";

export type Protocol = "sotw" | "delta";

/** A response, the same bytes for all clients that are to have it. */
export interface Response {
  readonly typeUrl: string;
  readonly version: string;
  /** The same on all streams that it is sent on. */
  readonly nonce: string;
  /** The encoded message as a frame of gRPC, in buffers to be sent one after the other. The first one begins with `FRAME_HEADER` bytes. */
  readonly frame: readonly Buffer[];
  /** Of the message. */
  readonly bytes: number;
  readonly resourceCount: number;
  readonly removedCount: number;
}

/** What is in a response. */
export interface Selection {
  readonly typeUrl: string;
  readonly version: string;
  readonly resources: readonly Resource[];
  /** More resources: whole lists, which are in other responses, too. The same list is always the same array. */
  readonly lists: readonly (readonly Resource[])[];
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

const encodings: Readonly<Record<Protocol, ResponseEncoding>> = { sotw: sotwEncoding, delta: deltaEncoding };

/** A list as all responses have it that are kept. */
class EncodedList {
  readonly protocol: Protocol;
  readonly resources: readonly Resource[];
  readonly buffer: Buffer;
  /** Responses that are kept and have it. */
  users = 0;

  constructor(protocol: Protocol, resources: readonly Resource[]) {
    this.protocol = protocol;
    this.resources = resources;
    this.buffer = encodings[protocol].encodeList(resources);
  }
}

interface Entry {
  readonly response: Response;
  readonly lists: readonly EncodedList[];
}

/** Encoded responses by what they were made from. */
export class ResponseCache {
  readonly #options: ResponseCacheOptions;
  /** In the order of their last use. */
  readonly #entries = new Map<string, Entry>();
  /** Those that have users. */
  readonly #lists: Readonly<Record<Protocol, Map<readonly Resource[], EncodedList>>> = { sotw: new Map(), delta: new Map() };
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
    return found.response;
  }

  /** Encodes a response, and keeps it under the key if it has one. */
  make(protocol: Protocol, key: string | undefined, { typeUrl, version, resources, lists, removed }: Selection): Response {
    const nonce = `${this.#options.noncePrefix}${(++this.#nonce).toString(36)}`;
    const encoded = lists.map((list) => this.#lists[protocol].get(list) ?? new EncodedList(protocol, list));
    const frame = encodings[protocol].encode({
      typeUrl,
      version,
      nonce,
      identifier: this.#options.identifier,
      resources,
      lists: encoded.map(({ buffer }) => buffer),
      removed,
    });
    const response = {
      typeUrl,
      version,
      nonce,
      frame,
      bytes: frame.reduce((sum, { length }) => sum + length, -FRAME_HEADER),
      resourceCount: lists.reduce((sum, { length }) => sum + length, resources.length),
      removedCount: removed.length,
    };
    if (key !== undefined) this.#keep(key, { response, lists: encoded });
    return response;
  }

  #keep(key: string, entry: Entry): void {
    this.#drop(key);
    this.#entries.set(key, entry);
    this.#bytes += ownBytes(entry);
    for (const list of entry.lists) {
      if (list.users++ > 0) continue;
      this.#lists[list.protocol].set(list.resources, list);
      this.#bytes += list.buffer.length;
    }
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes <= this.#options.maxBytes) break;
      this.#drop(oldest);
    }
  }

  #drop(key: string): void {
    const entry = this.#entries.get(key);
    if (!entry) return;
    this.#entries.delete(key);
    this.#bytes -= ownBytes(entry);
    for (const list of entry.lists) {
      if (--list.users > 0) continue;
      this.#lists[list.protocol].delete(list.resources);
      this.#bytes -= list.buffer.length;
    }
  }
}

const ownBytes = ({ response }: Entry): number => (response.frame[0]?.length ?? 0) + ENTRY_BYTES;
