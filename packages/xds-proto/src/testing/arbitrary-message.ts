import * as fc from "fast-check";
import { createMessage, defaultRegistry, describeMessage, enumNames, fromJson, isMessageName, packAny } from "../index.ts";
import type { FieldDescription, MessageName, ScalarType } from "../index.ts";

/** The messages that hold most of the others. */
const large: readonly MessageName[] = [
  "envoy.config.bootstrap.v3.Bootstrap",
  "envoy.config.cluster.v3.Cluster",
  "envoy.config.endpoint.v3.ClusterLoadAssignment",
  "envoy.config.listener.v3.Listener",
  "envoy.config.route.v3.RouteConfiguration",
  "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
  "mesh.extensions.filters.network.rpc_proxy.v3.RpcProxy",
];

/** Any message of the default registry; every other one is large. */
export function arbitraryName(): fc.Arbitrary<MessageName> {
  return fc.oneof(fc.constantFrom(...defaultRegistry().messageNames()), fc.constantFrom(...large));
}

/** Any valid message of the type, as an instance, down to a few levels. */
export function arbitraryMessage(name: MessageName): fc.Arbitrary<object> {
  return arbitraryInit(name, 3).map((init) => createMessage(name, init));
}

/** What an Any is filled with: an ordinary message, one without fields, and some with a JSON form of their own. */
const inAny: readonly MessageName[] = [
  "envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy",
  "envoy.extensions.filters.http.cors.v3.Cors",
  "google.protobuf.Any",
  "google.protobuf.Duration",
  "google.protobuf.Empty",
  "google.protobuf.Struct",
  "google.protobuf.UInt64Value",
  "mesh.extensions.codecs.bolt.v3.Bolt",
];

function arbitraryInit(name: string, depth: number): fc.Arbitrary<object> {
  if (!isMessageName(name)) throw new Error(`${name} is not registered`);
  const special = arbitraryWellKnown(name, depth);
  if (special) return special;
  const { fields, oneofs } = describeMessage(name);
  const usable = depth > 0 ? fields : fields.filter((field) => field.kind !== "message");
  const free = usable.filter((field) => field.oneof === undefined);
  const properties = free.map((field) => arbitraryProperty(field, depth));
  for (const oneof of oneofs) {
    const members = usable.filter((field) => field.oneof === oneof.name).map((field) => arbitraryProperty(field, depth, true));
    properties.push(fc.oneof(fc.constant({}), ...members));
  }
  return fc.tuple(...properties).map((parts) => Object.assign({}, ...parts));
}

/** An object with the property, or for a field that may be left out, without; the deeper, the more are left out. */
function arbitraryProperty(field: FieldDescription, depth: number, always = false): fc.Arbitrary<object> {
  const property = arbitraryField(field, depth).map((value) => ({ [field.property]: value }));
  return always ? property : fc.oneof({ weight: depth + 1, arbitrary: property }, { weight: 2, arbitrary: fc.constant({}) });
}

function arbitraryField(field: FieldDescription, depth: number): fc.Arbitrary<unknown> {
  const value = arbitraryValue(field, depth);
  if (field.mapKey !== undefined) {
    const key =
      field.mapKey === "string"
        ? fc.oneof(wellFormed(), fc.constantFrom("__proto__", "constructor", "toString", ""))
        : arbitraryScalar(field.mapKey);
    return fc.array(fc.tuple(key.map(String), value), { maxLength: 3 }).map((entries) => Object.fromEntries(entries));
  }
  return field.repeated ? fc.array(value, { maxLength: 2 }) : value;
}

function arbitraryValue(field: FieldDescription, depth: number): fc.Arbitrary<unknown> {
  if (field.kind === "scalar") return arbitraryScalar(field.type);
  if (field.kind === "enum") return fc.constantFrom(...enumNames(field.type).keys());
  return arbitraryInit(field.type, depth - 1);
}

const wellFormed = (): fc.Arbitrary<string> => fc.string({ unit: "grapheme", maxLength: 8 });

const notMinusZero = (value: number): number => (value === 0 ? 0 : value); // JSON has no -0

function arbitraryScalar(type: ScalarType): fc.Arbitrary<unknown> {
  switch (type) {
    case "bool":
      return fc.boolean();
    case "bytes":
      return fc.uint8Array({ maxLength: 8 });
    case "string":
      return wellFormed();
    case "double":
      return fc.double().map(notMinusZero);
    case "float":
      return fc.float().map(notMinusZero);
    case "int32":
    case "sint32":
    case "sfixed32":
      return fc.integer();
    case "uint32":
    case "fixed32":
      return fc.nat(2 ** 32 - 1);
    case "int64":
    case "sint64":
    case "sfixed64":
      return fc.maxSafeInteger();
    case "uint64":
    case "fixed64":
      return fc.maxSafeNat();
  }
}

function arbitraryWellKnown(name: MessageName, depth: number): fc.Arbitrary<object> | undefined {
  switch (name) {
    case "google.protobuf.Any":
      if (depth < 1) return fc.constant({});
      return fc.constantFrom(...inAny).chain((inner) => arbitraryInit(inner, depth - 1).map((init) => packAny(inner, init)));
    case "google.protobuf.Duration":
      return fc
        .record({ seconds: fc.nat(315_576_000_000), nanos: fc.nat(999_999_999), negative: fc.boolean() })
        .map(({ seconds, nanos, negative }) => (negative ? { seconds: -seconds, nanos: -nanos } : { seconds, nanos }));
    case "google.protobuf.Timestamp":
      return fc.record({ seconds: fc.integer({ min: -62_135_596_800, max: 253_402_300_799 }), nanos: fc.nat(999_999_999) });
    case "google.protobuf.FieldMask":
      return fc.record({ paths: fc.array(fc.constantFrom("name", "lb_policy", "load_assignment.cluster_name"), { maxLength: 2 }) });
    case "google.protobuf.Value":
      return arbitraryJson().map((json) => fromJson(name, json));
    case "google.protobuf.ListValue":
      return fc.array(arbitraryJson(), { maxLength: 3 }).map((json) => fromJson(name, json));
    case "google.protobuf.Struct":
      return fc
        .dictionary(fc.oneof(wellFormed(), fc.constant("__proto__")), arbitraryJson(), { maxKeys: 3 })
        .map((json) => fromJson(name, json));
    default:
      return undefined;
  }
}

/** What JSON text can hold, which is not -0. */
function arbitraryJson(): fc.Arbitrary<unknown> {
  return fc.jsonValue({ maxDepth: 2, stringUnit: "grapheme" }).map((value) => JSON.parse(JSON.stringify(value)));
}
