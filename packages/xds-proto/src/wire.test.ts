import { describe, expect, it } from "vitest";
import { decodeMessage, encodeMessage, toJson, unknownFields } from "./index.ts";
import { errorOf } from "./testing/error-of.ts";

const roundTrip = (value: number): number =>
  decodeMessage("google.protobuf.UInt64Value", encodeMessage("google.protobuf.UInt64Value", { value })).value;

describe("64-bit integers", () => {
  it("are numbers", () => {
    expect(roundTrip(0)).toBe(0);
    expect(roundTrip(Number.MAX_SAFE_INTEGER)).toBe(Number.MAX_SAFE_INTEGER);
    const bytes = encodeMessage("google.protobuf.Int64Value", { value: -42 });
    expect(decodeMessage("google.protobuf.Int64Value", bytes).value).toBe(-42);
  });

  it("beyond what a number holds stay inside their range", () => {
    const bytes = new Uint8Array([0x08, ...Array.from({ length: 9 }, () => 0xff), 0x01]); // 2^64 - 1
    const { value } = decodeMessage("google.protobuf.UInt64Value", bytes);
    expect(value).toBe(18446744073709549568);
    expect(roundTrip(value)).toBe(value);
  });

  it("are 0 when absent, as every number", () => {
    expect(decodeMessage("google.protobuf.Duration", new Uint8Array(0)).seconds).toBe(0);
  });
});

describe("bytes", () => {
  it("are Uint8Arrays, absent ones too", () => {
    expect(decodeMessage("google.protobuf.Any", new Uint8Array(0)).value).toBeInstanceOf(Uint8Array);
  });

  it("are views of what was decoded, from any kind of Uint8Array", () => {
    const encoded = encodeMessage("google.protobuf.BytesValue", { value: new Uint8Array([1, 2, 3]) });
    const offset = new Uint8Array([0, 0, ...encoded]).subarray(2);
    const { value } = decodeMessage("google.protobuf.BytesValue", offset);
    expect([...value]).toEqual([1, 2, 3]);
    offset[offset.length - 1] = 9;
    expect([...value]).toEqual([1, 2, 9]);
  });
});

describe("unknown fields", () => {
  it("are listed, encoded again, and not shown", () => {
    const bytes = new Uint8Array([0xc2, 0x3e, 0x01, 0x61, 0xc8, 0x3e, 0x07, 0xc8, 0x3e, 0x08]); // 1000: "a", 1001: 7 and 8
    const message = decodeMessage("envoy.config.cluster.v3.Cluster", bytes);
    expect(unknownFields(message)).toEqual([1000, 1001]);
    expect([...encodeMessage("envoy.config.cluster.v3.Cluster", message)]).toEqual([...bytes]);
    expect(toJson("envoy.config.cluster.v3.Cluster", message)).toEqual({});
    expect(unknownFields(decodeMessage("envoy.config.cluster.v3.Cluster", new Uint8Array(0)))).toEqual([]);
  });
});

describe("errors", () => {
  it("say that bytes are not a message", () => {
    const error = errorOf(() => decodeMessage("envoy.config.cluster.v3.Cluster", new Uint8Array([0x0a, 0x05, 0x61])));
    expect(error.code).toBe("MESH_PROTO_MALFORMED");
    expect(error.message).toContain("3 bytes are no envoy.config.cluster.v3.Cluster: index out of range");
    expect(error.cause).toBeInstanceOf(RangeError);
  });

  it("say that a message cannot be encoded", () => {
    // @ts-expect-error a message is needed
    const error = errorOf(() => encodeMessage("envoy.config.cluster.v3.Cluster", { healthChecks: [null] }));
    expect(error.code).toBe("MESH_PROTO_INVALID_VALUE");
  });
});
