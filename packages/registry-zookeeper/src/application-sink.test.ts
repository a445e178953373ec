import type { RegistryRegistration } from "@mesh/registry";
import { expect, test } from "vitest";
import { openFixture } from "./testing/fixture.ts";
import type { FakeZookeeper } from "./testing/fake-zookeeper.ts";

const echo: RegistryRegistration = {
  service: "com.acme.Echo",
  address: "10.0.0.1",
  port: 20880,
  protocol: "dubbo",
  labels: { application: "shop", group: "g", version: "1.0.0" },
};
const other: RegistryRegistration = { ...echo, service: "com.acme.Other", labels: { application: "shop" } };

interface Instance {
  readonly payload: { readonly metadata: Readonly<Record<string, string>> };
}

function textAt(server: FakeZookeeper, path: string): string {
  return server.nodes.get(path)?.data.toString() ?? "";
}

function instanceOf(server: FakeZookeeper): Instance["payload"]["metadata"] {
  const instance = JSON.parse(textAt(server, "/services/shop/10.0.0.1:20880")) as Instance;
  return instance.payload.metadata;
}

function revisions(server: FakeZookeeper): readonly string[] {
  return server.childrenOf("/dubbo/metadata/shop");
}

test("an application has one instance for all that it provides at an address, and its metadata say what that is", async () => {
  const { server, registry } = await openFixture({}, { isSinkOnly: true });
  await Promise.all([registry.register(echo), registry.register({ ...other, weight: 7 })]);
  expect(server.childrenOf("/services/shop")).toEqual(["10.0.0.1:20880"]);
  const [revision = ""] = revisions(server);
  expect(revisions(server)).toHaveLength(1);
  expect(instanceOf(server)).toEqual({
    "dubbo.endpoints": '[{"port":20880,"protocol":"dubbo"}]',
    "dubbo.metadata.revision": revision,
    "dubbo.metadata.storage-type": "remote",
  });
  expect(JSON.parse(textAt(server, `/dubbo/metadata/shop/${revision}`))).toMatchObject({
    app: "shop",
    revision,
    services: {
      "g/com.acme.Echo:1.0.0:dubbo": {
        name: "com.acme.Echo",
        group: "g",
        version: "1.0.0",
        protocol: "dubbo",
        port: 20880,
        path: "com.acme.Echo",
      },
      "com.acme.Other:dubbo": { name: "com.acme.Other", params: { weight: "7", interface: "com.acme.Other" } },
    },
  });
  for (const name of ["com.acme.Echo", "com.acme.Other"]) expect(textAt(server, `/dubbo/mapping/${name}`)).toBe("shop");
});

test("what goes leaves nothing but the mapping", async () => {
  const { server, registry } = await openFixture({}, { isSinkOnly: true });
  const handles = [await registry.register(echo), await registry.register(other)];
  await handles[0]?.deregister();
  const left: unknown = JSON.parse(textAt(server, `/dubbo/metadata/shop/${revisions(server)[0] ?? ""}`));
  expect(left).toMatchObject({ services: { "com.acme.Other:dubbo": {} } });
  expect(left).not.toHaveProperty(["services", "g/com.acme.Echo:1.0.0:dubbo"]);
  await handles[1]?.deregister();
  expect([server.childrenOf("/services/shop"), revisions(server)]).toEqual([[], []]);
  expect(textAt(server, "/dubbo/mapping/com.acme.Other")).toBe("shop");
});

test("an update is another revision, and the one before goes when nobody refers to it", async () => {
  const { server, registry } = await openFixture({}, { isSinkOnly: true });
  const handle = await registry.register(echo);
  const [before = ""] = revisions(server);
  await handle.update({ weight: 7 });
  expect(revisions(server)).toEqual([instanceOf(server)["dubbo.metadata.revision"]]);
  expect(revisions(server)).not.toEqual([before]);
  const created = server.log.findLastIndex((entry) => entry.startsWith("create /dubbo/metadata/shop/"));
  const referred = server.log.lastIndexOf("setData /services/shop/10.0.0.1:20880");
  const removed = server.log.lastIndexOf(`remove /dubbo/metadata/shop/${before}`);
  expect([created < referred, referred < removed]).toEqual([true, true]);
});

test("without an application, and for what is not Dubbo's, there is no instance", async () => {
  const { server, registry } = await openFixture({}, { isSinkOnly: true });
  await registry.register({ ...echo, labels: {} });
  await registry.register({ ...echo, protocol: "bolt" });
  expect(server.childrenOf("/services")).toEqual([]);
});

test("an instance whose application changes moves", async () => {
  const { server, registry } = await openFixture({}, { isSinkOnly: true });
  const handle = await registry.register(echo);
  await handle.update({ labels: { application: "mall", group: "g", version: "1.0.0" } });
  expect([server.childrenOf("/services/shop"), server.childrenOf("/services/mall")]).toEqual([[], ["10.0.0.1:20880"]]);
});

test("applications that others wrote into the mapping stay there", async () => {
  const mapping = "/dubbo/mapping/com.acme.Echo";
  const { server, registry } = await openFixture({ [mapping]: "first" }, { isSinkOnly: true });
  server.beforeNext(`setData ${mapping}`, () => server.put(mapping, "first,second"));
  await registry.register(echo);
  expect(textAt(server, mapping)).toBe("first,second,shop");
});

test("after a lost session all is there again", async () => {
  const { server, registry, clients, runtime, settle } = await openFixture({}, { isSinkOnly: true });
  await registry.register(echo);
  const before = revisions(server);
  server.expire(clients[0]?.sessionId ?? "");
  await settle();
  expect([server.childrenOf("/services/shop"), revisions(server)]).toEqual([[], []]);
  runtime.advance(runtime.nextInMs ?? 0);
  await settle();
  expect([server.childrenOf("/services/shop"), revisions(server)]).toEqual([["10.0.0.1:20880"], before]);
  expect(server.nodes.get("/services/shop/10.0.0.1:20880")?.owner).toBe(clients[1]?.sessionId);
});

test("a registration that is refused on one level is on neither", async () => {
  const { server, registry, settle } = await openFixture({}, { isSinkOnly: true });
  server.failing.set("/services/shop/10.0.0.1:20880", "no-permission");
  await expect(registry.register(echo)).rejects.toMatchObject({ code: "MESH_REGISTRY_REFUSED", path: "/services/shop/10.0.0.1:20880" });
  server.failing.clear();
  await settle();
  expect([server.childrenOf("/dubbo/com.acme.Echo/providers"), revisions(server)]).toEqual([[], []]);
  await registry.register(echo);
  expect(server.childrenOf("/services/shop")).toEqual(["10.0.0.1:20880"]);
});
