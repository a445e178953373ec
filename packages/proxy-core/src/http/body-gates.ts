import type { FilterStatus, StreamFilter } from "../stream/index.ts";
import { BodyGate } from "./body-gate.ts";
import type { HttpStream } from "./http-stream.ts";
import type { RequestBody } from "./request-body.ts";

/** What a request's body passes before it is forwarded. */
export class RequestGate extends BodyGate {
  protected readonly stream: HttpStream;
  readonly #body: RequestBody;

  constructor(body: RequestBody, stream: HttpStream, filters: readonly StreamFilter[], limit: number, isHeadPassed: boolean) {
    super(filters, limit, isHeadPassed);
    this.stream = stream;
    this.#body = body;
  }

  protected override ask(filter: StreamFilter, chunk: Buffer, endOfStream: boolean): FilterStatus | undefined {
    return this.stream.isOff(filter) ? undefined : filter.onRequestBody?.(this.stream, chunk, endOfStream);
  }

  protected override onPassed(chunk: Buffer): void {
    this.#body.forward(chunk, 0, chunk.length);
  }

  protected override onEndPassed(): void {
    this.#body.forwardEnd();
  }

  protected override onPressure(isAbove: boolean): void {
    this.#body.holdBack(isAbove);
  }
}

/** What a response's body passes before it is written. */
export class ResponseGate extends BodyGate {
  protected readonly stream: HttpStream;

  constructor(stream: HttpStream, filters: readonly StreamFilter[], limit: number, isHeadPassed: boolean) {
    super(filters, limit, isHeadPassed);
    this.stream = stream;
  }

  protected override ask(filter: StreamFilter, chunk: Buffer, endOfStream: boolean): FilterStatus | undefined {
    return this.stream.isOff(filter) ? undefined : filter.onResponseBody?.(this.stream, chunk, endOfStream);
  }

  protected override onPassed(chunk: Buffer): void {
    this.stream.writeResponseBody(chunk, 0, chunk.length);
  }

  protected override onEndPassed(): void {
    this.stream.endResponse();
  }

  protected override onPressure(isAbove: boolean): void {
    this.stream.holdResponse(isAbove);
  }
}
