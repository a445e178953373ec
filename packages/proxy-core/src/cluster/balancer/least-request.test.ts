import { describe, expect, test } from "vitest";
import { SeededRandom } from "../../runtime/testing.ts";
import { balancerProperties } from "../balancer-compliance.ts";
import type { Host, Picker } from "../contract.ts";
import { anyHost, looseHost } from "../testing.ts";
import { type LeastRequestOptions, leastRequestPicker } from "./least-request.ts";

const standard: LeastRequestOptions = { choiceCount: 2, fullScan: false, activeRequestBias: 1 };

const shares = (picker: Picker, hosts: readonly Host[], count: number): number[] => {
  const picked = Array.from({ length: count }, () => picker.pick(anyHost));
  return hosts.map((host) => picked.filter((other) => other === host).length / count);
};

describe.each([
  ["drawing two", standard],
  ["drawing five", { ...standard, choiceCount: 5 }],
  ["looking at all", { ...standard, fullScan: true }],
  ["without a bias", { ...standard, activeRequestBias: 0 }],
])("the least request balancer, %s", (_name, options) => {
  const subject = {
    followsWeights: true,
    create: (random: SeededRandom) => (hosts: readonly Host[]) => leastRequestPicker(hosts, random, options),
  };
  for (const { name, run } of balancerProperties(subject)) test(name, run);
});

describe("the least request balancer", () => {
  test("prefers, of the hosts drawn, the one with fewer requests: the busiest of two is only chosen when it is drawn twice", () => {
    const hosts = [looseHost(0), looseHost(1)];
    hosts[0]!.stats.rqActive = 10;
    const [busy] = shares(leastRequestPicker(hosts, new SeededRandom(), standard), hosts, 10_000);
    expect(busy).toBeCloseTo(0.25, 1);
  });

  test("finds the host with the fewest requests when it looks at all", () => {
    const hosts = [3, 1, 2].map((active, index) => {
      const host = looseHost(index);
      host.stats.rqActive = active;
      return host;
    });
    const picker = leastRequestPicker(hosts, new SeededRandom(), { ...standard, fullScan: true });
    expect(shares(picker, hosts, 100)).toEqual([0, 1, 0]);
  });

  test("lowers the weight of a host by its requests in flight", () => {
    const hosts = [looseHost(0, 2), looseHost(1, 1)];
    hosts[0]!.stats.rqActive = 3;
    // 2 / (3 + 1) against 1 / (0 + 1)
    const [first] = shares(leastRequestPicker(hosts, new SeededRandom(), standard), hosts, 9999);
    expect(first).toBeCloseTo(1 / 3, 2);
  });

  test("lowers it more with a greater bias", () => {
    const hosts = [looseHost(0, 2), looseHost(1, 1)];
    hosts[0]!.stats.rqActive = 1;
    // 2 / 2² against 1 / 1
    const [first] = shares(leastRequestPicker(hosts, new SeededRandom(), { ...standard, activeRequestBias: 2 }), hosts, 9999);
    expect(first).toBeCloseTo(1 / 3, 2);
  });
});
