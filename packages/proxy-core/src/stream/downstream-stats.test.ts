import { expect, test } from "vitest";
import { StatsStore } from "../stats/index.ts";
import { statValue } from "../stats/testing.ts";
import { DownstreamStats } from "./downstream-stats.ts";

test("responses count by class, for the manager and for its listener", () => {
  const store = new StatsStore();
  const stats = new DownstreamStats(store.scope("http.in"), store.scope("listener.l").scope("http.in"));
  const alone = new DownstreamStats(store.scope("http.other"));
  for (const status of [200, 204, 404, 999]) stats.countResponse(status);
  alone.countResponse(503);
  const values = (prefix: string): number[] =>
    ["rq_2xx", "rq_4xx", "rq_5xx", "rq_completed"].map((name) => statValue(store, `${prefix}.downstream_${name}`));
  expect(values("http.in")).toEqual([2, 1, 0, 4]);
  expect(values("listener.l.http.in")).toEqual([2, 1, 0, 4]);
  expect(values("http.other")).toEqual([0, 0, 1, 1]);
});

test("ends of connections count by who ended them, and by what was lost", () => {
  const store = new StatsStore();
  const stats = new DownstreamStats(store.scope("http.in"));
  stats.countDestroy(true, false);
  stats.countDestroy(true, true);
  stats.countDestroy(false, true);
  const ends = ["", "_local", "_remote", "_active_rq", "_local_active_rq", "_remote_active_rq"];
  expect(ends.map((end) => statValue(store, `http.in.downstream_cx_destroy${end}`))).toEqual([3, 2, 1, 2, 1, 1]);
});
