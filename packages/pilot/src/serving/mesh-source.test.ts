import { createMemoryRegistry } from "@mesh/registry";
import { createMessage } from "@mesh/xds-proto";
import {
  clusterTypeUrl,
  endpointsTypeUrl,
  isXdsServerError,
  listenerTypeUrl,
  routeConfigurationTypeUrl,
  type ClientInfo,
} from "@mesh/xds-server";
import { expect, test } from "vitest";
import { defaultProtection, Hub } from "../hub/index.ts";
import { TestClock, testRegistryService } from "../hub/testing.ts";
import { MeshSource } from "./mesh-source.ts";
import { nameTableTypeUrl } from "./resource-types.ts";

let clients = 0;

const client = (id: string): ClientInfo => ({
  id: `client-${++clients}`,
  node: createMessage("envoy.config.core.v3.Node", { id, userAgentName: "mosn" }),
  peer: "127.0.0.1:1",
  protocol: "sotw",
  metadata: new Map(),
  certificate: undefined,
  connectedAt: 0,
});

const nodeId = (name: string, namespace: string = "shop"): string =>
  `sidecar~127.9.0.1~${name}.${namespace}~${namespace}.svc.cluster.local`;
const types = [clusterTypeUrl, endpointsTypeUrl, listenerTypeUrl, routeConfigurationTypeUrl, nameTableTypeUrl];

async function world() {
  const clock = new TestClock();
  const registry = createMemoryRegistry({ name: "zk" });
  const source = new MeshSource();
  const hub = new Hub({
    registries: [{ source: registry, namespace: "default" }],
    clock,
    quietMs: 100,
    maxWaitMs: 1000,
    protection: defaultProtection,
    readyTimeoutMs: 1000,
    events: { onSnapshot: (snapshot) => source.set(snapshot), onProblem: () => undefined },
  });
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
    clock.advance(100);
  };
  const start = async (): Promise<void> => {
    hub.start();
    hub.setConfigs([]);
    await settle();
  };
  return { source, hub, registry, settle, start };
}

test("proxies that are alike are given the same sets, others have their own", async () => {
  const { source, registry, settle, start } = await world();
  await start();
  registry.set(testRegistryService("com.acme.Echo", [{ address: "10.0.0.1" }]));
  await settle();
  const [one, twin, other] = [nodeId("a"), nodeId("b"), nodeId("c", "ops")].map((id) => source.open(client(id)));
  for (const type of types) {
    expect(one?.resources(type)?.size).toBeGreaterThan(0);
    expect(twin?.resources(type)).toBe(one?.resources(type));
    expect(other?.resources(type)).not.toBe(one?.resources(type));
  }
  expect(source.classCount).toBe(2);
  one?.close();
  expect(source.classCount).toBe(2);
  twin?.close();
  other?.close();
  expect(source.classCount).toBe(0);
  expect([...source.connected]).toEqual([]);
});

test("an endpoint that changes leaves all sets as they are but that of endpoints", async () => {
  const { source, registry, settle, start } = await world();
  await start();
  registry.set(testRegistryService("com.acme.Echo", [{ address: "10.0.0.1" }, { address: "10.0.0.2" }]));
  registry.set(testRegistryService("com.acme.Cart", [{ address: "10.0.0.1" }, { address: "10.0.0.2" }]));
  await settle();
  const resources = source.open(client(nodeId("a")));
  const before = new Map(types.map((type) => [type, resources.resources(type)]));
  const name = "outbound|12200||com.acme.Echo";
  registry.set(testRegistryService("com.acme.Echo", [{ address: "10.0.0.1" }, { address: "10.0.0.3" }]));
  await settle();
  for (const type of types) {
    if (type === endpointsTypeUrl) expect(resources.resources(type)).not.toBe(before.get(type));
    else expect(resources.resources(type)).toBe(before.get(type));
  }
  const endpoints = resources.resources(endpointsTypeUrl);
  expect(endpoints?.get(name)).not.toBe(before.get(endpointsTypeUrl)?.get(name));
  const other = "outbound|12200||com.acme.Cart";
  expect(endpoints?.get(other)).toBe(before.get(endpointsTypeUrl)?.get(other));
});

test("a proxy whose own service comes is given its inbound listeners", async () => {
  const { source, registry, settle, start } = await world();
  await start();
  const resources = source.open(client(nodeId("a")));
  expect(resources.resources(clusterTypeUrl)?.get("inbound|12200||")).toBeUndefined();
  registry.set(testRegistryService("com.acme.Echo", [{ address: "127.9.0.1" }]));
  await settle();
  expect(resources.resources(clusterTypeUrl)?.get("inbound|12200||")).toBeDefined();
});

test("proxies of different workloads share all but what these serve, those of the same service everything", async () => {
  const { source, registry, settle, start } = await world();
  await start();
  registry.set(testRegistryService("com.acme.Echo", [{ address: "127.9.0.1" }, { address: "127.9.0.2" }]));
  registry.set(testRegistryService("com.acme.Cart", [{ address: "127.9.0.3", port: 12300 }]));
  await settle();
  const at = (address: string) => source.open(client(nodeId("a").replace("127.9.0.1", address)));
  const [echo, twin, cart, none] = [at("127.9.0.1"), at("127.9.0.2"), at("127.9.0.3"), at("127.9.0.4")];
  const check = (): void => {
    for (const type of types) {
      expect(twin.resources(type)).toBe(echo.resources(type));
      const isShared = type !== clusterTypeUrl && type !== listenerTypeUrl;
      if (isShared) expect(cart.resources(type)).toBe(echo.resources(type));
      else expect(cart.resources(type)?.version).not.toBe(echo.resources(type)?.version);
    }
    const inbound = (resources: typeof echo): readonly string[] =>
      [...(resources.resources(clusterTypeUrl) ?? [])].map(({ name }) => name).filter((name) => name.startsWith("inbound|"));
    expect([echo, cart, none].map(inbound)).toEqual([["inbound|12200||"], ["inbound|12300||"], []]);
  };
  check();
  const clusters = cart.resources(clusterTypeUrl);
  registry.set(testRegistryService("com.acme.Echo", [{ address: "127.9.0.1" }, { address: "127.9.0.2" }, { address: "10.0.0.1" }]));
  await settle();
  check();
  expect(cart.resources(clusterTypeUrl)).toBe(clusters);
  registry.set(testRegistryService("com.acme.Other", [{ address: "10.0.0.2" }]));
  await settle();
  check();
  expect(cart.resources(clusterTypeUrl)?.get("outbound|12200||com.acme.Other")).toBeDefined();
  for (const each of [echo, twin, cart, none]) each.close();
  expect(source.classCount).toBe(0);
});

test("who cannot be served is told why, and nobody is before there is a snapshot", async () => {
  const { source, start } = await world();
  const refusalOf = (id: string): unknown => {
    try {
      return source.open(client(id));
    } catch (error) {
      return isXdsServerError(error) ? `${error.status} ${error.message}` : error;
    }
  };
  expect(refusalOf(nodeId("a"))).toMatch(/^14 not ready/);
  await start();
  expect(refusalOf("envoy-1")).toMatch(/^3 node\.id "envoy-1" must be <sidecar or router>~<IP address>/);
});

test("types that are not served are said to be so", async () => {
  const { source, start } = await world();
  await start();
  expect(source.open(client(nodeId("a"))).resources("type.googleapis.com/x.Unknown")).toBeUndefined();
});
