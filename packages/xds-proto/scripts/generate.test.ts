import { describe, expect, it } from "vitest";
import { defaultRegistry, describeMessage } from "../src/index.ts";
import { findDrift } from "./generate.ts";
import { loadProtos } from "./load-protos.ts";
import { nameOf, prune } from "./prune.ts";

describe("the generated files", () => {
  it("match the .proto files", () => {
    expect(findDrift()).toEqual([]);
  });
});

describe("the default registry", () => {
  const { types } = prune(loadProtos());

  it("has the messages that were kept", () => {
    expect([...defaultRegistry().messageNames()].toSorted()).toEqual([...types.keys()]);
  });

  it("gives each field the number and the type that its .proto file gives it", () => {
    for (const [name, type] of types) {
      const wanted = type.fieldsArray.map((field) => [field.id, field.resolvedType ? nameOf(field.resolvedType) : field.type]);
      expect([name, ...describeMessage(name).fields.map((field) => [field.id, field.type])]).toEqual([name, ...wanted]);
    }
  });

  it("has no map of 64-bit integers, whose absent values protobufjs would make Longs", () => {
    const longs = [...types.keys()].filter((name) =>
      describeMessage(name).fields.some((field) => field.mapKey !== undefined && field.type.endsWith("64")),
    );
    expect(longs).toEqual([]);
  });
});
