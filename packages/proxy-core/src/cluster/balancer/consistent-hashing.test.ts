import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Hash64, hashText64, type Random } from "../../runtime/index.ts";
import { SeededRandom } from "../../runtime/testing.ts";
import { balancerProperties } from "../balancer-compliance.ts";
import type { Host, LoadBalancerContext, Picker } from "../contract.ts";
import { anyHost, assignment, lbEndpoint, looseHost, testClusters, type TestClusters } from "../testing.ts";
import { hostKey, normalizeWeights } from "./hash-table.ts";
import { maglevPicker } from "./maglev.ts";
import { ringHashPicker } from "./ring-hash.ts";

const key = hostKey(false);
const asking = (hash: Hash64 | undefined): LoadBalancerContext => ({ ...anyHost, hashKey: hash });
const requests = Array.from({ length: 4000 }, (_, index) => asking(hashText64(`request ${index}`)));

const policies = [
  [
    "RING_HASH",
    (hosts: readonly Host[], random: Random): Picker =>
      ringHashPicker(normalizeWeights(hosts, undefined), random, { minimumSize: 4096, maximumSize: 8_388_608, key }),
  ],
  [
    "MAGLEV",
    (hosts: readonly Host[], random: Random): Picker =>
      maglevPicker(normalizeWeights(hosts, undefined), random, { tableSize: 65_537, key }),
  ],
] as const;

describe.each(policies)("%s", (_name, create) => {
  for (const { name, run } of balancerProperties({ followsWeights: false, create: (random) => (hosts) => create(hosts, random) })) {
    // Weights that are thousands of millions apart make no ring that has a place for all.
    if (!name.includes("reaches every host") && !name.includes("one of the hosts")) test(name, run);
  }

  const weights = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 8 });
  const hostsOf = (list: readonly number[]): Host[] => list.map((weight, index) => looseHost(index, weight));

  test("gives hosts about the shares of their weights", () => {
    fc.assert(
      fc.property(weights, (list) => {
        const hosts = hostsOf(list);
        const picker = create(hosts, new SeededRandom());
        const picked = requests.map((request) => picker.pick(request));
        const total = list.reduce((sum, weight) => sum + weight, 0);
        hosts.forEach((host, index) => {
          const share = picked.filter((other) => other === host).length / requests.length;
          expect(Math.abs(share - list[index]! / total)).toBeLessThan(0.12);
        });
      }),
      { numRuns: 20 },
    );
  });

  test("gives a request the same host, whatever the chance and however often", () => {
    fc.assert(
      fc.property(weights, fc.nat(), fc.nat(), (list, seed, other) => {
        const hosts = hostsOf(list);
        const [one, two] = [create(hosts, new SeededRandom(seed)), create(hosts, new SeededRandom(other))];
        for (const request of requests.slice(0, 50)) {
          expect(one.pick(request)).toBe(two.pick(request));
          expect(one.pick(request)).toBe(one.pick(request));
        }
      }),
      { numRuns: 20 },
    );
  });

  test("does not mind in which order the hosts are listed", () => {
    fc.assert(
      fc.property(weights, (list) => {
        const hosts = hostsOf(list);
        const [one, two] = [create(hosts, new SeededRandom()), create(hosts.toReversed(), new SeededRandom())];
        const moved = requests.filter((request) => one.pick(request) !== two.pick(request)).length;
        // Where weights differ, the last place of a host on a ring may be another's.
        expect(moved / requests.length).toBeLessThan(0.01);
      }),
      { numRuns: 20 },
    );
  });

  test("moves few requests but those of a host that goes", () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 8 }), fc.nat(), (count, chosen) => {
        const hosts = hostsOf(Array.from({ length: count }, () => 1));
        const gone = hosts[chosen % count]!;
        const before = create(hosts, new SeededRandom());
        const after = create(
          hosts.filter((host) => host !== gone),
          new SeededRandom(),
        );
        const kept = requests.filter((request) => before.pick(request) !== gone);
        const moved = kept.filter((request) => before.pick(request) !== after.pick(request)).length;
        // With fewer hosts each has more places on a ring, which are new.
        expect(moved / requests.length).toBeLessThan(0.2);
      }),
      { numRuns: 20 },
    );
  });

  test("tries other hosts for a request that is not to have the first one", () => {
    const hosts = hostsOf([1, 1, 1]);
    const picker = create(hosts, new SeededRandom());
    for (const request of requests.slice(0, 30)) {
      expect(new Set(Array.from({ length: 40 }, (_, attempt) => picker.pick(request, attempt))).size).toBeGreaterThan(1);
    }
  });

  test("leaves requests without a hash to chance", () => {
    const hosts = hostsOf([1, 1, 1]);
    const picker = create(hosts, new SeededRandom());
    expect(new Set(Array.from({ length: 100 }, () => picker.pick(asking(undefined)))).size).toBe(3);
  });
});

test("a host that leaves a ring moves no other host's requests", () => {
  const hosts = Array.from({ length: 6 }, (_, index) => looseHost(index));
  const [, create] = policies[0];
  const before = create(hosts, new SeededRandom());
  // As many places for each of those that stay.
  const options = { minimumSize: 5 * Math.ceil(4096 / 6), maximumSize: 8_388_608, key };
  const after = ringHashPicker(normalizeWeights(hosts.slice(1), undefined), new SeededRandom(), options);
  for (const request of requests) if (before.pick(request) !== hosts[0]) expect(after.pick(request)).toBe(before.pick(request));
});

describe("what places a host", () => {
  const host = (fields: Partial<Host>): Host => ({ ...looseHost(7), ...fields });

  test.each([
    [{}, "127.0.0.1:7", "127.0.0.1:7"],
    [{ hostname: "a" }, "127.0.0.1:7", "a"],
    [{ hostname: "a", metadata: { "envoy.lb": { hash_key: "k" } } }, "k", "k"],
  ] as const)("of %j is %s, and %s by name", (fields, byAddress, byName) => {
    expect(hostKey(false)(host(fields))).toBe(byAddress);
    expect(hostKey(true)(host(fields))).toBe(byName);
  });
});

describe("a cluster that hashes", () => {
  const started = (cluster: object): TestClusters => {
    const clusters = testClusters([cluster]);
    clusters.manager.start();
    return clusters;
  };
  const typed = (name: string, fields: object = {}): object => ({
    load_balancing_policy: {
      policies: [
        {
          typed_extension_config: {
            name,
            typed_config: { "@type": `type.googleapis.com/envoy.extensions.load_balancing_policies.${name}`, ...fields },
          },
        },
      ],
    },
  });

  test.each([
    [{ lb_policy: "RING_HASH", ring_hash_lb_config: { minimum_ring_size: 64 } }],
    [{ lb_policy: "MAGLEV", maglev_lb_config: { table_size: 251 } }],
    [typed("ring_hash.v3.RingHash", { minimum_ring_size: 64 })],
    [typed("maglev.v3.Maglev", { table_size: 251 })],
  ])("sends what is equal to the same host: %j", (policy) => {
    const { cluster } = started({ load_assignment: assignment("10.0.0.1:1", "10.0.0.1:2", "10.0.0.1:3"), ...policy });
    const picked = requests.slice(0, 50).map((request) => [cluster().pickHost(request), cluster().pickHost(request)]);
    for (const [one, two] of picked) expect(one).toBe(two);
    expect(new Set(picked.map(([one]) => one)).size).toBe(3);
  });

  test("keeps to the hash where priorities share the traffic", () => {
    const of = (priority: number, ...texts: string[]): object => ({ priority, lb_endpoints: texts.map((text) => lbEndpoint(text)) });
    const unhealthy = { lb_endpoints: [lbEndpoint("10.0.0.1:9", { health_status: "UNHEALTHY" })] };
    const { cluster } = started({
      lb_policy: "RING_HASH",
      load_assignment: { cluster_name: "c", endpoints: [of(0, "10.0.0.1:1"), unhealthy, of(1, "10.0.0.2:1")] },
    });
    const picked = requests.slice(0, 200).map((request) => cluster().pickHost(request));
    expect(requests.slice(0, 200).map((request) => cluster().pickHost(request))).toEqual(picked);
    expect(new Set(picked).size).toBe(2);
  });

  test("shares the weights of localities among their hosts", () => {
    const of = (zone: string, weight: number, ...texts: string[]): object => ({
      locality: { zone },
      load_balancing_weight: weight,
      lb_endpoints: texts.map((text) => lbEndpoint(text)),
    });
    const { cluster } = started({
      lb_policy: "MAGLEV",
      common_lb_config: { locality_weighted_lb_config: {} },
      load_assignment: { cluster_name: "c", endpoints: [of("a", 3, "10.0.0.1:1"), of("b", 1, "10.0.0.2:1", "10.0.0.2:2")] },
    });
    const picked = requests.map((request) => cluster().pickHost(request)?.addressText);
    const share = (text: string): number => picked.filter((other) => other === text).length / picked.length;
    expect(share("10.0.0.1:1")).toBeCloseTo(0.75, 1);
    expect(share("10.0.0.2:1")).toBeCloseTo(0.125, 1);
  });

  test.each([
    [{ lb_policy: "MAGLEV", maglev_lb_config: { table_size: 65_536 } }, "maglev_lb_config.table_size: must be a prime number"],
    [
      { lb_policy: "RING_HASH", ring_hash_lb_config: { minimum_ring_size: 9, maximum_ring_size: 8 } },
      "ring_hash_lb_config.minimum_ring_size: must not be greater",
    ],
    [{ lb_policy: "MAGLEV", ring_hash_lb_config: {} }, "ring_hash_lb_config: needs the lb_policy RING_HASH"],
    [{ lb_policy: "RING_HASH", maglev_lb_config: {} }, "maglev_lb_config: needs the lb_policy MAGLEV"],
  ])("may not be as %j", (cluster, message) => {
    expect(() => testClusters([cluster])).toThrow(message);
  });
});
