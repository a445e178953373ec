import { crc32 } from "node:zlib";
import { CodecError, CodecErrorCode, type HeaderMap, type RpcFrame, RpcFrameKind, type RpcRouteKey } from "@mesh/codec";
import { bytesAt, int16, int32, writeInt16, writeInt32 } from "./bytes.ts";
import {
  checksumBytes,
  checksumSwitch,
  commandGoAway,
  commandHeartbeat,
  lengthsBytes,
  maxInt16,
  protocolV2,
  SofaHeader,
  typeOneWay,
  typeResponse,
  v2WithSwitches,
} from "./constants.ts";
import { BoltHeaders } from "./headers.ts";
import { httpStatusOfBoltStatus } from "./status.ts";

const serviceName = Buffer.from(SofaHeader.Service);
const targetServiceName = Buffer.from(SofaHeader.TargetService);
const methodName = Buffer.from(SofaHeader.Method);
const responseErrorName = Buffer.from(SofaHeader.ResponseError);
const trueValue = Buffer.from("true");

/** What is wrong with a header map. */
export const HeaderFault = { None: 0, Malformed: 1, TooMany: 2 } as const;
export type HeaderFault = (typeof HeaderFault)[keyof typeof HeaderFault];

/**
 * One frame of Bolt, v1 or v2. It refers to the bytes it came in; all offsets are into them.
 *
 * ```text
 *  start    fixed part    headerStart    contentStart    contentEnd    end
 *    |                 | class | header map |   content     |  checksum |   (v2 only, if announced)
 * ```
 */
export class BoltFrame implements RpcFrame {
  readonly kind: RpcFrameKind;
  readonly idLow: number;

  #bytes: Buffer;
  #start: number;
  #classStart: number;
  #headerStart: number;
  #contentStart: number;
  #end: number;
  readonly #isV2: boolean;
  readonly #checksumBytes: number;

  #serviceStart = 0;
  #serviceEnd = 0;
  #methodStart = 0;
  #methodEnd = 0;
  #responseError = false;
  /** Where the offsets of service and method lead: the frame's bytes, or those of edited headers. */
  #routeBytes: Buffer;
  #headers: BoltHeaders | undefined = undefined;
  #scannedRevision = 0;

  /** @internal Frames come from a session, which has checked the fixed part and the lengths. */
  constructor(bytes: Buffer, start: number, end: number) {
    const isV2 = bytes[start] === protocolV2;
    const type = isV2 ? bytes[start + 2] : bytes[start + 1];
    const shift = isV2 ? 1 : 0;
    const lengths = start + 12 + shift + shift + (type === typeResponse ? 0 : 2);
    this.kind = kindOf(type, int16(bytes, start + 2 + shift));
    this.idLow = int32(bytes, start + 5 + shift);
    this.#bytes = bytes;
    this.#start = start;
    this.#classStart = lengths + lengthsBytes;
    this.#headerStart = this.#classStart + int16(bytes, lengths);
    this.#contentStart = this.#headerStart + int16(bytes, lengths + 2);
    this.#end = end;
    this.#isV2 = isV2;
    this.#checksumBytes =
      isV2 && bytes[start + 1] === v2WithSwitches && ((bytes[start + 11] ?? 0) & checksumSwitch) !== 0 ? checksumBytes : 0;
    this.#routeBytes = bytes;
  }

  /** Bolt's ids have 32 bits. */
  get idHigh(): number {
    return 0;
  }

  /** 0 for v1, 1 for v2, 2 for v2 with a checksum: Java's answers are like the first frame of their connection. */
  get dialect(): number {
    if (!this.#isV2) return 0;
    return this.#checksumBytes === 0 ? 1 : 2;
  }

  get version(): 1 | 2 {
    return this.#isV2 ? 2 : 1;
  }

  /** The second byte of v2: 1 where switches mean nothing, 2 where they count. 0 in v1. */
  get protocolVersion(): number {
    return this.#isV2 ? (this.#bytes[this.#start + 1] ?? 0) : 0;
  }

  /** The switches of v2; 0 in v1. */
  get switches(): number {
    return this.#isV2 ? (this.#bytes[this.#start + 11] ?? 0) : 0;
  }

  /** Whether the frame ends with a checksum. It was right when the frame came. */
  get hasChecksum(): boolean {
    return this.#checksumBytes !== 0;
  }

  /** How the content is serialized: a `BoltCodecId`, or a number of the application's own. */
  get codecId(): number {
    return this.#bytes[this.#start + (this.#isV2 ? 10 : 9)] ?? 0;
  }

  /** The Java class of the content; `""` if there is none. */
  get className(): string {
    return this.#bytes.toString("utf8", this.#classStart, this.#headerStart);
  }

  get timeoutMs(): number {
    if (this.kind !== RpcFrameKind.Request && this.kind !== RpcFrameKind.OneWay) return 0;
    const timeout = int32(this.#bytes, this.#classStart - lengthsBytes - 4);
    return timeout > 0 ? timeout : 0;
  }

  /** The header `service`, which a SOFARPC provider prefers, or else `sofa_head_target_service`; as bytes, so in this spelling only. */
  get service(): string {
    this.#rescan();
    return this.#routeBytes.toString("utf8", this.#serviceStart, this.#serviceEnd);
  }

  /** The header `sofa_head_method_name`. */
  get method(): string {
    this.#rescan();
    return this.#routeBytes.toString("utf8", this.#methodStart, this.#methodEnd);
  }

  get target(): string {
    return `/${this.service}/${this.method}`;
  }

  get headers(): HeaderMap {
    this.#headers ??= new BoltHeaders(this.#bytes, this.#headerStart, this.#contentStart);
    return this.#headers;
  }

  /** A `BoltStatus`, or a number that this version does not know. */
  get status(): number {
    return this.#isResponse ? int16(this.#bytes, this.#classStart - lengthsBytes - 2) : 0;
  }

  get httpStatus(): number {
    return this.#isResponse ? httpStatusOfBoltStatus(this.status) : 0;
  }

  /** Status 0 with the header `sofa_head_response_error: true`: an exception of the application, or a service or method that is not there. */
  get isApplicationError(): boolean {
    this.#rescan();
    return this.#responseError && this.#isResponse && this.status === 0;
  }

  get bodyLength(): number {
    return this.#end - this.#checksumBytes - this.#contentStart;
  }

  body(): Buffer {
    return this.#bytes.subarray(this.#contentStart, this.#end - this.#checksumBytes);
  }

  matchesRoute(key: RpcRouteKey): boolean {
    this.#rescan();
    return (
      key.service.length === this.#serviceEnd - this.#serviceStart &&
      key.method.length === this.#methodEnd - this.#methodStart &&
      bytesAt(this.#routeBytes, this.#methodStart, key.method) &&
      bytesAt(this.#routeBytes, this.#serviceStart, key.service)
    );
  }

  routeKey(): RpcRouteKey {
    this.#rescan();
    return {
      service: Buffer.from(this.#routeBytes.subarray(this.#serviceStart, this.#serviceEnd)),
      method: Buffer.from(this.#routeBytes.subarray(this.#methodStart, this.#methodEnd)),
    };
  }

  encodedLength(): number {
    const length = this.#end - this.#start;
    const headers = this.#editedHeaders;
    if (headers === undefined) return length;
    const headerBytes = headers.end - headers.start;
    if (headerBytes > maxInt16) {
      const message = `a Bolt header map has at most ${maxInt16} bytes; with its edits, this one has ${headerBytes}`;
      throw new CodecError(CodecErrorCode.Unencodable, message, this.#headerStart - this.#start);
    }
    return length - (this.#contentStart - this.#headerStart) + headerBytes;
  }

  writeTo(target: Buffer, offset: number, _idHigh: number, idLow: number): number {
    const headers = this.#editedHeaders;
    const length = this.encodedLength();
    if (headers === undefined) {
      this.#bytes.copy(target, offset, this.#start, this.#end);
    } else {
      const headerOffset = offset + this.#headerStart - this.#start;
      const headerBytes = headers.end - headers.start;
      this.#bytes.copy(target, offset, this.#start, this.#headerStart);
      writeInt16(target, headerBytes, offset + this.#classStart - this.#start - lengthsBytes + 2);
      headers.bytes.copy(target, headerOffset, headers.start, headers.end);
      this.#bytes.copy(target, headerOffset + headerBytes, this.#contentStart, this.#end);
    }
    writeInt32(target, idLow, offset + (this.#isV2 ? 6 : 5));
    const end = offset + length;
    if (this.#checksumBytes !== 0) writeInt32(target, crc32(target.subarray(offset, end - checksumBytes)), end - checksumBytes);
    return end;
  }

  detach(): void {
    const start = this.#start;
    const length = this.#end - start;
    // A frame that came in several chunks has memory of its own already.
    if (this.#bytes.buffer.byteLength === length) return;
    this.#rescan();
    const own = Buffer.allocUnsafeSlow(length);
    this.#bytes.copy(own, 0, start, this.#end);
    this.#start = 0;
    this.#classStart -= start;
    this.#headerStart -= start;
    this.#contentStart -= start;
    this.#end = length;
    this.#bytes = own;
    if (this.#editedHeaders !== undefined) return;
    this.#headers?.move(own, this.#headerStart);
    this.#scan(own, this.#headerStart, this.#contentStart, maxInt16);
  }

  /** @internal Checks the header map and notes what decides the route. To be called once, before anything else. */
  scan(maxHeaderCount: number): HeaderFault {
    if (this.#headerStart === this.#contentStart) return HeaderFault.None;
    return this.#scan(this.#bytes, this.#headerStart, this.#contentStart, maxHeaderCount);
  }

  get #isResponse(): boolean {
    return this.kind === RpcFrameKind.Response;
  }

  get #editedHeaders(): BoltHeaders | undefined {
    return this.#headers !== undefined && this.#headers.revision !== 0 ? this.#headers : undefined;
  }

  /** Edits may have changed what decides the route. */
  #rescan(): void {
    const headers = this.#headers;
    if (headers === undefined || headers.revision === this.#scannedRevision) return;
    this.#scannedRevision = headers.revision;
    this.#scan(headers.bytes, headers.start, headers.end, maxInt16);
  }

  /** Names and values are looked at as bytes. As in Java's map, the last entry of a name counts, and null names and values do not. */
  #scan(bytes: Buffer, start: number, end: number, maxCount: number): HeaderFault {
    let serviceStart = -1;
    let serviceEnd = -1;
    let targetStart = 0;
    let targetEnd = 0;
    let methodStart = 0;
    let methodEnd = 0;
    let responseError = false;
    let count = 0;
    let at = start;
    while (at < end) {
      if (end - at < 8) return HeaderFault.Malformed;
      const nameLength = int32(bytes, at);
      const name = at + 4;
      at = nameLength < 0 ? name : name + nameLength;
      if (nameLength < -1 || at > end - 4) return HeaderFault.Malformed;
      const valueLength = int32(bytes, at);
      const value = at + 4;
      at = valueLength < 0 ? value : value + valueLength;
      if (valueLength < -1 || at > end) return HeaderFault.Malformed;
      count += 1;
      if (valueLength < 0) continue;
      switch (nameLength) {
        case serviceName.length:
          if (bytesAt(bytes, name, serviceName)) {
            serviceStart = value;
            serviceEnd = at;
          }
          break;
        case methodName.length:
          if (bytesAt(bytes, name, methodName)) {
            methodStart = value;
            methodEnd = at;
          }
          break;
        case targetServiceName.length:
          if (bytesAt(bytes, name, targetServiceName)) {
            targetStart = value;
            targetEnd = at;
          } else if (bytesAt(bytes, name, responseErrorName)) {
            responseError = valueLength === trueValue.length && bytesAt(bytes, value, trueValue);
          }
          break;
      }
    }
    this.#routeBytes = bytes;
    this.#serviceStart = serviceStart < 0 ? targetStart : serviceStart;
    this.#serviceEnd = serviceStart < 0 ? targetEnd : serviceEnd;
    this.#methodStart = methodStart;
    this.#methodEnd = methodEnd;
    this.#responseError = responseError;
    return count > maxCount ? HeaderFault.TooMany : HeaderFault.None;
  }
}

function kindOf(type: number | undefined, command: number): RpcFrameKind {
  if (type === typeResponse) return command === commandHeartbeat ? RpcFrameKind.HeartbeatAck : RpcFrameKind.Response;
  if (command === commandHeartbeat) return RpcFrameKind.Heartbeat;
  if (command === commandGoAway) return RpcFrameKind.GoAway;
  return type === typeOneWay ? RpcFrameKind.OneWay : RpcFrameKind.Request;
}
