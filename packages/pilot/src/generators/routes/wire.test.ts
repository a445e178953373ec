import { decodeMessage, encodeMessage, unpackAs, type MessageInit } from "@mesh/xds-proto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { encodeRouteConfiguration, encodeVirtualHost, maxDirectResponseBytes, type VirtualHostHead } from "./wire.ts";

const configuration = "envoy.config.route.v3.RouteConfiguration";
const route = "envoy.config.route.v3.Route";

const heads = fc.record({
  name: fc.string({ minLength: 1, maxLength: 200, unit: "grapheme" }),
  domains: fc.array(fc.string({ minLength: 1, unit: "grapheme" }), { minLength: 1, maxLength: 5 }),
  requiresTls: fc.boolean(),
  includesAttemptCount: fc.boolean(),
});
const routes = fc.array(fc.string({ maxLength: 20_000 }).map((name): MessageInit<typeof route> => ({ name, match: { prefix: "/" } })));
const virtualHosts = fc.array(fc.tuple(heads, routes), { maxLength: 5 });

const message = (
  name: string,
  hosts: readonly (readonly [VirtualHostHead, readonly MessageInit<typeof route>[]])[],
  ignoresPort: boolean,
) =>
  ({
    name,
    virtualHosts: hosts.map(([head, list]) => ({
      name: head.name,
      domains: head.domains,
      routes: list,
      requireTls: head.requiresTls ? 2 : 0,
      includeRequestAttemptCount: head.includesAttemptCount,
    })),
    validateClusters: { value: false },
    maxDirectResponseBodySizeBytes: { value: maxDirectResponseBytes },
    ignorePortInHostMatching: ignoresPort,
  }) satisfies MessageInit<typeof configuration>;

test("bytes that are put together are a message that is encoded as a whole", () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, unit: "grapheme" }), virtualHosts, fc.boolean(), (name, hosts, ignoresPort) => {
      const parts = hosts.map(([head, list]) =>
        encodeVirtualHost(
          head,
          list.map((entry) => encodeMessage(route, entry)),
        ),
      );
      const { any } = encodeRouteConfiguration(name, parts, ignoresPort);
      const expected = decodeMessage(configuration, encodeMessage(configuration, message(name, hosts, ignoresPort)));
      expect(unpackAs(configuration, decodeMessage("google.protobuf.Any", any))).toEqual(expected);
    }),
    { numRuns: 50 },
  );
});

test("the version is another one when the name, a virtual host or their order is", () => {
  const head = { name: "a", domains: ["a"], requiresTls: false, includesAttemptCount: false };
  const a = encodeVirtualHost(head, []);
  const b = encodeVirtualHost({ ...head, domains: ["b"] }, []);
  const versionOf = (...args: Parameters<typeof encodeRouteConfiguration>): string => encodeRouteConfiguration(...args).version;
  const versions = [
    versionOf("80", [a, b], true),
    versionOf("80", [b, a], true),
    versionOf("80", [a], true),
    versionOf("81", [a, b], true),
    versionOf("80", [a, b], false),
  ];
  expect(new Set(versions).size).toBe(versions.length);
  expect(versionOf("80", [encodeVirtualHost(head, []), b], true)).toBe(versions[0]);
});
