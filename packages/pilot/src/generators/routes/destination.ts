import type { ConsistentHash, Destination } from "@mesh/istio-config";
import { clusterDomain, isRpc, type MeshService, type Protocol, type ServicePort } from "../../model/index.ts";
import type { ProxyScope } from "../../scope/index.ts";
import type { Dependencies } from "./dependencies.ts";
import type { RouteFeatures } from "./features.ts";
import { consistentHashOf } from "./hash-policy.ts";
import { outboundClusterName } from "../names.ts";

/** Which of an RPC service's variants requests are for. */
export interface TargetVariant {
  readonly host: string;
  /** Of the cluster, in the place of a subset or behind one. */
  readonly name: string;
}

/** A port that requests are led to. */
export interface TargetPort {
  readonly port: number;
  /** What is spoken there, of RPC; undefined: HTTP, or whatever callers speak. */
  readonly protocol: Protocol | undefined;
  /** Calls of other protocols go to other ports: routes are for those of this one only. */
  readonly isForProtocol: boolean;
}

/** Where routes stand: what of a scope and of a listener counts for them. */
export interface RoutePlace {
  readonly scope: ProxyScope;
  readonly features: RouteFeatures;
  /** Of the service that is called, or of the gateway's server: what destinations have that name none. */
  readonly target: TargetPort;
  readonly isTls: boolean;
  /** Undefined: requests are for all variants. */
  readonly variant: TargetVariant | undefined;
}

export interface ResolvedDestination {
  readonly cluster: string;
  readonly host: string;
  readonly port: number;
  readonly hash: ConsistentHash | undefined;
}

/** `svc.cluster.local` of `shop.svc.cluster.local`: what the mesh's own names end with, as the proxy has it. */
export function serviceDomain(dnsDomain: string): string {
  const start = dnsDomain.indexOf(".svc.");
  return start < 0 ? clusterDomain : dnsDomain.slice(start + 1);
}

/**
 * Istio: a name without dots is a service of the rule's own namespace. One that only a registry has, under exactly that name, is found
 * where the namespace has none. A host that nobody knows gets a cluster that does not exist: 503.
 */
export function resolveDestination(
  { host, subset = "", port }: Destination,
  namespace: string,
  place: RoutePlace,
  dependencies: Dependencies,
): ResolvedDestination {
  const { scope } = place;
  const names = host.includes(".") || host.includes(":") ? [host] : [`${host}.${namespace}.${serviceDomain(scope.proxy.dnsDomain)}`, host];
  let service: MeshService | undefined;
  for (const name of names) service ??= dependencies.service(scope, name);
  const hostname = service?.hostname ?? names[0] ?? host;
  return resolvedTo(hostname, service, subset, port ?? portOf(service, place), place, dependencies);
}

export function resolvedTo(
  host: string,
  service: MeshService | undefined,
  subset: string,
  port: number,
  { scope, features, variant }: RoutePlace,
  dependencies: Dependencies,
): ResolvedDestination {
  const hash =
    service !== undefined && features.hashPolicy ? consistentHashOf(dependencies.destinationRule(scope, service), subset, port) : undefined;
  // A provider of another variant would refuse the call, so that a subset of the callers' own is meant.
  const cluster = outboundClusterName(port, variant?.host === host ? `${subset}${variant.name}` : subset, host);
  return { cluster, host, port, hash };
}

/**
 * The only port of a service, or the one by which it was called. RPC is called by name: any port for the protocol of the calls will do where
 * that one is none.
 */
function portOf(service: MeshService | undefined, { target: { port, protocol }, features }: RoutePlace): number {
  const ports = service?.ports ?? [];
  const [only] = ports;
  if (ports.length === 1 && only !== undefined) return only.number;
  if (ports.some((each) => each.number === port && (protocol === undefined || each.protocol === protocol))) return port;
  const isSpoken = (each: ServicePort): boolean =>
    protocol === undefined ? features.rpc && isRpc(each.protocol) : each.protocol === protocol || each.protocol === "x";
  return ports.find(isSpoken)?.number ?? port;
}
