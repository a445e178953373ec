import type { RegistryInstance } from "@mesh/registry";
import type { Protocol, ServiceVariant } from "../model/index.ts";

const label = ({ labels }: RegistryInstance, key: string): string => (Object.hasOwn(labels, key) ? (labels[key] ?? "") : "");

/** What Dubbo says where nothing was said. */
const noDubboVersion = "0.0.0";
const usualBoltVersion = "1.0";

/**
 * Which of the services behind an interface an instance provides, as callers name it after the interface: `1.0.0:blue`. Empty for
 * Dubbo without version and group, and for protocols that have no such thing.
 */
function keyOf(instance: RegistryInstance): string {
  if (instance.protocol === "dubbo" || instance.protocol === "tri") {
    const version = label(instance, "version");
    const group = label(instance, "group");
    const told = version === noDubboVersion ? "" : version;
    return group === "" ? told : `${told}:${group}`;
  }
  if (instance.protocol === "bolt") {
    const id = label(instance, "uniqueId");
    const version = label(instance, "version") || usualBoltVersion;
    return id === "" ? version : `${version}:${id}`;
  }
  return "";
}

export const variantNameOf = (instance: RegistryInstance): string => `@${keyOf(instance)}`;

const authorityOf = (host: string, key: string): string => (key === "" ? host : `${host}:${key}`);

export interface Variants {
  /** Empty where there is only one. */
  readonly variants: readonly ServiceVariant[];
  /** What callers name the only one, besides the host. */
  readonly aliases: readonly string[];
}

/** The services behind an interface. Those that were known stay: a version whose last provider is gone is still a version. */
export function variantsOf(host: string, instances: readonly RegistryInstance[], known: Iterable<string>): Variants {
  const keys = new Set([...known].map((name) => name.slice(1)));
  for (const instance of instances) {
    if (isVaried(instance.protocol)) keys.add(keyOf(instance));
  }
  const sorted = [...keys].sort();
  if (sorted.length > 1) return { variants: sorted.map((key) => ({ authority: authorityOf(host, key), name: `@${key}` })), aliases: [] };
  const only = sorted[0];
  return { variants: [], aliases: only === undefined || only === "" ? [] : [authorityOf(host, only)] };
}

const isVaried = (protocol: Protocol): boolean => protocol === "bolt" || protocol === "dubbo" || protocol === "tri";
