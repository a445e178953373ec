import { describe, expect, test } from "vitest";
import { parseStatsQuery } from "./query.ts";
import { renderStats } from "./render.ts";
import { StatsStore } from "./store.ts";

function example(): StatsStore {
  const store = new StatsStore();
  const cluster = store.scope("cluster.echo", "cluster", { "envoy.cluster_name": "echo" });
  cluster.counter("upstream_rq_total").add(3);
  cluster.counter("upstream_rq_200").add(2);
  cluster.counter("upstream_rq_2xx").add(2);
  cluster.counter("upstream_rq_503").inc();
  cluster.counter("unused");
  cluster.gauge("upstream_cx_active").set(7);
  cluster.histogram("upstream_rq_time").record(1);
  cluster.histogram("upstream_rq_time").record(3);
  cluster.histogram("upstream_cx_length_ms");
  store.gauge("server.live").set(1);
  return store;
}

function render(store: StatsStore, query: string): string {
  const parsed = parseStatsQuery(new URLSearchParams(query));
  if (!parsed.ok) throw new Error(parsed.message);
  return renderStats(store.snapshot(), parsed.query).body;
}

describe("/stats as text", () => {
  test("lists counters and gauges by name, and then histograms with interval and cumulative quantiles", () => {
    expect(render(example(), "").split("\n")).toEqual([
      "cluster.echo.unused: 0",
      "cluster.echo.upstream_cx_active: 7",
      "cluster.echo.upstream_rq_200: 2",
      "cluster.echo.upstream_rq_2xx: 2",
      "cluster.echo.upstream_rq_503: 1",
      "cluster.echo.upstream_rq_total: 3",
      "server.live: 1",
      "cluster.echo.upstream_cx_length_ms: No recorded values",
      "cluster.echo.upstream_rq_time: P0(nan,0.992) P25(nan,1.008) P50(nan,1.024) P75(nan,3.008) P90(nan,3.0464) P95(nan,3.0592) P99(nan,3.06944) P99.5(nan,3.07072) P99.9(nan,3.07174) P100(nan,3.072)",
      "",
    ]);
  });

  test("filter, type and usedonly narrow it down", () => {
    expect(render(example(), "filter=rq_[25]..%24&usedonly")).toBe(
      "cluster.echo.upstream_rq_200: 2\ncluster.echo.upstream_rq_2xx: 2\ncluster.echo.upstream_rq_503: 1\n",
    );
    expect(render(example(), "type=Gauges")).toBe("cluster.echo.upstream_cx_active: 7\nserver.live: 1\n");
    expect(render(example(), "type=Histograms&usedonly")).toMatch(/^cluster\.echo\.upstream_rq_time: P0.*\n$/u);
    expect(render(example(), "usedonly")).not.toContain("unused");
    expect(render(example(), "type=TextReadouts")).toBe("");
  });

  test("histograms by upper bound, cumulative or disjoint, after an interval has ended", () => {
    const store = example();
    store.flush();
    store.histogram("cluster.echo.upstream_rq_time").record(4);
    expect(render(store, "type=Histograms&usedonly&histogram_buckets=cumulative")).toContain("time: B0.5(0,0) B1(1,1) B5(2,3) B10(2,3) ");
    expect(render(store, "type=Histograms&usedonly&histogram_buckets=disjoint")).toContain("time: B0.5(0,0) B1(1,1) B5(1,2) B10(0,0) ");
  });

  test.each([
    ["format=xml", "usage: /stats?format=(json|prometheus|text)\n"],
    ["type=Timers", "invalid &type= param"],
    ["histogram_buckets=some", "usage: /stats?histogram_buckets="],
    ["filter=(", "Invalid re2 regex: "],
    ["filter=(?=a)", "Invalid re2 regex: "],
  ])("refuses %s", (query, message) => {
    const parsed = parseStatsQuery(new URLSearchParams(query));
    expect(parsed.ok ? "" : parsed.message).toContain(message);
  });
});

describe("/stats as JSON", () => {
  test("is one array whose last entry holds the histograms, null where there is no value", () => {
    const { stats } = JSON.parse(render(example(), "format=json"));
    expect(stats.slice(0, 2)).toEqual([
      { name: "cluster.echo.unused", value: 0 },
      { name: "cluster.echo.upstream_cx_active", value: 7 },
    ]);
    const { histograms } = stats.at(-1);
    expect(histograms.supported_quantiles).toEqual([0, 25, 50, 75, 90, 95, 99, 99.5, 99.9, 100]);
    expect(histograms.computed_quantiles[0]).toEqual({
      name: "cluster.echo.upstream_cx_length_ms",
      values: Array.from({ length: 10 }, () => ({ cumulative: null, interval: null })),
    });
    expect(histograms.computed_quantiles[1].values[2]).toEqual({ cumulative: 1.024, interval: null });
  });

  test("has buckets by upper bound where they are asked for, and no histograms where there are none", () => {
    const { stats } = JSON.parse(render(example(), "format=json&usedonly&histogram_buckets=cumulative"));
    expect(stats.at(-1).histograms[0].buckets[1]).toEqual({ upper_bound: 1, interval: 0, cumulative: 1 });
    expect(render(new StatsStore(), "format=json")).toBe('{"stats":[]}\n');
  });
});

describe("/stats/prometheus", () => {
  test("values in names become labels, response codes too, and each name has one TYPE line", () => {
    const store = example();
    store.scope("cluster.b", "cluster", { "envoy.cluster_name": "b" }).counter("upstream_rq_404").inc();
    expect(render(store, "format=prometheus&type=Counters&usedonly")).toBe(
      [
        "# TYPE envoy_cluster_upstream_rq counter",
        'envoy_cluster_upstream_rq{envoy_response_code="404",envoy_cluster_name="b"} 1',
        'envoy_cluster_upstream_rq{envoy_response_code="200",envoy_cluster_name="echo"} 2',
        'envoy_cluster_upstream_rq{envoy_response_code="503",envoy_cluster_name="echo"} 1',
        "",
        "# TYPE envoy_cluster_upstream_rq_xx counter",
        'envoy_cluster_upstream_rq_xx{envoy_response_code_class="2",envoy_cluster_name="echo"} 2',
        "",
        "# TYPE envoy_cluster_upstream_rq_total counter",
        'envoy_cluster_upstream_rq_total{envoy_cluster_name="echo"} 3',
        "",
        "",
      ].join("\n"),
    );
  });

  test("a histogram has Envoy's buckets, +Inf, a sum and a count", () => {
    const lines = render(example(), "format=prometheus&filter=rq_time").trim().split("\n");
    expect(lines.slice(0, 4)).toEqual([
      "# TYPE envoy_cluster_upstream_rq_time histogram",
      'envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name="echo",le="0.5"} 0',
      'envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name="echo",le="1"} 1',
      'envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name="echo",le="5"} 2',
    ]);
    expect(lines.slice(-4)).toEqual([
      'envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name="echo",le="3600000"} 2',
      'envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name="echo",le="+Inf"} 2',
      'envoy_cluster_upstream_rq_time_sum{envoy_cluster_name="echo"} 4',
      'envoy_cluster_upstream_rq_time_count{envoy_cluster_name="echo"} 2',
    ]);
  });

  test("names are sanitised and label values escaped", () => {
    const store = new StatsStore();
    store.scope("cluster.x", "cluster-é", { "envoy.cluster_name": 'a\\b"c\nd' }).gauge("g.h").set(1);
    expect(render(store, "format=prometheus")).toBe(
      '# TYPE envoy_cluster___g_h gauge\nenvoy_cluster___g_h{envoy_cluster_name="a\\\\b\\"c\\nd"} 1\n\n',
    );
  });

  test("a gauge that reads like a counter gets its type into its name, as a name can have only one", () => {
    const store = new StatsStore();
    store.counter("a.b").inc();
    store.gauge("a_b").set(2);
    expect(render(store, "format=prometheus")).toBe(
      "# TYPE envoy_a_b counter\nenvoy_a_b{} 1\n\n# TYPE envoy_a_b_gauge gauge\nenvoy_a_b_gauge{} 2\n\n",
    );
  });
});
