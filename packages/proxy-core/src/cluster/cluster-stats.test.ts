import { describe, expect, test } from "vitest";
import { StatsStore } from "../stats/index.ts";
import { statValue } from "../stats/testing.ts";
import { UpstreamClusterStats } from "./cluster-stats.ts";

describe("statistics of clusters", () => {
  function start(): { store: StatsStore; stats: UpstreamClusterStats; value: (name: string) => number } {
    const store = new StatsStore();
    const stats = new UpstreamClusterStats(store.scope("cluster.c"));
    return { store, stats, value: (name) => statValue(store, `cluster.c.${name}`) };
  }
  const names = (store: StatsStore): string[] => store.snapshot().counters.map(({ name }) => name.slice("cluster.c.".length));

  test("count responses in total, by class and by status", () => {
    const { stats, value } = start();
    for (const status of [200, 200, 201, 404, 599]) stats.countResponse(status);
    expect(value("upstream_rq_completed")).toBe(5);
    expect([value("upstream_rq_2xx"), value("upstream_rq_4xx"), value("upstream_rq_5xx")]).toEqual([3, 1, 1]);
    expect([value("upstream_rq_200"), value("upstream_rq_201"), value("upstream_rq_404"), value("upstream_rq_599")]).toEqual([2, 1, 1, 1]);
  });

  test("count statuses out of range in total only", () => {
    const { store, stats, value } = start();
    const before = store.snapshot().counters.length;
    for (const status of [0, 99, 600, -1]) stats.countResponse(status);
    expect(value("upstream_rq_completed")).toBe(4);
    expect(store.snapshot().counters).toHaveLength(before);
  });

  test("count responses once more by their origin and for canaries, from the first one on", () => {
    const { store, stats, value } = start();
    stats.countResponse(200);
    expect(names(store).filter((name) => /^(internal|external|canary|retry)\./u.test(name))).toEqual([]);
    stats.countResponse(200, "external");
    stats.countResponse(503, "external");
    stats.countResponse(204, "internal", true);
    expect([value("upstream_rq_completed"), value("external.upstream_rq_completed"), value("internal.upstream_rq_completed")]).toEqual([
      4, 2, 1,
    ]);
    expect([value("external.upstream_rq_200"), value("external.upstream_rq_5xx"), value("internal.upstream_rq_204")]).toEqual([1, 1, 1]);
    expect([value("canary.upstream_rq_2xx"), value("canary.upstream_rq_completed")]).toEqual([1, 1]);
  });

  test("count responses that are tried again apart from those that are passed on", () => {
    const { stats, value } = start();
    stats.countRetriedResponse(503);
    expect([value("retry.upstream_rq_503"), value("retry.upstream_rq_5xx"), value("retry.upstream_rq_completed")]).toEqual([1, 1, 1]);
    expect(value("upstream_rq_completed")).toBe(0);
  });

  test("record times for all, and for each origin", () => {
    const { store, stats } = start();
    stats.recordResponseTime(1);
    stats.recordResponseTime(2, "internal");
    stats.recordResponseTime(3, "external", true);
    const counts = store.snapshot().histograms.flatMap(({ name, cumulative }) => (cumulative.count > 0 ? [[name, cumulative.count]] : []));
    expect(counts).toEqual([
      ["cluster.c.canary.upstream_rq_time", 1],
      ["cluster.c.external.upstream_rq_time", 1],
      ["cluster.c.internal.upstream_rq_time", 1],
      ["cluster.c.upstream_rq_time", 3],
    ]);
  });

  test("count ends of connections by who ended them, and by what was lost", () => {
    const { stats, value } = start();
    stats.countDestroy(true, false);
    stats.countDestroy(true, true);
    stats.countDestroy(false, true);
    const ends = ["", "_local", "_remote", "_with_active_rq", "_local_with_active_rq", "_remote_with_active_rq"];
    expect(ends.map((end) => value(`upstream_cx_destroy${end}`))).toEqual([3, 2, 1, 2, 1, 1]);
  });
});
