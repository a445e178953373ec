import type { RegistryRegistration } from "@mesh/registry";
import { expect, test } from "vitest";
import { decodeNodeName } from "./provider-url.ts";
import { openFixture } from "./testing/fixture.ts";

const bolt: RegistryRegistration = { service: "com.acme.Echo", address: "10.0.0.1", port: 12200, protocol: "bolt" };
const dubbo: RegistryRegistration = { ...bolt, port: 20880, protocol: "dubbo", labels: { group: "g", version: "1.0.0" } };
const sofaPath = "/sofa-rpc/com.acme.Echo/providers";
const dubboPath = "/dubbo/com.acme.Echo/providers";

test("a Bolt instance is written as SOFARPC would", async () => {
  const { server, registry } = await openFixture({}, { isSinkOnly: true });
  await registry.register({ ...bolt, labels: { appName: "shop" }, warmUp: { startedAtMs: 1, durationMs: 2, weight: 3 } });
  const [name = ""] = server.childrenOf(sofaPath);
  expect(decodeNodeName(name)).toBe(
    "bolt://10.0.0.1:12200?version=1.0&uniqueId=&dynamic=true&serialization=hessian2&appName=shop&interface=com.acme.Echo&protocol=bolt&weight=100&startTime=1&warmupTime=2&warmupWeight=3",
  );
  expect(server.nodes.get(`${sofaPath}/${name}`)).toMatchObject({ data: Buffer.of(1), owner: "session-1" });
  expect(server.nodes.get(sofaPath)?.owner).toBeUndefined();
});

test("a Dubbo instance is written as Dubbo would", async () => {
  const { server, registry } = await openFixture({}, { isSinkOnly: true });
  await registry.register({ ...dubbo, weight: 7, health: "draining", warmUp: { startedAtMs: 1, durationMs: 2 } });
  expect(server.childrenOf(dubboPath).map(decodeNodeName)).toEqual([
    "dubbo://10.0.0.1:20880/com.acme.Echo?category=providers&dubbo=2.0.2&dynamic=true&methods=*&group=g&version=1.0.0&interface=com.acme.Echo&side=provider&weight=7&disabled=true&timestamp=1&warmup=2",
  ]);
});

test("what is written is read again, with what the frameworks have no place for", async () => {
  const { registry, instances, settle } = await openFixture({});
  const more = {
    weight: 7,
    health: "unhealthy",
    locality: { region: "r", zone: "z", subZone: "" },
    origin: { registry: "nacos", id: "dubbo://10.0.0.1:20880?group=g&version=1.0.0" },
    portName: "rpc",
  } as const;
  for (const registration of [bolt, dubbo]) {
    const handle = await registry.register({ ...registration, ...more });
    await settle();
    const { portName, weight, health, locality, origin } = more;
    expect(instances("com.acme.Echo")).toMatchObject([{ port: registration.port, portName, weight, health, locality, origin }]);
    await handle.deregister();
    await settle();
  }
});

test("the node of an older session is taken over, as it would go with that", async () => {
  const { server, registry, settle } = await openFixture({}, { isSinkOnly: true });
  const before = await openFixture({}, { isSinkOnly: true });
  await before.registry.register(bolt);
  const [name = ""] = before.server.childrenOf(sofaPath);
  server.put(`${sofaPath}/${name}`, Buffer.of(0), "an older session");
  await registry.register(bolt);
  expect(server.nodes.get(`${sofaPath}/${name}`)).toMatchObject({ data: Buffer.of(1), owner: "session-1" });
  server.expire("an older session");
  await settle();
  expect(server.childrenOf(sofaPath)).toEqual([name]);
});

test("a node that somebody removed is put back when everything is looked at again", async () => {
  const { server, registry, runtime, settle } = await openFixture({}, { resyncIntervalMs: 1000 });
  await registry.register(bolt);
  const [name = ""] = server.childrenOf(sofaPath);
  server.delete(`${sofaPath}/${name}`);
  runtime.advance(1100);
  await settle();
  expect(server.childrenOf(sofaPath)).toEqual([name]);
});

test("an update whose connection is lost is there in the end, and nothing else", async () => {
  const { server, registry, clients, settle } = await openFixture({}, { isSinkOnly: true });
  for (const lostAfterTurns of [0, 1, 2, 3, 4]) {
    const handle = await registry.register({ ...dubbo, weight: 1 });
    const update = handle.update({ weight: 2 });
    for (let turn = 0; turn < lostAfterTurns; turn++) await new Promise((resolve) => setImmediate(resolve));
    clients[0]?.drop();
    await update;
    await settle();
    expect(server.childrenOf(dubboPath)).toHaveLength(1);
    expect(server.childrenOf(dubboPath)[0]).toContain(encodeURIComponent("weight=2"));
    await handle.deregister();
    expect(server.childrenOf(dubboPath)).toEqual([]);
  }
});

test("of updates made at once the last one stays, and all are done when their promises are", async () => {
  const { server, registry } = await openFixture({}, { isSinkOnly: true });
  const handle = await registry.register(dubbo);
  await Promise.all([1, 2, 3].map((weight) => handle.update({ weight })));
  expect(server.childrenOf(dubboPath)).toHaveLength(1);
  expect(server.childrenOf(dubboPath)[0]).toContain(encodeURIComponent("weight=3"));
});

test("a registration that is refused is not kept, and may be made again", async () => {
  const { server, registry } = await openFixture({ [sofaPath]: "" }, { isSinkOnly: true });
  const before = await openFixture({}, { isSinkOnly: true });
  await before.registry.register(bolt);
  const path = `${sofaPath}/${before.server.childrenOf(sofaPath)[0] ?? ""}`;
  server.failing.set(path, "no-permission");
  await expect(registry.register(bolt)).rejects.toMatchObject({ code: "MESH_REGISTRY_REFUSED", path });
  server.failing.clear();
  await registry.register(bolt);
  expect(server.childrenOf(sofaPath)).toHaveLength(1);
});

test("an update that is refused is reported, and tried again", async () => {
  const { server, registry, runtime, errors, retries, mended, settle } = await openFixture({}, { resyncIntervalMs: 0 });
  const handle = await registry.register(bolt);
  const path = `${sofaPath}/${server.childrenOf(sofaPath)[0] ?? ""}`;
  server.failing.set(path, "no-permission");
  await expect(handle.update({ health: "draining" })).rejects.toMatchObject({ code: "MESH_REGISTRY_REFUSED", path });
  expect(errors).toMatchObject([{ code: "MESH_REGISTRY_REFUSED", path }]);
  expect(mended).toEqual([]);
  server.failing.clear();
  runtime.advance(retries[0] ?? 0);
  await settle();
  expect(server.nodes.get(path)?.data).toEqual(Buffer.of(0));
  expect(mended).toEqual([path]);
});

test("an update cannot make another instance of one", async () => {
  const { registry } = await openFixture({}, { isSinkOnly: true });
  const handle = await registry.register(dubbo);
  await expect(handle.update({ labels: { group: "g", version: "2.0.0" } })).rejects.toMatchObject({
    code: "MESH_REGISTRY_INVALID_REGISTRATION",
  });
  await handle.update({ labels: { group: "g", version: "1.0.0", timeout: "1" } });
  expect(handle.registration.labels).toEqual({ group: "g", version: "1.0.0", timeout: "1" });
});

test("versions and groups of one interface at one port stand side by side", async () => {
  const { registry, instances, settle } = await openFixture({});
  await registry.register(dubbo);
  await registry.register({ ...dubbo, labels: { group: "g", version: "2.0.0" } });
  await settle();
  expect(instances("com.acme.Echo").map(({ labels }) => labels["version"])).toEqual(["1.0.0", "2.0.0"]);
});

test.each([
  [{ protocol: "http" as const }, "there is no place for http"],
  [{ service: "a/b" }, "service must be a name without"],
  [{ address: "a/b" }, "address"],
  [{ labels: { a: "b&c" } }, "label a"],
  [{ labels: { "a=b": "c" } }, "label a=b"],
  [{ locality: { region: "r/s", zone: "", subZone: "" } }, "locality"],
])("%j cannot be registered", async (wrong, message) => {
  const { registry } = await openFixture({}, { isSinkOnly: true });
  await expect(registry.register({ ...bolt, ...wrong })).rejects.toMatchObject({
    code: "MESH_REGISTRY_INVALID_REGISTRATION",
    message: expect.stringContaining(message),
  });
});

test("a registry of one layout takes what has a place there", async () => {
  const { registry } = await openFixture({}, { isSinkOnly: true, layouts: ["dubbo"] });
  await registry.register(dubbo);
  await expect(registry.register(bolt)).rejects.toMatchObject({ code: "MESH_REGISTRY_INVALID_REGISTRATION" });
});
