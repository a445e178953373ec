import { createRequestHead } from "@mesh/codec-http1";
import { describe, expect, test } from "vitest";
import { RetryOn, type RetryPolicy } from "../route/index.ts";
import { FilterStatus, type StreamFilter } from "../stream/index.ts";
import { retryPolicyFor, takeCallerPolicy, type CallerPolicy } from "./caller-policy.ts";
import { call, connectRaw, startHttpBackend, startProxy, startRawBackend, until } from "./testing.ts";

function taken(fields: Readonly<Record<string, string>>): { readonly policy: CallerPolicy | undefined; readonly left: readonly string[] } {
  const { headers } = createRequestHead({ method: "GET", headers: Object.entries(fields) });
  const policy = takeCallerPolicy(headers);
  const left: string[] = [];
  headers.forEach((name) => left.push(name));
  return { policy, left };
}

const nothing: CallerPolicy = {
  timeoutMs: undefined,
  perTryTimeoutMs: undefined,
  hasAltResponse: false,
  retryOn: 0,
  maxRetries: undefined,
  retriableStatusCodes: [],
};

describe("what a caller says", () => {
  test("is nothing in most requests", () => {
    expect(taken({ host: "a", accept: "*/*" })).toEqual({ policy: undefined, left: ["host", "accept"] });
  });

  test("is taken out of the request, whether it makes sense or not", () => {
    const { policy, left } = taken({
      host: "a",
      "x-envoy-upstream-rq-timeout-ms": "1500",
      "X-Envoy-Upstream-Rq-Per-Try-Timeout-Ms": "soon",
      "x-envoy-upstream-rq-timeout-alt-response": "anything",
      "x-envoy-retry-on": "what, 5xx,,retriable-status-codes ",
      "x-envoy-max-retries": "-1",
      "x-envoy-retriable-status-codes": "404, none ,425",
      "x-envoy-retry-grpc-on": "unavailable",
      "x-envoy-retriable-header-names": "x-again",
      "x-envoy-hedge-on-per-try-timeout": "true",
    });
    expect(left).toEqual(["host"]);
    expect(policy).toEqual({
      timeoutMs: 1500,
      perTryTimeoutMs: undefined,
      hasAltResponse: true,
      retryOn: RetryOn.ServerError | RetryOn.RetriableStatusCodes,
      maxRetries: undefined,
      retriableStatusCodes: [404, 425],
    });
  });
});

describe("the retry policy", () => {
  const route: RetryPolicy = {
    retryOn: RetryOn.ConnectFailure,
    numRetries: 3,
    perTryTimeoutMs: 100,
    retriableStatusCodes: [418],
    backoffBaseMs: 1,
    backoffMaxMs: 2,
    avoidPreviousHosts: true,
    hostSelectionAttempts: 4,
  };

  test("is the route's where the caller says nothing", () => {
    expect(retryPolicyFor(route, undefined, 1000)).toBe(route);
    expect(retryPolicyFor(undefined, undefined, 1000)).toBeUndefined();
    expect(retryPolicyFor(undefined, { ...nothing, maxRetries: 5, timeoutMs: 1 }, 1)).toBeUndefined();
  });

  test("gets conditions and codes on top; number and time take the place of the route's", () => {
    const caller = { ...nothing, retryOn: RetryOn.Reset, retriableStatusCodes: [503], maxRetries: 0, perTryTimeoutMs: 50 };
    expect(retryPolicyFor(route, caller, 0)).toEqual({
      ...route,
      retryOn: RetryOn.ConnectFailure | RetryOn.Reset,
      retriableStatusCodes: [418, 503],
      numRetries: 0,
      perTryTimeoutMs: 50,
    });
  });

  test("has no time for a try that is not shorter than that for all", () => {
    expect(retryPolicyFor(route, undefined, 100)).toEqual({ ...route, perTryTimeoutMs: 0 });
    expect(retryPolicyFor(undefined, { ...nothing, perTryTimeoutMs: 500 }, 100)).toBeUndefined();
  });

  test("is Envoy's default with what the caller says where the route has none", () => {
    const caller = { ...nothing, retryOn: RetryOn.ServerError };
    expect(retryPolicyFor(undefined, caller, 0)).toMatchObject({ retryOn: RetryOn.ServerError, numRetries: 1, backoffBaseMs: 25 });
    expect(retryPolicyFor(undefined, { ...nothing, perTryTimeoutMs: 50 }, 100)).toMatchObject({ numRetries: 0, perTryTimeoutMs: 50 });
  });
});

describe("a caller of our own network", () => {
  const manager = {
    use_remote_address: true,
    internal_address_config: { cidr_ranges: [{ address_prefix: "127.0.0.1", prefix_len: 32 }] },
  };
  const busy = "HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy";

  test("has its request tried again as often as it wants, without a policy of the route's", async () => {
    let asked = 0;
    await using backend = await startHttpBackend((_request, response) => response.writeHead(asked++ < 2 ? 503 : 200).end());
    await using proxy = await startProxy({ hosts: [backend.port], manager });
    const answer = call(proxy.port, { headers: { "x-envoy-retry-on": "5xx", "x-envoy-max-retries": "2" } });
    await until(() => {
      proxy.runtime.advance(50);
      return proxy.logged.length > 0;
    });
    expect((await answer).status).toBe(200);
    expect([asked, proxy.logged[0]?.attempts]).toEqual([3, 3]);
  });

  test("may say so in no other place: elsewhere it is heard by nobody", async () => {
    await using backend = await startHttpBackend((_request, response) => response.writeHead(503).end());
    await using proxy = await startProxy({ hosts: [backend.port] });
    expect((await call(proxy.port, { headers: { "x-envoy-retry-on": "5xx" } })).status).toBe(503);
    expect(proxy.logged[0]?.attempts).toBe(1);
  });

  test("is told in each try what is left of its time", async () => {
    await using backend = await startRawBackend();
    await using proxy = await startProxy({ hosts: [backend.port], manager, route: { timeout: "10s" } });
    const client = await connectRaw(proxy.port);
    client.write("GET / HTTP/1.1\r\nHost: a\r\nx-envoy-retry-on: 5xx\r\n\r\n");
    const host = await backend.accept();
    expect(await host.readHead()).toContain("x-envoy-expected-rq-timeout-ms: 10000\r\n");
    proxy.runtime.advance(4000);
    host.write(busy);
    await until(() => {
      proxy.runtime.advance(1);
      return host.received !== "";
    });
    const told = Number(/x-envoy-expected-rq-timeout-ms: (\d+)\r\n/u.exec(await host.readHead())?.[1]);
    expect(told).toBeLessThanOrEqual(6000);
    expect(told).toBeGreaterThan(5000);
  });

  test("gets 204 for a timeout where it prefers that", async () => {
    await using backend = await startRawBackend();
    await using proxy = await startProxy({ hosts: [backend.port], manager, route: { timeout: "1s" } });
    const client = await connectRaw(proxy.port);
    client.write("GET / HTTP/1.1\r\nHost: a\r\nx-envoy-upstream-rq-timeout-alt-response: 1\r\n\r\n");
    expect(await (await backend.accept()).readHead()).not.toContain("alt-response");
    proxy.runtime.advance(1100);
    expect(await client.readHead()).toMatch(/^HTTP\/1\.1 204 No Content\r\n/u);
  });
});

test("a filter may say it for any caller", async () => {
  const filter: StreamFilter = {
    onRequest: (stream) => {
      stream.request.headers.set("x-envoy-upstream-rq-timeout-ms", "250");
      return FilterStatus.Continue;
    },
  };
  await using backend = await startRawBackend();
  await using proxy = await startProxy({ hosts: [backend.port], filters: [filter] });
  const client = await connectRaw(proxy.port);
  client.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  expect(await (await backend.accept()).readHead()).toContain("x-envoy-expected-rq-timeout-ms: 250\r\n");
});
