import { fromJson } from "@mesh/xds-proto";
import { expect, test } from "vitest";
import { statValue } from "../stats/testing.ts";
import { TestConfigSources } from "../subscription/testing.ts";
import { createProxy, type Proxy } from "./create-proxy.ts";

const address = { socket_address: { address: "127.0.0.1", port_value: 0 } };
const typed = (name: string, fields: object = {}): object => ({ "@type": `type.googleapis.com/${name}`, ...fields });
const directly = (status: number, match: object = {}): object => ({ match: { prefix: "/", ...match }, direct_response: { status } });

/** Answers 201 to the share of requests that the key `new` says, which is none by default, and 200 to the others. */
function proxyOf(layers: readonly object[], sources: TestConfigSources = new TestConfigSources()): Proxy & AsyncDisposable {
  const share = { runtime_fraction: { default_value: { numerator: 0 }, runtime_key: "new" } };
  const manager = typed("envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager", {
    stat_prefix: "http",
    route_config: { virtual_hosts: [{ name: "all", domains: ["*"], routes: [directly(201, share), directly(200)] }] },
    http_filters: [{ name: "router", typed_config: typed("envoy.extensions.filters.http.router.v3.Router") }],
  });
  const proxy = createProxy({
    configSources: () => sources,
    bootstrap: {
      admin: { address },
      layered_runtime: { layers },
      static_resources: { listeners: [{ name: "http", address, filter_chains: [{ filters: [{ name: "http", typed_config: manager }] }] }] },
    },
  });
  return Object.assign(proxy, { [Symbol.asyncDispose]: () => proxy.stop() });
}

async function answer(proxy: Proxy): Promise<number> {
  const bound = proxy.listeners[0];
  const response = await fetch(`http://${bound?.addressText}/`);
  await response.arrayBuffer();
  return response.status;
}

async function admin(proxy: Proxy, path: string, method: "GET" | "POST" = "GET"): Promise<Response> {
  const bound = proxy.adminAddress;
  if (bound?.kind !== "ip") throw new Error("there is no admin port");
  return fetch(`http://${bound.address}:${bound.port}${path}`, { method });
}

test("/runtime_modify changes what requests meet, and /runtime tells what holds", async () => {
  await using proxy = proxyOf([
    { name: "base", static_layer: { new: 0, other: { key: true } } },
    { name: "admin", admin_layer: {} },
  ]);
  await proxy.start();
  expect(await answer(proxy)).toBe(200);
  expect((await admin(proxy, "/runtime_modify?new=100")).status).toBe(405);
  expect(await (await admin(proxy, "/runtime_modify?new=100", "POST")).text()).toBe("OK\n");
  expect(await answer(proxy)).toBe(201);
  expect(await (await admin(proxy, "/runtime")).json()).toEqual({
    layers: ["base", "admin"],
    entries: {
      new: { layer_values: ["0", "100"], final_value: "100" },
      "other.key": { layer_values: ["true", ""], final_value: "true" },
    },
  });
  expect(statValue(proxy.stats, "runtime.admin_overrides_active")).toBe(1);
  expect((await admin(proxy, "/runtime_modify?new={", "POST")).status).toBe(503);
  expect((await admin(proxy, "/runtime_modify", "POST")).status).toBe(400);
  await admin(proxy, "/runtime_modify?new=", "POST");
  expect(await answer(proxy)).toBe(200);
});

test("/runtime_modify needs an admin layer", async () => {
  await using proxy = proxyOf([{ name: "base", static_layer: {} }]);
  await proxy.start();
  const refused = await admin(proxy, "/runtime_modify?new=100", "POST");
  expect([refused.status, await refused.text()]).toEqual([503, "No admin layer specified\n"]);
});

test("a proxy listens when the layers of RTDS are here, and follows them", async () => {
  const sources = new TestConfigSources();
  await using proxy = proxyOf([{ name: "live", rtds_layer: { name: "r", rtds_config: { ads: {} } } }], sources);
  const started = proxy.start();
  await expect.poll(() => sources.watched("envoy.service.runtime.v3.Runtime")).toEqual(["r"]);
  expect([proxy.state, proxy.listeners[0]?.addressText]).toEqual(["PRE_INITIALIZING", "127.0.0.1:0"]);
  const share = (percent: number): string[] =>
    sources.set("envoy.service.runtime.v3.Runtime", {
      r: { name: "r", layer: fromJson("google.protobuf.Struct", { new: percent }) },
    });
  share(100);
  await started;
  expect(await answer(proxy)).toBe(201);
  share(0);
  expect(await answer(proxy)).toBe(200);
});
