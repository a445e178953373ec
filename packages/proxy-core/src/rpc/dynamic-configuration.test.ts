import { BoltStatus } from "@mesh/codec-bolt";
import { fromJson } from "@mesh/xds-proto";
import { describe, expect, test } from "vitest";
import { ResponseFlag } from "../access-log/index.ts";
import { TestConfigSources } from "../subscription/testing.ts";
import { echo, startHost, startRpc } from "./testing.ts";

const rdsName = "envoy.config.route.v3.RouteConfiguration";
const ecdsName = "envoy.config.core.v3.TypedExtensionConfig";
const fault = "type.googleapis.com/envoy.extensions.filters.http.fault.v3.HTTPFault";
const rds = { route_config: null, rds: { route_config_name: "r", config_source: { ads: {} } } };
const routes = (action: object): object =>
  fromJson(rdsName, { name: "r", virtual_hosts: [{ name: "all", domains: ["*"], routes: [{ match: { prefix: "/" }, ...action }] }] });
const toEcho = routes({ route: { cluster: "echo" } });
const respond = (status: number): object => routes({ direct_response: { status } });

describe("RpcProxy with routes of RDS", () => {
  test("knows no route before they come, and follows them on connections that remember others", async () => {
    const sources = new TestConfigSources();
    await using host = await startHost(echo);
    await using rpc = await startRpc({ sources, hosts: [host.port], proxy: rds });
    void rpc.filter.start();
    const caller = await rpc.connect();
    for (let round = 0; round < 2; round++) expect((await caller.call())?.status).toBe(BoltStatus.NoProcessor);
    sources.set(rdsName, { r: toEcho });
    for (let round = 0; round < 2; round++) expect((await caller.call())?.status).toBe(BoltStatus.Success);
    sources.set(rdsName, { r: respond(503) });
    for (let round = 0; round < 2; round++) expect((await caller.call())?.status).toBe(BoltStatus.ServerThreadPoolBusy);
    sources.set(rdsName, { r: toEcho });
    expect((await caller.call())?.status).toBe(BoltStatus.Success);
    expect(rpc.logged.slice(0, 3).map(({ code, details }) => [code, details])).toEqual([
      [404, "route_not_found"],
      [404, "route_not_found"],
      [200, "via_upstream"],
    ]);
  });

  test("refuses routes that ask for what only HTTP has, and goes on with those that it has", async () => {
    const sources = new TestConfigSources();
    await using host = await startHost(echo);
    await using rpc = await startRpc({ sources, hosts: [host.port], proxy: rds });
    void rpc.filter.start();
    sources.set(rdsName, { r: toEcho });
    expect(sources.set(rdsName, { r: routes({ route: { cluster: "echo", prefix_rewrite: "/x" } }) })).toEqual([
      expect.stringMatching(/^virtual_hosts\[0\]\.routes\[0\]\.route\.prefix_rewrite: is for HTTP only/),
    ]);
    const caller = await rpc.connect();
    expect((await caller.call())?.status).toBe(BoltStatus.Success);
  });

  test("ends a call on the routes with which it began", async () => {
    const sources = new TestConfigSources();
    let answerIt: () => void = () => {};
    let arrived: () => void = () => {};
    const arrival = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    await using host = await startHost((frame, peer) => {
      answerIt = () => echo(frame, peer);
      arrived();
    });
    await using rpc = await startRpc({ sources, hosts: [host.port], proxy: rds });
    void rpc.filter.start();
    sources.set(rdsName, { r: toEcho });
    const caller = await rpc.connect();
    const answer = caller.call();
    await arrival;
    sources.set(rdsName, { r: respond(503) });
    answerIt();
    expect((await answer)?.status).toBe(BoltStatus.Success);
  });
});

describe("RpcProxy with a filter of ECDS", () => {
  const filter = { name: "f", config_discovery: { config_source: { ads: {} }, type_urls: [fault] } };

  test("answers with an error where there is no configuration, and takes it on connections that there are", async () => {
    const sources = new TestConfigSources();
    await using host = await startHost(echo);
    await using rpc = await startRpc({ sources, hosts: [host.port], httpFilters: [filter] });
    void rpc.filter.start();
    const caller = await rpc.connect();
    expect((await caller.call())?.status).toBe(BoltStatus.ServerException);
    expect(rpc.logged[0]).toMatchObject({
      code: 500,
      flags: ResponseFlag.NoFilterConfigFound,
      details: "filter_config_not_available",
    });
    const configured = (abort: object): object => fromJson(ecdsName, { name: "f", typed_config: { "@type": fault, ...abort } });
    sources.set(ecdsName, { f: configured({}) });
    expect((await caller.call())?.status).toBe(BoltStatus.Success);
    sources.set(ecdsName, { f: configured({ abort: { http_status: 503, percentage: { numerator: 100 } } }) });
    expect((await caller.call())?.status).toBe(BoltStatus.ServerThreadPoolBusy);
  });
});
