import { parseIstioConfig } from "@mesh/istio-config";
import { createMemoryRegistry, registryError, type MemoryRegistry, type MemorySource, type RegistryWatcher } from "@mesh/registry";
import { describe, expect, test } from "vitest";
import { Hub } from "./hub.ts";
import { defaultProtection, lossWindowMs, type RegistryProtection } from "./registry-shard.ts";
import type { MeshSnapshot } from "./snapshot.ts";
import { variantMemoryMs } from "./variants.ts";
import { TestClock, testRegistryService, type TestInstance } from "./testing.ts";

const echo = "com.acme.Echo";

interface World {
  readonly clock: TestClock;
  readonly hub: Hub;
  readonly snapshots: MeshSnapshot[];
  readonly problems: string[];
  readonly registries: readonly MemoryRegistry[];
}

async function world(
  options: {
    registries?: readonly MemoryRegistry[];
    protection?: Partial<RegistryProtection>;
    yaml?: string;
    readyTimeoutMs?: number;
  } = {},
): Promise<World> {
  const clock = new TestClock();
  const snapshots: MeshSnapshot[] = [];
  const problems: string[] = [];
  const registries = options.registries ?? [createMemoryRegistry({ name: "zk" })];
  const hub = new Hub({
    registries: registries.map((source) => ({ source, namespace: "shop" })),
    clock,
    quietMs: 100,
    maxWaitMs: 10_000,
    protection: { ...defaultProtection, ...options.protection },
    readyTimeoutMs: options.readyTimeoutMs ?? 60_000,
    events: { onSnapshot: (snapshot) => void snapshots.push(snapshot), onProblem: (problem) => void problems.push(problem) },
  });
  hub.start();
  hub.setConfigs(configs(options.yaml ?? ""));
  const made = { clock, hub, snapshots, problems, registries };
  await settle(made);
  return made;
}

function configs(yaml: string) {
  const parsed = parseIstioConfig(yaml, { file: "a.yaml", namespace: "shop" });
  expect(parsed.problems).toEqual([]);
  return parsed.configs;
}

/** Registries in memory tell in microtasks. */
async function settle({ clock }: World): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
  clock.advance(100);
}

/** A world with one registry that can go away. */
async function interruptible(): Promise<{ made: World; source: MemorySource; watchers: readonly RegistryWatcher[] }> {
  const registry = createMemoryRegistry({ name: "zk" });
  const source = registry.createSource();
  const watchers: RegistryWatcher[] = [];
  const start = (watcher: RegistryWatcher): void => {
    watchers.push(watcher);
    source.start(watcher);
  };
  return { made: await world({ registries: [Object.assign(registry, { start })] }), source, watchers };
}

async function set({ registries }: World, instances: readonly TestInstance[], registry = 0): Promise<void> {
  registries[registry]?.set(testRegistryService(echo, instances));
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
}

function addresses({ hub }: World, port = "bolt"): string[] {
  const service = hub.current?.services.of(echo)[0];
  const endpoints = service === undefined ? undefined : hub.current?.endpoints.of(service);
  return (endpoints?.get(port) ?? []).map(({ address }) => address).sort();
}

function variantsAt({ hub }: World, port: string): Record<string, string[]> {
  const service = hub.current?.services.of(echo)[0];
  const byAddress: Record<string, string[]> = {};
  for (const { address, variant } of (service && hub.current?.endpoints.of(service).get(port)) ?? [])
    (byAddress[address] ??= []).push(variant);
  return byAddress;
}

describe("services of registries", () => {
  test("become services of the mesh under their own names, with an allotted address", async () => {
    const made = await world();
    await set(made, [{ address: "10.0.0.1", labels: { version: "1.0" } }]);
    await settle(made);
    expect(made.hub.current?.services.of("COM.ACME.echo")).toMatchObject([
      {
        hostname: echo,
        namespace: "shop",
        ports: [{ name: "bolt", number: 12200, protocol: "bolt" }],
        resolution: "static",
        allottedAddress: expect.stringMatching(/^240\.240\.\d+\.\d+$/),
        aliases: [`${echo}:1.0`],
        variants: [],
        source: "zk",
      },
    ]);
    expect(addresses(made)).toEqual(["10.0.0.1"]);
  });

  test("of two versions are variants, and stay so for a while when the last provider of one is gone", async () => {
    const made = await world({ protection: { holdMs: 0 } });
    const dubbo = (address: string, version: string, group = ""): TestInstance => ({
      address,
      protocol: "dubbo",
      labels: { version, group },
    });
    await set(made, [dubbo("10.0.0.1", "1.0.0"), dubbo("10.0.0.2", "2.0.0", "blue")]);
    await settle(made);
    const expected = [
      { name: "@1.0.0", authority: `${echo}:1.0.0` },
      { name: "@2.0.0:blue", authority: `${echo}:2.0.0:blue` },
    ];
    expect(made.hub.current?.services.of(echo)[0]).toMatchObject({ variants: expected, aliases: [] });
    const before = made.hub.current?.services;
    await set(made, [dubbo("10.0.0.1", "1.0.0")]);
    await settle(made);
    expect(made.hub.current?.services).toBe(before);
    expect(addresses(made, "dubbo")).toEqual(["10.0.0.1"]);
    made.clock.advance(variantMemoryMs - 1000);
    expect(made.hub.current?.services).toBe(before);
    made.clock.advance(1100);
    expect(made.hub.current?.services.of(echo)[0]).toMatchObject({ variants: [], aliases: [`${echo}:1.0.0`] });
  });

  test("that are released again and again have the variants of the last minutes", async () => {
    const made = await world({ protection: { holdMs: 0 } });
    for (let release = 1; release <= 40; release++) {
      await set(made, [{ address: `10.0.0.${release}`, protocol: "dubbo", labels: { version: `1.0.${release}` } }]);
      made.clock.advance(60_000);
    }
    const names = made.hub.current?.services.of(echo)[0]?.variants.map(({ name }) => name) ?? [];
    expect(names).toContain("@1.0.40");
    expect(names).toHaveLength(11);
  });

  test("whose version comes back in time are known on", async () => {
    const made = await world({ protection: { holdMs: 0 } });
    const of = (version: string): TestInstance => ({ address: "10.0.0.1", protocol: "dubbo", labels: { version } });
    const other: TestInstance = { address: "10.0.0.2", protocol: "dubbo", labels: { version: "9" } };
    await set(made, [of("1"), other]);
    await settle(made);
    const before = made.hub.current?.services;
    for (let turn = 0; turn < 5; turn++) {
      await set(made, [other]);
      made.clock.advance(variantMemoryMs * 0.6);
      await set(made, [of("1"), other]);
      made.clock.advance(variantMemoryMs * 0.6);
    }
    expect(made.hub.current?.services).toBe(before);
  });

  test("without a version are told apart from those of others by callers' names", async () => {
    const made = await world();
    await set(made, [{ address: "10.0.0.1", protocol: "dubbo" }]);
    await settle(made);
    expect(made.hub.current?.services.of(echo)[0]).toMatchObject({ variants: [], aliases: [echo] });
  });

  test("of unknown versions are of a variant beside the known ones, and alone of none", async () => {
    const made = await world();
    const unknown: TestInstance = { address: "10.0.0.1", protocol: "dubbo", isVariantUnknown: true };
    await set(made, [unknown]);
    await settle(made);
    expect(made.hub.current?.services.of(echo)[0]).toMatchObject({ variants: [], aliases: [] });
    await set(made, [unknown, { address: "10.0.0.2", protocol: "dubbo", labels: { version: "1.0.0", group: "shop" } }]);
    await settle(made);
    const variants = [
      { name: "@1.0.0:shop", authority: `${echo}:1.0.0:shop` },
      { name: "@*", authority: `${echo}:*` },
    ];
    expect(made.hub.current?.services.of(echo)[0]).toMatchObject({ variants, aliases: [] });
    expect(variantsAt(made, "dubbo")).toEqual({ "10.0.0.1": ["@*"], "10.0.0.2": ["@1.0.0:shop"] });
    await set(made, [unknown]);
    await settle(made);
    expect(made.hub.current?.services.of(echo)[0]).toMatchObject({ variants, aliases: [] });
  });

  test("of unknown versions count for nothing where their address says which it has", async () => {
    const made = await world();
    const known: TestInstance = { address: "10.0.0.1", protocol: "dubbo", labels: { version: "1.0.0" } };
    await set(made, [{ address: "10.0.0.1", protocol: "dubbo", isVariantUnknown: true }, known]);
    await settle(made);
    expect(variantsAt(made, "dubbo")).toEqual({ "10.0.0.1": ["@1.0.0"] });
    expect(made.hub.current?.services.of(echo)[0]).toMatchObject({ variants: [], aliases: [`${echo}:1.0.0`] });
  });

  test("that only change their endpoints leave services, rules and their own object as they are", async () => {
    const made = await world();
    await set(made, [{ address: "10.0.0.1" }]);
    await settle(made);
    const before = made.hub.current;
    await set(made, [{ address: "10.0.0.1" }, { address: "10.0.0.2" }]);
    await settle(made);
    expect(made.hub.current?.change).toEqual({ services: false, endpoints: true, rules: false });
    expect(made.hub.current?.services).toBe(before?.services);
    expect(made.hub.current?.rules).toBe(before?.rules);
    expect(made.hub.current?.number).toBe((before?.number ?? 0) + 1);
    expect(addresses(made)).toEqual(["10.0.0.1", "10.0.0.2"]);
  });

  test("that say what they said make no snapshot", async () => {
    const made = await world();
    await set(made, [{ address: "10.0.0.1" }]);
    await settle(made);
    const count = made.snapshots.length;
    await set(made, [{ address: "10.0.0.1" }, { address: "10.0.0.2" }]);
    await set(made, [{ address: "10.0.0.1" }]);
    await settle(made);
    expect(made.snapshots.length).toBe(count);
  });

  test("of two registries under one name are one service, and an address that both have is one endpoint", async () => {
    const made = await world({ registries: [createMemoryRegistry({ name: "zk" }), createMemoryRegistry({ name: "nacos" })] });
    await set(made, [{ address: "10.0.0.1" }], 0);
    await set(made, [{ address: "10.0.0.1", weight: 7 }, { address: "10.0.0.2" }], 1);
    await settle(made);
    expect(addresses(made)).toEqual(["10.0.0.1", "10.0.0.2"]);
    expect(made.hub.current?.services.of(echo)).toMatchObject([{ source: "zk,nacos" }]);
    const service = made.hub.current?.services.of(echo)[0];
    expect(service && made.hub.current?.endpoints.of(service).get("bolt")?.[0]).toMatchObject({ weight: 100, source: "zk" });
  });

  test("are found by the addresses of their workloads", async () => {
    const made = await world();
    await set(made, [{ address: "10.0.0.1" }, { address: "10.0.0.2" }]);
    await settle(made);
    expect(made.hub.current?.workloads.get("10.0.0.2")).toMatchObject([{ service: { hostname: echo }, port: { name: "bolt" } }]);
  });
});

describe("names that differ in case only", () => {
  const [first, second] = ["com.acme.UserDAO", "com.acme.UserDao"];
  const at = (name: string, address?: string) => testRegistryService(name, address === undefined ? [] : [{ address }]);
  const hosts = ({ hub }: World): (string | undefined)[] => (hub.current?.services.all ?? []).map(({ hostname }) => hostname);
  const problem = `${first} is left out: hosts are the same in any case of letters, and ${second} was there before it`;

  test("are one service, the one that was there first, until it is gone", async () => {
    const made = await world();
    const [registry] = made.registries;
    registry?.set(at(second, "10.0.0.2"));
    await settle(made);
    registry?.set(at(first, "10.0.0.1"));
    await settle(made);
    registry?.set(testRegistryService(first, [{ address: "10.0.0.1" }, { address: "10.0.0.3" }]));
    await settle(made);
    expect(hosts(made)).toEqual([second]);
    expect(made.problems).toEqual([`registry zk: ${problem}`]);
    expect(made.hub.registries).toMatchObject([{ problems: [problem] }]);
    registry?.remove(second);
    await settle(made);
    expect(hosts(made)).toEqual([first]);
    expect(made.hub.registries).toMatchObject([{ problems: [] }]);
  });

  test("at the start are the first in the order of letters of those with instances", async () => {
    const services = [at(second, "10.0.0.2"), at(first, "10.0.0.1"), at("com.acme.USERDAO")];
    for (const order of [services, services.toReversed()]) {
      const made = await world({ registries: [createMemoryRegistry({ name: "zk", services: order })] });
      expect(hosts(made)).toEqual([first]);
    }
  });

  test("give way when they have had no instances for a while", async () => {
    const made = await world();
    const [registry] = made.registries;
    registry?.set(at(second, "10.0.0.2"));
    await settle(made);
    registry?.set(at(first, "10.0.0.1"));
    registry?.set(at(second));
    await settle(made);
    expect(hosts(made)).toEqual([second]);
    made.clock.advance(variantMemoryMs + 100);
    expect(hosts(made)).toEqual([first]);
  });
});

describe("allotted addresses", () => {
  const names = Array.from({ length: 2000 }, (_, at) => `com.acme.S${at}`);
  const table = ({ hub }: World) => new Map(hub.current?.services.all.map((service) => [service.hostname, service.allottedAddress]));

  test("are the same in pilots that start with the same services, in whatever order they come", async () => {
    const services = names.map((name) => testRegistryService(name, [{ address: "10.0.0.1" }]));
    const made = await world({ registries: [createMemoryRegistry({ services })] });
    const other = await world({
      registries: [
        createMemoryRegistry({ name: "one", services: services.slice(0, 700).toReversed() }),
        createMemoryRegistry({ name: "other", services: services.slice(500).toReversed() }),
      ],
    });
    expect(table(made).size).toBe(2000);
    expect(table(other)).toEqual(table(made));
  });

  test("of services that are gone are not given to others at once", async () => {
    const made = await world();
    const [registry] = made.registries;
    const set = (all: readonly string[]): void => all.forEach((name) => registry?.set(testRegistryService(name, [])));
    set(names);
    await settle(made);
    const before = table(made);
    for (const name of names) registry?.remove(name);
    await settle(made);
    set(names.map((name) => `${name}.other`));
    await settle(made);
    const taken = new Set(before.values());
    expect([...table(made).values()].some((address) => taken.has(address))).toBe(false);
    set(names);
    await settle(made);
    const now = table(made);
    expect(names.every((name) => now.get(name) === before.get(name))).toBe(true);
  });
});

describe("a burst", () => {
  test("is one snapshot, when it has been quiet", async () => {
    const made = await world();
    const count = made.snapshots.length;
    for (const last of [1, 2, 3, 4]) {
      await set(made, [{ address: `10.0.0.${last}` }]);
      made.clock.advance(60);
    }
    expect(made.snapshots.length).toBe(count);
    made.clock.advance(40);
    expect(made.snapshots.length).toBe(count + 1);
  });

  test("that does not end is told after the longest wait", async () => {
    const made = await world();
    const count = made.snapshots.length;
    for (let step = 0; step < 200; step++) {
      await set(made, [{ address: `10.0.1.${step}` }]);
      made.clock.advance(60);
    }
    expect(made.snapshots.length).toBe(count + 1);
  });
});

describe("a registry that loses its instances", () => {
  const four = ["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4"].map((address) => ({ address }));

  test("in a mass is not believed for a while", async () => {
    const made = await world();
    await set(made, four);
    await settle(made);
    await set(made, []);
    await settle(made);
    expect(addresses(made)).toEqual(four.map(({ address }) => address));
    expect(made.problems).toEqual([expect.stringContaining("registry zk has 4 instances no more")]);
    expect(made.hub.registries).toMatchObject([{ name: "zk", instances: 0, held: 4 }]);
    made.clock.advance(30_000 + 100);
    expect(addresses(made)).toEqual([]);
    expect(made.hub.registries).toMatchObject([{ held: 0 }]);
  });

  test("and has one of them again does not give it the calls of all", async () => {
    const made = await world();
    await set(made, four);
    await settle(made);
    await set(made, []);
    await set(made, four.slice(0, 1));
    await settle(made);
    expect(addresses(made)).toEqual(four.map(({ address }) => address));
    expect(made.hub.registries).toMatchObject([{ held: 3 }]);
  });

  test("and has others is believed where these are: it was a deployment", async () => {
    const made = await world();
    await set(made, four);
    await settle(made);
    await set(made, []);
    await settle(made);
    await set(made, [{ address: "10.0.1.1" }]);
    await settle(made);
    expect(addresses(made)).toEqual(["10.0.1.1"]);
    expect(made.hub.registries).toMatchObject([{ held: 4 }]);
    await set(made, []);
    await settle(made);
    expect(addresses(made)).toContain("10.0.0.1");
  });

  test("one by one, as the sessions of providers expire that cannot reach it, is believed down to half of them", async () => {
    const made = await world();
    const seven = [1, 2, 3, 4, 5, 6, 7].map((last) => ({ address: `10.0.0.${last}` }));
    await set(made, seven);
    await settle(made);
    made.clock.advance(600_000);
    const seen: number[] = [];
    for (let left = 6; left >= 0; left--) {
      made.clock.advance(2000);
      await set(made, seven.slice(0, left));
      await settle(made);
      seen.push(addresses(made).length);
    }
    expect(seen).toEqual([6, 5, 4, 4, 4, 4, 4]);
    expect(made.hub.registries).toMatchObject([{ instances: 0, held: 4 }]);
    expect(made.problems[0]).toContain(`has 1 instances no more, of ${echo}, more than 50 % within 60000 ms`);
    made.clock.advance(30_000 - 3 * 2100);
    expect(addresses(made)).toHaveLength(3);
    made.clock.advance(3 * 2100);
    expect(addresses(made)).toEqual([]);
  });

  test("over more than a minute is believed to the last", async () => {
    const made = await world();
    await set(made, four);
    await settle(made);
    for (const left of [3, 2, 1, 0]) {
      made.clock.advance(lossWindowMs);
      await set(made, four.slice(0, left));
      await settle(made);
      expect(addresses(made)).toHaveLength(left);
    }
    expect(made.problems).toEqual([]);
  });

  test("of which more than half go, one of each service, is believed down to half of them, and kept ones are used where there is nobody else", async () => {
    const made = await world();
    const names = [1, 2, 3, 4].map((number) => `com.acme.Alone${number}`);
    const [registry] = made.registries;
    for (const name of names) registry?.set(testRegistryService(name, [{ address: "10.0.0.1" }]));
    await set(made, four.slice(0, 2));
    await settle(made);
    for (const name of names) {
      registry?.set(testRegistryService(name, []));
      await settle(made);
    }
    await set(made, four.slice(0, 1));
    await settle(made);
    const hasAny = names.map((name) => {
      const service = made.hub.current?.services.of(name)[0];
      return service !== undefined && [...(made.hub.current?.endpoints.of(service).values() ?? [])].some(({ length }) => length > 0);
    });
    expect(hasAny).toEqual([false, false, false, true]);
    expect(made.hub.registries).toMatchObject([{ instances: 1, held: 2 }]);
    expect(addresses(made)).toEqual(["10.0.0.1"]);
  });

  test("is believed where the one that goes was alone", async () => {
    const made = await world();
    await set(made, four.slice(0, 1));
    await settle(made);
    await set(made, []);
    await settle(made);
    expect(addresses(made)).toEqual([]);
  });

  test("while as many others come is believed", async () => {
    const made = await world();
    let there = four;
    await set(made, there);
    await settle(made);
    for (let step = 0; step < 12; step++) {
      there = [...there.slice(1), { address: `10.0.1.${step}` }];
      await set(made, there);
      await settle(made);
      expect(addresses(made)).toHaveLength(4);
    }
    const next = four.map((_, at) => ({ address: `10.0.2.${at}` }));
    await set(made, [...there, ...next]);
    await settle(made);
    await set(made, next);
    await settle(made);
    expect(addresses(made)).toEqual(next.map(({ address }) => address));
    expect(made.problems).toEqual([]);
  });

  test("one by one is believed", async () => {
    const made = await world();
    await set(made, four);
    await settle(made);
    await set(made, four.slice(0, 3));
    await settle(made);
    expect(addresses(made)).toEqual(["10.0.0.1", "10.0.0.2", "10.0.0.3"]);
    await set(made, four.slice(0, 2));
    await settle(made);
    expect(addresses(made)).toEqual(["10.0.0.1", "10.0.0.2"]);
    expect(made.problems).toEqual([]);
  });

  test("soon after it was away is not believed, though it is only one", async () => {
    const registry = createMemoryRegistry({ name: "zk" });
    const source = registry.createSource();
    const made = await world({ registries: [Object.assign(registry, { start: source.start.bind(source) })] });
    await set(made, four);
    await settle(made);
    source.interrupt();
    await set(made, four.slice(0, 3));
    source.resume();
    await settle(made);
    await settle(made);
    expect(addresses(made)).toEqual(four.map(({ address }) => address));
    expect(made.hub.registries).toMatchObject([{ held: 1 }]);
    await set(made, []);
    await settle(made);
    expect(addresses(made)).toEqual(four.map(({ address }) => address));
    await set(made, four.slice(0, 1));
    await settle(made);
    expect(addresses(made)).toEqual(four.map(({ address }) => address));
    made.clock.advance(30_100);
    expect(addresses(made)).toEqual(["10.0.0.1"]);
  });

  test("soon after it was away lets go of each in its own time", async () => {
    const { made, source } = await interruptible();
    await set(made, four);
    await settle(made);
    source.interrupt();
    source.resume();
    await settle(made);
    let there = four;
    const late: number[] = [];
    for (let step = 0; step < 10; step++) {
      there = [...there.slice(1), { address: `10.0.1.${step}` }];
      await set(made, there);
      made.clock.advance(4000);
      late.push(addresses(made).length - there.length);
    }
    // Those of the first 30 s after it are held, each for 30 s, and later ones are believed.
    expect(late).toEqual([1, 2, 3, 4, 5, 6, 7, 7, 6, 5]);
    made.clock.advance(30_000);
    expect(addresses(made)).toEqual(there.map(({ address }) => address).sort());
  });

  test("keeps what it held while it is away again, for nobody can come back to it", async () => {
    const { made, source } = await interruptible();
    await set(made, four);
    await settle(made);
    await set(made, []);
    await settle(made);
    source.interrupt();
    await settle(made);
    made.clock.advance(300_000);
    expect(addresses(made)).toHaveLength(4);
    source.resume();
    await settle(made);
    made.clock.advance(29_000);
    expect(addresses(made)).toHaveLength(4);
    made.clock.advance(2000);
    expect(addresses(made)).toEqual([]);
  });

  test("is as good as before while one of its entries cannot be read", async () => {
    const { made, watchers } = await interruptible();
    await set(made, four);
    await settle(made);
    const error = registryError("MESH_REGISTRY_MALFORMED", "zk: /dubbo/x: broken", { path: "/dubbo/x" });
    for (const watcher of watchers) for (const _ of [1, 2]) watcher.onError?.(error, undefined);
    expect(made.hub.registries).toMatchObject([{ error: undefined, problems: ["zk: /dubbo/x: broken"] }]);
    expect(made.problems).toEqual(["registry zk: zk: /dubbo/x: broken"]);
    await set(made, four.slice(0, 3));
    await settle(made);
    expect(addresses(made)).toEqual(["10.0.0.1", "10.0.0.2", "10.0.0.3"]);
    for (const watcher of watchers) watcher.onEntryRecovered?.("/dubbo/x");
    expect(made.hub.registries).toMatchObject([{ problems: [] }]);
  });

  test("lets go of what was held where another one listens now, whatever its version", async () => {
    const { made, source } = await interruptible();
    const of = (address: string, version: string): TestInstance => ({ address, protocol: "dubbo", labels: { version } });
    await set(made, [of("10.0.0.1", "1.0.0"), of("10.0.0.2", "1.0.0"), of("10.0.0.3", "1.0.0")]);
    await settle(made);
    source.interrupt();
    source.resume();
    await settle(made);
    await set(made, [of("10.0.0.2", "1.0.0")]);
    await settle(made);
    expect(made.hub.registries).toMatchObject([{ held: 2 }]);
    await set(made, [of("10.0.0.1", "2.0.0"), of("10.0.0.2", "1.0.0")]);
    await settle(made);
    expect(variantsAt(made, "dubbo")).toEqual({ "10.0.0.1": ["@2.0.0"], "10.0.0.2": ["@1.0.0"], "10.0.0.3": ["@1.0.0"] });
    await set(made, [of("10.0.0.1", "2.0.0"), of("10.0.0.2", "2.0.0")]);
    await settle(made);
    expect(variantsAt(made, "dubbo")).toEqual({ "10.0.0.1": ["@2.0.0"], "10.0.0.2": ["@2.0.0"], "10.0.0.3": ["@1.0.0"] });
  });

  test("with a service goes with it when the time is over", async () => {
    const made = await world();
    await set(made, four);
    await settle(made);
    made.registries[0]?.remove(echo);
    await settle(made);
    expect(addresses(made)).toEqual(four.map(({ address }) => address));
    made.clock.advance(30_100);
    expect(made.hub.current?.services.of(echo)).toEqual([]);
  });
});

describe("ServiceEntries", () => {
  const entry = (endpoint: string): string => `
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: reviews, namespace: shop}
spec:
  hosts: [reviews.shop.svc.cluster.local]
  location: MESH_INTERNAL
  resolution: STATIC
  ports: [{number: 9080, name: http, protocol: HTTP, targetPort: 8080}]
  endpoints: [{address: ${endpoint}, labels: {version: v1}, locality: a/b/c, weight: 3}]
`;

  test("are services with their endpoints", async () => {
    const made = await world({ yaml: entry("10.1.0.1") });
    const service = made.hub.current?.services.of("reviews.shop.svc.cluster.local")[0];
    expect(service).toMatchObject({ namespace: "shop", resolution: "static", isExternal: false, source: "service-entry" });
    expect(service && made.hub.current?.endpoints.of(service).get("http")).toMatchObject([
      { address: "10.1.0.1", port: 8080, weight: 3, labels: { version: "v1" }, locality: { region: "a", zone: "b", subZone: "c" } },
    ]);
  });

  test("that get other endpoints keep their shape", async () => {
    const made = await world({ yaml: entry("10.1.0.1") });
    const before = made.hub.current?.services;
    made.hub.setConfigs(configs(entry("10.1.0.2")));
    made.clock.advance(100);
    expect(made.hub.current?.services).toBe(before);
    expect(made.hub.current?.change).toEqual({ services: false, endpoints: true, rules: false });
  });

  test("select workloads of their namespace", async () => {
    const made = await world({
      yaml: `
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: cart, namespace: shop}
spec:
  hosts: [cart.shop.svc.cluster.local]
  location: MESH_INTERNAL
  resolution: STATIC
  ports: [{number: 80, name: http, protocol: HTTP}]
  workloadSelector: {labels: {app: cart}}
---
apiVersion: networking.istio.io/v1
kind: WorkloadEntry
metadata: {name: cart-1, namespace: shop}
spec: {address: 10.2.0.1, labels: {app: cart}, ports: {http: 8080}}
---
apiVersion: networking.istio.io/v1
kind: WorkloadEntry
metadata: {name: cart-2, namespace: elsewhere}
spec: {address: 10.2.0.2, labels: {app: cart}}
`,
    });
    const service = made.hub.current?.services.of("cart.shop.svc.cluster.local")[0];
    expect(service && made.hub.current?.endpoints.of(service).get("http")).toMatchObject([{ address: "10.2.0.1", port: 8080 }]);
  });

  test("of one host and namespace make one service, but for those that are of another kind", async () => {
    const api = (name: string, port: number, address: string, more = ""): string => `
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: ${name}, namespace: shop}
spec:
  hosts: [api.example.com]
  resolution: ${more === "" ? "STATIC" : more}
  ports: [{number: ${port}, name: http-${port}, protocol: HTTP}]
  endpoints: [{address: ${address}, weight: 0}]
`;
    const made = await world({
      yaml: api("a", 80, "10.1.0.1") + api("b", 443, "10.1.0.2") + api("c", 80, "10.1.0.3") + api("d", 8080, "api.internal", "DNS"),
    });
    const [service, ...others] = made.hub.current?.services.of("api.example.com") ?? [];
    expect(others).toEqual([]);
    expect(service?.ports.map(({ number }) => number)).toEqual([80, 443]);
    const endpoints = service && made.hub.current?.endpoints.of(service);
    expect(["http-80", "http-443"].map((port) => endpoints?.get(port)?.map(({ address, weight }) => [address, weight]))).toEqual([
      [
        ["10.1.0.1", 1],
        ["10.1.0.3", 1],
      ],
      [["10.1.0.2", 1]],
    ]);
    expect(made.problems).toEqual([
      expect.stringMatching(/^ServiceEntry shop\/d \(.*\) has no effect for shop\/api\.example\.com: its resolution differs from that of/),
    ]);
  });

  test("take the place of a registry's service of their name, and give it back", async () => {
    const made = await world();
    await set(made, [{ address: "10.0.0.1" }]);
    await settle(made);
    made.hub.setConfigs(
      configs(`
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: echo, namespace: shop}
spec:
  hosts: [${echo}]
  location: MESH_INTERNAL
  resolution: STATIC
  ports: [{number: 12200, name: bolt, protocol: BOLT}]
  endpoints: [{address: 10.9.0.1}]
`),
    );
    made.clock.advance(100);
    expect(addresses(made)).toEqual(["10.9.0.1"]);
    await set(made, [{ address: "10.0.0.1" }, { address: "10.0.0.2" }]);
    await settle(made);
    expect(addresses(made)).toEqual(["10.9.0.1"]);
    made.hub.setConfigs([]);
    made.clock.advance(100);
    expect(addresses(made)).toEqual(["10.0.0.1", "10.0.0.2"]);
  });
});

describe("the first snapshot", () => {
  test("waits for registries as long as it takes where no time is said", async () => {
    const registry = createMemoryRegistry({ name: "slow" });
    const source = registry.createSource();
    source.interrupt();
    const registries = [Object.assign(registry, { start: source.start.bind(source) })];
    const made = await world({ registries, readyTimeoutMs: 0 });
    made.clock.advance(3_600_000);
    expect(made.hub.current).toBeUndefined();
    source.resume();
    await settle(made);
    await settle(made);
    expect(made.hub.current).toBeDefined();
  });

  test("waits for registries, and goes on without those that are silent for too long", async () => {
    const registry = createMemoryRegistry({ name: "slow" });
    const source = registry.createSource();
    source.interrupt();
    const made = await world({ registries: [Object.assign(registry, { start: source.start.bind(source) })] });
    expect(made.hub.current).toBeUndefined();
    made.clock.advance(60_000);
    made.clock.advance(100);
    expect(made.hub.current).toBeDefined();
    expect(made.problems).toContainEqual(expect.stringContaining("going on without slow"));
  });
});
