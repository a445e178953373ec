import { localReplyCauses } from "@mesh/codec";
import { describe, expect, test } from "vitest";
import { ResponseFlag } from "../access-log/index.ts";
import { causes } from "./error-table.ts";
import { FilterStatus, type FilterStream, type StreamFilter } from "./filter.ts";
import { forGivenFilter, givenFilter, RecordingFilter, testStreams, type TestStreams, type TestStreamsOptions } from "./testing.ts";

/** Filters in the order of their names. */
function withFilters(filters: Readonly<Record<string, StreamFilter>>, options: TestStreamsOptions = {}): TestStreams {
  return testStreams({ filters, httpFilters: Object.keys(filters).map((name) => givenFilter(name)), ...options });
}

describe("the filters of a chain", () => {
  test("see the request in their order, the response in the opposite one, and the end", () => {
    const calls: string[] = [];
    const stream = withFilters({ a: new RecordingFilter("a", calls), b: new RecordingFilter("b", calls) }).begin();
    expect(calls).toEqual(["a request", "b request"]);
    expect(stream.attempts).toHaveLength(1);
    stream.answer(200);
    expect(calls.slice(2)).toEqual(["b response", "a response", "a complete", "b complete"]);
  });

  test("are told whether there is more to come", () => {
    const calls: string[] = [];
    const stream = withFilters({ a: new RecordingFilter("a", calls) }).begin({ requestComplete: false });
    stream.answerHead(200);
    expect(calls).toEqual(["a request…", "a response…"]);
  });

  test("are only those that have the hook", () => {
    const seen: number[] = [];
    const watcher: StreamFilter = {
      onComplete: ({ responseCode }) => {
        seen.push(responseCode);
      },
    };
    withFilters({ watcher }).begin().answer(204);
    expect(seen).toEqual([204]);
  });

  test("hold a request until they let it go on", () => {
    const calls: string[] = [];
    const stream = withFilters({
      a: new RecordingFilter("a", calls, () => FilterStatus.Stop),
      b: new RecordingFilter("b", calls),
    }).begin();
    expect(calls).toEqual(["a request"]);
    expect(stream.attempts).toEqual([]);
    stream.continueRequest();
    expect(calls).toEqual(["a request", "b request"]);
    expect(stream.attempts).toHaveLength(1);
    stream.continueRequest();
    expect(stream.attempts).toHaveLength(1);
  });

  test("may let it go on from within, and the rest of the chain runs once", () => {
    const calls: string[] = [];
    const goOn = (stream: FilterStream): FilterStatus => {
      stream.continueRequest();
      return FilterStatus.Stop;
    };
    const stream = withFilters({ a: new RecordingFilter("a", calls, goOn), b: new RecordingFilter("b", calls) }).begin();
    expect(calls).toEqual(["a request", "b request"]);
    expect(stream.attempts).toHaveLength(1);
  });

  test("hold a response until they let it go on", () => {
    const calls: string[] = [];
    const stream = withFilters({
      a: new RecordingFilter("a", calls),
      b: new RecordingFilter("b", calls, undefined, () => FilterStatus.Stop),
    }).begin();
    stream.answer(200);
    expect(stream.written).toEqual([]);
    expect(calls.at(-1)).toBe("b response");
    stream.continueResponse();
    expect(stream.written).toEqual(["response 200"]);
    expect(calls.slice(-3)).toEqual(["a response", "a complete", "b complete"]);
    stream.continueResponse();
    expect(stream.written).toHaveLength(1);
  });

  test("may answer in place of the host", () => {
    const calls: string[] = [];
    const deny = (stream: FilterStream): FilterStatus => {
      stream.sendLocalReply({ cause: "denied", httpStatus: 403, message: "no" }, "rbac_access_denied");
      return FilterStatus.Stop;
    };
    const { begin, logged, stat } = withFilters({ a: new RecordingFilter("a", calls, deny), b: new RecordingFilter("b", calls) });
    const stream = begin();
    expect(stream.written).toEqual(["local 403 no"]);
    expect(calls).toEqual(["a request", "a complete", "b complete"]);
    expect(logged).toEqual([
      { responseFlags: ResponseFlag.UnauthorizedExternalService, responseCode: 403, responseCodeDetails: "rbac_access_denied" },
    ]);
    expect(stat("fake.downstream_rq_4xx")).toBe(1);
    stream.sendLocalReply({ cause: "denied", httpStatus: 403, message: "again" });
    stream.continueRequest();
    expect(stream.written).toHaveLength(1);
    expect(stream.attempts).toEqual([]);
  });

  test("may answer while a host is asked, which is left alone then", () => {
    const streams = testStreams();
    const stream = streams.begin();
    stream.sendLocalReply({ cause: "request_too_large", httpStatus: 413, message: "" });
    expect(stream.aborted).toBe(1);
    expect(streams.clusters.cluster("a").limits[0].requests).toBe(0);
    expect(streams.stat("cluster.a.upstream_rq_cancelled")).toBe(1);
    stream.break("upstream_reset");
    expect(stream.written).toEqual(["local 413 "]);
  });

  test("may keep something for a stream, and write metadata", () => {
    const stream = testStreams().make();
    expect(stream.getState(3)).toBeUndefined();
    stream.setState(3, "three");
    expect([stream.getState(3), stream.getState(0)]).toEqual(["three", undefined]);
    stream.setDynamicMetadata("ns", "a", 1);
    stream.setDynamicMetadata("ns", "b", [2]);
    expect(stream.dynamicMetadata?.get("ns")).toEqual({ a: 1, b: [2] });
  });

  test("may have the route chosen anew", () => {
    const routes = [
      { match: { prefix: "/", headers: [{ name: "x-to-b", present_match: true }] }, route: { cluster: "b" } },
      { match: { prefix: "/" }, route: { cluster: "a" } },
    ];
    const change = (stream: FilterStream): FilterStatus => {
      expect(stream.target?.cluster).toBe("a");
      stream.request.headers.set("x-to-b", "1");
      expect(stream.target?.cluster).toBe("a");
      stream.refreshRoute();
      expect(stream.target?.cluster).toBe("b");
      return FilterStatus.Continue;
    };
    const clusters = { a: ["10.0.0.1:80"], b: ["10.0.0.2:80"] };
    const stream = withFilters({ a: new RecordingFilter("a", [], change) }, { clusters, routes }).begin();
    expect(stream.upstreamCluster).toBe("b");
    stream.refreshRoute();
    expect(stream.route).toBeDefined();
  });
});

describe("an answer that takes its time", () => {
  test("is not broken off by the times of the request", () => {
    const retry_policy = { retry_on: "5xx", num_retries: 5, retry_back_off: { base_interval: "1s", max_interval: "1s" } };
    const streams = testStreams({ routes: [{ match: { prefix: "/" }, route: { cluster: "a", timeout: "3s", retry_policy } }] });
    const stream = streams.begin({ slowReplies: true });
    stream.answer(503);
    stream.sendLocalReply({ cause: "draining", httpStatus: 503, message: "bye" });
    expect(streams.clusters.cluster("a").limits[0]).toMatchObject({ requests: 0, retries: 0 });
    streams.runtime.advance(60_000);
    expect(stream.written).toEqual(["local 503 bye"]);
    expect(stream.attempts).toHaveLength(1);
    stream.finish();
    expect(streams.logged).toMatchObject([{ responseFlags: ResponseFlag.LocalReset, responseCodeDetails: "draining" }]);
  });
});

describe("a filter's configuration in routes", () => {
  const perFilter = (value: string): object => ({ typed_per_filter_config: { f: forGivenFilter(value) } });
  const configs: { first: unknown; all: readonly unknown[] }[] = [];
  const look = (stream: FilterStream): FilterStatus => {
    configs.push({ first: stream.filterConfig("f"), all: stream.filterConfigs("f") });
    return FilterStatus.Continue;
  };
  const seen = (options: TestStreamsOptions): (typeof configs)[number] | undefined => {
    configs.length = 0;
    withFilters({ f: new RecordingFilter("f", [], look) }, options).begin();
    return configs[0];
  };
  const route = (fields: object, action: object = { cluster: "a" }): object => ({ match: { prefix: "/" }, route: action, ...fields });

  test("is compiled by its extension, and the most specific one comes first", () => {
    expect(seen({})).toEqual({ first: undefined, all: [] });
    expect(seen({ configuration: perFilter("table") })).toEqual({ first: "table", all: ["table"] });
    const three = { configuration: perFilter("table"), virtualHost: perFilter("host"), routes: [route(perFilter("route"))] };
    expect(seen(three)).toEqual({ first: "route", all: ["route", "host", "table"] });
  });

  test("is the weighted cluster's before the route's", () => {
    const weighted_clusters = { clusters: [{ name: "a", weight: 1, ...perFilter("cluster") }] };
    const routes = [route(perFilter("route"), { weighted_clusters })];
    expect(seen({ routes })).toEqual({ first: "cluster", all: ["cluster", "route"] });
  });

  test("is there for requests that are not forwarded", () => {
    const routes = [{ match: { prefix: "/" }, direct_response: { status: 200 }, ...perFilter("route") }];
    expect(seen({ routes })).toEqual({ first: "route", all: ["route"] });
    expect(seen({ routes: [{ match: { path: "/other" }, route: { cluster: "a" } }], virtualHost: perFilter("host") })).toEqual({
      first: undefined,
      all: [],
    });
  });
});

describe("a filter that is turned off", () => {
  const filterConfig = (fields: object): object => ({
    typed_per_filter_config: { f: { "@type": "type.googleapis.com/envoy.config.route.v3.FilterConfig", ...fields } },
  });
  const off = filterConfig({ disabled: true });
  const on = filterConfig({ config: forGivenFilter("x") });
  const direct = { typed_per_filter_config: { f: forGivenFilter("x") } };
  const route = (fields: object, action: object = { cluster: "a" }): object => ({ match: { prefix: "/" }, route: action, ...fields });

  /** Which filters took part. */
  function taking(disabled: boolean, options: TestStreamsOptions): string {
    const calls: string[] = [];
    const filters = { f: new RecordingFilter("f", calls), g: new RecordingFilter("g", calls) };
    const httpFilters = [givenFilter("f", disabled ? { disabled } : {}), givenFilter("g")];
    testStreams({ filters, httpFilters, ...options })
      .begin()
      .answer(200);
    expect(calls.filter((call) => call.startsWith("g "))).toEqual(["g request", "g response", "g complete"]);
    const own = calls.filter((call) => call.startsWith("f "));
    expect([0, 3]).toContain(own.length);
    return own.length === 0 ? "off" : "on";
  }

  test("by a route, a virtual host or the table has no part in anything", () => {
    expect(taking(false, {})).toBe("on");
    expect(taking(false, { routes: [route(off)] })).toBe("off");
    expect(taking(false, { virtualHost: off })).toBe("off");
    expect(taking(false, { configuration: off })).toBe("off");
    const weighted_clusters = { clusters: [{ name: "a", weight: 1, ...off }] };
    expect(taking(false, { routes: [route(on, { weighted_clusters })] })).toBe("off");
  });

  test("is on again where something more specific has a configuration for it", () => {
    expect(taking(false, { virtualHost: off, routes: [route(on)] })).toBe("on");
    expect(taking(false, { virtualHost: off, routes: [route(direct)] })).toBe("on");
    expect(taking(false, { virtualHost: on, routes: [route(off)] })).toBe("off");
  });

  test("in the chain is on only where a route has a configuration for it", () => {
    expect(taking(true, {})).toBe("off");
    expect(taking(true, { routes: [route(direct)] })).toBe("on");
    expect(taking(true, { configuration: on })).toBe("on");
    expect(taking(true, { configuration: on, virtualHost: off })).toBe("off");
  });
});

test("every cause has a status, and those that are the mesh's own a flag or a status that says enough", () => {
  expect(Object.keys(causes).sort()).toEqual([...localReplyCauses].sort());
  for (const { httpStatus } of Object.values(causes)) expect(httpStatus).toBeGreaterThanOrEqual(200);
  const withoutFlag = localReplyCauses.filter((cause) => causes[cause].flag === 0);
  expect(withoutFlag).toEqual(["direct_response", "request_too_large"]);
});
