import { fromJson } from "@mesh/xds-proto";
import { describe, expect, test } from "vitest";
import { ConfigPath } from "../config/index.ts";
import type { ClusterMessage } from "./cluster-message.ts";
import { allocatePoolSlot } from "./pool-slot.ts";
import { assignment, passes, RecordingPool, scriptedCheck, settle, testClusters, type TestClusters } from "./testing.ts";

const message = (fields: object): ClusterMessage => fromJson("envoy.config.cluster.v3.Cluster", { name: "d", ...fields });
const to = (...addresses: string[]): object => ({ load_assignment: assignment(...addresses) });

async function started(): Promise<TestClusters> {
  const clusters = testClusters([{ name: "static", ...to("10.0.0.9:80") }]);
  clusters.manager.start();
  await clusters.manager.ready();
  return clusters;
}

/** Active, warming, added, modified, removed. */
const books = ({ stat }: TestClusters): number[] =>
  ["active_clusters", "warming_clusters", "cluster_added", "cluster_modified", "cluster_removed"].map((name) =>
    stat(`cluster_manager.${name}`),
  );

describe("a cluster that comes while the proxy runs", () => {
  test("is used once it is warm", async () => {
    const clusters = await started();
    const { manager, hosts } = clusters;
    expect(manager.upsert({ message: message(to("10.0.0.1:80")), version: "7" })).toBe(true);
    expect(manager.find("d")).toBeUndefined();
    expect(manager.dynamic()).toMatchObject([{ version: "7", isWarming: true }]);
    expect(books(clusters)).toEqual([1, 1, 2, 0, 0]);
    await settle();
    expect(hosts("d")).toEqual(["10.0.0.1:80"]);
    expect(manager.dynamic()).toMatchObject([{ version: "7", isWarming: false }]);
    expect(manager.describe().map(({ name, isDynamic }) => [name, isDynamic])).toEqual([
      ["static", false],
      ["d", true],
    ]);
    expect(books(clusters)).toEqual([2, 0, 2, 0, 0]);
  });

  test("is warm when its hosts have been checked", async () => {
    const { manager, checker } = await started();
    manager.upsert({ message: message({ ...to("10.0.0.1:80"), health_checks: [scriptedCheck] }) });
    await settle();
    expect(manager.find("d")).toBeUndefined();
    await checker.answer("10.0.0.1:80", passes);
    await settle();
    expect(manager.find("d")).toBeDefined();
  });

  test("may come before the proxy runs", async () => {
    const clusters = testClusters([{ name: "static", ...to() }]);
    clusters.manager.upsert({ message: message(to("10.0.0.1:80")) });
    clusters.manager.start();
    await settle();
    expect(clusters.hosts("d")).toEqual(["10.0.0.1:80"]);
  });
});

describe("a cluster that takes another's place", () => {
  test("leaves it in use until it is warm; then that one's connections end as their streams do", async () => {
    const clusters = await started();
    const { manager, checker, cluster, hosts } = clusters;
    manager.upsert({ message: message(to("10.0.0.1:80")), version: "1" });
    await settle();
    const before = cluster("d");
    const pool = new RecordingPool();
    before.hosts[0]!.pools[allocatePoolSlot().slot] = pool;
    manager.upsert({ message: message({ ...to("10.0.0.2:80"), health_checks: [scriptedCheck] }), version: "2" });
    await settle();
    expect(cluster("d")).toBe(before);
    expect(manager.dynamic()).toMatchObject([
      { version: "1", isWarming: false },
      { version: "2", isWarming: true },
    ]);
    expect(pool.calls).toEqual([]);
    await checker.answer("10.0.0.2:80", passes);
    await settle();
    expect(hosts("d")).toEqual(["10.0.0.2:80"]);
    expect(pool.calls).toEqual(["drain"]);
    expect(books(clusters)).toEqual([2, 0, 2, 1, 0]);
    expect(clusters.stat("cluster.d.membership_total")).toBe(1);
  });

  test("is dropped when a third one comes before it is warm", async () => {
    const clusters = await started();
    const { manager, checker, hosts } = clusters;
    manager.upsert({ message: message({ ...to("10.0.0.1:80"), health_checks: [scriptedCheck] }) });
    await settle();
    manager.upsert({ message: message(to("10.0.0.2:80")) });
    await settle();
    expect(checker.closed).toEqual(["10.0.0.1:80"]);
    expect(hosts("d")).toEqual(["10.0.0.2:80"]);
    expect(books(clusters)).toEqual([2, 0, 2, 1, 0]);
  });

  test("does nothing where nothing has changed", async () => {
    const clusters = await started();
    const { manager, cluster } = clusters;
    manager.upsert({ message: message(to("10.0.0.1:80")) });
    await settle();
    const before = cluster("d");
    expect(manager.upsert({ message: message(to("10.0.0.1:80")) })).toBe(false);
    await settle();
    expect(cluster("d")).toBe(before);
    expect(books(clusters)).toEqual([2, 0, 2, 0, 0]);
  });

  test("is not taken for one of the bootstrap", async () => {
    const { manager, hosts } = await started();
    expect(manager.upsert({ message: message({ name: "static", ...to("10.0.0.1:80") }) })).toBe(false);
    expect(manager.remove("static")).toBe(false);
    await settle();
    expect(hosts("static")).toEqual(["10.0.0.9:80"]);
  });

  test("changes nothing where it is wrong, and says all that is", async () => {
    const clusters = await started();
    const { manager, hosts } = clusters;
    manager.upsert({ message: message(to("10.0.0.1:80")) });
    await settle();
    const wrong = message({ ...to("10.0.0.2:80"), connect_timeout: "-1s", lb_subset_config: { fallback_policy: "ANY_ENDPOINT" } });
    expect(() => manager.upsert({ message: wrong })).toThrow("clusters.d.lb_subset_config");
    expect(() => manager.upsert({ message: message({ ...to(), connect_timeout: "-1s" }), path: ConfigPath.of("resources[3]") })).toThrow(
      "resources[3].connect_timeout",
    );
    await settle();
    expect(hosts("d")).toEqual(["10.0.0.1:80"]);
    expect(books(clusters)).toEqual([2, 0, 2, 0, 0]);
  });
});

test("a cluster whose place was taken is drained of what streams under way still make", async () => {
  const { manager, cluster, runtime } = await started();
  manager.upsert({ message: message(to("10.0.0.1:80")) });
  await settle();
  const before = cluster("d");
  const [host] = before.hosts;
  const { slot } = allocatePoolSlot();
  before.limits[1].requests++;
  manager.upsert({ message: message(to("10.0.0.2:80")) });
  await settle();
  // A retry comes to the host, after its pools were drained.
  const [late, later] = [new RecordingPool(), new RecordingPool()];
  host!.pools[slot] = late;
  runtime.advance(1100);
  expect(late.calls).toEqual(["drain"]);
  host!.pools[slot] = later;
  before.limits[1].requests--;
  runtime.advance(1100);
  expect(later.calls).toEqual(["drain"]);
  const none = new RecordingPool();
  host!.pools[slot] = none;
  runtime.advance(5000);
  expect(none.calls).toEqual([]);
});

describe("a cluster that is taken away", () => {
  test("is not found any more, and its statistics go", async () => {
    const clusters = await started();
    const { manager, cluster, store } = clusters;
    manager.upsert({ message: message(to("10.0.0.1:80")) });
    await settle();
    const pool = new RecordingPool();
    cluster("d").hosts[0]!.pools[allocatePoolSlot().slot] = pool;
    expect(manager.remove("d")).toBe(true);
    expect(manager.remove("d")).toBe(false);
    expect(manager.find("d")).toBeUndefined();
    expect(pool.calls).toEqual(["drain"]);
    expect(store.snapshot().counters.filter(({ name }) => name.startsWith("cluster.d."))).toEqual([]);
    expect(books(clusters)).toEqual([1, 0, 2, 0, 1]);
    expect(manager.upsert({ message: message(to("10.0.0.1:80")) })).toBe(true);
    await settle();
    expect(manager.find("d")).toBeDefined();
  });

  test("while it warms, never comes into use", async () => {
    const clusters = await started();
    const { manager, checker } = clusters;
    manager.upsert({ message: message({ ...to("10.0.0.1:80"), health_checks: [scriptedCheck] }) });
    await settle();
    expect(manager.remove("d")).toBe(true);
    await settle();
    expect(checker.closed).toEqual(["10.0.0.1:80"]);
    expect(manager.find("d")).toBeUndefined();
    expect(books(clusters)).toEqual([1, 0, 2, 0, 1]);
  });
});

test("nothing comes any more once all is closed", async () => {
  const { manager } = await started();
  manager.close();
  expect(manager.upsert({ message: message(to("10.0.0.1:80")) })).toBe(false);
});

test("what has no effect in an update is told once", async () => {
  const { manager, runtime } = await started();
  const ignored = { ...to("10.0.0.1:80"), common_lb_config: { update_merge_window: "5s" } };
  manager.upsert({ message: message(ignored) });
  manager.upsert({ message: message({ ...ignored, name: "e" }) });
  expect(runtime.logger.lines.map((line) => line.message)).toEqual([
    expect.stringMatching(/^clusters\.d\.common_lb_config\.update_merge_window: /),
  ]);
});
