import type { HeaderMap, HeaderView } from "@mesh/codec";
import type { ResponseHead } from "@mesh/codec-http1";
import type { HeaderReader } from "../access-log/index.ts";
import type { StreamResponse } from "../stream/index.ts";

/** A response's head as filters, mutations and logs see it. */
export class HttpResponse implements StreamResponse {
  readonly #head: ResponseHead;

  constructor(head: ResponseHead) {
    this.#head = head;
  }

  get status(): number {
    return this.#head.status;
  }

  get headers(): HeaderMap {
    return this.#head.headers;
  }

  header(name: string): string | undefined {
    return name === ":status" ? String(this.#head.status) : this.#head.headers.get(name);
  }
}

export class TrailerReader implements HeaderReader {
  readonly #trailers: HeaderView;

  constructor(trailers: HeaderView) {
    this.#trailers = trailers;
  }

  header(name: string): string | undefined {
    return this.#trailers.get(name);
  }
}
