import protobuf from "protobufjs";
import { nameOf, type Kept } from "./prune.ts";
import { oneofPropertyOf, propertyOf } from "./write-descriptor.ts";

const header = "// Generated from the .proto files by scripts/generate.ts. Do not edit.";

/** Writes the numbers of all enumerations. */
export function writeEnums({ enums }: Kept): string {
  const lines = [header, "", "/** The numbers of all enumerations, by full name. */", "export const enums = {"];
  for (const [name, enumeration] of enums) {
    lines.push(`  ${JSON.stringify(name)}: {`);
    for (const [value, number] of Object.entries(enumeration.values)) lines.push(`    ${value}: ${number},`);
    lines.push("  },");
  }
  lines.push("} as const;", "");
  return lines.join("\n");
}

/** Writes an interface for every message, and the interface that finds them by full name. */
export function writeTypes({ types }: Kept): string {
  const identifiers = new Map([...types.keys()].map((name) => [name, identifierOf(name)]));
  if (new Set(identifiers.values()).size !== types.size) throw new Error("two messages would get the same identifier");

  const identifier = (name: string): string => {
    const found = identifiers.get(name);
    if (found === undefined) throw new Error(`${name} is used and not kept`);
    return found;
  };
  const lines = [
    header,
    'import type { enums } from "./enums.ts";',
    "",
    "/** The enumerations by full name: their names and numbers. */",
    "export type EnumTypes = typeof enums;",
    "",
    "/** The numbers of an enumeration. */",
    "export type EnumNumber<Name extends keyof EnumTypes> = EnumTypes[Name][keyof EnumTypes[Name]];",
    "",
    "/** The messages that Envoy, xDS and this mesh declare, by full name. */",
    "export interface GeneratedMessageTypes {",
    ...[...types.keys()].map((name) => `  ${JSON.stringify(name)}: ${identifier(name)};`),
    "}",
  ];
  for (const [name, type] of types) lines.push("", ...writeInterface(type, identifier(name), identifier));
  lines.push("");
  return lines.join("\n");
}

/** `envoy.config.cluster.v3.Cluster.LbPolicy` → `EnvoyConfigClusterV3Cluster_LbPolicy`. */
function identifierOf(fullName: string): string {
  const parts = fullName.split(".");
  const firstMessage = parts.findIndex((part) => /^[A-Z]/.test(part));
  const packageName = parts.slice(0, firstMessage).flatMap((part) => part.split("_"));
  return packageName.map((part) => part.charAt(0).toUpperCase() + part.slice(1)).join("") + parts.slice(firstMessage).join("_");
}

function writeInterface(type: protobuf.Type, identifier: string, identifierOfType: (name: string) => string): string[] {
  const fields = type.fieldsArray.map((field) => `  ${propertyOf(field)}: ${typeOf(field, identifierOfType)};`);
  const oneofs = type.oneofsArray.filter((oneof) => !oneof.isProto3Optional);
  const getters = oneofs.flatMap((oneof) => {
    const members = oneof.fieldsArray.map((field) => JSON.stringify(propertyOf(field)));
    return ["  /** Which of these fields is set. */", `  readonly ${oneofPropertyOf(oneof)}: ${[...members, "undefined"].join(" | ")};`];
  });
  if (fields.length === 0) return [`export type ${identifier} = Record<string, never>;`];
  return [`export interface ${identifier} {`, ...fields, ...getters, "}"];
}

function typeOf(field: protobuf.Field, identifierOfType: (name: string) => string): string {
  const value = valueTypeOf(field, identifierOfType);
  if (field instanceof protobuf.MapField) return `Record<string, ${value}>`;
  if (field.repeated) return `${value}[]`;
  const nullable = field.resolvedType instanceof protobuf.Type || field.getOption("proto3_optional") === true;
  return nullable ? `${value} | null` : value;
}

function valueTypeOf(field: protobuf.Field, identifierOfType: (name: string) => string): string {
  if (field.resolvedType instanceof protobuf.Type) return identifierOfType(nameOf(field.resolvedType));
  if (field.resolvedType instanceof protobuf.Enum) return `EnumNumber<${JSON.stringify(nameOf(field.resolvedType))}>`;
  if (field.type === "bool") return "boolean";
  if (field.type === "string") return "string";
  if (field.type === "bytes") return "Uint8Array";
  return "number";
}
