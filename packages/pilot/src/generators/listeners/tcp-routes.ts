import type { Destination, L4MatchAttributes, RouteDestination } from "@mesh/istio-config";
import { clusterDomain, selects, type MeshService } from "../../model/index.ts";
import type { VirtualServiceRule } from "../../rules/index.ts";
import type { ProxyScope } from "../../scope/index.ts";
import { outboundClusterName } from "../names.ts";
import type { TcpTarget } from "./filters.ts";

/** Where connections that meet a condition go. */
export interface TcpBranch {
  /** Blocks of addresses that callers dial; empty: any. */
  readonly subnets: readonly string[];
  /** Names in the TLS greeting; empty: any, also none. */
  readonly serverNames: readonly string[];
  readonly target: TcpTarget;
  /** For people: `VirtualService shop/db, tcp rule 1`. */
  readonly origin: string;
}

export interface TcpPlace {
  readonly scope: ProxyScope;
  /** `mesh`, or `namespace/name` of a gateway. */
  readonly gateway: string;
  /** Of the listener. */
  readonly port: number;
}

/** The rules for plain TCP of a VirtualService that can apply at a place, in their order. */
export function tcpBranches(rule: VirtualServiceRule, place: TcpPlace): readonly TcpBranch[] {
  return rule.tcp.flatMap(({ match, route }, at) => {
    const head = { serverNames: [], target: targetOf(route, rule, place), origin: originOf(rule, "tcp", at) };
    if (match.length === 0) return [{ ...head, subnets: [] }];
    return match.flatMap((each) => (applies(each, place) ? [{ ...head, subnets: each.destinationSubnets }] : []));
  });
}

export function tlsBranches(rule: VirtualServiceRule, place: TcpPlace): readonly TcpBranch[] {
  return rule.tls.flatMap(({ match, route }, at) => {
    const head = { target: targetOf(route, rule, place), origin: originOf(rule, "tls", at) };
    return match.flatMap((each) =>
      applies(each, place) ? [{ ...head, subnets: each.destinationSubnets, serverNames: serverNames(each.sniHosts) }] : [],
    );
  });
}

export const ruleName = ({ id }: VirtualServiceRule): string => `VirtualService ${id}`;

const originOf = (rule: VirtualServiceRule, kind: "tcp" | "tls", at: number): string => `${ruleName(rule)}, ${kind} rule ${at + 1}`;

/** A chain without names has all; a filter chain has no `*`. */
export const serverNames = (hosts: readonly string[]): readonly string[] => (hosts.includes("*") ? [] : hosts);

function applies({ port, sourceLabels, sourceNamespace, gateways }: L4MatchAttributes, { scope, gateway, port: own }: TcpPlace): boolean {
  if (port !== undefined && port !== own) return false;
  if (gateways.length > 0 && !gateways.includes(gateway)) return false;
  // Istio: what callers are told apart by counts for sidecars only.
  if (gateway !== "mesh") return true;
  return selects(sourceLabels, scope.proxy.labels) && (sourceNamespace === undefined || sourceNamespace === scope.proxy.namespace);
}

function targetOf(route: readonly RouteDestination[], { namespace }: VirtualServiceRule, place: TcpPlace): TcpTarget {
  const used = route.filter(({ weight }) => weight > 0);
  return used.map(({ destination, weight }) => ({ name: clusterOf(destination, namespace, place), weight }));
}

function clusterOf({ host, subset = "", port }: Destination, namespace: string, { scope, port: own }: TcpPlace): string {
  const full = host.includes(".") ? host : `${host}.${namespace}.${clusterDomain}`;
  const service: MeshService | undefined = scope.service(full) ?? scope.service(host);
  const only = service?.ports.length === 1 ? service.ports[0]?.number : undefined;
  return outboundClusterName(port ?? only ?? own, subset, service?.hostname ?? full);
}
