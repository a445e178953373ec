import { fromJson } from "@mesh/xds-proto";
import { describe, expect, test } from "vitest";
import { ConfigPath } from "../config/index.ts";
import type { RuntimeFlags } from "../runtime/index.ts";
import { emptySnapshot } from "../runtime/index.ts";
import { snapshotOf } from "../runtime/testing.ts";
import { StatsStore } from "../stats/index.ts";
import { statValue } from "../stats/testing.ts";
import { CircuitBreaker, type CircuitBreakerOptions, readCircuitBreakers } from "./circuit-breakers.ts";

const read = (json: object): readonly [CircuitBreakerOptions, CircuitBreakerOptions] =>
  readCircuitBreakers(fromJson("envoy.config.cluster.v3.CircuitBreakers", json), ConfigPath.of("circuit_breakers"));

const breaker = (
  json: object,
): {
  readonly limits: CircuitBreaker;
  readonly stat: (name: string) => number;
  readonly names: () => string[];
  readonly flags: RuntimeFlags;
} => {
  const flags: RuntimeFlags = { current: emptySnapshot };
  const store = new StatsStore();
  const limits = new CircuitBreaker(read({ thresholds: [json] })[0], store.scope("default"), flags, "circuit_breakers.c.default");
  return {
    limits,
    flags,
    stat: (name) => statValue(store, `default.${name}`),
    names: () => store.snapshot().gauges.map(({ name }) => name),
  };
};

describe("circuit breakers", () => {
  test("have Envoy's limits where none are configured", () => {
    const limits = { maxConnections: 1024, maxPendingRequests: 1024, maxRequests: 1024, maxRetries: 3, trackRemaining: false };
    expect(readCircuitBreakers(null, ConfigPath.root)).toMatchObject([limits, limits]);
  });

  test("have limits of their own for each priority; the first of several thresholds counts", () => {
    const [standard, high] = read({
      thresholds: [{ max_requests: 1 }, { priority: "HIGH", max_requests: 2 }, { priority: "DEFAULT", max_requests: 3 }],
    });
    expect([standard.maxRequests, high.maxRequests]).toEqual([1, 2]);
  });

  test("tell when nothing is left of a resource, and when there is something again", () => {
    const { limits, stat } = breaker({ max_requests: 2 });
    limits.requests++;
    expect(stat("rq_open")).toBe(0);
    limits.requests++;
    expect(stat("rq_open")).toBe(1);
    limits.requests--;
    expect(stat("rq_open")).toBe(0);
    expect(limits.requests).toBe(1);
  });

  test.each([
    ["connections", "cx_open", "remaining_cx"],
    ["pendingRequests", "rq_pending_open", "remaining_pending"],
    ["requests", "rq_open", "remaining_rq"],
    ["retries", "rq_retry_open", "remaining_retries"],
  ] as const)("count %s in %s and %s", (resource, open, remaining) => {
    const { limits, stat } = breaker({
      max_connections: 1,
      max_pending_requests: 1,
      max_requests: 1,
      max_retries: 1,
      track_remaining: true,
    });
    expect([stat(open), stat(remaining)]).toEqual([0, 1]);
    limits[resource]++;
    expect([stat(open), stat(remaining)]).toEqual([1, 0]);
  });

  test("are open from the start where the limit is 0", () => {
    expect(breaker({ max_retries: 0 }).stat("rq_retry_open")).toBe(1);
  });

  test("do not keep the gauges of what remains unless they are told to", () => {
    expect(breaker({}).names()).toEqual(
      ["cx_open", "cx_pool_open", "rq_open", "rq_pending_open", "rq_retry_open"].map((name) => `default.${name}`),
    );
  });

  test("let a share of the requests be retries where there is a budget, and never less than its minimum", () => {
    const { limits, names } = breaker({ track_remaining: true, retry_budget: { budget_percent: { value: 25 } } });
    expect(limits.maxRetries).toBe(3);
    limits.requests = 80;
    limits.pendingRequests = 20;
    expect(limits.maxRetries).toBe(25);
    expect(names()).not.toContain("default.remaining_retries");
  });

  test("have other limits where the runtime says so", () => {
    const { limits, flags, stat } = breaker({ max_requests: 10, max_retries: 1 });
    const at = (name: string): string => `circuit_breakers.c.default.${name}`;
    const { maxConnections, maxPendingRequests, maxRequests, maxRetries } = limits;
    expect([maxConnections, maxPendingRequests, maxRequests, maxRetries]).toEqual([1024, 1024, 10, 1]);
    const names = ["max_connections", "max_pending_requests", "max_requests", "max_retries"];
    flags.current = snapshotOf(Object.fromEntries(names.map((name, index) => [at(name), index + 1])));
    expect([limits.maxConnections, limits.maxPendingRequests, limits.maxRequests, limits.maxRetries]).toEqual([1, 2, 3, 4]);
    limits.requests = 3;
    expect(stat("rq_open")).toBe(1);
    flags.current = emptySnapshot;
    limits.requests++;
    expect([limits.maxRequests, stat("rq_open")]).toEqual([10, 0]);
  });

  test("have a retry budget where the runtime gives one, or a part of it", () => {
    const { limits, flags } = breaker({ max_retries: 7 });
    limits.requests = 100;
    flags.current = snapshotOf({ "circuit_breakers.c.default.retry_budget.min_retry_concurrency": 1 });
    expect(limits.maxRetries).toBe(20);
    flags.current = snapshotOf({ "circuit_breakers.c.default.retry_budget.budget_percent": 2 });
    expect(limits.maxRetries).toBe(3);
    const configured = breaker({ retry_budget: { budget_percent: { value: 25 }, min_retry_concurrency: 2 } });
    configured.limits.requests = 100;
    configured.flags.current = snapshotOf({ "circuit_breakers.c.default.retry_budget.budget_percent": 50.5 });
    expect(configured.limits.maxRetries).toBe(50);
  });
});
