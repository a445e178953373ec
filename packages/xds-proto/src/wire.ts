import protobuf from "protobufjs/light.js";
import { protoError } from "./errors.ts";
import type { MessageSchema } from "./schema.ts";

/** The doubles next to the limits of 64-bit integers. What lies beyond would wrap around when it is encoded again. */
const MAX_INT64 = 2 ** 63 - 2 ** 10;
const MAX_UINT64 = 2 ** 64 - 2 ** 11;

/**
 * A 64-bit integer as a number, whatever protobufjs has made of it: exact up to 2^53, rounded beyond, and never so that
 * "no limit" (2^64 - 1) becomes 0 on its way out.
 */
export function toSafeNumber(value: unknown, unsigned: boolean): number {
  const number = Number(value); // Long has a toString
  return Math.min(number, unsigned ? MAX_UINT64 : MAX_INT64);
}

const longMethods = ["int64", "sint64", "sfixed64", "uint64", "fixed64"] as const;
const unsignedMethods: ReadonlySet<string> = new Set<(typeof longMethods)[number]>(["uint64", "fixed64"]);

/**
 * Reads 64-bit integers as numbers. protobufjs gives Longs where `long` is installed, which is a property of the process and not
 * of this package; its switch (`util.Long`) is global and would change other users of protobufjs.
 */
class NumberReader extends protobuf.BufferReader {
  static {
    for (const method of longMethods) {
      const read = protobuf.BufferReader.prototype[method];
      const unsigned = unsignedMethods.has(method);
      Object.defineProperty(this.prototype, method, {
        value(this: NumberReader): number {
          return toSafeNumber(read.call(this), unsigned);
        },
      });
    }
  }

  constructor(bytes: Uint8Array) {
    super(Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    this.discardUnknown = false; // kept, so that they can be reported, and are encoded again
  }
}

export function decode(schema: MessageSchema, bytes: Uint8Array, path = ""): object {
  try {
    return schema.type.decode(new NumberReader(bytes));
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    throw protoError("MESH_PROTO_MALFORMED", path, `${bytes.length} bytes are no ${schema.name}: ${problem}`, error);
  }
}

export function encode(schema: MessageSchema, message: object, path = ""): Uint8Array {
  try {
    return schema.type.encode(message).finish();
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    throw protoError("MESH_PROTO_INVALID_VALUE", path, `what was given as ${schema.name} cannot be encoded: ${problem}`, error);
  }
}

/** The numbers of the fields that a decoded message carried and its descriptor does not have; without those of nested messages. */
export function unknownFields(message: object): readonly number[] {
  const unknowns: unknown = Reflect.get(message, "$unknowns");
  if (!Array.isArray(unknowns)) return [];
  const tags = unknowns.map((field: Uint8Array) => protobuf.Reader.create(field).uint32());
  return [...new Set(tags.map((tag) => tag >>> 3))];
}
