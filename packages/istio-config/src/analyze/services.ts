/** The services that routes can go to. */
import type { Config, IstioConfig } from "../kinds/index.ts";
import { covers } from "../schema/hosts.ts";

/** A service that a registry knows. */
export interface KnownService {
  readonly host: string;
  /** Numbers of its ports, where they are known. */
  readonly ports?: readonly number[];
  /** Where it is; short names of that namespace find it. */
  readonly namespace?: string;
  /** The labels of each of its instances, where they are known: subsets are checked against them. */
  readonly instances?: readonly Readonly<Record<string, string>>[];
}

export function servicesOf(configs: readonly IstioConfig[], known: readonly KnownService[]): KnownService[] {
  const entries = configs.filter((config) => config.kind === "ServiceEntry");
  return [...known, ...entries.flatMap((entry) => servicesOfEntry(entry))];
}

function servicesOfEntry({ namespace, spec }: Config<"ServiceEntry">): KnownService[] {
  return spec.hosts.map((host) => ({ host, namespace, ports: spec.ports.map(({ number }) => number) }));
}

/**
 * The full name of a host in a configuration, as Istio resolves it: a name with dots, or with a wildcard, is full; another one is a
 * service of the namespace. Where a registry has the short name itself, it stays.
 */
export function fullHost(host: string, namespace: string, domain: string): string {
  return host.includes(".") || host.includes("*") ? host : `${host}.${namespace}.svc.${domain}`;
}

export class ServiceIndex {
  readonly #exact = new Map<string, KnownService[]>();
  readonly #wildcards: KnownService[] = [];
  readonly #domain: string;

  constructor(services: readonly KnownService[], domain: string) {
    this.#domain = domain;
    for (const service of services) {
      if (service.host.startsWith("*")) this.#wildcards.push(service);
      else this.#exact.set(service.host, [...(this.#exact.get(service.host) ?? []), service]);
    }
  }

  /** The services that a host in a configuration of a namespace means. */
  find(host: string, namespace: string): readonly KnownService[] {
    const full = fullHost(host, namespace, this.#domain);
    const exact = this.#exact.get(full) ?? (full === host ? undefined : this.#exact.get(host));
    if (exact !== undefined) return exact;
    const wildcard = this.#wildcards.filter((service) => covers(service.host, full));
    if (wildcard.length > 0 || !full.startsWith("*")) return wildcard;
    return [...this.#exact].filter(([name]) => covers(full, name)).flatMap(([, services]) => services);
  }
}
