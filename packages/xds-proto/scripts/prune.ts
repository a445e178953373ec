import protobuf from "protobufjs";
import type { LoadedProtos } from "./load-protos.ts";

const { Enum, Namespace, Service, Type } = protobuf;

/** The messages, enumerations and services that are kept, by full name without a leading dot, in order of name. */
export interface Kept {
  readonly types: ReadonlyMap<string, protobuf.Type>;
  readonly enums: ReadonlyMap<string, protobuf.Enum>;
  readonly services: ReadonlyMap<string, protobuf.Service>;
}

export const nameOf = (object: protobuf.ReflectionObject): string => object.fullName.slice(1);

/** Keeps what is declared in the root files, and what that refers to. */
export function prune({ root, isRoot }: LoadedProtos): Kept {
  const types = new Map<string, protobuf.Type>();
  const enums = new Map<string, protobuf.Enum>();
  const services = new Map<string, protobuf.Service>();

  const keep = (object: protobuf.ReflectionObject): void => {
    if (object instanceof Enum) {
      enums.set(nameOf(object), object);
    } else if (object instanceof Service) {
      services.set(nameOf(object), object);
      for (const method of object.methodsArray) {
        method.resolve();
        if (method.resolvedRequestType) keep(method.resolvedRequestType);
        if (method.resolvedResponseType) keep(method.resolvedResponseType);
      }
    } else if (object instanceof Type && !types.has(nameOf(object))) {
      types.set(nameOf(object), object);
      for (const field of object.fieldsArray) if (field.resolvedType) keep(field.resolvedType);
    }
    // A nested message stands inside the one that declares it.
    if (object.parent instanceof Type) keep(object.parent);
  };

  const visit = (namespace: protobuf.NamespaceBase): void => {
    for (const object of namespace.nestedArray) {
      if (isRoot(object)) keep(object);
      if (object instanceof Namespace) visit(object); // messages included
    }
  };
  visit(root);
  return { types: sorted(types), enums: sorted(enums), services: sorted(services) };
}

function sorted<T>(map: ReadonlyMap<string, T>): ReadonlyMap<string, T> {
  return new Map([...map].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
