import { describe, expect, test } from "vitest";
import { ResponseFlag } from "../../access-log/index.ts";
import type { TestRequestInit } from "../../route/testing.ts";
import { emptySnapshot } from "../../runtime/index.ts";
import { snapshotOf } from "../../runtime/testing.ts";
import { cancel } from "../router.ts";
import { testStreams, type TestStreams, type TestStreamsOptions } from "../testing.ts";

const typeUrl = "type.googleapis.com/envoy.extensions.filters.http.fault.v3.HTTPFault";
const always = { numerator: 100 };

/** Streams with a fault filter before the router. */
function faulty(fault: object, options: TestStreamsOptions = {}): TestStreams {
  return testStreams({ httpFilters: [{ name: "fault", typed_config: { "@type": typeUrl, ...fault } }], ...options });
}

const perRoute = (fault: object): object => ({ typed_per_filter_config: { fault: { "@type": typeUrl, ...fault } } });
const delayed = (ms: number, percentage: object = always): object => ({ fixed_delay: `${ms / 1000}s`, percentage });
const aborted = (http_status: number, percentage: object = always): object => ({ http_status, percentage });

describe("a delay", () => {
  test("holds a request for its time, and then it goes on", () => {
    const streams = faulty({ delay: delayed(1000) });
    const stream = streams.begin();
    expect(streams.stat("fake.fault.delays_injected")).toBe(1);
    expect(streams.stat("fake.fault.active_faults")).toBe(1);
    streams.runtime.advance(990);
    expect(stream.attempts).toEqual([]);
    streams.runtime.advance(30);
    expect(stream.attempts).toHaveLength(1);
    stream.answer(200);
    expect(streams.logged).toMatchObject([{ responseFlags: ResponseFlag.DelayInjected, responseCode: 200 }]);
    expect(streams.stat("fake.fault.active_faults")).toBe(0);
  });

  test("ends with a client that does not wait", () => {
    const streams = faulty({ delay: delayed(1000) });
    const stream = streams.begin();
    cancel(stream, ResponseFlag.DownstreamConnectionTermination);
    expect(streams.stat("fake.fault.active_faults")).toBe(0);
    streams.runtime.advance(2000);
    expect(stream.attempts).toEqual([]);
    expect(stream.finished).toBe(1);
  });

  test("may be followed by an abort, as one fault", () => {
    const streams = faulty({ delay: delayed(1000), abort: aborted(429), max_active_faults: 1 });
    const stream = streams.begin();
    streams.runtime.advance(1020);
    expect(stream.written).toEqual(["local 429 fault filter abort"]);
    expect(streams.logged).toMatchObject([{ responseFlags: ResponseFlag.DelayInjected | ResponseFlag.FaultInjected }]);
    expect(streams.stat("fake.fault.active_faults")).toBe(0);
    expect(streams.stat("fake.fault.faults_overflow")).toBe(0);
  });

  test("is the caller's to choose where configuration leaves it to them", () => {
    const streams = faulty({ delay: { header_delay: {}, percentage: always } });
    const stream = streams.begin({ headers: [["x-envoy-fault-delay-request", "500"]] });
    streams.runtime.advance(480);
    expect(stream.attempts).toEqual([]);
    streams.runtime.advance(40);
    expect(stream.attempts).toHaveLength(1);
    for (const value of ["0", "-1", "1s", "", "99999999999"]) {
      expect(streams.begin({ headers: [["x-envoy-fault-delay-request", value]] }).attempts).toHaveLength(1);
    }
    expect(streams.begin().attempts).toHaveLength(1);
  });
});

describe("an abort", () => {
  test("answers with its status in place of the host", () => {
    const streams = faulty({ abort: aborted(503) });
    const stream = streams.begin();
    expect(stream.written).toEqual(["local 503 fault filter abort"]);
    expect(stream.attempts).toEqual([]);
    expect(streams.logged).toEqual([
      { responseFlags: ResponseFlag.FaultInjected, responseCode: 503, responseCodeDetails: "fault_filter_abort" },
    ]);
    expect(streams.stat("fake.fault.aborts_injected")).toBe(1);
    expect(streams.stat("fake.fault.active_faults")).toBe(0);
  });

  test("is the caller's to choose where configuration leaves it to them", () => {
    const streams = faulty({ abort: { header_abort: {}, percentage: always } });
    const asked = (status: string): string[] => streams.begin({ headers: [["x-envoy-fault-abort-request", status]] }).written;
    expect(asked("404")).toEqual(["local 404 fault filter abort"]);
    expect(asked("200")).toEqual(["local 200 fault filter abort"]);
    for (const status of ["199", "600", "abc", "5e2", " 503"]) expect(asked(status)).toEqual([]);
    expect(streams.begin().written).toEqual([]);
  });
});

describe("the share of requests", () => {
  const rate = (fault: object, headers: readonly (readonly [string, string])[] = []): number => {
    const streams = faulty(fault);
    for (let index = 0; index < 2000; index++) streams.begin({ headers }).answer(200);
    return streams.stat("fake.fault.aborts_injected") / 2000;
  };

  test("is what configuration says, and none without", () => {
    expect(rate({ abort: aborted(503, { numerator: 30 }) })).toBeCloseTo(0.3, 1);
    expect(rate({ abort: aborted(503, { numerator: 3000, denominator: "TEN_THOUSAND" }) })).toBeCloseTo(0.3, 1);
    expect(rate({ abort: aborted(503, { numerator: 100 }) })).toBe(1);
    expect(rate({ abort: { http_status: 503 } })).toBe(0);
  });

  test("can be made smaller by the caller, not larger", () => {
    const byHeader = (percentage: object): object => ({ abort: { header_abort: {}, percentage } });
    const asking = (share: string): readonly (readonly [string, string])[] => [
      ["x-envoy-fault-abort-request", "503"],
      ["x-envoy-fault-abort-request-percentage", share],
    ];
    expect(rate(byHeader({ numerator: 50 }), asking("20"))).toBeCloseTo(0.2, 1);
    expect(rate(byHeader({ numerator: 50 }), asking("90"))).toBeCloseTo(0.5, 1);
    expect(rate(byHeader({ numerator: 50 }), asking("much"))).toBeCloseTo(0.5, 1);
    expect(rate(byHeader({ numerator: 1_000_000, denominator: "MILLION" }), asking("200000"))).toBeCloseTo(0.2, 1);
    // It is asked of faults that callers ask for only.
    expect(rate({ abort: aborted(503) }, asking("0"))).toBe(1);
  });
});

describe("the requests that have faults", () => {
  const has = (streams: TestStreams, headers: readonly (readonly [string, string])[] = []): boolean => {
    return streams.begin({ headers }).written.length > 0;
  };

  test("are those for a cluster", () => {
    const abort = aborted(503);
    expect(has(faulty({ abort, upstream_cluster: "a" }))).toBe(true);
    expect(has(faulty({ abort, upstream_cluster: "b" }))).toBe(false);
    const weighted_clusters = {
      clusters: [
        { name: "a", weight: 1 },
        { name: "b", weight: 1 },
      ],
    };
    const routes = [{ match: { prefix: "/" }, route: { weighted_clusters } }];
    const streams = faulty({ abort, upstream_cluster: "b" }, { routes, clusters: { a: ["10.0.0.1:1"], b: ["10.0.0.2:1"] } });
    for (let index = 0; index < 50; index++) {
      const stream = streams.begin();
      expect(stream.written.length > 0).toBe(stream.target?.cluster === "b");
    }
  });

  test("are those with certain headers", () => {
    const streams = faulty({ abort: aborted(503), headers: [{ name: "x-test", string_match: { exact: "1" } }] });
    expect(has(streams)).toBe(false);
    expect(has(streams, [["x-test", "1"]])).toBe(true);
    expect(has(streams, [["x-test", "2"]])).toBe(false);
  });

  test("are those from certain nodes", () => {
    const streams = faulty({ abort: aborted(503), downstream_nodes: ["n1", "n2"] });
    expect(has(streams)).toBe(false);
    expect(has(streams, [["x-envoy-downstream-service-node", "n2"]])).toBe(true);
    expect(has(streams, [["x-envoy-downstream-service-node", "n3"]])).toBe(false);
  });

  test("are as many at a time as there may be", () => {
    const streams = faulty({ delay: delayed(1000), max_active_faults: 1 });
    const first = streams.begin();
    const second = streams.begin();
    expect(first.attempts).toEqual([]);
    expect(second.attempts).toHaveLength(1);
    expect(streams.stat("fake.fault.faults_overflow")).toBe(1);
    streams.runtime.advance(1020);
    first.answer(200);
    expect(streams.begin().attempts).toEqual([]);
    expect(has(faulty({ abort: aborted(503), max_active_faults: 0 }))).toBe(false);
  });

  test("are none where the filter says nothing", () => {
    expect(has(faulty({}))).toBe(false);
  });
});

describe("the runtime", () => {
  const from = (cluster: string): TestRequestInit => ({ headers: [["x-envoy-downstream-service-cluster", cluster]] });

  test("sets the share and the time of delays, under Envoy's keys or the configuration's", () => {
    const streams = faulty({ delay: delayed(1000, { numerator: 0 }) });
    streams.runtime.flags.current = snapshotOf({ "fault.http.delay.fixed_delay_percent": 1, "fault.http.delay.fixed_duration_ms": 500 });
    const stream = streams.begin();
    expect(stream.attempts).toEqual([]);
    streams.runtime.advance(520);
    expect(stream.attempts).toHaveLength(1);
    const named = faulty({ delay: delayed(1000), delay_percent_runtime: "share", delay_duration_runtime: "ms" });
    named.runtime.flags.current = snapshotOf({ share: 0 });
    expect(named.begin().attempts).toHaveLength(1);
    named.runtime.flags.current = snapshotOf({ ms: 0 });
    expect(named.begin().attempts).toHaveLength(1);
    named.runtime.flags.current = emptySnapshot;
    expect(named.begin().attempts).toEqual([]);
  });

  test("sets the share and the status of aborts; what is no status has no effect", () => {
    const streams = faulty({ abort: aborted(503), abort_http_status_runtime: "status" });
    streams.runtime.flags.current = snapshotOf({ status: 418 });
    expect(streams.begin().written).toEqual(["local 418 fault filter abort"]);
    streams.runtime.flags.current = snapshotOf({ status: 20 });
    expect(streams.begin().written).toEqual(["local 503 fault filter abort"]);
    streams.runtime.flags.current = snapshotOf({ "fault.http.abort.abort_percent": 0 });
    expect(streams.begin().written).toEqual([]);
  });

  test("sets how many faults there may be", () => {
    const streams = faulty({ delay: delayed(1000) });
    streams.runtime.flags.current = snapshotOf({ "fault.http.max_active_faults": 1 });
    expect([streams.begin(), streams.begin()].map(({ attempts }) => attempts.length)).toEqual([0, 1]);
    expect(streams.stat("fake.fault.faults_overflow")).toBe(1);
  });

  test("speaks of a downstream cluster by its own keys, and for that one by no others, save for the time", () => {
    const streams = faulty({ abort: aborted(503, { numerator: 0 }) });
    const abort = "abort.abort_percent";
    streams.runtime.flags.current = snapshotOf({
      [`fault.http.${abort}`]: 1,
      [`fault.http.shop.${abort}`]: 1,
      "fault.http.shop.abort.http_status": 400,
    });
    expect(streams.begin(from("shop")).written).toEqual(["local 400 fault filter abort"]);
    expect(streams.begin(from("bank")).written).toEqual([]);
    expect(streams.begin().written).toEqual(["local 503 fault filter abort"]);
    const slow = faulty({ delay: delayed(5000) });
    slow.runtime.flags.current = snapshotOf({ "fault.http.delay.fixed_duration_ms": 1000, "fault.http.bank.delay.fixed_duration_ms": 500 });
    const [shop, bank] = [slow.begin(from("shop")), slow.begin(from("bank"))];
    slow.runtime.advance(520);
    expect([shop.attempts.length, bank.attempts.length]).toEqual([0, 1]);
    slow.runtime.advance(500);
    expect(shop.attempts).toHaveLength(1);
  });

  test("counts in a route's own faults, too", () => {
    const streams = faulty({}, { routes: [{ match: { prefix: "/" }, route: { cluster: "a" }, ...perRoute({ abort: aborted(503) }) }] });
    streams.runtime.flags.current = snapshotOf({ "fault.http.abort.http_status": 500 });
    expect(streams.begin().written).toEqual(["local 500 fault filter abort"]);
  });
});

describe("a route's own faults", () => {
  test("take the place of the filter's", () => {
    const routes = [
      { match: { path: "/own" }, route: { cluster: "a" }, ...perRoute({ abort: aborted(418) }) },
      { match: { path: "/none" }, route: { cluster: "a" }, ...perRoute({}) },
      { match: { prefix: "/" }, route: { cluster: "a" } },
    ];
    const streams = faulty({ abort: aborted(503) }, { routes });
    expect(streams.begin({ path: "/own" }).written).toEqual(["local 418 fault filter abort"]);
    expect(streams.begin({ path: "/none" }).written).toEqual([]);
    expect(streams.begin().written).toEqual(["local 503 fault filter abort"]);
  });
});

describe("faults by downstream cluster", () => {
  const headers = [["x-envoy-downstream-service-cluster", "web"]] as const;

  test("are counted", () => {
    const streams = faulty({ delay: delayed(10), abort: aborted(503) });
    streams.begin({ headers });
    streams.runtime.advance(40);
    expect(streams.stat("fake.fault.web.delays_injected")).toBe(1);
    expect(streams.stat("fake.fault.web.aborts_injected")).toBe(1);
  });

  test("are not, where configuration says so", () => {
    const streams = faulty({ abort: aborted(503), disable_downstream_cluster_stats: true });
    streams.begin({ headers });
    expect(streams.stat("fake.fault.web.aborts_injected")).toBe(0);
    expect(streams.stat("fake.fault.aborts_injected")).toBe(1);
  });

  test("are counted for no more than a thousand of them", () => {
    const streams = faulty({ abort: aborted(503) });
    for (let index = 0; index < 1100; index++) streams.begin({ headers: [["x-envoy-downstream-service-cluster", `c${index}`]] });
    expect(streams.stat("fake.fault.c999.aborts_injected")).toBe(1);
    expect(streams.stat("fake.fault.c1000.aborts_injected")).toBe(0);
    expect(streams.stat("fake.fault.aborts_injected")).toBe(1100);
  });
});

describe("a configuration is refused", () => {
  const at = "http_filters[0].typed_config";

  test("with a status or a time that cannot be", () => {
    expect(() => faulty({ abort: aborted(600) })).toThrow(`${at}.abort.http_status: must be from 200 to 599, is 600`);
    expect(() => faulty({ delay: delayed(0) })).toThrow(`${at}.delay.fixed_delay: must be longer than 0s`);
  });

  test("with a fault that does not say what it is", () => {
    expect(() => faulty({ delay: { percentage: always } })).toThrow(`${at}.delay: one of fixed_delay, header_delay is required`);
    expect(() => faulty({ abort: { percentage: always } })).toThrow(`${at}.abort: one of http_status, header_abort is required`);
  });

  test("in a route, too", () => {
    const routes = [{ match: { prefix: "/" }, route: { cluster: "a" }, ...perRoute({ abort: aborted(1) }) }];
    expect(() => faulty({}, { routes })).toThrow('typed_per_filter_config["fault"].abort.http_status');
  });
});
