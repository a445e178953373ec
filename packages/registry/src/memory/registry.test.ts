import { expect, test } from "vitest";
import { createMemoryRegistry } from "../index.ts";
import type { RegistryChanges, RegistryService } from "../index.ts";

const echo: RegistryService = {
  name: "com.acme.Echo",
  ports: [{ name: "bolt", number: 12200, protocol: "bolt" }],
  labels: {},
  instances: [
    {
      id: "a",
      address: "10.0.0.1",
      port: 12200,
      portName: "bolt",
      protocol: "bolt",
      labels: {},
      weight: 100,
      health: "healthy",
      origin: { registry: "memory" },
    },
  ],
};

async function changesOf(act: (registry: ReturnType<typeof createMemoryRegistry>) => void): Promise<readonly RegistryChanges[]> {
  const registry = createMemoryRegistry({ services: [echo] });
  const told: RegistryChanges[] = [];
  await new Promise<void>((resolve) => registry.start({ onChanged: () => undefined, onReady: resolve }));
  const other = registry.createSource();
  await new Promise<void>((resolve) => other.start({ onChanged: (changes) => told.push(changes), onReady: resolve }));
  told.length = 0;
  act(registry);
  await Promise.resolve();
  await Promise.resolve();
  await other.close();
  await registry.close();
  return told;
}

test("a service that is taken away is told to be gone", async () => {
  expect(await changesOf((registry) => registry.remove("com.acme.Echo"))).toEqual([new Map([["com.acme.Echo", undefined]])]);
});

test("what happens in one turn is one call", async () => {
  const told = await changesOf((registry) => {
    registry.set({ ...echo, instances: [] });
    registry.set({ ...echo, labels: { owner: "acme" } });
    registry.set({ ...echo, name: "com.acme.Other" });
  });
  expect(told).toEqual([
    new Map([
      ["com.acme.Echo", { ...echo, labels: { owner: "acme" } }],
      ["com.acme.Other", { ...echo, name: "com.acme.Other" }],
    ]),
  ]);
});

test("a service that is set to what it was, or is changed there and back, is not told", async () => {
  expect(await changesOf((registry) => registry.set({ ...echo }))).toEqual([]);
  const told = await changesOf((registry) => {
    registry.remove("com.acme.Echo");
    registry.set({ ...echo });
  });
  expect(told).toEqual([]);
});

test("a service keeps its ports when its last instance goes", async () => {
  const registry = createMemoryRegistry();
  const handle = await registry.register({ service: "com.acme.Echo", address: "10.0.0.1", port: 2000, protocol: "dubbo" });
  await handle.deregister();
  expect(registry.services.get("com.acme.Echo")).toEqual({
    name: "com.acme.Echo",
    ports: [{ name: "dubbo", number: 20880, protocol: "dubbo" }],
    labels: {},
    instances: [],
  });
});

test("what is no service, or is not as the contract says, is refused, and nothing is put there", () => {
  const registry = createMemoryRegistry();
  const wrong = { ...echo, labels: { owner: "a\u0000" } };
  expect(() => registry.set(wrong)).toThrow(expect.objectContaining({ code: "MESH_REGISTRY_INVALID_REGISTRATION" }));
  expect(() => registry.set(JSON.parse('{"name":"x"}'))).toThrow("memory: this is no service: ports must be a list");
  expect(() => createMemoryRegistry({ services: [wrong] })).toThrow(
    expect.objectContaining({ code: "MESH_REGISTRY_INVALID_REGISTRATION" }),
  );
  expect(registry.services.size).toBe(0);
});

test("a service is told with its instances in order, however they were set", () => {
  const [one] = echo.instances;
  if (one === undefined) throw new Error("no instance");
  const registry = createMemoryRegistry();
  registry.set({ ...echo, instances: [{ ...one, id: "b" }, one] });
  expect(registry.services.get(echo.name)?.instances.map(({ id }) => id)).toEqual(["a", "b"]);
});
