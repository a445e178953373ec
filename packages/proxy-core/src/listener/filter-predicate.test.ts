import { fromJson } from "@mesh/xds-proto";
import { describe, expect, test } from "vitest";
import { ConfigPath } from "../config/index.ts";
import { compilePredicate, type ConnectionPredicate } from "./filter-predicate.ts";
import { acceptedConnection } from "./testing.ts";

const compile = (json: object): ConnectionPredicate =>
  compilePredicate(fromJson("envoy.config.listener.v3.ListenerFilterChainMatchPredicate", json), ConfigPath.of("filter_disabled"));
const at = (port: number): ReturnType<typeof acceptedConnection> =>
  acceptedConnection({ address: "10.0.0.1", port: 1 }, { address: "10.0.0.2", port });
const ports = (json: object): number[] => [79, 80, 81, 82, 443].filter((port) => compile(json)(at(port)));
const range = (start: number, end: number): object => ({ destination_port_range: { start, end } });

describe("where a listener filter is disabled", () => {
  test.each<[object, number[]]>([
    [range(80, 82), [80, 81]],
    [{ any_match: true }, [79, 80, 81, 82, 443]],
    [{ not_match: range(80, 82) }, [79, 82, 443]],
    [{ or_match: { rules: [range(80, 81), range(443, 444)] } }, [80, 443]],
    [{ and_match: { rules: [range(80, 83), { not_match: range(81, 82) }] } }, [80, 82]],
  ])("%j", (json, expected) => {
    expect(ports(json)).toEqual(expected);
  });

  test("is asked of where the connection was going, as far as that is known by then", () => {
    const accepted = at(15_006);
    accepted.restoreLocal({ address: "10.0.0.2", port: 80 });
    expect(compile(range(80, 81))(accepted)).toBe(true);
  });

  test.each<[object, string]>([
    [{}, "filter_disabled: one of or_match"],
    [range(80, 80), "filter_disabled.destination_port_range: is empty"],
    [{ any_match: false }, "filter_disabled.any_match: must be true"],
    [{ or_match: { rules: [range(80, 81)] } }, "filter_disabled.or_match.rules: needs two rules or more, here are 1"],
    [{ not_match: {} }, "filter_disabled.not_match: one of or_match"],
  ])("is refused where it makes no sense: %j", (json, problem) => {
    expect(() => compile(json)).toThrow(problem);
  });
});
