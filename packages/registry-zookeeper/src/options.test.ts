import { expect, test } from "vitest";
import { createZookeeperRegistry, parseZookeeperUrl, type ZookeeperRegistryOptions } from "./index.ts";

test("an URL says all that text can say", () => {
  expect(
    parseZookeeperUrl(
      "zookeeper://me:p%40ss@zk1:2181,zk2/shop/east?layouts=sofa-rpc,dubbo&name=east&sofaRpcRoot=/rpc&sessionTimeoutMs=5000&resyncIntervalMs=0&backup=zk3:2181,zk4:2182&group=cell",
    ),
  ).toEqual({
    connectString: "zk1:2181,zk2,zk3:2181,zk4:2182/shop/east",
    layouts: ["sofa-rpc", "dubbo"],
    name: "east",
    sofaRpcRoot: "/rpc",
    dubboRoot: "/cell",
    servicesRoot: "/cell",
    sessionTimeoutMs: 5000,
    resyncIntervalMs: 0,
    auth: [{ scheme: "digest", credentials: "me:p@ss" }],
  });
  expect(parseZookeeperUrl("zookeeper://127.0.0.1:2181/")).toEqual({ connectString: "127.0.0.1:2181" });
});

test.each([
  ["http://127.0.0.1", "is no zookeeper://"],
  ["zookeeper://", "is no zookeeper://"],
  ["zookeeper://[::1]:2181", "IPv6"],
  ["zookeeper://a:2181,,b", "is no host:port"],
  ["zookeeper://a:2181/x//y", "the path of connectString"],
  ["zookeeper://a:2181?layout=dubbo", 'the parameter "layout" is not known'],
  ["zookeeper://a:2181?layouts=eureka", 'the layout "eureka" is not known'],
  ["zookeeper://a:2181?sessionTimeoutMs=soon", "sessionTimeoutMs must be"],
  ["zookeeper://a:2181?sessionTimeoutMs=", "sessionTimeoutMs must be"],
  ["zookeeper://a:2181?dubboRoot=dubbo", "dubboRoot must be a path"],
  ["zookeeper://a:2181?name=a%26b", "the name"],
])("%s is refused: %s", (url, message) => {
  expect(() => parseZookeeperUrl(url)).toThrow(
    expect.objectContaining({ code: "MESH_REGISTRY_INVALID_OPTIONS", message: expect.stringContaining(message) }),
  );
});

test("a password is in no message", () => {
  expect(() => parseZookeeperUrl("zookeeper://me:secret@")).toThrow(
    expect.objectContaining({ message: expect.not.stringContaining("secret") }),
  );
});

test.each<Partial<ZookeeperRegistryOptions>>([
  { connectString: "" },
  { layouts: [] },
  { concurrency: 0 },
  { maxRetryMs: 1.5 },
  { resyncIntervalMs: -1 },
  { dubboRoot: "/" },
])("%j is refused", (wrong) => {
  expect(() => createZookeeperRegistry({ connectString: "a:2181", ...wrong })).toThrow(
    expect.objectContaining({ code: "MESH_REGISTRY_INVALID_OPTIONS" }),
  );
});
