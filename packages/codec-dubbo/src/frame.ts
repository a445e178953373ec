import { CodecError, CodecErrorCode, type HeaderMap, type RpcFrame, RpcFrameKind, type RpcLimits, type RpcRouteKey } from "@mesh/codec";
import {
  noRequestHead,
  readException,
  readReplyAttachments,
  readRequestAttachments,
  readRequestHead,
  replyOf,
  type RequestHead,
} from "./body.ts";
import { bytesAt, int32, writeInt32 } from "./bytes.ts";
import {
  DubboReply,
  DubboSerialization,
  DubboStatus,
  flagEvent,
  flagRequest,
  flagTwoWay,
  headerBytes,
  noVersion,
  serializationMask,
} from "./constants.ts";
import { eventOf, DubboEvent } from "./event.ts";
import { DubboHeaders } from "./headers.ts";
import { hessianReader } from "./hessian.ts";
import { ChunkSearch } from "./search.ts";
import { httpStatusOfDubboStatus } from "./status.ts";
import type { Thrown } from "./thrown.ts";

/** What the frames of a session share. */
export class FrameContext {
  readonly limits: RpcLimits;
  /** Names of attachments as Hessian writes them. Most requests have none, and then nothing need be skipped. */
  readonly group: ChunkSearch = new ChunkSearch(Buffer.from("\x05group"));
  readonly timeout: ChunkSearch = new ChunkSearch(Buffer.from("\x07timeout"));
  readonly countdown: ChunkSearch = new ChunkSearch(Buffer.from("\x03_TO"));

  constructor(limits: RpcLimits) {
    this.limits = limits;
  }

  begin(chunk: Buffer): void {
    this.group.begin(chunk);
    this.timeout.begin(chunk);
    this.countdown.begin(chunk);
  }

  end(): void {
    this.group.end();
    this.timeout.end();
    this.countdown.end();
  }
}

/** The head of a request, its serialization, and what else decides the route: the group, and where the path is empty the interface. */
class RouteKey implements RpcRouteKey {
  readonly service: Buffer;
  readonly method: Buffer;
  readonly rest: string;

  constructor(service: Buffer, method: Buffer, rest: string) {
    this.service = service;
    this.method = method;
    this.rest = rest;
  }
}

/**
 * One frame of Dubbo. It refers to the bytes it came in; all offsets are into them.
 *
 * ```text
 *  start    bodyStart                                                                             end
 *    | header   | dubbo's version | path | version | method | parameter types | arguments | attachments |
 * ```
 */
export class DubboFrame implements RpcFrame {
  readonly kind: RpcFrameKind;
  readonly idHigh: number;
  readonly idLow: number;
  /** How the body is serialized: a `DubboSerialization`, or a number of the application's own. */
  readonly serialization: number;

  readonly #context: FrameContext;
  #bytes: Buffer;
  #start: number;
  #end: number;
  #head: RequestHead | undefined = undefined;
  /** As `RequestHead.length`, but known from an equal route, too; 0 where it is not known (yet). */
  #headLength = 0;
  #headers: DubboHeaders | undefined = undefined;
  #service: string | undefined = undefined;
  /** The edit of the headers that `#service` was made after. */
  #serviceRevision = 0;
  #thrown: Thrown | null | undefined = undefined;
  #group: string | undefined = undefined;
  /** The edit of the headers that `#group` was read after. */
  #groupRevision = 0;
  #headersError: CodecError | undefined = undefined;
  /** What `headers` is in place of attachments over the limits. */
  #hidden: DubboHeaders | undefined = undefined;
  /** Why only the header of a request was read. */
  readonly #refusal: CodecError | undefined;
  /** Somebody wants to know what the attachments say, beside the time that the caller waits. */
  #isAsked = false;
  /** Where the attachments that came with the frame are. */
  #attachmentsFrom = 0;
  #attachmentsTo = 0;

  /** @internal Frames come from a session, which has checked magic and length. */
  constructor(context: FrameContext, bytes: Buffer, start: number, end: number, refusal?: CodecError) {
    const flags = bytes[start + 2] ?? 0;
    this.#context = context;
    this.#bytes = bytes;
    this.#start = start;
    this.#end = end;
    this.#refusal = refusal;
    this.serialization = flags & serializationMask;
    this.kind = kindOf(flags, bytes, start + headerBytes, end);
    this.idHigh = int32(bytes, start + 4);
    this.idLow = int32(bytes, start + 8);
  }

  /** Each reply is in the serialization of its request: all frames may share connections. */
  get dialect(): number {
    return 0;
  }

  /** The attachment `timeout` (or `_TO` of Dubbo 2.7, where deadlines are passed on), which only some consumers send. */
  get timeoutMs(): number {
    if (!this.#isCall || this.#lacksTimeout()) return 0;
    const headers = this.#attachments();
    const timeout = Number(headers.exactly("timeout") ?? headers.exactly("_TO") ?? 0);
    return timeout > 0 && timeout <= 0x7fff_ffff ? Math.ceil(timeout) : 0;
  }

  /**
   * `interface[:version[:group]]`. The interface is the request's path, or else the attachment of that name. Versions that mean none (null,
   * `""`, `0.0.0`) are left out; the colon before them stays if there is a group. `""` where the body cannot be read.
   */
  get service(): string {
    const revision = this.#headers === undefined ? 0 : this.#headers.revision;
    if (this.#service === undefined || revision !== this.#serviceRevision) {
      this.#serviceRevision = revision;
      this.#service = this.#isCall ? this.#makeService() : "";
    }
    return this.#service;
  }

  /** The request's path: the interface as a rule. `""` where the body cannot be read. */
  get path(): string {
    return this.#requestHead().path;
  }

  /** The version of the service, as it is written; `""` for null. */
  get version(): string {
    return this.#requestHead().version;
  }

  /** The method; `$invoke` for generic calls, whose method is their first argument. */
  get method(): string {
    return this.#requestHead().method;
  }

  /** The request's path, or else the attachment `interface`; `""` where the body cannot be read. */
  get interfaceName(): string {
    if (!this.#isCall) return "";
    const { path } = this.#requestHead();
    return path === "" ? this.#interface : path;
  }

  /** `/<interface>/<method>`, without version and group. */
  get target(): string {
    return `/${this.interfaceName}/${this.method}`;
  }

  /** The attachments; where a request has no such attachment, `get` also knows `path`, `interface` and `version` from its head. */
  get headers(): HeaderMap {
    this.#isAsked = true;
    const headers = this.#attachments();
    return this.#headersError === undefined ? headers : (this.#hidden ??= this.#noHeaders());
  }

  /**
   * The request was over the limit of a frame, or its attachments, for which a route, a filter or its own group asked, cannot be read or are
   * over theirs. Java may read more of them.
   */
  get unreadable(): CodecError | undefined {
    return this.#refusal ?? (this.#isAsked && this.#isCall ? this.#headersError : undefined);
  }

  /**
   * Why `headers` is empty though the frame may have attachments: its bytes are not what they should be, or they are over a limit. In the second
   * case `service` and `timeoutMs` know them all the same.
   */
  get headersError(): CodecError | undefined {
    this.#attachments();
    return this.#headersError;
  }

  /**
   * Whether headers can be added and changed. Only requests, and responses that have attachments already, have a place for them; edits of other
   * frames can be read, but are not written.
   */
  get canEditHeaders(): boolean {
    return this.#attachments().readable && this.#headersError === undefined;
  }

  get status(): number {
    return this.#isResponse ? (this.#bytes[this.#start + 3] ?? 0) : 0;
  }

  /** Follows from the status; for a reply that is an `RpcException` of Dubbo itself, from that exception's code. */
  get httpStatus(): number {
    if (!this.#isResponse) return 0;
    const { status } = this;
    if (status !== DubboStatus.Ok) return httpStatusOfDubboStatus(status);
    return this.#exception()?.httpStatus ?? 200;
  }

  /** The reply is an exception that the service threw, not one of Dubbo's own (`RpcException`). */
  get isApplicationError(): boolean {
    return this.#exception()?.httpStatus === 200;
  }

  /** The Java class of the exception that the reply is; `""` if it is none, or if its class cannot be told. */
  get exceptionClass(): string {
    return this.#exception()?.className ?? "";
  }

  /** The whole body, attachments included. */
  get bodyLength(): number {
    return this.#end - this.#start - headerBytes;
  }

  body(): Buffer {
    return this.#bytes.subarray(this.#bodyStart, this.#end);
  }

  matchesRoute(key: RpcRouteKey): boolean {
    if (!(key instanceof RouteKey)) return false;
    const bodyStart = this.#bodyStart;
    const { service, method } = key;
    if (service.length > this.#end - bodyStart || method[0] !== this.serialization || !this.#isCall) return false;
    if (!bytesAt(this.#bytes, bodyStart, service)) return false;
    // Strings say where they end: the same bytes are the same head. None are those of a head that cannot be read.
    if (service.length > 0) this.#headLength = service.length;
    else if (this.#requestHead().length > 0) return false;
    // Only a path that is empty needs more than the group.
    return (key.rest.startsWith("\0") ? this.#rest() : this.#readGroup()) === key.rest;
  }

  /** The body up to the end of the method; behind the serialization, what else decides the route. */
  routeKey(): RpcRouteKey {
    const bodyStart = this.#bodyStart;
    const service = Buffer.from(this.#bytes.subarray(bodyStart, bodyStart + this.#requestHead().length));
    return new RouteKey(service, Buffer.from([this.serialization]), this.#rest());
  }

  encodedLength(): number {
    const length = this.#end - this.#start;
    const headers = this.#editedHeaders;
    if (headers === undefined) return length;
    if (headers.error !== undefined) throw headers.error;
    return length - (this.#attachmentsTo - this.#attachmentsFrom) + headers.bytes.length;
  }

  writeTo(target: Buffer, offset: number, idHigh: number, idLow: number): number {
    const length = this.encodedLength();
    const headers = this.#editedHeaders;
    const bytes = this.#bytes;
    const start = this.#start;
    if (headers === undefined) {
      bytes.copy(target, offset, start, this.#end);
    } else {
      bytes.copy(target, offset, start, this.#attachmentsFrom);
      const at = offset + this.#attachmentsFrom - start;
      headers.bytes.copy(target, at);
      bytes.copy(target, at + headers.bytes.length, this.#attachmentsTo, this.#end);
      writeInt32(target, length - headerBytes, offset + 12);
    }
    writeInt32(target, idHigh, offset + 4);
    writeInt32(target, idLow, offset + 8);
    return offset + length;
  }

  detach(): void {
    const start = this.#start;
    const length = this.#end - start;
    // A frame that came in several chunks has memory of its own already.
    if (this.#bytes.buffer.byteLength === length) return;
    const own = Buffer.allocUnsafeSlow(length);
    this.#bytes.copy(own, 0, start, this.#end);
    this.#start = 0;
    this.#end = length;
    this.#bytes = own;
    this.#attachmentsFrom -= start;
    this.#attachmentsTo -= start;
    if (this.#headers !== undefined && this.#headers.revision === 0) this.#headers.move(own, -start);
  }

  get #bodyStart(): number {
    return this.#start + headerBytes;
  }

  get #isCall(): boolean {
    return this.kind <= RpcFrameKind.OneWay;
  }

  get #isResponse(): boolean {
    return this.kind === RpcFrameKind.Response;
  }

  get #editedHeaders(): DubboHeaders | undefined {
    return this.#headers !== undefined && this.#headers.revision !== 0 && this.#headers.readable ? this.#headers : undefined;
  }

  /** `""` if there is none. */
  #readGroup(): string {
    const revision = this.#headers === undefined ? 0 : this.#headers.revision;
    if (this.#group === undefined || revision !== this.#groupRevision) {
      this.#groupRevision = revision;
      this.#group = this.#findGroup();
    }
    return this.#group;
  }

  /** Most requests tell without their attachments that they have none. */
  #findGroup(): string {
    if ((this.#headers === undefined || this.#headersError !== undefined) && this.serialization === DubboSerialization.Hessian2) {
      if (!this.#context.group.isWithin(this.#bytes, this.#bodyStart, this.#end)) return "";
    }
    return this.#routing("group");
  }

  #lacksTimeout(): boolean {
    if (this.#headers !== undefined || this.serialization !== DubboSerialization.Hessian2) return false;
    const bodyStart = this.#bodyStart;
    const { timeout, countdown } = this.#context;
    return !timeout.isWithin(this.#bytes, bodyStart, this.#end) && !countdown.isWithin(this.#bytes, bodyStart, this.#end);
  }

  #makeService(): string {
    const { version: written } = this.#requestHead();
    const name = this.interfaceName;
    const version = written === noVersion ? "" : written;
    const group = this.#readGroup();
    if (group !== "") return `${name}:${version}:${group}`;
    return version === "" ? name : `${name}:${version}`;
  }

  get #interface(): string {
    return this.#routing("interface");
  }

  /** An attachment that decides the service. Those over the limits have it, too. */
  #routing(name: string): string {
    const attachments = this.#attachments();
    if (!attachments.readable) this.#isAsked = true;
    return attachments.exactly(name) ?? "";
  }

  /** What decides the route beside the head: the group, and the interface where the path is empty. `""` as a rule. */
  #rest(): string {
    const group = this.#readGroup();
    return this.#requestHead().path === "" ? `\0${this.#interface}\0${group}` : group;
  }

  #requestHead(): RequestHead {
    if (this.#head === undefined) {
      this.#head = this.#isCall ? readRequestHead(this.serialization, this.#bytes, this.#bodyStart, this.#end) : noRequestHead;
      this.#headLength = this.#head.length;
    }
    return this.#head;
  }

  #attachments(): DubboHeaders {
    this.#headers ??= this.#readAttachments();
    return this.#headers;
  }

  #readAttachments(): DubboHeaders {
    const { serialization } = this;
    const bytes = this.#bytes;
    const end = this.#end;
    const isKnown = serialization === DubboSerialization.Hessian2 || serialization === DubboSerialization.Fastjson2;
    if (!isKnown || !(this.#isCall || this.#hasReplyAttachments)) return this.#noHeaders();
    const found = this.#isCall
      ? readRequestAttachments(serialization, bytes, this.#bodyStart, end, this.#headLength, this)
      : readReplyAttachments(serialization, bytes, this.#bodyStart, end);
    if (found === undefined) {
      const message = "the attachments of the Dubbo frame cannot be found";
      this.#headersError = new CodecError(
        CodecErrorCode.Malformed,
        message,
        0,
        serialization === DubboSerialization.Hessian2 ? hessianReader.error : undefined,
      );
      return this.#noHeaders();
    }
    const { maxHeaderBytes, maxHeaderCount } = this.#context.limits;
    if (found.size > maxHeaderBytes || found.count > maxHeaderCount) {
      const message = `${found.count} attachments of ${found.size} bytes are over the limit of ${maxHeaderCount} of ${maxHeaderBytes} bytes`;
      this.#headersError = new CodecError(CodecErrorCode.LimitExceeded, message, 0);
    }
    this.#attachmentsFrom = found.from;
    this.#attachmentsTo = found.to;
    return found;
  }

  #noHeaders(): DubboHeaders {
    return new DubboHeaders(this.serialization, this.#bytes, this.#end, this.#end, undefined, undefined);
  }

  get #hasReplyAttachments(): boolean {
    const isReply = this.#isResponse && this.status === DubboStatus.Ok;
    return isReply && replyOf(this.serialization, this.#bytes, this.#bodyStart, this.#end) >= DubboReply.ExceptionWithAttachments;
  }

  #exception(): Thrown | undefined {
    if (this.#thrown === undefined) {
      const isReply = this.#isResponse && this.status === DubboStatus.Ok;
      this.#thrown = (isReply ? readException(this.serialization, this.#bytes, this.#bodyStart, this.#end) : undefined) ?? null;
    }
    return this.#thrown ?? undefined;
  }
}

function kindOf(flags: number, bytes: Buffer, bodyStart: number, end: number): RpcFrameKind {
  if ((flags & flagEvent) === 0) {
    if ((flags & flagRequest) === 0) return RpcFrameKind.Response;
    return (flags & flagTwoWay) === 0 ? RpcFrameKind.OneWay : RpcFrameKind.Request;
  }
  if ((flags & flagRequest) === 0) return RpcFrameKind.HeartbeatAck;
  switch (eventOf(flags & serializationMask, bytes, bodyStart, end)) {
    case DubboEvent.ReadOnly:
      return RpcFrameKind.GoAway;
    case DubboEvent.Writable:
      return RpcFrameKind.Writable;
    default:
      // Nobody answers an event that wants no answer: that the peer is alive is all it says.
      return (flags & flagTwoWay) === 0 ? RpcFrameKind.HeartbeatAck : RpcFrameKind.Heartbeat;
  }
}
