import { parseIstioConfig } from "@mesh/istio-config";
import { createMemoryRegistry } from "@mesh/registry";
import { describe, expect, test } from "vitest";
import { Hub, defaultProtection, type MeshSnapshot } from "../hub/index.ts";
import { TestClock, testRegistryService } from "../hub/testing.ts";
import { testProxy } from "../testing/index.ts";
import { ScopeFactory } from "./scope-factory.ts";

const entry = (host: string, namespace: string, more = ""): string => `
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: ${host.split(".")[0]}, namespace: ${namespace}}
spec: {hosts: [${host}], location: MESH_INTERNAL, resolution: STATIC, ports: [{number: 80, name: http, protocol: HTTP}], endpoints: [{address: 10.0.0.1}]${more}}
---`;

const sidecar = (name: string, namespace: string, spec: string): string => `
apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: ${name}, namespace: ${namespace}}
spec: ${spec}
---`;

interface World {
  readonly hub: Hub;
  readonly clock: TestClock;
  readonly registry: ReturnType<typeof createMemoryRegistry>;
  readonly snapshot: () => MeshSnapshot;
  readonly configure: (yaml: string) => void;
}

async function world(yaml: string): Promise<World> {
  const clock = new TestClock();
  const registry = createMemoryRegistry({ name: "zk" });
  const hub = new Hub({
    registries: [{ source: registry, namespace: "default" }],
    clock,
    quietMs: 100,
    maxWaitMs: 1000,
    protection: defaultProtection,
    readyTimeoutMs: 1000,
    events: { onSnapshot: () => undefined, onProblem: () => undefined },
  });
  const configure = (text: string): void => {
    const { configs, problems } = parseIstioConfig(text, { file: "a.yaml" });
    expect(problems.filter(({ severity }) => severity === "error")).toEqual([]);
    hub.setConfigs(configs);
    clock.advance(100);
  };
  hub.start();
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
  configure(yaml);
  return {
    hub,
    clock,
    registry,
    configure,
    snapshot: () => {
      if (hub.current === undefined) throw new Error("there is no snapshot");
      return hub.current;
    },
  };
}

const hosts = (services: readonly { readonly hostname: string }[]): string[] => services.map(({ hostname }) => hostname);
const [a, b] = ["a.shop.svc.cluster.local", "b.ops.svc.cluster.local"];

describe("without a Sidecar resource", () => {
  test("a proxy has one outbound listener that leads to all that its namespace may see", async () => {
    const { snapshot } = await world(entry(a, "shop") + entry(b, "ops", ", exportTo: [.]"));
    const factory = new ScopeFactory();
    expect(hosts(factory.scopeOf(snapshot(), testProxy({ namespace: "shop" })).services)).toEqual([a]);
    const scope = factory.scopeOf(snapshot(), testProxy({ namespace: "ops" }));
    expect(scope.egress).toMatchObject([{ port: undefined, captureMode: "default" }]);
    expect(hosts(scope.services)).toEqual([a, b]);
    expect(scope.service(b)?.namespace).toBe("ops");
  });

  test("of two services with one host, that of the caller's namespace is meant", async () => {
    const { snapshot } = await world(entry("x.com", "shop") + entry("x.com", "ops"));
    const factory = new ScopeFactory();
    for (const namespace of ["shop", "ops"]) {
      const scope = factory.scopeOf(snapshot(), testProxy({ namespace }));
      expect(scope.services.map((service) => service.namespace)).toEqual([namespace]);
    }
  });
});

describe("a Sidecar resource", () => {
  const egress = "egress: [{hosts: ['./*']}]";

  test("that selects a workload goes before its namespace's, and that before the mesh's", async () => {
    const { snapshot } = await world(
      entry(a, "shop") +
        sidecar("one", "shop", `{workloadSelector: {labels: {app: web}}, ${egress}, outboundTrafficPolicy: {mode: REGISTRY_ONLY}}`) +
        sidecar(
          "all",
          "shop",
          "{egress: [{hosts: ['*/*']}, {port: {number: 81, protocol: HTTP, name: http}, hosts: ['*/*']}]}".replace(
            "{hosts: ['*/*']}, ",
            "",
          ),
        ) +
        sidecar("mesh", "istio-system", "{egress: [{hosts: ['~/*']}]}"),
    );
    const factory = new ScopeFactory();
    const of = (namespace: string, labels = {}) => factory.scopeOf(snapshot(), testProxy({ namespace, labels }));
    expect(of("shop", { app: "web" }).outboundPolicy).toBe("registry-only");
    expect(of("shop").egress).toMatchObject([{ port: { number: 81 } }]);
    expect(of("elsewhere").services).toEqual([]);
  });

  test("imports by namespace and host, and what the rules of its services lead to besides", async () => {
    const { snapshot } = await world(
      entry(a, "shop") +
        entry(b, "ops") +
        sidecar("all", "shop", `{${egress}}`) +
        `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: a, namespace: shop}
spec: {hosts: [a], http: [{route: [{destination: {host: ${b}}}]}]}`,
    );
    const scope = new ScopeFactory().scopeOf(snapshot(), testProxy({ namespace: "shop" }));
    expect(hosts(scope.egress[0]?.services ?? [])).toEqual([a]);
    expect(hosts(scope.services)).toEqual([a, b]);
    expect(scope.egress[0]?.virtualServices).toMatchObject([{ hosts: [a] }]);
  });
});

describe("scopes", () => {
  test("are shared by proxies that are alike in what configuration asks for", async () => {
    const { snapshot } = await world(
      entry(a, "shop") + sidecar("one", "shop", "{workloadSelector: {labels: {app: web}}, egress: [{hosts: ['./*']}]}"),
    );
    const factory = new ScopeFactory();
    const of = (labels: Record<string, string>, id = "x") => factory.scopeOf(snapshot(), testProxy({ id, labels }));
    expect(of({ app: "web", pod: "1" }, "1")).toBe(of({ app: "web", pod: "2" }, "2"));
    expect(of({ app: "web" })).not.toBe(of({ app: "cart" }));
  });

  test("keep their shape when only endpoints change, and get another when a rule does", async () => {
    const made = await world(entry(a, "shop"));
    const factory = new ScopeFactory();
    const proxy = testProxy({ namespace: "shop" });
    made.registry.set(testRegistryService("com.acme.Echo", [{ address: "10.0.0.1" }, { address: "10.0.0.2" }]));
    const next = async (): Promise<MeshSnapshot> => {
      for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
      made.clock.advance(100);
      return made.snapshot();
    };
    const first = factory.scopeOf(await next(), proxy);
    made.registry.set(testRegistryService("com.acme.Echo", [{ address: "10.0.0.1" }, { address: "10.0.0.3" }]));
    const second = factory.scopeOf(await next(), proxy);
    expect(second).not.toBe(first);
    expect(second.shape).toBe(first.shape);
    const echo = second.service("com.acme.echo");
    expect(
      echo &&
        second
          .endpoints(echo)
          .get("bolt")
          ?.map(({ address }) => address),
    ).toEqual(["10.0.0.1", "10.0.0.3"]);
    made.configure(entry(a, "shop") + sidecar("all", "shop", "{egress: [{hosts: ['./*']}]}"));
    expect(factory.scopeOf(made.snapshot(), proxy).shape).not.toBe(first.shape);
  });

  test("of a sidecar have the services of its own workload as targets", async () => {
    const { snapshot } = await world(entry(a, "shop"));
    const scope = new ScopeFactory().scopeOf(snapshot(), testProxy({ namespace: "shop", addresses: ["10.0.0.1"] }));
    expect(scope.targets).toMatchObject([{ service: { hostname: a }, port: { name: "http" }, endpoint: { port: 80 } }]);
    expect(new ScopeFactory().scopeOf(snapshot(), testProxy({ addresses: ["10.0.0.9"] })).targets).toEqual([]);
  });

  test("of a router have the servers of the gateways that select it, and the rules for these", async () => {
    const { snapshot } = await world(
      entry(a, "shop") +
        `
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: front, namespace: edge}
spec: {selector: {app: gateway}, servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ['*']}]}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: a, namespace: shop}
spec: {hosts: [a.com], gateways: [edge/front], http: [{route: [{destination: {host: a}}]}]}`,
    );
    const of = (labels: Record<string, string>) => new ScopeFactory().scopeOf(snapshot(), testProxy({ type: "router", labels }));
    expect(of({ app: "gateway" })).toMatchObject({ servers: [{ gateway: "edge/front", server: { port: { number: 80 } } }], targets: [] });
    expect(of({ app: "gateway" }).virtualServicesOf("edge/front")).toMatchObject([{ id: "shop/a" }]);
    expect(of({ app: "other" }).servers).toEqual([]);
  });
});
