/** HTTPRetry, of VirtualServices and of the MeshConfig. */
import { STATUS_CODES } from "node:http";
import * as v from "valibot";
import type { HttpRetry } from "../kinds/index.ts";
import { describe } from "./issues.ts";
import { message, type MessageSchema } from "./message.ts";
import { checked, countSet, duration, flag, integer, may, text, type Verdict } from "./scalars.ts";

/** Envoy's `x-envoy-retry-on` and `x-envoy-retry-grpc-on`, which Istio takes in one list. */
const retryConditions = new Set([
  "5xx",
  "gateway-error",
  "reset",
  "reset-before-request",
  "connect-failure",
  "retriable-4xx",
  "refused-stream",
  "retriable-status-codes",
  "retriable-headers",
  "envoy-ratelimited",
  "http3-post-connect-failure",
  "cancelled",
  "deadline-exceeded",
  "internal",
  "resource-exhausted",
  "unavailable",
]);

function retryOnVerdict(value: string): Verdict {
  const unknown = value.split(",").find((condition) => !retryConditions.has(condition) && STATUS_CODES[condition] === undefined);
  return unknown === undefined
    ? undefined
    : `must list conditions of Envoy's or status codes, with commas and without blanks, but has ${describe(unknown)}`;
}

export const retries: MessageSchema<HttpRetry> = message(
  "HTTPRetry",
  {
    attempts: v.optional(integer(0, 2 ** 31 - 1), 0),
    perTryTimeout: may(duration),
    retryOn: may(checked(text, "virtual-service/retry-on", retryOnVerdict)),
    retryRemoteLocalities: may(flag),
    retryIgnorePreviousHosts: may(flag),
    backoff: may(duration),
  },
  {
    rules({ attempts, perTryTimeout, retryOn, retryRemoteLocalities }, report) {
      if (attempts === 0 && countSet(perTryTimeout, retryOn, retryRemoteLocalities) > 0) {
        report([], "virtual-service/retry-disabled", "sets more than attempts, although 0 attempts turn retries off");
      }
    },
  },
);
