import { once } from "node:events";
import { Agent, createServer, get } from "node:http";
import type { AddressInfo } from "node:net";
import { boltCodec, encodeBoltRequest, encodeBoltResponse } from "@mesh/codec-bolt";
import { RpcFrameKind } from "@mesh/codec";
import { connect, createServer as createTcpServer, type Socket } from "node:net";
import { fromJson } from "@mesh/xds-proto";
import { expect, test } from "vitest";
import { boltProtocol } from "../extensions/bolt/index.ts";
import type { ClusterMessage } from "../cluster/index.ts";
import { until } from "../rpc/testing.ts";
import { TestConfigSources } from "../subscription/testing.ts";
import { createProxy, type Proxy } from "./create-proxy.ts";

const address = (port: number): object => ({ socket_address: { address: "127.0.0.1", port_value: port } });
const typed = (name: string, fields: object = {}): object => ({ "@type": `type.googleapis.com/${name}`, ...fields });
const router = { name: "router", typed_config: typed("envoy.extensions.filters.http.router.v3.Router") };
const routes = {
  validate_clusters: false,
  virtual_hosts: [{ name: "all", domains: ["*"], routes: [{ match: { prefix: "/" }, route: { cluster: "live" } }] }],
};

const listener = (name: string, filter: object): object => ({
  name,
  address: address(0),
  filter_chains: [{ filters: [{ name, typed_config: filter }] }],
});

/** Listeners for HTTP and Bolt that lead to the cluster `live`, which is not there yet. */
async function startProxy(): Promise<Proxy & AsyncDisposable> {
  const proxy = createProxy({
    extensions: [boltProtocol],
    bootstrap: {
      admin: { address: address(0) },
      static_resources: {
        listeners: [
          listener(
            "http",
            typed("envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager", {
              stat_prefix: "http",
              route_config: routes,
              http_filters: [router],
            }),
          ),
          listener(
            "rpc",
            typed("mesh.extensions.filters.network.rpc_proxy.v3.RpcProxy", {
              stat_prefix: "rpc",
              codec: { name: "bolt", typed_config: typed("mesh.extensions.codecs.bolt.v3.Bolt") },
              route_config: routes,
              filters: [router],
            }),
          ),
        ],
      },
    },
  });
  await proxy.start();
  return Object.assign(proxy, { [Symbol.asyncDispose]: () => proxy.stop() });
}

function portOf(proxy: Proxy, name: string): number {
  const bound = proxy.listeners.find((one) => one.name === name)?.address;
  return bound?.kind === "ip" ? bound.port : 0;
}

const cluster = (version: number, ports: readonly number[]): ClusterMessage =>
  fromJson("envoy.config.cluster.v3.Cluster", {
    name: "live",
    // What makes it another one.
    connect_timeout: `${version}.5s`,
    load_assignment: {
      cluster_name: "live",
      endpoints: [{ lb_endpoints: ports.map((port) => ({ endpoint: { address: address(port) } })) }],
    },
  });

/** Until it is used. */
async function update(proxy: Proxy, version: number, ports: readonly number[]): Promise<void> {
  proxy.clusters.upsert({ message: cluster(version, ports), version: String(version) });
  await until(() => !proxy.clusters.dynamic().some(({ isWarming }) => isWarming));
}

interface Host extends AsyncDisposable {
  readonly port: number;
}

async function listen(server: ReturnType<typeof createTcpServer>): Promise<Host> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket.on("error", () => {}).once("close", () => sockets.delete(socket)));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

const startHttpHost = (name: string): Promise<Host> =>
  listen(createServer((_request, response) => void setTimeout(() => response.end(name), 1)));

const startBoltHost = (): Promise<Host> =>
  listen(
    createTcpServer((socket) => {
      const session = boltCodec().open(
        {
          onFrame: (frame) => {
            if (frame.kind === RpcFrameKind.Request) setTimeout(() => socket.write(encodeBoltResponse({ id: frame.idLow })), 1);
          },
        },
        { role: "server" },
      );
      socket.on("data", (chunk: Buffer) => session.push(chunk));
    }),
  );

function ask(port: number, agent: Agent): Promise<{ readonly status: number; readonly body: string }> {
  return new Promise((resolve, reject) => {
    const request = get({ host: "127.0.0.1", port, agent }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (text: string) => (body += text));
      response.once("end", () => resolve({ status: response.statusCode ?? 0, body }));
      response.once("error", reject);
    });
    request.once("error", reject);
  });
}

const updates = 40;

test("a cluster that changes and changes back fails no HTTP request", async () => {
  await using first = await startHttpHost("first");
  await using second = await startHttpHost("second");
  await using proxy = await startProxy();
  const agent = new Agent({ keepAlive: true });
  const port = portOf(proxy, "http");
  expect((await ask(port, agent)).status).toBe(503);
  await update(proxy, 0, [first.port]);
  const end = new AbortController();
  const seen = new Map<string, number>();
  const caller = async (): Promise<void> => {
    while (!end.signal.aborted) {
      const { status, body } = await ask(port, agent);
      const what = status === 200 ? body : String(status);
      seen.set(what, (seen.get(what) ?? 0) + 1);
    }
  };
  const callers = Array.from({ length: 8 }, caller);
  for (let version = 1; version <= updates; version++) {
    await update(proxy, version, [version % 2 === 0 ? first.port : second.port]);
    const name = version % 2 === 0 ? "first" : "second";
    const before = seen.get(name) ?? 0;
    // The new hosts answer.
    await until(() => (seen.get(name) ?? 0) >= before + 8);
  }
  end.abort();
  await Promise.all(callers);
  expect(new Set(seen.keys())).toEqual(new Set(["first", "second"]));
  expect(proxy.clusters.describe()).toMatchObject([{ name: "live", isDynamic: true }]);
  proxy.clusters.remove("live");
  expect((await ask(port, agent)).status).toBe(503);
  agent.destroy();
});

test("and no Bolt call", async () => {
  await using first = await startBoltHost();
  await using second = await startBoltHost();
  await using proxy = await startProxy();
  await update(proxy, 0, [first.port]);
  const statuses = new Map<number, number>();
  let answered = 0;
  let id = 0;
  let isOver = false;
  const socket = connect(portOf(proxy, "rpc"), "127.0.0.1").on("error", () => {});
  const call = (): void =>
    void socket.write(encodeBoltRequest({ id: ++id, timeoutMs: 30_000, headers: [["service", "com.acme.Echo:1.0"]] }));
  const session = boltCodec().open(
    {
      onFrame: (frame) => {
        answered++;
        statuses.set(frame.status, (statuses.get(frame.status) ?? 0) + 1);
        if (!isOver) call();
      },
    },
    { role: "client" },
  );
  socket.on("data", (chunk: Buffer) => session.push(chunk));
  for (let inFlight = 0; inFlight < 16; inFlight++) call();
  for (let version = 1; version <= updates; version++) {
    await update(proxy, version, [version % 2 === 0 ? first.port : second.port]);
    const goal = answered + 64;
    await until(() => answered >= goal);
  }
  isOver = true;
  await until(() => answered === id);
  expect([...statuses.keys()]).toEqual([0]);
  socket.destroy();
});

test("/config_dump and /clusters tell which clusters came later, and of which version", async () => {
  await using proxy = await startProxy();
  await update(proxy, 3, [1]);
  const admin = proxy.adminAddress;
  if (admin?.kind !== "ip") throw new Error("there is no admin port");
  const url = `http://${admin.address}:${admin.port}`;
  const dump: unknown = await (await fetch(`${url}/config_dump?resource=dynamic_active_clusters`)).json();
  expect(dump).toMatchObject({ configs: [{ version_info: "3", cluster: { name: "live", connect_timeout: "3.500s" } }] });
  expect(await (await fetch(`${url}/clusters`)).text()).toContain("live::added_via_api::true");
});

test("/config_dump tells of a refused cluster that has no JSON", async () => {
  const sources = new TestConfigSources();
  const proxy = createProxy({
    configSources: () => sources,
    bootstrap: { admin: { address: address(0) }, dynamic_resources: { cds_config: { ads: {} } } },
  });
  const started = proxy.start();
  await until(() => sources.watched("envoy.config.cluster.v3.Cluster").length > 0);
  const [objection] = sources.set("envoy.config.cluster.v3.Cluster", {
    live: { name: "live", connectTimeout: { seconds: 999_999_999_999 } },
  });
  expect(objection).toContain("connect_timeout");
  await started;
  const admin = proxy.adminAddress;
  if (admin?.kind !== "ip") throw new Error("there is no admin port");
  const dump = await fetch(`http://${admin.address}:${admin.port}/config_dump?resource=dynamic_warming_clusters`);
  expect([dump.status, await dump.json()]).toMatchObject([
    200,
    { configs: [{ error_state: { details: expect.stringMatching(/connect_timeout.*; it cannot be shown: .*Duration/) } }] },
  ]);
  await proxy.stop();
});

test("a route may name a cluster that is still warming", async () => {
  const sources = new TestConfigSources();
  const ads = { ads: {}, resource_api_version: "V3" };
  const http = "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";
  const tcp = "envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy";
  const proxy = createProxy({
    configSources: () => sources,
    bootstrap: { dynamic_resources: { cds_config: ads, lds_config: ads } },
  });
  const started = proxy.start();
  const isAskedFor = (message: Parameters<TestConfigSources["watched"]>[0]): Promise<void> =>
    until(() => sources.watched(message).length > 0);
  await isAskedFor("envoy.config.cluster.v3.Cluster");
  const late = { kind: "timeout", message: "nothing came", problems: [] } as const;
  sources.fail("envoy.config.cluster.v3.Cluster", late);
  await isAskedFor("envoy.config.listener.v3.Listener");
  sources.fail("envoy.config.listener.v3.Listener", late);
  await started;
  sources.set("envoy.config.cluster.v3.Cluster", {
    slow: fromJson("envoy.config.cluster.v3.Cluster", { name: "slow", type: "EDS", eds_cluster_config: { eds_config: ads } }),
  });
  const route_config = {
    virtual_hosts: [{ name: "all", domains: ["*"], routes: [{ match: { prefix: "/" }, route: { cluster: "slow" } }] }],
  };
  const filters = {
    http: typed(http, { stat_prefix: "http", route_config, http_filters: [router] }),
    // Not even that is needed for TCP.
    tcp: typed(tcp, { stat_prefix: "tcp", cluster: "later" }),
  };
  const problems = sources.set(
    "envoy.config.listener.v3.Listener",
    Object.fromEntries(
      Object.entries(filters).map(([name, filter]) => [name, fromJson("envoy.config.listener.v3.Listener", listener(name, filter))]),
    ),
  );
  expect(problems).toEqual([]);
  await until(() => proxy.listeners.length === 2);
  await proxy.stop();
});
