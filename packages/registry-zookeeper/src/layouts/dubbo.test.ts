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
  const { server, instances, errors, settle } = await openFixture({ [provider(first)]: "", [path]: rules(7) });
  expect(instances(service)[0]?.weight).toBe(7);
  server.put(path, "key: yaml, which nobody said how to read");
  await settle();
  expect(errors).toMatchObject([{ code: "MESH_REGISTRY_MALFORMED", path }]);
  expect(instances(service)[0]?.weight).toBe(7);
  server.put(path, rules(8));
  await settle();
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

test("an entry that cannot be read is reported with its path, and the others are given", async () => {
  const { errors, instances } = await openFixture({ [`/dubbo/${service}/providers/%zz`]: "", [provider(first)]: "" });
  expect(errors).toMatchObject([{ code: "MESH_REGISTRY_MALFORMED", path: `/dubbo/${service}/providers/%zz` }]);
  expect(instances(service)).toHaveLength(1);
});
