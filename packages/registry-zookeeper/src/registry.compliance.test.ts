import type { RegistryProtocol, RegistrySink } from "@mesh/registry";
import { registryContract, type RegistryHarness } from "@mesh/registry/compliance";
import { describe, test } from "vitest";
import { createZookeeperRegistry, type ZookeeperClientFactory, type ZookeeperRegistryOptions } from "./index.ts";
import { encodeNodeName } from "./provider-url.ts";
import { type FakeClient, FakeZookeeper } from "./testing/fake-zookeeper.ts";

/** An application's instance whose endpoint has such a host. */
const controlCharacter = JSON.stringify({
  name: "shop",
  address: "10.0.0.9\u0001",
  payload: { metadata: { "dubbo.endpoints": '[{"port":1,"protocol":"dubbo"}]' } },
});

interface HarnessOptions {
  readonly protocol: RegistryProtocol;
  /** What sources read; sinks write all. */
  readonly read?: Partial<ZookeeperRegistryOptions>;
  readonly labels?: Readonly<Record<string, string>>;
}

function openHarness({ protocol, read = {}, labels = {} }: HarnessOptions): RegistryHarness {
  const server = new FakeZookeeper();
  const sources: FakeClient[] = [];
  const sinks = new Map<RegistrySink, FakeClient[]>();
  let isReachable = true;
  const remembering = (clients: FakeClient[]): ZookeeperClientFactory => {
    return (options) => {
      const client = server.connect(options);
      clients.push(client);
      if (clients === sources) client.isReachable = isReachable;
      return client;
    };
  };
  const options: ZookeeperRegistryOptions = { connectString: "127.0.0.1:2181", sessionTimeoutMs: 300, maxRetryMs: 10 };
  const reach = (isNow: boolean): void => {
    isReachable = isNow;
    for (const client of sources) {
      client.isReachable = isNow;
      if (isNow) client.reconnect();
      else client.drop();
    }
  };
  return {
    protocol,
    labels: { version: "1.0", timeout: "3000", ...labels },
    otherLabels: { version: "1.0", timeout: "500", ...labels },
    createSource: () => createZookeeperRegistry({ ...options, ...read, createClient: remembering(sources) }),
    createSink: () => {
      const clients: FakeClient[] = [];
      const sink = createZookeeperRegistry({ ...options, createClient: remembering(clients) });
      sinks.set(sink, clients);
      return sink;
    },
    connection: { break: () => reach(false), mend: () => reach(true) },
    expireSources: () => {
      for (const client of sources) server.expire(client.sessionId);
    },
    killSink: (sink) => {
      for (const client of sinks.get(sink) ?? []) {
        client.isReachable = false;
        server.expire(client.sessionId);
      }
    },
    expireSink: (sink) => {
      for (const client of sinks.get(sink) ?? []) server.expire(client.sessionId);
    },
    spoil: (service, how) => {
      const root = protocol === "bolt" ? "/sofa-rpc" : "/dubbo";
      const wrong = how === "unreadable" ? "%zz" : encodeNodeName(`${protocol}://10.0.0.9:1/${service}?uniqueId=&version=1\u0001&group=`);
      const path =
        read.layouts === undefined
          ? `${root}/${service}/providers/${wrong}`
          : `/services/shop/${how === "unreadable" ? "10.0.0.8:1" : "10.0.0.9:1"}`;
      server.put(path, read.layouts === undefined ? "1" : how === "unreadable" ? "{" : controlCharacter);
      return { path, remove: () => server.delete(path) };
    },
    close: () => undefined,
  };
}

describe.each(["bolt", "dubbo", "tri"] as const)("ZooKeeper keeps the contract, for %s", (protocol) => {
  for (const { name, run } of registryContract(() => openHarness({ protocol }))) test(name, run);
});

describe.each([undefined, ["dubbo-services"]] as const)(
  "ZooKeeper keeps the contract, for Dubbo with an application, read from %j",
  (layouts) => {
    const read = layouts === undefined ? {} : { layouts };
    for (const { name, run } of registryContract(() => openHarness({ protocol: "dubbo", read, labels: { application: "shop" } })))
      test(name, run);
  },
);
