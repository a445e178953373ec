import { expect, test } from "vitest";
import { encodeNodeName } from "../provider-url.ts";
import { openFixture } from "../testing/fixture.ts";

const service = "com.acme.Echo";
const base = `/sofa-rpc/${service}`;
const online = Buffer.of(1);

function provider(url: string): string {
  return `${base}/providers/${encodeNodeName(url)}`;
}

test("a provider is given as SOFARPC wrote it", async () => {
  const { services } = await openFixture({
    [provider(
      "bolt://10.0.0.1:12200?version=1.0&uniqueId=blue&interface=com.acme.Echo&timeout=3000&weight=70&startTime=1700000000000&appName=shop&pid=7&id=",
    )]: online,
    [`${base}/consumers/${encodeNodeName("bolt://10.0.0.9?version=1.0")}`]: "",
  });
  expect(services.get(service)).toEqual({
    name: service,
    ports: [{ name: "bolt", number: 12200, protocol: "bolt" }],
    labels: {},
    instances: [
      {
        id: "bolt://10.0.0.1:12200?uniqueId=blue",
        address: "10.0.0.1",
        port: 12200,
        portName: "bolt",
        protocol: "bolt",
        labels: { version: "1.0", uniqueId: "blue", timeout: "3000", appName: "shop" },
        weight: 70,
        health: "healthy",
        origin: { registry: "zookeeper" },
      },
    ],
  });
});

test("a provider that was taken off line drains, and is back when it is on line", async () => {
  const path = provider("bolt://10.0.0.1:12200?uniqueId=");
  const { server, instances, settle } = await openFixture({ [path]: Buffer.of(0) });
  expect(instances(service)[0]?.health).toBe("draining");
  server.put(path, online);
  await settle();
  expect(instances(service)[0]?.health).toBe("healthy");
});

test("a provider without data is on line: sofa-rpc-node writes none", async () => {
  const { instances } = await openFixture({ [provider("bolt://10.0.0.1:12200?uniqueId=")]: "" });
  expect(instances(service)[0]).toMatchObject({ health: "healthy", weight: 100 });
});

test("a warm-up needs a start, a time and a weight", async () => {
  const { instances } = await openFixture({
    [provider("bolt://10.0.0.1:1?startTime=1700000000000&warmupTime=2000&warmupWeight=10")]: online,
    [provider("bolt://10.0.0.1:2?startTime=1700000000000&warmupTime=2000")]: online,
    [provider("bolt://10.0.0.1:3?warmupTime=2000&warmupWeight=10")]: online,
  });
  expect(instances(service).map(({ warmUp }) => warmUp)).toEqual([
    { startedAtMs: 1_700_000_000_000, durationMs: 2000, weight: 10 },
    undefined,
    undefined,
  ]);
});

test("of two entries of one process the one that started later counts, whichever is read first", async () => {
  const older = "bolt://10.0.0.1:1?startTime=1700000000000&weight=1";
  const newer = "bolt://10.0.0.1:1?startTime=1700000000001&weight=2";
  for (const urls of [
    [older, newer],
    [newer, older],
  ]) {
    const { instances } = await openFixture(Object.fromEntries(urls.map((url) => [provider(url), online])));
    expect(instances(service).map(({ weight }) => weight)).toEqual([2]);
  }
});

test("configs hold for the interface, and are its labels", async () => {
  const { server, services, settle } = await openFixture({ [`${base}/configs/timeout`]: "500" });
  expect(services.get(service)?.labels).toEqual({ timeout: "500" });
  server.put(`${base}/configs/timeout`, "700");
  server.put(`${base}/configs/weight`, "1");
  await settle();
  expect(services.get(service)?.labels).toEqual({ timeout: "700", weight: "1" });
  server.delete(`${base}/configs`);
  await settle();
  expect(services.get(service)?.labels).toEqual({});
});

test("an entry that cannot be read is reported with its path, and the others are given", async () => {
  const broken = `${base}/providers/bolt%3`;
  const { errors, instances } = await openFixture({
    [broken]: online,
    [`${base}/providers/nothing`]: online,
    [provider("bolt://10.0.0.1:0?a=b")]: online,
    [provider("bolt://10.0.0.1:1?a=b")]: online,
  });
  expect(errors.map(({ code, path }) => [code, path])).toEqual([
    ["MESH_REGISTRY_MALFORMED", broken],
    ["MESH_REGISTRY_MALFORMED", `${base}/providers/nothing`],
    ["MESH_REGISTRY_MALFORMED", provider("bolt://10.0.0.1:0?a=b")],
  ]);
  expect(errors[0]?.message).toContain(broken);
  expect(instances(service)).toHaveLength(1);
});

test("interfaces come and go, with their nodes in any order", async () => {
  const { server, log, settle } = await openFixture({});
  expect(log).toEqual(["ready"]);
  server.put("/sofa-rpc");
  await settle();
  server.put(base);
  await settle();
  server.put(provider("bolt://10.0.0.1:1"), online);
  await settle();
  server.delete(provider("bolt://10.0.0.1:1"));
  await settle();
  server.delete(`${base}/providers`);
  await settle();
  server.put(provider("bolt://10.0.0.1:1"), online);
  await settle();
  server.delete("/sofa-rpc");
  await settle();
  server.put(provider("bolt://10.0.0.1:1"), online);
  await settle();
  expect(log).toEqual(["ready", `${service} 0`, `${service} 1`, `${service} 0`, `${service} 1`, `${service} gone`, `${service} 1`]);
});

test("the same interface in both frameworks is one service with two ports", async () => {
  const { services } = await openFixture({
    [provider("bolt://10.0.0.1:1")]: online,
    [`/dubbo/${service}/providers/${encodeNodeName(`dubbo://10.0.0.1:2/${service}`)}`]: "",
  });
  expect(services.get(service)?.ports).toEqual([
    { name: "bolt", number: 12200, protocol: "bolt" },
    { name: "dubbo", number: 20880, protocol: "dubbo" },
  ]);
});
