/** The adapter for ZooKeeper against a real server: the contract of registries, connections that hang, restarts, and thousands of interfaces. */
import type { RegistrySink } from "@mesh/registry";
import { registryContract, type RegistryHarness } from "@mesh/registry/compliance";
import { createNodeClient, createZookeeperRegistry, type ZookeeperClient, type ZookeeperRegistryOptions } from "@mesh/registry-zookeeper";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { requirePeer } from "../peers/tools.ts";
import { openZookeeperTree, type ZookeeperTree } from "../peers/zookeeper-tree.ts";
import { startZookeeper, zookeeper, type Zookeeper } from "../peers/zookeeper.ts";
import { startCuttable, type Cuttable } from "./cuttable.ts";
import { watchRegistry, type WatchedRegistry } from "./watched-registry.ts";

describe.runIf(requirePeer(zookeeper))("ZooKeeper", () => {
  let server: Zookeeper;
  let tree: ZookeeperTree;

  beforeAll(async () => {
    server = await startZookeeper();
    tree = await openZookeeperTree(server.connectString);
  });

  afterAll(async () => {
    tree.close();
    await server.stop();
  });

  const timing: Pick<ZookeeperRegistryOptions, "sessionTimeoutMs" | "reconnectDelayMs" | "maxRetryMs"> = {
    sessionTimeoutMs: 1000,
    reconnectDelayMs: 50,
    maxRetryMs: 200,
  };

  /** Resolves when the server has no such session any more; it tells nobody. */
  async function expired(clients: readonly ZookeeperClient[]): Promise<void> {
    for (;;) {
      const sessions = await server.ask("dump");
      if (clients.every(({ sessionId }) => !sessions.includes(`0x${sessionId.replace(/^0+/, "")}`))) return;
      await delay(20);
    }
  }

  /** A way to the server that can be cut, and the clients that took it. */
  class Way {
    readonly clients: ZookeeperClient[] = [];
    readonly #proxy: Cuttable;

    constructor(proxy: Cuttable) {
      this.#proxy = proxy;
    }

    get options(): ZookeeperRegistryOptions {
      return {
        ...timing,
        connectString: `127.0.0.1:${this.#proxy.port}`,
        createClient: (options) => {
          const client = createNodeClient(options);
          this.clients.push(client);
          return client;
        },
      };
    }

    cut(): void {
      this.#proxy.cut();
    }

    hang(): void {
      this.#proxy.hang();
    }

    mend(): void {
      this.#proxy.mend();
    }

    async expire(): Promise<void> {
      this.cut();
      await expired(this.clients);
      this.mend();
    }

    close(): Promise<void> {
      return this.#proxy.close();
    }
  }

  async function openWay(): Promise<Way> {
    return new Way(await startCuttable(server.port));
  }

  async function openHarness(protocol: "bolt" | "dubbo"): Promise<RegistryHarness> {
    const sources = await openWay();
    // Sinks are made without a wait: two ways are as many as a case needs.
    const spare = [await openWay(), await openWay()];
    const ways = [sources, ...spare];
    const sinks = new Map<RegistrySink, Way>();
    const wayOf = (sink: RegistrySink): Way => {
      const way = sinks.get(sink);
      if (way === undefined) throw new Error("another's sink");
      return way;
    };
    return {
      protocol,
      createSource: () => createZookeeperRegistry(sources.options),
      createSink: () => {
        const way = spare.pop();
        if (way === undefined) throw new Error("too many sinks");
        const sink = createZookeeperRegistry(way.options);
        sinks.set(sink, way);
        return sink;
      },
      connection: { break: () => sources.cut(), mend: () => sources.mend() },
      expireSources: () => sources.expire(),
      killSink: (sink) => wayOf(sink).cut(),
      expireSink: (sink) => wayOf(sink).expire(),
      close: async () => {
        await Promise.all(ways.map((way) => way.close()));
      },
    };
  }

  describe.each(["bolt", "dubbo"] as const)("keeps the contract of registries, for %s", (protocol) => {
    for (const { name, run } of registryContract(() => openHarness(protocol))) test(name, run);
  });

  async function watching(options: ZookeeperRegistryOptions, run: (watched: WatchedRegistry) => Promise<void>): Promise<void> {
    const registry = createZookeeperRegistry(options);
    try {
      await run(watchRegistry(registry));
    } finally {
      await registry.close();
    }
  }

  test("a connection that hangs is given up, and nothing vanishes", async () => {
    const way = await openWay();
    const sink = createZookeeperRegistry({ ...timing, connectString: server.connectString });
    try {
      await sink.register({ service: "com.acme.Hanging", address: "127.0.0.1", port: 1, protocol: "bolt" });
      await watching(way.options, async (watched) => {
        await watched.until("ready", () => watched.isReady);
        way.hang();
        await watched.until("an error", () => watched.errors.length > 0);
        expect(watched.addresses("com.acme.Hanging")).toEqual(["127.0.0.1:1"]);
        await sink.register({ service: "com.acme.Hanging", address: "127.0.0.1", port: 2, protocol: "bolt" });
        way.mend();
        await watched.until("recovery", () => watched.recoveries > 0);
        expect(watched.addresses("com.acme.Hanging")).toEqual(["127.0.0.1:1", "127.0.0.1:2"]);
      });
    } finally {
      await sink.close();
      await way.close();
    }
  });

  test("a server that is started again loses nothing, and no endpoint vanishes", async () => {
    const options = { ...timing, sessionTimeoutMs: 4000, connectString: server.connectString };
    const sink = createZookeeperRegistry(options);
    try {
      await sink.register({ service: "com.acme.Restarted", address: "127.0.0.1", port: 1, protocol: "bolt" });
      await watching(options, async (watched) => {
        await watched.until("ready", () => watched.isReady);
        await server.kill();
        await watched.until("an error", () => watched.errors.length > 0);
        await server.restart();
        await watched.until("recovery", () => watched.recoveries > 0);
        await sink.register({ service: "com.acme.Restarted", address: "127.0.0.1", port: 2, protocol: "bolt" });
        await watched.until("the second", () => watched.addresses("com.acme.Restarted").length === 2);
        expect(watched.everyTold("com.acme.Restarted", (service) => service !== undefined && service.instances.length > 0)).toBe(true);
      });
    } finally {
      await sink.close();
    }
  });

  test("everything may be below a path", async () => {
    const options = { ...timing, connectString: `${server.connectString}/shop/east` };
    await tree.write("/shop/east", "");
    const sink = createZookeeperRegistry(options);
    try {
      const handle = await sink.register({
        service: "com.acme.Below",
        address: "127.0.0.1",
        port: 1,
        protocol: "dubbo",
        labels: { version: "1.0.0" },
      });
      await watching(options, async (watched) => {
        await watched.until("the instance", () => watched.addresses("com.acme.Below").length === 1);
        await handle.update({ weight: 7 });
        await watched.until("its weight", () => watched.services.get("com.acme.Below")?.instances[0]?.weight === 7);
        expect(await tree.children("/shop/east/dubbo")).toEqual(["com.acme.Below"]);
      });
    } finally {
      await sink.close();
    }
  });

  test("three thousand interfaces are read, and read again after the connection was lost", async () => {
    const count = 3000;
    // Long names: the watches on all of them are more than a server takes in one request (1 MiB).
    const prefix = `com.acme.${"x".repeat(150)}.Service`;
    const provider = (index: number): string =>
      encodeURIComponent(`dubbo://10.0.0.1:20880/${prefix}${index}?application=many&interface=${prefix}${index}&version=1.0.0`);
    // All at once would be too much for the client of the test.
    for (let start = 0; start < count; start += 200) {
      await Promise.all(
        Array.from({ length: 200 }, (_, index) => {
          const number = start + index;
          return tree.write(`/many/${prefix}${number}/providers/${provider(number)}`, "");
        }),
      );
    }
    const way = await openWay();
    try {
      await watching({ ...way.options, sessionTimeoutMs: 4000, dubboRoot: "/many", layouts: ["dubbo"] }, async (watched) => {
        await watched.until("ready", () => watched.isReady);
        expect(watched.services.size).toBe(count);
        way.cut();
        await watched.until("an error", () => watched.errors.length > 0);
        await tree.write(`/many/${prefix}Late/providers/${provider(count)}`, "");
        way.mend();
        await watched.until("recovery", () => watched.recoveries > 0);
        expect(watched.services.size).toBe(count + 1);
        await tree.write(`/many/${prefix}Latest/providers/${provider(count + 1)}`, "");
        await watched.until("it watches", () => watched.services.size === count + 2);
      });
    } finally {
      await way.close();
    }
  });
});
