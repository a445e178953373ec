import type { HeaderMap } from "@mesh/codec";
import { parseRetryOn, type RetryPolicy } from "../route/index.ts";

/**
 * What the request itself says of timeouts and retries, in Envoy's headers (router filter, "HTTP headers (consumed)"). Times are milliseconds;
 * `undefined` and 0 conditions: it does not say.
 */
export interface CallerPolicy {
  /** `x-envoy-upstream-rq-timeout-ms`; 0: no limit. */
  readonly timeoutMs: number | undefined;
  /** `x-envoy-upstream-rq-per-try-timeout-ms` */
  readonly perTryTimeoutMs: number | undefined;
  /** `x-envoy-upstream-rq-timeout-alt-response`: a timeout is answered with 204. */
  readonly hasAltResponse: boolean;
  /** `x-envoy-retry-on`, in bits of `RetryOn`. */
  readonly retryOn: number;
  /** `x-envoy-max-retries` */
  readonly maxRetries: number | undefined;
  /** `x-envoy-retriable-status-codes` */
  readonly retriableStatusCodes: readonly number[];
}

/** What is taken from the request and means nothing here: these need gRPC's statuses, matching of response headers, and hedging. */
const unheeded: readonly string[] = ["x-envoy-retry-grpc-on", "x-envoy-retriable-header-names", "x-envoy-hedge-on-per-try-timeout"];

const digits = /^\d{1,15}$/u;

/** Takes Envoy's headers out of a request: they are the router's and not for the host. `undefined` where there are none. */
export function takeCallerPolicy(headers: HeaderMap): CallerPolicy | undefined {
  const timeout = take(headers, "x-envoy-upstream-rq-timeout-ms");
  const perTryTimeout = take(headers, "x-envoy-upstream-rq-per-try-timeout-ms");
  const altResponse = take(headers, "x-envoy-upstream-rq-timeout-alt-response");
  const retryOn = take(headers, "x-envoy-retry-on");
  const maxRetries = take(headers, "x-envoy-max-retries");
  const statusCodes = take(headers, "x-envoy-retriable-status-codes");
  for (let i = 0; i < unheeded.length; i++) headers.delete(unheeded[i] as string);
  if ((timeout ?? perTryTimeout ?? altResponse ?? retryOn ?? maxRetries ?? statusCodes) === undefined) return undefined;
  return {
    timeoutMs: parseWhole(timeout),
    perTryTimeoutMs: parseWhole(perTryTimeout),
    hasAltResponse: altResponse !== undefined,
    retryOn: retryOn === undefined ? 0 : parseRetryOn(retryOn, () => 0),
    maxRetries: parseWhole(maxRetries),
    retriableStatusCodes: (statusCodes?.split(",") ?? []).flatMap((code) => parseWhole(code.trim()) ?? []),
  };
}

function take(headers: HeaderMap, name: string): string | undefined {
  const value = headers.get(name);
  if (value !== undefined) headers.delete(name);
  return value;
}

function parseWhole(text: string | undefined): number | undefined {
  return text !== undefined && digits.test(text) ? Number(text) : undefined;
}

/** Envoy's defaults where no route has a policy. */
const defaults: RetryPolicy = {
  retryOn: 0,
  numRetries: 1,
  perTryTimeoutMs: 0,
  retriableStatusCodes: [],
  backoffBaseMs: 25,
  backoffMaxMs: 250,
  avoidPreviousHosts: false,
  hostSelectionAttempts: 1,
};

/**
 * The retry policy of the route with what the caller says: conditions and status codes come on top, the number of retries and the time for
 * a try take the place of the route's. `undefined` where there is nothing to do.
 *
 * @param limitMs the time for all tries; 0: none. As in Envoy, the time for one that is not shorter is none.
 */
export function retryPolicyFor(route: RetryPolicy | undefined, caller: CallerPolicy | undefined, limitMs: number): RetryPolicy | undefined {
  if (route === undefined && caller === undefined) return undefined;
  let perTryTimeoutMs = caller?.perTryTimeoutMs ?? route?.perTryTimeoutMs ?? 0;
  if (limitMs > 0 && perTryTimeoutMs >= limitMs) perTryTimeoutMs = 0;
  if (caller === undefined && route?.perTryTimeoutMs === perTryTimeoutMs) return route;
  const base = route ?? defaults;
  const retryOn = base.retryOn | (caller?.retryOn ?? 0);
  if (retryOn === 0 && perTryTimeoutMs === 0) return undefined;
  return {
    ...base,
    retryOn,
    perTryTimeoutMs,
    // Without a condition there is nothing to hold the request's body for.
    numRetries: retryOn === 0 ? 0 : (caller?.maxRetries ?? base.numRetries),
    retriableStatusCodes: [...base.retriableStatusCodes, ...(caller?.retriableStatusCodes ?? [])],
  };
}
