import { createMessage, defaultRegistry, packAny } from "@mesh/xds-proto";
import { describe, expect, test } from "vitest";
import { dumpMessage } from "../../config/index.ts";
import { FieldMask } from "./field-mask.ts";

const registry = defaultRegistry();
const entryName = "envoy.admin.v3.ClustersConfigDump.StaticCluster";
const cluster = createMessage("envoy.config.cluster.v3.Cluster", { name: "a", loadAssignment: { clusterName: "b", endpoints: [{}] } });
const entry = dumpMessage(
  registry,
  "google.protobuf.Any",
  packAny(entryName, { cluster: packAny("envoy.config.cluster.v3.Cluster", cluster), lastUpdated: { seconds: 1, nanos: 0 } }),
);
const masked = (mask: string): unknown => new FieldMask(mask, registry).apply("google.protobuf.Any", entry);
const type = { "@type": `type.googleapis.com/${entryName}` };
const clusterType = { "@type": "type.googleapis.com/envoy.config.cluster.v3.Cluster" };

describe("a field mask", () => {
  test("shows the fields that it names, inside of Anys too", () => {
    expect(masked("last_updated")).toEqual({ ...type, last_updated: "1970-01-01T00:00:01Z" });
    expect(masked("cluster.name")).toEqual({ ...type, cluster: { ...clusterType, name: "a" } });
    expect(masked("cluster.name,cluster.load_assignment.cluster_name,last_updated")).toEqual({
      ...type,
      cluster: { ...clusterType, name: "a", load_assignment: { cluster_name: "b" } },
      last_updated: "1970-01-01T00:00:01Z",
    });
    expect(masked("cluster")).toEqual({
      ...type,
      cluster: { ...clusterType, name: "a", load_assignment: { cluster_name: "b", endpoints: [{}] } },
    });
  });

  test("shows nothing of what is not set", () => {
    expect(masked("cluster.alt_stat_name")).toEqual({ ...type, cluster: clusterType });
    expect(masked("cluster.upstream_bind_config.freebind")).toEqual({ ...type, cluster: clusterType });
  });

  test.each([
    "nothing",
    "cluster.nothing",
    "last_updated.seconds.x",
    "cluster.name.x",
    "cluster.load_assignment.endpoints.priority",
    "",
    "cluster.",
  ])("cannot be used where it names what is not there, or goes into a list: %j", (mask) => {
    expect(masked(mask)).toBeUndefined();
  });
});
