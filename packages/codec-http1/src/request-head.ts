import type { HeaderMap } from "@mesh/codec";
import { CR, LF, SP } from "./ascii.ts";
import { bytesOfText, checkTarget, checkToken, readText, writeText } from "./bytes.ts";
import { Http1Error } from "./error.ts";
import { newFields } from "./fields.ts";
import type { Fields } from "./fields.ts";
import type { BodyKind } from "./framing.ts";
import { removeHopByHop, restoreFraming, setFraming } from "./hop-by-hop.ts";
import type { HttpVersion, RequestHead, RequestHeadInit } from "./head.ts";
import { METHOD_END, STRIDE, TARGET_END } from "./slots.ts";
import type { TargetForm } from "./target.ts";

/** Two spaces, `HTTP/1.x`, CRLF. */
const LINE_OVERHEAD = 12;

/** What the decoder found out about a request while it framed it. */
export class Http1RequestHead implements RequestHead {
  readonly keepAlive: boolean;
  readonly upgrade: string | undefined;
  readonly expectContinue: boolean;
  targetForm: TargetForm;
  bodyKind: BodyKind;
  contentLength: number;
  readonly #fields: Fields;
  #method: string;
  #version: HttpVersion;
  #isLineEdited: boolean = false;
  #target: string | undefined = undefined;
  #authority: string | undefined = undefined;
  /** The state of the fields in which `#authority` was read. */
  #authorityEdits: number = 0;

  constructor(
    fields: Fields,
    method: string,
    version: HttpVersion,
    form: TargetForm,
    keepAlive: boolean,
    upgrade: string | undefined,
    expectContinue: boolean,
    bodyKind: BodyKind,
    contentLength: number,
  ) {
    this.#fields = fields;
    this.#method = method;
    this.#version = version;
    this.targetForm = form;
    this.keepAlive = keepAlive;
    this.upgrade = upgrade;
    this.expectContinue = expectContinue;
    this.bodyKind = bodyKind;
    this.contentLength = contentLength;
  }

  get headers(): HeaderMap {
    return this.#fields;
  }

  get method(): string {
    return this.#method;
  }

  set method(method: string) {
    this.#isLineEdited = true;
    this.#method = method;
  }

  get version(): HttpVersion {
    return this.#version;
  }

  set version(version: HttpVersion) {
    if (version === this.#version) return;
    this.#isLineEdited = true;
    this.#version = version;
  }

  get target(): string {
    return (this.#target ??= this.#readTarget());
  }

  get path(): string {
    switch (this.targetForm) {
      case "authority":
        return "";
      case "absolute":
        return this.#absolutePath();
      default:
        return this.target;
    }
  }

  set path(path: string) {
    this.#useOriginForm(path);
  }

  get scheme(): string | undefined {
    if (this.targetForm !== "absolute") return undefined;
    return this.target.slice(0, this.target.indexOf(":")).toLowerCase();
  }

  get authority(): string {
    if (this.#authority === undefined || this.#authorityEdits !== this.#fields.edits) this.#cacheAuthority(this.#readAuthority());
    return this.#authority!;
  }

  set authority(authority: string) {
    this.useOriginForm();
    if (this.targetForm === "authority") this.#setTarget(authority);
    this.#fields.set("host", authority);
    this.#cacheAuthority(authority);
  }

  /** Gives a head that came from no bytes its target. */
  startWith(target: string, isConnect: boolean): void {
    this.#setTarget(target);
    this.targetForm = isConnect ? "authority" : target === "*" ? "asterisk" : "origin";
  }

  useOriginForm(): void {
    if (this.targetForm === "absolute") this.#useOriginForm(this.#absolutePath());
  }

  removeHopByHop(keepUpgrade: boolean = false): void {
    removeHopByHop(this.#fields, keepUpgrade && this.upgrade !== undefined);
  }

  setFraming(kind: BodyKind, contentLength: number = 0): void {
    if (kind === "until-close") throw new Http1Error("unencodable-framing", 0);
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
    const line = this.#isLineEdited ? this.#method.length + bytesOfText(this.target).length + LINE_OVERHEAD : slots[STRIDE]! - slots[0]!;
    return line + this.#fields.encodedLength() + 2;
  }

  writeTo(target: Buffer, offset: number): number {
    const { slots } = this.#fields;
    if (!this.#isLineEdited) return this.#fields.writeFrom(slots[0]!, target, offset);
    this.#checkLine();
    let out = writeText(this.#method, target, offset);
    target[out++] = SP;
    out = writeText(bytesOfText(this.target), target, out);
    out = writeText(this.#version === "1.1" ? " HTTP/1.1" : " HTTP/1.0", target, out);
    target[out] = CR;
    target[out + 1] = LF;
    return this.#fields.writeFrom(slots[STRIDE]!, target, out + 2);
  }

  detach(): void {
    this.#fields.detach();
  }

  #useOriginForm(path: string): void {
    if (this.targetForm === "absolute") this.#fields.set("host", this.authority);
    this.#setTarget(path);
    this.targetForm = path === "*" ? "asterisk" : "origin";
  }

  #checkLine(): void {
    checkToken(this.#method, "unencodable-start-line");
    checkTarget(bytesOfText(this.target));
  }

  #setTarget(target: string): void {
    this.#isLineEdited = true;
    this.#target = target;
  }

  #readTarget(): string {
    const { bytes, slots } = this.#fields;
    return readText(bytes, slots[METHOD_END]! + 1, slots[TARGET_END]!);
  }

  #cacheAuthority(authority: string): void {
    this.#authority = authority;
    this.#authorityEdits = this.#fields.edits;
  }

  #readAuthority(): string {
    switch (this.targetForm) {
      case "authority":
        return this.target;
      case "absolute": {
        const { target } = this;
        const start = target.indexOf("//") + 2;
        return target.slice(start, authorityEndOf(target, start));
      }
      default:
        return this.#fields.get("host") ?? "";
    }
  }

  /** RFC 9112 §3.2.1, §3.2.4: an empty path is `/`, or `*` for OPTIONS. */
  #absolutePath(): string {
    const { target } = this;
    const path = target.slice(authorityEndOf(target, target.indexOf("//") + 2));
    if (path === "") return this.#method === "OPTIONS" ? "*" : "/";
    return path.startsWith("/") ? path : `/${path}`;
  }
}

/** The offset at which the authority that begins at `start` ends: at a path, a query or the end. */
function authorityEndOf(target: string, start: number): number {
  const end = target.slice(start).search(/[/?]/);
  return end < 0 ? target.length : start + end;
}

/** A request that came from no connection: of a health check, a mirror, a client. */
export function createRequestHead(init: RequestHeadInit): RequestHead {
  const fields = newFields();
  if (init.authority !== undefined) fields.append("host", init.authority);
  for (const [name, value] of init.headers ?? []) fields.append(name, value);
  const isConnect = init.method === "CONNECT";
  const head = new Http1RequestHead(fields, init.method, init.version ?? "1.1", "origin", true, undefined, false, "none", -1);
  head.startWith(isConnect ? (init.authority ?? "") : (init.path ?? "/"), isConnect);
  if (init.body !== undefined) head.setFraming(init.body, init.contentLength);
  return head;
}
