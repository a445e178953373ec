import { CodecError, CodecErrorCode } from "@mesh/codec";
import { writeInt32 } from "./bytes.ts";
import {
  DubboReply,
  DubboSerialization,
  DubboStatus,
  flagRequest,
  flagTwoWay,
  headerBytes,
  magicHigh,
  magicLow,
  protocolVersion,
  type RpcExceptionCode,
  rpcExceptionClass,
} from "./constants.ts";
import { encodeHessianString, hessianEnd, hessianMap, hessianNull } from "./hessian.ts";
import { encodeJsonbInt, encodeJsonbString, Jsonb } from "./jsonb.ts";

/** A serialization whose requests and replies can be made here. */
export type KnownSerialization = typeof DubboSerialization.Hessian2 | typeof DubboSerialization.Fastjson2;

export type DubboAttachments = Iterable<readonly [name: string, value: string]>;

interface DubboMessage {
  /** 64 bits, signed or not. */
  readonly id: bigint | number;
  /** Hessian 2 by default. */
  readonly serialization?: KnownSerialization;
}

export interface DubboRequest extends DubboMessage {
  /** Whether the callee must not answer; false by default. */
  readonly oneWay?: boolean;
  /** `2.0.2` by default. */
  readonly dubboVersion?: string;
  /** The interface. */
  readonly path: string;
  /** None by default. */
  readonly version?: string | null;
  readonly method: string;
  /** JVM descriptors of the parameters, as many as there are arguments: `Ljava/lang/String;I`. None by default. */
  readonly parameterTypes?: string;
  /** The arguments, each serialized (without the length that stands before it in fastjson2). None by default. */
  readonly arguments?: readonly Uint8Array[];
  /** As given, nothing is added: a Java provider needs `path`, `interface` and, if they are not none, `version` and `group`. Empty by default. */
  readonly attachments?: DubboAttachments;
}

export interface DubboResponse extends DubboMessage {
  /** `DubboStatus.Ok` by default. */
  readonly status?: DubboStatus;
  /** The text of a status that is not `Ok`. */
  readonly message?: string;
  /** The result of status `Ok`, serialized: null by default. */
  readonly value?: Uint8Array;
  /** The exception thrown, serialized, in place of `value`. */
  readonly exception?: Uint8Array;
  /** None by default, which callers before 2.6.3 need. */
  readonly attachments?: DubboAttachments;
}

/** The bytes of a request. */
export function encodeDubboRequest(request: DubboRequest): Buffer {
  const { serialization = DubboSerialization.Hessian2, oneWay = false, parameterTypes = "" } = request;
  const body = new BodyWriter(serialization);
  body.text(request.dubboVersion ?? protocolVersion);
  body.text(request.path);
  body.text(request.version ?? null);
  body.text(request.method);
  body.text(parameterTypes);
  for (const argument of request.arguments ?? []) body.value(argument);
  body.attachments(request.attachments ?? []);
  return encodeFrame(flagRequest | (oneWay ? 0 : flagTwoWay) | serialization, 0, request.id, body.bytes());
}

/** The bytes of a response. Throws `CodecError` (`MESH_CODEC_UNENCODABLE`) when it should be both a result and a failure. */
export function encodeDubboResponse(response: DubboResponse): Buffer {
  const { serialization = DubboSerialization.Hessian2, status = DubboStatus.Ok, message, value, exception, attachments } = response;
  const body = new BodyWriter(serialization);
  const isOk = status === DubboStatus.Ok;
  if (isOk ? message !== undefined || (value !== undefined && exception !== undefined) : value !== undefined || exception !== undefined) {
    throw new CodecError(
      CodecErrorCode.Unencodable,
      "a Dubbo response has a value, an exception or, if its status is not 20, a message",
      0,
    );
  }
  if (isOk) {
    const reply = exception !== undefined ? DubboReply.Exception : value !== undefined ? DubboReply.Value : DubboReply.Null;
    body.reply(attachments === undefined ? reply : reply + DubboReply.ExceptionWithAttachments);
    const content = exception ?? value;
    if (content !== undefined) body.value(content);
    if (attachments !== undefined) body.attachments(attachments);
  } else {
    body.text(message ?? null);
  }
  return encodeFrame(serialization, status, response.id, body.bytes());
}

/** Whether bodies can be made in this serialization. */
export function isKnown(serialization: number): serialization is KnownSerialization {
  return serialization === DubboSerialization.Hessian2 || serialization === DubboSerialization.Fastjson2;
}

/** Any frame, as its parts. */
export function encodeFrame(flags: number, status: number, id: bigint | number, body: Uint8Array): Buffer {
  const low = BigInt.asUintN(64, BigInt(id));
  return encodeFrameOfId(flags, status, Number(low >> 32n), Number(low & 0xffff_ffffn), body);
}

export function encodeFrameOfId(flags: number, status: number, idHigh: number, idLow: number, body: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(headerBytes + body.length);
  bytes[0] = magicHigh;
  bytes[1] = magicLow;
  bytes[2] = flags;
  bytes[3] = status;
  writeInt32(bytes, idHigh, 4);
  writeInt32(bytes, idLow, 8);
  writeInt32(bytes, body.length, 12);
  bytes.set(body, headerBytes);
  return bytes;
}

/** The string that is the body of a status; nothing in a serialization that is not known. */
export function textBody(serialization: number, text: string): Buffer {
  if (!isKnown(serialization)) return Buffer.alloc(0);
  const body = new BodyWriter(serialization);
  body.text(text);
  return body.bytes();
}

/** The body of a reply whose value is a text, or null for `""`. */
export function valueBody(serialization: KnownSerialization, text: string): Buffer {
  const body = new BodyWriter(serialization);
  body.reply(text === "" ? DubboReply.Null : DubboReply.Value);
  if (text !== "") body.text(text);
  return body.bytes();
}

/** The body of a reply that is an `RpcException`. */
export function rpcExceptionBody(serialization: KnownSerialization, code: RpcExceptionCode, message: string): Buffer {
  const body = new BodyWriter(serialization);
  body.reply(DubboReply.Exception);
  body.value(rpcException(serialization, code, message));
  return body.bytes();
}

/** An `RpcException` as a value. */
export function rpcException(serialization: KnownSerialization, code: RpcExceptionCode, message: string): Buffer {
  return serialization === DubboSerialization.Hessian2 ? hessianRpcException(code, message) : jsonbRpcException(code, message);
}

/** A class definition and an object of it. What is left out of a Throwable, its reader fills in. */
function hessianRpcException(code: RpcExceptionCode, message: string): Buffer {
  return Buffer.concat([
    Buffer.from("C"),
    encodeHessianString(rpcExceptionClass),
    Buffer.from([0x92]),
    encodeHessianString("code"),
    encodeHessianString("detailMessage"),
    Buffer.from([0x60, 0x90 + code]),
    encodeHessianString(message),
  ]);
}

/** An object with its type's name, which is symbol 0; its fields' names are symbols too, as fastjson2 writes them. */
function jsonbRpcException(code: RpcExceptionCode, message: string): Buffer {
  return Buffer.concat([
    Buffer.from([Jsonb.Typed]),
    encodeJsonbString(rpcExceptionClass),
    Buffer.from([0, Jsonb.Object, Jsonb.Symbol]),
    encodeJsonbString("code"),
    Buffer.from([1]),
    encodeJsonbInt(code),
    Buffer.from([Jsonb.Symbol]),
    encodeJsonbString("detailMessage"),
    Buffer.from([2]),
    encodeJsonbString(message),
    Buffer.from([Jsonb.ObjectEnd]),
  ]);
}

/** Writes the parts of a body: as they are in Hessian, behind their lengths in fastjson2. */
export class BodyWriter {
  readonly #isHessian: boolean;
  readonly #parts: Uint8Array[] = [];

  constructor(serialization: KnownSerialization) {
    this.#isHessian = serialization === DubboSerialization.Hessian2;
  }

  value(bytes: Uint8Array): void {
    if (!this.#isHessian) {
      const length = Buffer.allocUnsafe(4);
      writeInt32(length, bytes.length, 0);
      this.#parts.push(length);
    }
    this.#parts.push(bytes);
  }

  text(text: string | null): void {
    if (text === null) this.value(Buffer.from([this.#isHessian ? hessianNull : Jsonb.Null]));
    else this.value(this.#isHessian ? encodeHessianString(text) : encodeJsonbString(text));
  }

  reply(reply: number): void {
    this.value(this.#isHessian ? Buffer.from([0x90 + reply]) : Buffer.from([Jsonb.Int8, reply]));
  }

  attachments(entries: DubboAttachments): void {
    this.entries(Array.from(entries, ([name, text]) => ({ name, text })));
  }

  /** Attachments; `bytes` is a value that is serialized already. */
  entries(entries: readonly { readonly name: string; readonly text: string | null; readonly bytes?: Uint8Array }[]): void {
    const encode = this.#isHessian ? encodeHessianString : encodeJsonbString;
    const parts: Uint8Array[] = [Buffer.from([this.#isHessian ? hessianMap : Jsonb.Object])];
    for (const { name, text, bytes } of entries) parts.push(encode(name), bytes ?? encode(text ?? ""));
    parts.push(Buffer.from([this.#isHessian ? hessianEnd : Jsonb.ObjectEnd]));
    this.value(Buffer.concat(parts));
  }

  bytes(): Buffer {
    return Buffer.concat(this.#parts);
  }
}
