import { defaultRegistry } from "@mesh/xds-proto";
import { describe, expect, test } from "vitest";
import { ConfigPath, ExtensionSet, fail } from "../config/index.ts";
import { testRuntime } from "../runtime/testing.ts";
import { StatsStore } from "../stats/index.ts";
import { statValue } from "../stats/testing.ts";
import { CollectionDiscovery, type CollectionTaker } from "./collection-discovery.ts";
import type { SubscriptionFailure } from "./contract.ts";
import { ResourceDecoder } from "./resource-reader.ts";
import { TestConfigSources, TestPace } from "./testing.ts";

const clusterName = "envoy.config.cluster.v3.Cluster";

interface Discovering {
  readonly sources: TestConfigSources;
  readonly discovery: CollectionDiscovery<typeof clusterName, string>;
  /** What the taker was told. */
  readonly told: string[];
  /** Attempts, successes, rejections, timeouts, failures. */
  readonly counts: () => number[];
  /** What a text of the statistics says. */
  readonly text: (name: string) => string;
  readonly isReady: () => Promise<boolean>;
}

function discovering(more: Pick<CollectionTaker<typeof clusterName, string>, "begin" | "confirm" | "end"> = {}): Discovering {
  const runtime = testRuntime();
  const sources = new TestConfigSources();
  const store = new StatsStore();
  const told: string[] = [];
  const discovery = new CollectionDiscovery({
    message: clusterName,
    source: sources,
    collection: "",
    decoder: new ResourceDecoder(new ExtensionSet(defaultRegistry(), []), runtime),
    stats: store.scope("cds"),
    taker: {
      prepare: ({ name, altStatName }, version) => {
        if (altStatName === "no") fail(ConfigPath.root.field("alt_stat_name"), "it says no");
        return `${name}@${version}`;
      },
      apply: (prepared) => void told.push(prepared),
      remove: (name) => void told.push(`-${name}`),
      ...more,
    },
  });
  let ready = false;
  void discovery.ready.then(() => (ready = true));
  return {
    sources,
    discovery,
    told,
    counts: () =>
      ["update_attempt", "update_success", "update_rejected", "init_fetch_timeout", "update_failure"].map((name) =>
        statValue(store, `cds.${name}`),
      ),
    text: (name) => store.text(`cds.${name}`).value,
    isReady: async () => {
      await Promise.resolve();
      return ready;
    },
  };
}

/** The system's answer. */
async function answer(isTaken: boolean): Promise<void> {
  await Promise.resolve();
  if (isTaken) fail(ConfigPath.root.field("name"), "is taken");
}

const failure = (kind: SubscriptionFailure["kind"]): SubscriptionFailure => ({ kind, message: kind, problems: [] });

describe("a collection's discovery", () => {
  test("asks for nothing before it starts, and is ready with the first answer", async () => {
    const { sources, discovery, told, counts, isReady } = discovering();
    expect(sources.watched(clusterName)).toEqual([]);
    discovery.start();
    expect(sources.watched(clusterName)).toEqual(["*"]);
    expect(await isReady()).toBe(false);
    sources.set(clusterName, { a: { name: "a" }, b: { name: "b" } }, "7");
    expect(await isReady()).toBe(true);
    expect(told).toEqual(["a@7", "b@7"]);
    expect(discovery.version).toBe("7");
    expect(counts()).toEqual([1, 1, 0, 0, 0]);
  });

  test("gives what is good of an update, and remembers what was refused until it is good or gone", () => {
    const { sources, discovery, told, counts } = discovering();
    discovery.start();
    expect(sources.set(clusterName, { a: { name: "a" }, b: { name: "b", altStatName: "no" } }, "1")).toEqual(["alt_stat_name: it says no"]);
    expect(told).toEqual(["a@1"]);
    expect([...discovery.refused.keys()]).toEqual(["b"]);
    expect(counts()).toEqual([1, 0, 1, 0, 0]);
    sources.remove(clusterName, "b");
    expect(discovery.refused.size).toBe(0);
    expect(told).toEqual(["a@1", "-b"]);
  });

  test("tells its taker of an update before it gives it, and refuses what that cannot have after all", async () => {
    const log: string[] = [];
    const { sources, discovery, told, counts } = discovering({
      begin: (removed) => void log.push(`begin -[${removed.join()}]`),
      confirm: (prepared) => {
        log.push(prepared);
        return prepared.startsWith("a") ? undefined : answer(prepared === "b@2");
      },
    });
    discovery.start();
    expect(await sources.update(clusterName, { a: { name: "a" }, b: { name: "b" } }, { version: "1" })).toEqual([]);
    expect(await sources.update(clusterName, { b: { name: "b" }, c: { name: "c" } }, { version: "2", removed: ["a"] })).toEqual([
      "b: name: is taken",
    ]);
    expect(log).toEqual(["begin -[]", "a@1", "b@1", "begin -[a]", "b@2", "c@2"]);
    expect(told).toEqual(["a@1", "b@1", "c@2", "-a"]);
    expect(discovery.refused.get("b")).toMatchObject({ version: "2", details: "name: is taken" });
    expect(counts()).toEqual([2, 1, 1, 0, 0]);
    await sources.update(clusterName, { b: { name: "b" } }, { version: "3" });
    expect(discovery.refused.size).toBe(0);
  });

  test("has the version of the last response that changed something, and counts that of the last one that was accepted", async () => {
    const { sources, discovery, text } = discovering();
    discovery.start();
    sources.set(clusterName, { a: { name: "a" } }, "1");
    await sources.update(clusterName, {}, { version: "2", removed: ["a"] });
    expect([discovery.version, text("version_text")]).toEqual(["2", "2"]);
    sources.answer(clusterName, "3");
    expect([discovery.version, text("version_text")]).toEqual(["2", "3"]);
    sources.set(clusterName, { b: { name: "b" }, c: { name: "c", altStatName: "no" } }, "4");
    expect([discovery.version, text("version_text")]).toEqual(["4", "3"]);
  });

  test("takes an update in as many turns as it needs, and is ready when all of it is in use", async () => {
    const { sources, discovery, told, counts, isReady } = discovering();
    const pace = new TestPace();
    sources.pace = pace;
    discovery.start();
    sources.set(clusterName, { a: { name: "a" }, b: { name: "b" } }, "1");
    // Another resource of the update.
    sources.fail(clusterName, failure("refused"));
    expect(told).toEqual(["a@1"]);
    expect(counts()).toEqual([2, 1, 1, 0, 0]);
    expect(await isReady()).toBe(false);
    await pace.turn();
    expect(told).toEqual(["a@1", "b@1"]);
    expect(await isReady()).toBe(true);
    sources.remove(clusterName, "a", "b");
    await pace.turn();
    expect(told.slice(2)).toEqual(["-a", "-b"]);
  });

  test("tells the end of an update, and whether nothing of it was refused, when all of it was applied", async () => {
    const ends: boolean[] = [];
    const { sources, discovery } = discovering({ end: (isAccepted) => void ends.push(isAccepted) });
    const pace = new TestPace();
    sources.pace = pace;
    discovery.start();
    sources.set(clusterName, { a: { name: "a" }, b: { name: "b" } }, "1");
    expect(ends).toEqual([]);
    await pace.turn();
    expect(ends).toEqual([true]);
    sources.set(clusterName, { a: { name: "a" }, b: { name: "b", altStatName: "no" } }, "2");
    await pace.turn();
    expect(ends).toEqual([true, false]);
  });

  test("that is closed in the middle of an update takes no more of it", async () => {
    const { sources, discovery, told, isReady } = discovering();
    const pace = new TestPace();
    sources.pace = pace;
    discovery.start();
    sources.set(clusterName, { a: { name: "a" }, b: { name: "b" }, c: { name: "c" } });
    discovery.close();
    await pace.turn();
    await pace.turn();
    expect(told).toEqual(["a@1"]);
    expect(await isReady()).toBe(true);
  });

  test.each([
    ["refused", true, [1, 0, 1, 0, 0]],
    ["timeout", true, [1, 0, 0, 1, 0]],
    ["unavailable", false, [1, 0, 0, 0, 1]],
  ] as const)("waits no longer after: %s (%s)", async (kind, expected, counted) => {
    const { sources, discovery, counts, isReady } = discovering();
    discovery.start();
    sources.fail(clusterName, failure(kind));
    expect(await isReady()).toBe(expected);
    expect(counts()).toEqual(counted);
  });

  test("is ready once it is closed, and does not begin afterwards", async () => {
    const running = discovering();
    running.discovery.start();
    running.discovery.close();
    expect(await running.isReady()).toBe(true);
    expect(running.sources.watched(clusterName)).toEqual([]);
    const late = discovering();
    late.discovery.close();
    late.discovery.start();
    expect(late.sources.watched(clusterName)).toEqual([]);
    expect(await late.isReady()).toBe(true);
  });
});
