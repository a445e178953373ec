import fc from "fast-check";
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
  ["zookeeper://a:2181?sessionTimeoutMs=2147483648", "sessionTimeoutMs must be a whole number from 1 to 2147483647"],
  ["zookeeper://a:2181?reconnectDelayMs=99999999999", "reconnectDelayMs must be a whole number from 1 to 2147483647"],
  ["zookeeper://a:2181?concurrency=0x10", "concurrency must be a whole number"],
  ["zookeeper://a:99999", "server 1 in connectString is no host:port"],
  ["zookeeper://a:2181,b:0", "server 2 in connectString is no host:port"],
  ["zookeeper://a%zz:2181", "has a % that is not followed by two hexadecimal digits; a % itself is %25"],
  ["zookeeper://a:2181/%zz", "has a % that is not"],
  ["zookeeper://a:2181/%ff", "the path of the URL has a % with digits that are no UTF-8"],
  ["zookeeper://a:2181#x", "is no zookeeper://"],
  ["zookeeper://a:2181?dubboRoot=dubbo", "dubboRoot must be a path"],
  ["zookeeper://a:2181?name=a%26b", "the name"],
])("%s is refused: %s", (url, message) => {
  expect(() => parseZookeeperUrl(url)).toThrow(
    expect.objectContaining({ code: "MESH_REGISTRY_INVALID_OPTIONS", message: expect.stringContaining(message) }),
  );
});

const secrets = /sec|ret|myself/;

test.each([
  "zookeeper://myself:secret@",
  "zookeeper://myself:secret@a:99999",
  "zookeeper://myself:secret@a:2181?layouts=eureka",
  "zookeeper://myself:se%zzcret@a:2181",
  "zookeeper://myself:secret%ff@a:2181",
  "zookeeper://myself:secret/secret@a:2181",
  "zookeeper://myself:secret@secret@a:2181",
  "zookeeper://myself:secret?secret=secret@a:2181",
  "zookeeper://myself:secret#secret@a:2181",
  "zookeeper://myself:secret/@secret/secret@a:2181",
  "zookeeper://myself:secret",
  "http://myself:secret@a:2181",
])("nothing of the user and the password of %s is in the message", (url) => {
  expect(() => parseZookeeperUrl(url)).toThrow(
    expect.objectContaining({ code: "MESH_REGISTRY_INVALID_OPTIONS", message: expect.not.stringMatching(secrets) }),
  );
});

test.each(["myself:secret@a:2181", "myself:sec/ret@a:2181", "myself:secret", "a:2181,myself:secret@b"])(
  "credentials in the connectString %s are refused, and in no message",
  (connectString) => {
    expect(() => createZookeeperRegistry({ connectString })).toThrow(
      expect.objectContaining({ message: expect.not.stringMatching(secrets) }),
    );
    expect(() => createZookeeperRegistry({ connectString })).toThrow("credentials belong into auth");
  },
);

test("encoded credentials and paths are read", () => {
  expect(parseZookeeperUrl("zookeeper://me:p%2Fs%40s%3F@a:2181/r%C3%A4te")).toEqual({
    connectString: "a:2181/räte",
    auth: [{ scheme: "digest", credentials: "me:p/s@s?" }],
  });
});

test("any URL is read, or refused with a message that says nothing of what is before its last @", () => {
  const part = fc.string({ unit: fc.constantFrom(..."ab:@/?#%,=&[]1".split("")), maxLength: 8 });
  fc.assert(
    fc.property(part, part, part, (one, two, rest) => {
      try {
        parseZookeeperUrl(`zookeeper://${one}SECRET${two}@${rest}`);
      } catch (error) {
        expect(error).toMatchObject({ code: "MESH_REGISTRY_INVALID_OPTIONS", message: expect.not.stringContaining("SECRET") });
      }
    }),
  );
});

test.each([
  undefined,
  null,
  {},
  "zk:2181",
  { connectString: 5 },
  { connectString: "a", layouts: "dubbo" },
  { connectString: "a", auth: [{}] },
])("options like %j are refused, and it is said what to do", (wrong) => {
  expect(() => Reflect.apply(createZookeeperRegistry, undefined, [wrong])).toThrow(
    expect.objectContaining({ code: "MESH_REGISTRY_INVALID_OPTIONS", message: expect.stringContaining("must be") }),
  );
});

test.each<Partial<ZookeeperRegistryOptions>>([
  { connectString: "" },
  { layouts: [] },
  { concurrency: 0 },
  { maxRetryMs: 1.5 },
  { resyncIntervalMs: -1 },
  { resyncIntervalMs: 2 ** 31 },
  { sessionTimeoutMs: Number.NaN },
  { dubboRoot: "/" },
])("%j is refused", (wrong) => {
  expect(() => createZookeeperRegistry({ connectString: "a:2181", ...wrong })).toThrow(
    expect.objectContaining({ code: "MESH_REGISTRY_INVALID_OPTIONS" }),
  );
});
