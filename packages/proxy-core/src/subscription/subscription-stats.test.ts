import { expect, test } from "vitest";
import { testRuntime } from "../runtime/testing.ts";
import { StatsStore, renderStats, parseStatsQuery } from "../stats/index.ts";
import { statValue, textValue } from "../stats/testing.ts";
import { SubscriptionStats } from "./subscription-stats.ts";

function shown(store: StatsStore, query: string): string {
  const parsed = parseStatsQuery(new URLSearchParams(query));
  if (!parsed.ok) throw new Error(parsed.message);
  return renderStats(store.snapshot(), parsed.query).body;
}

test("a version is told as text, and as a number that is the same wherever it is in use", () => {
  const store = new StatsStore();
  const { clock } = testRuntime();
  const stats = new SubscriptionStats(store.scope("cluster_manager.cds"), clock);
  expect(shown(store, "filter=version")).toBe('cluster_manager.cds.version_text: ""\ncluster_manager.cds.version: 0\n');
  stats.accepted("abc");
  expect(shown(store, "filter=version")).toBe(
    'cluster_manager.cds.version_text: "abc"\ncluster_manager.cds.version: 4952883123889572249\n',
  );
  expect(shown(store, "filter=version&format=json")).toBe(
    '{"stats":[{"name":"cluster_manager.cds.version_text","value":"abc"},{"name":"cluster_manager.cds.version","value":4952883123889572249}]}\n',
  );
  expect(shown(store, "filter=version&format=prometheus")).toContain("envoy_cluster_manager_cds_version{} 4952883123889572249\n");
  expect(shown(store, "filter=version&format=prometheus&text_readouts")).toContain(
    'envoy_cluster_manager_cds_version_text{text_value="abc"} 0\n',
  );
  expect(shown(store, "type=TextReadouts")).toBe('cluster_manager.cds.version_text: "abc"\n');
  stats.accepted("<b>");
  expect(shown(store, "type=TextReadouts")).toBe('cluster_manager.cds.version_text: "&lt;b&gt;"\n');
  expect(textValue(store, "cluster_manager.cds.version_text")).toBe("<b>");
});

test("the time that an update takes is told where it is wanted", () => {
  const store = new StatsStore();
  const { clock } = testRuntime();
  const stats = new SubscriptionStats(store.scope("cds"), clock);
  const acceptedAt = stats.accepted("1");
  clock.advance(30);
  stats.applied(acceptedAt);
  expect(store.snapshot().histograms).toMatchObject([{ name: "cds.update_duration", cumulative: { count: 1, sum: 30 } }]);
  const without = new SubscriptionStats(store.scope("eds"), clock, { hasDuration: false });
  without.applied(without.accepted("1"));
  expect(store.snapshot().histograms).toHaveLength(1);
  expect(statValue(store, "eds.update_success")).toBe(1);
});
