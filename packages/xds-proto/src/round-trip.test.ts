import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeMessage, encodeMessage, fromJson, isProtoError, toJson, type MessageName } from "./index.ts";
import { arbitraryMessage, arbitraryName } from "./testing/arbitrary-message.ts";
import { bootstraps } from "./testing/bootstraps.ts";

const BOOTSTRAP = "envoy.config.bootstrap.v3.Bootstrap";

describe.each(Object.entries(bootstraps))("the bootstrap of the %s", (_name, json) => {
  it("survives JSON, a message, bytes, a message and JSON", () => {
    const message = fromJson(BOOTSTRAP, json);
    const decoded = decodeMessage(BOOTSTRAP, encodeMessage(BOOTSTRAP, message));
    expect(decoded).toEqual(message);
    expect(toJson(BOOTSTRAP, decoded, { preserveProtoFieldNames: true })).toEqual(json);
  });

  it("reads the same from the camel case that toJson writes", () => {
    const message = fromJson(BOOTSTRAP, json);
    expect(fromJson(BOOTSTRAP, toJson(BOOTSTRAP, message))).toEqual(message);
  });
});

const arbitraryNameAndMessage = (): fc.Arbitrary<[MessageName, object]> =>
  arbitraryName().chain((name) => fc.tuple(fc.constant(name), arbitraryMessage(name)));

describe("any message of the registry", () => {
  it("survives its bytes", { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(arbitraryNameAndMessage(), ([name, message]) => {
        const bytes = encodeMessage(name, message);
        expect(decodeMessage(name, bytes)).toEqual(message);
      }),
      { numRuns: 300 },
    );
  });

  it("survives its JSON, as text and under either set of names", { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(arbitraryNameAndMessage(), fc.boolean(), ([name, message], preserveProtoFieldNames) => {
        const text = JSON.stringify(toJson(name, message, { preserveProtoFieldNames }));
        expect(fromJson(name, JSON.parse(text))).toEqual(message);
      }),
      { numRuns: 300 },
    );
  });
});

/** Calls, and lets pass only errors of this package. */
const allowRefusal = (call: () => unknown): void => {
  try {
    call();
  } catch (error) {
    if (!isProtoError(error)) throw error;
  }
};

describe("anything else", () => {
  it("is decoded or refused with an error of this package", { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(arbitraryNameAndMessage(), fc.uint8Array({ maxLength: 4 }), fc.nat(), ([name, message], noise, at) => {
        const bytes = Uint8Array.from(encodeMessage(name, message));
        bytes.set(noise.subarray(0, bytes.length), at % (bytes.length + 1 - Math.min(noise.length, bytes.length)));
        allowRefusal(() => decodeMessage(name, bytes));
        allowRefusal(() => decodeMessage(name, bytes.subarray(0, at % (bytes.length + 1))));
      }),
      { numRuns: 300 },
    );
  });

  it("is read from JSON or refused with an error of this package", { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(arbitraryNameAndMessage(), fc.jsonValue({ maxDepth: 2 }), fc.nat(), ([name, message], noise, at) => {
        let value = 0;
        const text = JSON.stringify(toJson(name, message), (_key, json: unknown) => (value++ === at % 12 ? noise : json));
        allowRefusal(() => fromJson(name, JSON.parse(text)));
      }),
      { numRuns: 300 },
    );
  });
});
