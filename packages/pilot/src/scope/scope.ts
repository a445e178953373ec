import type { ConnectionPoolSettings, GatewayServer, IstioIngressListener } from "@mesh/istio-config";
import type { MeshEndpoint, MeshService, ServiceEndpoints, ServicePort } from "../model/index.ts";
import type { ProxyProfile } from "../proxy/index.ts";
import type { EffectiveDestinationRule, MeshSettings, VirtualServiceRule } from "../rules/index.ts";

/** One outbound listener of a sidecar and what it leads to. Without a Sidecar resource there is one, without a port. */
export interface EgressScope {
  /** Undefined: a listener for each port of the services. */
  readonly port: ServicePort | undefined;
  /** An address, or `unix://` and a path; undefined: as interception has it. */
  readonly bind: string | undefined;
  /** `none`: it is bound to its port, and callers connect to it by themselves. */
  readonly captureMode: "default" | "iptables" | "none";
  /** Each once, sorted by host. */
  readonly services: readonly MeshService[];
  /** Those for the mesh that may be about these services, the first for a host wins. */
  readonly virtualServices: readonly VirtualServiceRule[];
}

/** A service that has an endpoint at the proxy's own workload. */
export interface ServiceTarget {
  readonly service: MeshService;
  readonly port: ServicePort;
  /** Its port is where the application listens. */
  readonly endpoint: MeshEndpoint;
}

/** A server of a Gateway resource that selects this router. */
export interface ServerScope {
  /** `namespace/name` of the resource. */
  readonly gateway: string;
  readonly namespace: string;
  readonly server: GatewayServer;
}

/**
 * All that generators read: what one class of proxies sees at one moment. Proxies that are alike in it have the same one. Immutable; its
 * parts are the same objects as before where nothing has changed.
 */
export interface ProxyScope {
  /** Of the class of proxies, whatever the moment. */
  readonly key: string;
  /** The same object for scopes that differ in nothing but endpoints: what does not depend on these can be kept beside it. */
  readonly shape: object;
  /**
   * That of proxies which differ in nothing but the workload that they stand before: what is called is made once for all of them. Undefined
   * where there is no workload, so that this is such a one itself.
   */
  readonly common: ProxyScope | undefined;
  readonly proxy: ProxyProfile;
  readonly mesh: MeshSettings;
  /** All that it may call, each once, sorted by host. */
  readonly services: readonly MeshService[];
  /** The one that a host means to this proxy. */
  service(host: string): MeshService | undefined;
  destinationRule(service: MeshService): EffectiveDestinationRule | undefined;
  endpoints(service: MeshService): ServiceEndpoints;
  /** Of a sidecar: at least one. */
  readonly egress: readonly EgressScope[];
  /** Of a Sidecar resource; empty: the targets' ports. */
  readonly ingress: readonly IstioIngressListener[];
  /** Of a Sidecar resource: for connections to the application, where its listener says nothing else. */
  readonly inboundConnectionPool: ConnectionPoolSettings | undefined;
  readonly targets: readonly ServiceTarget[];
  /** Of a router, in the order of their resources' age. */
  readonly servers: readonly ServerScope[];
  /** Of a router: those for one of its gateways. */
  virtualServicesOf(gateway: string): readonly VirtualServiceRule[];
  /** What happens to traffic that is for no service. */
  readonly outboundPolicy: "allow-any" | "registry-only";
}
