import { enums } from "./generated/enums.ts";
import type { EnumTypes } from "./generated/types.ts";
import { createTypeRegistry, type ToJsonOptions, type TypeRegistry } from "./registry.ts";
import type { Any, EnumName, Message, MessageDescription, MessageInit, MessageName, MethodDescription, UnpackedAny } from "./types.ts";

let registry: TypeRegistry | undefined;

/** The registry of the messages that come with this package, made on first use. The functions below are its methods. */
export function defaultRegistry(): TypeRegistry {
  return (registry ??= createTypeRegistry());
}

export function isMessageName(name: string): name is MessageName {
  return defaultRegistry().has(name);
}

export function createMessage<Name extends MessageName>(name: Name, init?: MessageInit<Name>): Message<Name> {
  return defaultRegistry().createMessage(name, init);
}

export function decodeMessage<Name extends MessageName>(name: Name, bytes: Uint8Array): Message<Name> {
  return defaultRegistry().decodeMessage(name, bytes);
}

export function encodeMessage<Name extends MessageName>(name: Name, message: MessageInit<Name>): Uint8Array {
  return defaultRegistry().encodeMessage(name, message);
}

export function fromJson<Name extends MessageName>(name: Name, json: unknown): Message<Name> {
  return defaultRegistry().fromJson(name, json);
}

export function toJson<Name extends MessageName>(name: Name, message: MessageInit<Name>, options?: ToJsonOptions): unknown {
  return defaultRegistry().toJson(name, message, options);
}

export function packAny<Name extends MessageName>(name: Name, message: MessageInit<Name>): Any {
  return defaultRegistry().packAny(name, message);
}

export function unpackAny(any: Any): UnpackedAny {
  return defaultRegistry().unpackAny(any);
}

export function unpackAs<Name extends MessageName>(name: Name, any: Any): Message<Name> {
  return defaultRegistry().unpackAs(name, any);
}

export function describeMessage(name: string): MessageDescription {
  return defaultRegistry().describeMessage(name);
}

export function describeService(name: string): readonly MethodDescription[] {
  return defaultRegistry().describeService(name);
}

export function enumNames(name: string): ReadonlyMap<number, string> {
  return defaultRegistry().enumNames(name);
}

/** The number of an enumeration's name: `enumValue("envoy.config.cluster.v3.Cluster.LbPolicy", "MAGLEV")`. Needs no registry. */
export function enumValue<Name extends EnumName, Value extends keyof EnumTypes[Name]>(name: Name, value: Value): EnumTypes[Name][Value] {
  const numbers: EnumTypes[Name] = enums[name];
  return numbers[value];
}
