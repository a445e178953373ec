import { describe, expect, it } from "vitest";
import { createMessage, decodeMessage, fromJson, toJson } from "./index.ts";
import { errorOf } from "./testing/error-of.ts";

const CLUSTER = "envoy.config.cluster.v3.Cluster";

describe("field names", () => {
  it("are in camel case, or as in the .proto files", () => {
    const cluster = createMessage(CLUSTER, { connectTimeout: { seconds: 1 }, outlierDetection: { consecutive5xx: { value: 3 } } });
    expect(toJson(CLUSTER, cluster)).toEqual({ connectTimeout: "1s", outlierDetection: { consecutive5xx: 3 } });
    const preserved = toJson(CLUSTER, cluster, { preserveProtoFieldNames: true });
    expect(preserved).toEqual({ connect_timeout: "1s", outlier_detection: { consecutive_5xx: 3 } });
  });
});

describe("defaults", () => {
  it("are left out, save where they are told from absence", () => {
    expect(toJson(CLUSTER, { name: "", healthChecks: [], metadata: null, lbPolicy: 0 })).toEqual({});
    expect(toJson(CLUSTER, { type: 0, perConnectionBufferLimitBytes: { value: 0 } })).toEqual({
      type: "STATIC",
      perConnectionBufferLimitBytes: 0,
    });
    expect(toJson("google.protobuf.UInt64Value", createMessage("google.protobuf.UInt64Value"))).toBe("0");
    expect(toJson("google.protobuf.BytesValue", createMessage("google.protobuf.BytesValue"))).toBe("");
  });
});

describe("numbers", () => {
  it("of 64 bits are strings", () => {
    expect(toJson("google.protobuf.UInt64Value", { value: 1024 })).toBe("1024");
    expect(toJson("google.protobuf.UInt64Value", { value: 18446744073709549568 })).toBe("18446744073709549568");
  });

  it("of type float are as short as they were written", () => {
    const bytes = new Uint8Array([0x0d, 0xcd, 0xcc, 0xcc, 0x3d]); // 0.1 as a float
    expect(toJson("google.protobuf.FloatValue", decodeMessage("google.protobuf.FloatValue", bytes))).toBe(0.1);
  });

  it("that JSON does not have are strings", () => {
    for (const value of [Infinity, -Infinity, NaN]) expect(toJson("google.protobuf.DoubleValue", { value })).toBe(String(value));
  });
});

describe("enumerations", () => {
  it("are names, and numbers where this version has no name", () => {
    expect(toJson(CLUSTER, { lbPolicy: 5 })).toEqual({ lbPolicy: "MAGLEV" });
    expect(toJson(CLUSTER, decodeMessage(CLUSTER, new Uint8Array([0x30, 0x63])))).toEqual({ lbPolicy: 99 });
  });
});

describe("an Any", () => {
  it("is opened, however deep", () => {
    const json = {
      "@type": "type.googleapis.com/mesh.extensions.codecs.auto.v3.Auto",
      codecs: [
        { name: "bolt", typed_config: { "@type": "type.googleapis.com/mesh.extensions.codecs.bolt.v3.Bolt", heartbeat_interval: "15s" } },
      ],
    };
    expect(toJson("google.protobuf.Any", fromJson("google.protobuf.Any", json), { preserveProtoFieldNames: true })).toEqual(json);
  });

  it("shows the bytes of what is not registered or damaged", () => {
    const bytes = new Uint8Array([1, 2, 3]);
    for (const type_url of ["type.googleapis.com/acme.Filter", "type.googleapis.com/envoy.config.cluster.v3.Cluster"]) {
      expect(toJson("google.protobuf.Any", { type_url, value: bytes })).toEqual({ "@type": type_url, value: "AQID" });
    }
  });
});

it("keeps map keys that JavaScript gives a meaning to", () => {
  const json: unknown = JSON.parse('{"filterMetadata":{"__proto__":{"a":1}}}');
  const message = fromJson("envoy.config.core.v3.Metadata", json);
  expect(JSON.stringify(toJson("envoy.config.core.v3.Metadata", message))).toBe(JSON.stringify(json));
});

it("says where a value cannot be written", () => {
  const cluster = createMessage(CLUSTER, { healthChecks: [{ timeout: { seconds: 1e15 } }] });
  const error = errorOf(() => toJson(CLUSTER, cluster));
  expect(error).toMatchObject({ code: "MESH_PROTO_INVALID_VALUE", path: "health_checks[0].timeout" });
});
