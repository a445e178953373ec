import { createMessage, encodeMessage } from "@mesh/xds-proto";
import { expect, test } from "vitest";
import { LoadMachine, type LoadEvent } from "./machine.ts";

function machine(): (event: LoadEvent) => string[] {
  const node = createMessage("envoy.config.core.v3.Node", { id: "me" });
  const subject = new LoadMachine({ node, backOff: {}, random: () => 0.5, now: () => 0 });
  return (event) => subject.handle(event).map((action) => action.kind);
}

const wanted: LoadEvent = {
  kind: "received",
  bytes: encodeMessage("envoy.service.load_stats.v3.LoadStatsResponse", { clusters: ["a"], loadReportingInterval: { seconds: 1 } }),
};

test("a server that takes nothing gets no report before it does", () => {
  const handle = machine();
  handle({ kind: "start" });
  expect(handle({ kind: "opened" })).toEqual(["send"]);
  expect(handle(wanted)).toEqual(["startTimer", "requested"]);
  handle({ kind: "blocked" });
  expect(handle({ kind: "timer" })).toEqual(["startTimer"]);
  handle({ kind: "writable" });
  expect(handle({ kind: "timer" })).toEqual(["startTimer", "collect"]);
  expect(handle({ kind: "collected", stats: [] })).toEqual(["send"]);
});

test("a response that cannot be read ends the stream, which is opened again", () => {
  const handle = machine();
  handle({ kind: "start" });
  handle({ kind: "opened" });
  expect(handle({ kind: "received", bytes: Uint8Array.of(0xff) })).toEqual(["disconnect", "startTimer", "fail"]);
  expect(handle({ kind: "timer" })).toEqual(["connect"]);
});

test("nothing is done after it was stopped", () => {
  const handle = machine();
  handle({ kind: "start" });
  handle({ kind: "opened" });
  expect(handle({ kind: "stop" })).toEqual(["stopTimer", "disconnect"]);
  expect(handle(wanted)).toEqual([]);
});
