import type { FieldDescription, MessageName, TypeRegistry } from "@mesh/xds-proto";
import { isTypedStruct, messageNameOf } from "./extensions.ts";
import { isSensitive, soundsSecret } from "./sensitive.ts";

const redacted = "[redacted]";
/** So that what reads the dump as ProtoJSON can read it; Envoy does the same. */
const redactedBytes = Buffer.from(redacted).toString("base64");

/** ProtoJSON of a message for people and `/config_dump`: names as in the .proto files, Anys expanded, secrets replaced by `[redacted]`. */
export function dumpMessage(registry: TypeRegistry, name: MessageName, message: object): unknown {
  return new Redaction(registry).message(name, registry.toJson(name, message, { preserveProtoFieldNames: true }));
}

type Json = Readonly<Record<string, unknown>>;

class Redaction {
  readonly #registry: TypeRegistry;

  constructor(registry: TypeRegistry) {
    this.#registry = registry;
  }

  message(name: string, json: unknown): unknown {
    if (name === "google.protobuf.Any" && isObject(json)) return this.#any(json);
    if (name === "google.protobuf.Struct" || name === "google.protobuf.Value" || name === "google.protobuf.ListValue")
      return redactFreeForm(json);
    if (name.startsWith("google.protobuf.") || !isObject(json)) return json;
    const fields = new Map(this.#registry.describeMessage(name).fields.map((field) => [field.name, field]));
    return mapObject(json, (key, value) => {
      const field = fields.get(key);
      if (!field) return value;
      if (isSensitive(name, key)) return this.#secret(field, value);
      return field.kind === "message" ? eachElement(field, value, (element) => this.message(field.type, element)) : value;
    });
  }

  #any(json: Json): unknown {
    const { "@type": url, ...fields } = json;
    const name = messageNameOf(String(url));
    if (isTypedStruct(name)) return this.#typedStruct(json);
    if (!this.#registry.has(name)) return json;
    if (name.startsWith("google.protobuf.")) return { ...json, value: this.message(name, json["value"]) };
    const content = this.message(name, fields);
    return isObject(content) ? { "@type": url, ...content } : json;
  }

  #typedStruct(json: Json): unknown {
    const inner = messageNameOf(String(json["type_url"]));
    const value = redactFreeForm(json["value"]);
    return { ...json, value: this.#registry.has(inner) ? this.#namedAsInProto(inner, value) : value };
  }

  /** The JSON of a TypedStruct may be in camel case. What cannot be read is shown with what its names give away removed. */
  #namedAsInProto(name: MessageName, value: unknown): unknown {
    try {
      const message = this.#registry.fromJson(name, value);
      return this.message(name, this.#registry.toJson(name, message, { preserveProtoFieldNames: true }));
    } catch {
      return value;
    }
  }

  /** Everything in a secret is replaced, save where it comes from. */
  #secret(field: FieldDescription, value: unknown): unknown {
    return eachElement(field, value, (element) => {
      if (field.kind === "scalar") return field.type === "bytes" ? redactedBytes : redacted;
      if (!isObject(element)) return redacted;
      return mapObject(element, (key, content) => {
        if (key === "@type" || key === "filename" || key === "environment_variable" || key === "watched_directory") return content;
        return key === "inline_bytes" ? redactedBytes : redacted;
      });
    });
  }
}

/** Replaces what stands under names that secrets have. */
function redactFreeForm(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(redactFreeForm);
  if (!isObject(json)) return json;
  return mapObject(json, (key, value) => (typeof value === "string" && soundsSecret(key) ? redacted : redactFreeForm(value)));
}

const isObject = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value);

const mapObject = (object: Json, map: (key: string, value: unknown) => unknown): Json =>
  Object.fromEntries(Object.entries(object).map(([key, value]) => [key, map(key, value)]));

function eachElement(field: FieldDescription, value: unknown, map: (element: unknown) => unknown): unknown {
  if (field.repeated && Array.isArray(value)) return value.map(map);
  if (field.mapKey !== undefined && isObject(value)) return mapObject(value, (_, element) => map(element));
  return map(value);
}
