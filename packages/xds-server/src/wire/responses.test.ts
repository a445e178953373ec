import { decodeMessage, packAny, unpackAs } from "@mesh/xds-proto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createResource } from "../resource/resource-set.ts";
import type { Resource } from "../resource/resource.ts";
import { deltaEncoding, FRAME_HEADER, sotwEncoding, type ResponseEncoding } from "./responses.ts";

const aText = fc.string({ unit: "grapheme", maxLength: 300 });
const aResource = fc
  .tuple(aText, fc.nat(100))
  .map(([name, seconds]) => createResource("envoy.config.cluster.v3.Cluster", name, { name, connectTimeout: { seconds } }));
const parts = fc.record({
  typeUrl: aText,
  version: aText,
  nonce: aText,
  identifier: aText,
  resources: fc.array(aResource),
  lists: fc.array(fc.array(aResource), { maxLength: 3 }),
  removed: fc.array(aText),
});
type Given = typeof parts extends fc.Arbitrary<infer Value> ? Value : never;

function messageOf(encoding: ResponseEncoding, given: Given): Buffer {
  const buffers = encoding.encode({ ...given, lists: given.lists.map((list) => encoding.encodeList(list)) });
  expect(buffers.filter(({ length }) => length === 0)).toEqual([]);
  const frame = Buffer.concat(buffers);
  expect(frame[0]).toBe(0);
  expect(frame.readUInt32BE(1)).toBe(frame.length - FRAME_HEADER);
  return frame.subarray(FRAME_HEADER);
}

const resourcesOf = ({ resources, lists }: Given): readonly Resource[] => [...resources, ...lists.flat()];

describe("a response", () => {
  test("in state of the world is what was asked for", () => {
    fc.assert(
      fc.property(parts, (given) => {
        const response = decodeMessage("envoy.service.discovery.v3.DiscoveryResponse", messageOf(sotwEncoding, given));
        expect(response.typeUrl).toBe(given.typeUrl);
        expect(response.versionInfo).toBe(given.version);
        expect(response.nonce).toBe(given.nonce);
        expect(response.controlPlane?.identifier ?? "").toBe(given.identifier);
        expect(response.resources.map((any) => unpackAs("envoy.config.cluster.v3.Cluster", any).name)).toEqual(
          resourcesOf(given).map(({ name }) => name),
        );
      }),
    );
  });

  test("in delta is what was asked for", () => {
    fc.assert(
      fc.property(parts, (given) => {
        const response = decodeMessage("envoy.service.discovery.v3.DeltaDiscoveryResponse", messageOf(deltaEncoding, given));
        expect(response.typeUrl).toBe(given.typeUrl);
        expect(response.systemVersionInfo).toBe(given.version);
        expect(response.nonce).toBe(given.nonce);
        expect(response.removedResources).toEqual(given.removed);
        expect(response.controlPlane?.identifier ?? "").toBe(given.identifier);
        expect(response.resources.map(({ name, version }) => ({ name, version }))).toEqual(
          resourcesOf(given).map(({ name, version }) => ({ name, version })),
        );
        const names = response.resources.map(({ resource }) => resource && unpackAs("envoy.config.cluster.v3.Cluster", resource).name);
        expect(names).toEqual(resourcesOf(given).map(({ name }) => name));
      }),
    );
  });

  test("has its resources byte for byte", () => {
    const resource = createResource("envoy.config.cluster.v3.Cluster", "a", { name: "a" });
    expect(decodeMessage("google.protobuf.Any", resource.any)).toEqual(packAny("envoy.config.cluster.v3.Cluster", { name: "a" }));
  });
});
