/** Kubernetes' services are `<name>.<namespace>.svc.cluster.local`; a name without dots is completed with it. */
export const clusterDomain = "svc.cluster.local";

/** Hosts of Istio's configuration are DNS names, names of RPC interfaces and wildcards: `*.acme.com`, `*`. */
export const isWildcard = (host: string): boolean => host.startsWith("*");

const suffixOf = (pattern: string): string => pattern.slice(1).toLowerCase();

/** Whether a host, or a narrower wildcard, falls under a pattern. `*.acme.com` has `a.acme.com` and `*.a.acme.com`, not `acme.com`. */
export function coversHost(pattern: string, host: string): boolean {
  if (!isWildcard(pattern)) return pattern.length === host.length && pattern.toLowerCase() === host.toLowerCase();
  const suffix = suffixOf(pattern);
  if (isWildcard(host)) return host.length >= pattern.length && suffixOf(host).endsWith(suffix);
  return host.length > suffix.length && host.toLowerCase().endsWith(suffix);
}

/** Whether one of two patterns covers the other: whether a host may fall under both. */
export const overlaps = (one: string, other: string): boolean => coversHost(one, other) || coversHost(other, one);

/** Things by host, found by the most specific host that covers one: the host itself, then the longest wildcard. */
export class HostMap<Value> {
  readonly #exact = new Map<string, Value>();
  /** By the suffix, without the star. */
  readonly #wildcards = new Map<string, Value>();

  get size(): number {
    return this.#exact.size + this.#wildcards.size;
  }

  /** The first that is set for a host stays. */
  add(host: string, value: Value): boolean {
    const [map, key] = isWildcard(host) ? [this.#wildcards, suffixOf(host)] : [this.#exact, host.toLowerCase()];
    if (map.has(key)) return false;
    map.set(key, value);
    return true;
  }

  /** What was added for exactly this host or wildcard. */
  get(host: string): Value | undefined {
    return isWildcard(host) ? this.#wildcards.get(suffixOf(host)) : this.#exact.get(host.toLowerCase());
  }

  /** What was added for the most specific host or wildcard that covers this one. */
  find(host: string): Value | undefined {
    const exact = this.get(host);
    if (exact !== undefined || this.#wildcards.size === 0) return exact;
    const rest = isWildcard(host) ? suffixOf(host) : host.toLowerCase();
    for (let from = isWildcard(host) ? 0 : 1; from <= rest.length; from++) {
      const value = this.#wildcards.get(rest.slice(from));
      if (value !== undefined) return value;
    }
    return undefined;
  }
}
