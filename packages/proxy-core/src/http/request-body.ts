import type { HeaderView } from "@mesh/codec";
import { StreamPhase } from "../stream/index.ts";
import { DownstreamBlock } from "./blocks.ts";
import { RequestGate } from "./body-gates.ts";
import type { HttpStream } from "./http-stream.ts";
import type { ShadowRequest } from "./shadow-request.ts";
import type { UpstreamHttpConnection } from "./upstream-connection.ts";

const noCopies: readonly ShadowRequest[] = [];

/**
 * A request's body, or the client's half of a tunnel, on its way to the host. Only requests with a body have one.
 *
 *     client ─► receive ─► [gate: filters] ─► forward ─► upstream
 *                                                └─► [held: there is no connection yet, or it may have to be sent again]
 */
export class RequestBody {
  trailers: HeaderView | undefined = undefined;
  /** What else gets all that passes the filters. */
  copies: readonly ShadowRequest[] = noCopies;
  readonly #stream: HttpStream;
  readonly #limit: number;
  #gate: RequestGate | undefined = undefined;
  #held: Buffer[] | undefined = undefined;
  #heldBytes = 0;
  /** What has been sent is held as well, to be sent again. */
  #isKept = false;
  #isLost = false;
  #isEndPassed = false;

  /** @param limit bytes that may be held */
  constructor(stream: HttpStream, limit: number) {
    this.#stream = stream;
    this.#limit = limit;
  }

  /** Parts of it have been sent and are not held any more. */
  get isLost(): boolean {
    return this.#isLost;
  }

  /** All of it has passed the filters. */
  get isEndPassed(): boolean {
    return this.#isEndPassed;
  }

  keepForReplay(): void {
    this.#isKept = true;
  }

  receive(chunk: Buffer, start: number, end: number): void {
    let gate = this.#gate;
    if (gate === undefined) {
      if (this.#stream.phase !== StreamPhase.Filtering && this.#stream.owner.chain.onRequestBody.length === 0) {
        this.forward(chunk, start, end);
        return;
      }
      gate = this.#makeGate();
    }
    gate.push(chunk.subarray(start, end));
  }

  receiveEnd(): void {
    if (this.#gate === undefined && this.#stream.owner.chain.onRequestBody.length === 0) this.forwardEnd();
    else (this.#gate ?? this.#makeGate()).end();
  }

  /** The request's head has passed the filters. */
  open(): void {
    this.#gate?.open();
  }

  /** A filter lets it go on. */
  resume(): void {
    this.#gate?.resume();
  }

  /** A connection has taken the request's head, and can take what there is of the body. */
  sendTo(upstream: UpstreamHttpConnection): void {
    const held = this.#held;
    if (held !== undefined) {
      for (const part of held) upstream.writeBody(part, 0, part.length);
      if (!this.#isKept) this.drop();
      this.#stream.downstream.unblock(DownstreamBlock.WaitsForHost);
    }
    if (this.#isEndPassed) upstream.endRequest(this.trailers);
  }

  /** There will be no other try: what is held is not needed any more. */
  drop(): void {
    this.#isKept = false;
    if (this.#held === undefined) return;
    this.#held = undefined;
    this.#heldBytes = 0;
    this.#isLost = true;
  }

  /** Nobody wants what is still to come. */
  discard(): void {
    if (!this.#isEndPassed) for (const copy of this.copies) copy.giveUp();
    this.drop();
    this.#gate?.discard();
  }

  // What the gate lets pass, and what passes without one.

  forward(chunk: Buffer, start: number, end: number): void {
    const { upstream, downstream } = this.#stream;
    const { copies } = this;
    for (let i = 0; i < copies.length; i++) copies[i]?.receive(chunk, start, end);
    if (upstream !== undefined) {
      upstream.writeBody(chunk, start, end);
      if (!this.#isKept) return;
    }
    (this.#held ??= []).push(chunk.subarray(start, end));
    this.#heldBytes += end - start;
    if (this.#heldBytes <= this.#limit) return;
    // Too much to be kept for another try.
    this.#isKept = false;
    if (upstream === undefined) downstream.block(DownstreamBlock.WaitsForHost);
    else this.drop();
  }

  forwardEnd(): void {
    this.#isEndPassed = true;
    for (const copy of this.copies) copy.receiveEnd(this.trailers);
    this.#stream.onRequestEndPassed(this.trailers);
  }

  holdBack(isAbove: boolean): void {
    if (isAbove) this.#stream.downstream.block(DownstreamBlock.FilterHolds);
    else this.#stream.downstream.unblock(DownstreamBlock.FilterHolds);
  }

  #makeGate(): RequestGate {
    const { owner, phase } = this.#stream;
    return (this.#gate = new RequestGate(this, this.#stream, owner.chain.onRequestBody, this.#limit, phase !== StreamPhase.Filtering));
  }
}
