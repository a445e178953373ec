/** One answer of a name server. */
export interface ResolvedAddress {
  /** An IPv4 or IPv6 address in text. */
  readonly address: string;
  readonly family: 4 | 6;
  /** Seconds that the answer may be kept; `undefined` where the resolver does not tell. */
  readonly ttlSeconds: number | undefined;
}

/** Envoy's `dns_lookup_family`. */
export type LookupFamily = "auto" | "v4-only" | "v6-only" | "v4-preferred" | "all";

/** Looks names up. Rejects with the resolver's own error; an answer without addresses is an empty array. */
export interface Resolver {
  resolve(hostname: string, family: LookupFamily): Promise<readonly ResolvedAddress[]>;
}
