/** The resource types of xDS: one strategy each, as data. */
import { typeUrl, type MessageName } from "@mesh/xds-proto";
import { isXdstpName, WILDCARD, xdstpCollectionOf } from "./name.ts";

/** What the protocol has to know about a type of resource. */
export interface ResourceType<Name extends MessageName = MessageName> {
  /** Its discovery service, as people and Envoy's statistics call it: `CDS`. */
  readonly label: string;
  /** The full name of the message. */
  readonly message: Name;
  /** `type.googleapis.com/<message>` */
  readonly typeUrl: string;
  /** The method of its own service for state of the world; undefined where the protocol has none. */
  readonly streamPath: string | undefined;
  /** The method of its own service for delta. */
  readonly deltaPath: string;
  /**
   * Whether a state-of-the-world response is the whole state, so that what it leaves out is removed. So it is for LDS, CDS and SRDS;
   * in the others' responses, a resource that is left out is unchanged (Envoy: "xDS REST and gRPC protocol", "Deleting resources").
   */
  readonly isFullState: boolean;
  /** The collection that a resource of that name belongs to: what else than its name may be subscribed to for it. */
  readonly collectionOf: (name: string) => string;
  /** Whether collections are named in requests. VHDS's are not: their members are asked for one by one, on demand. */
  readonly sendsCollections: boolean;
}

const collectionOf = (name: string): string => (isXdstpName(name) ? xdstpCollectionOf(name) : WILDCARD);

/** The virtual hosts `route/host` of a route configuration are its collection, `route/`. */
const routeOf = (name: string): string => name.slice(0, name.lastIndexOf("/") + 1);

/** Whether what is subscribed to is a collection: everything, an xdstp collection, or the virtual hosts of a route configuration. */
export function isCollection(type: ResourceType, subscription: string): boolean {
  return subscription === WILDCARD || type.collectionOf(subscription) === subscription;
}

interface Service {
  readonly label: string;
  readonly service: string;
  /** What `Stream…` and `Delta…` of the service's methods are followed by. */
  readonly method: string;
  readonly isFullState?: boolean;
}

function resourceType<Name extends MessageName>(
  message: Name,
  { label, service, method, isFullState = false }: Service,
): ResourceType<Name> {
  return {
    label,
    message,
    typeUrl: typeUrl(message),
    streamPath: `/envoy.service.${service}/Stream${method}`,
    deltaPath: `/envoy.service.${service}/Delta${method}`,
    isFullState,
    collectionOf,
    sendsCollections: true,
  };
}

/** LDS */
export const listenerType: ResourceType<"envoy.config.listener.v3.Listener"> = resourceType("envoy.config.listener.v3.Listener", {
  label: "LDS",
  service: "listener.v3.ListenerDiscoveryService",
  method: "Listeners",
  isFullState: true,
});

/** RDS */
export const routeConfigurationType: ResourceType<"envoy.config.route.v3.RouteConfiguration"> = resourceType(
  "envoy.config.route.v3.RouteConfiguration",
  { label: "RDS", service: "route.v3.RouteDiscoveryService", method: "Routes" },
);

/** VHDS: delta only, on demand; see `XdsClient.watchVirtualHosts`. */
export const virtualHostType: ResourceType<"envoy.config.route.v3.VirtualHost"> = {
  ...resourceType("envoy.config.route.v3.VirtualHost", {
    label: "VHDS",
    service: "route.v3.VirtualHostDiscoveryService",
    method: "VirtualHosts",
  }),
  streamPath: undefined,
  collectionOf: routeOf,
  sendsCollections: false,
};

/** SRDS */
export const scopedRoutesType: ResourceType<"envoy.config.route.v3.ScopedRouteConfiguration"> = resourceType(
  "envoy.config.route.v3.ScopedRouteConfiguration",
  { label: "SRDS", service: "route.v3.ScopedRoutesDiscoveryService", method: "ScopedRoutes", isFullState: true },
);

/** CDS */
export const clusterType: ResourceType<"envoy.config.cluster.v3.Cluster"> = resourceType("envoy.config.cluster.v3.Cluster", {
  label: "CDS",
  service: "cluster.v3.ClusterDiscoveryService",
  method: "Clusters",
  isFullState: true,
});

/** EDS */
export const endpointsType: ResourceType<"envoy.config.endpoint.v3.ClusterLoadAssignment"> = resourceType(
  "envoy.config.endpoint.v3.ClusterLoadAssignment",
  { label: "EDS", service: "endpoint.v3.EndpointDiscoveryService", method: "Endpoints" },
);

/** SDS */
export const secretType: ResourceType<"envoy.extensions.transport_sockets.tls.v3.Secret"> = resourceType(
  "envoy.extensions.transport_sockets.tls.v3.Secret",
  { label: "SDS", service: "secret.v3.SecretDiscoveryService", method: "Secrets" },
);

/** ECDS */
export const extensionConfigType: ResourceType<"envoy.config.core.v3.TypedExtensionConfig"> = resourceType(
  "envoy.config.core.v3.TypedExtensionConfig",
  { label: "ECDS", service: "extension.v3.ExtensionConfigDiscoveryService", method: "ExtensionConfigs" },
);

/** RTDS */
export const runtimeType: ResourceType<"envoy.service.runtime.v3.Runtime"> = resourceType("envoy.service.runtime.v3.Runtime", {
  label: "RTDS",
  service: "runtime.v3.RuntimeDiscoveryService",
  method: "Runtime",
});

/** The types that come with this package. */
export const resourceTypes: readonly ResourceType[] = [
  listenerType,
  routeConfigurationType,
  virtualHostType,
  scopedRoutesType,
  clusterType,
  endpointsType,
  secretType,
  extensionConfigType,
  runtimeType,
];
