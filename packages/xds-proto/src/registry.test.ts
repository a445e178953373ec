import {
  createTypeRegistry,
  createMessage,
  decodeMessage,
  defaultRegistry,
  typeUrl,
  unpackAny,
  unpackAs,
  type DescriptorJson,
} from "@mesh/xds-proto";
import { describe, expect, expectTypeOf, it } from "vitest";
import { describeMessage, describeService, encodeMessage, enumNames, enumValue, isMessageName, packAny } from "./index.ts";
import type { EnumNumber, Message } from "./index.ts";
import { errorOf } from "./testing/error-of.ts";

declare module "@mesh/xds-proto" {
  interface MessageTypes {
    "acme.filters.v1.Audit": { topic: string; codec: Message<"mesh.extensions.codecs.bolt.v3.Bolt"> | null };
  }
}

const CLUSTER = "envoy.config.cluster.v3.Cluster";

describe("the shape of a message", () => {
  const empty = decodeMessage(CLUSTER, new Uint8Array(0));

  it("has a default for every scalar", () => {
    expect([empty.name, empty.respectDnsTtl, empty.lbPolicy]).toEqual(["", false, 0]);
    expectTypeOf(empty.name).toEqualTypeOf<string>();
    expectTypeOf(empty.lbPolicy).toEqualTypeOf<EnumNumber<"envoy.config.cluster.v3.Cluster.LbPolicy">>();
    expectTypeOf(empty.lbPolicy).toExtend<number>();
  });

  it("has null for every absent message, wrapper and optional scalar", () => {
    expect([empty.connectTimeout, empty.loadAssignment, empty.perConnectionBufferLimitBytes]).toEqual([null, null, null]);
    expectTypeOf(empty.perConnectionBufferLimitBytes).toEqualTypeOf<{ value: number } | null>();
    const entry = decodeMessage("xds.type.matcher.v3.Matcher", new Uint8Array(0));
    expect(entry.onNoMatch).toBeNull();
  });

  it("has lists and maps of its own", () => {
    const other = decodeMessage(CLUSTER, new Uint8Array(0));
    expect(empty.healthChecks).toEqual([]);
    expect(empty.typedExtensionProtocolOptions).toEqual({});
    expect(other.healthChecks).not.toBe(empty.healthChecks);
    expect(other.typedExtensionProtocolOptions).not.toBe(empty.typedExtensionProtocolOptions);
  });

  it("names the member of a oneof that is set", () => {
    expect(empty.clusterDiscoveryType).toBeUndefined();
    expectTypeOf(empty.clusterDiscoveryType).toEqualTypeOf<"type" | "clusterType" | undefined>();
    const cluster = createMessage(CLUSTER, { type: 0 });
    expect(cluster.clusterDiscoveryType).toBe("type");
  });

  it("is the same whether made, decoded or written by hand", () => {
    const init = { name: "a", connectTimeout: { seconds: 1 }, filters: [{ name: "f" }] };
    const created = createMessage(CLUSTER, init);
    expect(decodeMessage(CLUSTER, encodeMessage(CLUSTER, init))).toEqual(created);
    expect(encodeMessage(CLUSTER, created)).toEqual(encodeMessage(CLUSTER, init));
    expect(created.filters[0]?.typedConfig).toBeNull();
  });

  it("is checked when it is written by hand", () => {
    // @ts-expect-error there is no such field
    createMessage(CLUSTER, { nam: "a" });
    // @ts-expect-error a message without fields has none
    createMessage("envoy.extensions.filters.http.cors.v3.Cors", { name: "a" });
    // @ts-expect-error there is no such message
    expect(errorOf(() => createMessage("envoy.config.cluster.v3.Clutser")).message).toContain(
      "did you mean envoy.config.cluster.v3.Cluster?",
    );
  });
});

describe("an Any", () => {
  const any = packAny(CLUSTER, { name: "a" });

  it("is packed under the type URL of its message", () => {
    expect(any.type_url).toBe(typeUrl(CLUSTER));
    expect(typeUrl(CLUSTER)).toBe("type.googleapis.com/envoy.config.cluster.v3.Cluster");
  });

  it("is unpacked as whatever it is, or as what it must be", () => {
    const { name, message } = unpackAny(any);
    expect(name).toBe(CLUSTER);
    expect(defaultRegistry().toJson(name, message)).toEqual({ name: "a" });
    expect(unpackAs(CLUSTER, any).name).toBe("a");
  });

  it("refuses to be something else or something unknown", () => {
    expect(errorOf(() => unpackAs("envoy.config.listener.v3.Listener", any))).toMatchObject({ code: "MESH_PROTO_INVALID_VALUE" });
    expect(errorOf(() => unpackAny({ type_url: "a/b", value: new Uint8Array(0) }))).toMatchObject({ code: "MESH_PROTO_UNKNOWN_TYPE" });
  });
});

describe("reflection", () => {
  it("describes the fields of a message", () => {
    const { name, fields, oneofs } = describeMessage(CLUSTER);
    const field = (wanted: string) => fields.find((candidate) => candidate.name === wanted);
    expect(name).toBe(CLUSTER);
    expect(field("connect_timeout")).toEqual({
      name: "connect_timeout",
      jsonName: "connectTimeout",
      property: "connectTimeout",
      id: 4,
      kind: "message",
      type: "google.protobuf.Duration",
      repeated: false,
      mapKey: undefined,
      oneof: undefined,
      hasPresence: true,
      deprecated: false,
    });
    expect(field("type")).toMatchObject({
      kind: "enum",
      type: "envoy.config.cluster.v3.Cluster.DiscoveryType",
      oneof: "cluster_discovery_type",
      hasPresence: true,
    });
    expect(field("typed_extension_protocol_options")).toMatchObject({
      mapKey: "string",
      kind: "message",
      type: "google.protobuf.Any",
      repeated: false,
    });
    expect(field("health_checks")).toMatchObject({ repeated: true });
    expect(field("http2_protocol_options")).toMatchObject({ deprecated: true });
    expect(field("name")).toMatchObject({ kind: "scalar", type: "string", hasPresence: false });
    expect(oneofs).toContainEqual({ name: "cluster_discovery_type", property: "clusterDiscoveryType", fields: ["type", "cluster_type"] });
  });

  it("tells the one property that is in snake case", () => {
    expect(describeMessage("google.protobuf.Any").fields[0]).toMatchObject({ name: "type_url", jsonName: "typeUrl", property: "type_url" });
  });

  it("describes the methods of a service", () => {
    expect(describeService("envoy.service.discovery.v3.AggregatedDiscoveryService")[0]).toEqual({
      name: "StreamAggregatedResources",
      path: "/envoy.service.discovery.v3.AggregatedDiscoveryService/StreamAggregatedResources",
      requestType: "envoy.service.discovery.v3.DiscoveryRequest",
      responseType: "envoy.service.discovery.v3.DiscoveryResponse",
      requestStream: true,
      responseStream: true,
    });
  });

  it("names enumerations both ways", () => {
    const maglev = enumValue("envoy.config.cluster.v3.Cluster.LbPolicy", "MAGLEV");
    expectTypeOf(maglev).toEqualTypeOf<5>();
    expect(maglev).toBe(5);
    expect(enumNames("envoy.config.cluster.v3.Cluster.LbPolicy").get(5)).toBe("MAGLEV");
  });

  it("knows its messages by their whole names only", () => {
    expect(isMessageName(CLUSTER)).toBe(true);
    for (const name of ["", "Cluster", "v3.Cluster", "envoy.config", "envoy.config.cluster.v3.Cluster.LbPolicy", "__proto__"]) {
      expect(isMessageName(name)).toBe(false);
      expect(errorOf(() => describeMessage(name)).code).toBe("MESH_PROTO_UNKNOWN_TYPE");
    }
    expect(errorOf(() => enumNames(CLUSTER)).code).toBe("MESH_PROTO_UNKNOWN_TYPE");
    expect(errorOf(() => describeService(CLUSTER)).code).toBe("MESH_PROTO_UNKNOWN_TYPE");
  });
});

const audit = (fields: object): DescriptorJson => ({
  nested: { acme: { nested: { filters: { nested: { v1: { nested: { Audit: { fields: { ...fields } } } } } } } } },
});

describe("a registry with further messages", () => {
  const descriptor = audit({ topic: { type: "string", id: 1 }, codec: { type: "mesh.extensions.codecs.bolt.v3.Bolt", id: 2 } });

  it("reads them everywhere, and lets them refer to the default ones", () => {
    const registry = createTypeRegistry({ descriptors: [descriptor] });
    const message = registry.fromJson("acme.filters.v1.Audit", { topic: "orders", codec: { default_timeout: "3s" } });
    expect(message.codec?.defaultTimeout?.seconds).toBe(3);
    const json = { "@type": "type.googleapis.com/acme.filters.v1.Audit", topic: "orders" };
    expect(registry.toJson("google.protobuf.Any", registry.fromJson("google.protobuf.Any", json))).toEqual(json);
  });

  it("leaves the default registry as it is", () => {
    createTypeRegistry({ descriptors: [descriptor] });
    expect(defaultRegistry().has("acme.filters.v1.Audit")).toBe(false);
  });

  it("refuses a descriptor that does not hold together", () => {
    const broken = audit({ other: { type: "acme.Missing", id: 1 } });
    expect(errorOf(() => createTypeRegistry({ descriptors: [broken] }))).toMatchObject({ code: "MESH_PROTO_INVALID_DESCRIPTOR" });
  });
});
