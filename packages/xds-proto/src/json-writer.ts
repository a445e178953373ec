import { protoError } from "./errors.ts";
import { isWrittenAsValue } from "./json-reader.ts";
import { hasOwnJsonForm, scalarInWrapper, writeOwnForm, writeScalar } from "./json-values.ts";
import { fieldPath, indexPath, keyPath, show } from "./path.ts";
import type { MessageSchema, Schema } from "./schema.ts";
import type { FieldDescription } from "./types.ts";
import { decode } from "./wire.ts";

const MAX_DEPTH = 100;

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;

/** Writes messages, instances or plain objects, as ProtoJSON. */
export class JsonWriter {
  readonly #schema: Schema;
  readonly #preserveNames: boolean;

  constructor(schema: Schema, preserveProtoFieldNames: boolean) {
    this.#schema = schema;
    this.#preserveNames = preserveProtoFieldNames;
  }

  write(message: MessageSchema, value: unknown, path = "", depth = 0): unknown {
    if (depth > MAX_DEPTH) throw protoError("MESH_PROTO_TOO_DEEP", path, `messages are nested deeper than ${MAX_DEPTH}`);
    if (!isObject(value)) throw protoError("MESH_PROTO_INVALID_VALUE", path, `expected a ${message.name}, got ${show(value)}`);
    const scalar = scalarInWrapper(message.name);
    if (scalar) return writeScalar(scalar, Reflect.get(value, "value") ?? Reflect.get(message.type.create(), "value"));
    if (hasOwnJsonForm(message.name)) return writeOwnForm(message, value, path);
    if (message.name === "google.protobuf.Any") return this.#writeAny(value, path, depth);
    return this.#writeFields(message, value, path, depth);
  }

  #writeFields(message: MessageSchema, value: object, path: string, depth: number): Record<string, unknown> {
    const json: Record<string, unknown> = {};
    for (const field of message.fields) {
      const content: unknown = Object.hasOwn(value, field.property) ? Reflect.get(value, field.property) : undefined;
      if (content === undefined || content === null || isLeftOut(field, content)) continue;
      const name = this.#preserveNames ? field.name : field.jsonName;
      json[name] = this.#writeField(field, content, fieldPath(path, field.name), depth);
    }
    return json;
  }

  #writeField(field: FieldDescription, value: unknown, path: string, depth: number): unknown {
    if (field.mapKey !== undefined && isObject(value)) {
      const entries = Object.entries(value).map(([key, entry]) => [key, this.#writeValue(field, entry, keyPath(path, key), depth)]);
      return Object.fromEntries(entries);
    }
    if (!field.repeated) return this.#writeValue(field, value, path, depth);
    if (!Array.isArray(value)) throw protoError("MESH_PROTO_INVALID_VALUE", path, `expected a list, got ${show(value)}`);
    return value.map((element: unknown, index) => this.#writeValue(field, element, indexPath(path, index), depth));
  }

  #writeValue(field: FieldDescription, value: unknown, path: string, depth: number): unknown {
    if (field.kind === "message") return this.write(this.#schema.message(field.type), value, path, depth + 1);
    if (field.kind === "scalar") return writeScalar(field.type, value);
    if (field.type === "google.protobuf.NullValue") return null;
    return this.#schema.enumeration(field.type).names.get(Number(value)) ?? value; // a number that a newer peer knows
  }

  /** An Any that cannot be read is shown with its bytes: a dump must show the configuration that was refused for it. */
  #writeAny(any: object, path: string, depth: number): unknown {
    const url: unknown = Reflect.get(any, "type_url");
    const bytes: unknown = Reflect.get(any, "value") ?? new Uint8Array(0);
    if (typeof url !== "string" || url === "") return {};
    if (!(bytes instanceof Uint8Array)) throw protoError("MESH_PROTO_INVALID_VALUE", path, `expected bytes in "value", got ${show(bytes)}`);
    const opened = this.#open(url, bytes);
    if (!opened) return { "@type": url, value: writeScalar("bytes", bytes) };
    const json = this.write(opened.schema, opened.message, path, depth + 1);
    return isWrittenAsValue(opened.schema.name) || !isObject(json) ? { "@type": url, value: json } : { "@type": url, ...json };
  }

  #open(url: string, bytes: Uint8Array): { schema: MessageSchema; message: object } | undefined {
    const name = url.slice(url.lastIndexOf("/") + 1);
    if (!this.#schema.hasMessage(name)) return undefined;
    const schema = this.#schema.message(name);
    try {
      return { schema, message: decode(schema, bytes) };
    } catch {
      return undefined;
    }
  }
}

/** Whether a value is the default of a field that does not tell it from an absent one, or an empty list or map. */
function isLeftOut(field: FieldDescription, value: unknown): boolean {
  if (field.repeated) return Array.isArray(value) && value.length === 0;
  if (field.mapKey !== undefined) return isObject(value) && Object.keys(value).length === 0;
  if (field.hasPresence) return false;
  return value === 0 || value === false || value === "" || (value instanceof Uint8Array && value.length === 0);
}
