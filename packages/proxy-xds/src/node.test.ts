import { clusterType } from "@mesh/xds-client";
import { createMessage } from "@mesh/xds-proto";
import { expect, test } from "vitest";
import { describeNode } from "./node.ts";
import { ads, adsBootstrap, clusterReader, harness, Recorder, settle } from "./test-harness.ts";

const node = createMessage("envoy.config.core.v3.Node", {
  id: "n",
  cluster: "c",
  locality: { region: "r", zone: "z" },
  userAgentName: "not mine",
  metadata: { fields: { LABELS: { stringValue: "x" } } },
});

test("a node is the bootstrap's, and says which program it is and what it has", () => {
  const extensions = [{ name: "envoy.filters.http.router", category: "envoy.filters.http", messageName: "Router" } as const];
  expect(describeNode(node, { version: "1.22.3", extensions })).toEqual({
    id: "n",
    cluster: "c",
    locality: node.locality,
    metadata: node.metadata,
    userAgentName: "mosn",
    userAgentBuildVersion: { version: { majorNumber: 1, minorNumber: 22, patch: 3 } },
    extensions: [{ name: "envoy.filters.http.router", category: "envoy.filters.http", typeUrls: ["Router"] }],
  });
  expect(describeNode(node, { userAgent: "mine", version: "1.0.0-rc.1" })).toMatchObject({
    userAgentName: "mine",
    userAgentVersion: "1.0.0-rc.1",
  });
  expect(Object.keys(describeNode(node, {}))).not.toContain("userAgentVersion");
});

test.each([
  [true, [true, false, false]],
  [false, [true, true, true]],
])("set_node_on_first_message_only: %s sends it so", async (set_node_on_first_message_only, expected) => {
  const { plane, open } = await harness(adsBootstrap("GRPC", { set_node_on_first_message_only }), { version: "1.0.0" });
  plane.set(clusterType, [{ name: "a" }]);
  open(ads).watchAll(clusterReader(), new Recorder().all, "");
  await settle();
  plane.set(clusterType, [{ name: "b" }]);
  await settle();
  expect(plane.requests.map((request) => request.node !== undefined)).toEqual(expected);
  expect(plane.requests[0]?.node).toMatchObject({ id: "sidecar~10.0.0.1", cluster: "orders", userAgentName: "mosn" });
});
