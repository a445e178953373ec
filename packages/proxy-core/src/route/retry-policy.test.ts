import { fromJson } from "@mesh/xds-proto";
import { describe, expect, test } from "vitest";
import { ConfigPath } from "../config/index.ts";
import { RetryOn, type RetryPolicy } from "./contract.ts";
import { compileRetryPolicy } from "./retry-policy.ts";
import { testExtensions } from "./testing.ts";

function compile(json: object): RetryPolicy {
  const strange = {
    name: "strange",
    category: "envoy.retry_host_predicates",
    messageName: "google.protobuf.Empty",
    fields: undefined,
  } as const;
  return compileRetryPolicy(fromJson("envoy.config.route.v3.RetryPolicy", json), ConfigPath.of("retry"), testExtensions([strange]));
}

const predicate = (messageName: string): object => ({ name: "p", typed_config: { "@type": `type.googleapis.com/${messageName}` } });

describe("RetryPolicy", () => {
  test("has Envoy's defaults", () => {
    expect(compile({})).toEqual({
      retryOn: 0,
      numRetries: 1,
      perTryTimeoutMs: 0,
      retriableStatusCodes: [],
      backoffBaseMs: 25,
      backoffMaxMs: 250,
      avoidPreviousHosts: false,
      hostSelectionAttempts: 1,
    });
  });

  test("takes all that can be set", () => {
    const json = {
      retry_on: "5xx",
      num_retries: 0,
      per_try_timeout: "0.25s",
      retriable_status_codes: [418, 503],
      retry_back_off: { base_interval: "0.1s", max_interval: "0.5s" },
      retry_host_predicate: [predicate("envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate")],
      host_selection_retry_max_attempts: 5,
    };
    expect(compile(json)).toEqual({
      retryOn: RetryOn.ServerError,
      numRetries: 0,
      perTryTimeoutMs: 250,
      retriableStatusCodes: [418, 503],
      backoffBaseMs: 100,
      backoffMaxMs: 500,
      avoidPreviousHosts: true,
      hostSelectionAttempts: 5,
    });
  });

  test.each([
    ["5xx", RetryOn.ServerError],
    ["gateway-error", RetryOn.GatewayError],
    ["reset", RetryOn.Reset],
    ["reset-before-request", RetryOn.ResetBeforeRequest],
    ["connect-failure", RetryOn.ConnectFailure],
    ["envoy-ratelimited", RetryOn.EnvoyRateLimited],
    ["retriable-4xx", RetryOn.Retriable4xx],
    ["refused-stream", RetryOn.RefusedStream],
    ["retriable-status-codes", RetryOn.RetriableStatusCodes],
    ["cancelled", RetryOn.GrpcCancelled],
    ["deadline-exceeded", RetryOn.GrpcDeadlineExceeded],
    ["internal", RetryOn.GrpcInternal],
    ["resource-exhausted", RetryOn.GrpcResourceExhausted],
    ["unavailable", RetryOn.GrpcUnavailable],
    [" 5xx , ,connect-failure,5xx", RetryOn.ServerError | RetryOn.ConnectFailure],
    ["", 0],
  ])("retry_on %j is %d", (text, bits) => {
    expect(compile({ retry_on: text }).retryOn).toBe(bits);
  });

  test.each([
    [{ base_interval: "0.0001s" }, 1, 10],
    [{ base_interval: "0.0001s", max_interval: "0.0002s" }, 1, 1],
    [{ base_interval: "2s" }, 2000, 20_000],
    [{ base_interval: "2s", max_interval: "2s" }, 2000, 2000],
  ])("retry_back_off %j is %d to %d ms", (json, base, max) => {
    expect(compile({ retry_back_off: json })).toMatchObject({ backoffBaseMs: base, backoffMaxMs: max });
  });

  test.each([
    [{ retry_on: "5xx,5yy" }, 'retry.retry_on: there is no condition "5yy": use 5xx, gateway-error'],
    [{ retry_on: "retriable-headers" }, "retry.retry_on: retriable-headers needs retriable_headers"],
    [{ retry_back_off: {} }, "retry.retry_back_off.base_interval: is required"],
    [{ retry_back_off: { base_interval: "0s" } }, "retry.retry_back_off.base_interval: must be longer than 0s"],
    [
      { retry_back_off: { base_interval: "2s", max_interval: "1s" } },
      "retry.retry_back_off.max_interval: must be base_interval (2000 ms) or longer",
    ],
    [{ per_try_timeout: "-1s" }, "retry.per_try_timeout: must be 0s or longer"],
    [{ retriable_status_codes: [200, 6] }, "retry.retriable_status_codes[1]: must be from 100 to 599, is 6"],
    [{ host_selection_retry_max_attempts: -1 }, "retry.host_selection_retry_max_attempts: must be 0 or more"],
    [{ retry_host_predicate: [{ name: "p" }] }, "retry.retry_host_predicate[0].typed_config: is required"],
    [
      { retry_host_predicate: [predicate("envoy.config.core.v3.Locality")] },
      "retry.retry_host_predicate[0].typed_config: there is no retry host predicate for",
    ],
    [
      { retry_host_predicate: [predicate("google.protobuf.Empty")] },
      "retry.retry_host_predicate[0].typed_config: there is nothing to carry out strange",
    ],
  ])("refuses %j", (json, message) => {
    expect(() => compile(json)).toThrow(message);
  });
});
