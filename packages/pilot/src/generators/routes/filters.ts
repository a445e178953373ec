import type { CorsPolicy, HttpFaultInjection, HttpRoute } from "@mesh/istio-config";
import type { Any, MessageInit } from "@mesh/xds-proto";
import type { RouteFeatures } from "./features.ts";
import { duration, fraction, pack, runtimeFraction, stringMatcher } from "../values.ts";

const faultFilter = "envoy.filters.http.fault";
const corsFilter = "envoy.filters.http.cors";

/** Numbers and HTTP statuses (google.rpc.Code) of gRPC's statuses. */
const grpcStatuses: Readonly<Record<string, { readonly code: number; readonly httpStatus: number }>> = {
  OK: { code: 0, httpStatus: 200 },
  CANCELLED: { code: 1, httpStatus: 499 },
  UNKNOWN: { code: 2, httpStatus: 500 },
  INVALID_ARGUMENT: { code: 3, httpStatus: 400 },
  DEADLINE_EXCEEDED: { code: 4, httpStatus: 504 },
  NOT_FOUND: { code: 5, httpStatus: 404 },
  ALREADY_EXISTS: { code: 6, httpStatus: 409 },
  PERMISSION_DENIED: { code: 7, httpStatus: 403 },
  RESOURCE_EXHAUSTED: { code: 8, httpStatus: 429 },
  FAILED_PRECONDITION: { code: 9, httpStatus: 400 },
  ABORTED: { code: 10, httpStatus: 409 },
  OUT_OF_RANGE: { code: 11, httpStatus: 400 },
  UNIMPLEMENTED: { code: 12, httpStatus: 501 },
  INTERNAL: { code: 13, httpStatus: 500 },
  UNAVAILABLE: { code: 14, httpStatus: 503 },
  DATA_LOSS: { code: 15, httpStatus: 500 },
  UNAUTHENTICATED: { code: 16, httpStatus: 401 },
};

/** `typed_per_filter_config` of a route: what its faults and its CORS policy say to the filters of those names. */
export function filterConfigsOf(route: HttpRoute, features: RouteFeatures): Readonly<Record<string, Any>> {
  const configs: Record<string, Any> = {};
  const fault = route.fault === undefined ? undefined : faultOf(route.fault, features);
  if (fault !== undefined) configs[faultFilter] = optionalFor(features, pack("envoy.extensions.filters.http.fault.v3.HTTPFault", fault));
  if (route.corsPolicy !== undefined && features.cors) {
    configs[corsFilter] = pack("envoy.extensions.filters.http.cors.v3.CorsPolicy", corsOf(route.corsPolicy));
  }
  return configs;
}

/** gRPC A39: a library that does not have the filter refuses the routes unless it is optional. */
const optionalFor = (features: RouteFeatures, config: Any): Any =>
  features.grpc ? pack("envoy.config.route.v3.FilterConfig", { config, isOptional: true }) : config;

function faultOf(
  { delay, abort }: HttpFaultInjection,
  features: RouteFeatures,
): MessageInit<"envoy.extensions.filters.http.fault.v3.HTTPFault"> | undefined {
  const cause = abort === undefined ? undefined : abortOf(abort, features);
  if (delay === undefined && cause === undefined) return undefined;
  return {
    delay: delay === undefined ? undefined : { fixedDelay: duration(delay.fixedDelay), percentage: fraction(delay.percentage) },
    abort: cause,
  };
}

function abortOf(
  { httpStatus, grpcStatus, percentage }: NonNullable<HttpFaultInjection["abort"]>,
  features: RouteFeatures,
): MessageInit<"envoy.extensions.filters.http.fault.v3.FaultAbort"> | undefined {
  const share = fraction(percentage);
  if (httpStatus !== undefined) return { httpStatus, percentage: share };
  const status = grpcStatus === undefined ? undefined : grpcStatuses[grpcStatus];
  if (status === undefined) return undefined;
  return { ...(features.grpcAbort ? { grpcStatus: status.code } : { httpStatus: status.httpStatus }), percentage: share };
}

function corsOf(policy: CorsPolicy): MessageInit<"envoy.extensions.filters.http.cors.v3.CorsPolicy"> {
  return {
    allowOriginStringMatch: policy.allowOrigins.map(stringMatcher),
    allowMethods: policy.allowMethods.join(","),
    allowHeaders: policy.allowHeaders.join(","),
    exposeHeaders: policy.exposeHeaders.join(","),
    maxAge: policy.maxAge === undefined ? undefined : String(Math.trunc(policy.maxAge / 1000)),
    allowCredentials: policy.allowCredentials === undefined ? undefined : { value: policy.allowCredentials },
    filterEnabled: runtimeFraction(100),
    forwardNotMatchingPreflights: { value: policy.unmatchedPreflights !== "IGNORE" },
  };
}
