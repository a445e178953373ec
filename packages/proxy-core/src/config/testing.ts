import type { MessageDescription, TypeRegistry } from "@mesh/xds-proto";
import type { ExtensionCategory } from "./categories.ts";
import type { ExtensionDescriptor, ExtensionSet } from "./extensions.ts";
import type { FieldRule, FieldTable } from "./fields.ts";
import { fieldTables } from "./tables/index.ts";

/** A descriptor of an extension whose table, if it has one, is among the tables of the core. */
export function describeExtension(name: string, category: ExtensionCategory, messageName: string): ExtensionDescriptor {
  return { name, category, messageName, fields: fieldTables.find(({ message }) => message === messageName) };
}

/** What is wrong with the tables of a composed proxy; a test expects nothing. */
export function findTableFaults(extensions: ExtensionSet): string[] {
  const { registry, tables } = extensions;
  const faults = [...tables.values()].flatMap((table) => tableFaults(table, registry));
  const reached = new Set<string>();
  visit("envoy.config.bootstrap.v3.Bootstrap");
  // Comes by RTDS, and stands in nothing.
  visit("envoy.service.runtime.v3.Runtime");
  for (const { messageName } of extensions.list()) if (tables.get(messageName)) visit(messageName);
  for (const table of tables.values()) if (!reached.has(table.message)) faults.push(`${table.message} is never read, and has a table`);
  return faults;

  function visit(message: string): void {
    if (reached.has(message) || message.startsWith("google.protobuf.")) return;
    reached.add(message);
    const table = tables.get(message);
    if (!table) {
      faults.push(`${message} is read, and has no table`);
      return;
    }
    // Stands in `typed_per_filter_config` in the place of a filter's own message.
    if (Object.values(table.fields).some((rule) => rule.status === "supported" && rule.extension === "envoy.filters.http.per_route")) {
      visit("envoy.config.route.v3.FilterConfig");
    }
    for (const field of registry.describeMessage(message).fields) {
      if (field.kind === "message" && table.fields[field.name]?.status === "supported") visit(field.type);
    }
  }
}

function tableFaults(table: FieldTable, registry: TypeRegistry): string[] {
  if (!registry.has(table.message)) return [];
  const description = registry.describeMessage(table.message);
  const names = description.fields.map(({ name }) => name);
  const oneofs = description.oneofs.map(({ name }) => name);
  return [
    ...names.filter((name) => !(name in table.fields)).map((name) => `${table.message}.${name} is not in the table`),
    ...Object.keys(table.fields).flatMap((name) => (names.includes(name) ? [] : [`${table.message} has no field ${name}`])),
    ...(table.requiredOneofs ?? []).flatMap((name) => (oneofs.includes(name) ? [] : [`${table.message} has no oneof ${name}`])),
    ...Object.entries(table.fields).flatMap(([name, rule]) => ruleFaults(description, name, rule, registry)),
  ];
}

function ruleFaults(message: MessageDescription, name: string, rule: FieldRule, registry: TypeRegistry): string[] {
  const field = message.fields.find((candidate) => candidate.name === name);
  if (!field || rule.status !== "supported") return [];
  const faults: string[] = [];
  const at = `${message.name}.${name}`;
  const values = field.kind === "enum" ? [...registry.enumNames(field.type).values()] : [];
  for (const value of rule.values ?? []) if (!values.includes(value)) faults.push(`${at} has no value ${value}`);
  const holdsAny = field.type === "google.protobuf.Any";
  const holdsExtension = holdsAny || (field.kind === "message" && hasTypedConfig(field.type, registry));
  if (rule.extension !== undefined && !holdsExtension) faults.push(`${at} holds no Any`);
  if (rule.extension === undefined && holdsAny) faults.push(`${at} holds an Any: of which category?`);
  const inside = field.kind === "message" ? registry.describeMessage(field.type).fields.map((inner) => inner.name) : [];
  for (const inner of Object.keys(rule.within ?? {})) if (!inside.includes(inner)) faults.push(`${at} has no field ${inner}`);
  if (rule.required && field.oneof !== undefined) faults.push(`${at} is one of several: its oneof can be required`);
  return faults;
}

const hasTypedConfig = (message: string, registry: TypeRegistry): boolean =>
  registry.describeMessage(message).fields.some(({ type }) => type === "google.protobuf.Any");
