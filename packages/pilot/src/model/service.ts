import type { RegistryWarmUp } from "@mesh/registry";
import type { Protocol } from "./protocol.ts";

/** How a proxy finds the endpoints of a service (Istio's `resolution`). */
export type Resolution =
  /** They are listed: EDS, or written into the cluster. */
  | "static"
  /** The endpoints' names, or the host itself, are resolved by the proxy, and all addresses are used. */
  | "dns"
  /** As `dns`, with one address at a time. */
  | "dns-round-robin"
  /** The caller has chosen an address: it goes there. */
  | "passthrough";

export interface ServicePort {
  /** Unique within the service. Its prefix may tell the protocol (`http-web`, `x-dubbo-echo`). */
  readonly name: string;
  readonly number: number;
  readonly protocol: Protocol;
}

/** Who may see something (Istio's `exportTo`): everybody, or these namespaces; an empty set is nobody. */
export type Visibility = "all" | ReadonlySet<string>;

/**
 * One of several services that share an interface: the RPC frameworks tell them apart by version, group and unique id, and a provider of
 * one refuses calls for another.
 */
export interface ServiceVariant {
  /** What callers name: `com.acme.Echo:1.0.0:blue` with Dubbo, `com.acme.Echo:1.0:id` with SOFARPC. */
  readonly authority: string;
  /** Unique within the service, fit for a cluster's name in the place of a subset, and no name that a subset can have: `@1.0.0:blue`. */
  readonly name: string;
}

/**
 * The variant of instances that provide an interface in versions and groups that nobody knows: they are of every other variant too. It is a
 * `ServiceVariant` beside others, for calls of versions that none of those has.
 */
export const anyVariant = "@*";

/**
 * A service as the mesh sees it, without its endpoints. Immutable: the same object as long as nothing of it has changed, so that what is
 * made from it can be kept beside it.
 */
export interface MeshService {
  /** A DNS name, or the name of an RPC interface. Compared without regard to case. */
  readonly hostname: string;
  readonly namespace: string;
  readonly ports: readonly ServicePort[];
  readonly resolution: Resolution;
  /** Outside of the mesh: its endpoints have no sidecar and no identity. */
  readonly isExternal: boolean;
  /** Addresses and CIDR blocks that callers use for it; empty: none but its allotted one. */
  readonly addresses: readonly string[];
  /** One from 240.240.0.0/16 for a service that has no address of its own. */
  readonly allottedAddress: string | undefined;
  readonly visibility: Visibility;
  readonly labels: Readonly<Record<string, string>>;
  readonly subjectAltNames: readonly string[];
  /** Those of an RPC interface that has several; empty where callers need not be told apart. */
  readonly variants: readonly ServiceVariant[];
  /** The name that callers use for the only variant, where it is known; it may be the host itself. */
  readonly aliases: readonly string[];
  /** `service-entry`, or the registry's name. */
  readonly source: string;
  /** Milliseconds since the epoch; 0: not known. The older of two that claim a name wins. */
  readonly createdAtMs: number;
}

export interface Locality {
  readonly region: string;
  readonly zone: string;
  readonly subZone: string;
}

export interface MeshEndpoint {
  /** An IP address, a name that proxies look up, or the absolute path of a unix socket (then the port is 0). */
  readonly address: string;
  readonly port: number;
  readonly labels: Readonly<Record<string, string>>;
  /** The name of its `ServiceVariant`, or `anyVariant`; empty where it is of none. */
  readonly variant: string;
  /** Relative to the other endpoints; 0: no traffic. */
  readonly weight: number;
  readonly health: "healthy" | "unhealthy" | "draining";
  readonly locality: Locality | undefined;
  readonly network: string;
  readonly serviceAccount: string;
  /** It takes its full share only a while after this. */
  readonly warmUp: RegistryWarmUp | undefined;
  /** The registry that it comes from, or `service-entry`. */
  readonly source: string;
}

/** The endpoints of one service by the name of the port; immutable, and the same object as long as nothing of it has changed. */
export type ServiceEndpoints = ReadonlyMap<string, readonly MeshEndpoint[]>;

export const noEndpoints: ServiceEndpoints = new Map();
