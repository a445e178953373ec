import { once } from "node:events";
import { request } from "node:http";
import { createMemoryRegistry, type MemoryRegistry } from "@mesh/registry";
import { parseIstioConfig, type IstioConfig } from "@mesh/istio-config";
import {
  clusterType,
  createXdsClient,
  endpointsType,
  listenerType,
  resourceKind,
  routeConfigurationType,
  type XdsClient,
} from "@mesh/xds-client";
import { createMessage } from "@mesh/xds-proto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { systemClock, type HubClock } from "./hub/index.ts";
import { createPilot, type Pilot } from "./pilot.ts";
import type { PilotOptions } from "./options.ts";
import { describeMetrics } from "./status/index.ts";

const nodeId = "sidecar~10.0.0.9~orders-1.shop~shop.svc.cluster.local";
const lines: string[] = [];
const clients: XdsClient[] = [];
let registry: MemoryRegistry;
let pilot: Pilot;
let configs: TestConfig;

/** Istio's configuration that a test sets. */
class TestConfig {
  snapshot: { configs: readonly IstioConfig[]; problems: [] } = { configs: [], problems: [] };
  #listener: (snapshot: TestConfig["snapshot"]) => void = () => undefined;

  subscribe(listener: (snapshot: TestConfig["snapshot"]) => void): () => void {
    this.#listener = listener;
    return () => undefined;
  }

  set(text: string): void {
    const { configs: read, problems } = parseIstioConfig(text, { file: "test.yaml" });
    expect(problems).toEqual([]);
    this.snapshot = { configs: read, problems: [] };
    this.#listener(this.snapshot);
  }
}

async function start(more: Partial<PilotOptions> = {}): Promise<void> {
  pilot = createPilot({
    registries: [{ source: registry, namespace: "shop" }],
    config: configs,
    grpc: { port: 0 },
    http: { port: 0 },
    monitoring: { port: 0 },
    debounce: { quietMs: 1 },
    version: "1.2.3",
    logger: { log: (level, message) => lines.push(`${level} ${message}`) },
    ...more,
  });
  await pilot.start();
}

beforeEach(async () => {
  lines.length = 0;
  registry = createMemoryRegistry({ name: "memory" });
  await registry.register({ service: "com.acme.Echo", address: "10.0.0.1", port: 12_200, protocol: "bolt", labels: { version: "1.0" } });
  configs = new TestConfig();
});

afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await pilot.close();
  await registry.close();
});

const ask = (path: string, address: string = pilot.httpAddress): Promise<Response> => fetch(`http://${address}${path}`);
const page = async (path: string): Promise<unknown> => (await ask(`/debug/${path}`)).json();

async function metric(name: string): Promise<number | undefined> {
  const text = await (await ask("/metrics")).text();
  const line = text.split("\n").find((each) => each.startsWith(`${name} `));
  return line === undefined ? undefined : Number(line.slice(name.length + 1));
}

/** Asks until the answer is as it should be. */
async function until<Value>(get: () => Promise<Value>, isRight: (value: Value) => boolean): Promise<Value> {
  for (;;) {
    const value = await get();
    if (isRight(value)) return value;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const metricIs = (name: string, value: number): Promise<number | undefined> =>
  until(
    () => metric(name),
    (now) => now === value,
  );

/** A client of all types; `refuses` are names of clusters. */
function connect({ id = nodeId, refuses = new Set<string>(), agent = "envoy" } = {}): XdsClient {
  const node = createMessage("envoy.config.core.v3.Node", { id, userAgentName: agent, userAgentVersion: "9.9" });
  const client = createXdsClient({ node, ads: { address: pilot.grpcAddress } });
  const watcher = { onChanged: () => undefined, onError: () => undefined };
  client.watchAll(
    resourceKind(clusterType, (name) => (refuses.has(name) ? { errors: [{ path: "name", message: "not this one" }] } : { value: name })),
    watcher,
  );
  client.watchAll(resourceKind(listenerType), watcher);
  client.watch(resourceKind(endpointsType), "outbound|12200||com.acme.Echo", { ...watcher, onDoesNotExist: () => undefined });
  client.watch(resourceKind(routeConfigurationType), "80", { ...watcher, onDoesNotExist: () => undefined });
  clients.push(client);
  return client;
}

interface Shown {
  readonly proxy: string;
  readonly types: Readonly<Record<string, { readonly status: string; readonly error?: string }>>;
}

const syncz = async (): Promise<readonly Shown[]> => (await page("syncz")) as Shown[];

const areSynced = (shown: readonly Shown[], count: number, ...types: readonly string[]): boolean =>
  shown.length === count && shown.every((each) => types.every((type) => each.types[type]?.status === "SYNCED"));

describe("/ready", () => {
  test("is 503 until registries have been read, and 200 then", async () => {
    const away = registry.createSource();
    away.interrupt();
    await start({ registries: [{ source: away, namespace: "shop" }] });
    expect((await ask("/ready")).status).toBe(503);
    away.resume();
    await pilot.ready();
    expect((await ask("/ready")).status).toBe(200);
  });
});

describe("the pages", () => {
  test("are listed, and what is no page is 404 with the list", async () => {
    await start();
    for (const path of ["/", "/debug", "/debug/"]) {
      const response = await ask(path);
      expect(response.status).toBe(200);
      expect(await response.text()).toContain("/debug/syncz");
    }
    const missing = await ask("/debug/nothing");
    expect(missing.status).toBe(404);
    expect(await missing.text()).toContain("/debug/syncz");
  });

  test("say so of a path that is none", async () => {
    await start();
    const [host = "", port = ""] = pilot.httpAddress.split(":");
    const asked = request({ host, port, path: "//", agent: false });
    asked.end();
    const [response] = await once(asked, "response");
    expect(response.statusCode).toBe(400);
    response.resume();
  });

  test("answer GET and HEAD alone", async () => {
    await start();
    const posted = await fetch(`http://${pilot.httpAddress}/ready`, { method: "POST" });
    expect([posted.status, posted.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
    const head = await fetch(`http://${pilot.httpAddress}/debug`, { method: "HEAD" });
    expect([head.status, await head.text()]).toEqual([200, ""]);
  });

  test("metrics are on the monitoring port, and nothing else is", async () => {
    await start();
    await pilot.ready();
    const metrics = await ask("/metrics", pilot.monitoringAddress);
    expect(await metrics.text()).toContain('pilot_info{version="1.2.3"} 1');
    expect(metrics.headers.get("content-type")).toContain("text/plain");
    expect((await ask("/debug/configz", pilot.monitoringAddress)).status).toBe(404);
    expect((await ask("/ready", pilot.monitoringAddress)).status).toBe(404);
  });

  test("syncz tells who is connected, and what each has accepted", async () => {
    await start();
    await pilot.ready();
    expect(await page("syncz")).toEqual([]);
    connect();
    const shown = await until(syncz, (all) => areSynced(all, 1, "cds", "lds", "eds", "rds"));
    expect(shown[0]).toMatchObject({ proxy: "orders-1.shop", node_id: nodeId, proxy_type: "sidecar", dialect: "envoy", protocol: "delta" });
    clients.splice(0)[0]?.close();
    await until(syncz, (all) => all.length === 0);
  });

  test("syncz tells what is refused and why, until it is accepted", async () => {
    await start();
    await pilot.ready();
    const refuses = new Set(["outbound|12200||com.acme.Echo"]);
    connect({ refuses });
    const [shown] = await until(syncz, (all) => all[0]?.types["cds"]?.status === "ERROR");
    expect(shown?.types["cds"]?.error).toContain("not this one");
    expect(lines.some((line) => line.startsWith("warn") && line.includes("refuses cds") && line.includes("not this one"))).toBe(true);
    refuses.clear();
    configs.set(serviceEntry);
    await until(syncz, (all) => all[0]?.types["cds"]?.status === "SYNCED");
  });

  test("config_dump shows what a proxy is to have, by its name, with its namespace, or by its node's id", async () => {
    await start();
    await pilot.ready();
    connect({ agent: "mosn" });
    await until(syncz, (all) => areSynced(all, 1, "cds", "lds"));
    const dumps = await Promise.all(
      ["orders-1", "orders-1.shop", nodeId].map((id) => page(`config_dump?proxyID=${encodeURIComponent(id)}`)),
    );
    expect(dumps[1]).toEqual(dumps[0]);
    expect(dumps[2]).toEqual(dumps[0]);
    const text = JSON.stringify(dumps[0]);
    expect(text).toContain('"name":"outbound|12200||com.acme.Echo"');
    expect(text).toContain("envoy.admin.v3.ListenersConfigDump");
    expect(text).toContain("mesh.extensions.filters.network.rpc_proxy.v3.RpcProxy");
    expect(text).toContain('"address":"10.0.0.1"');
  });

  test("config_dump without a proxy is 400, of one that there is not 404, of a name that two have 400", async () => {
    await start();
    await pilot.ready();
    expect((await ask("/debug/config_dump")).status).toBe(400);
    const missing = await ask("/debug/config_dump?proxyID=nobody");
    expect([missing.status, await missing.text()]).toEqual([404, 'no proxy "nobody" is connected; /debug/syncz lists those that are\n']);
    connect();
    connect({ id: "sidecar~10.0.0.8~orders-1.other~other.svc.cluster.local" });
    await until(syncz, (all) => all.length === 2);
    const twice = await ask("/debug/config_dump?proxyID=orders-1");
    expect([twice.status, await twice.text()]).toEqual([400, '"orders-1" is orders-1.shop and orders-1.other\n']);
    expect((await ask("/debug/config_dump?proxyID=orders-1.other")).status).toBe(200);
  });

  test("registryz tells of registries and services, endpointz of endpoints", async () => {
    await start();
    configs.set(serviceEntry);
    await until(
      () => page("registryz"),
      (shown) => JSON.stringify(shown).includes("reviews"),
    );
    expect(await page("registryz")).toMatchObject({
      registries: [{ name: "memory", namespace: "shop", ready: true, services: 1, instances: 1, held: 0 }],
      services: [
        { host: "com.acme.Echo", namespace: "shop", source: "memory", ports: [{ name: "bolt", number: 12_200, protocol: "bolt" }] },
        { host: "reviews.shop.svc.cluster.local", source: "service-entry" },
      ],
    });
    expect(await page("endpointz?host=com.acme.Echo")).toMatchObject([
      { host: "com.acme.Echo", ports: { bolt: [{ address: "10.0.0.1", port: 12_200, weight: 100, health: "healthy", source: "memory" }] } },
    ]);
    expect(await page("endpointz?host=nothing")).toEqual([]);
    expect(await page("endpointz")).toHaveLength(2);
  });

  test("registryz tells why a registry is away", async () => {
    await start();
    await pilot.ready();
    const away = registry.createSource();
    await pilot.close();
    away.interrupt();
    await start({ registries: [{ source: away, namespace: "shop" }] });
    await until(
      () => page("registryz"),
      (shown) => JSON.stringify(shown).includes("memory is interrupted"),
    );
    expect(await metric('pilot_registry_ready{registry="memory"}')).toBe(0);
  });

  test("configz shows what is in force", async () => {
    await start();
    configs.set(serviceEntry);
    expect(await page("configz")).toMatchObject({ configs: [{ kind: "ServiceEntry", namespace: "shop", name: "reviews" }], problems: [] });
  });

  test("what proxies cannot have is told in the log and on configz", async () => {
    const database = (host: string): string => `
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: ${host}, namespace: shop}
spec:
  hosts: [${host}]
  addresses: [240.1.1.1]
  ports: [{number: 3306, name: tcp, protocol: TCP}]
  resolution: STATIC
  endpoints: [{address: 10.0.0.7}]
---`;
    const message = "listener 240.1.1.1_3306: service shop/b.com goes without all connections (service shop/a.com has it)";
    const setTimer: HubClock["setTimer"] = (_, run) => systemClock.setTimer(0, run);
    await start({ clock: { ...systemClock, setTimer } });
    connect();
    configs.set(database("a.com") + database("b.com"));
    await until(
      () => Promise.resolve(lines),
      (now) => now.includes(`warn ${message}`),
    );
    expect(await page("configz")).toMatchObject({ left_out: [{ message, proxies: ["sidecars of shop"] }] });
  });
});

describe("a port that is taken", () => {
  test("is an error that names it, and nothing is left open", async () => {
    await start();
    const port = Number(pilot.httpAddress.split(":")[1]);
    const other = createPilot({ grpc: { port: 0 }, http: { port } });
    await expect(other.start()).rejects.toMatchObject({ code: "MESH_PILOT_LISTEN", message: expect.stringContaining(`127.0.0.1:${port}`) });
    await other.close();
    const grpcPort = Number(pilot.grpcAddress.split(":")[1]);
    const third = createPilot({ grpc: { port: grpcPort } });
    await expect(third.start()).rejects.toMatchObject({
      code: "MESH_PILOT_LISTEN",
      message: expect.stringContaining(`127.0.0.1:${grpcPort}`),
    });
    await third.close();
  });
});

describe("metrics", () => {
  test("count proxies by version, and services", async () => {
    await start();
    await pilot.ready();
    connect();
    connect({ id: "sidecar~10.0.0.8~orders-2.shop~shop.svc.cluster.local" });
    await metricIs('pilot_xds{version="9.9"}', 2);
    expect(await metric("pilot_services")).toBe(1);
    clients.pop()?.close();
    await metricIs('pilot_xds{version="9.9"}', 1);
    clients.pop()?.close();
    await until(
      () => metric('pilot_xds{version="9.9"}'),
      (value) => value === undefined,
    );
  });

  test("count what is pushed and what is refused; the labels of a node go with it", async () => {
    await start();
    await pilot.ready();
    connect({ refuses: new Set(["outbound|12200||com.acme.Echo"]) });
    await until(
      async () => (await (await ask("/metrics")).text()).includes(`pilot_xds_cds_reject{node="${nodeId}",err="`),
      (isThere) => isThere,
    );
    expect(await metric('pilot_total_xds_rejects{type="cds"}')).toBe(1);
    expect(await metric('pilot_xds_pushes{type="cds"}')).toBeGreaterThanOrEqual(1);
    expect(await metric('pilot_xds_config_size_bytes_count{type="cds"}')).toBe(await metric('pilot_xds_pushes{type="cds"}'));
    clients.pop()?.close();
    await until(
      async () => (await (await ask("/metrics")).text()).includes(nodeId),
      (isThere) => !isThere,
    );
  });

  test("measure convergence once for a change and proxy, and not for one that connects", async () => {
    await start();
    await pilot.ready();
    connect();
    await until(syncz, (all) => areSynced(all, 1, "cds", "lds", "eds", "rds"));
    expect(await metric("pilot_proxy_convergence_time_count")).toBe(0);
    const pushed = (await metric('pilot_xds_pushes{type="eds"}')) ?? 0;
    await registry.register({ service: "com.acme.Echo", address: "10.0.0.2", port: 12_200, protocol: "bolt", labels: { version: "1.0" } });
    await metricIs('pilot_xds_pushes{type="eds"}', pushed + 1);
    await metricIs("pilot_proxy_convergence_time_count", 1);
    expect(await metric('pilot_push_triggers{type="endpoint"}')).toBe(1);
    expect(await metric("pilot_proxy_convergence_time_sum")).toBeLessThan(60);
  });

  test("tell of configuration that changes, and what triggered a push", async () => {
    await start();
    await pilot.ready();
    expect(await metric('pilot_push_triggers{type="service"}')).toBe(1);
    configs.set(serviceEntry);
    await metricIs("pilot_services", 2);
    expect(await metric('pilot_inbound_updates{type="config"}')).toBe(1);
    expect(await metric('pilot_push_triggers{type="config"}')).toBe(1);
    expect(await metric('pilot_push_triggers{type="service"}')).toBe(2);
    expect(await metric("pilot_debounce_time_count")).toBe(2);
    expect(await metric("pilot_pushcontext_init_seconds_count")).toBe(2);
  });

  test("count ports without endpoints, and VirtualServices", async () => {
    await start();
    configs.set(`${serviceEntry.replace("{ address: 10.0.1.1 }", "")}---${virtualService}`);
    await metricIs("pilot_virt_services", 1);
    expect(await metric("pilot_eds_no_instances")).toBe(1);
    registry.remove("com.acme.Echo");
    configs.set(virtualService);
    await metricIs("pilot_eds_no_instances", 0);
  });

  test("count ports whose endpoints are of no use too; the log says which nobody could connect to", async () => {
    await start();
    await pilot.ready();
    const provider = { service: "com.acme.Stock", port: 20_880, protocol: "dubbo" } as const;
    await registry.register({ ...provider, address: "10.0.0.300" });
    await registry.register({ ...provider, address: "10.0.0.3", weight: 0 });
    await metricIs("pilot_services", 2);
    expect(await metric("pilot_eds_no_instances")).toBe(1);
    await registry.register({ ...provider, address: "stock-1" });
    await metricIs("pilot_eds_no_instances", 0);
    expect(lines.filter((line) => line.includes("10.0.0.300"))).toEqual([
      'warn "10.0.0.300:20880", of memory, is not called for "com.acme.Stock": it is neither an address nor a host\'s name',
    ]);
  });

  test("count sidecars that provide nothing, and those whose endpoints are not healthy", async () => {
    await start();
    await pilot.ready();
    connect();
    connect({ id: "sidecar~10.0.0.1~echo-1.shop~shop.svc.cluster.local" });
    await metricIs("pilot_no_ip", 1);
    expect(await metric("pilot_endpoint_not_ready")).toBe(0);
    await registry.register({ service: "com.acme.Echo", address: "10.0.0.1", port: 12_200, protocol: "bolt", health: "unhealthy" });
    await metricIs("pilot_endpoint_not_ready", 1);
  });

  test("count streams that are refused, by the error's code", async () => {
    await start();
    await pilot.ready();
    connect({ id: "nonsense" });
    await until(
      () => metric('pilot_xds_streams_refused{code="MESH_XDS_SERVER_REFUSED"}'),
      (count) => count !== undefined && count > 0,
    );
    expect(lines.some((line) => line.startsWith("warn refused a stream") && line.includes('"nonsense"'))).toBe(true);
  });

  test("tell of listeners that are in each other's way", async () => {
    await start();
    await pilot.ready();
    connect();
    configs.set(`${tcpEntry("one")}---${tcpEntry("two")}`);
    await metricIs("pilot_conflict_outbound_listener_tcp_over_current_tcp", 1);
  });

  test("tell of the registry", async () => {
    await start();
    await pilot.ready();
    expect(await metric('pilot_registry_ready{registry="memory"}')).toBe(1);
    expect(await metric('pilot_registry_instances{registry="memory"}')).toBe(1);
    expect(await metric('pilot_registry_held_instances{registry="memory"}')).toBe(0);
  });
});

test("all metrics that are described are there, and no others", async () => {
  await start();
  await pilot.ready();
  const text = await (await ask("/metrics")).text();
  const found = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = "", type = ""]) => [name, type]);
  expect(new Map(found.map(([name = "", type]) => [name, type]))).toEqual(
    new Map([...describeMetrics()].map(([name, { type }]) => [name, type])),
  );
  expect(await metric("process_cpu_seconds_total")).toBeGreaterThan(0);
  expect(await metric("process_resident_memory_bytes")).toBeGreaterThan(1_000_000);
  expect(await metric("process_start_time_seconds")).toBeLessThanOrEqual(Date.now() / 1000);
});

test("who comes and goes is in the log", async () => {
  await start();
  await pilot.ready();
  connect();
  await until(syncz, (all) => areSynced(all, 1, "cds"));
  clients.pop()?.close();
  await until(syncz, (all) => all.length === 0);
  expect(lines.some((line) => line.startsWith(`info ${nodeId}-1 is connected from 127.0.0.1:`))).toBe(true);
  expect(lines).toContain(`info ${nodeId}-1 is gone`);
});

const serviceEntry = `
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: { name: reviews, namespace: shop }
spec:
  hosts: [reviews.shop.svc.cluster.local]
  ports: [{ number: 80, name: http, protocol: HTTP }]
  resolution: STATIC
  endpoints: [{ address: 10.0.1.1 }]
`;

const virtualService = `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: reviews, namespace: shop }
spec:
  hosts: [reviews.shop.svc.cluster.local]
  http: [{ route: [{ destination: { host: reviews.shop.svc.cluster.local } }] }]
`;

/** Both have all of port 3306, as neither has an address of its own. */
const tcpEntry = (name: string): string => `
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: { name: ${name}, namespace: shop }
spec:
  hosts: ["*.${name}.example"]
  ports: [{ number: 3306, name: tcp, protocol: TCP }]
  resolution: NONE
`;
