import { defaultRegistry } from "@mesh/xds-proto";
import { describe, expect, test } from "vitest";
import { ExtensionSet } from "../extensions.ts";
import { defineFields, extension, rejected, required, supported, type FieldTable } from "../fields.ts";
import { findTableFaults } from "../testing.ts";
import { fieldTableGroups, fieldTables } from "./index.ts";

/** A set in which every extension whose table is here has its place, and others. The categories play no part. */
function composeWith(...others: readonly FieldTable[]): ExtensionSet {
  const tables = [...fieldTables.filter(({ message }) => /^(?:envoy|mesh)\.extensions\./.test(message)), ...others];
  const descriptors = tables.map((fields) => ({
    name: fields.message,
    category: "mesh.codecs" as const,
    messageName: fields.message,
    fields,
  }));
  return new ExtensionSet(defaultRegistry(), descriptors);
}

describe("the field tables", () => {
  test("say of every field of every message that is read what becomes of it", () => {
    expect(findTableFaults(composeWith())).toEqual([]);
  });

  test("are one for each message, in one group", () => {
    const messages = fieldTableGroups.flatMap(({ tables }) => tables.map(({ message }) => message));
    expect(messages).toEqual([...new Set(messages)]);
  });

  test("give reasons that are sentences without their ends", () => {
    const rules = fieldTables.flatMap(({ fields }) => Object.values(fields));
    const reasons = rules.flatMap((rule) => (rule.status === "supported" ? [] : [rule.reason]));
    expect(reasons.filter((reason) => reason === "" || reason.endsWith(".") || reason !== reason.trim())).toEqual([]);
  });
});

describe("the faults of a table", () => {
  const message = "envoy.extensions.filters.http.rbac.v3.RBAC";

  test("are fields that are left out, and ones that the message does not have", () => {
    const faults = findTableFaults(composeWith(defineFields(message, { rules_: supported() })));
    expect(faults).toContain(`${message}.rules is not in the table`);
    expect(faults).toContain(`${message} has no field rules_`);
  });

  test("are messages that are read and have no table", () => {
    const table = composeWith(defineFields("envoy.extensions.filters.http.rbac.v3.RBACPerRoute", { rbac: supported() }));
    expect(findTableFaults(table)).toEqual([`${message} is read, and has no table`]);
  });

  test("are tables of messages that nothing reads", () => {
    const set = composeWith();
    set.tables.add(defineFields("envoy.type.v3.SemanticVersion", {}));
    expect(findTableFaults(set)).toContain("envoy.type.v3.SemanticVersion is never read, and has a table");
  });

  test("are values, oneofs and extensions that make no sense", () => {
    const name = "envoy.extensions.access_loggers.open_telemetry.v3.OpenTelemetryAccessLogConfig";
    const table = defineFields(
      "envoy.extensions.filters.network.echo.v3.Echo",
      { resource: extension("mesh.codecs") },
      { requiredOneofs: ["which"] },
    );
    expect(findTableFaults(composeWith(table))).toContain("envoy.extensions.filters.network.echo.v3.Echo has no oneof which");
    const logging = Object.fromEntries(
      defaultRegistry()
        .describeMessage(name)
        .fields.map((field) => [field.name, rejected("no")]),
    );
    const faulty = defineFields(name, { ...logging, stat_prefix: extension("mesh.codecs"), formatters: supported() });
    expect(findTableFaults(composeWith(faulty))).toEqual([`${name}.stat_prefix holds no Any`]);
    const filter = "envoy.extensions.filters.network.direct_response.v3.Config";
    expect(findTableFaults(composeWith(defineFields(filter, { response: required() })))).toEqual([]);
    expect(findTableFaults(composeWith(defineFields(filter, { response: supported({ within: { nonsense: supported() } }) })))).toEqual([
      `${filter}.response has no field nonsense`,
    ]);
    const fault = "envoy.config.core.v3.Pipe";
    expect(findTableFaults(composeWith(defineFields(fault, { path: supported({ values: ["A"] }), mode: supported() })))).toEqual([
      `${fault}.path has no value A`,
    ]);
  });
});
