import { clusterType, endpointsType } from "@mesh/xds-client";
import { expect, test } from "vitest";
import { ads, adsBootstrap, clusterReader, endpointsReader, googleService, harness, Recorder, settle } from "./test-harness.ts";

test("a control plane is said to be connected when it answers first, lost once, and missed once", async () => {
  const { plane, open, context, runtime } = await harness();
  const state = (): number | undefined => context.stats.values.get("control_plane.connected_state");
  plane.set(clusterType, [{ name: "a" }]);
  open(ads).watchAll(clusterReader(), new Recorder().all, "");
  expect(state()).toBe(0);
  await settle();
  expect(state()).toBe(1);
  plane.stop();
  await settle();
  expect(state()).toBe(0);
  for (let attempt = 0; attempt < 5; attempt++) {
    runtime.advance(30_000);
    await settle();
  }
  expect(context.lines).toEqual([
    "info xds: connected to the control plane plane:15010 (fake)",
    "warning xds: lost the control plane plane:15010: status 14: broken by the test",
  ]);
  plane.refuse(8, "too many");
  plane.start();
  runtime.advance(30_000);
  await settle();
  plane.refuse(0, "", 0);
  plane.start();
  runtime.advance(30_000);
  await settle();
  expect(context.lines.slice(2)).toEqual([
    "warning xds: cannot reach the control plane plane:15010: status 8: too many",
    "info xds: connected to the control plane plane:15010 (fake)",
  ]);
  expect(state()).toBe(1);
});

test("what a control plane calls itself is told, and of a stream of its own with what that is for", async () => {
  const aggregated = await harness();
  aggregated.plane.set(clusterType, [{ name: "a" }]);
  aggregated.open(ads).watchAll(clusterReader(), new Recorder().all, "");
  await settle();
  expect([...aggregated.context.stats.texts]).toEqual([["control_plane.identifier", "fake"]]);
  const { plane, open, context } = await harness();
  plane.set(clusterType, [{ name: "a" }]);
  const source = { api_config_source: { api_type: "GRPC", transport_api_version: "V3", grpc_services: [googleService("plane:15010")] } };
  open({ ...source, resource_api_version: "V3" }).watchAll(clusterReader(), new Recorder().all, "");
  await settle();
  expect(context.stats.texts.get("cluster_manager.cds.control_plane.identifier")).toBe("fake");
  const state = (): (number | undefined)[] =>
    ["", "cluster_manager.cds."].map((prefix) => context.stats.values.get(`${prefix}control_plane.connected_state`));
  expect(state()).toEqual([1, 1]);
  plane.stop();
  await settle();
  expect(state()).toEqual([0, 0]);
});

test("what is refused again is not logged again", async () => {
  const { plane, open, context } = await harness(adsBootstrap("GRPC"));
  plane.set(clusterType, [{ name: "a", connectTimeout: { seconds: 99 } }]);
  open(ads).watchAll(clusterReader(), new Recorder().all, "");
  await settle();
  plane.set(clusterType, [{ name: "b" }]);
  await settle();
  expect(context.lines.filter((line) => line.startsWith("warning"))).toEqual(["warning xds: CDS a: refused: connect_timeout: is too long"]);
});

test("requests that wait for the rate limit are counted", async () => {
  const { plane, open, context, runtime } = await harness(
    adsBootstrap("DELTA_GRPC", { rate_limit_settings: { max_tokens: 1, fill_rate: 1 } }),
  );
  const counts = (): (number | undefined)[] =>
    ["pending_requests", "rate_limit_enforced"].map((name) => context.stats.values.get(`control_plane.${name}`));
  plane.set(endpointsType, [{ clusterName: "a" }]);
  const recorder = new Recorder();
  open(ads).watch(endpointsReader(), "a", recorder);
  await settle();
  expect([counts(), recorder.log]).toEqual([[1, 1], ["a=-1@1"]]);
  runtime.advance(1000);
  await settle();
  expect([counts(), plane.requests.length]).toEqual([[0, 1], 2]);
});
