import { describe, expect, test } from "vitest";
import { ResponseFlag } from "../access-log/index.ts";
import { connectTimeoutText } from "../network/index.ts";
import { cancel } from "./router.ts";
import { StreamPhase } from "./stream-phase.ts";
import { testStreams, type TestStreams } from "./testing.ts";

const toA = (action: object = {}, route: object = {}): object => ({ match: { prefix: "/" }, route: { cluster: "a", ...action }, ...route });

/** That nothing of a stream is left on the books. */
function expectBalanced({ clusters, stat }: TestStreams, name: string = "a"): void {
  const { limits, hosts } = clusters.cluster(name);
  expect(limits[0]).toMatchObject({ requests: 0, retries: 0 });
  expect(hosts.map(({ stats }) => stats.rqActive)).toEqual(hosts.map(() => 0));
  expect(stat(`cluster.${name}.upstream_rq_active`)).toBe(0);
  expect(stat("fake.downstream_rq_active")).toBe(0);
}

describe("a request that is forwarded", () => {
  test("goes to a host, and its response to the client", () => {
    const streams = testStreams();
    const stream = streams.begin();
    expect(stream.attempts).toHaveLength(1);
    expect(stream.phase).toBe(StreamPhase.Forwarding);
    expect(streams.clusters.cluster("a").limits[0].requests).toBe(1);
    expect(streams.stat("cluster.a.upstream_rq_active")).toBe(1);
    streams.runtime.advance(32);
    expect(stream.answer(200)).toBe(true);
    expect(stream.written).toEqual(["response 200"]);
    expect(stream.finished).toBe(1);
    expect(streams.logged).toEqual([{ responseFlags: 0, responseCode: 200, responseCodeDetails: "via_upstream" }]);
    expect(stream.duration).toBe(32);
    expect(stream.responseDuration).toBe(32);
    expect(stream.upstreamCluster).toBe("a");
    expect(stream.upstreamHost).toBe(stream.attempts[0]?.addressText);
    expect(stream.virtualHostName).toBe("all");
    expect(stream.upstreamRequestAttemptCount).toBe(1);
    expectBalanced(streams);
  });

  test("is counted at the connection manager, the cluster and the host", () => {
    const { begin, stat } = testStreams();
    const good = begin();
    good.answer(200);
    begin().answer(503);
    expect(stat("fake.downstream_rq_total")).toBe(2);
    expect(stat("fake.downstream_rq_completed")).toBe(2);
    expect(stat("fake.downstream_rq_2xx")).toBe(1);
    expect(stat("fake.downstream_rq_5xx")).toBe(1);
    expect(stat("fake.downstream_rq_time")).toBe(2);
    expect(stat("cluster.a.upstream_rq_total")).toBe(2);
    expect(stat("cluster.a.upstream_rq_completed")).toBe(2);
    expect(stat("cluster.a.upstream_rq_200")).toBe(1);
    expect(stat("cluster.a.upstream_rq_5xx")).toBe(1);
    expect(stat("cluster.a.upstream_rq_time")).toBe(2);
    expect(good.host?.stats).toMatchObject({ rqTotal: 1, rqSuccess: 1, rqError: 0 });
  });

  test("holds its host until the response is there as a whole", () => {
    const streams = testStreams();
    const stream = streams.begin();
    stream.answerHead(200);
    expect(stream.written).toEqual(["response 200"]);
    expect(streams.clusters.cluster("a").limits[0].requests).toBe(1);
    stream.answerRest();
    expectBalanced(streams);
  });

  test("has the headers that the route changes, in both directions", () => {
    const add = (key: string): object => ({ header: { key, value: "1" } });
    const route = toA({}, { request_headers_to_add: [add("x-to-host")], response_headers_to_add: [add("x-to-client")] });
    const stream = testStreams({ routes: [route] }).begin();
    expect(stream.request.header("x-to-host")).toBe("1");
    stream.answer(200);
    expect(stream.response?.header("x-to-client")).toBe("1");
  });

  test("has its path rewritten, but for the log of what was asked for", () => {
    const stream = testStreams({ routes: [toA({ prefix_rewrite: "/inner/" })] }).begin({ path: "/x" });
    expect(stream.request.path).toBe("/inner/x");
    expect(stream.request.header("x-envoy-original-path")).toBe("/x");
  });

  test("goes to one of several clusters, and is changed for that one", () => {
    const weighted_clusters = {
      clusters: [
        { name: "a", weight: 1, request_headers_to_add: [{ header: { key: "x-to", value: "a" } }] },
        {
          name: "b",
          weight: 3,
          request_headers_to_add: [{ header: { key: "x-to", value: "b" } }],
          response_headers_to_add: [{ header: { key: "x-from", value: "b" } }],
        },
      ],
    };
    const streams = testStreams({
      clusters: { a: ["10.0.0.1:80"], b: ["10.0.0.2:80"] },
      routes: [{ match: { prefix: "/" }, route: { weighted_clusters } }],
    });
    const chosen = new Map<string, number>();
    for (let index = 0; index < 400; index++) {
      const stream = streams.begin();
      stream.answer(200);
      const to = stream.request.header("x-to") ?? "";
      expect(stream.upstreamCluster).toBe(to);
      expect(stream.response?.header("x-from")).toBe(to === "b" ? "b" : undefined);
      chosen.set(to, (chosen.get(to) ?? 0) + 1);
    }
    expect(chosen.get("b")).toBeGreaterThan(240);
    expect(chosen.get("a")).toBeGreaterThan(60);
  });
});

describe("a request that is not forwarded", () => {
  test("has no route", () => {
    const { begin, stat, logged } = testStreams({ routes: [{ match: { path: "/other" }, route: { cluster: "a" } }] });
    const stream = begin();
    expect(stream.written).toEqual(["local 404 "]);
    expect(logged).toEqual([{ responseFlags: ResponseFlag.NoRouteFound, responseCode: 404, responseCodeDetails: "route_not_found" }]);
    expect(stat("fake.no_route")).toBe(1);
    expect(stat("fake.downstream_rq_4xx")).toBe(1);
  });

  test("has a cluster that is not there", () => {
    const { begin, stat, logged } = testStreams({ routes: [toA({ cluster: "gone" })], configuration: { validate_clusters: false } });
    expect(begin().written).toEqual(["local 503 "]);
    expect(logged).toMatchObject([{ responseFlags: ResponseFlag.NoClusterFound, responseCodeDetails: "cluster_not_found" }]);
    expect(stat("fake.no_cluster")).toBe(1);
  });

  test("has no host to go to", () => {
    const streams = testStreams({ clusters: { a: [] } });
    expect(streams.begin().written).toEqual(["local 503 no healthy upstream"]);
    expect(streams.logged).toEqual([
      { responseFlags: ResponseFlag.NoHealthyUpstream, responseCode: 503, responseCodeDetails: "no_healthy_upstream" },
    ]);
    expect(streams.stat("cluster.a.upstream_cx_none_healthy")).toBe(1);
    expectBalanced(streams);
  });

  test("is one too many for the cluster", () => {
    const streams = testStreams({ clusterFields: { circuit_breakers: { thresholds: [{ max_requests: 1 }] } } });
    const first = streams.begin();
    const second = streams.begin();
    expect(second.written).toEqual([expect.stringContaining("local 503 upstream connect error")]);
    expect(streams.logged).toMatchObject([{ responseFlags: ResponseFlag.UpstreamOverflow }]);
    expect(streams.stat("cluster.a.upstream_rq_pending_overflow")).toBe(1);
    first.answer(200);
    streams.begin().answer(200);
    expectBalanced(streams);
  });

  test("is held against the limits of its priority", () => {
    const thresholds = [{ max_requests: 1 }, { priority: "HIGH", max_requests: 2 }];
    const streams = testStreams({ clusterFields: { circuit_breakers: { thresholds } }, routes: [toA({ priority: "HIGH" })] });
    streams.begin();
    expect(streams.begin().attempts).toHaveLength(1);
    expect(streams.begin().attempts).toHaveLength(0);
    expect(streams.clusters.cluster("a").limits[1].requests).toBe(2);
  });

  test("is answered by the route", () => {
    const routes = [{ match: { prefix: "/" }, direct_response: { status: 418, body: { inline_string: "teapot" } } }];
    const { begin, stat, logged } = testStreams({ routes });
    expect(begin().written).toEqual(["local 418 teapot"]);
    expect(logged).toEqual([{ responseFlags: 0, responseCode: 418, responseCodeDetails: "direct_response" }]);
    expect(stat("fake.rq_direct_response")).toBe(1);
  });

  test("is sent elsewhere by the route", () => {
    const { begin, stat } = testStreams({ routes: [{ match: { prefix: "/" }, redirect: { path_redirect: "/there" } }] });
    expect(begin().written).toEqual(["redirect 301 http://web.example/there"]);
    expect(stat("fake.rq_redirect")).toBe(1);
  });
});

describe("an attempt that fails", () => {
  test.for([
    ["upstream_connection_failure", 503, ResponseFlag.UpstreamConnectionFailure, "remote_connection_failure|be_cause"],
    ["upstream_reset", 503, ResponseFlag.UpstreamConnectionTermination, "connection_termination"],
    ["upstream_overflow", 503, ResponseFlag.UpstreamOverflow, "overflow"],
    ["upstream_protocol_error", 502, ResponseFlag.UpstreamProtocolError, "protocol_error"],
  ] as const)("with %s is told to the client", ([failure, status, flag, reason]) => {
    const streams = testStreams();
    const stream = streams.begin();
    stream.break(failure, "be cause");
    expect(stream.written[0]).toContain(`local ${status} `);
    expect(streams.logged).toMatchObject([
      { responseFlags: flag, responseCode: status, responseCodeDetails: `upstream_reset_before_response_started{${reason}}` },
    ]);
    expect(stream.upstreamTransportFailureReason).toBe("be cause");
    expect(stream.host?.stats.rqError).toBe(failure === "upstream_overflow" ? 0 : 1);
    expectBalanced(streams);
  });

  test("because no connection came in time says so", () => {
    const streams = testStreams();
    const stream = streams.begin();
    stream.break("upstream_connection_failure", connectTimeoutText);
    expect(stream.written[0]).toContain("reset reason: connection timeout");
    expect(streams.logged).toMatchObject([{ responseCodeDetails: "upstream_reset_before_response_started{connection_timeout}" }]);
  });

  test("counts as an answer of the cluster", () => {
    const streams = testStreams();
    streams.begin().break("upstream_protocol_error");
    expect([streams.stat("cluster.a.upstream_rq_502"), streams.stat("cluster.a.upstream_rq_completed")]).toEqual([1, 1]);
  });

  test("after the response has begun breaks it off", () => {
    const streams = testStreams();
    const stream = streams.begin();
    stream.answerHead(200);
    stream.break("upstream_reset");
    expect(stream.written).toEqual(["response 200", "reset"]);
    expect(streams.logged).toEqual([
      {
        responseFlags: ResponseFlag.UpstreamConnectionTermination,
        responseCode: 200,
        responseCodeDetails: "upstream_reset_after_response_started{connection_termination}",
      },
    ]);
    expectBalanced(streams);
  });

  test("says nothing more when the stream is over", () => {
    const streams = testStreams();
    const stream = streams.begin();
    stream.break("upstream_reset");
    stream.break("upstream_reset");
    expect(stream.written).toHaveLength(1);
    expectBalanced(streams);
  });
});

describe("time for the response", () => {
  test("is the connection manager's unless the route has one", () => {
    const streams = testStreams({ defaultTimeoutMs: 1000 });
    const stream = streams.begin();
    streams.runtime.advance(990);
    expect(stream.written).toEqual([]);
    streams.runtime.advance(40);
    expect(stream.written).toEqual(["local 504 upstream request timeout"]);
    expect(stream.aborted).toBe(1);
    expect(streams.logged).toEqual([
      { responseFlags: ResponseFlag.UpstreamRequestTimeout, responseCode: 504, responseCodeDetails: "response_timeout" },
    ]);
    expect(streams.stat("cluster.a.upstream_rq_timeout")).toBe(1);
    expect(streams.stat("fake.downstream_rq_timeout")).toBe(0);
    expect(stream.host?.stats.rqTimeout).toBe(1);
    expectBalanced(streams);
  });

  test("is the route's, and with 0 there is no end", () => {
    const short = testStreams({ routes: [toA({ timeout: "0.1s" })] });
    const stream = short.begin();
    short.runtime.advance(150);
    expect(stream.written).toHaveLength(1);
    const endless = testStreams({ routes: [toA({ timeout: "0s" })] });
    const other = endless.begin();
    endless.runtime.advance(1_000_000);
    expect(other.written).toEqual([]);
  });

  test("begins when the request has been received whole", () => {
    const streams = testStreams({ defaultTimeoutMs: 1000 });
    const stream = streams.begin({ requestComplete: false });
    streams.runtime.advance(5000);
    stream.completeRequest();
    streams.runtime.advance(900);
    expect(stream.written).toEqual([]);
    streams.runtime.advance(200);
    expect(stream.written).toEqual(["local 504 upstream request timeout"]);
    expect(stream.requestDuration).toBe(5000);
  });

  test("ends a response that does not", () => {
    const streams = testStreams({ defaultTimeoutMs: 1000 });
    const stream = streams.begin();
    stream.answerHead(200);
    streams.runtime.advance(1100);
    expect(stream.written).toEqual(["response 200", "reset"]);
    expect(streams.logged).toMatchObject([{ responseFlags: ResponseFlag.UpstreamRequestTimeout }]);
    expectBalanced(streams);
  });

  test("is over with the stream", () => {
    const streams = testStreams({ defaultTimeoutMs: 1000 });
    const stream = streams.begin();
    stream.answer(200);
    streams.runtime.advance(5000);
    expect(stream.written).toEqual(["response 200"]);
    expect(stream.timerNext).toBeNull();
  });
});

describe("a client that is gone", () => {
  test("frees the host, and nothing is written", () => {
    const streams = testStreams();
    const stream = streams.begin();
    cancel(stream, ResponseFlag.DownstreamConnectionTermination);
    cancel(stream, ResponseFlag.LocalReset);
    expect(stream.aborted).toBe(1);
    expect(stream.written).toEqual([]);
    expect(stream.finished).toBe(1);
    expect(streams.logged).toEqual([
      { responseFlags: ResponseFlag.DownstreamConnectionTermination, responseCode: 0, responseCodeDetails: "downstream_remote_disconnect" },
    ]);
    expect(streams.stat("cluster.a.upstream_rq_cancelled")).toBe(1);
    expect(streams.stat("fake.downstream_rq_completed")).toBe(0);
    expectBalanced(streams);
  });

  test("after the host has answered is no matter of the cluster's", () => {
    const streams = testStreams();
    const stream = streams.begin();
    stream.answerHead(200);
    cancel(stream, ResponseFlag.DownstreamConnectionTermination);
    expect(stream.aborted).toBe(1);
    expectBalanced(streams);
  });
});

describe("a cluster that is to be spared", () => {
  const dropping = (numerator: number): object => {
    const policy = { drop_overloads: [{ category: "overload", drop_percentage: { numerator } }] };
    const address = { socket_address: { address: "10.0.0.1", port_value: 80 } };
    return { load_assignment: { cluster_name: "a", policy, endpoints: [{ lb_endpoints: [{ endpoint: { address } }] }] } };
  };
  const retrying = toA({ retry_policy: { retry_on: "5xx", num_retries: 3 } });

  test("gets none of the requests where all are dropped", () => {
    const streams = testStreams({ clusterFields: dropping(100), routes: [retrying] });
    const stream = streams.begin();
    expect(stream.written).toEqual(["local 503 unconditional drop overload"]);
    expect(stream.attempts).toEqual([]);
    expect(stream.upstreamRequestAttemptCount).toBe(0);
    expect(stream.upstreamCluster).toBe("a");
    expect(streams.logged).toEqual([
      { responseFlags: ResponseFlag.UnconditionalDropOverload, responseCode: 503, responseCodeDetails: "unconditional_drop_overload" },
    ]);
    expect(streams.stat("cluster.a.upstream_rq_drop_overload")).toBe(1);
    expect(streams.stat("cluster.a.upstream_rq_503")).toBe(1);
    expect(streams.stat("cluster.a.upstream_rq_total")).toBe(0);
    expect(streams.stat("cluster.a.upstream_rq_retry")).toBe(0);
    expectBalanced(streams);
  });

  test("gets the rest of them where a share is dropped, drawn once for each request", () => {
    const streams = testStreams({ clusterFields: dropping(30), routes: [retrying] });
    for (let request = 0; request < 2000; request++) {
      const stream = streams.begin();
      if (stream.attempts.length > 0) stream.answer(200);
    }
    const dropped = streams.stat("cluster.a.upstream_rq_drop_overload");
    expect(dropped / 2000).toBeCloseTo(0.3, 1);
    expect(streams.stat("cluster.a.upstream_rq_total")).toBe(2000 - dropped);
    expect(streams.stat("cluster.a.upstream_rq_503")).toBe(dropped);
    const { responseFlags, responseCodeDetails } = streams.logged.find(({ responseCode }) => responseCode === 503)!;
    expect([responseFlags, responseCodeDetails]).toEqual([ResponseFlag.DropOverload, "drop_overload"]);
    expectBalanced(streams);
  });
});
