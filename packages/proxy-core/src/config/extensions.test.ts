import { createMessage, createTypeRegistry, defaultRegistry, packAny } from "@mesh/xds-proto";
import { describe, expect, test } from "vitest";
import { ExtensionFactories, ExtensionSet, type DecodedExtension, type ExtensionDescriptor } from "./extensions.ts";
import { defineFields, supported } from "./fields.ts";
import { ConfigPath } from "./path.ts";
import { describeExtension } from "./testing.ts";

const router = "envoy.extensions.filters.http.router.v3.Router";
const fault = "envoy.extensions.filters.http.fault.v3.HTTPFault";
const registry = defaultRegistry();
const path = ConfigPath.root.field("typed_config");
const routerFilter = describeExtension("envoy.filters.http.router", "envoy.filters.http", router);
const faultFilter = {
  ...describeExtension("envoy.filters.http.fault", "envoy.filters.http", fault),
  perRoute: { messageName: fault, fields: undefined },
};

describe("a set of extensions", () => {
  const set = new ExtensionSet(registry, [routerFilter, faultFilter]);

  test("finds them by category and message, and lists them in their order", () => {
    expect(set.find("envoy.filters.http", router)).toBe(routerFilter);
    expect(set.find("envoy.filters.network", router)).toBeUndefined();
    expect(set.list("envoy.filters.http")).toEqual([routerFilter, faultFilter]);
    expect(set.list("envoy.filters.network")).toEqual([]);
    expect(set.list().map(({ category }) => category)).toEqual([
      "envoy.filters.http",
      "envoy.filters.http",
      "envoy.filters.http.per_route",
    ]);
  });

  test("has what configures a filter per route under a category of its own", () => {
    expect(set.find("envoy.filters.http.per_route", fault)?.name).toBe("envoy.filters.http.fault");
    expect(set.find("envoy.filters.http.per_route", router)).toBeUndefined();
  });

  test("takes no two of a category with one name or one message", () => {
    const compose =
      (...more: readonly ExtensionDescriptor[]) =>
      () =>
        new ExtensionSet(registry, [routerFilter, ...more]);
    expect(compose({ ...routerFilter, name: "acme.router" })).toThrow("two extensions of envoy.filters.http have the same name or message");
    expect(compose({ ...routerFilter, messageName: fault })).toThrow(
      `envoy.filters.http.router (${router}) and envoy.filters.http.router (${fault})`,
    );
    expect(compose({ ...routerFilter, category: "envoy.filters.network" })).not.toThrow();
  });

  test("knows the tables that extensions bring, in the place of the core's", () => {
    const fields = defineFields(fault, { delay: supported() });
    const nested = defineFields("envoy.extensions.filters.common.fault.v3.FaultRateLimit", {});
    const own = new ExtensionSet(registry, [{ ...routerFilter, messageName: fault, fields, nestedFields: [nested] }]);
    expect(own.tables.get(fault)).toBe(fields);
    expect(own.tables.get(nested.message)).toBe(nested);
    expect(set.tables.get(fault)).not.toBe(fields);
  });
});

describe("the configuration of an extension", () => {
  const set = new ExtensionSet(registry, [faultFilter, describeExtension("acme.audit", "envoy.filters.http", "acme.Audit")]);
  const struct = (type: string, json: object) =>
    packAny("xds.type.v3.TypedStruct", {
      typeUrl: `type.googleapis.com/${type}`,
      value: registry.fromJson("google.protobuf.Struct", json),
    });

  test("is the message in an Any", () => {
    const decoded = set.decode("envoy.filters.http", packAny(fault, { upstreamCluster: "a" }), path);
    expect(decoded.descriptor).toBe(faultFilter);
    expect(decoded.as(fault).upstreamCluster).toBe("a");
    expect(String(decoded.path)).toBe("typed_config");
    expect(() => decoded.as(router)).toThrow(TypeError);
  });

  test("is the message that a TypedStruct names", () => {
    const decoded = set.decode("envoy.filters.http", struct(fault, { upstream_cluster: "a" }), path);
    expect(decoded.as(fault).upstreamCluster).toBe("a");
    expect(String(decoded.path)).toBe("typed_config.value");
    expect(() => set.decode("envoy.filters.http", struct(fault, { nonsense: 1 }), path)).toThrow("typed_config.value.nonsense: ");
  });

  test("is plain JSON where there is no message", () => {
    expect(set.decode("envoy.filters.http", struct("acme.Audit", { topic: "t", sizes: [1, 2] }), path).config).toEqual({
      topic: "t",
      sizes: [1, 2],
    });
    expect(set.decode("envoy.filters.http", packAny("xds.type.v3.TypedStruct", { typeUrl: "x/acme.Audit" }), path).config).toEqual({});
  });

  test("may be of a message that the user adds", () => {
    const descriptors = [{ nested: { acme: { nested: { Audit: { fields: { topic: { type: "string", id: 1 } } } } } } }];
    const own = new ExtensionSet(createTypeRegistry({ descriptors }), [
      describeExtension("acme.audit", "envoy.filters.http", "acme.Audit"),
    ]);
    const any = createMessage("google.protobuf.Any", { type_url: "type.googleapis.com/acme.Audit", value: Buffer.from([0x0a, 1, 0x74]) });
    expect(own.decode("envoy.filters.http", any, path).config).toMatchObject({ topic: "t" });
  });

  test("is refused where it is missing, unknown, or of a message that nobody can read", () => {
    expect(() => set.decode("envoy.filters.http", null, path)).toThrow("typed_config: is required");
    expect(() => set.decode("envoy.filters.http", createMessage("google.protobuf.Any"), path)).toThrow("typed_config: is required");
    expect(() => set.decode("envoy.filters.http", packAny(router, {}), path)).toThrow("typed_config: there is no stream filter for");
    const unreadable = createMessage("google.protobuf.Any", { type_url: "x/acme.Audit", value: Buffer.from([1]) });
    expect(() => set.decode("envoy.filters.http", unreadable, path)).toThrow("give it as an xds.type.v3.TypedStruct");
  });

  test("may be asked for without reading it", () => {
    const unreadable = createMessage("google.protobuf.Any", { type_url: "x/xds.type.v3.TypedStruct", value: Buffer.from([1]) });
    expect(set.knows("envoy.filters.http", packAny(fault, {}))).toBe(true);
    expect(set.knows("envoy.filters.http", struct(fault, {}))).toBe(true);
    expect(set.knows("envoy.filters.http", packAny(router, {}))).toBe(false);
    expect(set.knows("envoy.filters.http", null)).toBe(false);
    expect(set.knows("envoy.filters.http", unreadable)).toBe(true);
  });

  test("of a filter in a route is compiled by the filter", () => {
    const compile = (extension: DecodedExtension): string => `for ${extension.as(fault).upstreamCluster} at ${String(extension.path)}`;
    const own = new ExtensionSet(registry, [{ ...routerFilter, perRoute: { messageName: fault, fields: undefined, compile } }]);
    expect(own.decodePerRoute(packAny(fault, { upstreamCluster: "a" }), path)).toBe("for a at typed_config");
    expect(set.decodePerRoute(packAny(fault, { upstreamCluster: "a" }), path)).toMatchObject({ upstreamCluster: "a" });
    expect(() => own.decodePerRoute(packAny(router, {}), path)).toThrow("there is no stream filter that routes can configure for");
  });

  test("comes with the factory of a room", () => {
    const factory = { ...faultFilter, create: (name: string): string => `fault for ${name}` };
    const factories = new ExtensionFactories(new ExtensionSet(registry, [factory]), "envoy.filters.http", [factory]);
    const { factory: found, extension } = factories.resolve(packAny(fault, { upstreamCluster: "a" }), path);
    expect(found.create(extension.as(fault).upstreamCluster)).toBe("fault for a");
    expect(() => factories.resolve(packAny(router, {}), path)).toThrow("there is no stream filter for");
  });
});
