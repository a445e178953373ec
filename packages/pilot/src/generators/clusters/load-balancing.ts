import type { ConsistentHash, LoadBalancerSettings, Warmup } from "@mesh/istio-config";
import { enumValue, type EnumTypes, type MessageInit } from "@mesh/xds-proto";
import { duration } from "../values.ts";
import type { ClusterFeatures } from "./dialect.ts";

type ClusterInit = MessageInit<"envoy.config.cluster.v3.Cluster">;
type Balancing = Pick<ClusterInit, "lbPolicy" | "leastRequestLbConfig" | "maglevLbConfig" | "ringHashLbConfig" | "roundRobinLbConfig">;

export const lbPolicy = (name: keyof EnumTypes["envoy.config.cluster.v3.Cluster.LbPolicy"]): NonNullable<ClusterInit["lbPolicy"]> =>
  enumValue("envoy.config.cluster.v3.Cluster.LbPolicy", name);

/** Istio's smallest ring where the rule says nothing; it is Envoy's too. */
const usualRingSize = 1024;
const linear = 1;

function slowStart(warmup: Warmup | undefined): MessageInit<"envoy.config.cluster.v3.Cluster.SlowStartConfig"> | undefined {
  if (warmup === undefined || warmup.duration === 0) return undefined;
  const { minimumPercent, aggression } = warmup;
  return {
    slowStartWindow: duration(warmup.duration),
    minWeightPercent: { value: minimumPercent },
    aggression: aggression === linear ? undefined : { defaultValue: aggression, runtimeKey: "upstream.slow_start.aggression" },
  };
}

function hashing({ algorithm }: ConsistentHash, features: ClusterFeatures): Balancing | undefined {
  if (algorithm.kind === "maglev" && features.maglev) {
    const { tableSize } = algorithm;
    return { lbPolicy: lbPolicy("MAGLEV"), maglevLbConfig: tableSize ? { tableSize: { value: tableSize } } : undefined };
  }
  if (!features.ringHash) return undefined;
  const minimumRingSize = { value: (algorithm.kind === "ringHash" && algorithm.minimumRingSize) || usualRingSize };
  return { lbPolicy: lbPolicy("RING_HASH"), ringHashLbConfig: { minimumRingSize } };
}

/** How one of the hosts is chosen. LEAST_REQUEST is the default, as in Istio. What the proxy does not have, its nearest kin stands for. */
export function balancing(settings: LoadBalancerSettings | undefined, warmup: Warmup | undefined, features: ClusterFeatures): Balancing {
  const byHash = settings?.consistentHash && hashing(settings.consistentHash, features);
  if (byHash) return byHash;
  if (settings?.simple === "RANDOM" && features.random) return { lbPolicy: lbPolicy("RANDOM") };
  const slowStartConfig = features.slowStart ? slowStart(warmup) : undefined;
  const config = slowStartConfig && { slowStartConfig };
  if (settings?.simple === "ROUND_ROBIN" || !features.leastRequest)
    return { lbPolicy: lbPolicy("ROUND_ROBIN"), roundRobinLbConfig: config };
  return { lbPolicy: lbPolicy("LEAST_REQUEST"), leastRequestLbConfig: config };
}
