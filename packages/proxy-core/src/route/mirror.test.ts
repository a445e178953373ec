import { fromJson } from "@mesh/xds-proto";
import { expect, test } from "vitest";
import { ConfigPath } from "../config/index.ts";
import { emptySnapshot, type RuntimeFlags } from "../runtime/index.ts";
import { snapshotOf } from "../runtime/testing.ts";
import { compileMirrors } from "./mirror.ts";
import { testScope } from "./testing.ts";

test("a mirror policy copies all requests, the share that it says, or the one that the runtime says", () => {
  const flags: RuntimeFlags = { current: emptySnapshot };
  const messages = [{}, { runtime_fraction: { default_value: { numerator: 25 }, runtime_key: "copies" } }].map((fields) =>
    fromJson("envoy.config.route.v3.RouteAction.RequestMirrorPolicy", { cluster: "a", ...fields }),
  );
  const policies = compileMirrors(messages, ConfigPath.of("mirrors"), { ...testScope(), runtime: { flags } });
  const fractions = (): number[] => policies.map(({ fraction }) => fraction);
  expect(fractions()).toEqual([1, 0.25]);
  flags.current = snapshotOf({ copies: 0.5 });
  expect(fractions()).toEqual([1, 0.5]);
});
