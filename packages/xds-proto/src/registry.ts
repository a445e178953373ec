import { protoError } from "./errors.ts";
import { descriptor } from "./generated/descriptor.ts";
import { JsonReader } from "./json-reader.ts";
import { JsonWriter } from "./json-writer.ts";
import { show } from "./path.ts";
import { Schema, type DescriptorJson } from "./schema.ts";
import type { Any, Message, MessageDescription, MessageInit, MessageName, MethodDescription, UnpackedAny } from "./types.ts";
import { decode, encode } from "./wire.ts";

export interface TypeRegistryOptions {
  /** Further messages, as JSON descriptors (`pbjs -t json`). They may refer to those of the default registry. Default: none. */
  readonly descriptors?: readonly DescriptorJson[];
}

export interface ToJsonOptions {
  /** Whether fields keep their names from the .proto files (`connect_timeout`), as in Envoy's dumps. Default: false (`connectTimeout`). */
  readonly preserveProtoFieldNames?: boolean;
}

/** A set of messages, and what can be done with them. All methods throw `ProtoError`. */
export interface TypeRegistry {
  /** Whether there is a message of the name. */
  has(name: string): name is MessageName;

  /** The names of all messages. */
  messageNames(): readonly MessageName[];

  /** Makes a message from the fields that are given. */
  createMessage<Name extends MessageName>(name: Name, init?: MessageInit<Name>): Message<Name>;

  /** Decodes a message. Its `bytes` fields, Any's too, are views of `bytes`. */
  decodeMessage<Name extends MessageName>(name: Name, bytes: Uint8Array): Message<Name>;

  /** Encodes a message, whether made here or written by hand. */
  encodeMessage<Name extends MessageName>(name: Name, message: MessageInit<Name>): Uint8Array;

  /** Reads ProtoJSON, parsed: snake case or camel case, Any with `@type`. Nothing unknown is let through. */
  fromJson<Name extends MessageName>(name: Name, json: unknown): Message<Name>;

  /** Writes ProtoJSON with every Any expanded. One that cannot be read becomes `{"@type": …, "value": <base64>}`. */
  toJson<Name extends MessageName>(name: Name, message: MessageInit<Name>, options?: ToJsonOptions): unknown;

  /** Wraps a message into an Any. */
  packAny<Name extends MessageName>(name: Name, message: MessageInit<Name>): Any;

  /** Reads what an Any holds, whatever that is. */
  unpackAny(any: Any): UnpackedAny;

  /** Reads what an Any holds where only one message is right. */
  unpackAs<Name extends MessageName>(name: Name, any: Any): Message<Name>;

  /** The fields of a message. */
  describeMessage(name: string): MessageDescription;

  /** The methods of a gRPC service. */
  describeService(name: string): readonly MethodDescription[];

  /** An enumeration's names by number. */
  enumNames(name: string): ReadonlyMap<number, string>;
}

/** Makes a registry of the default messages and of others. It takes about 0.1 s: make one and keep it. */
export function createTypeRegistry(options: TypeRegistryOptions = {}): TypeRegistry {
  return new TypeRegistryImplementation(new Schema([parseDefault(), ...(options.descriptors ?? [])]));
}

function parseDefault(): DescriptorJson {
  const json: DescriptorJson = JSON.parse(descriptor);
  return json;
}

const PREFIX = "type.googleapis.com/";

/** The type URL of a message, for Any and for xDS: `type.googleapis.com/envoy.config.cluster.v3.Cluster`. */
export function typeUrl<Name extends MessageName>(name: Name): `type.googleapis.com/${Name}` {
  return `${PREFIX}${name}`;
}

class TypeRegistryImplementation implements TypeRegistry {
  readonly #schema: Schema;
  readonly #reader: JsonReader;

  constructor(schema: Schema) {
    this.#schema = schema;
    this.#reader = new JsonReader(schema);
  }

  has(name: string): name is MessageName {
    return this.#schema.hasMessage(name);
  }

  messageNames(): readonly MessageName[] {
    return this.#schema.messageNames();
  }

  createMessage<Name extends MessageName>(name: Name, init?: MessageInit<Name>): Message<Name> {
    const schema = this.#schema.message(name);
    return typed(decode(schema, encode(schema, init ?? {})));
  }

  decodeMessage<Name extends MessageName>(name: Name, bytes: Uint8Array): Message<Name> {
    return typed(decode(this.#schema.message(name), bytes));
  }

  encodeMessage<Name extends MessageName>(name: Name, message: MessageInit<Name>): Uint8Array {
    return encode(this.#schema.message(name), message);
  }

  fromJson<Name extends MessageName>(name: Name, json: unknown): Message<Name> {
    return typed(this.#reader.read(this.#schema.message(name), json));
  }

  toJson<Name extends MessageName>(name: Name, message: MessageInit<Name>, options: ToJsonOptions = {}): unknown {
    return new JsonWriter(this.#schema, options.preserveProtoFieldNames ?? false).write(this.#schema.message(name), message);
  }

  packAny<Name extends MessageName>(name: Name, message: MessageInit<Name>): Any {
    return this.createMessage("google.protobuf.Any", { type_url: typeUrl(name), value: this.encodeMessage(name, message) });
  }

  unpackAny(any: Any): UnpackedAny {
    const name = any.type_url.slice(any.type_url.lastIndexOf("/") + 1);
    if (!this.has(name)) {
      const problem = `the message ${show(any.type_url)} in an Any is not known: add its descriptor with createTypeRegistry`;
      throw protoError("MESH_PROTO_UNKNOWN_TYPE", "", problem);
    }
    return { name, message: decode(this.#schema.message(name), any.value) };
  }

  unpackAs<Name extends MessageName>(name: Name, any: Any): Message<Name> {
    if (any.type_url.slice(any.type_url.lastIndexOf("/") + 1) === name) return this.decodeMessage(name, any.value);
    throw protoError("MESH_PROTO_INVALID_VALUE", "", `expected an Any of ${name}, got ${show(any.type_url)}`);
  }

  describeMessage(name: string): MessageDescription {
    return this.#schema.message(name).description;
  }

  describeService(name: string): readonly MethodDescription[] {
    return this.#schema.service(name);
  }

  enumNames(name: string): ReadonlyMap<number, string> {
    return this.#schema.enumeration(name).names;
  }
}

/** The one place where a message gets its static type: descriptor and types come from the same .proto files. */
function typed<Name extends MessageName>(message: object): Message<Name> {
  return message as Message<Name>;
}
