import { joinResourceSets, type ResourceSet } from "@mesh/xds-server";

/** A large set that many share, with the few resources that one class of proxies has for itself; these go before others of their names. */
export interface LayeredSet {
  readonly base: ResourceSet;
  readonly own: ResourceSet;
  readonly set: ResourceSet;
}

/** The one from before where both layers are what they were. */
export function layered(base: ResourceSet, own: ResourceSet, before: LayeredSet | undefined): LayeredSet {
  if (before !== undefined && before.base === base && before.own === own) return before;
  return { base, own, set: own.size === 0 ? base : joinResourceSets([own, base]) };
}
