import type { ExtensionDescriptor, ExtensionSet } from "./extensions.ts";
import type { FieldRule, FieldTable } from "./fields.ts";
import { fieldTableGroups } from "./tables/index.ts";

/** What a proxy's configuration may hold: the field tables and the extensions, in the order of a page for people. */
export interface Compatibility {
  readonly extensions: readonly Pick<ExtensionDescriptor, "category" | "name" | "messageName">[];
  readonly groups: readonly { readonly title: string; readonly messages: readonly MessageCompatibility[] }[];
}

export interface MessageCompatibility {
  readonly message: string;
  /** In the order of the .proto file. */
  readonly fields: readonly { readonly name: string; readonly deprecated: boolean; readonly rule: FieldRule }[];
  /** Names of supported fields of which one must be set, for each oneof that is required. */
  readonly requiredOneOf: readonly (readonly string[])[];
}

export function describeCompatibility(extensions: ExtensionSet): Compatibility {
  const grouped = new Set(fieldTableGroups.flatMap(({ tables }) => tables.map(({ message }) => message)));
  const others = [...extensions.tables.values()].filter(({ message }) => !grouped.has(message));
  const groups = [...fieldTableGroups, { title: "Messages of further extensions", tables: others }].map(({ title, tables }) => ({
    title,
    // An extension's own table counts before the core's.
    messages: tables.map((table) => describeMessage(extensions.tables.get(table.message) ?? table, extensions)),
  }));
  return { extensions: extensions.list(), groups };
}

function describeMessage({ message, fields, requiredOneofs }: FieldTable, { registry }: ExtensionSet): MessageCompatibility {
  const description = registry.describeMessage(message);
  return {
    message,
    fields: description.fields.flatMap(({ name, deprecated }) => {
      const rule = fields[name];
      return rule ? [{ name, deprecated, rule }] : [];
    }),
    requiredOneOf: description.oneofs
      .filter(({ name }) => requiredOneofs?.includes(name))
      .map((oneof) => oneof.fields.filter((field) => fields[field]?.status === "supported")),
  };
}
