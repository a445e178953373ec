/** Pure functions from what a class of proxies sees to Envoy's messages, with Istio's names. */
export { calledClusterSetOf, ownClustersOf } from "./clusters/index.ts";
export { endpointSetOf, hasSentEndpoints, isUnreachable } from "./endpoints/index.ts";
export { calledListenersOf, listenersOf, ownListenersOf, type ListenerConflict, type Listeners } from "./listeners/index.ts";
export { nameTableOf } from "./name-table/index.ts";
export { gatewayRoutesOf, isDomain, outboundRoutesOf, type DomainConflict, type RouteConfigurations } from "./routes/index.ts";
