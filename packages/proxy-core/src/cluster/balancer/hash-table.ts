import type { Host } from "../contract.ts";

/** What is hashed to place a host: Envoy's names of it. */
export type HostKey = (host: Host) => string;

/** `metadata: { envoy.lb: { hash_key: … } }`, else the address, or the name where that is asked for. */
export function hostKey(usesHostname: boolean): HostKey {
  return (host) => {
    const configured = host.metadata?.["envoy.lb"]?.["hash_key"];
    if (typeof configured === "string" && configured !== "") return configured;
    return usesHostname && host.hostname !== "" ? host.hostname : host.addressText;
  };
}

/** How much of all requests each host is to get, as parts of 1. */
export interface NormalizedWeights {
  readonly hosts: readonly Host[];
  readonly weights: readonly number[];
}

/** @param weights of the hosts, in their order; default: what the hosts say */
export function normalizeWeights(hosts: readonly Host[], weights: readonly number[] | undefined): NormalizedWeights {
  const list = weights ?? hosts.map(({ weight }) => weight);
  const total = list.reduce((sum, weight) => sum + weight, 0);
  return { hosts, weights: list.map((weight) => weight / total) };
}
