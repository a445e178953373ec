import type { HeaderMap, HeaderView } from "@mesh/codec";
import type { ResponseHead } from "@mesh/codec-http1";
import type { HeaderReader } from "../access-log/index.ts";
import type { StreamResponse } from "../stream/index.ts";

/** The values of all field lines of a name. */
export function headerValues(headers: HeaderView, name: string): readonly string[] {
  const values: string[] = [];
  headers.forEach((field, value) => {
    if (value !== null && field.toLowerCase() === name) values.push(value);
  });
  return values;
}

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

  headerValues(name: string): readonly string[] {
    return headerValues(this.#head.headers, name);
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
