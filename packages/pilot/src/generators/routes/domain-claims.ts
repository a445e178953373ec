/** A domain that two virtual hosts of a RouteConfiguration would have: Envoy allows it once. */
export interface DomainConflict {
  readonly routeName: string;
  readonly domain: string;
  /** The virtual host that does without. */
  readonly virtualHost: string;
}

/** Who has which domain. The first one that asks gets it; case plays no part. */
export class DomainClaims {
  readonly #owners = new Map<string, object>();

  /** Keeps a domain for an owner; false where it has another one. */
  claim(domain: string, owner: object): boolean {
    const key = domain.toLowerCase();
    const current = this.#owners.get(key);
    if (current === undefined) this.#owners.set(key, owner);
    return current === undefined || current === owner;
  }

  /** Which of these domains, all different, the owner gets: the same list where it gets all. */
  claimAll(domains: readonly string[], owner: object, refused: (domain: string) => void): readonly string[] {
    const missing = domains.filter((domain) => !this.claim(domain, owner));
    if (missing.length === 0) return domains;
    missing.forEach(refused);
    return domains.filter((domain) => !missing.includes(domain));
  }

  has(domain: string): boolean {
    return this.#owners.has(domain.toLowerCase());
  }
}
