import type { CodecError, Decoder, DecoderState } from "@mesh/codec";
import { BodyReader } from "./body-reader.ts";
import { Http1Error } from "./error.ts";
import type { Http1Fault } from "./error.ts";
import type { BodyKind } from "./framing.ts";
import type { RequestHead, ResponseHead } from "./head.ts";
import type { Http1Limits } from "./limits.ts";
import { SectionScanner, SectionType } from "./section-scanner.ts";
import type { MessageSink } from "./sink.ts";

/** What requests and responses have in common: a head, a body that the head frames, and what happens between messages. */
export abstract class MessageDecoder<H extends RequestHead | ResponseHead> implements Decoder {
  protected readonly scanner: SectionScanner;
  /** How the body after the head just taken is framed. */
  protected bodyKind: BodyKind = "none";
  protected contentLength: number = 0;
  /** The head just taken is one of a 1xx response that another head follows. */
  protected isInterim: boolean = false;
  /** The message at hand may switch the connection to another protocol. */
  protected maySwitch: boolean = false;
  /** What to be after the message. */
  protected next: DecoderState = "open";

  readonly #type: SectionType;
  readonly #sink: MessageSink<H>;
  readonly #body: BodyReader;
  #state: DecoderState = "open";
  #error: Http1Error | undefined = undefined;
  #isInBody: boolean = false;
  #isBetween: boolean = true;
  /** Bytes taken so far. */
  #position: number = 0;

  constructor(type: SectionType, sink: MessageSink<H>, limits: Http1Limits, obsTextInTarget: boolean) {
    this.#type = type;
    this.#sink = sink;
    this.scanner = new SectionScanner(limits, obsTextInTarget);
    this.scanner.begin(type);
    this.#body = new BodyReader(this.scanner, limits.maxChunkExtensionBytes);
  }

  get state(): DecoderState {
    return this.#state;
  }

  get error(): CodecError | undefined {
    return this.#error;
  }

  get buffered(): number {
    return this.scanner.held;
  }

  push(chunk: Buffer, start: number = 0): number {
    const streamOffset = this.#position - start;
    let pos = start;
    while (pos < chunk.length && this.#state === "open") {
      pos = this.#isInBody ? this.#readBody(chunk, pos, streamOffset) : this.#readHead(chunk, pos, streamOffset);
    }
    this.#position = streamOffset + pos;
    return pos;
  }

  end(): CodecError | undefined {
    if (this.#state === "failed" || this.#state === "handed-over") return this.#error;
    if (this.#isInBody) {
      if (!this.#body.endsWithConnection) this.#fail("truncated", this.#position);
      else this.#finishMessage();
    } else if (this.scanner.isPartial || this.isInterim) {
      this.#fail("truncated", this.#position);
    }
    return this.#error;
  }

  pause(): void {
    this.#become("paused");
  }

  resume(): void {
    if (this.#state === "paused") this.#state = "open";
    else if (this.next === "paused") this.next = "open";
  }

  handOver(): void {
    this.#become("handed-over");
  }

  /** The fault of a first byte at this time. */
  protected abstract beginFault(): Http1Fault | undefined;

  /** Makes a head of what the scanner has found, and says how its body is framed; `undefined` after it told the scanner why not. */
  protected abstract takeHead(): H | undefined;

  #become(state: "paused" | "handed-over"): void {
    if (this.#state === "failed" || this.#state === "handed-over") return;
    if (this.#isBetween && !this.scanner.isPartial) this.#state = state;
    else if (this.next !== "handed-over") this.next = state;
  }

  #readHead(chunk: Buffer, start: number, streamOffset: number): number {
    const { scanner } = this;
    if (!scanner.isPartial) {
      const fault = this.beginFault();
      if (fault !== undefined) return this.#fail(fault, streamOffset + start, start);
    }
    const pos = scanner.read(chunk, start, streamOffset);
    if (scanner.isDone) this.#finishHead();
    if (scanner.fault !== undefined) this.#fail(scanner.fault, scanner.faultOffset);
    return pos;
  }

  #finishHead(): void {
    const head = this.takeHead();
    if (head === undefined) return;
    this.scanner.release();
    this.#isBetween = false;
    if (this.isInterim) {
      this.scanner.begin(this.#type);
      this.#sink.onHead(head);
      return;
    }
    this.#body.begin(this.bodyKind, this.contentLength);
    this.#isInBody = !this.#body.isDone;
    this.#sink.onHead(head);
    if (!this.#isInBody) this.#finishMessage();
  }

  #readBody(chunk: Buffer, start: number, streamOffset: number): number {
    const body = this.#body;
    const pos = body.read(chunk, start, streamOffset, this.#sink);
    if (body.isDone) this.#finishMessage();
    else if (body.fault !== undefined) this.#fail(body.fault, body.faultOffset);
    return pos;
  }

  #finishMessage(): void {
    this.#isInBody = false;
    this.#isBetween = true;
    this.#state = this.next === "open" && this.maySwitch ? "paused" : this.next;
    this.next = "open";
    this.scanner.begin(this.#type);
    this.#sink.onEnd();
  }

  #fail(fault: Http1Fault, offset: number, pos: number = 0): number {
    this.#state = "failed";
    this.#error = new Http1Error(fault, offset, this.#type === SectionType.Response);
    this.scanner.release();
    return pos;
  }
}
