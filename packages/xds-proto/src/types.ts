import type { EnumTypes, GeneratedMessageTypes } from "./generated/types.ts";

/**
 * All messages by full name. A package with messages of its own registers them with `createTypeRegistry` and adds their types here:
 *
 *     declare module "@mesh/xds-proto" {
 *       interface MessageTypes { "acme.filters.v1.Audit": { topic: string } }
 *     }
 */
export interface MessageTypes extends GeneratedMessageTypes {}

/** The full name of a message: `envoy.config.cluster.v3.Cluster`. */
export type MessageName = keyof MessageTypes;

/** A message as `decodeMessage`, `fromJson` and `createMessage` make it. The package's README says which shape that is. */
export type Message<Name extends MessageName> = MessageTypes[Name];

/** A message as it may be written by hand: whatever is left out is absent. */
export type MessageInit<Name extends MessageName> = MessageName extends Name ? object : Partially<MessageTypes[Name]>;

type Partially<T> = T extends Uint8Array
  ? T
  : T extends readonly (infer Element)[]
    ? readonly Partially<Element>[]
    : T extends object
      ? { readonly [Key in keyof T]?: Partially<T[Key]> | undefined }
      : T;

/** `google.protobuf.Any`. Its bytes stay as they are until `unpackAny`, so that two of them compare cheaply. */
export type Any = Message<"google.protobuf.Any">;

/** What an Any holds. `registry.toJson(name, message)` and the like take the pair. */
export interface UnpackedAny {
  readonly name: MessageName;
  readonly message: object;
}

/** The full name of an enumeration. */
export type EnumName = keyof EnumTypes;

export type ScalarType =
  | "bool"
  | "bytes"
  | "double"
  | "fixed32"
  | "fixed64"
  | "float"
  | "int32"
  | "int64"
  | "sfixed32"
  | "sfixed64"
  | "sint32"
  | "sint64"
  | "string"
  | "uint32"
  | "uint64";

/** What a field is; a map is described by its values. */
export type FieldDescription = FieldDescriptionBase &
  (
    | { readonly kind: "scalar"; readonly type: ScalarType }
    /** `type` is the full name of the enumeration or message. */
    | { readonly kind: "enum" | "message"; readonly type: string }
  );

interface FieldDescriptionBase {
  /** The name in the .proto file, in paths and in `toJson` with `preserveProtoFieldNames`: `connect_timeout`. */
  readonly name: string;
  /** The name in ProtoJSON: `connectTimeout`. */
  readonly jsonName: string;
  /** The property of messages: as `jsonName`, save `type_url` of Any. */
  readonly property: string;
  /** The field's number. */
  readonly id: number;
  readonly repeated: boolean;
  /** The type of a map's keys; absent where the field is no map. */
  readonly mapKey: ScalarType | undefined;
  /** The name of the oneof that the field belongs to, as in the .proto file. */
  readonly oneof: string | undefined;
  /** Whether a default value is told from an absent one: for messages, members of a oneof, and proto3's `optional`. */
  readonly hasPresence: boolean;
  readonly deprecated: boolean;
}

export interface OneofDescription {
  /** The name in the .proto file. */
  readonly name: string;
  /** The property of messages that says which member is set. */
  readonly property: string;
  /** The names of its fields, as in the .proto file. */
  readonly fields: readonly string[];
}

export interface MessageDescription {
  /** The full name. */
  readonly name: string;
  /** In the order of the .proto file. */
  readonly fields: readonly FieldDescription[];
  /** Without those that protobuf makes up for `optional` fields. */
  readonly oneofs: readonly OneofDescription[];
}

export interface MethodDescription {
  readonly name: string;
  /** The path of an HTTP/2 request to it: `/envoy.service.cluster.v3.ClusterDiscoveryService/StreamClusters`. */
  readonly path: string;
  readonly requestType: MessageName;
  readonly responseType: MessageName;
  readonly requestStream: boolean;
  readonly responseStream: boolean;
}
