import type { Host, Picker } from "../contract.ts";

/** For balancers that have no hosts to choose from. */
export const emptyPicker: Picker = { pick: () => undefined };

/** The weight of all hosts, or `undefined` where they differ. */
export function commonWeight(hosts: readonly Host[]): number | undefined {
  const weight = hosts[0]?.weight;
  return hosts.every((host) => host.weight === weight) ? weight : undefined;
}

export function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
