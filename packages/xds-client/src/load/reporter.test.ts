import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { catchThrown, harness, settle } from "../client/test-harness.ts";
import type { LoadRequest } from "./options.ts";

const interval = { seconds: 2, nanos: 500_000_000 };

test("load is reported for what the server asks for, at its interval, with the time that has passed", async () => {
  const { plane, client, runtime, server } = await harness();
  const requests: LoadRequest[] = [];
  const wanted: unknown[] = [];
  plane.wantLoad({ clusters: ["a"], loadReportingInterval: interval, reportEndpointGranularity: true });
  const report = client.reportLoad(server, {
    collect: (request) => {
      requests.push(request);
      return [{ clusterName: "a", upstreamLocalityStats: [{ totalSuccessfulRequests: 7 }] }];
    },
    onRequested: (request) => wanted.push(request),
  });
  await settle();
  expect(wanted).toEqual([{ clusters: ["a"], isEndpointGranularity: true }]);
  expect(plane.loadReports.map(({ node, clusterStats }) => [node?.id, clusterStats.length])).toEqual([["me", 0]]);
  runtime.advance(2500);
  await setImmediate();
  plane.wantLoad({ sendAllClusters: true, loadReportingInterval: { seconds: 1 } });
  await settle();
  runtime.advance(1000);
  await settle();
  expect(requests).toEqual([
    { clusters: ["a"], isEndpointGranularity: true, intervalMs: 2500 },
    { clusters: undefined, isEndpointGranularity: false, intervalMs: 1000 },
  ]);
  const [, first, second] = plane.loadReports;
  expect(first?.clusterStats[0]?.upstreamLocalityStats[0]?.totalSuccessfulRequests).toBe(7);
  expect([first, second].map((each) => each?.clusterStats[0]?.loadReportInterval).map((each) => [each?.seconds, each?.nanos])).toEqual([
    [2, 500_000_000],
    [1, 0],
  ]);
  expect(second?.node).toBeNull();
  report.close();
  expect(runtime.timers).toEqual([]);
});

test("what cannot be collected is its caller's to know of, and reports go on", async () => {
  const { plane, client, runtime, server } = await harness();
  const thrown = catchThrown();
  let count = 0;
  plane.wantLoad({ sendAllClusters: true, loadReportingInterval: interval });
  client.reportLoad(server, {
    collect: () => {
      if (++count === 1) throw new Error("mine");
      return [{ clusterName: "a" }];
    },
  });
  await settle();
  for (let report = 0; report < 2; report++) {
    runtime.advance(2500);
    await settle();
  }
  expect(thrown).toEqual([new Error("mine")]);
  expect(plane.loadReports.map(({ clusterStats }) => clusterStats.length)).toEqual([0, 0, 1]);
});

test("a stream of reports that is lost is opened again after a back-off, and begins anew", async () => {
  const { plane, client, runtime, server } = await harness();
  const errors: string[] = [];
  plane.wantLoad({ sendAllClusters: true, loadReportingInterval: interval });
  client.reportLoad(server, { collect: () => [], onError: ({ code }) => errors.push(code) });
  await settle();
  plane.breakStreams();
  await settle();
  expect([errors, runtime.timers]).toEqual([["MESH_XDS_UNAVAILABLE"], [250]]);
  runtime.advance(250);
  await settle();
  expect(plane.loadReports.map(({ node }) => node?.id)).toEqual(["me", "me"]);
  expect(runtime.timers).toEqual([2500]);
  client.close();
  expect(runtime.timers).toEqual([]);
});

test("a server's interval is never taken for less than 100 ms", async () => {
  const { plane, client, runtime, server } = await harness();
  plane.wantLoad({ sendAllClusters: true });
  client.reportLoad(server, { collect: () => [] });
  await settle();
  expect(runtime.timers).toEqual([100]);
});
