import protobuf from "protobufjs";
import { nameOf, type Kept } from "./prune.ts";

/** A descriptor as protobufjs's `Root.fromJSON` takes it; see `INamespace` there. */
interface Node {
  oneofs?: Record<string, { oneof: string[] }>;
  fields?: Record<string, FieldNode>;
  values?: Record<string, number>;
  methods?: Record<string, MethodNode>;
  nested?: Record<string, Node>;
}

interface FieldNode {
  rule?: "repeated";
  keyType?: string;
  type: string;
  id: number;
  protoName?: string;
  options?: { proto3_optional?: true; deprecated?: true };
}

interface MethodNode {
  requestType: string;
  responseType: string;
  requestStream?: true;
  responseStream?: true;
}

/** The JSON name of a field, which is also the name of its property in messages, save `type_url` of Any as protobufjs has it. */
export function propertyOf(field: protobuf.Field): string {
  return nameOf(field) === "google.protobuf.Any.type_url" ? "type_url" : protobuf.util.jsonName(field.name);
}

/** The property that tells which member of a oneof is set. */
export const oneofPropertyOf = (oneof: protobuf.OneOf): string => protobuf.util.jsonName(oneof.name);

/** The name in the .proto file; protobufjs declares the messages that it carries itself in camel case. */
const protoNameOf = (field: protobuf.Field): string => field.name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Writes the module that holds the descriptor: JSON in a template literal, a line for each message, for readable diffs. */
export function writeDescriptor(kept: Kept): string {
  const lines: string[] = [];
  writeNamespace(buildTree(kept), lines);
  const json = lines.join("\n").replaceAll("\\", "\\\\").replaceAll("`", "\\`").replaceAll("${", "\\${");
  return [
    "// Generated from the .proto files by scripts/generate.ts. Do not edit.",
    "",
    "/** The messages, enumerations and services of the default registry, as JSON for protobufjs's `Root.fromJSON`. */",
    `export const descriptor: string = \`${json}\`;`,
    "",
  ].join("\n");
}

/** Packages get lines of their own, messages one each. */
function writeNamespace(node: Node, lines: string[]): void {
  const entries = Object.entries(node.nested ?? {});
  lines.push('{"nested":{');
  for (const [index, [name, child]] of entries.entries()) {
    const comma = index < entries.length - 1 ? "," : "";
    if (child.fields || child.values || child.methods) {
      lines.push(`${JSON.stringify(name)}:${JSON.stringify(child)}${comma}`);
    } else {
      lines.push(`${JSON.stringify(name)}:`);
      writeNamespace(child, lines);
      if (comma) lines.push(comma);
    }
  }
  lines.push("}}");
}

function buildTree({ types, enums, services }: Kept): Node {
  const tree: Node = {};
  const place = (fullName: string, node: Node): void => {
    const path = fullName.split(".");
    const last = path.pop() ?? "";
    let parent = tree;
    for (const name of path) parent = (parent.nested ??= {})[name] ??= {};
    // An object that was made for something nested in this message is filled in.
    const nested = (parent.nested ??= {})[last]?.nested;
    parent.nested[last] = nested ? { ...node, nested } : node;
  };
  for (const [name, type] of types) place(name, messageNode(type));
  for (const [name, enumeration] of enums) place(name, { values: { ...enumeration.values } });
  for (const [name, service] of services) place(name, serviceNode(service));
  return sortTree(tree);
}

function sortTree(node: Node): Node {
  if (!node.nested) return node;
  const entries = Object.entries(node.nested).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return { ...node, nested: Object.fromEntries(entries.map(([name, child]) => [name, sortTree(child)])) };
}

function messageNode(type: protobuf.Type): Node {
  const oneofs = type.oneofsArray.map((oneof) => [oneofPropertyOf(oneof), { oneof: oneof.fieldsArray.map(propertyOf) }] as const);
  const fields = type.fieldsArray.map((field) => [propertyOf(field), fieldNode(field)] as const);
  return { ...(oneofs.length > 0 && { oneofs: Object.fromEntries(oneofs) }), fields: Object.fromEntries(fields) };
}

function fieldNode(field: protobuf.Field): FieldNode {
  const protoName = protoNameOf(field);
  const options = {
    ...(field.getOption("proto3_optional") === true && { proto3_optional: true as const }),
    ...(field.getOption("deprecated") === true && { deprecated: true as const }),
  };
  return {
    ...(field.repeated && { rule: "repeated" as const }),
    ...(field instanceof protobuf.MapField && { keyType: field.keyType }),
    type: field.type,
    id: field.id,
    ...(propertyOf(field) !== protoName && { protoName }),
    ...(Object.keys(options).length > 0 && { options }),
  };
}

function serviceNode(service: protobuf.Service): Node {
  const methods = service.methodsArray.map((method): [string, MethodNode] => [
    method.name,
    {
      requestType: method.requestType,
      responseType: method.responseType,
      ...(method.requestStream && { requestStream: true as const }),
      ...(method.responseStream && { responseStream: true as const }),
    },
  ]);
  return { methods: Object.fromEntries(methods) };
}
