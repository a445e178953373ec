import type { Subset, TrafficPolicy } from "@mesh/istio-config";
import type { EffectiveDestinationRule } from "../../rules/index.ts";

/** What a destination rule says of one cluster. */
export type PortPolicy = { readonly [Part in keyof Omit<TrafficPolicy, "portLevelSettings">]?: TrafficPolicy[Part] | undefined };

const nothing: PortPolicy = {};

/** Settings of a port stand for all of the policy, also for what they do not say. */
function atPort(policy: TrafficPolicy, port: number): { readonly policy: PortPolicy; readonly isOfPort: boolean } {
  const settings = policy.portLevelSettings.find((each) => each.port === port);
  return settings === undefined ? { policy, isOfPort: false } : { policy: settings, isOfPort: true };
}

/**
 * The policy for a port of a service, or of one of its subsets (Istio: DestinationRule.TrafficPolicy, PortTrafficPolicy, Subset): each part
 * of the subset's policy, where it says something, replaces that of the host; settings of the port replace everything of their level.
 */
export function policyFor(rule: EffectiveDestinationRule | undefined, port: number, subset: Subset | undefined): PortPolicy {
  const ofHost = rule?.trafficPolicy === undefined ? undefined : atPort(rule.trafficPolicy, port).policy;
  if (subset?.trafficPolicy === undefined) return ofHost ?? nothing;
  const { policy: ofSubset, isOfPort } = atPort(subset.trafficPolicy, port);
  if (ofHost === undefined) return ofSubset;
  return {
    loadBalancer: isOfPort ? ofSubset.loadBalancer : (ofSubset.loadBalancer ?? ofHost.loadBalancer),
    connectionPool: isOfPort ? ofSubset.connectionPool : (ofSubset.connectionPool ?? ofHost.connectionPool),
    outlierDetection: isOfPort ? ofSubset.outlierDetection : (ofSubset.outlierDetection ?? ofHost.outlierDetection),
    tls: isOfPort ? ofSubset.tls : (ofSubset.tls ?? ofHost.tls),
    proxyProtocol: ofSubset.proxyProtocol ?? ofHost.proxyProtocol,
  };
}
