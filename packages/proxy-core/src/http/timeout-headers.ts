import type { RetryPolicy } from "../route/index.ts";

const digits = /^\d{1,15}$/u;

/** Milliseconds from a header of Envoy's; `undefined` where there is none, or no number. */
export function parseTimeout(value: string | undefined): number | undefined {
  return value !== undefined && digits.test(value) ? Number(value) : undefined;
}

/** No retries at all: carries the time for a try where the route has no policy. */
const noRetries: RetryPolicy = {
  retryOn: 0,
  numRetries: 0,
  perTryTimeoutMs: 0,
  retriableStatusCodes: [],
  backoffBaseMs: 25,
  backoffMaxMs: 250,
  avoidPreviousHosts: false,
  hostSelectionAttempts: 1,
};

/** The policy with that time for a try; `undefined` where that leaves nothing to do. */
export function withTryTimeout(policy: RetryPolicy | undefined, perTryTimeoutMs: number): RetryPolicy | undefined {
  if (policy === undefined) return perTryTimeoutMs > 0 ? { ...noRetries, perTryTimeoutMs } : undefined;
  return policy.perTryTimeoutMs === perTryTimeoutMs ? policy : { ...policy, perTryTimeoutMs };
}
