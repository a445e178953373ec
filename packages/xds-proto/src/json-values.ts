import protobuf from "protobufjs/light.js";
import protojson from "protobufjs/ext/protojson.js";
import { protoError } from "./errors.ts";
import { show } from "./path.ts";
import type { MessageSchema } from "./schema.ts";
import type { ScalarType } from "./types.ts";
import { decode, encode, toSafeNumber } from "./wire.ts";

/**
 * ProtoJSON of what has no fields of its own to walk through: scalars, and the well-known types with a form of their own.
 * protobufjs's conformant converter does the work; here it gets paths, advice, and the shapes that this package promises.
 */

/** The wrappers by the scalar in them. */
const wrapped: ReadonlyMap<string, ScalarType> = new Map([
  ["google.protobuf.BoolValue", "bool"],
  ["google.protobuf.BytesValue", "bytes"],
  ["google.protobuf.DoubleValue", "double"],
  ["google.protobuf.FloatValue", "float"],
  ["google.protobuf.Int32Value", "int32"],
  ["google.protobuf.Int64Value", "int64"],
  ["google.protobuf.StringValue", "string"],
  ["google.protobuf.UInt32Value", "uint32"],
  ["google.protobuf.UInt64Value", "uint64"],
]);

/** The scalar in a wrapper such as `google.protobuf.UInt32Value`. */
export const scalarInWrapper = (message: string): ScalarType | undefined => wrapped.get(message);

const expectedMessage: ReadonlyMap<string, string> = new Map([
  ["google.protobuf.Duration", 'a duration in seconds such as "15s" or "0.25s"'],
  ["google.protobuf.Timestamp", 'a time such as "2026-01-31T12:00:00Z"'],
  ["google.protobuf.FieldMask", 'field names in camel case with commas between, such as "name,lbPolicy"'],
  ["google.protobuf.Struct", "an object"],
  ["google.protobuf.ListValue", "a list"],
  ["google.protobuf.Value", "any JSON value"],
]);

/** Whether a message is written as something else than an object of its fields; wrappers and Any apart. */
export const hasOwnJsonForm = (message: string): boolean => expectedMessage.has(message);

export function readOwnForm(schema: MessageSchema, json: unknown, path: string): object {
  const message = attempt(expectedMessage.get(schema.name) ?? schema.name, json, path, () => protojson.fromJson(schema.type, json));
  // Struct and its like come without instances inside; the way over the wire makes them.
  return decode(schema, encode(schema, message, path), path);
}

export function writeOwnForm(schema: MessageSchema, message: object, path: string): unknown {
  try {
    return protojson.toJson(schema.type, message);
  } catch (error) {
    throw protoError("MESH_PROTO_INVALID_VALUE", path, `a ${schema.name} out of range: ${show(message)}`, error);
  }
}

const expectedScalar: Readonly<Record<ScalarType, string>> = {
  bool: "true or false",
  bytes: "a string in base64",
  double: "a number",
  float: "a number that fits 32 bits",
  fixed32: "an integer from 0 to 4294967295",
  fixed64: "an integer from 0 to 18446744073709551615",
  int32: "an integer from -2147483648 to 2147483647",
  int64: "an integer of 64 bits",
  sfixed32: "an integer from -2147483648 to 2147483647",
  sfixed64: "an integer of 64 bits",
  sint32: "an integer from -2147483648 to 2147483647",
  sint64: "an integer of 64 bits",
  string: "a string",
  uint32: "an integer from 0 to 4294967295",
  uint64: "an integer from 0 to 18446744073709551615",
};

let scalarMessages: protobuf.Root | undefined;

/** A message with a single field of the type: protobufjs reads scalars only as fields. */
function scalarMessage(type: ScalarType): protobuf.Type {
  scalarMessages ??= protobuf.Root.fromJSON({
    nested: Object.fromEntries(Object.keys(expectedScalar).map((name) => [name, { fields: { value: { type: name, id: 1 } } }])),
  });
  return scalarMessages.lookupType(type);
}

const unsigned64: ReadonlySet<ScalarType> = new Set<ScalarType>(["uint64", "fixed64"]);
const signed64: ReadonlySet<ScalarType> = new Set<ScalarType>(["int64", "sint64", "sfixed64"]);

export function readScalar(type: ScalarType, json: unknown, path: string): unknown {
  const message = attempt(expectedScalar[type], json, path, () => {
    if (json === null) throw new TypeError("null"); // which protojson takes for an absent field
    return protojson.fromJson(scalarMessage(type), { value: json });
  });
  const value: unknown = Reflect.get(message, "value");
  if (unsigned64.has(type)) return toSafeNumber(value, true);
  if (signed64.has(type)) return toSafeNumber(value, false);
  if (type === "float") return Math.fround(Number(value)); // what decoding the bytes would give
  if (type === "bytes") return value instanceof Uint8Array ? value : Buffer.alloc(0);
  return value;
}

export function writeScalar(type: ScalarType, value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64");
  if (unsigned64.has(type) || signed64.has(type)) return typeof value === "number" ? BigInt(value).toString() : String(value);
  if (typeof value !== "number") return value;
  if (!Number.isFinite(value)) return String(value);
  return type === "float" ? shortestFloat(value) : value;
}

/** The shortest decimal number that is the same float of 32 bits: 0.1, and not 0.10000000149011612. */
function shortestFloat(value: number): number {
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === Math.fround(value)) return short;
  }
  return value;
}

function attempt<T>(expected: string, json: unknown, path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const quotes = expected === "a string" && (typeof json === "number" || typeof json === "boolean") ? "; put it in quotes" : "";
    throw protoError("MESH_PROTO_INVALID_VALUE", path, `expected ${expected}, got ${show(json)}${quotes}`, error);
  }
}
