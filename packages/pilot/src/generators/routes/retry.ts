import { STATUS_CODES } from "node:http";
import type { HttpRetry } from "@mesh/istio-config";
import type { MessageInit } from "@mesh/xds-proto";
import type { RouteFeatures } from "./features.ts";
import { duration, pack } from "../values.ts";

type RetryPolicy = MessageInit<"envoy.config.route.v3.RetryPolicy">;

/** Istio's, where neither the route nor the mesh says anything: what has not been carried out, and 503. */
const defaultRetryOn = "connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes";
const defaultAttempts = 2;
const defaultRetriableCodes: readonly number[] = [503];
const hostSelectionAttempts = 5;
/** Istio's `update_frequency`: after so many attempts another priority is tried. */
const priorityUpdateFrequency = 2;

/**
 * Istio's rules (pilot, ConvertPolicy): `attempts: 0` is no retry; another host is tried than those that have failed, unless a hash of the
 * request chooses the host.
 */
export function retryPolicyOf(retries: HttpRetry | undefined, isHashed: boolean, features: RouteFeatures): RetryPolicy | undefined {
  if (retries !== undefined && retries.attempts <= 0) return undefined;
  const avoidsPrevious = retries?.retryIgnorePreviousHosts ?? !isHashed;
  const policy: RetryPolicy = {
    numRetries: { value: retries?.attempts ?? defaultAttempts },
    ...conditionsOf(retries?.retryOn),
    retryBackOff: retries?.backoff === undefined ? undefined : { baseInterval: duration(retries.backoff) },
  };
  if (features.grpc) return policy;
  return {
    ...policy,
    hostSelectionRetryMaxAttempts: hostSelectionAttempts,
    retryHostPredicate: avoidsPrevious ? [previousHosts()] : [],
    perTryTimeout: retries?.perTryTimeout === undefined ? undefined : duration(retries.perTryTimeout),
    retryPriority: retries?.retryRemoteLocalities === true && features.retryPriority ? previousPriorities() : undefined,
  };
}

/** Numbers among the conditions are status codes to try again at. */
function conditionsOf(retryOn: string | undefined): RetryPolicy {
  if (retryOn === undefined || retryOn === "") return { retryOn: defaultRetryOn, retriableStatusCodes: defaultRetriableCodes };
  const parts = retryOn
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
  const codes = parts.filter((part) => Object.hasOwn(STATUS_CODES, part));
  const conditions = parts.filter((part) => !Object.hasOwn(STATUS_CODES, part));
  if (codes.length > 0 && !conditions.includes("retriable-status-codes")) conditions.push("retriable-status-codes");
  return { retryOn: conditions.join(","), retriableStatusCodes: codes.map(Number) };
}

type HostPredicate = MessageInit<"envoy.config.route.v3.RetryPolicy.RetryHostPredicate">;
let hostPredicate: HostPredicate | undefined;

function previousHosts(): HostPredicate {
  hostPredicate ??= {
    name: "envoy.retry_host_predicates.previous_hosts",
    typedConfig: pack("envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate", {}),
  };
  return hostPredicate;
}

const previousPriorities = (): MessageInit<"envoy.config.route.v3.RetryPolicy.RetryPriority"> => ({
  name: "envoy.retry_priorities.previous_priorities",
  typedConfig: pack("envoy.extensions.retry.priority.previous_priorities.v3.PreviousPrioritiesConfig", {
    updateFrequency: priorityUpdateFrequency,
  }),
});
