import type { MessageInit } from "@mesh/xds-proto";
import type { ProxyScope } from "../../scope/index.ts";
import { httpFeaturesOf } from "./features.ts";
import { duration } from "../values.ts";
import { maxDirectResponseBytes } from "./wire.ts";

/** Istio: a request that was not sent whole may be sent again. */
const inboundRetries = { retryOn: "reset-before-request", numRetries: { value: 2 } };

/**
 * The routes of an inbound listener, to be written into it: all that comes goes to the application, which takes the time that it needs. For
 * HttpConnectionManager and for RpcProxy.
 *
 * @param cluster its name: `inbound|8080||`
 * @param port of the service
 */
export function inboundRouteConfiguration(
  { proxy }: ProxyScope,
  cluster: string,
  port: number,
): MessageInit<"envoy.config.route.v3.RouteConfiguration"> {
  const noLimit = duration(0);
  const limits = httpFeaturesOf(proxy).streamDuration
    ? { maxStreamDuration: { maxStreamDuration: noLimit, grpcTimeoutHeaderMax: noLimit } }
    : {};
  return {
    name: cluster,
    virtualHosts: [
      {
        name: `inbound|http|${port}`,
        domains: ["*"],
        routes: [{ name: "default", match: { prefix: "/" }, route: { cluster, timeout: noLimit, ...limits, retryPolicy: inboundRetries } }],
      },
    ],
    validateClusters: { value: false },
    maxDirectResponseBodySizeBytes: { value: maxDirectResponseBytes },
  };
}
