import { defaultRegistry } from "@mesh/xds-proto";
import { describe, expect, test } from "vitest";
import { ConfigPath, ExtensionSet } from "../config/index.ts";
import { testRuntime } from "../runtime/testing.ts";
import { StatsStore } from "../stats/index.ts";
import { createDynamicConfiguration } from "./dynamic-configuration.ts";
import type { FilterChain } from "./filter-chain.ts";
import { streamFilterExtensions } from "./filters/index.ts";
import { StreamFilters } from "./stream-filters.ts";
import { httpFilters } from "./testing.ts";

const typed = (name: string, message: string, more: object = {}): object => ({
  name,
  typed_config: { "@type": `type.googleapis.com/envoy.extensions.filters.http.${message}` },
  ...more,
});
const router = typed("router", "router.v3.Router");
const fault = typed("fault", "fault.v3.HTTPFault");
const unknown = { name: "x", typed_config: { "@type": "type.googleapis.com/google.protobuf.Int32Value", value: 1 } };

function compile(...filters: object[]): FilterChain {
  const extensions = new ExtensionSet(defaultRegistry(), streamFilterExtensions);
  const runtime = testRuntime();
  const dynamic = createDynamicConfiguration({ runtime, extensions, clusters: { knows: () => false } });
  const context = { ...dynamic, runtime, extensions, stats: new StatsStore() };
  return new StreamFilters(httpFilters(filters), ConfigPath.of("http_filters"), context, () => {}).chain;
}

test("the router is what follows the chain, and no part of it", () => {
  expect(compile(router).isEmpty).toBe(true);
  expect(compile(fault, router).onRequest).toHaveLength(1);
});

test("an unknown filter that is optional is left out", () => {
  expect(compile({ ...unknown, is_optional: true }, router).isEmpty).toBe(true);
});

describe("a chain is refused", () => {
  test("that does not end with the router, and only there", () => {
    expect(() => compile()).toThrow("http_filters: needs the router");
    expect(() => compile(fault)).toThrow("http_filters[0]: the last filter must be the router");
    expect(() => compile(router, fault)).toThrow("http_filters[0]: envoy.filters.http.router must be the last filter");
    expect(() => compile({ ...router, disabled: true })).toThrow("http_filters[0].disabled");
  });

  test("with two filters of one name", () => {
    expect(() => compile(fault, fault, router)).toThrow('http_filters[1].name: there is another filter of the name "fault"');
  });

  test("with a filter that is not there", () => {
    expect(() => compile(unknown, router)).toThrow("http_filters[0].typed_config: there is no stream filter");
    expect(() => compile({ name: "x" }, router)).toThrow("http_filters[0].typed_config: is required");
  });
});
