import type { OutlierDetection } from "@mesh/istio-config";
import type { MessageInit } from "@mesh/xds-proto";
import { duration } from "../values.ts";

const uint = (value: number): MessageInit<"google.protobuf.UInt32Value"> => ({ value });

/** A counter of 0 is turned off. */
const enforcing = (count: number | undefined): MessageInit<"google.protobuf.UInt32Value"> | undefined =>
  count === undefined ? undefined : uint(count > 0 ? 100 : 0);

const optional = (value: number | undefined): MessageInit<"google.protobuf.UInt32Value"> | undefined =>
  value === undefined ? undefined : uint(value);

/** Ejection by consecutive errors only; by success rates, which Envoy has as well, is off as in Istio. */
export function outlierDetection(outlier: OutlierDetection): MessageInit<"envoy.config.cluster.v3.OutlierDetection"> {
  const splits = outlier.splitExternalLocalOriginErrors;
  const localFailures = splits && outlier.consecutiveLocalOriginFailures ? outlier.consecutiveLocalOriginFailures : undefined;
  return {
    consecutive5xx: optional(outlier.consecutive5xxErrors),
    enforcingConsecutive5xx: enforcing(outlier.consecutive5xxErrors),
    consecutiveGatewayFailure: optional(outlier.consecutiveGatewayErrors),
    enforcingConsecutiveGatewayFailure: enforcing(outlier.consecutiveGatewayErrors),
    interval: outlier.interval === undefined ? undefined : duration(outlier.interval),
    baseEjectionTime: outlier.baseEjectionTime === undefined ? undefined : duration(outlier.baseEjectionTime),
    maxEjectionPercent: outlier.maxEjectionPercent ? uint(outlier.maxEjectionPercent) : undefined,
    enforcingSuccessRate: uint(0),
    splitExternalLocalOriginErrors: splits,
    consecutiveLocalOriginFailure: optional(localFailures),
    enforcingConsecutiveLocalOriginFailure: enforcing(localFailures),
    enforcingLocalOriginSuccessRate: splits ? uint(0) : undefined,
  };
}
