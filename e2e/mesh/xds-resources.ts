/** Resources as a control plane gives them. */
import { fromJson, type Message } from "@mesh/xds-proto";
import { socketAddress, streamFilter, type Json } from "../peers/mosn.ts";

export const C = "envoy.config.cluster.v3.Cluster";
export const E = "envoy.config.endpoint.v3.ClusterLoadAssignment";
export const L = "envoy.config.listener.v3.Listener";
export const R = "envoy.config.route.v3.RouteConfiguration";
export const F = "envoy.config.core.v3.TypedExtensionConfig";

export const byAds: Json = { ads: {}, resource_api_version: "V3" };

export type ClusterMessage = Message<typeof C>;
export type EndpointsMessage = Message<typeof E>;
export type ListenerMessage = Message<typeof L>;
export type RoutesMessage = Message<typeof R>;
export type FilterMessage = Message<typeof F>;

/** A cluster whose endpoints come by EDS. */
export const edsCluster = (name: string, more: Json = {}, source: Json = byAds): ClusterMessage =>
  fromJson(C, { name, type: "EDS", connect_timeout: "1s", eds_cluster_config: { eds_config: source }, ...more });

export interface Place {
  readonly port: number;
  /** Default: not told. */
  readonly health?: "HEALTHY" | "UNHEALTHY" | "DRAINING";
  /** Default: 0. */
  readonly priority?: number;
  /** Default: 127.0.0.1. */
  readonly address?: string;
}

/** The endpoints of a cluster: ports, or more than that. */
export function endpoints(name: string, places: readonly (number | Place)[]): EndpointsMessage {
  const all = places.map((place): Place => (typeof place === "number" ? { port: place } : place));
  const priorities = [...new Set(all.map(({ priority = 0 }) => priority))].sort((a, b) => a - b);
  const hosts = (wanted: number): Json[] =>
    all
      .filter(({ priority = 0 }) => priority === wanted)
      .map(({ port, address = "127.0.0.1", health }) => ({
        endpoint: { address: { socket_address: { address, port_value: port } } },
        ...(health === undefined ? {} : { health_status: health }),
      }));
  return fromJson(E, {
    cluster_name: name,
    endpoints: priorities.map((priority) => ({ priority, lb_endpoints: hosts(priority) })),
  });
}

/** Where all goes: one cluster, or several by weight. */
export type Target = string | Readonly<Record<string, number>>;

const actionOf = (target: Target): Json =>
  typeof target === "string"
    ? { cluster: target }
    : { weighted_clusters: { clusters: Object.entries(target).map(([name, weight]) => ({ name, weight })) } };

export interface RoutesOptions {
  /** More of the route's action. */
  readonly action?: Json;
  /** Routes before the one for everything. */
  readonly before?: readonly Json[];
  /** Virtual hosts after the one for everything. */
  readonly more?: readonly Json[];
}

/** Leads a request to the cluster that its header `x-cluster` names. */
const byHeader: Json = {
  match: { prefix: "/", headers: [{ name: "x-cluster", present_match: true }] },
  route: { cluster_header: "x-cluster", timeout: "0s" },
};

/** Everything goes to the target, but for requests that say `x-cluster`. */
export function routesTo(name: string, target: Target, { action = {}, before = [], more = [] }: RoutesOptions = {}): RoutesMessage {
  const routes = [...before, byHeader, { match: { prefix: "/" }, route: { ...actionOf(target), ...action } }];
  return fromJson(R, { name, virtual_hosts: [{ name: "all", domains: ["*"], routes }, ...more] });
}

/** A listener of `httpListener` or `rpcListener`, under another name and with more fields. */
export const listenerOf = (name: string, listener: Json, more: Json = {}): ListenerMessage => fromJson(L, { ...listener, name, ...more });

/** Another port for it. */
export const listeningOn = (port: number): Json => ({ address: socketAddress(port) });

const faultMessage = "envoy.extensions.filters.http.fault.v3.HTTPFault";

/** A place for a fault filter, to be given by ECDS under that name; one that does nothing where none is given. */
export const faultsFrom = (name: string, source: Json = byAds): Json => ({
  name,
  config_discovery: {
    config_source: source,
    type_urls: [`type.googleapis.com/${faultMessage}`],
    default_config: { "@type": `type.googleapis.com/${faultMessage}` },
  },
});

/** A fault filter that refuses those requests whose header has that value; without one, none. */
export function faults(name: string, unlucky?: { readonly header: string; readonly value: string }): FilterMessage {
  const match = unlucky && { headers: [{ name: unlucky.header, string_match: { exact: unlucky.value } }] };
  const abort = { http_status: 503, percentage: { numerator: 100 } };
  return fromJson(F, streamFilter(name, faultMessage, match === undefined ? {} : { ...match, abort }));
}
