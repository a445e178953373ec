import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  dubboReleases,
  echoInterface,
  java,
  startDubboConsumer,
  startDubboProvider,
  startSofaConsumer,
  startSofaProvider,
} from "./java.ts";
import type { DubboRelease, EchoReference, ZookeeperRegistry } from "./java.ts";
import { listening } from "./listening.ts";
import { freePort } from "./ports.ts";
import { endAllPeers } from "./process.ts";
import type { Peer } from "./process.ts";
import { makeScratch } from "./scratch.ts";
import { requirePeer } from "./tools.ts";
import { openZookeeperTree } from "./zookeeper-tree.ts";
import type { ZookeeperTree } from "./zookeeper-tree.ts";
import { startZookeeper, zookeeper } from "./zookeeper.ts";
import type { Zookeeper } from "./zookeeper.ts";

/** What the Java frameworks do with a ZooKeeper, without a mesh: what a control plane that joins it finds there. */

interface Framework {
  readonly name: string;
  /** Where its providers are. */
  readonly providers: string;
  provider(registry: ZookeeperRegistry): Promise<Peer & { readonly port: number; readonly id: string }>;
  /** A consumer's reference by registry. */
  refer(registry: ZookeeperRegistry): Promise<EchoReference>;
}

const sofaProviders = `/sofa-rpc/${echoInterface}/providers`;
const dubboProviders = `/dubbo/${echoInterface}/providers`;
const dubbo3 = dubboReleases.filter((release) => release !== "2.7");

const frameworks: readonly Framework[] = [
  {
    name: "SOFARPC",
    providers: sofaProviders,
    provider: (registry) => startSofaProvider({ registry }),
    refer: async (registry) => (await startSofaConsumer({ registry })).refer({}),
  },
  ...dubboReleases.map((release) => ({
    name: `Dubbo ${release}`,
    providers: dubboProviders,
    provider: (registry: ZookeeperRegistry) => startDubboProvider(release, { registry }),
    refer: async (registry: ZookeeperRegistry) => (await startDubboConsumer(release, { registry })).refer({}),
  })),
];

/** The address in the name of a provider's node, and its parameters. */
function readNode(name: string | undefined): { readonly address: string; readonly parameters: Readonly<Record<string, string>> } {
  const url = new URL(decodeURIComponent(name ?? ""));
  return { address: `${url.protocol}//${url.host}${url.pathname}`, parameters: Object.fromEntries(url.searchParams) };
}

/** 127.0.0.1 as the kernel writes it, and the port. */
function loopback(port: number): string {
  return `0100007F:${port.toString(16).toUpperCase().padStart(4, "0")}`;
}

describe.runIf(requirePeer(zookeeper))("a ZooKeeper", () => {
  test("listens on loopback alone, and serves when it is started", async () => {
    const server = await startZookeeper();
    expect(await server.ask("ruok")).toBe("imok");
    expect(await server.ask("srvr")).toContain("Mode: standalone");
    expect(listening(server.pid)).toEqual([loopback(server.port)]);
    await server.stop();
  });

  test("has its data and its port again after SIGTERM and after SIGKILL", async () => {
    const port = await freePort();
    const server = await startZookeeper({ port, dataDir: makeScratch("zookeeper-data") });
    expect(server.connectString).toBe(`127.0.0.1:${port}`);
    const tree = await openZookeeperTree(server.connectString);
    await tree.write("/deep/node", "first");
    await server.restart();
    await tree.until("/deep", (children) => children.length === 1);
    await tree.write("/deep/node", "second");
    await server.kill();
    await server.restart();
    await tree.until("/deep", (children) => children.length === 1);
    expect(await tree.node("/deep/node")).toEqual({ path: "/deep/node", data: "second", ephemeral: false });
    await tree.remove("/deep/node");
    expect(await tree.dump("/deep")).toEqual([{ path: "/deep", data: undefined, ephemeral: false }]);
    tree.close();
    await server.stop();
  });

  test("grants sessions within its limits", async () => {
    const server = await startZookeeper({ tickTimeMs: 100, maxSessionTimeoutMs: 3000 });
    const tree = await openZookeeperTree(server.connectString);
    expect(await server.ask("cons")).toContain("to=3000,");
    tree.close();
    await server.stop();
  });
});

describe.runIf(requirePeer(java, zookeeper))("Java applications and a real ZooKeeper", () => {
  let server: Zookeeper;
  let tree: ZookeeperTree;

  beforeEach(async () => {
    server = await startZookeeper();
    tree = await openZookeeperTree(server.connectString);
  });

  afterEach(async () => {
    tree.close();
    await endAllPeers();
  });

  describe.for(frameworks)("$name", (framework) => {
    const { providers } = framework;

    test("is called by registry from registering to stopping, and takes its node away", async () => {
      const provider = await framework.provider(server);
      expect(await tree.children(providers)).toHaveLength(1);
      expect(listening(provider.pid)).toEqual([loopback(provider.port)]);
      const echo = await framework.refer(server);
      expect(await echo.call("id", [])).toBe(provider.id);
      await provider.stop();
      expect(await tree.children(providers)).toEqual([]);
    });

    test("leaves its node behind when it is killed, until its session is over", async () => {
      const registry = { connectString: server.connectString, sessionMs: 1800 };
      const provider = await framework.provider(registry);
      expect(await server.ask("cons")).toContain("to=1800,");
      const [name = ""] = await tree.children(providers);
      expect(await tree.node(`${providers}/${name}`)).toMatchObject({ ephemeral: true });
      await provider.kill();
      expect(await tree.children(providers)).toEqual([name]);
      await tree.until(providers, (children) => children.length === 0);
    });

    test("keeps its node, or makes it anew, when ZooKeeper is killed and started again", async () => {
      await framework.provider(server);
      const [name = ""] = await tree.children(providers);
      await server.kill();
      await server.restart();
      // The node has outlived the server. It stays if its session, or another one, has a connection again.
      expect((await server.ask("dump")).split("\n")).toContain(`\t${providers}/${name}`);
      while (!(await isAlive(`${providers}/${name}`))) await delay(50);
      expect(await tree.until(providers, (children) => children.length > 0)).toEqual([name]);
    });

    test("makes its node anew when its session was lost", async () => {
      const provider = await framework.provider({ connectString: server.connectString, sessionMs: 1800 });
      const [name = ""] = await tree.children(providers);
      provider.signal("SIGSTOP");
      await tree.until(providers, (children) => children.length === 0);
      provider.signal("SIGCONT");
      expect(await tree.until(providers, (children) => children.length > 0)).toEqual([name]);
    });

    /** Whether the session that a node goes with has a connection. */
    async function isAlive(path: string): Promise<boolean> {
      const sessions = (await server.ask("dump")).split(/^(?=0x)/m);
      const [id] = sessions.find((session) => session.split("\n").includes(`\t${path}`))?.split(":") ?? [];
      return id !== undefined && (await server.ask("cons")).includes(`sid=${id},`);
    }
  });

  test("SOFARPC: a provider's node says all of it in its name", async () => {
    const provider = await startSofaProvider({
      registry: server,
      app: "echo-app",
      uniqueId: "blue",
      weight: 70,
      parameters: { zone: "z1", warmupTime: "2000" },
    });
    const names = await tree.children(sofaProviders);
    expect(names).toHaveLength(1);
    const { address, parameters } = readNode(names[0]);
    expect(address).toBe(`bolt://127.0.0.1:${provider.port}`);
    expect(parameters).toEqual({
      version: "1.0",
      uniqueId: "blue",
      interface: echoInterface,
      appName: "echo-app",
      weight: "70",
      zone: "z1",
      warmupTime: "2000",
      protocol: "bolt",
      serialization: "hessian2",
      language: "java",
      rpcVer: "51302",
      accepts: "100000",
      timeout: "0",
      delay: "-1",
      dynamic: "true",
      id: "rpc-cfg-0",
      pid: String(provider.pid),
      startTime: expect.stringMatching(/^\d{13}$/),
    });
    expect(await tree.node(`${sofaProviders}/${names[0]}`)).toMatchObject({ data: "\u0001", ephemeral: true });
    // One that asks for another unique id does not find it.
    const consumer = await startSofaConsumer({ registry: server });
    const blue = await consumer.refer({ uniqueId: "blue" });
    expect(await blue.call("id", [])).toBe(provider.id);
    const other = await consumer.refer({});
    await expect(other.call("id", [])).rejects.toMatchObject({ class: "com.alipay.sofa.rpc.core.exception.SofaRouteException" });
    const consumers = await tree.children(`/sofa-rpc/${echoInterface}/consumers`);
    expect(consumers.map((name) => readNode(name).address)).toContain("bolt://127.0.0.1");
  });

  test("SOFARPC: the path of an address is the root of all", async () => {
    await startSofaProvider({ registry: { connectString: server.connectString, root: "/cell" } });
    expect(await tree.children(`/cell${sofaProviders}`)).toHaveLength(1);
  });

  describe.for(dubboReleases)("Dubbo %s", (release) => {
    test("a node for each service says all of it in its name", async () => {
      const { provider, port } = await startTwo(release, {});
      const nodes = (await tree.children(dubboProviders)).map(readNode);
      expect(nodes.map(({ address }) => address)).toEqual(Array.from({ length: 2 }, () => `dubbo://127.0.0.1:${port}/${echoInterface}`));
      const common = {
        application: "echo-app",
        interface: echoInterface,
        dubbo: "2.0.2",
        release: { "2.7": "2.7.23", "3.2": "3.2.19", "3.3": "3.3.6" }[release],
        side: "provider",
        dynamic: "true",
        generic: "false",
        deprecated: "false",
        revision: "1",
        methods: expect.stringContaining("echo"),
        timestamp: expect.stringMatching(/^\d{13}$/),
        ...(release === "2.7"
          ? { anyhost: "true", pid: String(provider.pid), "metadata-type": "remote" }
          : {
              "prefer.serialization": release === "3.2" ? "fastjson2,hessian2" : "hessian2,fastjson2",
              "service-name-mapping": "true",
            }),
      };
      const named = (name: string): Readonly<Record<string, string>> =>
        release === "2.7" ? { "service.name": `ServiceBean:${name}` } : {};
      expect(nodes.map(({ parameters }) => parameters)).toEqual(
        expect.arrayContaining([
          { ...common, ...named(`/${echoInterface}`) },
          {
            ...common,
            ...named(`blue/${echoInterface}:2.0.0`),
            group: "blue",
            version: "2.0.0",
            weight: "70",
            "dubbo.tag": "gray",
            zone: "z1",
          },
        ]),
      );
      const consumer = await startDubboConsumer(release, { registry: server });
      const plain = await consumer.refer({});
      expect(await plain.call("id", [])).toBe("plain");
      // A provider with a tag is only for calls with that tag.
      const blue = await consumer.refer({ group: "blue", version: "2.0.0" });
      expect(await blue.call("id", [], { headers: { "dubbo.tag": "gray" } })).toBe("blue");
    });
  });

  describe.for(dubbo3)("Dubbo %s", (release) => {
    test("registers its application beside its services, and the services' mapping to it", async () => {
      const { provider, port } = await startTwo(release, {});
      expect((await tree.node(`/dubbo/mapping/${echoInterface}`))?.data?.split(",")).toContain("echo-app");
      const node = await tree.node(`/services/echo-app/127.0.0.1:${port}`);
      expect(node?.ephemeral).toBe(true);
      const instance: unknown = JSON.parse(node?.data ?? "");
      expect(instance).toEqual({
        name: "echo-app",
        id: `127.0.0.1:${port}`,
        address: "127.0.0.1",
        port,
        sslPort: null,
        payload: {
          "@class": "org.apache.dubbo.registry.zookeeper.ZookeeperInstance",
          id: `127.0.0.1:${port}`,
          name: "echo-app",
          metadata: {
            "dubbo.endpoints": `[{"port":${port},"protocol":"dubbo"}]`,
            "dubbo.metadata-service.url-params": expect.stringContaining(`"port":"${port}"`),
            "dubbo.metadata.revision": expect.stringMatching(/^[0-9a-f]{32}$/),
            "dubbo.metadata.storage-type": "local",
            ...(release === "3.3" ? { "meta-v": "1.0.0" } : {}),
            timestamp: expect.stringMatching(/^\d{13}$/),
          },
        },
        registrationTimeUTC: expect.any(Number),
        serviceType: "DYNAMIC",
        uriSpec: null,
      });
      await provider.stop();
      expect(await tree.children("/services/echo-app")).toEqual([]);
    });

    test("registers what its register mode says, and is found by it", async () => {
      const services = await startDubboProvider(release, { registry: server, registerMode: "interface", app: "only-services" });
      expect(await tree.children(dubboProviders)).toHaveLength(1);
      expect(await tree.node("/services/only-services")).toBeUndefined();
      expect(await (await (await startDubboConsumer(release, { registry: server })).refer({})).call("id", [])).toBe(services.id);
      await services.stop();

      const application = await startDubboProvider(release, { registry: server, registerMode: "instance", app: "only-app" });
      expect(await tree.children(dubboProviders)).toEqual([]);
      expect(await tree.children("/services/only-app")).toEqual([`127.0.0.1:${application.port}`]);
      expect(await (await (await startDubboConsumer(release, { registry: server })).refer({})).call("id", [])).toBe(application.id);
    });

    test("writes what its application has when it says so in ZooKeeper", async () => {
      const { port } = await startTwo(release, { registerMode: "instance", metadataType: "remote" });
      const instance = (await tree.node(`/services/echo-app/127.0.0.1:${port}`))?.data ?? "";
      const revision = /"dubbo.metadata.revision":"(\w+)"/.exec(instance)?.[1] ?? "";
      expect(instance).toContain('"dubbo.metadata.storage-type":"remote"');
      const metadata: unknown = JSON.parse((await tree.node(`/dubbo/metadata/echo-app/${revision}`))?.data ?? "");
      const service = { name: echoInterface, path: echoInterface, port, protocol: "dubbo" };
      expect(metadata).toEqual({
        app: "echo-app",
        revision,
        services: {
          [`${echoInterface}:dubbo`]: { ...service, params: expect.objectContaining({ application: "echo-app", side: "provider" }) },
          [`blue/${echoInterface}:2.0.0:dubbo`]: {
            ...service,
            group: "blue",
            version: "2.0.0",
            params: expect.objectContaining({ group: "blue", version: "2.0.0", weight: "70", "dubbo.tag": "gray", zone: "z1" }),
          },
        },
      });
    });
  });

  /** A provider of one service without anything and one with everything. */
  async function startTwo(
    release: DubboRelease,
    options: Parameters<typeof startDubboProvider>[1],
  ): Promise<{ provider: Peer; port: number }> {
    const provider = await startDubboProvider(release, {
      ...options,
      registry: server,
      app: "echo-app",
      services: [
        { id: "plain" },
        { id: "blue", group: "blue", version: "2.0.0", weight: 70, parameters: { "dubbo.tag": "gray", zone: "z1" } },
      ],
    });
    return { provider, port: provider.port };
  }
});
