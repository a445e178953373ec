import type { Labels } from "./common.ts";

/** STRICT is refused until there are certificates. */
export type MutualTlsMode = "DISABLE" | "PERMISSIVE" | "UNSET";

/** Istio: security.istio.io PeerAuthentication. */
export interface PeerAuthenticationSpec {
  /** Absent: the whole namespace, or the mesh if it is in the root namespace. The files write `matchLabels`. */
  readonly selector?: { readonly labels: Labels };
  /** UNSET: as the namespace or the mesh says. */
  readonly mtls: MutualTlsMode;
  /** Port of the workload to mode. Only with a selector. */
  readonly portLevelMtls: Readonly<Record<string, MutualTlsMode>>;
}
