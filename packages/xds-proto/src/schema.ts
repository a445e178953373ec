import protobuf from "protobufjs/light.js";
import { protoError } from "./errors.ts";
import { suggest } from "./path.ts";
import type { FieldDescription, MessageDescription, MessageName, MethodDescription, ScalarType } from "./types.ts";

/** A message type as the readers and writers of this package use it. */
export interface MessageSchema extends MessageDescription {
  /** Only what the interface says, for those who ask. */
  readonly description: MessageDescription;
  /** Makes, encodes and decodes the instances. */
  readonly type: protobuf.Type;
  /** The fields by each of their names in JSON. */
  readonly fieldsByKey: ReadonlyMap<string, FieldDescription>;
}

/** An enumeration by name and by number; an alias has its number's first name. */
export interface EnumSchema {
  readonly numbers: ReadonlyMap<string, number>;
  readonly names: ReadonlyMap<number, string>;
}

/** A descriptor, as `pbjs -t json` writes it. */
export type DescriptorJson = protobuf.INamespace;

const scalarTypes: ReadonlySet<string> = new Set<ScalarType>([
  ...(["bool", "bytes", "string", "double", "float", "int32", "int64", "uint32", "uint64"] as const),
  ...(["sint32", "sint64", "fixed32", "fixed64", "sfixed32", "sfixed64"] as const),
]);
const isScalarType = (type: string): type is ScalarType => scalarTypes.has(type);

/** Types by name, described on first use. */
export class Schema {
  readonly #root: protobuf.Root;
  readonly #messages = new Map<string, MessageSchema>();
  readonly #enums = new Map<string, EnumSchema>();

  constructor(descriptors: readonly DescriptorJson[]) {
    this.#root = loadRoot(descriptors);
  }

  hasMessage(name: string): name is MessageName {
    return this.#messages.has(name) || this.#find(name) instanceof protobuf.Type;
  }

  message(name: string, path = ""): MessageSchema {
    const known = this.#messages.get(name);
    if (known) return known;
    const type = this.#find(name);
    if (!(type instanceof protobuf.Type)) throw this.#unknown("message", name, path);
    const schema = describeType(type);
    this.#messages.set(name, schema);
    return schema;
  }

  enumeration(name: string): EnumSchema {
    const known = this.#enums.get(name);
    if (known) return known;
    const enumeration = this.#find(name);
    if (!(enumeration instanceof protobuf.Enum)) throw this.#unknown("enumeration", name, "");
    const names = Object.entries(enumeration.valuesById).map(([number, value]) => [Number(number), value] as const);
    const schema = { numbers: new Map(Object.entries(enumeration.values)), names: new Map(names) };
    this.#enums.set(name, schema);
    return schema;
  }

  service(name: string): readonly MethodDescription[] {
    const service = this.#find(name);
    if (!(service instanceof protobuf.Service)) throw this.#unknown("service", name, "");
    return service.methodsArray.map((method) => this.#describeMethod(name, method));
  }

  messageNames(): readonly MessageName[] {
    const names: MessageName[] = [];
    const visit = (namespace: protobuf.NamespaceBase): void => {
      const name = namespace instanceof protobuf.Type ? fullNameOf(namespace) : "";
      if (this.hasMessage(name)) names.push(name);
      for (const object of namespace.nestedArray) if (object instanceof protobuf.Namespace) visit(object);
    };
    visit(this.#root);
    return names;
  }

  #describeMethod(service: string, method: protobuf.Method): MethodDescription {
    const nameOfMessage = (type: protobuf.Type | null): MessageName => {
      const name = type ? fullNameOf(type) : "";
      if (this.hasMessage(name)) return name;
      throw protoError("MESH_PROTO_INVALID_DESCRIPTOR", "", `a type of ${method.fullName} is missing`);
    };
    method.resolve();
    return {
      name: method.name,
      path: `/${service}/${method.name}`,
      requestType: nameOfMessage(method.resolvedRequestType),
      responseType: nameOfMessage(method.resolvedResponseType),
      requestStream: method.requestStream === true,
      responseStream: method.responseStream === true,
    };
  }

  #find(name: string): protobuf.ReflectionObject | null {
    const object = this.#root.lookup(`.${name}`);
    return object && fullNameOf(object) === name ? object : null; // protobufjs also finds by the end of a name
  }

  #unknown(kind: string, name: string, path: string): Error {
    const similar = kind === "message" ? suggest(name, this.messageNames()) : undefined;
    const advice = similar ? `did you mean ${similar}?` : "add its descriptor with createTypeRegistry, or correct the name";
    return protoError("MESH_PROTO_UNKNOWN_TYPE", path, `there is no ${kind} ${JSON.stringify(name)}: ${advice}`);
  }
}

const fullNameOf = (object: protobuf.ReflectionObject): string => object.fullName.slice(1);

/** JSON descriptors keep the name of a field in the .proto file, not that of a oneof; this is the rule that made it camel case. */
const snakeCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

function loadRoot(descriptors: readonly DescriptorJson[]): protobuf.Root {
  const root = new protobuf.Root();
  try {
    for (const descriptor of descriptors) root.addJSON(descriptor.nested ?? {});
    forEachField(root, (field) => {
      field.long = false; // 64-bit defaults are the number 0, not a Long
    });
    root.resolveAll();
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    throw protoError("MESH_PROTO_INVALID_DESCRIPTOR", "", `a descriptor cannot be loaded: ${problem}`, error);
  }
  forEachField(root, (field) => {
    if (field.bytes && !field.repeated && field.defaultValue !== null) field.defaultValue = emptyBytes; // protobufjs: an empty array
  });
  return root;
}

const emptyBytes = Buffer.alloc(0);

function forEachField(namespace: protobuf.NamespaceBase, visit: (field: protobuf.Field) => void): void {
  if (namespace instanceof protobuf.Type) namespace.fieldsArray.forEach(visit);
  for (const object of namespace.nestedArray) if (object instanceof protobuf.Namespace) forEachField(object, visit);
}

function describeType(type: protobuf.Type): MessageSchema {
  const fields = type.fieldsArray.map(describeField);
  const fieldsByKey = new Map<string, FieldDescription>();
  for (const field of fields) for (const key of [field.property, field.jsonName, field.name]) fieldsByKey.set(key, field);
  const oneofs = type.oneofsArray
    .filter((oneof) => !oneof.isProto3Optional)
    .map((oneof) => ({ name: snakeCase(oneof.name), property: oneof.name, fields: oneof.fieldsArray.map((field) => field.protoName) }));
  const description = { name: fullNameOf(type), fields, oneofs };
  return { ...description, description, type, fieldsByKey };
}

function describeField(field: protobuf.Field): FieldDescription {
  const mapKey = field instanceof protobuf.MapField ? field.keyType : "";
  const isMessage = field.resolvedType instanceof protobuf.Type;
  const base = {
    name: field.protoName,
    jsonName: field.jsonName,
    property: field.name,
    id: field.id,
    repeated: field.repeated,
    mapKey: isScalarType(mapKey) ? mapKey : undefined,
    oneof: field.partOf && !field.partOf.isProto3Optional ? snakeCase(field.partOf.name) : undefined,
    hasPresence: !field.repeated && !field.map && (isMessage || field.partOf !== null || field.hasPresence),
    deprecated: field.getOption("deprecated") === true,
  };
  if (field.resolvedType instanceof protobuf.Enum) return { ...base, kind: "enum", type: fullNameOf(field.resolvedType) };
  if (field.resolvedType) return { ...base, kind: "message", type: fullNameOf(field.resolvedType) };
  if (!isScalarType(field.type))
    throw protoError("MESH_PROTO_INVALID_DESCRIPTOR", "", `${field.fullName} has the unknown type ${field.type}`);
  return { ...base, kind: "scalar", type: field.type };
}
