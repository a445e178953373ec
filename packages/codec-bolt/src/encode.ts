import { crc32 } from "node:zlib";
import { CodecError, CodecErrorCode } from "@mesh/codec";
import { writeInt16, writeInt32 } from "./bytes.ts";
import {
  BoltCodecId,
  BoltStatus,
  checksumBytes,
  checksumSwitch,
  commandRequest,
  commandResponse,
  commandVersion,
  lengthsBytes,
  maxInt16,
  protocolV1,
  protocolV2,
  sofaRequestClass,
  sofaResponseClass,
  typeOneWay,
  typeRequest,
  typeResponse,
  v2WithoutSwitches,
  v2WithSwitches,
} from "./constants.ts";
import { encodeHeaders } from "./headers.ts";

/** How a frame is laid out. */
export interface BoltDialect {
  /** Bolt's version; 1 by default, which every peer speaks. */
  readonly version?: 1 | 2;
  /** Ends the frame with a CRC-32 over all of it. Version 2 only; false by default. Java checks it, MOSN stumbles over it. */
  readonly checksum?: boolean;
}

interface BoltMessage extends BoltDialect {
  /** 32 bits, signed or not. */
  readonly id: number;
  /** How `content` is serialized, a `BoltCodecId` as a rule; Hessian by default. */
  readonly codecId?: number;
  /** None by default. A name with the value null is written, as older Java peers do; newer ones overlook it. */
  readonly headers?: Iterable<readonly [name: string, value: string | null]>;
  /** Empty by default. */
  readonly content?: Uint8Array;
}

export interface BoltRequest extends BoltMessage {
  /** Whether the callee must not answer; false by default. */
  readonly oneWay?: boolean;
  /** Milliseconds that the caller waits; 0, the default, for no limit. */
  readonly timeoutMs?: number;
  /** SOFARPC's `SofaRequest` by default. */
  readonly className?: string;
}

export interface BoltResponse extends BoltMessage {
  /** `BoltStatus.Success` by default. */
  readonly status?: BoltStatus;
  /** SOFARPC's `SofaResponse` by default. */
  readonly className?: string;
}

/** The bytes of a request. Throws `CodecError` (`MESH_CODEC_UNENCODABLE`) when class or headers have more than 32767 bytes, or v1 should have a checksum. */
export function encodeBoltRequest(request: BoltRequest): Buffer {
  const { oneWay = false, timeoutMs = 0, className = sofaRequestClass } = request;
  const type = oneWay ? typeOneWay : typeRequest;
  return encodeMessage(request, type, commandRequest, timeoutMs, className);
}

/** The bytes of a response. Throws as `encodeBoltRequest` does. */
export function encodeBoltResponse(response: BoltResponse): Buffer {
  const { status = BoltStatus.Success, className = sofaResponseClass } = response;
  return encodeMessage(response, typeResponse, commandResponse, status, className);
}

function encodeMessage(message: BoltMessage, type: number, command: number, timeoutOrStatus: number, className: string): Buffer {
  return encodeFrame(
    layoutOf(message),
    { type, command, id: message.id, codecId: message.codecId ?? BoltCodecId.Hessian, timeoutOrStatus },
    Buffer.from(className),
    encodeHeaders(message.headers ?? []),
    message.content ?? Buffer.alloc(0),
  );
}

/** What the first bytes of a frame say of its layout. */
export interface Layout {
  readonly protocol: typeof protocolV1 | typeof protocolV2;
  /** The second byte of v2. */
  readonly protocolVersion: number;
  readonly switches: number;
}

/** The layout that a dialect stands for. */
export function layoutOf({ version = 1, checksum = false }: BoltDialect): Layout {
  if (version === 2) {
    return {
      protocol: protocolV2,
      protocolVersion: checksum ? v2WithSwitches : v2WithoutSwitches,
      switches: checksum ? checksumSwitch : 0,
    };
  }
  if (checksum) throw new CodecError(CodecErrorCode.Unencodable, "Bolt v1 has no checksums: use version 2", 0);
  return { protocol: protocolV1, protocolVersion: 0, switches: 0 };
}

/** The fixed part of a frame, without the lengths. */
export interface FixedPart {
  readonly type: number;
  readonly command: number;
  readonly id: number;
  readonly codecId: number;
  /** Milliseconds in a request, the status in a response. */
  readonly timeoutOrStatus: number;
}

const nothing = Buffer.alloc(0);

/** Writes any frame; the layout of each kind is in the table of `BoltFrame`'s source. */
export function encodeFrame(
  layout: Layout,
  fixed: FixedPart,
  className: Uint8Array = nothing,
  headers: Uint8Array = nothing,
  content: Uint8Array = nothing,
): Buffer {
  if (className.length > maxInt16) throw tooLong("class name", className.length);
  if (headers.length > maxInt16) throw tooLong("header map", headers.length);
  const isV2 = layout.protocol === protocolV2;
  const shift = isV2 ? 1 : 0;
  const isResponse = fixed.type === typeResponse;
  const lengths = 12 + shift + shift + (isResponse ? 0 : 2);
  const body = lengths + lengthsBytes;
  const contentEnd = body + className.length + headers.length + content.length;
  const hasChecksum = isV2 && layout.protocolVersion === v2WithSwitches && (layout.switches & checksumSwitch) !== 0;
  const bytes = Buffer.allocUnsafe(contentEnd + (hasChecksum ? checksumBytes : 0));
  bytes[0] = layout.protocol;
  if (isV2) {
    bytes[1] = layout.protocolVersion;
    bytes[11] = layout.switches;
  }
  bytes[1 + shift] = fixed.type;
  writeInt16(bytes, fixed.command, 2 + shift);
  bytes[4 + shift] = commandVersion;
  writeInt32(bytes, fixed.id, 5 + shift);
  bytes[9 + shift] = fixed.codecId;
  if (isResponse) writeInt16(bytes, fixed.timeoutOrStatus, lengths - 2);
  else writeInt32(bytes, fixed.timeoutOrStatus, lengths - 4);
  writeInt16(bytes, className.length, lengths);
  writeInt16(bytes, headers.length, lengths + 2);
  writeInt32(bytes, content.length, lengths + 4);
  bytes.set(className, body);
  bytes.set(headers, body + className.length);
  bytes.set(content, body + className.length + headers.length);
  if (hasChecksum) writeInt32(bytes, crc32(bytes.subarray(0, contentEnd)), contentEnd);
  return bytes;
}

function tooLong(part: string, length: number): CodecError {
  return new CodecError(CodecErrorCode.Unencodable, `a Bolt ${part} has at most ${maxInt16} bytes, not ${length}`, 0);
}
