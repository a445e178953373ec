import { durationMs, fail, type ConfigPath } from "@mesh/proxy-core";
import type { XdsServerOptions } from "@mesh/xds-client";
import type { Message } from "@mesh/xds-proto";

/** The waits before a stream is opened again. Envoy: the longest is 10 times the shortest where only that is given. */
export function readBackOff(
  policy: Message<"envoy.config.core.v3.RetryPolicy"> | null,
  path: ConfigPath,
): NonNullable<XdsServerOptions["backOff"]> | undefined {
  const backOff = policy?.retryBackOff;
  if (!backOff) return undefined;
  const at = path.field("retry_back_off");
  const baseMs = durationMs(backOff.baseInterval, at.field("base_interval"), { min: 1 }) ?? fail(at.field("base_interval"), "is required");
  const maxMs = durationMs(backOff.maxInterval, at.field("max_interval"), { above: 0 }) ?? baseMs * 10;
  if (maxMs < baseMs) fail(at.field("max_interval"), "must not be shorter than base_interval");
  return { baseMs, maxMs };
}
