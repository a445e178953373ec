import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SeededRandom } from "../../runtime/testing.ts";
import { StatsStore } from "../../stats/index.ts";
import { type Host, HostHealth, type Locality, type Picker } from "../contract.ts";
import type { LocalityWeight } from "../endpoint.ts";
import { anyHost, looseHost } from "../testing.ts";
import type { PickerFactory } from "./load-balancer.ts";
import { leastRequestPicker } from "./least-request.ts";
import { priorityPicker } from "./priority-picker.ts";
import { randomPicker } from "./random.ts";
import { roundRobinPicker } from "./round-robin.ts";

/** What a picker is made for, in the words of Envoy's configuration. */
interface Setting {
  readonly hosts: readonly HostSetting[];
  readonly localityWeights: readonly LocalityWeight[];
  readonly localityWeighted: boolean;
  readonly weightedPriorityHealth: boolean;
  readonly overprovisioningFactor: number;
  readonly panicThreshold: number;
}

interface HostSetting {
  readonly priority: number;
  readonly region: string;
  readonly weight: number;
  readonly state: "healthy" | "degraded" | "unhealthy" | "excluded";
}

const healthOf: Readonly<Record<HostSetting["state"], number>> = {
  healthy: 0,
  degraded: HostHealth.DegradedByCheck,
  unhealthy: HostHealth.FailedActiveCheck,
  excluded: HostHealth.DrainingByConfig,
};

const named = (region: string): Locality => ({ region, zone: "", subZone: "" });

const standard = {
  localityWeights: [],
  localityWeighted: true,
  weightedPriorityHealth: false,
  overprovisioningFactor: 140,
  panicThreshold: 50,
} as const;

type Policy = (random: SeededRandom) => PickerFactory;

const policies: Readonly<Record<string, Policy>> = {
  "round robin": (random) => (hosts) => roundRobinPicker(hosts, random),
  "least request": (random) => (hosts) => leastRequestPicker(hosts, random, { choiceCount: 2, fullScan: false, activeRequestBias: 1 }),
  random: (random) => (hosts) => randomPicker(hosts, random),
};

/** The hosts as they were given, and a picker of them. */
function made(setting: Setting, policy: Policy, seed: number = 1): { readonly hosts: readonly Host[]; readonly picker: Picker } {
  const { hosts: settings, localityWeighted, ...rest } = setting;
  const hosts = settings.map(({ weight, priority, state, region }, index) =>
    looseHost(index, weight, priority, healthOf[state], named(region)),
  );
  const random = new SeededRandom(seed);
  const panicPicks = new StatsStore().scope("c").counter("lb_healthy_panic");
  return {
    hosts,
    picker: priorityPicker(hosts, {
      balancing: { factory: policy(random), localityWeighted, usesHash: false },
      random,
      panicPicks,
      ...rest,
    }),
  };
}

function sharesOf(setting: Setting, policy: Policy, picks: number, seed?: number): readonly number[] {
  const { hosts, picker } = made(setting, policy, seed);
  const counts = new Map<Host | undefined, number>();
  for (let pick = 0; pick < picks; pick++) {
    const host = picker.pick(anyHost);
    counts.set(host, (counts.get(host) ?? 0) + 1);
  }
  return hosts.map((host) => (counts.get(host) ?? 0) / picks);
}

/** Envoy's rules, by the book: which share of the streams each host gets. Nothing of it is taken from what is tested. */
function expectedShares(setting: Setting): readonly number[] {
  const { hosts, overprovisioningFactor: factor, panicThreshold } = setting;
  const priorities = Array.from({ length: Math.max(0, ...hosts.map(({ priority }) => priority)) + 1 }, (_, index) => index);
  const inState = (priority: number, state: HostSetting["state"]): HostSetting[] =>
    hosts.filter((host) => host.priority === priority && host.state === state);
  const count = (list: readonly HostSetting[]): number => list.length;
  const weigh = (list: readonly HostSetting[]): number => list.map(({ weight }) => weight).reduce((a, b) => a + b, 0);
  const size = setting.weightedPriorityHealth ? weigh : count;
  const counted = (priority: number, by: typeof count): number =>
    by(inState(priority, "healthy")) + by(inState(priority, "degraded")) + by(inState(priority, "unhealthy"));

  const availability = (["healthy", "degraded"] as const).flatMap((state) =>
    priorities.map((priority) => {
      const whole = counted(priority, size);
      return { state, priority, percent: whole === 0 ? 0 : Math.min(100, Math.floor((factor * size(inState(priority, state))) / whole)) };
    }),
  );
  const available = Math.min(
    100,
    availability.reduce((sum, { percent }) => sum + percent, 0),
  );
  const panics = priorities.map((priority) => {
    const whole = counted(priority, count);
    const fit = count(inState(priority, "healthy")) + count(inState(priority, "degraded"));
    return available < 100 && (whole === 0 ? 0 : (100 * fit) / whole) < Math.floor(panicThreshold);
  });

  const loads = availability.map((entry) => ({ ...entry, load: 0 }));
  let left = 100;
  if (panics.every(Boolean)) {
    const all = hosts.length;
    for (const entry of loads.slice(0, priorities.length)) {
      entry.load = all === 0 ? 0 : Math.floor((100 * hosts.filter(({ priority }) => priority === entry.priority).length) / all);
      left -= entry.load;
    }
    const first = loads.find(({ priority }) => hosts.some((host) => host.priority === priority)) ?? loads[0]!;
    first.load += left;
  } else if (available === 0) {
    loads[0]!.load = 100;
  } else {
    for (const entry of loads) {
      entry.load = Math.min(left, Math.floor((entry.percent * 100) / available));
      left -= entry.load;
    }
    loads.find(({ percent }) => percent > 0)!.load += left;
  }

  const shares = hosts.map(() => 0);
  const share = (among: readonly HostSetting[], part: number): void => {
    for (const host of among) shares[hosts.indexOf(host)]! += (part * host.weight) / weigh(among);
  };
  for (const { state, priority, load } of loads) {
    if (load === 0) continue;
    const inPriority = hosts.filter((host) => host.priority === priority);
    if (panics[priority] === true) {
      share(inPriority, load / 100);
      continue;
    }
    const fit = inState(priority, state);
    const regions = [...new Set(inPriority.map(({ region }) => region))].map((region) => {
      const here = inPriority.filter((host) => host.region === region && host.state !== "excluded").length;
      const fitHere = fit.filter((host) => host.region === region);
      const configured = setting.localityWeights.findLast((entry) => entry.priority === priority && entry.locality.region === region);
      const ratio = here === 0 ? 0 : Math.min(1, ((factor / 100) * fitHere.length) / here);
      return { fitHere, weight: (configured?.weight ?? 0) * ratio };
    });
    const total = regions.map(({ weight }) => weight).reduce((a, b) => a + b, 0);
    if (setting.localityWeighted && total > 0) {
      for (const { fitHere, weight } of regions) share(fitHere, (load / 100) * (weight / total));
    } else {
      share(fit, load / 100);
    }
  }
  return shares;
}

const region = fc.constantFrom("a", "b", "c");

const settings: fc.Arbitrary<Setting> = fc.record({
  hosts: fc.array(
    fc.record({
      priority: fc.nat({ max: 2 }),
      region,
      weight: fc.integer({ min: 1, max: 5 }),
      state: fc.constantFrom("healthy", "healthy", "healthy", "degraded", "unhealthy", "excluded"),
    }),
    { maxLength: 14 },
  ),
  localityWeights: fc.array(
    fc.record({ priority: fc.nat({ max: 2 }), locality: region.map(named), weight: fc.integer({ min: 1, max: 9 }) }),
    { maxLength: 9 },
  ),
  localityWeighted: fc.boolean(),
  weightedPriorityHealth: fc.boolean(),
  overprovisioningFactor: fc.constantFrom(100, 140, 200),
  panicThreshold: fc.constantFrom(0, 0.9, 30, 50, 100),
});

describe("the shares of hosts", () => {
  test.each(Object.entries(policies))("are those of Envoy's formula, with %s", (_name, policy) => {
    fc.assert(
      fc.property(settings, fc.nat(), (setting, seed) => {
        const picks = 4000;
        const expected = expectedShares(setting);
        sharesOf(setting, policy, picks, seed).forEach((found, index) => {
          const part = Math.min(1, expected[index]!);
          // Six standard deviations, and one turn: what chance brings about once in 500 million tries.
          const tolerance = 6 * Math.sqrt((part * (1 - part)) / picks) + 1 / picks;
          if (part === 0) expect(found, `host ${index}`).toBe(0);
          else expect(Math.abs(found - part), `host ${index}: ${found} for ${part}`).toBeLessThanOrEqual(tolerance);
        });
      }),
      { numRuns: 150 },
    );
  });
});

describe("localities", () => {
  const roundRobin = policies["round robin"]!;
  const host = (region: string, state: HostSetting["state"] = "healthy", priority: number = 0, weight: number = 1): HostSetting => ({
    region,
    state,
    priority,
    weight,
  });
  const weight = (region: string, value: number, priority: number = 0): LocalityWeight => ({
    priority,
    locality: named(region),
    weight: value,
  });

  test("get streams by their weights, however many hosts they have", () => {
    const shares = sharesOf(
      { ...standard, hosts: [host("a"), host("b"), host("b"), host("b")], localityWeights: [weight("a", 1), weight("b", 3)] },
      roundRobin,
      1200,
    );
    expect(shares).toEqual([0.25, 0.25, 0.25, 0.25]);
  });

  // Envoy's documentation: "locality weighted load balancing", with a factor of 140.
  test.each([
    [100, [33, 67]],
    [70, [33, 67]],
    [69, [32, 68]],
    [50, [26, 74]],
    [25, [15, 85]],
    [0, [0, 100]],
  ])("with %i percent of the first healthy get %j percent", (healthy, [first = 0, second = 0]) => {
    const hosts = [
      ...Array.from({ length: 100 }, (_, index) => host("x", index < healthy ? "healthy" : "unhealthy")),
      ...Array.from({ length: 100 }, () => host("y")),
    ];
    const shares = sharesOf({ ...standard, hosts, localityWeights: [weight("x", 1), weight("y", 2)] }, roundRobin, 10_000);
    const sum = (list: readonly number[]): number => Math.round(100 * list.reduce((a, b) => a + b, 0));
    expect(Math.abs(sum(shares.slice(0, 100)) - first)).toBeLessThanOrEqual(1);
    expect(Math.abs(sum(shares.slice(100)) - second)).toBeLessThanOrEqual(1);
  });

  test("do not lose by hosts that do not count", () => {
    const hosts = [host("a"), host("a", "excluded"), host("a", "excluded"), host("b")];
    const shares = sharesOf({ ...standard, hosts, localityWeights: [weight("a", 1), weight("b", 1)] }, roundRobin, 100);
    expect(shares).toEqual([0.5, 0, 0, 0.5]);
  });

  test("take turns: two of the same weight one after the other", () => {
    const { hosts, picker } = made(
      { ...standard, hosts: [host("a"), host("b")], localityWeights: [weight("a", 2), weight("b", 2)] },
      roundRobin,
    );
    const picked = Array.from({ length: 20 }, () => hosts.indexOf(picker.pick(anyHost)!));
    picked.slice(1).forEach((index, turn) => expect(index).toBe(1 - picked[turn]!));
  });

  test("without a weight get nothing, unless none has one", () => {
    const hosts = [host("a"), host("b")];
    expect(sharesOf({ ...standard, hosts, localityWeights: [weight("a", 1)] }, roundRobin, 100)).toEqual([1, 0]);
    expect(sharesOf({ ...standard, hosts }, roundRobin, 100)).toEqual([0.5, 0.5]);
  });

  test("with weights of another priority have none in this one", () => {
    const hosts = [host("a"), host("b"), host("a", "healthy", 1)];
    expect(sharesOf({ ...standard, hosts, localityWeights: [weight("a", 1, 1)] }, roundRobin, 100)).toEqual([0.5, 0.5, 0]);
  });

  test("are disregarded in panic", () => {
    const hosts = [host("a", "unhealthy"), host("b", "unhealthy"), host("b", "unhealthy"), host("b")];
    const shares = sharesOf({ ...standard, hosts, localityWeights: [weight("a", 1), weight("b", 1)] }, roundRobin, 400);
    expect(shares).toEqual([0.25, 0.25, 0.25, 0.25]);
  });

  test("are disregarded where the cluster does not ask for them", () => {
    const setting = {
      ...standard,
      localityWeighted: false,
      hosts: [host("a"), host("b")],
      localityWeights: [weight("a", 3), weight("b", 1)],
    };
    expect(sharesOf(setting, roundRobin, 100)).toEqual([0.5, 0.5]);
  });
});

test("with weighted priority health a priority carries what its healthy hosts weigh", () => {
  const light = { priority: 0, region: "", weight: 1, state: "unhealthy" } as const;
  const hosts = [light, { ...light, weight: 9, state: "healthy" }, { ...light, priority: 1, state: "healthy" }] as const;
  expect(sharesOf({ ...standard, weightedPriorityHealth: true, hosts }, policies["random"]!, 1000)).toEqual([0, 1, 0]);
  const [, , spilled] = sharesOf({ ...standard, hosts }, policies["random"]!, 10_000);
  expect(spilled).toBeCloseTo(0.3, 1);
});
