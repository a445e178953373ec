import { expect, test } from "vitest";
import { encodeNodeName } from "../provider-url.ts";
import { openFixture } from "../testing/fixture.ts";

const service = "com.acme.Echo";

interface InstanceOptions {
  readonly endpoints?: readonly { readonly port: number; readonly protocol: string }[];
  readonly storage?: "local" | "remote";
  readonly revision?: string;
  readonly more?: object;
}

/** As Curator writes it for Dubbo. */
function instance(address: string, options: InstanceOptions = {}): string {
  const { endpoints = [{ port: 20880, protocol: "dubbo" }], storage = "local", revision = "r1", more = {} } = options;
  return JSON.stringify({
    name: "shop",
    id: `${address}:20880`,
    address,
    port: 20880,
    payload: {
      "@class": "org.apache.dubbo.registry.zookeeper.ZookeeperInstance",
      metadata: {
        "dubbo.endpoints": JSON.stringify(endpoints),
        "dubbo.metadata.revision": revision,
        "dubbo.metadata.storage-type": storage,
        "meta-v": "1.0.0",
        timestamp: "1700000000000",
      },
    },
    ...more,
  });
}

const mapping = { [`/dubbo/mapping/${service}`]: "shop,other" };
const place = "/services/shop/10.0.0.1:20880";

function metadata(version: string): string {
  const params = { application: "shop", weight: "70", side: "provider" };
  return JSON.stringify({
    app: "shop",
    revision: "r1",
    services: {
      [`g/${service}:${version}:dubbo`]: { name: service, group: "g", version, protocol: "dubbo", path: service, port: 20880, params },
      "com.acme.Other:dubbo": { name: "com.acme.Other", protocol: "dubbo", path: "com.acme.Other", params },
    },
  });
}

test("an instance that keeps its metadata is given for what the mapping knows its application by", async () => {
  const { instances } = await openFixture({ ...mapping, [place]: instance("10.0.0.1") });
  expect(instances(service)).toEqual([
    {
      id: "dubbo://10.0.0.1:20880",
      address: "10.0.0.1",
      port: 20880,
      portName: "dubbo",
      protocol: "dubbo",
      labels: { application: "shop" },
      isVariantUnknown: true,
      weight: 100,
      health: "healthy",
      warmUp: { startedAtMs: 1_700_000_000_000, durationMs: 600_000 },
      origin: { registry: "zookeeper" },
    },
  ]);
});

const definitions = `/dubbo/metadata/${service}`;
const definition = (parameters: object): string => JSON.stringify({ canonicalName: service, methods: [], parameters });

test("an instance that keeps its metadata is given in the versions and groups that its application says it provides", async () => {
  const { instances, server, settle, errors } = await openFixture({
    ...mapping,
    [place]: instance("10.0.0.1"),
    "/services/other/10.0.0.2:20880": instance("10.0.0.2"),
    [`${definitions}/1.0.0/blue/provider/shop`]: "not read: the path tells all",
    [`${definitions}/2.0.0/provider/shop`]: definition({ version: "2.0.0" }),
    [`${definitions}/green/provider/shop`]: definition({ group: "green" }),
    [`${definitions}/3.0.0/green/consumer/shop`]: "",
  });
  const ids = (): readonly string[] => instances(service).map(({ id }) => id);
  const told = ["?group=blue&version=1.0.0", "?group=green", "?version=2.0.0"].map((key) => `dubbo://10.0.0.1:20880${key}`);
  expect(ids()).toEqual([...told, "dubbo://10.0.0.2:20880"]);
  expect(instances(service).map(({ isVariantUnknown }) => isVariantUnknown)).toEqual([undefined, undefined, undefined, true]);
  expect(instances(service)[0]?.labels).toEqual({ application: "shop", version: "1.0.0", group: "blue" });
  server.put(`${definitions}/provider/other`, "");
  await settle();
  expect(ids()).toEqual([...told, "dubbo://10.0.0.2:20880"]);
  expect(instances(service).map(({ isVariantUnknown }) => isVariantUnknown)).toEqual([undefined, undefined, undefined, undefined]);
  server.delete(`${definitions}/1.0.0`);
  await settle();
  expect(ids()).toEqual([...told.slice(1), "dubbo://10.0.0.2:20880"]);
  expect(errors).toEqual([]);
});

test("a definition that cannot be read tells nothing, and is reported until it can", async () => {
  const path = `${definitions}/2.0.0/provider/shop`;
  const { instances, server, settle, errors, mended } = await openFixture({ ...mapping, [place]: instance("10.0.0.1"), [path]: "{}" });
  expect(errors).toMatchObject([{ code: "MESH_REGISTRY_MALFORMED", path }]);
  expect(instances(service)).toMatchObject([{ isVariantUnknown: true }]);
  server.put(path, definition({ version: "2.0.0" }));
  await settle();
  expect(mended).toEqual([path]);
  expect(instances(service)).toMatchObject([{ labels: { version: "2.0.0" } }]);
});

test("definitions are not read for what the interface level tells", async () => {
  const url = `dubbo://10.0.0.1:20880/${service}?version=1.0.0`;
  const { instances, server } = await openFixture({
    ...mapping,
    [place]: instance("10.0.0.1"),
    [`/dubbo/${service}/providers/${encodeNodeName(url)}`]: "",
    [`${definitions}/1.0.0/blue/provider/shop`]: "",
  });
  expect(instances(service).map(({ id }) => id)).toEqual(["dubbo://10.0.0.1:20880?version=1.0.0"]);
  expect(server.log.filter((entry) => entry.includes(definitions))).toEqual([]);
});

test("an instance whose metadata are in ZooKeeper is given for what they say", async () => {
  const { instances, server, settle } = await openFixture({ ...mapping, [place]: instance("10.0.0.1", { storage: "remote" }) });
  // Not there yet: better without version than not at all.
  expect(instances(service)).toMatchObject([{ id: "dubbo://10.0.0.1:20880" }]);
  server.put("/dubbo/metadata/shop/r1", metadata("1.0.0"));
  await settle();
  expect(instances(service)).toMatchObject([{ id: "dubbo://10.0.0.1:20880?group=g&version=1.0.0", weight: 70 }]);
});

test("a new revision is read", async () => {
  const { instances, server, settle } = await openFixture({
    ...mapping,
    [place]: instance("10.0.0.1", { storage: "remote" }),
    "/dubbo/metadata/shop/r1": metadata("1.0.0"),
    "/dubbo/metadata/shop/r2": metadata("2.0.0"),
  });
  server.put(place, instance("10.0.0.1", { storage: "remote", revision: "r2" }));
  await settle();
  expect(instances(service)).toMatchObject([{ labels: { group: "g", version: "2.0.0" } }]);
});

test("an instance that is registered on both levels is given once, as the interface level says it", async () => {
  const { instances } = await openFixture({
    ...mapping,
    [place]: instance("10.0.0.1"),
    "/services/shop/10.0.0.2:20880": instance("10.0.0.2"),
    [`/dubbo/${service}/providers/${encodeNodeName(`dubbo://10.0.0.1:20880/${service}?version=1.0.0`)}`]: "",
  });
  expect(instances(service).map(({ id }) => id)).toEqual(["dubbo://10.0.0.1:20880?version=1.0.0", "dubbo://10.0.0.2:20880"]);
});

test("mappings, applications and instances come and go", async () => {
  const { log, server, settle } = await openFixture({});
  server.put(place, instance("10.0.0.1"));
  await settle();
  server.put(`/dubbo/mapping/${service}`, "shop");
  await settle();
  server.put("/services/other/10.0.0.3:20880", instance("10.0.0.3"));
  server.put(`/dubbo/mapping/${service}`, "shop,other");
  await settle();
  server.delete(place);
  await settle();
  server.delete("/services/other");
  await settle();
  server.delete("/dubbo/mapping");
  await settle();
  expect(log).toEqual(["ready", `${service} 1`, `${service} 2`, `${service} 1`, `${service} 0`, `${service} gone`]);
});

test("rules hold on this level, too", async () => {
  const { instances } = await openFixture({
    ...mapping,
    [place]: instance("10.0.0.1"),
    "/dubbo/config/dubbo/shop.configurators": JSON.stringify({
      scope: "application",
      key: "shop",
      configs: [{ side: "provider", addresses: ["10.0.0.1:20880"], parameters: { weight: 7 } }],
    }),
  });
  expect(instances(service)[0]?.weight).toBe(7);
});

test("instances of others, of Spring Cloud for example, are none of ours", async () => {
  const { instances, errors } = await openFixture({
    ...mapping,
    "/services/shop/10.0.0.1:8080": JSON.stringify({
      name: "shop",
      address: "10.0.0.1",
      port: 8080,
      payload: { metadata: { instance_status: "UP" } },
    }),
  });
  expect([instances(service), errors]).toEqual([[], []]);
});

test.each([
  ["{", "JSON"],
  ["[]", "the instance is no object"],
  [instance("10.0.0.1").replace('dubbo.endpoints":"[', 'dubbo.endpoints":"{'), "JSON"],
  [instance("10.0.0.1", { endpoints: [{ port: 0, protocol: "dubbo" }] }), "an endpoint has no protocol or no port"],
])("an instance like %j is reported with its path, and the others are given", async (data, message) => {
  const { errors, instances, server, settle, mended } = await openFixture({
    ...mapping,
    "/services/shop/10.0.0.9:20880": data,
    [place]: instance("10.0.0.1"),
  });
  expect(errors).toMatchObject([{ code: "MESH_REGISTRY_MALFORMED", path: "/services/shop/10.0.0.9:20880" }]);
  expect(errors[0]?.message).toContain(message);
  expect(instances(service)).toHaveLength(1);
  server.delete("/services/shop/10.0.0.9:20880");
  await settle();
  expect(mended).toEqual(["/services/shop/10.0.0.9:20880"]);
});
