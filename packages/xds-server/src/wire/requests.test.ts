import { encodeMessage } from "@mesh/xds-proto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isXdsServerError } from "../errors.ts";
import { readDeltaRequest, readNames, readSotwRequest } from "./requests.ts";

const aText = fc.string({ unit: "grapheme", maxLength: 200 });
const anError = fc.option(fc.record({ code: fc.nat(16), message: aText }), { nil: null });
const aNode = fc.option(fc.record({ id: aText, cluster: aText }), { nil: null });

describe("a request", () => {
  test("in state of the world is read as it was written", () => {
    fc.assert(
      fc.property(
        aText,
        aNode,
        fc.array(aText),
        aText,
        aText,
        anError,
        (versionInfo, node, resourceNames, typeUrl, responseNonce, error) => {
          const encoded = encodeMessage("envoy.service.discovery.v3.DiscoveryRequest", {
            versionInfo,
            node,
            resourceNames,
            typeUrl,
            responseNonce,
            errorDetail: error,
          });
          const request = readSotwRequest(Buffer.from(encoded));
          expect(request.versionInfo).toBe(versionInfo);
          expect(request.node).toEqual(node ? Buffer.from(encodeMessage("envoy.config.core.v3.Node", node)) : undefined);
          expect(readNames(request.names)).toEqual(resourceNames);
          expect(request.nameCount).toBe(resourceNames.length);
          expect(request.typeUrl).toBe(typeUrl);
          expect(request.nonce).toBe(responseNonce);
          expect(request.error).toEqual(error ?? undefined);
        },
      ),
    );
  });

  test("in delta is read as it was written", () => {
    fc.assert(
      fc.property(
        aNode,
        fc.array(aText),
        fc.array(aText),
        fc.dictionary(aText, aText, { noNullPrototype: true }),
        aText,
        anError,
        (node, subscribe, unsubscribe, initialResourceVersions, responseNonce, error) => {
          const encoded = encodeMessage("envoy.service.discovery.v3.DeltaDiscoveryRequest", {
            node,
            typeUrl: "t",
            resourceNamesSubscribe: subscribe,
            resourceNamesUnsubscribe: unsubscribe,
            initialResourceVersions,
            responseNonce,
            errorDetail: error,
          });
          const request = readDeltaRequest(Buffer.from(encoded));
          expect(request.node === undefined).toBe(node === null);
          expect(request.subscribe).toEqual(subscribe);
          expect(request.unsubscribe).toEqual(unsubscribe);
          expect(Object.fromEntries(request.initialVersions)).toEqual(initialResourceVersions);
          expect(request.nonce).toBe(responseNonce);
          expect(request.error).toEqual(error ?? undefined);
        },
      ),
    );
  });

  test("may have its names in several places", () => {
    const part = (name: string): Uint8Array =>
      encodeMessage("envoy.service.discovery.v3.DiscoveryRequest", { resourceNames: [name], typeUrl: name });
    const request = readSotwRequest(Buffer.concat([part("a"), part("b"), part("c")]));
    expect(readNames(request.names)).toEqual(["a", "b", "c"]);
    expect(request.typeUrl).toBe("c");
  });

  test("of any bytes is read or refused, and nothing else", () => {
    const read = (bytes: Uint8Array): void => {
      for (const reader of [readSotwRequest, readDeltaRequest]) {
        try {
          reader(Buffer.from(bytes));
        } catch (error) {
          if (!isXdsServerError(error)) throw error;
          expect(["MESH_XDS_SERVER_MALFORMED", "MESH_XDS_SERVER_UNSUPPORTED"]).toContain(error.code);
        }
      }
    };
    fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), read), { numRuns: 2000 });
    const encoded = encodeMessage("envoy.service.discovery.v3.DiscoveryRequest", {
      node: { id: "n" },
      resourceNames: ["a", "b"],
      typeUrl: "t",
      errorDetail: { code: 3, message: "m" },
    });
    for (let end = 0; end <= encoded.length; end++) read(encoded.subarray(0, end));
  });

  test("with resource locators is refused", () => {
    const encoded = encodeMessage("envoy.service.discovery.v3.DiscoveryRequest", { resourceLocators: [{ name: "a" }] });
    expect(() => readSotwRequest(Buffer.from(encoded))).toThrow("resource locators are not supported");
  });
});
