import { fromJson, type Message } from "@mesh/xds-proto";
import { describe, expect, test } from "vitest";
import type { SubscriptionFailure } from "../../subscription/index.ts";
import { TestConfigSources } from "../../subscription/testing.ts";
import { anyHost, assignment, eds, lbEndpoint, passes, scriptedCheck, settle, testClusters, type TestClusters } from "../testing.ts";

const claName = "envoy.config.endpoint.v3.ClusterLoadAssignment";
type Assignment = Message<typeof claName>;
const cla = (json: object): Assignment => fromJson(claName, json);
const at = (...addresses: string[]): Assignment => cla(assignment(...addresses));
const failure = (kind: SubscriptionFailure["kind"]): SubscriptionFailure => ({ kind, message: `it is ${kind}`, problems: [] });

interface Live extends TestClusters {
  readonly sources: TestConfigSources;
  readonly isReady: () => boolean;
}

/** Clusters of the bootstrap, started. */
async function live(...clusters: object[]): Promise<Live> {
  const sources = new TestConfigSources();
  const made = testClusters(clusters, { sources });
  let ready = false;
  made.manager.start();
  void made.manager.ready().then(() => (ready = true));
  await settle();
  return { ...made, sources, isReady: () => ready };
}

/** Attempts, successes, those without effect, empty ones, refused ones, timeouts, failures. */
const counts = ({ stat }: TestClusters): number[] =>
  ["update_attempt", "update_success", "update_no_rebuild", "update_empty", "update_rejected", "init_fetch_timeout", "update_failure"].map(
    (name) => stat(`cluster.c.${name}`),
  );

describe("a cluster of the type EDS", () => {
  test("asks for its service's endpoints, and for its name's where it names no service", async () => {
    const { sources } = await live({ name: "c", ...eds() }, { name: "d", ...eds("service") });
    expect(sources.watched(claName)).toEqual(["c", "service"]);
    expect(sources.opened.map(({ configSourceSpecifier }) => configSourceSpecifier)).toEqual(["ads", "ads"]);
  });

  test("is warm when they have come, and takes those that come later", async () => {
    const clusters = await live(eds());
    const { sources, hosts, isReady } = clusters;
    expect(isReady()).toBe(false);
    sources.set(claName, { c: at("10.0.0.1:80") });
    await settle();
    expect(isReady()).toBe(true);
    expect(hosts()).toEqual(["10.0.0.1:80"]);
    const [host] = clusters.cluster().hosts;
    sources.set(claName, { c: at("10.0.0.2:80", "10.0.0.1:80") });
    expect(hosts()).toEqual(["10.0.0.2:80", "10.0.0.1:80"]);
    expect(clusters.cluster().hosts[1]).toBe(host);
    sources.set(claName, { c: at() });
    expect(hosts()).toEqual([]);
    expect(counts(clusters)).toEqual([3, 3, 0, 0, 0, 0, 0]);
  });

  test("is warm when each of them has been checked once", async () => {
    const { sources, checker, isReady } = await live({ ...eds(), health_checks: [scriptedCheck] });
    sources.set(claName, { c: at("10.0.0.1:80") });
    await settle();
    expect(isReady()).toBe(false);
    await checker.answer("10.0.0.1:80", passes);
    expect(isReady()).toBe(true);
  });

  test("does not wait where it is told not to", async () => {
    const { sources, hosts, isReady } = await live({ ...eds(), wait_for_warm_on_init: false });
    expect(isReady()).toBe(true);
    expect(hosts()).toEqual([]);
    sources.set(claName, { c: at("10.0.0.1:80") });
    expect(hosts()).toEqual(["10.0.0.1:80"]);
  });

  test.each([
    ["refused", [1, 0, 0, 0, 1, 0, 0]],
    ["timeout", [1, 0, 0, 0, 0, 1, 0]],
  ] as const)("does without where the first ones cannot be had: %s", async (kind, counted) => {
    const clusters = await live(eds("service"));
    clusters.sources.fail(claName, failure(kind));
    await settle();
    expect(clusters.isReady()).toBe(true);
    expect(clusters.hosts()).toEqual([]);
    expect(counts(clusters)).toEqual(counted);
    expect(clusters.runtime.logger.lines.map(({ message }) => message)).toEqual([
      `cluster c: load assignment service: it is ${kind}; its endpoints stay as they are`,
    ]);
    clusters.sources.set(claName, { service: at("10.0.0.1:80") });
    expect(clusters.hosts()).toEqual(["10.0.0.1:80"]);
  });

  test("waits on where the source is out of reach, and says nothing, as the source does", async () => {
    const clusters = await live(eds());
    clusters.sources.fail(claName, failure("unavailable"));
    await settle();
    expect(clusters.isReady()).toBe(false);
    expect(counts(clusters)).toEqual([1, 0, 0, 0, 0, 0, 1]);
    expect(clusters.runtime.logger.lines).toEqual([]);
  });

  test("keeps what it has where its endpoints are refused, cannot be had or are taken away", async () => {
    const clusters = await live(eds());
    const { sources, hosts } = clusters;
    sources.set(claName, { c: at("10.0.0.1:80") });
    expect(sources.set(claName, { c: at("back.end:80") })).toEqual([
      expect.stringMatching(
        /^endpoints\[0\]\.lb_endpoints\[0\]\.endpoint\.address\.socket_address\.address: not an IP address: "back\.end"/,
      ),
    ]);
    sources.fail(claName, failure("timeout"));
    sources.fail(claName, failure("unavailable"));
    sources.remove(claName, "c");
    expect(hosts()).toEqual(["10.0.0.1:80"]);
    expect(counts(clusters)).toEqual([5, 1, 0, 1, 1, 1, 1]);
  });

  test("is not touched by an update that changes nothing", async () => {
    const clusters = await live(eds());
    clusters.sources.set(claName, { c: at("10.0.0.1:80") }, "1");
    const { hosts: before } = clusters.cluster();
    clusters.sources.set(claName, { c: at("10.0.0.1:80") }, "2");
    expect(clusters.cluster().hosts).toBe(before);
    expect(counts(clusters)).toEqual([2, 2, 1, 0, 0, 0, 0]);
  });

  test("shares the endpoints of its service with others, whose hosts are their own", async () => {
    const { sources, hosts, cluster } = await live({ name: "c", ...eds("service") }, { name: "d", ...eds("service") });
    sources.set(claName, { service: at("10.0.0.1:80") });
    expect([hosts("c"), hosts("d")]).toEqual([["10.0.0.1:80"], ["10.0.0.1:80"]]);
    cluster("c").hosts[0]!.setHealth(1, true);
    expect(cluster("d").hosts[0]!.health).toBe(0);
    sources.set(claName, { service: at("10.0.0.2:80") });
    expect([hosts("c"), hosts("d")]).toEqual([["10.0.0.2:80"], ["10.0.0.2:80"]]);
  });

  test("asks for nothing any more once it is closed", async () => {
    const { manager, sources, isReady } = await live(eds());
    manager.close();
    await settle();
    expect(sources.watched(claName)).toEqual([]);
    expect(isReady()).toBe(true);
  });
});

describe("endpoints of EDS", () => {
  test("with one address are one host, the first of them, wherever they stand", async () => {
    const { sources, cluster } = await live(eds());
    const group = (priority: number, ...lbEndpoints: object[]): object => ({ priority, lb_endpoints: lbEndpoints });
    const endpoints = [
      group(0, lbEndpoint("10.0.0.1:80", { load_balancing_weight: 3 }), lbEndpoint("10.0.0.1:80", { load_balancing_weight: 5 })),
      group(1, lbEndpoint("10.0.0.1:80"), lbEndpoint("10.0.0.1:81")),
    ];
    expect(sources.set(claName, { c: cla({ endpoints }) })).toEqual([]);
    expect(cluster().hosts.map(({ addressText, weight, priority }) => [addressText, weight, priority])).toEqual([
      ["10.0.0.1:80", 3, 0],
      ["10.0.0.1:81", 1, 1],
    ]);
  });

  test("may leave priorities out: those that there are take over from each other", async () => {
    const { sources, cluster } = await live(eds());
    const endpoints = [
      { priority: 1, lb_endpoints: [lbEndpoint("10.0.0.1:80")] },
      { priority: 4, lb_endpoints: [lbEndpoint("10.0.0.4:80")] },
    ];
    expect(sources.set(claName, { c: cla({ endpoints }) })).toEqual([]);
    const picks = (): Set<string | undefined> => new Set(Array.from({ length: 50 }, () => cluster().pickHost(anyHost)?.addressText));
    expect(picks()).toEqual(new Set(["10.0.0.1:80"]));
    sources.set(claName, {
      c: cla({ endpoints: [{ ...endpoints[0], lb_endpoints: [lbEndpoint("10.0.0.1:80", { health_status: "UNHEALTHY" })] }, endpoints[1]] }),
    });
    expect(picks()).toEqual(new Set(["10.0.0.4:80"]));
  });
});
