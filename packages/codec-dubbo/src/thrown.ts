import { alibabaRpcExceptionClass, DubboSerialization, rpcExceptionClass } from "./constants.ts";
import { hessianReader } from "./hessian.ts";
import { intAt, intEnd, Jsonb, jsonbEnd, stringAt, stringEnd } from "./jsonb.ts";
import { httpStatusOfRpcException } from "./status.ts";

/** The exception that a reply is. */
export interface Thrown {
  /** `""` if it cannot be told. */
  readonly className: string;
  /** 200 for an exception of the application; for an `RpcException`, what its code means. */
  readonly httpStatus: number;
}

const hessianDefinition = 0x43;
/** The first object of the first definition. */
const hessianObject = 0x60;
/** The int 0 in one byte; those up to 47 follow. */
const hessianZero = 0x90;
const maxShortInt = 47;

/** Reads no more of the exception, which is from `at` to `end`, than its class, and the code of an `RpcException`. */
export function readThrown(serialization: number, bytes: Buffer, at: number, end: number): Thrown {
  return serialization === DubboSerialization.Hessian2 ? readHessianThrown(bytes, at, end) : readJsonbThrown(bytes, at, end);
}

function isRpcException(className: string): boolean {
  return className === rpcExceptionClass || className === alibabaRpcExceptionClass;
}

function readHessianThrown(bytes: Buffer, at: number, end: number): Thrown {
  if (at >= end || bytes[at] !== hessianDefinition) return { className: "", httpStatus: 200 };
  hessianReader.reset(bytes, at + 1, end);
  const className = hessianReader.readString() ?? "";
  return { className, httpStatus: isRpcException(className) ? httpStatusOfRpcException(hessianCode(bytes, at, end)) : 200 };
}

/** The field `code`, where it is the first one (as we write it) or the last one (as Java does); otherwise 0. `hessianReader` has read the class. */
function hessianCode(bytes: Buffer, at: number, end: number): number {
  const reader = hessianReader;
  const fields = reader.readInt() ?? 0;
  let codeField = -1;
  for (let field = 0; field < fields && reader.error === undefined; field += 1) if (reader.readString() === "code") codeField = field;
  const object = reader.offset;
  if (codeField < 0 || reader.error !== undefined || object >= end || bytes[object] !== hessianObject) return 0;
  let value = object + 1;
  if (codeField > 0) {
    reader.reset(bytes, at, end);
    if (codeField !== fields - 1 || !reader.skip()) return 0;
    value = reader.offset - 1;
  }
  const code = value < end ? (bytes[value] ?? 0) - hessianZero : 0;
  return code >= 0 && code <= maxShortInt ? code : 0;
}

function readJsonbThrown(bytes: Buffer, at: number, end: number): Thrown {
  const named = at < end && bytes[at] === Jsonb.Typed ? stringEnd(bytes, at + 1, end) : -1;
  if (named < 0) return { className: "", httpStatus: 200 };
  const typeName = stringAt(bytes, at + 1, named) ?? "";
  // fastjson2 leaves this package away.
  const className = /^[A-Z]\w*$/.test(typeName) ? `java.lang.${typeName}` : typeName;
  return { className, httpStatus: isRpcException(className) ? httpStatusOfRpcException(jsonbCode(bytes, named, end)) : 200 };
}

/** The field `code` of the object that follows the name of its type, which ends at `named`; 0, which is not written, if there is none. */
function jsonbCode(bytes: Buffer, named: number, end: number): number {
  let at = intEnd(bytes, named, end);
  if (at < 0 || at >= end || bytes[at] !== Jsonb.Object) return 0;
  at += 1;
  while (at < end && bytes[at] !== Jsonb.ObjectEnd) {
    const value = jsonbEnd(bytes, at, end);
    if (value < 0) return 0;
    const key = bytes[at] === Jsonb.Symbol ? at + 1 : at;
    const keyEnd = stringEnd(bytes, key, value);
    if (keyEnd >= 0 && stringAt(bytes, key, keyEnd) === "code") return intEnd(bytes, value, end) < 0 ? 0 : intAt(bytes, value);
    at = jsonbEnd(bytes, value, end);
    if (at < 0) return 0;
  }
  return 0;
}
