import type { Decoder } from "@mesh/codec";
import type { Http1Fault } from "./error.ts";
import { Fields } from "./fields.ts";
import { ConnectionOption, isWord } from "./framing.ts";
import type { RequestHead } from "./head.ts";
import { HeadSummary, refuse } from "./head-summary.ts";
import { defaultHttp1Limits } from "./limits.ts";
import type { Http1Limits } from "./limits.ts";
import { MessageDecoder } from "./message-decoder.ts";
import { Http1RequestHead } from "./request-head.ts";
import { SectionType } from "./section-scanner.ts";
import type { SectionScanner } from "./section-scanner.ts";
import type { MessageSink } from "./sink.ts";
import { METHOD_END, START_META, TARGET_END, VALUE_END, VALUE_START } from "./slots.ts";
import { isAuthority, targetForm } from "./target.ts";

export interface RequestDecoderOptions {
  /** Default `defaultHttp1Limits`; a field that is left out has its default. */
  readonly limits?: Partial<Http1Limits>;
  /** Whether bytes above 0x7f may stand in a request target, which RFC 3986 forbids and Envoy lets pass. Default false. */
  readonly allowObsTextInTarget?: boolean;
}

export interface RequestDecoder extends Decoder {
  /**
   * What follows the message at hand (or, between messages, what follows now) is not HTTP/1: `push` takes no more, and the bytes belong to the caller.
   * After a CONNECT or a request with `upgrade` the decoder pauses by itself, so that the proxy can answer before it decides between this and `resume`.
   */
  handOver(): void;
}

class Http1RequestDecoder extends MessageDecoder<RequestHead> implements RequestDecoder {
  readonly #summary: HeadSummary = new HeadSummary();

  protected override beginFault(): Http1Fault | undefined {
    return undefined;
  }

  protected override takeHead(): RequestHead | undefined {
    const { scanner } = this;
    const summary = this.#summary;
    if (!summary.read(scanner)) return undefined;
    const { bytes, slots, end } = scanner;
    const method = methodOf(bytes, slots[0]!, slots[METHOD_END]!);
    const form = targetForm(bytes, slots[METHOD_END]! + 1, slots[TARGET_END]!, method);
    if (form === undefined) return fail(scanner, "invalid-target", slots[METHOD_END]! + 1);
    const isHttp11 = slots[START_META] === 1;
    if (!this.#isHostRight(isHttp11)) return undefined;

    const isConnect = method === "CONNECT";
    const { contentLength, connection } = summary;
    // A CONNECT has no body (RFC 9110 §9.3.6); one that declares it would be read as part of the tunnel by some and not by others.
    if (isConnect && (contentLength > 0 || summary.codingAt !== 0))
      return fail(scanner, "body-not-allowed", slots[summary.lengthAt + summary.codingAt]!);
    this.bodyKind = summary.codingAt !== 0 ? "chunked" : contentLength >= 0 ? "length" : "none";
    this.contentLength = contentLength;
    const keepAlive = (connection & ConnectionOption.Close) === 0 && (isHttp11 || (connection & ConnectionOption.KeepAlive) !== 0);
    const { upgradeAt, expectAt } = summary;
    const fields = new Fields(bytes, slots, end);
    const upgrade = isHttp11 && upgradeAt !== 0 && (connection & ConnectionOption.Upgrade) !== 0 ? fields.valueAt(upgradeAt) : undefined;
    const expectContinue =
      expectAt !== 0 &&
      isHttp11 &&
      isWord(bytes, slots[expectAt + VALUE_START]!, slots[expectAt + VALUE_END]!, "100-continue") &&
      this.#hasBody();
    this.maySwitch = isConnect || upgrade !== undefined;
    return new Http1RequestHead(
      fields,
      method,
      isHttp11 ? "1.1" : "1.0",
      form,
      keepAlive,
      upgrade,
      expectContinue,
      this.bodyKind,
      contentLength,
    );
  }

  #hasBody(): boolean {
    return this.bodyKind === "chunked" || this.contentLength > 0;
  }

  /** RFC 9112 §3.2: exactly one Host, at most one in HTTP/1.0. It may be empty, for a target without authority. */
  #isHostRight(isHttp11: boolean): boolean {
    const { scanner } = this;
    const { hostAt } = this.#summary;
    if (hostAt === 0) {
      if (isHttp11) scanner.fail("missing-host", scanner.slots[0]!);
      return !isHttp11;
    }
    const start = scanner.slots[hostAt + VALUE_START]!;
    const end = scanner.slots[hostAt + VALUE_END]!;
    return start === end || isAuthority(scanner.bytes, start, end, false) || refuse(scanner, "invalid-host", hostAt);
  }
}

function fail(scanner: SectionScanner, fault: Http1Fault, position: number): undefined {
  scanner.fail(fault, position);
}

const G = 0x47;
const P = 0x50;

/** The method as a string; the frequent ones without making it anew. */
function methodOf(bytes: Buffer, start: number, end: number): string {
  const known = knownMethod(bytes, start, end);
  return known !== undefined && isExactly(bytes, start, end, known) ? known : bytes.toString("latin1", start, end);
}

function knownMethod(bytes: Buffer, start: number, end: number): string | undefined {
  const first = bytes[start];
  switch (end - start) {
    case 3:
      return first === G ? "GET" : "PUT";
    case 4:
      return first === P ? "POST" : "HEAD";
    case 5:
      return first === P ? "PATCH" : "TRACE";
    case 6:
      return "DELETE";
    case 7:
      return first === 0x43 ? "CONNECT" : "OPTIONS";
    default:
      return undefined;
  }
}

function isExactly(bytes: Buffer, start: number, end: number, text: string): boolean {
  for (let i = start; i < end; i++) if (bytes[i] !== text.charCodeAt(i - start)) return false;
  return true;
}

/** A decoder of the requests that a client sends on one connection. */
export function createRequestDecoder(sink: MessageSink<RequestHead>, options: RequestDecoderOptions = {}): RequestDecoder {
  return new Http1RequestDecoder(
    SectionType.Request,
    sink,
    { ...defaultHttp1Limits, ...options.limits },
    options.allowObsTextInTarget ?? false,
  );
}
