import type { Subset } from "@mesh/istio-config";
import { isRpc, type MeshEndpoint, type MeshService, type ServicePort } from "../../model/index.ts";
import type { EffectiveDestinationRule } from "../../rules/index.ts";
import { haveNames } from "../endpoints/assignment.ts";
import { policyFor, type PortPolicy } from "./policy.ts";
import type { ClusterDialect } from "./dialect.ts";

/** What one cluster of a port has of the service: all, a subset, a variant, or what is of both. */
export interface ServicePart {
  /** What stands for it in the cluster's name: `v1`, `@1.0.0:blue`, `v1@1.0.0:blue`; empty for all. */
  readonly name: string;
  readonly subset: Subset | undefined;
  /** Of a `ServiceVariant`; empty for all of them. */
  readonly variant: string;
}

const whole: ServicePart = { name: "", subset: undefined, variant: "" };

/** The parts of a service that have clusters. */
export function partsOf(
  service: MeshService,
  port: ServicePort,
  rule: EffectiveDestinationRule | undefined,
  { features }: ClusterDialect,
): readonly ServicePart[] {
  const subsets = rule?.subsets ?? [];
  const parts: ServicePart[] = [whole, ...subsets.map((subset) => ({ name: subset.name, subset, variant: "" }))];
  if (!features.rpcVariants || !isRpc(port.protocol)) return parts;
  for (const { name: variant } of service.variants) {
    for (const subset of [undefined, ...subsets]) parts.push({ name: `${subset?.name ?? ""}${variant}`, subset, variant });
  }
  return parts;
}

/** How the hosts of a cluster are found. */
export type Discovery = "eds" | "original-destination" | "strict-dns" | "logical-dns";

/**
 * Undefined: the proxy cannot have the cluster. All parts of a port are found in one way, whichever of its endpoints they have: a cluster
 * that changes its type is another one.
 *
 * @param listed the endpoints of the port
 * @param endpointCount how many the part has
 */
export function discoveryOf(
  service: MeshService,
  policy: PortPolicy,
  { features, followsCallers }: ClusterDialect,
  listed: readonly MeshEndpoint[],
  endpointCount: () => number,
): Discovery | undefined {
  if (!features.transportSockets && needsTransportSocket(policy)) return undefined;
  const isPassthrough = service.resolution === "passthrough" || policy.loadBalancer?.simple === "PASSTHROUGH";
  if (isPassthrough && followsCallers) return "original-destination";
  if (service.resolution === "passthrough") return "eds";
  if (service.resolution === "static") return features.strictDns && haveNames(listed) ? "strict-dns" : "eds";
  // A cluster of LOGICAL_DNS has exactly one name.
  const isLogical = (service.resolution === "dns-round-robin" || !features.strictDns) && endpointCount() === 1;
  if (isLogical) return "logical-dns";
  return features.strictDns ? "strict-dns" : undefined;
}

const needsTransportSocket = ({ tls, proxyProtocol }: PortPolicy): boolean =>
  (tls !== undefined && tls.mode !== "DISABLE") || proxyProtocol !== undefined;

/** The policy of a part of a service at a port. */
export const policyOf = (rule: EffectiveDestinationRule | undefined, port: ServicePort, part: ServicePart): PortPolicy =>
  policyFor(rule, port.number, part.subset);
