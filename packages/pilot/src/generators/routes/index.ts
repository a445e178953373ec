/** RouteConfigurations: by RDS for outbound and gateway listeners, and inside of inbound ones. */
export type { RouteKind } from "./called-ports.ts";
export type { DomainConflict } from "./domain-claims.ts";
export { isDomain } from "./domains.ts";
export { gatewayRoutesOf } from "./gateway.ts";
export { outboundRoutesOf, type OutboundRoutes, type RouteConfigurations } from "./outbound.ts";
