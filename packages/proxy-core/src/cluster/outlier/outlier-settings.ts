import type { Message } from "@mesh/xds-proto";
import { type ConfigPath, durationMs, fail, numberInRange, wrapperValue } from "../../config/index.ts";
import { RuntimeNumber } from "../../runtime/index.ts";

/** What a host is ejected for. */
export type EjectionType =
  | "consecutive_5xx"
  | "consecutive_gateway_failure"
  | "consecutive_local_origin_failure"
  | "success_rate"
  | "local_origin_success_rate"
  | "failure_percentage"
  | "local_origin_failure_percentage";

/** An `outlier_detection`, compiled. What Envoy's runtime may change is a number of the runtime. */
export interface OutlierSettings {
  /** Failures that this side sees (connections, timeouts, resets) are counted apart from the hosts' answers. */
  readonly splitsLocalOrigin: boolean;
  /** The first host may be ejected whatever share of all it is. */
  readonly alwaysEjectOneHost: boolean;
  /** A passed health check ends an ejection. */
  readonly returnsOnHealthCheck: boolean;
  readonly intervalMs: RuntimeNumber;
  readonly baseEjectionMs: RuntimeNumber;
  readonly maxEjectionMs: RuntimeNumber;
  readonly maxJitterMs: RuntimeNumber;
  /** Percent. */
  readonly maxEjectionPercent: RuntimeNumber;
  readonly consecutive5xx: RuntimeNumber;
  readonly consecutiveGatewayFailure: RuntimeNumber;
  readonly consecutiveLocalOriginFailure: RuntimeNumber;
  readonly successRateMinimumHosts: RuntimeNumber;
  readonly successRateRequestVolume: RuntimeNumber;
  /** Thousandths of a standard deviation. */
  readonly successRateStdevFactor: RuntimeNumber;
  readonly failurePercentageMinimumHosts: RuntimeNumber;
  readonly failurePercentageRequestVolume: RuntimeNumber;
  /** Percent. */
  readonly failurePercentageThreshold: RuntimeNumber;
  /** In what share of the cases a host is ejected indeed, in percent. */
  readonly enforcing: Readonly<Record<EjectionType, RuntimeNumber>>;
}

type OutlierMessage = Message<"envoy.config.cluster.v3.OutlierDetection">;

/** Envoy's default, unless the base ejection time is longer. */
const defaultMaxEjectionMs = 300_000;

/** The settings with Envoy's defaults; undefined where there is no detection. */
export function readOutlierDetection(message: OutlierMessage | null, path: ConfigPath): OutlierSettings | undefined {
  if (message === null) return undefined;
  const number = (field: string, wrapper: { readonly value: number } | null, fallback: number, max?: number): RuntimeNumber => {
    const range = max === undefined ? { min: 0 } : { min: 0, max };
    const value = numberInRange(wrapperValue(wrapper) ?? fallback, path.field(field), range);
    return new RuntimeNumber("integer", `outlier_detection.${field}`, value);
  };
  const share = (field: string, wrapper: { readonly value: number } | null, fallback: number): RuntimeNumber =>
    number(field, wrapper, fallback, 100);
  const time = (field: string, ms: number): RuntimeNumber => new RuntimeNumber("integer", `outlier_detection.${field}_ms`, ms);

  const intervalMs = durationMs(message.interval, path.field("interval"), { above: 0 }) ?? 10_000;
  const baseMs = durationMs(message.baseEjectionTime, path.field("base_ejection_time"), { above: 0 }) ?? 30_000;
  const maxPath = path.field("max_ejection_time");
  const maxMs = durationMs(message.maxEjectionTime, maxPath, { above: 0 }) ?? Math.max(defaultMaxEjectionMs, baseMs);
  if (maxMs < baseMs) fail(maxPath, "must not be shorter than base_ejection_time");
  const jitterMs = durationMs(message.maxEjectionTimeJitter, path.field("max_ejection_time_jitter")) ?? 0;
  return {
    splitsLocalOrigin: message.splitExternalLocalOriginErrors,
    alwaysEjectOneHost: wrapperValue(message.alwaysEjectOneHost) ?? false,
    returnsOnHealthCheck: wrapperValue(message.successfulActiveHealthCheckUnejectHost) ?? true,
    intervalMs: time("interval", intervalMs),
    baseEjectionMs: time("base_ejection_time", baseMs),
    maxEjectionMs: time("max_ejection_time", maxMs),
    maxJitterMs: time("max_ejection_time_jitter", jitterMs),
    maxEjectionPercent: share("max_ejection_percent", message.maxEjectionPercent, 10),
    consecutive5xx: number("consecutive_5xx", message.consecutive5xx, 5),
    consecutiveGatewayFailure: number("consecutive_gateway_failure", message.consecutiveGatewayFailure, 5),
    consecutiveLocalOriginFailure: number("consecutive_local_origin_failure", message.consecutiveLocalOriginFailure, 5),
    successRateMinimumHosts: number("success_rate_minimum_hosts", message.successRateMinimumHosts, 5),
    successRateRequestVolume: number("success_rate_request_volume", message.successRateRequestVolume, 100),
    successRateStdevFactor: number("success_rate_stdev_factor", message.successRateStdevFactor, 1900),
    failurePercentageMinimumHosts: number("failure_percentage_minimum_hosts", message.failurePercentageMinimumHosts, 5),
    failurePercentageRequestVolume: number("failure_percentage_request_volume", message.failurePercentageRequestVolume, 50),
    failurePercentageThreshold: share("failure_percentage_threshold", message.failurePercentageThreshold, 85),
    enforcing: {
      consecutive_5xx: share("enforcing_consecutive_5xx", message.enforcingConsecutive5xx, 100),
      consecutive_gateway_failure: share("enforcing_consecutive_gateway_failure", message.enforcingConsecutiveGatewayFailure, 0),
      consecutive_local_origin_failure: share(
        "enforcing_consecutive_local_origin_failure",
        message.enforcingConsecutiveLocalOriginFailure,
        100,
      ),
      success_rate: share("enforcing_success_rate", message.enforcingSuccessRate, 100),
      local_origin_success_rate: share("enforcing_local_origin_success_rate", message.enforcingLocalOriginSuccessRate, 100),
      failure_percentage: share("enforcing_failure_percentage", message.enforcingFailurePercentage, 0),
      local_origin_failure_percentage: share("enforcing_failure_percentage_local_origin", message.enforcingFailurePercentageLocalOrigin, 0),
    },
  };
}
