import { fromJson } from "@mesh/xds-proto";
import { describe, expect, test } from "vitest";
import { ConfigPath } from "../config/index.ts";
import { emptySnapshot, type RuntimeSnapshot } from "../runtime/index.ts";
import { SeededRandom, snapshotOf } from "../runtime/testing.ts";
import { compileAccessLogFilter } from "./filter.ts";
import { ResponseFlag } from "./response-flags.ts";
import type { StreamInfo } from "./stream-info.ts";
import { headersOf, streamInfo } from "./testing.ts";

const compile = (message: object, current: RuntimeSnapshot = emptySnapshot): ((parts: Partial<StreamInfo>) => boolean) => {
  const filter = compileAccessLogFilter(fromJson("envoy.config.accesslog.v3.AccessLogFilter", message), ConfigPath.of("filter"), {
    random: new SeededRandom(),
    flags: { current },
  });
  return (parts) => filter(streamInfo(parts));
};
const status = (op: string, value: number): object => ({
  status_code_filter: { comparison: { op, value: { default_value: value, runtime_key: "k" } } },
});

describe("access log filters", () => {
  test.each([
    ["EQ", [false, true, false]],
    ["GE", [false, true, true]],
    ["LE", [true, true, false]],
  ])("status_code_filter %s compares with 400: 399, 400, 401 give %j", (op, expected) => {
    expect([399, 400, 401].map((responseCode) => compile(status(op, 400))({ responseCode }))).toEqual(expected);
  });

  test("duration_filter compares whole milliseconds, and lets nothing pass that has not ended", () => {
    const filter = compile({ duration_filter: { comparison: { op: "GE", value: { default_value: 100, runtime_key: "k" } } } });
    expect([99.9, 100, undefined].map((duration) => filter({ duration }))).toEqual([false, true, false]);
  });

  test("and, or and header filters combine", () => {
    const header = { header_filter: { header: { name: "x-log", present_match: true } } };
    const both = compile({ and_filter: { filters: [status("GE", 500), header] } });
    const either = compile({ or_filter: { filters: [status("GE", 500), header] } });
    const logged = { request: headersOf({ "x-log": "1" }) };
    expect([both({ responseCode: 500 }), both(logged), both({ ...logged, responseCode: 503 })]).toEqual([false, false, true]);
    expect([either({ responseCode: 500 }), either(logged), either({})]).toEqual([true, true, false]);
    expect(compile(header)({ request: undefined })).toBe(false);
  });

  test("response_flag_filter lets pass any of its flags, or any flag at all where it names none", () => {
    const named = compile({ response_flag_filter: { flags: ["UH", "NR", "RLSE"] } });
    expect(named({ responseFlags: ResponseFlag.NoRouteFound | ResponseFlag.LocalReset })).toBe(true);
    expect(named({ responseFlags: ResponseFlag.LocalReset })).toBe(false);
    const any = compile({ response_flag_filter: {} });
    expect([any({ responseFlags: ResponseFlag.LocalReset }), any({ responseFlags: 0 })]).toEqual([true, false]);
  });

  test("runtime_filter samples by the request id, the same everywhere, and by chance without one", () => {
    const message = { runtime_key: "k", percent_sampled: { numerator: 25, denominator: "HUNDRED" } };
    const byId = compile({ runtime_filter: message });
    const withId = (first: string): Partial<StreamInfo> => ({
      request: headersOf({ "x-request-id": `${first}-0000-4000-8000-000000000000` }),
    });
    expect([byId(withId("00000018")), byId(withId("00000019")), byId(withId("00000064"))]).toEqual([true, false, true]);
    for (const filter of [byId, compile({ runtime_filter: { ...message, use_independent_randomness: true } })]) {
      const share = Array.from({ length: 4000 }, () => filter({ request: headersOf({}) })).filter(Boolean).length / 4000;
      expect(share).toBeGreaterThan(0.22);
      expect(share).toBeLessThan(0.28);
    }
    expect(compile({ runtime_filter: { runtime_key: "k" } })({})).toBe(false);
  });

  test("runtime keys replace what is compared with, and the numerator of the share", () => {
    const flags = snapshotOf({ k: 404 });
    expect([403, 404].map((responseCode) => compile(status("GE", 500), flags)({ responseCode }))).toEqual([false, true]);
    const sampling = { runtime_filter: { runtime_key: "k", percent_sampled: { numerator: 1, denominator: "TEN_THOUSAND" } } };
    const byId = compile(sampling, flags);
    const withId = (first: number): Partial<StreamInfo> => ({
      request: headersOf({ "x-request-id": `${first.toString(16).padStart(8, "0")}-0000-4000-8000-000000000000` }),
    });
    expect([byId(withId(403)), byId(withId(404)), byId(withId(10_403))]).toEqual([true, false, true]);
    const share = Array.from({ length: 10_000 }, () => byId({ request: headersOf({}) })).filter(Boolean).length;
    expect(share).toBeGreaterThan(330);
    expect(share).toBeLessThan(480);
  });

  test("not_health_check_filter lets everything pass, as nothing marks health checks", () => {
    expect(compile({ not_health_check_filter: {} })({})).toBe(true);
  });

  test.each([
    [{ and_filter: { filters: [status("GE", 1)] } }, "filter.and_filter.filters: needs two filters or more"],
    [{ or_filter: { filters: [] } }, "filter.or_filter.filters: needs two filters or more"],
    [{ status_code_filter: {} }, "filter.status_code_filter.comparison: is required"],
    [{ status_code_filter: { comparison: { op: "GE" } } }, "filter.status_code_filter.comparison.value: is required"],
    [{ response_flag_filter: { flags: ["UH", "XX"] } }, 'filter.response_flag_filter.flags[1]: there is no response flag "XX"'],
    [{ header_filter: {} }, "filter.header_filter.header: is required"],
    [{}, "filter: none of the filters that are supported is set"],
  ])("refuses %j", (message, text) => {
    expect(() => compile(message)).toThrow(text);
  });
});
