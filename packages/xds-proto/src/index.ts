/**
 * Envoy's v3 configuration, xDS and admin messages, and this mesh's own: types, binary, ProtoJSON, reflection.
 *
 * ```ts
 * import { createMessage, enumValue, fromJson, packAny, toJson, typeUrl, unpackAs } from "@mesh/xds-proto";
 *
 * const cluster = fromJson("envoy.config.cluster.v3.Cluster", { name: "orders", connect_timeout: "0.25s", lb_policy: "MAGLEV" });
 * cluster.connectTimeout?.nanos; // 250_000_000
 * cluster.lbPolicy === enumValue("envoy.config.cluster.v3.Cluster.LbPolicy", "MAGLEV"); // true
 *
 * const response = createMessage("envoy.service.discovery.v3.DiscoveryResponse", {
 *   typeUrl: typeUrl("envoy.config.cluster.v3.Cluster"),
 *   resources: [packAny("envoy.config.cluster.v3.Cluster", cluster)],
 * });
 * for (const resource of response.resources) unpackAs("envoy.config.cluster.v3.Cluster", resource).name; // "orders"
 * toJson("envoy.service.discovery.v3.DiscoveryResponse", response, { preserveProtoFieldNames: true });
 * ```
 *
 * Messages have one shape wherever they come from: properties in camel case; lists and maps always there; a message, or a scalar
 * declared `optional`, that is absent is null; another absent scalar is its default; a oneof is a property that names the member
 * that is set; enumerations and 64-bit integers are numbers; bytes are Uint8Arrays.
 *
 * @module
 */
export {
  createMessage,
  decodeMessage,
  defaultRegistry,
  describeMessage,
  describeService,
  encodeMessage,
  enumNames,
  enumValue,
  fromJson,
  isMessageName,
  packAny,
  toJson,
  unpackAny,
  unpackAs,
} from "./default-registry.ts";
export { isProtoError, type ProtoError, type ProtoErrorCode } from "./errors.ts";
export type { EnumNumber, EnumTypes } from "./generated/types.ts";
export { createTypeRegistry, typeUrl, type ToJsonOptions, type TypeRegistry, type TypeRegistryOptions } from "./registry.ts";
export type { DescriptorJson } from "./schema.ts";
export type {
  Any,
  EnumName,
  FieldDescription,
  Message,
  MessageDescription,
  MessageInit,
  MessageName,
  MessageTypes,
  MethodDescription,
  OneofDescription,
  ScalarType,
  UnpackedAny,
} from "./types.ts";
export { unknownFields } from "./wire.ts";
