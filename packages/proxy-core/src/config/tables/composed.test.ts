import { defaultRegistry } from "@mesh/xds-proto";
import { expect, test } from "vitest";
import { standardExtensions } from "../../proxy/index.ts";
import { extensionCategories } from "../categories.ts";
import { ExtensionSet } from "../extensions.ts";
import { findTableFaults } from "../testing.ts";
import { fieldTables } from "./index.ts";

const extensions = new ExtensionSet(defaultRegistry(), standardExtensions);

test("a proxy with the standard extensions knows of every field that it reads what becomes of it", () => {
  expect(findTableFaults(extensions)).toEqual([]);
  const messages = extensions.list().map(({ messageName }) => messageName);
  expect(messages.filter((message) => extensions.tables.get(message) === undefined)).toEqual([]);
});

test("a category of extensions is one that some field asks for, and that has an extension", () => {
  const rules = [...extensions.tables.values()].flatMap(({ fields }) => Object.values(fields));
  const asked = new Set<string | undefined>(rules.map((rule) => (rule.status === "supported" ? rule.extension : undefined)));
  expect(Object.keys(extensionCategories).filter((category) => !asked.has(category))).toEqual([]);
  // @mesh/proxy-xds, which carries out configuration sources, brings what they may name.
  const offered = new Set<string>([...extensions.list().map(({ category }) => category), "envoy.grpc_credentials"]);
  expect(Object.keys(extensionCategories).filter((category) => !offered.has(category))).toEqual([]);
});

test("a message has one table: its extension's or the core's", () => {
  const doubles = fieldTables.filter((table) => extensions.tables.get(table.message) !== table);
  expect(doubles.map(({ message }) => message)).toEqual([]);
});
