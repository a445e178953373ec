import { int32 } from "./bytes.ts";
import { DubboReply, DubboSerialization } from "./constants.ts";
import { type DubboHead, type DubboHeaders, readHessianAttachments, readJsonbAttachments } from "./headers.ts";
import { hessianReader } from "./hessian.ts";
import { Jsonb, stringAt, stringEnd } from "./jsonb.ts";
import { parameterCount } from "./parameters.ts";
import { readThrown, type Thrown } from "./thrown.ts";

/** What bodies consist of. They are `bytes` from `start` to `end`; in fastjson2 each part of one stands behind an i32 that counts its bytes. */

/** What a request begins with. */
export interface RequestHead extends DubboHead {
  readonly method: string;
  /** Bytes of the body up to the end of the method; 0 for a head that cannot be read. */
  readonly length: number;
}

export const noRequestHead: RequestHead = { path: "", version: "", method: "", length: 0 };

const lengthBytes = 4;
/** Dubbo's version, path, version, method. */
const headParts = 4;
/** What replies are as ints in Hessian. */
const hessianZero = 0x90;

export function readRequestHead(serialization: number, bytes: Buffer, start: number, end: number): RequestHead {
  if (serialization === DubboSerialization.Hessian2) return readHessianHead(bytes, start, end);
  return serialization === DubboSerialization.Fastjson2 ? readJsonbHead(bytes, start, end) : noRequestHead;
}

function readHessianHead(bytes: Buffer, start: number, end: number): RequestHead {
  const reader = hessianReader;
  reader.reset(bytes, start, end);
  reader.skip();
  const path = reader.readString();
  const version = reader.readString();
  const method = reader.readString();
  if (method === undefined) return noRequestHead;
  return { path: path ?? "", version: version ?? "", method: method ?? "", length: reader.offset - start };
}

function readJsonbHead(bytes: Buffer, start: number, end: number): RequestHead {
  const pathAt = partEnd(bytes, start, end);
  const versionAt = partEnd(bytes, pathAt, end);
  const methodAt = partEnd(bytes, versionAt, end);
  const headEnd = partEnd(bytes, methodAt, end);
  if (headEnd < 0) return noRequestHead;
  const path = partText(bytes, pathAt, versionAt);
  const version = partText(bytes, versionAt, methodAt);
  const method = partText(bytes, methodAt, headEnd);
  if (path === undefined || version === undefined || method === undefined) return noRequestHead;
  return { path, version, method, length: headEnd - start };
}

/**
 * Skips the arguments. `headLength` saves skipping the head, where it is known; else it is 0.
 *
 * @returns undefined if the attachments cannot be found
 */
export function readRequestAttachments(
  serialization: number,
  bytes: Buffer,
  start: number,
  end: number,
  headLength: number,
  head: DubboHead,
): DubboHeaders | undefined {
  if (serialization !== DubboSerialization.Hessian2) return readJsonbRequestAttachments(bytes, start, end, headLength, head);
  const reader = hessianReader;
  reader.reset(bytes, start + headLength, end);
  if (headLength === 0) for (let part = 0; part < headParts; part += 1) reader.skip();
  const types = reader.readString();
  const count = types === undefined ? -1 : parameterCount(types ?? "");
  if (count < 0) return undefined;
  for (let argument = 0; argument < count; argument += 1) if (!reader.skip()) return undefined;
  return readHessianAttachments(bytes, end, head);
}

function readJsonbRequestAttachments(
  bytes: Buffer,
  start: number,
  end: number,
  headLength: number,
  head: DubboHead,
): DubboHeaders | undefined {
  let at = start + headLength;
  if (headLength === 0) for (let part = 0; part < headParts; part += 1) at = partEnd(bytes, at, end);
  const typesEnd = partEnd(bytes, at, end);
  const types = typesEnd < 0 ? undefined : partText(bytes, at, typesEnd);
  const count = types === undefined ? -1 : parameterCount(types);
  if (count < 0) return undefined;
  at = typesEnd;
  for (let argument = 0; argument < count; argument += 1) at = partEnd(bytes, at, end);
  return at < 0 ? undefined : readJsonbAttachments(bytes, at, end, head);
}

/** What the body of a response begins with, a `DubboReply`; -1 if it is none. */
export function replyOf(serialization: number, bytes: Buffer, start: number, end: number): number {
  if (serialization === DubboSerialization.Hessian2) {
    const reply = start < end ? (bytes[start] ?? 0) - hessianZero : -1;
    return reply <= DubboReply.NullWithAttachments ? Math.max(reply, -1) : -1;
  }
  if (serialization !== DubboSerialization.Fastjson2) return -1;
  const partsEnd = partEnd(bytes, start, end);
  const at = start + lengthBytes;
  const isByte = bytes[at] === Jsonb.Int8;
  if (partsEnd < 0 || partsEnd !== at + (isByte ? 2 : 1)) return -1;
  const reply = bytes[isByte ? at + 1 : at] ?? 0;
  return reply <= DubboReply.NullWithAttachments ? reply : -1;
}

/** Skips the value or exception of a reply that has attachments. Undefined if they cannot be found. */
export function readReplyAttachments(serialization: number, bytes: Buffer, start: number, end: number): DubboHeaders | undefined {
  const hasValue = replyOf(serialization, bytes, start, end) !== DubboReply.NullWithAttachments;
  if (serialization === DubboSerialization.Hessian2) {
    hessianReader.reset(bytes, start + 1, end);
    if (hasValue) hessianReader.skip();
    return readHessianAttachments(bytes, end, undefined);
  }
  let at = partEnd(bytes, start, end);
  if (hasValue) at = partEnd(bytes, at, end);
  return at < 0 ? undefined : readJsonbAttachments(bytes, at, end, undefined);
}

/** The exception that a reply of status 20 is; undefined if it is none. */
export function readException(serialization: number, bytes: Buffer, start: number, end: number): Thrown | undefined {
  const reply = replyOf(serialization, bytes, start, end);
  if (reply !== DubboReply.Exception && reply !== DubboReply.ExceptionWithAttachments) return undefined;
  if (serialization === DubboSerialization.Hessian2) return readThrown(serialization, bytes, start + 1, end);
  const at = partEnd(bytes, start, end);
  const exceptionEnd = partEnd(bytes, at, end);
  return readThrown(serialization, bytes, at + lengthBytes, exceptionEnd < 0 ? at + lengthBytes : exceptionEnd);
}

/** fastjson2: where the part ends whose length is at `at`, or -1; -1 too where `at` is that. */
function partEnd(bytes: Buffer, at: number, end: number): number {
  if (at < 0 || end - at <= lengthBytes) return -1;
  const length = int32(bytes, at);
  return length <= 0 || length > end - at - lengthBytes ? -1 : at + lengthBytes + length;
}

/** fastjson2: the text of the part at `at`, `""` for null; undefined for another value. */
function partText(bytes: Buffer, at: number, end: number): string | undefined {
  const start = at + lengthBytes;
  if (end === start + 1 && bytes[start] === Jsonb.Null) return "";
  return stringEnd(bytes, start, end) === end ? stringAt(bytes, start, end) : undefined;
}
