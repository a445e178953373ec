import { describe, expect, it } from "vitest";
import { fieldPath, indexPath, keyPath, show, suggest } from "./path.ts";

it("builds paths from the names in .proto files", () => {
  expect(keyPath(fieldPath(indexPath(fieldPath("", "filters"), 2), "metadata"), 'a"b')).toBe('filters[2].metadata["a\\"b"]');
});

describe("a value in a message", () => {
  it("is its JSON, cut where it is long", () => {
    expect(show({ a: "b" })).toBe('{"a":"b"}');
    expect(show("x".repeat(200))).toHaveLength(80);
  });

  it("is shown even if it has none", () => {
    const cycle: { self?: object } = {};
    cycle.self = cycle;
    expect([show(undefined), show(1n), show(cycle)]).toEqual(["undefined", "1", "[object Object]"]);
  });
});

describe("a suggestion", () => {
  const fields = ["connect_timeout", "cluster_name", "type"];

  it("is the nearest candidate", () => {
    expect(suggest("conect_timout", fields)).toBe("connect_timeout");
    expect(suggest("typ", fields)).toBe("type");
  });

  it("is none where nothing is near", () => {
    expect(suggest("listeners", fields)).toBeUndefined();
    expect(suggest("", fields)).toBeUndefined();
  });
});
