/** Java frameworks and the adapter for ZooKeeper: it reads what they register, and they call what it registers. */
import type { RegistryInstance } from "@mesh/registry";
import { createZookeeperRegistry, type ZookeeperRegistry } from "@mesh/registry-zookeeper";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import {
  dubboReleases,
  echoInterface,
  java,
  startDubboConsumer,
  startDubboProvider,
  startSofaConsumer,
  startSofaProvider,
} from "../peers/java.ts";
import { requirePeer } from "../peers/tools.ts";
import { startZookeeper, zookeeper, type Zookeeper } from "../peers/zookeeper.ts";
import { watchRegistry, type WatchedRegistry } from "./watched-registry.ts";

describe.runIf(requirePeer(java, zookeeper))("ZooKeeper, with Java frameworks", () => {
  let server: Zookeeper;

  beforeAll(async () => {
    server = await startZookeeper();
  });

  afterAll(async () => {
    await server.kill();
  });

  function open(): ZookeeperRegistry {
    const registry = createZookeeperRegistry({ connectString: server.connectString, sessionTimeoutMs: 4000 });
    onTestFinished(() => registry.close());
    return registry;
  }

  /** A source that has told all that there is. */
  async function watch(): Promise<WatchedRegistry> {
    const watched = watchRegistry(open());
    await watched.until("ready", () => watched.isReady);
    return watched;
  }

  function instancesOf(watched: WatchedRegistry): readonly RegistryInstance[] {
    return watched.services.get(echoInterface)?.instances ?? [];
  }

  async function untilCount(watched: WatchedRegistry, count: number): Promise<void> {
    await watched.until(`${count} instances`, () => instancesOf(watched).length === count);
  }

  test("SOFARPC: what a provider says of itself is read, and it goes with its session", async () => {
    const watched = await watch();
    const provider = await startSofaProvider({
      registry: { connectString: server.connectString, sessionMs: 1200 },
      app: "echo-app",
      uniqueId: "blue",
      weight: 70,
      parameters: { zone: "z1", warmupTime: "2000", warmupWeight: "10" },
    });
    await untilCount(watched, 1);
    expect(watched.services.get(echoInterface)?.ports).toEqual([{ name: "bolt", number: 12200, protocol: "bolt" }]);
    expect(instancesOf(watched)).toEqual([
      {
        id: `bolt://127.0.0.1:${provider.port}?uniqueId=blue`,
        address: "127.0.0.1",
        port: provider.port,
        portName: "bolt",
        protocol: "bolt",
        labels: expect.objectContaining({ version: "1.0", uniqueId: "blue", appName: "echo-app", zone: "z1", serialization: "hessian2" }),
        weight: 70,
        health: "healthy",
        warmUp: { startedAtMs: expect.any(Number), durationMs: 2000, weight: 10 },
        origin: { registry: "zookeeper" },
      },
    ]);
    await provider.kill();
    await untilCount(watched, 0);
  });

  describe.for(dubboReleases)("Dubbo %s", (release) => {
    test("an instance is given once, with version and group, on whatever levels it is registered", async () => {
      const watched = await watch();
      const provider = await startDubboProvider(release, {
        registry: server,
        app: "echo-app",
        services: [{ id: "plain" }, { id: "blue", group: "blue", version: "2.0.0", weight: 70, parameters: { zone: "z1" } }],
      });
      await untilCount(watched, 2);
      const [plain, blue] = instancesOf(watched);
      expect(plain).toMatchObject({ port: provider.port, protocol: "dubbo", weight: 100, warmUp: { durationMs: 600_000 } });
      expect(plain?.labels).toMatchObject({ application: "echo-app" });
      expect(plain?.labels).not.toHaveProperty("version");
      expect(blue).toMatchObject({ port: provider.port, weight: 70, labels: { group: "blue", version: "2.0.0", zone: "z1" } });
      await provider.stop();
      await untilCount(watched, 0);
    });
  });

  describe.for(dubboReleases.filter((release) => release !== "2.7"))("Dubbo %s, by application only", (release) => {
    const services = [{ id: "plain" }, { id: "blue", group: "blue", version: "2.0.0", weight: 70 }];

    test("an instance that keeps its metadata is given with the versions and groups that its application has definitions of", async () => {
      const watched = await watch();
      const provider = await startDubboProvider(release, { registry: server, registerMode: "instance", app: "local-app", services });
      await untilCount(watched, 2);
      const [plain, blue] = instancesOf(watched);
      expect(plain).toMatchObject({
        port: provider.port,
        protocol: "dubbo",
        labels: { application: "local-app" },
        warmUp: { durationMs: 600_000 },
      });
      expect(plain?.labels).not.toHaveProperty("version");
      expect(blue).toMatchObject({ port: provider.port, labels: { group: "blue", version: "2.0.0", application: "local-app" } });
      expect([plain, blue].map((instance) => instance?.isVariantUnknown ?? false)).toEqual([false, false]);
      await provider.stop();
      await untilCount(watched, 0);
    });

    test("an instance whose metadata are in ZooKeeper is given with version and group", async () => {
      const watched = await watch();
      const provider = await startDubboProvider(release, {
        registry: server,
        registerMode: "instance",
        metadataType: "remote",
        app: "remote-app",
        services,
      });
      await untilCount(watched, 2);
      const [plain, blue] = instancesOf(watched);
      expect(plain?.labels).not.toHaveProperty("version");
      expect(blue).toMatchObject({
        port: provider.port,
        weight: 70,
        labels: { group: "blue", version: "2.0.0", application: "remote-app" },
      });
      await provider.stop();
      await untilCount(watched, 0);
    });
  });

  test("SOFARPC calls what is registered by the adapter", async () => {
    const provider = await startSofaProvider({});
    const handle = await open().register({ service: echoInterface, address: "127.0.0.1", port: provider.port, protocol: "bolt" });
    const consumer = await startSofaConsumer({ registry: server });
    const echo = await consumer.refer({});
    expect(await echo.call("id", [])).toBe(provider.id);
    await handle.deregister();
    await Promise.all([provider.kill(), consumer.kill()]);
  });

  test.for(dubboReleases)("Dubbo %s calls what is registered by the adapter, and not what is disabled", async (release) => {
    const [provider, other] = await Promise.all([startDubboProvider(release, {}), startDubboProvider(release, {})]);
    const registry = open();
    const registration = { service: echoInterface, address: "127.0.0.1", protocol: "dubbo" } as const;
    const handle = await registry.register({ ...registration, port: provider.port });
    await registry.register({ ...registration, port: other.port, health: "draining" });
    const consumer = await startDubboConsumer(release, { registry: server });
    const echo = await consumer.refer({});
    for (let call = 0; call < 10; call++) expect(await echo.call("id", [])).toBe(provider.id);
    await handle.deregister();
    await Promise.all([provider.kill(), other.kill(), consumer.kill()]);
  });

  test.for(dubboReleases.filter((release) => release !== "2.7"))(
    "Dubbo %s takes what is registered by the adapter with an application for one of its own",
    async (release) => {
      const [own, ours] = await Promise.all([
        startDubboProvider(release, { registry: server, app: "own-app" }),
        startDubboProvider(release, { services: [{ id: "ours" }] }),
      ]);
      const handle = await open().register({
        service: echoInterface,
        address: "127.0.0.1",
        port: ours.port,
        protocol: "dubbo",
        labels: { application: "mesh-app" },
      });
      // By default it calls addresses of the application level alone.
      const consumer = await startDubboConsumer(release, { registry: server });
      const echo = await consumer.refer({});
      const called = new Set<unknown>();
      while (called.size < 2) called.add(await echo.call("id", []));
      expect(called).toEqual(new Set(["ours", own.id]));
      await own.stop();
      for (let call = 0; call < 10; call++) expect(await echo.call("id", [])).toBe("ours");
      await handle.deregister();
      await Promise.all([ours.kill(), consumer.kill()]);
    },
  );
});
