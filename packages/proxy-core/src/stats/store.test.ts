import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { mergeSnapshots } from "./snapshot.ts";
import { StatsStore } from "./store.ts";
import { statValue } from "./testing.ts";

describe("stats store", () => {
  test("gives the same object for the same full name, from whichever scope it is asked", () => {
    const store = new StatsStore();
    const counter = store.scope("cluster.echo", "cluster", { "envoy.cluster_name": "echo" }).counter("upstream_rq_total");
    expect(store.scope("cluster").scope("echo").counter("upstream_rq_total")).toBe(counter);
    expect(store.counter("cluster.echo.upstream_rq_total")).toBe(counter);
    expect(counter.name).toBe("cluster.echo.upstream_rq_total");
  });

  test("counters add, gauges go both ways, histograms count", () => {
    const store = new StatsStore();
    store.counter("c").inc();
    store.counter("c").add(4);
    const gauge = store.gauge("g");
    gauge.set(10);
    gauge.inc();
    gauge.dec();
    gauge.add(-3);
    store.histogram("h").record(1);
    expect([statValue(store, "c"), statValue(store, "g"), statValue(store, "h"), statValue(store, "none")]).toEqual([5, 7, 1, 0]);
  });

  test("writes colons as underscores, as Envoy does with addresses", () => {
    const store = new StatsStore();
    expect(store.scope("listener.0.0.0.0:80").counter("downstream_cx_total").name).toBe("listener.0.0.0.0_80.downstream_cx_total");
    expect(store.scope("cluster.com.example.Echo:1.0").counter("a").name).toBe("cluster.com.example.Echo_1.0.a");
    expect(store.counter("http://x").name).toBe("http_x");
  });

  test("a disposed scope takes its statistics and its children's with it, and leaves those that another scope has", () => {
    const store = new StatsStore();
    const old = store.scope("cluster.a");
    old.counter("kept").inc();
    old.scope("outlier_detection").counter("gone").inc();
    old.histogram("gone").record(1);
    const replacement = store.scope("cluster.a");
    replacement.counter("kept").inc();
    old.dispose();
    expect(store.snapshot().counters.map(({ name, value }) => [name, value])).toEqual([["cluster.a.kept", 2]]);
    expect(store.snapshot().histograms).toEqual([]);
    old.dispose();
    replacement.dispose();
    expect(store.snapshot().counters).toEqual([]);
  });

  test("what a disposed scope is asked for counts with those that still have it, else it is kept nowhere", () => {
    const store = new StatsStore();
    const gone = store.scope("cluster.a");
    const inside = gone.scope("retry");
    gone.counter("kept").inc();
    const replacement = store.scope("cluster.a");
    replacement.counter("kept");
    gone.dispose();
    gone.counter("kept").inc();
    gone.counter("late").inc();
    inside.counter("late").inc();
    gone.scope("canary").gauge("late").set(1);
    expect(gone.counter("late").value).toBe(1);
    gone.dispose();
    expect(store.snapshot().counters.map(({ name, value }) => [name, value])).toEqual([["cluster.a.kept", 2]]);
    expect(store.snapshot().gauges).toEqual([]);
  });

  test("resetting counters leaves gauges, and a counter that was used stays used", () => {
    const store = new StatsStore();
    store.counter("c").inc();
    store.counter("never");
    store.gauge("g").set(3);
    store.resetCounters();
    const { counters, gauges } = store.snapshot();
    expect(counters.map(({ name, value, used }) => ({ name, value, used }))).toEqual([
      { name: "c", value: 0, used: true },
      { name: "never", value: 0, used: false },
    ]);
    expect(gauges[0]?.value).toBe(3);
  });

  test("the sum of the workers' snapshots is the snapshot of one that did all their work", () => {
    const operation = fc.record({
      worker: fc.nat({ max: 2 }),
      kind: fc.constantFrom("counter", "gauge", "histogram"),
      name: fc.constantFrom("a", "b.c", "d"),
      value: fc.nat({ max: 1000 }),
    });
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 40 }), (operations) => {
        const workers = [new StatsStore(), new StatsStore(), new StatsStore()];
        const all = new StatsStore();
        for (const { worker, kind, name, value } of operations) {
          for (const store of [all, workers[worker]]) {
            if (kind === "counter") store?.counter(name).add(value);
            if (kind === "gauge") store?.gauge(name).add(value);
            if (kind === "histogram") store?.histogram(name).record(value);
          }
        }
        expect(mergeSnapshots(structuredClone(workers.map((store) => store.snapshot())))).toEqual(all.snapshot());
      }),
    );
  });
});
