import { RpcFrameKind } from "@mesh/codec";
import { BoltStatus } from "@mesh/codec-bolt";
import { describe, expect, test } from "vitest";
import { statValue } from "../stats/testing.ts";
import { deadPort, echo, openBooks, request, startHost, startRpc, until, type TestRpc } from "./testing.ts";

const mirrored = (fields: object = { cluster: "shadow" }, route: object = {}): { readonly route: object } => ({
  route: { ...route, request_mirror_policies: [fields] },
});

const shadowStat = ({ stats }: TestRpc, name: string): number => statValue(stats, `cluster.shadow.${name}`);

describe("request_mirror_policies", () => {
  test("copy calls as they are, and drop what the copies are answered", async () => {
    await using host = await startHost(echo);
    await using shadow = await startHost();
    await using rpc = await startRpc({ hosts: [host.port], other: ["shadow", shadow.port], ...mirrored() });
    const caller = await rpc.connect();
    const answer = await caller.call({ content: Buffer.from("hello") });
    expect(answer?.body().toString()).toBe("hello");
    const upstream = await shadow.accept();
    const copy = await upstream.next();
    expect([copy.service, copy.body().toString()]).toEqual(["com.acme.Echo:1.0", "hello"]);
    upstream.answer(copy, { status: BoltStatus.ServerException });
    expect((await caller.call())?.status).toBe(BoltStatus.Success);
    upstream.answer(await upstream.next());
    await until(() => shadowStat(rpc, "upstream_rq_completed") === 2);
    expect(["upstream_rq_total", "upstream_rq_active", "upstream_rq_200", "upstream_rq_500"].map((name) => shadowStat(rpc, name))).toEqual([
      2, 0, 1, 1,
    ]);
    expect(rpc.logged.map(({ code }) => code)).toEqual([200, 200]);
    expect(openBooks(rpc)).toEqual({});
  });

  test("copy one-way calls as well", async () => {
    await using host = await startHost();
    await using shadow = await startHost();
    await using rpc = await startRpc({ hosts: [host.port], other: ["shadow", shadow.port], ...mirrored() });
    const caller = await rpc.connect();
    caller.send(request({ oneWay: true }));
    for (const peer of [host, shadow]) expect((await (await peer.accept()).next()).kind).toBe(RpcFrameKind.OneWay);
    expect(shadowStat(rpc, "upstream_rq_active")).toBe(0);
  });

  test("give a copy as much time as its call has", async () => {
    await using host = await startHost(echo);
    await using shadow = await startHost();
    await using rpc = await startRpc({ hosts: [host.port], other: ["shadow", shadow.port], ...mirrored() });
    const caller = await rpc.connect();
    await caller.call({ timeoutMs: 500 });
    const upstream = await shadow.accept();
    const copy = await upstream.next();
    rpc.runtime.advance(600);
    expect(shadowStat(rpc, "upstream_rq_timeout")).toBe(1);
    expect(shadowStat(rpc, "upstream_rq_active")).toBe(0);
    // Its late answer is nobody's.
    upstream.answer(copy);
    expect((await caller.call())?.status).toBe(BoltStatus.Success);
    expect(rpc.stat("downstream_rq_completed")).toBe(2);
  });

  test("harm no call where the copy's cluster has no host that takes connections", async () => {
    await using host = await startHost(echo);
    await using rpc = await startRpc({ hosts: [host.port], other: ["shadow", await deadPort()], ...mirrored() });
    const caller = await rpc.connect();
    expect((await caller.call())?.status).toBe(BoltStatus.Success);
    await until(() => shadowStat(rpc, "upstream_cx_connect_fail") > 0);
    expect(shadowStat(rpc, "upstream_rq_active")).toBe(0);
  });

  test("harm no call where a copy's host dies with it", async () => {
    await using host = await startHost(echo);
    await using shadow = await startHost();
    await using rpc = await startRpc({ hosts: [host.port], other: ["shadow", shadow.port], ...mirrored() });
    const caller = await rpc.connect();
    await caller.call();
    const upstream = await shadow.accept();
    await upstream.next();
    upstream.socket.destroy();
    await until(() => shadowStat(rpc, "upstream_rq_active") === 0);
    expect((await caller.call())?.status).toBe(BoltStatus.Success);
    expect(openBooks(rpc)).toEqual({});
  });

  test("copy the share of calls that they say, to the cluster that a header names", async () => {
    await using host = await startHost(echo);
    await using shadow = await startHost(echo);
    const numbered = { cluster_header: "Copy-To", runtime_fraction: { default_value: { numerator: 50 } } };
    await using rpc = await startRpc({ hosts: [host.port], other: ["shadow", shadow.port], ...mirrored(numbered) });
    const caller = await rpc.connect();
    const service = ["service", "com.acme.Echo:1.0"] as const;
    for (let count = 0; count < 100; count++) await caller.call({ headers: [service, ["copy-to", "shadow"]] });
    const copies = shadowStat(rpc, "upstream_rq_total");
    // The numbers follow from the seed; five standard deviations are 25.
    expect(copies).toBeGreaterThan(25);
    expect(copies).toBeLessThan(75);
    for (const headers of [[service], [service, ["copy-to", "nowhere"]]] as const) {
      for (let count = 0; count < 10; count++) expect((await caller.call({ headers }))?.status).toBe(BoltStatus.Success);
    }
    expect(shadowStat(rpc, "upstream_rq_total")).toBe(copies);
  });

  test("copy nothing that the copy's circuit breaker forbids", async () => {
    await using host = await startHost(echo);
    await using shadow = await startHost();
    await using rpc = await startRpc({
      hosts: [host.port],
      other: ["shadow", shadow.port, { circuit_breakers: { thresholds: [{ max_requests: 1 }] } }],
      ...mirrored(),
    });
    const caller = await rpc.connect();
    await caller.call({ timeoutMs: 60_000 });
    expect((await caller.call({ timeoutMs: 60_000 }))?.status).toBe(BoltStatus.Success);
    expect([shadowStat(rpc, "upstream_rq_total"), shadowStat(rpc, "upstream_rq_pending_overflow")]).toEqual([1, 1]);
  });

  test("copy nothing to a cluster that is to be spared", async () => {
    await using host = await startHost(echo);
    await using shadow = await startHost();
    const policy = { drop_overloads: [{ category: "overload", drop_percentage: { numerator: 100 } }] };
    const load_assignment = { cluster_name: "shadow", policy, endpoints: [] };
    await using rpc = await startRpc({ hosts: [host.port], other: ["shadow", shadow.port, { load_assignment }], ...mirrored() });
    expect((await (await rpc.connect()).call())?.status).toBe(BoltStatus.Success);
    const names = ["upstream_rq_drop_overload", "upstream_rq_503", "upstream_rq_total", "upstream_cx_none_healthy"];
    expect(names.map((name) => shadowStat(rpc, name))).toEqual([1, 1, 0, 0]);
  });

  test("are refused where they name no cluster, or one that is not there", async () => {
    const at = "route_config.virtual_hosts[0].routes[0].route.request_mirror_policies[0]";
    await expect(startRpc(mirrored({}))).rejects.toThrow(`${at}: one of cluster and cluster_header is required`);
    await expect(startRpc(mirrored({ cluster: "gone" }))).rejects.toThrow(`${at}.cluster: there is no cluster "gone"`);
  });
});
