import { describe, expect, test } from "vitest";
import { StatsStore } from "../stats/index.ts";
import { statValue } from "../stats/testing.ts";
import { UpstreamClusterStats } from "./cluster-stats.ts";

describe("statistics of clusters", () => {
  test("count responses in total, by class and by status", () => {
    const store = new StatsStore();
    const stats = new UpstreamClusterStats(store.scope("cluster.c"));
    for (const status of [200, 200, 201, 404, 599]) stats.countResponse(status);
    const value = (name: string): number => statValue(store, `cluster.c.${name}`);
    expect(value("upstream_rq_completed")).toBe(5);
    expect([value("upstream_rq_2xx"), value("upstream_rq_4xx"), value("upstream_rq_5xx")]).toEqual([3, 1, 1]);
    expect([value("upstream_rq_200"), value("upstream_rq_201"), value("upstream_rq_404"), value("upstream_rq_599")]).toEqual([2, 1, 1, 1]);
  });

  test("count statuses out of range in total only", () => {
    const store = new StatsStore();
    const stats = new UpstreamClusterStats(store.scope("cluster.c"));
    const before = store.snapshot().counters.length;
    for (const status of [0, 99, 600, -1]) stats.countResponse(status);
    expect(statValue(store, "cluster.c.upstream_rq_completed")).toBe(4);
    expect(store.snapshot().counters).toHaveLength(before);
  });
});
