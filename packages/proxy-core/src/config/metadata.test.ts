import { fromJson } from "@mesh/xds-proto";
import { expect, test } from "vitest";
import { readMetadata } from "./metadata.ts";

test("metadata is JSON by namespace, and nothing where there is none", () => {
  const filter_metadata = { "envoy.lb": { canary: true, deep: { list: [1, "a", null] } }, empty: {} };
  expect(readMetadata(fromJson("envoy.config.core.v3.Metadata", { filter_metadata }))).toEqual(filter_metadata);
  expect(readMetadata(fromJson("envoy.config.core.v3.Metadata", {}))).toBeUndefined();
  expect(readMetadata(null)).toBeUndefined();
});
