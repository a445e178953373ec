import { parseIstioConfig } from "@mesh/istio-config";
import { createMemoryRegistry, type MemoryRegistry } from "@mesh/registry";
import { describe, expect, test } from "vitest";
import { Hub } from "./hub.ts";
import { defaultProtection, type RegistryProtection } from "./registry-shard.ts";
import type { MeshSnapshot } from "./snapshot.ts";
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

async function set({ registries }: World, instances: readonly TestInstance[], registry = 0): Promise<void> {
  registries[registry]?.set(testRegistryService(echo, instances));
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
}

function addresses({ hub }: World, port = "bolt"): string[] {
  const service = hub.current?.services.of(echo)[0];
  const endpoints = service === undefined ? undefined : hub.current?.endpoints.of(service);
  return (endpoints?.get(port) ?? []).map(({ address }) => address).sort();
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

  test("of two versions are variants, and stay so when the last provider of one is gone", async () => {
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

  test("and has some again is believed where there are others, and what comes back is let go", async () => {
    const made = await world();
    await set(made, four);
    await settle(made);
    await set(made, []);
    await set(made, four.slice(0, 1));
    await settle(made);
    expect(addresses(made)).toEqual(["10.0.0.1"]);
    expect(made.hub.registries).toMatchObject([{ held: 3 }]);
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
