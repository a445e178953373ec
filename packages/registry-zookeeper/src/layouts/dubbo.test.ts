import { expect, test } from "vitest";
import { encodeNodeName } from "../provider-url.ts";
import { openFixture } from "../testing/fixture.ts";

const service = "com.acme.Echo";

function provider(url: string, root = "/dubbo"): string {
  return `${root}/${service}/providers/${encodeNodeName(url)}`;
}

function configurator(url: string): string {
  return `/dubbo/${service}/configurators/${encodeNodeName(url)}`;
}

const first = `dubbo://10.0.0.1:20880/${service}?application=shop&interface=${service}&side=provider&timestamp=1700000000000&version=1.0.0`;

test("a provider is given as Dubbo wrote it", async () => {
  const { services } = await openFixture({
    [provider(`${first}&group=g&weight=70&methods=echo`)]: "",
    "/dubbo/metadata/x": "",
    "/dubbo/config/dubbo": "",
  });
  expect([...services.values()]).toEqual([
    {
      name: service,
      ports: [{ name: "dubbo", number: 20880, protocol: "dubbo" }],
      labels: {},
      instances: [
        {
          id: "dubbo://10.0.0.1:20880?group=g&version=1.0.0",
          address: "10.0.0.1",
          port: 20880,
          portName: "dubbo",
          protocol: "dubbo",
          labels: { application: "shop", version: "1.0.0", group: "g", methods: "echo" },
          weight: 70,
          health: "healthy",
          warmUp: { startedAtMs: 1_700_000_000_000, durationMs: 600_000 },
          origin: { registry: "zookeeper" },
        },
      ],
    },
  ]);
});

test("other protocols of Dubbo have ports of their own", async () => {
  const { services } = await openFixture({
    [provider(`tri://10.0.0.1:50051/${service}`)]: "",
    [provider(`rest://10.0.0.1:8080/${service}`)]: "",
    [provider(`thrift://10.0.0.1:9090/${service}`)]: "",
    [provider("empty://0.0.0.0/")]: "",
  });
  expect(services.get(service)?.ports).toEqual([
    { name: "rest", number: 80, protocol: "http" },
    { name: "thrift", number: 9090, protocol: "unknown" },
    { name: "tri", number: 50051, protocol: "tri" },
  ]);
});

test.each([
  ["", "healthy"],
  ["&disabled=true", "draining"],
  ["&disabled=false", "healthy"],
  ["&enabled=false", "draining"],
  ["&enabled=false&disabled=false", "healthy"],
])("a provider with %j is %s", async (parameters, health) => {
  const { instances } = await openFixture({ [provider(first + parameters)]: "" });
  expect(instances(service)[0]?.health).toBe(health);
});

test.each([
  ["&warmup=1000", { startedAtMs: 1_700_000_000_000, durationMs: 1000 }],
  ["&warmup=0", undefined],
])("a provider with %j warms up for %j", async (parameters, warmUp) => {
  const { instances } = await openFixture({ [provider(first + parameters)]: "" });
  expect(instances(service)[0]?.warmUp).toEqual(warmUp);
});

test("configurators change weights and switch providers off, and what they changed is as before when they go", async () => {
  const { server, instances, settle } = await openFixture({ [provider(first)]: "" });
  const weight = configurator(`override://10.0.0.1:20880/${service}?category=configurators&dynamic=false&version=1.0.0&weight=7`);
  const off = configurator(`override://0.0.0.0/${service}?category=configurators&dynamic=false&version=1.0.0&disabled=true`);
  server.put(weight);
  server.put(off);
  await settle();
  expect(instances(service)[0]).toMatchObject({ weight: 7, health: "draining" });
  server.delete(weight);
  server.delete(off);
  await settle();
  expect(instances(service)[0]).toMatchObject({ weight: 100, health: "healthy" });
});

test("a dynamic configuration holds for its service, and its last good version stays in force", async () => {
  const path = `/dubbo/config/dubbo/${service}:1.0.0:.configurators`;
  const rules = (weight: number): string => {
    return JSON.stringify({ scope: "service", key: `${service}:1.0.0`, configs: [{ side: "provider", parameters: { weight } }] });
  };
  const { server, instances, errors, mended, settle } = await openFixture({ [provider(first)]: "", [path]: rules(7) });
  expect(instances(service)[0]?.weight).toBe(7);
  server.put(path, "key: yaml, which nobody said how to read");
  await settle();
  expect(errors).toMatchObject([{ code: "MESH_REGISTRY_MALFORMED", path }]);
  expect(instances(service)[0]?.weight).toBe(7);
  server.put(path, rules(8));
  await settle();
  expect(mended).toEqual([path]);
  expect(instances(service)[0]?.weight).toBe(8);
  server.delete(path);
  await settle();
  expect(instances(service)[0]?.weight).toBe(100);
});

test("a dynamic configuration of an application holds for all that it provides, and is read by the function that is given", async () => {
  const { instances } = await openFixture(
    { [provider(first)]: "", "/dubbo/config/dubbo/shop.configurators": "yaml" },
    { parseYaml: () => ({ scope: "application", key: "shop", configs: [{ side: "provider", parameters: { disabled: true } }] }) },
  );
  expect(instances(service)[0]?.health).toBe("draining");
});

test("with a group everything of Dubbo's is below it, applications beside interfaces", async () => {
  const { services, errors } = await openFixture(
    {
      [provider(first, "/cell")]: "10.0.0.1",
      [`/cell/${service}/providers`]: "10.0.0.1",
      "/cell/shop/10.0.0.1:20880": JSON.stringify({
        name: "shop",
        address: "10.0.0.1",
        payload: { metadata: { "dubbo.endpoints": '[{"port":20880,"protocol":"dubbo"}]' } },
      }),
      [`/cell/mapping/${service}`]: "shop",
      [provider(`dubbo://10.0.0.2:1/${service}`)]: "",
    },
    { dubboRoot: "/cell", servicesRoot: "/cell" },
  );
  expect(errors).toEqual([]);
  expect([...services.keys()]).toEqual([service]);
  expect(services.get(service)?.instances.map(({ id }) => id)).toEqual(["dubbo://10.0.0.1:20880?version=1.0.0"]);
});

test.each([
  ["%zz", "the name has a broken escape"],
  [encodeNodeName("nothing"), "the name is no URL"],
  [encodeNodeName(`dubbo://10.0.0.9/${service}`), "the name has no port"],
  [encodeNodeName(`dubbo://10.0.0.9:1/${service}?version=1.0\u0001`), "left out: labels.version must have no control characters"],
  [encodeNodeName(`dubbo://10.0.0.9:1/${service}?group=*`), "left out: labels.group must have no *"],
  [encodeNodeName(`dubbo://10.0.0.9:1/${service}?application=a `), "left out: labels.application must have no spaces at its ends"],
  [encodeNodeName(`dubbo://10.0.0 9:1/${service}`), "left out: address must be an IP address or a host name"],
])("an entry like %s is reported with its path until it is gone, and the others are given", async (name, message) => {
  const path = `/dubbo/${service}/providers/${name}`;
  const { errors, instances, server, settle, mended, log } = await openFixture({ [path]: "", [provider(first)]: "" });
  expect(errors).toMatchObject([{ code: "MESH_REGISTRY_MALFORMED", path, message: expect.stringContaining(message) }]);
  expect(instances(service)).toHaveLength(1);
  server.put(provider(`dubbo://10.0.0.3:1/${service}`));
  await settle();
  expect(errors).toHaveLength(1);
  server.delete(path);
  await settle();
  expect(mended).toEqual([path]);
  expect(log).not.toContain("recovered");
});

test.each([
  [
    "warmup=999999999999999",
    { weight: 100, warmUp: { startedAtMs: 1_700_000_000_000, durationMs: 600_000 } },
    "the parameter warmup must be",
  ],
  ["warmup=soon", { warmUp: { startedAtMs: 1_700_000_000_000, durationMs: 600_000 } }, "the parameter warmup must be"],
  ["weight=9999999999", { weight: 100 }, "the parameter weight must be a whole number of at most 2147483647"],
  ["weight=1.5", { weight: 100 }, "the parameter weight must be"],
  ["note=a\u0007b", { labels: { application: "shop", version: "1.0.0" } }, "the parameter note must have no control characters"],
  ["mesh.portName=a\u0007b", { portName: "dubbo" }, "the parameter mesh.portName must have no control characters"],
])("a provider with %j is in use without it, and reported until it is good", async (parameter, expected, message) => {
  const path = provider(`${first}&${parameter}`);
  const { errors, instances, server, settle, mended } = await openFixture({ [path]: "" });
  expect(instances(service)).toMatchObject([expected]);
  expect(errors).toMatchObject([{ code: "MESH_REGISTRY_MALFORMED", path, message: expect.stringContaining(message) }]);
  server.put(provider(first));
  server.delete(path);
  await settle();
  expect(mended).toEqual([path]);
});

test.each(["warmup=0", "warmup=-1", "warmup=86400000", "weight=-5", "weight=", "timestamp="])(
  "%s is nothing to be reported",
  async (parameter) => {
    const { errors } = await openFixture({ [provider(`${first}&${parameter}`)]: "" });
    expect(errors).toEqual([]);
  },
);

test("an interface whose name is no name in the mesh is reported, and the others are given", async () => {
  const wrong = "/dubbo/com.acme.Echo:1.0/providers";
  const { errors, services, server, settle, mended } = await openFixture({
    [`${wrong}/${encodeNodeName("dubbo://10.0.0.9:1/x")}`]: "",
    [provider(first)]: "",
  });
  expect(errors).toMatchObject([{ code: "MESH_REGISTRY_MALFORMED", path: "/dubbo/com.acme.Echo:1.0" }]);
  expect([...services.keys()]).toEqual([service]);
  server.delete("/dubbo/com.acme.Echo:1.0");
  await settle();
  expect(mended).toEqual(["/dubbo/com.acme.Echo:1.0"]);
});

test("what of a dynamic configuration is not supported is told once, until it is gone; the rest of it holds", async () => {
  const path = `/dubbo/config/dubbo/${service}.configurators`;
  const rules = (items: readonly object[]): string =>
    JSON.stringify({ configVersion: "v3.0", scope: "service", key: `${service}:1.0.0`, configs: items });
  const weight = { side: "provider", parameters: { weight: 7 } };
  const match = { side: "provider", match: { address: { wildcard: "10.0.0.1:*" } }, parameters: { disabled: "true" } };
  const { server, instances, errors, mended, settle } = await openFixture({ [provider(first)]: "", [path]: rules([weight, match]) });
  expect(errors).toMatchObject([{ code: "MESH_REGISTRY_UNSUPPORTED", path, message: expect.stringContaining("configs[1].match") }]);
  expect(instances(service)).toMatchObject([{ weight: 7, health: "healthy" }]);
  server.put(path, rules([{ ...weight, parameters: { weight: 8 } }, match]));
  await settle();
  expect(instances(service)).toMatchObject([{ weight: 8 }]);
  expect(errors).toHaveLength(1);
  server.put(path, rules([weight]));
  await settle();
  expect(mended).toEqual([path]);
});
