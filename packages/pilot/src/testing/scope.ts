import { meshSettings, type ConnectionPoolSettings, type IstioIngressListener, type Subset, type TrafficPolicy } from "@mesh/istio-config";
import { HostMap, noEndpoints, type MeshEndpoint, type MeshService, type ServiceEndpoints } from "../model/index.ts";
import type { Proxy } from "../proxy/index.ts";
import type { EffectiveDestinationRule, MeshSettings, VirtualServiceRule } from "../rules/index.ts";
import type { EgressScope, ProxyScope, ServerScope, ServiceTarget } from "../scope/index.ts";

/** What a MeshConfig file without a line comes to; another object each time. */
export const testMesh = (overrides: Partial<MeshSettings> = {}): MeshSettings => ({ ...meshSettings(), ...overrides });

/** A sidecar that runs Envoy, in the namespace `shop`. */
export function testProxy(overrides: Partial<Proxy> = {}): Proxy {
  return {
    id: "sidecar~10.0.0.1~orders-1.shop~shop.svc.cluster.local",
    type: "sidecar",
    name: "orders-1",
    namespace: "shop",
    addresses: ["10.0.0.1"],
    dnsDomain: "shop.svc.cluster.local",
    labels: {},
    locality: undefined,
    network: "",
    clusterId: "Kubernetes",
    interception: "redirect",
    dialect: "envoy",
    version: "1.27.0",
    ...overrides,
  };
}

/** A service of the mesh, with HTTP on port 80, whose endpoints are listed. */
export function testService(overrides: Partial<MeshService> = {}): MeshService {
  return {
    hostname: "reviews.shop.svc.cluster.local",
    namespace: "shop",
    ports: [{ name: "http", number: 80, protocol: "http" }],
    resolution: "static",
    isExternal: false,
    addresses: [],
    allottedAddress: undefined,
    visibility: "all",
    labels: {},
    subjectAltNames: [],
    variants: [],
    aliases: [],
    source: "service-entry",
    createdAtMs: 0,
    ...overrides,
  };
}

export function testEndpoint(overrides: Partial<MeshEndpoint> = {}): MeshEndpoint {
  return {
    address: "10.1.0.1",
    port: 8080,
    labels: {},
    variant: "",
    weight: 1,
    health: "healthy",
    locality: undefined,
    network: "",
    serviceAccount: "",
    warmUp: undefined,
    source: "service-entry",
    ...overrides,
  };
}

/** A destination rule, from its parts. */
export function testRule(
  trafficPolicy: Partial<TrafficPolicy> | undefined,
  subsets: readonly (Pick<Subset, "name"> & { readonly labels?: Subset["labels"]; readonly trafficPolicy?: Partial<TrafficPolicy> })[] = [],
): EffectiveDestinationRule {
  return {
    trafficPolicy: trafficPolicy && { portLevelSettings: [], ...trafficPolicy },
    subsets: subsets.map((subset) => ({
      name: subset.name,
      labels: subset.labels ?? {},
      ...(subset.trafficPolicy && { trafficPolicy: { portLevelSettings: [], ...subset.trafficPolicy } }),
    })),
    names: ["shop/rule"],
  };
}

/** A VirtualService of the namespace `shop`, for the mesh. */
export function testVirtualService(overrides: Partial<VirtualServiceRule> = {}): VirtualServiceRule {
  return {
    id: "shop/routes",
    name: "routes",
    namespace: "shop",
    hosts: ["reviews.shop.svc.cluster.local"],
    gateways: ["mesh"],
    visibility: "all",
    http: [],
    tls: [],
    tcp: [],
    createdAtMs: 0,
    ...overrides,
  };
}

export interface TestScopeOptions {
  readonly proxy?: Partial<Proxy>;
  readonly mesh?: MeshSettings;
  readonly services?: readonly MeshService[];
  /** By host: a map by the port's name, or the endpoints of every port. */
  readonly endpoints?: Readonly<Record<string, ServiceEndpoints | readonly MeshEndpoint[]>>;
  /** By host. */
  readonly rules?: Readonly<Record<string, EffectiveDestinationRule>>;
  /** By default one listener that leads to all services, with `virtualServices`. */
  readonly egress?: readonly EgressScope[];
  readonly virtualServices?: readonly VirtualServiceRule[];
  readonly ingress?: readonly IstioIngressListener[];
  readonly inboundConnectionPool?: ConnectionPoolSettings;
  readonly targets?: readonly ServiceTarget[];
  readonly servers?: readonly ServerScope[];
  /** By `namespace/name` of a Gateway. */
  readonly gatewayVirtualServices?: Readonly<Record<string, readonly VirtualServiceRule[]>>;
  readonly outboundPolicy?: ProxyScope["outboundPolicy"];
}

const isMap = (endpoints: ServiceEndpoints | readonly MeshEndpoint[]): endpoints is ServiceEndpoints => endpoints instanceof Map;

/** A scope of exactly what is given. Calls give the same objects each time. */
export function testScope(options: TestScopeOptions = {}): ProxyScope {
  const services = [...(options.services ?? [])].sort((one, other) => (one.hostname < other.hostname ? -1 : 1));
  const byHost = new HostMap<MeshService>();
  const endpoints = new Map<MeshService, ServiceEndpoints>();
  for (const service of services) {
    byHost.add(service.hostname, service);
    const given = options.endpoints?.[service.hostname];
    if (given !== undefined) endpoints.set(service, isMap(given) ? given : new Map(service.ports.map(({ name }) => [name, given])));
  }
  return {
    key: "test",
    shape: {},
    common: undefined,
    proxy: testProxy(options.proxy),
    mesh: options.mesh ?? testMesh(),
    services,
    service: (host) => byHost.get(host),
    destinationRule: (service) => options.rules?.[service.hostname],
    endpoints: (service) => endpoints.get(service) ?? noEndpoints,
    egress: options.egress ?? [
      { port: undefined, bind: undefined, captureMode: "default", services, virtualServices: options.virtualServices ?? [] },
    ],
    ingress: options.ingress ?? [],
    inboundConnectionPool: options.inboundConnectionPool,
    targets: options.targets ?? [],
    servers: options.servers ?? [],
    virtualServicesOf: (gateway) => options.gatewayVirtualServices?.[gateway] ?? [],
    outboundPolicy: options.outboundPolicy ?? "allow-any",
  };
}
