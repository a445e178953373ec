/** What Istio's configuration resources say, indexed and made ready for those who ask. */
export type { DelegateProblem } from "./delegates.ts";
export type { DestinationRuleQuery, EffectiveDestinationRule } from "./destination-rules.ts";
export { ConfigIdentities, configId } from "./identity.ts";
export { isSameForProxies, RulesBuilder, type Rules } from "./rules.ts";
export type { MeshSettings, VirtualServiceRule } from "./virtual-service.ts";
export { isVisibleTo, visibilityOf } from "./visibility.ts";
