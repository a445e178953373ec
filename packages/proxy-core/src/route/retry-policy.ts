import type { Message } from "@mesh/xds-proto";
import {
  durationMs,
  fail,
  numberInRange,
  required,
  wrappedNumber,
  type ConfigPath,
  type ExtensionDescriptor,
  type ExtensionSet,
} from "../config/index.ts";
import { RetryOn, type RetryPolicy } from "./contract.ts";

type RetryPolicyMessage = Message<"envoy.config.route.v3.RetryPolicy">;

const conditions: ReadonlyMap<string, number> = new Map([
  ["5xx", RetryOn.ServerError],
  ["gateway-error", RetryOn.GatewayError],
  ["reset", RetryOn.Reset],
  ["connect-failure", RetryOn.ConnectFailure],
  ["envoy-ratelimited", RetryOn.EnvoyRateLimited],
  ["retriable-4xx", RetryOn.Retriable4xx],
  ["refused-stream", RetryOn.RefusedStream],
  ["retriable-status-codes", RetryOn.RetriableStatusCodes],
  ["retriable-headers", RetryOn.RetriableHeaders],
  ["reset-before-request", RetryOn.ResetBeforeRequest],
  ["cancelled", RetryOn.GrpcCancelled],
  ["deadline-exceeded", RetryOn.GrpcDeadlineExceeded],
  ["internal", RetryOn.GrpcInternal],
  ["resource-exhausted", RetryOn.GrpcResourceExhausted],
  ["unavailable", RetryOn.GrpcUnavailable],
]);

/**
 * The bits of `RetryOn` for a list such as `5xx,connect-failure`.
 *
 * @param bitsOfUnknown called for a condition that there is not
 */
export function parseRetryOn(text: string, bitsOfUnknown: (condition: string) => number): number {
  let bits = 0;
  for (const part of text.split(",")) {
    const condition = part.trim();
    if (condition !== "") bits |= conditions.get(condition) ?? bitsOfUnknown(condition);
  }
  return bits;
}

/** Keeps retries away from hosts that were tried before; the one predicate that there is. To be registered with a proxy's extensions. */
export const previousHostsPredicate: ExtensionDescriptor = {
  name: "envoy.retry_host_predicates.previous_hosts",
  category: "envoy.retry_host_predicates",
  messageName: "envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate",
  fields: undefined,
};

/** Throws a `ConfigError`. */
export function compileRetryPolicy(message: RetryPolicyMessage, path: ConfigPath, extensions: ExtensionSet): RetryPolicy {
  const retryOnPath = path.field("retry_on");
  // Envoy passes over what it does not know; in a configuration it is a mistake.
  const retryOn = parseRetryOn(message.retryOn, (condition) =>
    fail(retryOnPath, `there is no condition ${JSON.stringify(condition)}: use ${[...conditions.keys()].join(", ")}`),
  );
  if ((retryOn & RetryOn.RetriableHeaders) !== 0) fail(retryOnPath, "retriable-headers needs retriable_headers, which is not there yet");
  const codesPath = path.field("retriable_status_codes");
  const attemptsPath = path.field("host_selection_retry_max_attempts");
  return {
    retryOn,
    numRetries: wrappedNumber(message.numRetries, path.field("num_retries")) ?? 1,
    perTryTimeoutMs: durationMs(message.perTryTimeout, path.field("per_try_timeout")) ?? 0,
    retriableStatusCodes: message.retriableStatusCodes.map((code, index) =>
      numberInRange(code, codesPath.index(index), { min: 100, max: 599 }),
    ),
    ...compileBackOff(message.retryBackOff, path.field("retry_back_off")),
    avoidPreviousHosts: avoidsPreviousHosts(message, path.field("retry_host_predicate"), extensions),
    // Envoy: 0 is absent, and means once.
    hostSelectionAttempts: numberInRange(message.hostSelectionRetryMaxAttempts, attemptsPath, { min: 0 }) || 1,
  };
}

/** Envoy's default in `upstream.base_retry_backoff_ms`; the longest back-off is ten times the base. */
const defaultBaseMs = 25;
const defaultMaxFactor = 10;

function compileBackOff(
  message: RetryPolicyMessage["retryBackOff"],
  path: ConfigPath,
): Pick<RetryPolicy, "backoffBaseMs" | "backoffMaxMs"> {
  if (message === null) return { backoffBaseMs: defaultBaseMs, backoffMaxMs: defaultBaseMs * defaultMaxFactor };
  const basePath = path.field("base_interval");
  const maxPath = path.field("max_interval");
  // Envoy: less than a millisecond is one.
  const backoffBaseMs = Math.max(1, required(durationMs(message.baseInterval, basePath, { above: 0 }), basePath));
  const max = durationMs(message.maxInterval, maxPath, { above: 0 });
  const backoffMaxMs = max === undefined ? backoffBaseMs * defaultMaxFactor : Math.max(1, max);
  if (backoffMaxMs < backoffBaseMs) fail(maxPath, `must be base_interval (${backoffBaseMs} ms) or longer, is ${backoffMaxMs} ms`);
  return { backoffBaseMs, backoffMaxMs };
}

function avoidsPreviousHosts({ retryHostPredicate }: RetryPolicyMessage, path: ConfigPath, extensions: ExtensionSet): boolean {
  retryHostPredicate.forEach(({ typedConfig }, index) => {
    const at = path.index(index).field("typed_config");
    const { descriptor } = extensions.decode("envoy.retry_host_predicates", typedConfig, at);
    if (descriptor.messageName !== previousHostsPredicate.messageName) fail(at, `there is nothing to carry out ${descriptor.name}`);
  });
  return retryHostPredicate.length > 0;
}
