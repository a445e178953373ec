import { expect, test } from "vitest";
import { encodeNodeName } from "./provider-url.ts";
import { openFixture } from "./testing/fixture.ts";

function provider(service: string, port: number, parameters = ""): string {
  return `/sofa-rpc/${service}/providers/${encodeNodeName(`bolt://10.0.0.1:${port}?uniqueId=${parameters}`)}`;
}

const online = Buffer.of(1);

test("nothing is connected before the start", async () => {
  const { clients, registry, settle } = await openFixture({}, { isSinkOnly: true });
  expect(clients).toHaveLength(0);
  await registry.register({ service: "a.B", address: "10.0.0.1", port: 1, protocol: "bolt" });
  registry.start({ onChanged: () => undefined, onReady: () => undefined });
  await settle();
  expect(clients).toHaveLength(1);
});

test("a registry that registered before it was started is ready, too", async () => {
  const { registry, settle } = await openFixture({}, { isSinkOnly: true });
  await registry.register({ service: "a.B", address: "10.0.0.1", port: 1, protocol: "bolt" });
  const told: string[] = [];
  registry.start({ onChanged: (changes) => told.push(...changes.keys()), onReady: () => told.push("ready") });
  await settle();
  expect(told).toEqual(["a.B", "ready"]);
});

test("a node that may not be read is reported with its path, and the rest is given", async () => {
  const { server, log, errors, retries, settle } = await openFixture({}, { resyncIntervalMs: 1000 });
  server.failing.set(provider("a.B", 1), "no-permission");
  server.failing.set("/sofa-rpc/a.C/providers", "other");
  server.put(provider("a.B", 1), online);
  server.put(provider("a.B", 2), online);
  server.put(provider("a.C", 1), online);
  server.put(provider("a.D", 1), online);
  await settle();
  expect(log.toSorted()).toEqual(["MESH_REGISTRY_REFUSED", "MESH_REGISTRY_UNAVAILABLE", "a.B 1", "a.C 0", "a.D 1", "ready"].toSorted());
  expect(errors.map(({ path }) => path ?? "").toSorted()).toEqual(["/sofa-rpc/a.C/providers", provider("a.B", 1)].toSorted());
  expect(retries).toEqual([1000, 1000]);
});

test("a node that could not be read is read when everything is read again, and told once until then", async () => {
  const { server, services, errors, mended, runtime, settle } = await openFixture({ "/sofa-rpc/a.B": "" }, { resyncIntervalMs: 1000 });
  server.failing.set("/sofa-rpc/a.B/providers", "no-permission");
  server.put(provider("a.B", 1), online);
  await settle();
  runtime.advance(1100);
  await settle();
  expect([errors.length, mended]).toEqual([1, []]);
  server.failing.clear();
  runtime.advance(1100);
  await settle();
  expect(mended).toEqual(["/sofa-rpc/a.B/providers"]);
  expect(services.get("a.B")?.instances).toHaveLength(1);
});

test("watches that were lost are made up for when everything is read again", async () => {
  const { server, log, clients, runtime, settle } = await openFixture({ [provider("a.B", 1)]: online }, { resyncIntervalMs: 1000 });
  clients[0]?.forgetWatches();
  server.put(provider("a.B", 2), online);
  server.put(provider("a.C", 1), online);
  await settle();
  expect(log).toEqual(["a.B 1", "ready"]);
  runtime.advance(1100);
  await settle();
  expect(log).toEqual(["a.B 1", "ready", "a.B 2", "a.C 1"]);
});

test("reading everything again tells nothing where nothing has changed, and does not pile up watches", async () => {
  const { server, log, clients, runtime, settle } = await openFixture({ [provider("a.B", 1)]: online }, { resyncIntervalMs: 1000 });
  const before = clients[0]?.watchCount;
  for (let round = 0; round < 5; round++) {
    runtime.advance(1100);
    await settle();
  }
  expect(log).toEqual(["a.B 1", "ready"]);
  expect(clients[0]?.watchCount).toBe(before);
  expect(server.log.filter((entry) => entry === "children /sofa-rpc").length).toBe(6);
});

test("no more reads are under way than allowed", async () => {
  const tree = Object.fromEntries(Array.from({ length: 200 }, (_, index) => [provider(`a.S${index}`, 1), online]));
  const { server, services } = await openFixture(tree, { concurrency: 7, resyncIntervalMs: 0 });
  for (let turn = 0; services.size < 200 && turn < 1000; turn++) await new Promise((resolve) => setImmediate(resolve));
  expect(services.size).toBe(200);
  expect(server.mostUnderWay).toBe(7);
});

test("where changes never cease, what is known is told in a tenth of a second", async () => {
  const { server, log, runtime, settle } = await openFixture({ [provider("a.Busy", 1)]: online }, { resyncIntervalMs: 0, concurrency: 1 });
  let isBusy = true;
  const churn = (): void => {
    // Each change is there before the one before has been read.
    server.put(provider("a.Busy", 1), Buffer.of(log.length % 2));
    if (isBusy) setImmediate(churn);
  };
  churn();
  server.put(provider("a.B", 1), online);
  await settle();
  runtime.advance(100);
  isBusy = false;
  expect(log).toContain("a.B 1");
});

test("a server that takes requests and is silent is given up after two thirds of the session's time", async () => {
  const { clients, runtime, log, settle } = await openFixture({ [provider("a.B", 1)]: online }, { sessionTimeoutMs: 3000 });
  const [client] = clients;
  if (client === undefined) throw new Error("no client");
  runtime.advance(1000);
  await settle();
  client.isSilent = true;
  runtime.advance(1000);
  await settle();
  expect(client.aborts).toBe(0);
  runtime.advance(1000);
  await settle();
  expect(client.aborts).toBe(1);
  expect(log).toEqual(["a.B 1", "ready", "MESH_REGISTRY_UNAVAILABLE", "recovered"]);
});

test("a registry that cannot be reached is reported once, with when it is tried again", async () => {
  const { clients, runtime, errors, retries, settle } = await openFixture({}, { reconnectDelayMs: 400 });
  const [client] = clients;
  if (client === undefined) throw new Error("no client");
  client.isReachable = false;
  client.drop();
  runtime.advance(2000);
  await settle();
  expect(errors.map(({ code, path }) => [code, path])).toEqual([["MESH_REGISTRY_UNAVAILABLE", undefined]]);
  expect(retries).toEqual([400]);
});

test("a session that has found no server for twice its time is given up for a new one", async () => {
  const { clients, runtime, log, server, settle } = await openFixture(
    { [provider("a.B", 1)]: online },
    { sessionTimeoutMs: 3000, resyncIntervalMs: 0 },
  );
  const [client] = clients;
  if (client === undefined) throw new Error("no client");
  client.isReachable = false;
  client.drop();
  server.put(provider("a.B", 2), online);
  runtime.advance(6000);
  expect(clients).toHaveLength(1);
  runtime.advance(100);
  await settle();
  expect(clients).toHaveLength(2);
  expect(log).toEqual(["a.B 1", "ready", "MESH_REGISTRY_UNAVAILABLE", "a.B 2", "recovered"]);
});

test("new sessions wait longer and longer, and no longer than allowed", async () => {
  const { clients, runtime, log, server, settle } = await openFixture(
    {},
    { maxRetryMs: 1000, sessionTimeoutMs: 1_000_000, resyncIntervalMs: 0 },
  );
  const waits: number[] = [];
  for (let round = 0; round < 6; round++) {
    clients.at(-1)?.refuse();
    await settle();
    const waitMs = runtime.nextInMs ?? 0;
    waits.push(waitMs);
    server.refusesNext = round < 5;
    runtime.advance(waitMs);
    await settle();
  }
  // Three quarters of the bound, by a random number in the middle.
  expect(waits).toEqual([75, 150, 300, 600, 750, 750]);
  expect(log).toEqual(["ready", "MESH_REGISTRY_REFUSED", "recovered"]);
});

test("a watcher may close the registry while it is told", async () => {
  const { registry, settle } = await openFixture({ [provider("a.B", 1)]: online }, { isSinkOnly: true });
  const told: string[] = [];
  registry.start({
    onChanged: () => {
      told.push("changed");
      void registry.close();
    },
    onReady: () => told.push("ready"),
  });
  await settle();
  expect(told).toEqual(["changed"]);
});
