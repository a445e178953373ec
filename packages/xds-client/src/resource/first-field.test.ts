import { decodeMessage, encodeMessage, isProtoError } from "@mesh/xds-proto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { readFirstField } from "./first-field.ts";

const MESSAGE = "envoy.config.endpoint.v3.ClusterLoadAssignment";

test("is the name that decoding gives", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.array(fc.nat(200)), (clusterName, priorities) => {
      const bytes = encodeMessage(MESSAGE, { clusterName, endpoints: priorities.map((priority) => ({ priority })) });
      expect(readFirstField(bytes)).toEqual({ text: clusterName, isMalformed: false });
    }),
  );
});

test("is found behind other fields, and the last of several counts", () => {
  const [a, b] = [encodeMessage(MESSAGE, { clusterName: "a", endpoints: [{ priority: 1 }] }), encodeMessage(MESSAGE, { clusterName: "b" })];
  expect(readFirstField(Buffer.concat([a, b])).text).toBe("b");
});

test("is found behind a group", () => {
  expect(readFirstField(Uint8Array.of(0x13, 0x1b, 0x08, 1, 0x1c, 0x14, 0x0a, 1, 97))).toEqual({ text: "a", isMalformed: false });
  expect(readFirstField(Uint8Array.of(0x13, 0x08, 1)).isMalformed).toBe(true);
});

test("never says a name of bytes that decode to another one", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      try {
        expect(readFirstField(bytes)).toEqual({ text: decodeMessage(MESSAGE, bytes).clusterName, isMalformed: false });
      } catch (error) {
        if (!isProtoError(error)) throw error;
      }
    }),
  );
});

test.each([[[0x0a]], [[0x0a, 5, 97]], [[0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]], [[0x11, 1]], [[0x00, 1]]])(
  "bytes %j are no message",
  (bytes) => {
    expect(readFirstField(Uint8Array.from(bytes)).isMalformed).toBe(true);
  },
);

test("is told of bytes that go wrong behind it", () => {
  expect(readFirstField(Uint8Array.of(0x0a, 1, 97, 0x12, 5, 1))).toEqual({ text: "a", isMalformed: true });
});
