import type { Decoder } from "@mesh/codec";
import type { Http1Fault } from "./error.ts";
import { Fields } from "./fields.ts";
import { ConnectionOption } from "./framing.ts";
import type { BodyKind } from "./framing.ts";
import type { ResponseHead } from "./head.ts";
import { HeadSummary } from "./head-summary.ts";
import { defaultHttp1Limits } from "./limits.ts";
import type { Http1Limits } from "./limits.ts";
import { MessageDecoder } from "./message-decoder.ts";
import { Http1ResponseHead } from "./response-head.ts";
import { SectionType } from "./section-scanner.ts";
import type { MessageSink } from "./sink.ts";
import { START_META } from "./slots.ts";

export interface ResponseDecoderOptions {
  /** Default `defaultHttp1Limits`; a field that is left out has its default. */
  readonly limits?: Partial<Http1Limits>;
}

export interface ResponseDecoder extends Decoder {
  /** Requests of which the head of the final response has not come yet. */
  readonly expected: number;

  /**
   * Announces the response to a request that was sent, in the order of sending: the method decides how its end is found (RFC 9112 §6.3). Bytes that come
   * while none is expected are refused, so that no response can be taken for the answer to a later request.
   *
   * @param wantsUpgrade whether the request asked for an upgrade; only then may the answer be 101
   */
  expect(method: string, wantsUpgrade?: boolean): void;

  /** What follows the message at hand (or, between messages, what follows now) is not HTTP/1. Done without being asked after a 101, and a 2xx to CONNECT. */
  handOver(): void;
}

// What is expected, as small integers.
const ORDINARY = 0;
const HEAD = 1;
const CONNECT = 2;
const UPGRADE = 4;

class Http1ResponseDecoder extends MessageDecoder<ResponseHead> implements ResponseDecoder {
  readonly #summary: HeadSummary = new HeadSummary();
  readonly #expected: number[] = [];

  get expected(): number {
    return this.#expected.length;
  }

  expect(method: string, wantsUpgrade: boolean = false): void {
    this.#expected.push((method === "HEAD" ? HEAD : method === "CONNECT" ? CONNECT : ORDINARY) | (wantsUpgrade ? UPGRADE : 0));
  }

  protected override beginFault(): Http1Fault | undefined {
    return this.#expected.length === 0 ? "unsolicited-response" : undefined;
  }

  protected override takeHead(): ResponseHead | undefined {
    const { scanner } = this;
    const summary = this.#summary;
    if (!summary.read(scanner)) return undefined;
    const { bytes, slots, end } = scanner;
    const meta = slots[START_META]!;
    const status = meta >> 1;
    const isHttp11 = (meta & 1) === 1;
    const expected = this.#expected[0] ?? ORDINARY;
    const { connection, upgradeAt } = summary;
    const fields = new Fields(bytes, slots, end);

    const isTunnel = (expected & CONNECT) !== 0 && status >= 200 && status < 300;
    const kind = isTunnel ? this.#withoutBody(fields, true) : this.#framing(fields, status, expected);
    if (kind === undefined) return undefined;
    if (status === 101 && (expected & UPGRADE) === 0) {
      scanner.fail("unsolicited-upgrade", slots[0]!);
      return undefined;
    }
    this.isInterim = status < 200 && status !== 101;
    if (!this.isInterim) this.#expected.shift();
    if (isTunnel || status === 101) this.next = "handed-over";
    this.bodyKind = kind;
    this.contentLength = kind === "length" ? summary.contentLength : -1;
    const keepAlive =
      kind !== "until-close" &&
      (connection & ConnectionOption.Close) === 0 &&
      (isHttp11 || (connection & ConnectionOption.KeepAlive) !== 0);
    const upgrade = isHttp11 && upgradeAt !== 0 && (connection & ConnectionOption.Upgrade) !== 0 ? fields.valueAt(upgradeAt) : undefined;
    const contentLength = summary.lengthAt === 0 ? -1 : summary.contentLength;
    return new Http1ResponseHead(fields, status, isHttp11 ? "1.1" : "1.0", keepAlive, upgrade, kind, contentLength);
  }

  /** RFC 9112 §6.3. */
  #framing(fields: Fields, status: number, expected: number): BodyKind | undefined {
    if (status < 200 || status === 204) return this.#withoutBody(fields, false);
    if (status === 304 || (expected & HEAD) !== 0) return "none";
    if (this.#summary.codingAt !== 0) return "chunked";
    return this.#summary.lengthAt !== 0 ? "length" : "until-close";
  }

  /**
   * 1xx, 204 and a 2xx to CONNECT have no body and must not declare one (RFC 9110 §8.6, RFC 9112 §6.1). A length of 0 is removed, as many servers send it;
   * what answers CONNECT is ignored whatever it says (RFC 9110 §9.3.6), and must not be passed on.
   */
  #withoutBody(fields: Fields, isLenient: boolean): BodyKind | undefined {
    const summary = this.#summary;
    const { lengthAt, codingAt } = summary;
    if (!isLenient && (codingAt !== 0 || summary.contentLength > 0)) {
      this.scanner.fail("body-not-allowed", fields.slots[lengthAt + codingAt]!);
      return undefined;
    }
    if (lengthAt !== 0) fields.removeAt(lengthAt);
    if (codingAt !== 0) fields.removeAt(codingAt);
    summary.lengthAt = 0;
    return "none";
  }
}

/** A decoder of the responses that a server sends on one connection. */
export function createResponseDecoder(sink: MessageSink<ResponseHead>, options: ResponseDecoderOptions = {}): ResponseDecoder {
  return new Http1ResponseDecoder(SectionType.Response, sink, { ...defaultHttp1Limits, ...options.limits }, false);
}
