/** What the protocol has to know of a type of resource, by its URL. */

const PREFIX = "type.googleapis.com/";

export const clusterTypeUrl: string = `${PREFIX}envoy.config.cluster.v3.Cluster`;
export const endpointsTypeUrl: string = `${PREFIX}envoy.config.endpoint.v3.ClusterLoadAssignment`;
export const listenerTypeUrl: string = `${PREFIX}envoy.config.listener.v3.Listener`;
export const routeConfigurationTypeUrl: string = `${PREFIX}envoy.config.route.v3.RouteConfiguration`;
export const secretTypeUrl: string = `${PREFIX}envoy.extensions.transport_sockets.tls.v3.Secret`;
export const scopedRoutesTypeUrl: string = `${PREFIX}envoy.config.route.v3.ScopedRouteConfiguration`;
export const virtualHostTypeUrl: string = `${PREFIX}envoy.config.route.v3.VirtualHost`;
export const extensionConfigTypeUrl: string = `${PREFIX}envoy.config.core.v3.TypedExtensionConfig`;
export const runtimeTypeUrl: string = `${PREFIX}envoy.service.runtime.v3.Runtime`;

/** Make before break: what is referred to goes before what refers to it (Envoy: "xDS protocol", "Eventual consistency considerations"). */
const pushOrder: readonly string[] = [clusterTypeUrl, endpointsTypeUrl, listenerTypeUrl, routeConfigurationTypeUrl, secretTypeUrl];

export const CLUSTER_RANK = 0;
export const ENDPOINTS_RANK = 1;

/** The place of a type in a push; that of all types which are not in the order is behind it. */
export function rankOf(typeUrl: string): number {
  const rank = pushOrder.indexOf(typeUrl);
  return rank < 0 ? pushOrder.length : rank;
}

const namedTypes: ReadonlySet<string> = new Set([
  endpointsTypeUrl,
  routeConfigurationTypeUrl,
  virtualHostTypeUrl,
  secretTypeUrl,
  extensionConfigTypeUrl,
  runtimeTypeUrl,
]);

/**
 * Whether a first request without names asks for everything, and a state-of-the-world response has everything, so that what it leaves
 * out is removed. By the protocol this holds for LDS, CDS and SRDS; as in Istio, also for all types that it does not know.
 */
export function isFullState(typeUrl: string): boolean {
  return !namedTypes.has(typeUrl);
}
