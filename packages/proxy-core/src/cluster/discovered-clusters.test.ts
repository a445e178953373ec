import { fromJson, type Message } from "@mesh/xds-proto";
import { describe, expect, test } from "vitest";
import type { SubscriptionFailure } from "../subscription/index.ts";
import { TestConfigSources } from "../subscription/testing.ts";
import type { ClusterMessage } from "./cluster-message.ts";
import { assignment, eds, passes, scriptedCheck, settle, testClusters, type TestClusters } from "./testing.ts";

const cdsName = "envoy.config.cluster.v3.Cluster";
const claName = "envoy.config.endpoint.v3.ClusterLoadAssignment";
const cluster = (name: string, fields: object): ClusterMessage => fromJson(cdsName, { name, ...fields });
const to = (...addresses: string[]): object => ({ load_assignment: assignment(...addresses) });
const at = (...addresses: string[]): Message<typeof claName> => fromJson(claName, assignment(...addresses));
const failure = (kind: SubscriptionFailure["kind"]): SubscriptionFailure => ({ kind, message: kind, problems: [] });

interface Live extends TestClusters {
  readonly sources: TestConfigSources;
  readonly isReady: () => boolean;
  /** Active, warming, added, modified, removed. */
  readonly books: () => number[];
}

/** A proxy that has begun to ask for its clusters; the bootstrap has `static`. */
async function live(): Promise<Live> {
  const sources = new TestConfigSources();
  const made = testClusters([{ name: "static", ...to("10.0.0.9:80") }], { sources, discovers: true });
  let ready = false;
  made.manager.start();
  void made.manager.ready().then(() => (ready = true));
  await settle();
  return {
    ...made,
    sources,
    isReady: () => ready,
    books: () =>
      ["active_clusters", "warming_clusters", "cluster_added", "cluster_modified", "cluster_removed"].map((name) =>
        made.stat(`cluster_manager.${name}`),
      ),
  };
}

/** The cluster `a` is there. */
async function inUse(fields: object): Promise<Live> {
  const clusters = await live();
  clusters.sources.set(cdsName, { a: cluster("a", fields) });
  await settle();
  return clusters;
}

describe("clusters are ready", () => {
  test("with those of the first answer, and their endpoints", async () => {
    const { sources, isReady, hosts, books } = await live();
    expect(sources.watched(cdsName)).toEqual(["*"]);
    expect(isReady()).toBe(false);
    sources.set(cdsName, { a: cluster("a", to("10.0.0.1:80")), b: cluster("b", eds()) });
    await settle();
    expect(isReady()).toBe(false);
    expect(books()).toEqual([2, 1, 3, 0, 0]);
    sources.set(claName, { b: at("10.0.0.2:80") });
    await settle();
    expect(isReady()).toBe(true);
    expect([hosts("a"), hosts("b")]).toEqual([["10.0.0.1:80"], ["10.0.0.2:80"]]);
    expect(books()).toEqual([3, 0, 3, 0, 0]);
  });

  test("with an empty answer", async () => {
    const { sources, isReady } = await live();
    sources.set(cdsName, {});
    expect(isReady()).toBe(false);
    sources.remove(cdsName);
    await settle();
    expect(isReady()).toBe(true);
  });

  test.each(["timeout", "refused"] as const)("without an answer: %s", async (kind) => {
    const { sources, isReady } = await live();
    sources.fail(cdsName, failure(kind));
    await settle();
    expect(isReady()).toBe(true);
  });

  test("when one that was waited for is replaced, or goes", async () => {
    const { sources, isReady } = await live();
    sources.set(cdsName, { a: cluster("a", eds("x")), b: cluster("b", eds()) });
    await settle();
    sources.set(cdsName, { a: cluster("a", eds("y")) });
    sources.remove(cdsName, "b");
    await settle();
    expect(isReady()).toBe(false);
    sources.set(claName, { y: at("10.0.0.1:80") });
    await settle();
    expect(isReady()).toBe(true);
  });

  test.each(["before they have started", "while the first answer is waited for", "while one warms"])(
    "when all is closed %s",
    async (when) => {
      const sources = new TestConfigSources();
      const { manager } = testClusters([{ ...to() }], { sources, discovers: true });
      if (!when.startsWith("before")) manager.start();
      await settle();
      if (when.endsWith("warms")) sources.set(cdsName, { a: cluster("a", eds()) });
      manager.close();
      await manager.ready();
      expect([...sources.watched(cdsName), ...sources.watched(claName)]).toEqual([]);
    },
  );

  test("though those of the bootstrap were still being found when all was closed, and nothing is asked for afterwards", async () => {
    const sources = new TestConfigSources();
    const { manager } = testClusters([eds()], { sources, discovers: true });
    manager.start();
    manager.close();
    await manager.ready();
    await settle();
    expect(sources.watched(cdsName)).toEqual([]);
  });
});

describe("an update", () => {
  test("that is refused leaves what is in use, and the others of it are taken", async () => {
    const { sources, hosts, manager, books } = await live();
    sources.set(cdsName, { a: cluster("a", to("10.0.0.1:80")) }, "1");
    await settle();
    const bad = cluster("a", { ...to("10.0.0.2:80"), connect_timeout: "-1s" });
    expect(sources.set(cdsName, { a: bad, b: cluster("b", to("10.0.0.3:80")) }, "2")).toEqual([
      "connect_timeout: must be longer than 0s, is -1s",
    ]);
    await settle();
    expect([hosts("a"), hosts("b")]).toEqual([["10.0.0.1:80"], ["10.0.0.3:80"]]);
    expect([...manager.refused].map(([name, { version, details }]) => [name, version, details])).toEqual([
      ["a", "2", "connect_timeout: must be longer than 0s, is -1s"],
    ]);
    expect(books()).toEqual([3, 0, 3, 0, 0]);
    sources.set(cdsName, { a: cluster("a", to("10.0.0.4:80")) }, "3");
    await settle();
    expect(hosts("a")).toEqual(["10.0.0.4:80"]);
    expect(manager.refused.size).toBe(0);
  });

  test("leaves clusters of the bootstrap alone, and so does their removal", async () => {
    const { sources, hosts, books } = await live();
    sources.set(cdsName, { static: cluster("static", to("10.0.0.1:80")) });
    sources.remove(cdsName, "static");
    await settle();
    expect(hosts("static")).toEqual(["10.0.0.9:80"]);
    expect(books()).toEqual([1, 0, 1, 0, 0]);
  });

  test("that takes a cluster away while its successor warms takes both", async () => {
    const { sources, manager, books, store } = await live();
    sources.set(cdsName, { a: cluster("a", to("10.0.0.1:80")) });
    await settle();
    sources.set(cdsName, { a: cluster("a", eds()) });
    await settle();
    sources.remove(cdsName, "a");
    await settle();
    expect(manager.find("a")).toBeUndefined();
    expect(sources.watched(claName)).toEqual([]);
    expect(books()).toEqual([1, 0, 2, 1, 1]);
    expect(store.snapshot().counters.filter(({ name }) => name.startsWith("cluster.a."))).toEqual([]);
  });

  test("back to what is in use gives up what warms", async () => {
    const { sources, manager, books, stat } = await live();
    sources.set(cdsName, { a: cluster("a", to("10.0.0.1:80")) }, "1");
    await settle();
    const before = manager.find("a");
    sources.set(cdsName, { a: cluster("a", eds()) }, "2");
    await settle();
    sources.set(cdsName, { a: cluster("a", to("10.0.0.1:80")) }, "3");
    await settle();
    expect(manager.find("a")).toBe(before);
    expect(sources.watched(claName)).toEqual([]);
    expect(books()).toEqual([2, 0, 2, 2, 0]);
    expect(stat("cluster.a.membership_total")).toBe(1);
  });
});

describe("a cluster that takes another's place", () => {
  test("waits for its endpoints; until then the one before takes streams", async () => {
    const { sources, hosts } = await inUse(to("10.0.0.1:80"));
    sources.set(cdsName, { a: cluster("a", eds()) });
    await settle();
    expect(hosts("a")).toEqual(["10.0.0.1:80"]);
    sources.set(claName, { a: at("10.0.0.2:80") });
    await settle();
    expect(hosts("a")).toEqual(["10.0.0.2:80"]);
  });

  test("has the endpoints of its service at once, where the one before had them too", async () => {
    const { sources, hosts } = await inUse(eds());
    sources.set(claName, { a: at("10.0.0.1:80") });
    await settle();
    sources.set(cdsName, { a: cluster("a", { ...eds(), connect_timeout: "1s" }) });
    await settle();
    expect(hosts("a")).toEqual(["10.0.0.1:80"]);
    expect(sources.watched(claName)).toEqual(["a"]);
  });

  test.each(["refused", "timeout", "missing"] as const)(
    "begins with the endpoints of the one before where its own cannot be had: %s",
    async (kind) => {
      const { sources, hosts, stat } = await inUse(to("10.0.0.1:80"));
      sources.set(cdsName, { a: cluster("a", eds("service")) });
      await settle();
      if (kind === "missing") sources.remove(claName, "service");
      else sources.fail(claName, failure(kind));
      await settle();
      expect(hosts("a")).toEqual(["10.0.0.1:80"]);
      expect(sources.watched(claName)).toEqual(["service"]);
      expect(stat("cluster.a.membership_total")).toBe(1);
      sources.set(claName, { service: at("10.0.0.2:80") });
      expect(hosts("a")).toEqual(["10.0.0.2:80"]);
      sources.set(claName, { service: at() });
      expect(hosts("a")).toEqual([]);
    },
  );

  test("begins with the endpoints of the one before where it does not wait for its own", async () => {
    const { sources, hosts } = await inUse(to("10.0.0.1:80"));
    sources.set(cdsName, { a: cluster("a", { ...eds(), wait_for_warm_on_init: false }) });
    await settle();
    expect(hosts("a")).toEqual(["10.0.0.1:80"]);
    sources.set(claName, { a: at("10.0.0.2:80") });
    expect(hosts("a")).toEqual(["10.0.0.2:80"]);
  });

  test("has the endpoints that it was left checked as its own", async () => {
    const { sources, hosts, cluster: find, checker } = await inUse(to("10.0.0.1:80"));
    const before = find("a");
    sources.set(cdsName, { a: cluster("a", { ...eds(), health_checks: [scriptedCheck] }) });
    await settle();
    sources.fail(claName, failure("timeout"));
    await settle();
    expect(find("a")).toBe(before);
    await checker.answer("10.0.0.1:80", passes);
    await settle();
    expect(find("a")).not.toBe(before);
    expect(hosts("a")).toEqual(["10.0.0.1:80"]);
  });

  test("takes nothing from the one before where it was given up while it waited", async () => {
    const { sources, checker, hosts } = await inUse(to("10.0.0.1:80"));
    sources.set(cdsName, { a: cluster("a", { ...eds(), health_checks: [scriptedCheck] }) });
    await settle();
    sources.set(cdsName, { a: cluster("a", to("10.0.0.2:80")) });
    await settle();
    expect(hosts("a")).toEqual(["10.0.0.2:80"]);
    expect(checker.asked).toEqual([]);
  });

  test("asks for what the one before it asked for while that one still does: nothing is asked for anew", async () => {
    const { sources } = await inUse(eds("service"));
    sources.set(cdsName, { a: cluster("a", { ...eds("service"), connect_timeout: "1s" }) });
    await settle();
    sources.set(claName, { service: at("10.0.0.1:80") });
    await settle();
    sources.set(cdsName, { a: cluster("a", { ...eds("service"), connect_timeout: "2s" }) });
    await settle();
    expect(sources.calls).toEqual(["+*", "+service", "+service", "-service", "+service", "-service"]);
  });

  test("is not counted before it is in use", async () => {
    const { sources, stat, cluster: find, checker } = await inUse(to("10.0.0.1:80", "10.0.0.2:80"));
    const membership = (): number[] => ["total", "healthy", "degraded"].map((name) => stat(`cluster.a.membership_${name}`));
    expect(membership()).toEqual([2, 2, 0]);
    sources.set(cdsName, { a: cluster("a", { ...to("10.0.0.3:80"), health_checks: [scriptedCheck] }) });
    await settle();
    expect(membership()).toEqual([2, 2, 0]);
    find("a").hosts[0]!.setHealth(1, true);
    expect(membership()).toEqual([2, 1, 0]);
    await checker.answer("10.0.0.3:80", passes);
    await settle();
    expect(membership()).toEqual([1, 1, 0]);
  });
});

test("what changes of the hosts of clusters in use is counted, each update once; what warming ones find is not", async () => {
  const { sources, stat, cluster: find, checker } = await inUse(eds());
  const updates = (): number => stat("cluster_manager.cluster_updated");
  sources.set(claName, { a: at("10.0.0.1:80") });
  await settle();
  expect(updates()).toBe(0);
  sources.set(claName, { a: at("10.0.0.1:80", "10.0.0.2:80", "10.0.0.3:80") });
  expect(updates()).toBe(1);
  sources.set(claName, { a: at("10.0.0.1:80", "10.0.0.2:80", "10.0.0.3:80") });
  expect(updates()).toBe(1);
  find("a").hosts[0]!.setHealth(1, true);
  expect(updates()).toBe(2);
  sources.set(cdsName, { a: cluster("a", { ...to("10.0.0.3:80"), health_checks: [scriptedCheck] }) });
  await settle();
  await checker.answer("10.0.0.3:80", passes);
  await settle();
  expect([stat("cluster.a.membership_total"), updates()]).toEqual([1, 2]);
});

test("a cluster's statistics tell that another one warms in its place", async () => {
  const { sources, stat, checker } = await inUse(to("10.0.0.1:80"));
  const warming = (name: string): number => stat(`cluster.${name}.warming_state`);
  expect([warming("static"), warming("a")]).toEqual([0, 0]);
  const change = (address: string): void =>
    void sources.set(cdsName, { a: cluster("a", { ...to(address), health_checks: [scriptedCheck] }) });
  change("10.0.0.2:80");
  await settle();
  expect(warming("a")).toBe(1);
  change("10.0.0.3:80");
  await settle();
  expect(warming("a")).toBe(1);
  await checker.answer("10.0.0.3:80", passes);
  await settle();
  expect(warming("a")).toBe(0);
});

test("responses that add or change a cluster are counted, but not those that take some away, change nothing or are refused", async () => {
  const { sources, stat, runtime } = await live();
  const reloads = (): number[] => ["config_reload", "config_reload_time_ms"].map((name) => stat(`cluster_manager.cds.${name}`));
  const one = cluster("a", to("10.0.0.1:80"));
  expect(reloads()).toEqual([0, 0]);
  await sources.update(cdsName, {}, { version: "0" });
  expect(reloads()).toEqual([0, 0]);
  await sources.update(cdsName, { a: one, b: cluster("b", to()) }, { version: "1" });
  const at = Math.round(runtime.clock.wall());
  expect(reloads()).toEqual([1, at]);
  runtime.advance(1000);
  await sources.update(cdsName, { a: one }, { version: "2" });
  await sources.update(cdsName, { static: cluster("static", to("10.0.0.1:80")) }, { version: "3" });
  await sources.update(cdsName, {}, { removed: ["b"], version: "4" });
  const wrong = cluster("wrong", { type: "STRICT_DNS" });
  await sources.update(cdsName, { a: cluster("a", to("10.0.0.2:80")), wrong }, { version: "5" });
  expect(reloads()).toEqual([1, at]);
  await sources.update(cdsName, { a: cluster("a", to("10.0.0.3:80")) }, { version: "6" });
  expect(reloads()).toEqual([2, at + 1000]);
});
