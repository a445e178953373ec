import type { HeaderMap } from "@mesh/codec";
import { CR, DIGIT_0, LF, SP } from "./ascii.ts";
import { bytesOfText, checkValue, readText, writeText } from "./bytes.ts";
import { unencodable } from "./error.ts";
import { newFields } from "./fields.ts";
import type { Fields } from "./fields.ts";
import type { BodyKind } from "./framing.ts";
import type { HttpVersion, ResponseHead, ResponseHeadInit } from "./head.ts";
import { removeHopByHop, restoreFraming, setFraming } from "./hop-by-hop.ts";
import { reasonOf } from "./reason.ts";
import { REASON_END, REASON_START, STRIDE } from "./slots.ts";

/** `HTTP/1.x 200 ` and CRLF. */
const LINE_OVERHEAD = 15;

export class Http1ResponseHead implements ResponseHead {
  readonly keepAlive: boolean;
  readonly upgrade: string | undefined;
  bodyKind: BodyKind;
  contentLength: number;
  readonly #fields: Fields;
  #status: number;
  #reason: string | undefined = undefined;
  #version: HttpVersion;
  #isLineEdited: boolean = false;

  constructor(
    fields: Fields,
    status: number,
    version: HttpVersion,
    keepAlive: boolean,
    upgrade: string | undefined,
    bodyKind: BodyKind,
    contentLength: number,
  ) {
    this.#fields = fields;
    this.#status = status;
    this.#version = version;
    this.keepAlive = keepAlive;
    this.upgrade = upgrade;
    this.bodyKind = bodyKind;
    this.contentLength = contentLength;
  }

  get headers(): HeaderMap {
    return this.#fields;
  }

  get isInterim(): boolean {
    return this.#status < 200 && this.#status !== 101;
  }

  get status(): number {
    return this.#status;
  }

  set status(status: number) {
    if (status === this.#status) return;
    this.reason = reasonOf(status);
    this.#status = status;
  }

  get reason(): string {
    const { bytes, slots } = this.#fields;
    return (this.#reason ??= readText(bytes, slots[REASON_START]!, slots[REASON_END]!));
  }

  set reason(reason: string) {
    this.#isLineEdited = true;
    this.#reason = reason;
  }

  get version(): HttpVersion {
    return this.#version;
  }

  set version(version: HttpVersion) {
    if (version === this.#version) return;
    this.#isLineEdited = true;
    this.#version = version;
  }

  removeHopByHop(keepUpgrade: boolean = false): void {
    removeHopByHop(this.#fields, keepUpgrade && this.upgrade !== undefined);
  }

  setFraming(kind: BodyKind, contentLength: number = 0): void {
    setFraming(this.#fields, kind, contentLength);
    this.#fields.isFramingEdited = false;
    this.bodyKind = kind;
    this.contentLength = kind === "length" ? contentLength : -1;
  }

  restoreFraming(keepUpgrade: boolean = false): void {
    const fields = this.#fields;
    if (fields.isFramingEdited) restoreFraming(fields, this.bodyKind, this.contentLength, keepUpgrade && this.upgrade !== undefined);
  }

  encodedLength(): number {
    const { slots } = this.#fields;
    if (this.#isLineEdited) this.#checkLine();
    const line = this.#isLineEdited ? bytesOfText(this.reason).length + LINE_OVERHEAD : slots[STRIDE]! - slots[0]!;
    return line + this.#fields.encodedLength() + 2;
  }

  writeTo(target: Buffer, offset: number): number {
    const { slots } = this.#fields;
    if (!this.#isLineEdited) return this.#fields.writeFrom(slots[0]!, target, offset);
    this.#checkLine();
    const status = this.#status;
    let out = writeText(this.#version === "1.1" ? "HTTP/1.1 " : "HTTP/1.0 ", target, offset);
    target[out] = DIGIT_0 + Math.floor(status / 100);
    target[out + 1] = DIGIT_0 + (Math.floor(status / 10) % 10);
    target[out + 2] = DIGIT_0 + (status % 10);
    target[out + 3] = SP;
    out = writeText(bytesOfText(this.reason), target, out + 4);
    target[out] = CR;
    target[out + 1] = LF;
    return this.#fields.writeFrom(slots[STRIDE]!, target, out + 2);
  }

  detach(): void {
    this.#fields.detach();
  }

  #checkLine(): void {
    const status = this.#status;
    if (!(status >= 100 && status <= 999 && Number.isInteger(status))) throw unencodable("unencodable-start-line", String(status));
    checkValue(bytesOfText(this.reason), "unencodable-start-line", this.reason);
  }
}

/** A response that came from no connection: a local reply, a redirect, an interim 100 or 103. */
export function createResponseHead(init: ResponseHeadInit): ResponseHead {
  const fields = newFields();
  for (const [name, value] of init.headers ?? []) fields.append(name, value);
  const head = new Http1ResponseHead(fields, init.status, init.version ?? "1.1", true, undefined, "none", -1);
  head.reason = init.reason ?? reasonOf(init.status);
  if (init.body !== undefined) head.setFraming(init.body, init.contentLength);
  return head;
}
