import { describe, expect, test } from "vitest";
import { RetryOn } from "./contract.ts";
import { compileRoutes, compileUnchecked, forwardOf, toA, withRoutes } from "./testing.ts";

describe("a route that forwards", () => {
  test("says nothing of what is not configured", () => {
    expect(forwardOf(compileRoutes(withRoutes(toA())))).toMatchObject({
      timeoutMs: undefined,
      idleTimeoutMs: undefined,
      retry: undefined,
      priority: 0,
      rewrite: undefined,
      upgrades: undefined,
      mirrors: [],
    });
  });

  test("has its timeouts in milliseconds, 0 for none", () => {
    expect(forwardOf(compileRoutes(withRoutes(toA({ timeout: "1.5s", idle_timeout: "0s" }))))).toMatchObject({
      timeoutMs: 1500,
      idleTimeoutMs: 0,
    });
    expect(forwardOf(compileRoutes(withRoutes(toA({ timeout: "0s" }))))).toMatchObject({ timeoutMs: 0 });
  });

  test.each([
    ["DEFAULT", 0],
    ["HIGH", 1],
  ])("priority %s is %d", (priority, number) => {
    expect(forwardOf(compileRoutes(withRoutes(toA({ priority })))).priority).toBe(number);
  });

  test("allows and forbids upgrades by their names in lower case", () => {
    const upgrades = [{ upgrade_type: "WebSocket" }, { upgrade_type: "CONNECT", enabled: false }];
    expect(forwardOf(compileRoutes(withRoutes(toA({ upgrade_configs: upgrades })))).upgrades).toEqual(
      new Map([
        ["websocket", true],
        ["connect", false],
      ]),
    );
  });

  test("takes its own retry policy, else the virtual host's, and never parts of both", () => {
    const retryOf = (own: object, virtualHost: object): unknown =>
      forwardOf(compileRoutes({ virtual_hosts: [{ name: "v", domains: ["*"], routes: [toA(own)], ...virtualHost }] })).retry;
    const virtualHost = { retry_policy: { retry_on: "reset", num_retries: 7 } };
    expect(retryOf({}, {})).toBeUndefined();
    expect(retryOf({}, virtualHost)).toMatchObject({ retryOn: RetryOn.Reset, numRetries: 7 });
    expect(retryOf({ retry_policy: { retry_on: "5xx" } }, virtualHost)).toMatchObject({ retryOn: RetryOn.ServerError, numRetries: 1 });
  });

  test.each([
    [{ timeout: "-1s" }, "timeout: must be 0s or longer"],
    [{ idle_timeout: "-1s" }, "idle_timeout: must be 0s or longer"],
    [{ upgrade_configs: [{}] }, "upgrade_configs[0].upgrade_type: is required"],
    [
      { upgrade_configs: [{ upgrade_type: "a" }, { upgrade_type: "A" }] },
      'upgrade_configs[1].upgrade_type: there is another entry for "A"',
    ],
    [{ retry_policy: { retry_on: "no" } }, 'retry_policy.retry_on: there is no condition "no"'],
  ])("refuses %j", (action, message) => {
    expect(() => compileUnchecked(withRoutes(toA(action)))).toThrow(`routes.virtual_hosts[0].routes[0].route.${message}`);
  });
});
