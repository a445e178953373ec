import type { UpstreamHttpConnection } from "./upstream-connection.ts";

/** The parts of a request's body that wait for a connection to a host, or that are kept to be sent again. */
export class HeldBody {
  readonly #limit: number;
  #parts: Buffer[] = [];
  #bytes = 0;

  /** @param limit bytes that may be held */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** More is held than should be. */
  get isOverLimit(): boolean {
    return this.#bytes > this.#limit;
  }

  push(part: Buffer): void {
    this.#parts.push(part);
    this.#bytes += part.length;
  }

  sendTo(upstream: UpstreamHttpConnection): void {
    for (const part of this.#parts) upstream.writeBody(part, 0, part.length);
  }
}
