import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ResponseFlag } from "../access-log/index.ts";
import { snapshotOf } from "../runtime/testing.ts";
import { cancel } from "./router.ts";
import type { AttemptFailure } from "./stream.ts";
import { testStreams, type TestStreams, type TestStreamsOptions } from "./testing.ts";

function retrying(policy: object, options: TestStreamsOptions = {}): TestStreams {
  const retry_policy = { retry_on: "5xx", num_retries: 1, ...policy };
  return testStreams({ routes: [{ match: { prefix: "/" }, route: { cluster: "a", retry_policy } }], ...options });
}

/** Longer than any back-off of these tests, shorter than the time for a response. */
const backoffMs = 400;

function expectBalanced({ clusters, stat }: TestStreams): void {
  const { limits, hosts } = clusters.cluster("a");
  expect(limits[0]).toMatchObject({ requests: 0, retries: 0 });
  expect(hosts.every(({ stats }) => stats.rqActive === 0)).toBe(true);
  expect(stat("cluster.a.upstream_rq_active")).toBe(0);
}

describe("a response", () => {
  test.for([
    ["5xx", 500, true],
    ["5xx", 503, true],
    ["5xx", 404, false],
    ["gateway-error", 502, true],
    ["gateway-error", 504, true],
    ["gateway-error", 500, false],
    ["gateway-error", 505, false],
    ["retriable-4xx", 409, true],
    ["retriable-4xx", 404, false],
    ["retriable-status-codes", 429, true],
    ["retriable-status-codes", 503, false],
    ["reset", 503, false],
  ] as const)("under %s with %i is tried again: %s", ([retry_on, status, again]) => {
    const streams = retrying({ retry_on, retriable_status_codes: [429] });
    const stream = streams.begin();
    expect(stream.isHeld).toBe(true);
    expect(stream.answer(status)).toBe(!again);
    expect(stream.written).toEqual(again ? [] : [`response ${status}`]);
    if (!again) {
      expectBalanced(streams);
      return;
    }
    expect(streams.clusters.cluster("a").limits[0]).toMatchObject({ requests: 0, retries: 1 });
    streams.runtime.advance(backoffMs);
    expect(stream.attempts).toHaveLength(2);
    stream.answer(200);
    expect(stream.written).toEqual(["response 200"]);
    expect(stream.upstreamRequestAttemptCount).toBe(2);
    expect(streams.stat("cluster.a.upstream_rq_retry")).toBe(1);
    expect(streams.stat("cluster.a.upstream_rq_retry_success")).toBe(1);
    expect(streams.stat("cluster.a.upstream_rq_retry_backoff_exponential")).toBe(1);
    expectBalanced(streams);
  });

  test("is passed on where the runtime allows no retries", () => {
    const streams = retrying({});
    streams.runtime.flags.current = snapshotOf({ "upstream.use_retry": 0 });
    const stream = streams.begin();
    expect(stream.answer(503)).toBe(true);
    expect(stream.written).toEqual(["response 503"]);
    expect(streams.stat("cluster.a.upstream_rq_retry")).toBe(0);
    expectBalanced(streams);
  });

  test("is passed on when there were as many tries as there may be", () => {
    const streams = retrying({ num_retries: 2 });
    const stream = streams.begin();
    for (let retry = 0; retry < 2; retry++) {
      expect(stream.answer(503)).toBe(false);
      streams.runtime.advance(backoffMs);
    }
    expect(stream.answer(503)).toBe(true);
    expect(stream.attempts).toHaveLength(3);
    expect(streams.logged).toEqual([
      { responseFlags: ResponseFlag.UpstreamRetryLimitExceeded, responseCode: 503, responseCodeDetails: "via_upstream" },
    ]);
    expect(streams.stat("cluster.a.upstream_rq_503")).toBe(1);
    expect(streams.stat("cluster.a.retry.upstream_rq_503")).toBe(streams.stat("cluster.a.upstream_rq_retry"));
    expect(streams.stat("cluster.a.upstream_rq_retry_limit_exceeded")).toBe(1);
    expect(streams.stat("cluster.a.upstream_rq_retry_success")).toBe(0);
    expectBalanced(streams);
  });

  test("that would not have been tried again makes a retry a success", () => {
    const streams = retrying({ retry_on: "gateway-error" });
    const stream = streams.begin();
    stream.answer(502);
    streams.runtime.advance(backoffMs);
    stream.answer(500);
    expect(streams.stat("cluster.a.upstream_rq_retry_success")).toBe(1);
  });

  test("is passed on when the request is no longer held", () => {
    const streams = retrying({});
    const stream = streams.begin({ replayable: false });
    expect(stream.answer(503)).toBe(true);
    expect(streams.stat("cluster.a.upstream_rq_retry")).toBe(0);
    expectBalanced(streams);
  });

  test("is passed on when the cluster has as many retries as it may have", () => {
    const thresholds = [{ max_retries: 1 }];
    const streams = retrying({ num_retries: 3 }, { clusterFields: { circuit_breakers: { thresholds } } });
    const first = streams.begin();
    expect(first.answer(503)).toBe(false);
    const second = streams.begin();
    expect(second.answer(503)).toBe(true);
    expect(streams.stat("cluster.a.upstream_rq_retry_overflow")).toBe(1);
    expect(streams.logged).toMatchObject([{ responseFlags: ResponseFlag.UpstreamOverflow, responseCode: 503 }]);
    // The first one keeps its place from try to try.
    streams.runtime.advance(backoffMs);
    expect(first.answer(503)).toBe(false);
    streams.runtime.advance(backoffMs);
    first.answer(200);
    expectBalanced(streams);
  });
});

describe("a failure", () => {
  const failures: readonly AttemptFailure[] = [
    "upstream_connection_failure",
    "upstream_reset",
    "upstream_overflow",
    "upstream_protocol_error",
  ];

  test.for([
    ["5xx", "upstream_connection_failure upstream_reset upstream_protocol_error"],
    ["gateway-error", "upstream_connection_failure upstream_reset upstream_protocol_error"],
    ["reset", "upstream_connection_failure upstream_reset upstream_protocol_error"],
    ["connect-failure", "upstream_connection_failure"],
    ["retriable-4xx", ""],
  ] as const)("under %s is tried again for: %s", ([retry_on, expected]) => {
    const tried = failures.filter((failure) => {
      const streams = retrying({ retry_on });
      const stream = streams.begin();
      stream.break(failure, "first");
      if (stream.written.length > 0) {
        expectBalanced(streams);
        return false;
      }
      streams.runtime.advance(backoffMs);
      stream.answer(200);
      expect(stream.written).toEqual(["response 200"]);
      expect(stream.upstreamTransportFailureReason).toBeUndefined();
      expectBalanced(streams);
      return true;
    });
    expect(tried.join(" ")).toBe(expected);
  });

  test("of the last try is told with both reasons", () => {
    const streams = retrying({});
    const stream = streams.begin();
    stream.break("upstream_reset");
    streams.runtime.advance(backoffMs);
    stream.break("upstream_connection_failure");
    const responseFlags = ResponseFlag.UpstreamRetryLimitExceeded | ResponseFlag.UpstreamConnectionFailure;
    expect(streams.logged).toMatchObject([{ responseFlags, responseCode: 503 }]);
  });

  test("after the response has begun is not tried again", () => {
    const streams = retrying({});
    const stream = streams.begin();
    stream.answerHead(200);
    stream.break("upstream_reset");
    expect(stream.written).toEqual(["response 200", "reset"]);
    expectBalanced(streams);
  });
});

describe("the time for a try", () => {
  test("ends it, and another one follows", () => {
    const streams = retrying({ per_try_timeout: "1s" });
    const stream = streams.begin();
    streams.runtime.advance(1020);
    expect(stream.aborted).toBe(1);
    expect(stream.written).toEqual([]);
    streams.runtime.advance(backoffMs);
    expect(stream.attempts).toHaveLength(2);
    streams.runtime.advance(1040);
    expect(stream.written).toEqual(["local 504 upstream request timeout"]);
    expect(streams.stat("cluster.a.upstream_rq_per_try_timeout")).toBe(2);
    const responseFlags = ResponseFlag.UpstreamRequestTimeout | ResponseFlag.UpstreamRetryLimitExceeded;
    expect(streams.logged).toEqual([{ responseFlags, responseCode: 504, responseCodeDetails: "upstream_per_try_timeout" }]);
    expect(streams.stat("cluster.a.upstream_rq_504")).toBe(1);
    expectBalanced(streams);
  });

  test("ends the stream where the policy does not want another", () => {
    const streams = retrying({ per_try_timeout: "1s", retry_on: "connect-failure" });
    const stream = streams.begin();
    streams.runtime.advance(1040);
    expect(stream.written).toEqual(["local 504 upstream request timeout"]);
    expect(streams.logged).toMatchObject([{ responseFlags: ResponseFlag.UpstreamRequestTimeout }]);
  });

  test("is over when the response begins", () => {
    const streams = retrying({ per_try_timeout: "1s" });
    const stream = streams.begin();
    stream.answerHead(200);
    streams.runtime.advance(2000);
    stream.answerRest();
    expect(stream.written).toEqual(["response 200"]);
  });

  test("begins when the request has been received whole", () => {
    const streams = retrying({ per_try_timeout: "1s" });
    const stream = streams.begin({ requestComplete: false });
    streams.runtime.advance(5000);
    stream.completeRequest();
    streams.runtime.advance(900);
    expect(stream.aborted).toBe(0);
    streams.runtime.advance(200);
    expect(stream.aborted).toBe(1);
  });
});

describe("the back-off", () => {
  test("is a random part of a time that doubles up to a limit", () => {
    const retry_back_off = { base_interval: "0.1s", max_interval: "0.25s" };
    const ceilings = [100, 200, 250, 250];
    const longest = ceilings.map(() => 0);
    for (let round = 0; round < 60; round++) {
      const streams = retrying({ num_retries: 4, retry_back_off }, {});
      // Another place in the sequence of random numbers.
      for (let skip = 0; skip < round; skip++) streams.runtime.random.next();
      const stream = streams.begin();
      for (const [retry, ceiling] of ceilings.entries()) {
        stream.answer(503);
        const from = streams.runtime.clock.now();
        while (stream.attempts.length < retry + 2) streams.runtime.advance(1);
        const waited = streams.runtime.clock.now() - from;
        // A slot of the wheel is 16 ms.
        expect(waited).toBeLessThanOrEqual(ceiling + 16);
        longest[retry] = Math.max(longest[retry] ?? 0, waited);
      }
    }
    for (const [retry, ceiling] of ceilings.entries()) expect(longest[retry]).toBeGreaterThan(ceiling * 0.8);
  });

  test("ends with the time for the response", () => {
    const retry_back_off = { base_interval: "100s", max_interval: "100s" };
    const retry_policy = { retry_on: "5xx", retry_back_off };
    const streams = testStreams({ routes: [{ match: { prefix: "/" }, route: { cluster: "a", timeout: "0.05s", retry_policy } }] });
    const stream = streams.begin();
    stream.answer(503);
    streams.runtime.advance(100);
    expect(stream.written).toEqual(["local 504 upstream request timeout"]);
    streams.runtime.advance(200_000);
    expect(stream.attempts).toHaveLength(1);
    expectBalanced(streams);
  });

  test("ends with the client", () => {
    const streams = retrying({});
    const stream = streams.begin();
    stream.answer(503);
    cancel(stream, ResponseFlag.DownstreamConnectionTermination);
    streams.runtime.advance(10_000);
    expect(stream.attempts).toHaveLength(1);
    expectBalanced(streams);
  });
});

describe("hosts that were tried", () => {
  const retry_host_predicate = [
    {
      name: "envoy.retry_host_predicates.previous_hosts",
      typed_config: { "@type": "type.googleapis.com/envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate" },
    },
  ];

  test("are passed over where the policy says so", () => {
    for (let seed = 0; seed < 20; seed++) {
      const policy = { num_retries: 2, retry_host_predicate, host_selection_retry_max_attempts: 50 };
      const streams = retrying(policy, { clusterFields: { lb_policy: "RANDOM" } });
      for (let skip = 0; skip < seed; skip++) streams.runtime.random.next();
      const stream = streams.begin();
      for (let retry = 0; retry < 2; retry++) {
        stream.answer(503);
        streams.runtime.advance(backoffMs);
      }
      expect(new Set(stream.attempts).size).toBe(3);
    }
  });

  test("are taken all the same where there is no other", () => {
    const streams = retrying({ retry_host_predicate }, { clusters: { a: ["10.0.0.1:80"] } });
    const stream = streams.begin();
    stream.answer(503);
    streams.runtime.advance(backoffMs);
    expect(stream.attempts).toHaveLength(2);
  });
});

test("whatever happens to streams, the books are balanced when they are over", () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant("answer"), status: fc.constantFrom(200, 404, 500, 503) }),
    fc.record({
      kind: fc.constant("break"),
      failure: fc.constantFrom<AttemptFailure>("upstream_reset", "upstream_connection_failure", "upstream_overflow"),
    }),
    fc.record({ kind: fc.constant("wait"), ms: fc.integer({ min: 1, max: 3000 }) }),
    fc.record({ kind: fc.constant("head"), status: fc.constantFrom(200, 503) }),
    fc.record({ kind: fc.constant("rest") }),
    fc.record({ kind: fc.constant("cancel") }),
    fc.record({ kind: fc.constant("begin"), replayable: fc.boolean() }),
  );
  const steps = fc.array(fc.tuple(fc.nat(), step), { maxLength: 40 });
  fc.assert(
    fc.property(steps, (script) => {
      const policy = { num_retries: 2, per_try_timeout: "0.5s" };
      const thresholds = [{ max_retries: 1, max_requests: 3 }];
      const streams = retrying(policy, { clusterFields: { circuit_breakers: { thresholds } }, defaultTimeoutMs: 2000 });
      const begun = [streams.begin()];
      for (const [which, action] of script) {
        const stream = begun[which % begun.length];
        if (stream === undefined) continue;
        if (action.kind === "begin") begun.push(streams.begin({ replayable: action.replayable }));
        else if (action.kind === "wait") streams.runtime.advance(action.ms);
        else if (action.kind === "cancel") cancel(stream, 0);
        // A host that is not asked does nothing.
        else if (!stream.attemptActive) continue;
        else if (action.kind === "rest" && stream.response !== undefined) stream.answerRest();
        else if (action.kind === "break") stream.break(action.failure);
        else if (action.kind === "answer" && stream.response === undefined) stream.answer(action.status);
        else if (action.kind === "head" && stream.response === undefined) stream.answerHead(action.status);
        const { limits } = streams.clusters.cluster("a");
        expect(limits[0].requests).toBe(begun.filter(({ attemptActive }) => attemptActive).length);
        expect(limits[0].requests).toBeLessThanOrEqual(3);
        expect(limits[0].retries).toBeLessThanOrEqual(1);
      }
      streams.runtime.advance(10_000);
      for (const stream of begun) {
        expect(stream.ended).toBe(true);
        expect(stream.finished).toBe(1);
        expect(stream.written.length).toBeLessThanOrEqual(2);
      }
      expect(streams.logged).toHaveLength(begun.length);
      expectBalanced(streams);
    }),
  );
});
