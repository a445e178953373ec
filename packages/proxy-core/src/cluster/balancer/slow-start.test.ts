import { createMessage } from "@mesh/xds-proto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ConfigPath } from "../../config/index.ts";
import { emptySnapshot, type RuntimeFlags } from "../../runtime/index.ts";
import { FakeClock, SeededRandom, snapshotOf } from "../../runtime/testing.ts";
import { balancerProperties } from "../balancer-compliance.ts";
import type { Host, Picker } from "../contract.ts";
import { anyHost, assignment, looseHost, passes, scriptedCheck, settle, testClusters } from "../testing.ts";
import { leastRequestPicker } from "./least-request.ts";
import { roundRobinPicker } from "./round-robin.ts";
import { readSlowStart, type SlowStart } from "./slow-start.ts";

const windowMs = 10_000;

function slowStart(clock: FakeClock, fields: { aggression?: number; least?: number } = {}, flags?: RuntimeFlags): SlowStart {
  const message = createMessage("envoy.config.cluster.v3.Cluster.SlowStartConfig", {
    slowStartWindow: { seconds: windowMs / 1000, nanos: 0 },
    ...(fields.aggression !== undefined && { aggression: { defaultValue: fields.aggression, runtimeKey: "key" } }),
    ...(fields.least !== undefined && { minWeightPercent: { value: fields.least } }),
  });
  const found = readSlowStart(message, ConfigPath.root, { clock, flags: flags ?? { current: emptySnapshot } });
  if (found === undefined) throw new Error("there is no slow start");
  return found;
}

const since = (index: number, availableSince: number): Host => looseHost(index, 1, 0, 0, undefined, availableSince);

const shareOf = (picker: Picker, host: Host, count: number): number =>
  Array.from({ length: count }, () => picker.pick(anyHost)).filter((other) => other === host).length / count;

describe("the weight of a new host", () => {
  test("grows with its age, from the least share on", () => {
    const clock = new FakeClock();
    const weights = slowStart(clock);
    const host = looseHost(0, 50, 0, 0, undefined, 0);
    const seen = [0, 1000, 1500, 5000, 9999, 10_000, 20_000].map((age) => {
      clock.advance(age - clock.now());
      return weights.weightOf(host);
    });
    expect(seen.map((weight) => Math.round(weight * 100) / 100)).toEqual([5, 5, 7.5, 25, 50, 50, 50]);
  });

  test("grows faster at first with more aggression, and never shrinks", () => {
    const clock = new FakeClock();
    clock.advance(2500);
    const at = (aggression: number): number => slowStart(clock, { aggression, least: 0 }).weightOf(since(0, 0));
    expect([at(1), at(2), at(0.5)]).toEqual([0.25, 0.5, 0.0625]);
    // Makes no sense, which Envoy forgives.
    expect(at(0)).toBe(0.25);
    const aggression = fc.double({ min: 0.01, max: 20, noNaN: true });
    fc.assert(
      fc.property(aggression, fc.nat({ max: 12_000 }), fc.nat({ max: 12_000 }), (value, a, b) => {
        const weightAt = (age: number): number => {
          const later = new FakeClock();
          later.advance(age);
          return slowStart(later, { aggression: value }).weightOf(since(0, 0));
        };
        expect(weightAt(Math.min(a, b))).toBeLessThanOrEqual(weightAt(Math.max(a, b)));
        expect(weightAt(a)).toBeGreaterThanOrEqual(0.1);
      }),
    );
  });

  test("follows the runtime", () => {
    const clock = new FakeClock();
    clock.advance(2500);
    const flags: RuntimeFlags = { current: emptySnapshot };
    const weights = slowStart(clock, { aggression: 1 }, flags);
    expect(weights.weightOf(since(0, 0))).toBe(0.25);
    flags.current = snapshotOf({ key: 2 });
    expect(weights.weightOf(since(0, 0))).toBe(0.5);
  });

  test("is its own at once without a window", () => {
    const services = { clock: new FakeClock(), flags: { current: emptySnapshot } };
    expect(readSlowStart(null, ConfigPath.root, services)).toBeUndefined();
  });
});

describe.each([
  ["round robin", (hosts: readonly Host[], random: SeededRandom, weights: SlowStart) => roundRobinPicker(hosts, random, weights)],
  [
    "least request",
    (hosts: readonly Host[], random: SeededRandom, weights: SlowStart) =>
      leastRequestPicker(hosts, random, { choiceCount: 2, fullScan: false, activeRequestBias: 1, slowStart: weights }),
  ],
] as const)("%s", (_name, create) => {
  test("gives a new host its growing share, without another picker", () => {
    const clock = new FakeClock();
    clock.advance(100_000);
    const hosts = [since(0, 0), since(1, 0), since(2, 100_000)];
    const picker = create(hosts, new SeededRandom(), slowStart(clock));
    expect(shareOf(picker, hosts[2]!, 2100)).toBeCloseTo(0.1 / 2.1, 2);
    clock.advance(5000);
    expect(shareOf(picker, hosts[2]!, 2500)).toBeCloseTo(0.5 / 2.5, 2);
    clock.advance(5000);
    expect(shareOf(picker, hosts[2]!, 3000)).toBeCloseTo(1 / 3, 2);
  });

  test("is as without where no host is new", () => {
    const clock = new FakeClock();
    clock.advance(100_000);
    const hosts = [since(0, 0), since(1, 90_000)];
    const without = (random: SeededRandom): Picker => create(hosts, random, slowStart(new FakeClock()));
    expect(create(hosts, new SeededRandom(), slowStart(clock)).constructor).not.toBe(without(new SeededRandom()).constructor);
  });

  for (const { name, run } of balancerProperties({
    followsWeights: true,
    create: (random) => (hosts) => create(hosts, random as SeededRandom, slowStart(new FakeClock())),
  })) {
    test(name, run);
  }
});

test.each([
  { lb_policy: "ROUND_ROBIN", round_robin_lb_config: { slow_start_config: { slow_start_window: "10s" } } },
  { lb_policy: "LEAST_REQUEST", least_request_lb_config: { slow_start_config: { slow_start_window: "10s" } } },
  ...["round_robin.v3.RoundRobin", "least_request.v3.LeastRequest"].map((name) => ({
    load_balancing_policy: {
      policies: [
        {
          typed_extension_config: {
            name: "policy",
            typed_config: {
              "@type": `type.googleapis.com/envoy.extensions.load_balancing_policies.${name}`,
              slow_start_config: { slow_start_window: "10s" },
            },
          },
        },
      ],
    },
  })),
])("a host begins slowly when a health check finds it healthy again: $lb_policy", async (policy) => {
  const check = { ...scriptedCheck, timeout: "100s", unhealthy_threshold: 1, healthy_threshold: 1 };
  const clusters = testClusters([{ load_assignment: assignment("10.0.0.1:1", "10.0.0.1:2"), health_checks: [check], ...policy }]);
  clusters.manager.start();
  await settle();
  const answerAll = async (second: typeof passes | Error): Promise<void> => {
    await clusters.checker.answer("10.0.0.1:1", passes);
    await clusters.checker.answer("10.0.0.1:2", second);
  };
  const share = (): number => {
    const picked = Array.from({ length: 1000 }, () => clusters.cluster().pickHost(anyHost)?.addressText);
    return picked.filter((text) => text === "10.0.0.1:2").length / 1000;
  };
  await answerAll(passes);
  clusters.runtime.advance(70_000);
  await answerAll(new Error("down"));
  expect(share()).toBe(0);
  clusters.runtime.advance(70_000);
  await answerAll(passes);
  expect(share()).toBeCloseTo(0.1 / 1.1, 1);
  clusters.runtime.advance(20_000);
  expect(share()).toBeCloseTo(0.5, 2);
});
