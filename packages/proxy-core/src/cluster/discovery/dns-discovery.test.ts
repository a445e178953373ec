import { describe, expect, test } from "vitest";
import { assignment, lbEndpoint, scriptedCheck, passes, settle, testClusters, type TestClusters } from "../testing.ts";

type Answer = readonly string[] | Error;

async function started(answers: Readonly<Record<string, Answer>>, cluster: object = {}, ttlSeconds?: number): Promise<TestClusters> {
  const clusters = testClusters([{ type: "STRICT_DNS", load_assignment: assignment("back.end:80"), ...cluster }]);
  for (const [name, answer] of Object.entries(answers)) clusters.runtime.resolver.answer(name, answer, ttlSeconds);
  clusters.manager.start();
  await settle();
  return clusters;
}

/** Milliseconds until the next lookup, rounded to tenths of a second. */
async function waitForLookup({ runtime }: TestClusters): Promise<number> {
  const asked = runtime.resolver.asked.length;
  let waited = 0;
  while (runtime.resolver.asked.length === asked && waited < 200_000) {
    runtime.advance(20);
    waited += 20;
  }
  await settle();
  return Math.round(waited / 100) * 100;
}

const stats = (clusters: TestClusters): Record<string, number> =>
  Object.fromEntries(
    ["attempt", "success", "failure", "empty", "no_rebuild"].map((name) => [name, clusters.stat(`cluster.c.update_${name}`)]),
  );

describe("STRICT_DNS", () => {
  test("has a host for each address of each name, called by the name", async () => {
    const clusters = await started(
      { "a.test": ["10.0.0.1", "10.0.0.2"], "b.test": ["fd00::1"] },
      {
        load_assignment: {
          cluster_name: "c",
          endpoints: [
            {
              locality: { region: "r" },
              lb_endpoints: [lbEndpoint("a.test:80", { load_balancing_weight: 2 }), lbEndpoint("b.test:81", {}, { hostname: "b" })],
            },
          ],
        },
      },
    );
    expect(clusters.hosts()).toEqual(["10.0.0.1:80", "10.0.0.2:80", "[fd00::1]:81"]);
    expect(clusters.cluster().hosts.map(({ hostname, weight }) => [hostname, weight])).toEqual([
      ["a.test", 2],
      ["a.test", 2],
      ["b", 1],
    ]);
    expect(clusters.cluster().hosts[0]!.locality).toEqual({ region: "r", zone: "", subZone: "" });
  });

  test("follows the answers", async () => {
    const clusters = await started({ "back.end": ["10.0.0.1"] });
    clusters.runtime.resolver.answer("back.end", ["10.0.0.2", "10.0.0.1"]);
    expect(await waitForLookup(clusters)).toBe(5000);
    expect(clusters.hosts()).toEqual(["10.0.0.2:80", "10.0.0.1:80"]);
  });

  test("takes the same addresses in another order for no change", async () => {
    const clusters = await started({ "back.end": ["10.0.0.1", "10.0.0.2"] });
    clusters.runtime.resolver.answer("back.end", ["10.0.0.2", "10.0.0.1"]);
    await waitForLookup(clusters);
    expect(clusters.hosts()).toEqual(["10.0.0.1:80", "10.0.0.2:80"]);
    expect(stats(clusters)).toEqual({ attempt: 2, success: 2, failure: 0, empty: 0, no_rebuild: 1 });
    expect(clusters.stat("cluster.c.membership_change")).toBe(1);
  });

  test("keeps its hosts while names cannot be resolved", async () => {
    const clusters = await started({ "back.end": ["10.0.0.1"] });
    clusters.runtime.resolver.answer("back.end", new Error("SERVFAIL"));
    await waitForLookup(clusters);
    expect(clusters.hosts()).toEqual(["10.0.0.1:80"]);
    expect(stats(clusters)).toMatchObject({ success: 1, failure: 1 });
    expect(clusters.runtime.logger.lines.at(-1)?.message).toContain("back.end cannot be resolved");
  });

  test("is empty when there are no addresses any more", async () => {
    const clusters = await started({ "back.end": ["10.0.0.1"] });
    clusters.runtime.resolver.answer("back.end", []);
    await waitForLookup(clusters);
    expect(clusters.hosts()).toEqual([]);
    expect(stats(clusters)).toMatchObject({ success: 2, empty: 1 });
  });

  test("asks again as often as it is told to", async () => {
    const clusters = await started({ "back.end": ["10.0.0.1"] }, { dns_refresh_rate: "20s" });
    expect([await waitForLookup(clusters), await waitForLookup(clusters)]).toEqual([20_000, 20_000]);
  });

  test("asks again when the shortest time to live is over, where that is to be respected", async () => {
    const clusters = await started({ "back.end": ["10.0.0.1"] }, { respect_dns_ttl: true }, 90);
    expect(await waitForLookup(clusters)).toBe(90_000);
    clusters.runtime.resolver.answer("back.end", ["10.0.0.1"], 0);
    await waitForLookup(clusters);
    expect(await waitForLookup(clusters)).toBe(5000);
  });

  test("waits below a limit that doubles with each failure in a row, and begins anew after a success", async () => {
    const clusters = await started(
      { "back.end": new Error("SERVFAIL") },
      { dns_refresh_rate: "60s", dns_failure_refresh_rate: { base_interval: "1s", max_interval: "4s" } },
    );
    const waits: number[] = [];
    for (let round = 0; round < 40; round++) waits.push(await waitForLookup(clusters));
    expect(waits[0]).toBeLessThanOrEqual(1000);
    expect(waits[1]).toBeLessThanOrEqual(2000);
    expect(Math.max(...waits)).toBeLessThanOrEqual(4000);
    expect(Math.max(...waits)).toBeGreaterThan(2000);
    clusters.runtime.resolver.answer("back.end", ["10.0.0.1"]);
    await waitForLookup(clusters);
    expect(await waitForLookup(clusters)).toBe(60_000);
    clusters.runtime.resolver.answer("back.end", new Error("SERVFAIL"));
    await waitForLookup(clusters);
    expect(await waitForLookup(clusters)).toBeLessThanOrEqual(1000);
  });

  test.each([
    [undefined, "auto"],
    ["V4_ONLY", "v4-only"],
    ["V6_ONLY", "v6-only"],
    ["V4_PREFERRED", "v4-preferred"],
    ["ALL", "all"],
  ])("asks for the addresses of the family %s", async (family, expected) => {
    const clusters = await started({}, family === undefined ? {} : { dns_lookup_family: family });
    expect(clusters.runtime.resolver.asked).toEqual([{ hostname: "back.end", family: expected }]);
  });

  test("is warm when every name was looked up once, even in vain", async () => {
    const clusters = await started({ "back.end": new Error("SERVFAIL") });
    await clusters.manager.ready();
    expect(clusters.hosts()).toEqual([]);
  });

  test("asks no more when it is closed", async () => {
    const clusters = await started({ "back.end": ["10.0.0.1"] });
    clusters.manager.close();
    clusters.runtime.advance(100_000);
    expect(clusters.runtime.resolver.asked).toHaveLength(1);
  });
});

describe("LOGICAL_DNS", () => {
  const logical = { type: "LOGICAL_DNS" };

  test("has one host, at the first address of the latest answer", async () => {
    const clusters = await started({ "back.end": ["10.0.0.1", "10.0.0.2"] }, logical);
    const [host] = clusters.cluster().hosts;
    clusters.runtime.resolver.answer("back.end", ["10.0.0.2", "10.0.0.1"]);
    await waitForLookup(clusters);
    expect(clusters.cluster().hosts).toEqual([host]);
    expect(host!.addressText).toBe("10.0.0.2:80");
  });

  test("keeps its host when there are no addresses any more", async () => {
    const clusters = await started({ "back.end": ["10.0.0.1"] }, logical);
    clusters.runtime.resolver.answer("back.end", []);
    await waitForLookup(clusters);
    expect(clusters.hosts()).toEqual(["10.0.0.1:80"]);
    expect(stats(clusters)).toMatchObject({ success: 2, empty: 1 });
  });

  test("checks the host where it has moved to", async () => {
    const clusters = await started({ "back.end": ["10.0.0.1"] }, { ...logical, health_checks: [scriptedCheck] });
    await clusters.checker.answer("10.0.0.1:80", passes);
    clusters.runtime.resolver.answer("back.end", ["10.0.0.2"]);
    await waitForLookup(clusters);
    expect(clusters.checker.asked).toEqual(["10.0.0.1:80", "10.0.0.2:80"]);
    expect(clusters.cluster().hosts[0]!.health).toBe(0);
  });
});
