import * as fc from "fast-check";
import { fromJson } from "@mesh/xds-proto";
import { expect, test } from "vitest";
import { TestConfigSources } from "../subscription/testing.ts";
import type { ClusterMessage } from "./cluster-message.ts";
import { assignment, eds, settle, testClusters, type TestClusters } from "./testing.ts";

const cdsName = "envoy.config.cluster.v3.Cluster";
const claName = "envoy.config.endpoint.v3.ClusterLoadAssignment";

/** How a cluster comes by its endpoints. */
type Kind = { readonly type: "static"; readonly address: string } | { readonly type: "eds"; readonly service: string };

type Step =
  | { readonly do: "set"; readonly name: string; readonly kind: Kind; readonly revision: number }
  | { readonly do: "refuse"; readonly name: string }
  | { readonly do: "remove"; readonly name: string }
  | { readonly do: "endpoints"; readonly service: string; readonly address: string }
  | { readonly do: "fail"; readonly service: string; readonly why: "missing" | "timeout" | "refused" | "unavailable" }
  | { readonly do: "settle" };

const name = fc.constantFrom("a", "b", "static");
const service = fc.constantFrom("x", "y");
const address = fc.constantFrom("10.0.0.1:80", "10.0.0.2:80", "10.0.0.3:80");
const kind: fc.Arbitrary<Kind> = fc.oneof(
  fc.record({ type: fc.constant("static" as const), address }),
  fc.record({ type: fc.constant("eds" as const), service }),
);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant("set" as const), name, kind, revision: fc.nat({ max: 1 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("refuse" as const), name }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("remove" as const), name }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("endpoints" as const), service, address }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("fail" as const),
      service,
      why: fc.constantFrom("missing" as const, "timeout" as const, "refused" as const, "unavailable" as const),
    }),
  },
  { weight: 4, arbitrary: fc.constant<Step>({ do: "settle" }) },
);

function messageOf(clusterName: string, of: Kind, revision: number): ClusterMessage {
  const fields = of.type === "static" ? { load_assignment: assignment(of.address) } : eds(of.service);
  return fromJson(cdsName, { name: clusterName, connect_timeout: `${revision + 1}s`, ...fields });
}

/** What the control plane means, and what it has said of endpoints. */
interface Meant {
  readonly clusters: Map<string, { readonly kind: Kind; readonly message: ClusterMessage }>;
  readonly endpoints: Map<string, string>;
}

function take(one: Exclude<Step, { do: "settle" }>, sources: TestConfigSources, meant: Meant): void {
  switch (one.do) {
    case "set": {
      const message = messageOf(one.name, one.kind, one.revision);
      sources.set(cdsName, { [one.name]: message });
      if (one.name !== "static") meant.clusters.set(one.name, { kind: one.kind, message });
      return;
    }
    case "refuse":
      sources.set(cdsName, { [one.name]: fromJson(cdsName, { name: one.name, connect_timeout: "-1s" }) });
      return;
    case "remove":
      sources.remove(cdsName, one.name);
      meant.clusters.delete(one.name);
      return;
    case "endpoints":
      if (sources.watched(claName).length === 0) return;
      sources.set(claName, { [one.service]: fromJson(claName, assignment(one.address)) });
      meant.endpoints.set(one.service, one.address);
      return;
    case "fail":
      if (one.why === "missing") {
        sources.remove(claName, one.service);
        meant.endpoints.delete(one.service);
      } else {
        sources.fail(claName, { kind: one.why, message: one.why, problems: [] }, one.service);
      }
  }
}

/** Of each cluster that has hosts. */
function served({ manager }: TestClusters): Set<string> {
  const names = new Set<string>();
  manager.forEach(({ name: each, hosts }) => {
    if (hosts.length > 0) names.add(each);
  });
  return names;
}

function checkBooks({ manager, stat, store, hosts }: TestClusters, sources: TestConfigSources, meant: Meant): void {
  const inUse = ["static", ...meant.clusters.keys()].sort();
  const found: string[] = [];
  manager.forEach((cluster) => found.push(cluster.name));
  expect(found.sort()).toEqual(inUse);
  for (const { message, isWarming } of manager.dynamic()) {
    expect(isWarming).toBe(false);
    expect(message).toEqual(meant.clusters.get(message.name)?.message);
  }
  for (const [each, { kind: of }] of meant.clusters) {
    const expected = of.type === "static" ? of.address : meant.endpoints.get(of.service);
    if (expected !== undefined) expect(hosts(each)).toEqual([expected]);
  }
  const services = [...meant.clusters.values()].flatMap(({ kind: of }) => (of.type === "eds" ? [of.service] : []));
  expect(sources.watched(claName)).toEqual(services.sort());
  const manages = (of: string): number => stat(`cluster_manager.${of}`);
  expect([manages("active_clusters"), manages("warming_clusters")]).toEqual([inUse.length, 0]);
  expect(manages("cluster_added") - manages("cluster_removed")).toBe(inUse.length);
  for (const each of inUse) {
    for (const of of ["membership_total", "membership_healthy"]) expect(stat(`cluster.${each}.${of}`)).toBe(hosts(each).length);
  }
  const counted = new Set(store.snapshot().counters.flatMap(({ name: of }) => /^cluster\.([^.]*)\./.exec(of)?.[1] ?? []));
  expect([...counted].sort()).toEqual(inUse);
}

test("whatever comes in whatever order, what is meant in the end is in use, nothing lost its hosts on the way, and the books are right", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const sources = new TestConfigSources();
      const clusters = testClusters([{ name: "static", load_assignment: assignment("10.0.0.9:80") }], { sources, discovers: true });
      const meant: Meant = { clusters: new Map(), endpoints: new Map() };
      const { manager } = clusters;
      manager.start();
      await settle();
      for (const one of steps) {
        const before = served(clusters);
        if (one.do === "settle") await settle();
        else take(one, sources, meant);
        const after = served(clusters);
        for (const each of before) if (one.do !== "remove" || one.name !== each) expect(after).toContain(each);
      }
      // In the end the time for first answers is over.
      await settle();
      for (const kindOf of [cdsName, claName] as const) sources.fail(kindOf, { kind: "timeout", message: "", problems: [] });
      await manager.ready();
      await settle();
      checkBooks(clusters, sources, meant);
      manager.close();
      expect([...sources.watched(cdsName), ...sources.watched(claName)]).toEqual([]);
    }),
    { numRuns: 200 },
  );
});
