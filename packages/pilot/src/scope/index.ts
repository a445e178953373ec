/** What one class of proxies sees of the mesh. */
export type { EgressScope, ProxyScope, ServerScope, ServiceTarget } from "./scope.ts";
export type { EffectiveDestinationRule } from "../rules/index.ts";
export { ScopeFactory } from "./scope-factory.ts";
