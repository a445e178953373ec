import { protoError } from "./errors.ts";
import { hasOwnJsonForm, readOwnForm, readScalar, scalarInWrapper } from "./json-values.ts";
import { fieldPath, indexPath, keyPath, show, suggest } from "./path.ts";
import type { MessageSchema, Schema } from "./schema.ts";
import type { FieldDescription } from "./types.ts";
import { encode } from "./wire.ts";

const MAX_DEPTH = 100; // as protobufjs decodes

const isObject = (json: unknown): json is Readonly<Record<string, unknown>> =>
  typeof json === "object" && json !== null && !Array.isArray(json);

/** Reads ProtoJSON into instances, and says of each problem where it is. */
export class JsonReader {
  readonly #schema: Schema;

  constructor(schema: Schema) {
    this.#schema = schema;
  }

  read(message: MessageSchema, json: unknown, path = "", depth = 0): object {
    if (depth > MAX_DEPTH) throw protoError("MESH_PROTO_TOO_DEEP", path, `messages are nested deeper than ${MAX_DEPTH}`);
    const scalar = scalarInWrapper(message.name);
    if (scalar) {
      const value = readScalar(scalar, json, path);
      return message.type.create(isDefault(value) ? {} : { value });
    }
    if (hasOwnJsonForm(message.name)) return readOwnForm(message, json, path);
    if (!isObject(json)) {
      throw protoError("MESH_PROTO_INVALID_VALUE", path, `expected an object (${message.name}), got ${show(json)}`);
    }
    if (message.name === "google.protobuf.Any") return this.#readAny(message, json, path, depth);
    return message.type.create(this.#readFields(message, json, path, depth));
  }

  #readFields(message: MessageSchema, json: Readonly<Record<string, unknown>>, path: string, depth: number): Record<string, unknown> {
    const properties: Record<string, unknown> = {};
    const seen = new Set<FieldDescription>();
    const oneofs = new Map<string, string>();
    for (const [key, value] of Object.entries(json)) {
      const field = message.fieldsByKey.get(key);
      if (!field) throw unknownField(message, key, path);
      const at = fieldPath(path, field.name);
      if (seen.has(field)) {
        throw protoError("MESH_PROTO_DUPLICATE_FIELD", at, `given twice, as ${field.name} and ${field.jsonName}: remove one`);
      }
      seen.add(field);
      if (value === null && !takesNull(field)) continue;
      if (field.oneof !== undefined) {
        const other = oneofs.get(field.oneof);
        if (other) throw protoError("MESH_PROTO_ONEOF_CONFLICT", at, `only one of ${field.oneof} may be set, and ${other} is: remove one`);
        oneofs.set(field.oneof, field.name);
      }
      const read = this.#readField(field, value, at, depth);
      if (field.hasPresence || !isDefault(read)) properties[field.property] = read;
    }
    return properties;
  }

  #readField(field: FieldDescription, json: unknown, path: string, depth: number): unknown {
    if (field.mapKey !== undefined) {
      const { mapKey } = field;
      if (!isObject(json)) throw protoError("MESH_PROTO_INVALID_VALUE", path, `expected an object, got ${show(json)}`);
      // Object.fromEntries makes own properties, of "__proto__" too.
      return Object.fromEntries(
        Object.entries(json).map(([key, value]) => {
          const at = keyPath(path, key);
          const asKey = mapKey === "bool" ? key === "true" || key : key;
          return [String(readScalar(mapKey, asKey, at)), this.#readValue(field, value, at, depth)];
        }),
      );
    }
    if (!field.repeated) return this.#readValue(field, json, path, depth);
    if (!Array.isArray(json)) throw protoError("MESH_PROTO_INVALID_VALUE", path, `expected a list, got ${show(json)}`);
    return json.map((value: unknown, index) => this.#readValue(field, value, indexPath(path, index), depth));
  }

  #readValue(field: FieldDescription, json: unknown, path: string, depth: number): unknown {
    if (field.kind === "scalar") return readScalar(field.type, json, path);
    if (field.kind === "enum") return this.#readEnum(field.type, json, path);
    return this.read(this.#schema.message(field.type), json, path, depth + 1);
  }

  #readEnum(name: string, json: unknown, path: string): number {
    const { numbers, names } = this.#schema.enumeration(name);
    if (typeof json === "string") {
      const number = numbers.get(json);
      if (number !== undefined) return number;
    } else if (typeof json === "number") {
      if (names.has(json)) return json;
    } else if (json === null && name === "google.protobuf.NullValue") {
      return 0;
    } else {
      throw protoError("MESH_PROTO_INVALID_VALUE", path, `expected a name of ${name}, got ${show(json)}`);
    }
    const similar = typeof json === "string" ? suggest(json.toUpperCase(), numbers.keys()) : undefined;
    const advice = similar ? `did you mean ${similar}?` : `use one of ${[...numbers.keys()].join(", ")}`;
    throw protoError("MESH_PROTO_UNKNOWN_ENUM_VALUE", path, `${show(json)} is no value of ${name}: ${advice}`);
  }

  #readAny(any: MessageSchema, json: Readonly<Record<string, unknown>>, path: string, depth: number): object {
    const { "@type": url, ...fields } = json;
    if (url === undefined && Object.keys(fields).length === 0) return any.type.create();
    if (typeof url !== "string" || !url.includes("/")) {
      const got = url === undefined ? "it is missing" : `got ${show(url)}`;
      const advice = 'set "@type" to a type URL such as "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"';
      throw protoError("MESH_PROTO_INVALID_VALUE", path, `${advice}; ${got}`);
    }
    const message = this.#schema.message(url.slice(url.lastIndexOf("/") + 1), path);
    const content = this.read(message, isWrittenAsValue(message.name) ? valueOf(fields, path) : fields, path, depth + 1);
    const value = encode(message, content, path);
    return any.type.create(isDefault(value) ? { type_url: url } : { type_url: url, value });
  }
}

/** Whether an Any holds a message under `value`, because its JSON is no object of fields. */
export const isWrittenAsValue = (name: string): boolean =>
  hasOwnJsonForm(name) || scalarInWrapper(name) !== undefined || name === "google.protobuf.Any";

function valueOf({ value, ...rest }: Readonly<Record<string, unknown>>, path: string): unknown {
  const [extra] = Object.keys(rest);
  if (extra === undefined) return value;
  throw protoError(
    "MESH_PROTO_UNKNOWN_FIELD",
    fieldPath(path, extra),
    'an Any of a well-known type has "@type" and "value": remove this field',
  );
}

/** Where null is a value; elsewhere it stands for an absent field. */
const takesNull = (field: FieldDescription): boolean =>
  (field.type === "google.protobuf.Value" && !field.repeated && field.mapKey === undefined) || field.type === "google.protobuf.NullValue";

function isDefault(value: unknown): boolean {
  return value === 0 || value === false || value === "" || (value instanceof Uint8Array && value.length === 0);
}

function unknownField(message: MessageSchema, key: string, path: string): Error {
  const names = message.fields.map((field) => field.name);
  const similar = suggest(key, message.fieldsByKey.keys());
  const known =
    names.length === 0 ? "it has no fields" : names.length <= 12 ? `its fields are ${names.join(", ")}` : "remove it or correct its name";
  const advice = similar ? `did you mean ${message.fieldsByKey.get(similar)?.name ?? similar}?` : known;
  return protoError("MESH_PROTO_UNKNOWN_FIELD", fieldPath(path, key), `${message.name} has no field ${JSON.stringify(key)}: ${advice}`);
}
