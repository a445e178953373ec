import { BoltStatus, SofaHeader } from "@mesh/codec-bolt";
import { describe, expect, test } from "vitest";
import { HostHealth } from "../cluster/index.ts";
import { startHost, startRpc, type TestRpc } from "./testing.ts";

const ejections = (rpc: TestRpc, name: string): number => rpc.clusterStat(`outlier_detection.ejections_${name}`);
const detecting = (fields: object = {}): object => ({
  cluster: { outlier_detection: { consecutive_5xx: 3, max_ejection_percent: 100, ...fields } },
});

describe("a provider", () => {
  test("that fails is ejected by the statuses of the error table, and its connection is drained", async () => {
    await using failing = await startHost((frame, peer) => peer.answer(frame, { status: BoltStatus.ServerThreadPoolBusy }));
    await using rpc = await startRpc({ hosts: [failing.port], ...detecting() });
    const caller = await rpc.connect();
    for (let count = 0; count < 3; count++) expect((await caller.call())?.status).toBe(BoltStatus.ServerThreadPoolBusy);
    expect(ejections(rpc, "enforced_consecutive_5xx")).toBe(1);
    expect(rpc.cluster.hosts[0]!.health).toBe(HostHealth.Ejected);
    // It is the only one: in panic it is used all the same, over another connection.
    expect((await caller.call())?.status).toBe(BoltStatus.ServerThreadPoolBusy);
    expect(rpc.clusterStat("upstream_cx_total")).toBe(2);
  });

  test("whose application throws exceptions is well", async () => {
    const headers: [string, string][] = [[SofaHeader.ResponseError, "true"]];
    await using throwing = await startHost((frame, peer) => peer.answer(frame, { headers }));
    await using rpc = await startRpc({ hosts: [throwing.port], ...detecting() });
    const caller = await rpc.connect();
    for (let count = 0; count < 5; count++) expect((await caller.call())?.isApplicationError).toBe(true);
    expect(ejections(rpc, "detected_consecutive_5xx")).toBe(0);
  });

  test("that does not answer in time is ejected, as of local origin where that is told apart", async () => {
    await using silent = await startHost();
    const split = { split_external_local_origin_errors: true, consecutive_local_origin_failure: 2 };
    await using rpc = await startRpc({ hosts: [silent.port], ...detecting(split) });
    const caller = await rpc.connect();
    // Both get their connection before either is late: a connection that stands is a success.
    const calls = [caller.call({ timeoutMs: 500 }), caller.call({ timeoutMs: 500 })];
    await (await silent.accept()).take(2);
    rpc.runtime.advance(1000);
    for (const call of calls) expect((await call)?.status).toBe(BoltStatus.Timeout);
    expect(ejections(rpc, "enforced_consecutive_local_origin_failure")).toBe(1);
    expect(ejections(rpc, "detected_consecutive_5xx")).toBe(0);
  });
});

test("calls with the same attachment reach the same provider", async () => {
  const taken: string[][] = [[], [], []];
  const hostFor = (index: number): ReturnType<typeof startHost> =>
    startHost((frame, peer) => {
      taken[index]!.push(frame.headers.get("user") ?? "");
      peer.answer(frame);
    });
  await using one = await hostFor(0);
  await using two = await hostFor(1);
  await using three = await hostFor(2);
  await using rpc = await startRpc({
    hosts: [one.port, two.port, three.port],
    cluster: { lb_policy: "MAGLEV" },
    route: { hash_policy: [{ header: { header_name: "user" } }] },
  });
  const caller = await rpc.connect();
  for (let count = 0; count < 3; count++) {
    for (let user = 0; user < 30; user++) await caller.call({ headers: [["user", `user ${user}`]] });
  }
  const users = taken.map((list) => new Set(list));
  expect(users.reduce((sum, set) => sum + set.size, 0)).toBe(30);
  for (const set of users) expect(set.size).toBeGreaterThan(0);
});

test("cookies and query parameters, which calls have not, are refused in hash policies", async () => {
  const hashing = (policy: object): Promise<unknown> => startRpc({ route: { hash_policy: [policy] } });
  await expect(hashing({ cookie: { name: "a" } })).rejects.toThrow("hash_policy[0].cookie: is for HTTP only");
  await expect(hashing({ query_parameter: { name: "a" } })).rejects.toThrow("hash_policy[0].query_parameter: is for HTTP only");
});
