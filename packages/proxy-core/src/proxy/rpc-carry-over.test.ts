/** RPC connections stay when listeners, or their filter chains, are replaced. */
import { BoltStatus } from "@mesh/codec-bolt";
import { fromJson, type Message } from "@mesh/xds-proto";
import { expect, onTestFinished, test } from "vitest";
import { boltProtocol } from "../extensions/bolt/index.ts";
import { dubboProtocol } from "../extensions/dubbo/index.ts";
import { deadPort, echo, RpcPeer, startHost, until, type TestHost } from "../rpc/testing.ts";
import { statValue } from "../stats/testing.ts";
import { TestConfigSources } from "../subscription/testing.ts";
import { createProxy, type Proxy } from "./create-proxy.ts";

const L = "envoy.config.listener.v3.Listener";
const typed = (name: string, fields: object = {}): object => ({ "@type": `type.googleapis.com/${name}`, ...fields });
const address = (port: number): object => ({ socket_address: { address: "127.0.0.1", port_value: port } });
const router = { name: "router", typed_config: typed("envoy.extensions.filters.http.router.v3.Router") };
const routesTo = (action: object): object => ({
  virtual_hosts: [{ name: "all", domains: ["*"], routes: [{ match: { prefix: "/" }, ...action }] }],
});

const filterOf = (name: string, config: object): object => ({ filters: [{ name, typed_config: config }] });

/** A filter chain with an RpcProxy. */
const rpc = (action: object, codec: string = "bolt.v3.Bolt"): object =>
  filterOf(
    "rpc",
    typed("mesh.extensions.filters.network.rpc_proxy.v3.RpcProxy", {
      stat_prefix: "rpc",
      codec: { name: "codec", typed_config: typed(`mesh.extensions.codecs.${codec}`) },
      route_config: routesTo(action),
      filters: [router],
    }),
  );

/** One that serves HTTP, and RPC besides. */
const http = (action: object): object =>
  filterOf(
    "http",
    typed("envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager", {
      stat_prefix: "rpc",
      route_config: routesTo(action),
      http_filters: [router],
    }),
  );

const toEcho = { route: { cluster: "echo" } };
const refused = { direct_response: { status: 503 } };

interface Live {
  readonly proxy: Proxy;
  readonly port: number;
  /** Has the listener `in` take the place of the one before, with a chain and other fields. */
  replace(chain: object, more?: object): Promise<void>;
  /** Has a listener of another name take the address of `in`, which goes. */
  succeed(name: string, chain: object): Promise<void>;
  stat(name: string): number;
}

async function startLive(host: TestHost, chain: object): Promise<Live> {
  const sources = new TestConfigSources();
  const port = await deadPort();
  const endpoint = { endpoint: { address: address(host.port) } };
  const proxy = createProxy({
    extensions: [boltProtocol, dubboProtocol],
    configSources: () => sources,
    drainTimeMs: 0,
    bootstrap: {
      dynamic_resources: { lds_config: { ads: {} } },
      static_resources: {
        clusters: [{ name: "echo", load_assignment: { cluster_name: "echo", endpoints: [{ lb_endpoints: [endpoint] }] } }],
      },
    },
  });
  onTestFinished(() => proxy.stop());
  const stat = (name: string): number => statValue(proxy.stats, name);
  const listener = (name: string, filterChain: object, more: object): Message<typeof L> =>
    fromJson(L, { name, address: address(port), filter_chains: [filterChain], ...more });
  let version = 0;
  const made = (): number => stat("listener_manager.listener_create_success");
  const replace = async (filterChain: object, more: object = {}): Promise<void> => {
    const before = made();
    expect(sources.set(L, { in: listener("in", filterChain, more) }, String(++version))).toEqual([]);
    await until(() => made() > before);
  };
  const succeed = async (name: string, filterChain: object): Promise<void> => {
    const before = made();
    const update = { removed: ["in"], version: String(++version) };
    expect(await sources.update(L, { [name]: listener(name, filterChain, {}) }, update)).toEqual([]);
    await until(() => made() > before);
  };
  const started = proxy.start();
  await until(() => sources.watched(L).length > 0);
  await replace(chain);
  await started;
  return { proxy, port, replace, succeed, stat };
}

async function connectTo(port: number): Promise<RpcPeer> {
  const caller = await RpcPeer.connect(port);
  onTestFinished(() => void caller.socket.destroy());
  return caller;
}

test.each([
  ["its filter chain", rpc, {}],
  ["more than filter chains", rpc, { stat_prefix: "other", per_connection_buffer_limit_bytes: 65_536 }],
  ["the filter chain of an HttpConnectionManager that serves RPC too", http, {}],
])("calls without a pause go on over their connection when %s changes", async (_what, chain, more) => {
  await using host = await startHost(echo);
  const live = await startLive(host, chain(toEcho));
  const caller = await connectTo(live.port);
  const statuses: (number | undefined)[] = [];
  const load = { isOver: false };
  const calls = Array.from({ length: 4 }, async () => {
    while (!load.isOver) statuses.push((await caller.call())?.status);
  });
  const more20 = async (): Promise<void> => {
    const wanted = statuses.length + 20;
    await until(() => statuses.length >= wanted);
  };
  for (let round = 1; round <= 5; round++) {
    await more20();
    // A route that differs makes it another chain.
    await live.replace(chain({ ...toEcho, name: `round-${round}` }), round % 2 === 1 ? more : {});
  }
  await more20();
  expect(new Set(statuses)).toEqual(new Set([BoltStatus.Success]));
  await live.replace(chain(refused));
  await until(() => statuses.at(-1) === BoltStatus.ServerThreadPoolBusy);
  load.isOver = true;
  await Promise.all(calls);
  expect(caller.ended).toBe(false);
  expect([live.stat("rpc.rpc.downstream_cx_total"), live.stat("rpc.rpc.downstream_cx_active")]).toEqual([1, 1]);
  const listenerName = `listener.127.0.0.1_${live.port}`;
  await until(
    () => live.stat("listener_manager.total_filter_chains_draining") + live.stat("listener_manager.total_listeners_draining") === 0,
  );
  expect([live.stat("rpc.rpc.downstream_cx_drain_close"), live.stat(`${listenerName}.downstream_cx_active`)]).toEqual([0, 1]);
  caller.socket.end();
  await until(() => live.stat(`${listenerName}.downstream_cx_active`) === 0);
  expect(live.stat(`${listenerName}.downstream_cx_destroy`)).toBe(live.stat(`${listenerName}.downstream_cx_total`));
});

test("a connection goes from an RpcProxy to an HttpConnectionManager that serves RPC, and back", async () => {
  await using host = await startHost(echo);
  const live = await startLive(host, rpc(toEcho));
  const caller = await connectTo(live.port);
  expect((await caller.call())?.status).toBe(BoltStatus.Success);
  await live.replace(http(refused));
  expect((await caller.call())?.status).toBe(BoltStatus.ServerThreadPoolBusy);
  await live.replace(rpc(toEcho));
  expect((await caller.call())?.status).toBe(BoltStatus.Success);
});

test.each([
  ["is for other connections", { ...rpc(toEcho), filter_chain_match: { source_ports: [1] } }],
  ["speaks another protocol", rpc(toEcho, "dubbo.v3.Dubbo")],
])("a connection ends, between two calls, when the chain in its place %s", async (_what, chain) => {
  await using host = await startHost(echo);
  const live = await startLive(host, rpc(toEcho));
  const caller = await connectTo(live.port);
  expect((await caller.call())?.status).toBe(BoltStatus.Success);
  await live.replace(chain);
  await caller.waitForEnd();
});

test("a connection goes to a listener of another name that gets the address", async () => {
  await using host = await startHost(echo);
  const live = await startLive(host, rpc(toEcho));
  const caller = await connectTo(live.port);
  expect((await caller.call())?.status).toBe(BoltStatus.Success);
  await live.succeed("other", rpc(refused));
  expect((await caller.call())?.status).toBe(BoltStatus.ServerThreadPoolBusy);
  expect(live.proxy.listeners.map(({ name }) => name)).toEqual(["other"]);
});
