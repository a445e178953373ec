import type { ConsistentHash, ConsistentHashKey } from "@mesh/istio-config";
import type { MessageInit } from "@mesh/xds-proto";
import type { EffectiveDestinationRule } from "../../scope/index.ts";
import { policyFor } from "../clusters/policy.ts";
import { duration } from "../values.ts";
import type { RouteFeatures } from "./features.ts";

/** The hash that a DestinationRule asks for at a port of the host or of a subset. */
export function consistentHashOf(rule: EffectiveDestinationRule | undefined, subset: string, port: number): ConsistentHash | undefined {
  const chosen = subset === "" ? undefined : rule?.subsets.find(({ name }) => name === subset);
  return policyFor(rule, port, chosen).loadBalancer?.consistentHash;
}

/** None where the requests have nothing of the kind: RPC calls have neither cookies nor URLs, and go where chance takes them. */
export function hashPoliciesOf(
  key: ConsistentHashKey | undefined,
  { rpc }: RouteFeatures,
): readonly MessageInit<"envoy.config.route.v3.RouteAction.HashPolicy">[] {
  if (key === undefined || (rpc && (key.kind === "cookie" || key.kind === "queryParameter"))) return [];
  return [hashPolicyOf(key)];
}

function hashPolicyOf(key: ConsistentHashKey): MessageInit<"envoy.config.route.v3.RouteAction.HashPolicy"> {
  switch (key.kind) {
    case "header":
      return { header: { headerName: key.name } };
    case "cookie":
      return {
        cookie: { name: key.name, path: key.path, ttl: key.ttl === undefined ? undefined : duration(key.ttl), attributes: key.attributes },
      };
    case "sourceIp":
      return { connectionProperties: { sourceIp: true } };
    case "queryParameter":
      return { queryParameter: { name: key.name } };
  }
}
