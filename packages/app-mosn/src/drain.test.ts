import { expect, test } from "vitest";
import { drainingOf } from "./drain.ts";

const istio = { drainTimeMs: 45_000, terminationMs: 5000 };

test("connections have ten minutes to end, gradually but for the process's end", () => {
  expect(drainingOf({})).toEqual({ drainTimeMs: 600_000, terminationMs: 600_000, drainStrategy: undefined });
});

test("in Istio's place they end as with istio-proxy", () => {
  expect(drainingOf({}, istio)).toEqual({ ...istio, drainStrategy: "immediate" });
});

test.each([undefined, istio])("what the command line says goes before that: %j", (times) => {
  const said = { drainTimeMs: 1500, terminationMs: 1500, drainStrategy: "gradual" };
  expect(drainingOf({ drainTimeS: 1.5, drainStrategy: "gradual" }, times)).toEqual(said);
});
