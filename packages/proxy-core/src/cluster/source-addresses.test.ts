import { describe, expect, test } from "vitest";
import { assignment, testClusters } from "./testing.ts";

const address = (text: string, port: number = 0): object => ({ address: text, port_value: port });
const bound = (config: object): object => ({ load_assignment: assignment("10.0.0.1:80"), upstream_bind_config: config });

describe("upstream_bind_config", () => {
  test("says where connections come from, by the family of where they go to", () => {
    const both = { source_address: address("127.0.0.6"), extra_source_addresses: [{ address: address("::6", 1000) }] };
    const cluster = testClusters([bound(both)]).cluster();
    expect(cluster.sourceFor({ kind: "ip", address: "10.0.0.1", port: 80 })).toEqual({ localAddress: "127.0.0.6", localPort: 0 });
    expect(cluster.sourceFor({ kind: "ip", address: "2001:db8::1", port: 80 })).toEqual({ localAddress: "::6", localPort: 1000 });
    expect(cluster.sourceFor({ kind: "pipe", path: "/run/app" })).toBeUndefined();
  });

  test("leaves it to the kernel where it has no address of the family", () => {
    const cluster = testClusters([bound({ source_address: address("127.0.0.6") })]).cluster();
    expect(cluster.sourceFor({ kind: "ip", address: "::1", port: 80 })).toBeUndefined();
    expect(
      testClusters([bound({})])
        .cluster()
        .sourceFor({ kind: "ip", address: "10.0.0.1", port: 80 }),
    ).toBeUndefined();
  });

  test.each([
    [{ source_address: address("localhost") }, 'upstream_bind_config.source_address.address: not an IP address: "localhost"'],
    [{ source_address: address("127.0.0.6", 65_536) }, "upstream_bind_config.source_address.port_value"],
    [{ extra_source_addresses: [{ address: address("::6") }] }, "extra_source_addresses: needs a source_address"],
    [
      { source_address: address("127.0.0.6"), extra_source_addresses: [{ address: address("127.0.0.7") }] },
      "extra_source_addresses[0]: must be of the other family",
    ],
    [
      { source_address: address("127.0.0.6"), extra_source_addresses: [{ address: address("::6") }, { address: address("::7") }] },
      "extra_source_addresses[1]: one extra address is the most",
    ],
  ])("is refused where it makes no sense: %j", (config, problem) => {
    expect(() => testClusters([bound(config)])).toThrow(problem);
  });
});
