import { defaultRegistry, packAny } from "@mesh/xds-proto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ConfigPath, ExtensionSet } from "../../config/index.ts";
import { testRuntime } from "../../runtime/testing.ts";
import { StatsStore } from "../../stats/index.ts";
import type { AcceptedConnection } from "../accepted.ts";
import type { ListenerFilter, ListenerFilterExtension } from "../listener-filter.ts";
import { acceptedConnection } from "../testing.ts";
import { helloMessage, protocols, records, serverName } from "./client-hello-bytes.ts";
import { httpInspectorFilter } from "./http-inspector.ts";
import { tlsInspectorFilter } from "./tls-inspector.ts";

const extensions = new ExtensionSet(defaultRegistry(), [httpInspectorFilter, tlsInspectorFilter]);

function make(filter: ListenerFilterExtension, messageName: Parameters<typeof packAny>[0]): ListenerFilter {
  const store = new StatsStore();
  const extension = extensions.decode("envoy.filters.listener", packAny(messageName, {}), ConfigPath.root);
  return filter.create(extension, { runtime: testRuntime(), extensions, stats: store, rootStats: store });
}

const filters = [
  make(tlsInspectorFilter, "envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector"),
  make(httpInspectorFilter, "envoy.extensions.filters.listener.http_inspector.v3.HttpInspector"),
];

const known = ({ transportProtocol, applicationProtocols, serverName }: AcceptedConnection): object => ({
  transportProtocol,
  applicationProtocols,
  serverName,
});

/** What the inspectors know of bytes that come in pieces that end at these places; each filter is asked again once it has what it wants. */
function inspect(bytes: Buffer, ends: readonly number[]): object {
  const accepted = acceptedConnection({ address: "10.0.0.1", port: 1 }, { address: "10.0.0.2", port: 2 });
  const lengths = [0, ...ends.map((end) => end % (bytes.length + 1)).sort((left, right) => left - right), bytes.length];
  let at = 0;
  for (const filter of filters) {
    for (;;) {
      const result = filter.inspect(accepted, bytes.subarray(0, lengths[at]));
      if (result.kind === "done") {
        expect(result.consumed).toBe(0);
        break;
      }
      if (result.kind === "reject") return { rejected: true };
      expect(result.needed).toBeGreaterThan(lengths[at] ?? 0);
      while ((lengths[at] ?? Infinity) < result.needed) at++;
      if (at >= lengths.length) return { isWaiting: true, ...known(accepted) };
    }
  }
  return known(accepted);
}

const line = fc
  .tuple(
    fc.constantFrom("GET", "OPTIONS", "PRI", "get"),
    fc.constantFrom(" ", "  ", "\t"),
    fc.constantFrom("/", "*", "http://a/"),
    fc.constantFrom("HTTP/1.1", "HTTP/1.0", "HTTP/2.0", "HTTP/1.1x"),
    fc.constantFrom("\r\n", "\n", "\r\n\r\nSM\r\n\r\n", ""),
  )
  .map(([method, space, target, version, end]) => Buffer.from(`${method}${space}${target} ${version}${end}`));
/** Some of them with a byte that is another. */
const hello = fc
  .tuple(
    fc.constantFrom("a.example", "b", ""),
    fc.constantFrom("h2", "http/1.1", ""),
    fc.integer({ min: 1, max: 100 }),
    fc.nat(),
    fc.option(fc.integer({ min: 0, max: 255 })),
  )
  .map(([name, protocol, size, at, value]) => {
    const made = records(helloMessage({ extensions: [serverName(name), protocols(protocol)] }), size);
    if (value !== null) made[at % made.length] = value;
    return made;
  });
const bytes = fc.oneof(
  line,
  hello,
  fc.uint8Array({ maxLength: 60 }).map((values) => Buffer.from(values)),
);

describe("the inspectors of TLS and HTTP", () => {
  test("know the same of the same bytes, however they are cut, and throw at none", () => {
    fc.assert(
      fc.property(bytes, fc.array(fc.nat(), { maxLength: 8 }), (given, ends) => {
        expect(inspect(given, ends)).toEqual(inspect(given, []));
      }),
      { numRuns: 1000 },
    );
  });
});
