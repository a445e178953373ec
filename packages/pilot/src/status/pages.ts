import { decodeMessage, toJson } from "@mesh/xds-proto";
import {
  clusterTypeUrl,
  endpointsTypeUrl,
  listenerTypeUrl,
  routeConfigurationTypeUrl,
  type ClientStatus,
  type Resource,
  type TypeStatus,
} from "@mesh/xds-server";
import type { MeshSnapshot, ShardStatus } from "../hub/index.ts";
import type { MeshService } from "../model/index.ts";
import type { ConnectedProxy, ProxyResources } from "../serving/index.ts";
import { shortNameOf } from "./metrics.ts";

/** What the pages show. */
export interface StatusSources {
  readonly snapshot: () => MeshSnapshot | undefined;
  readonly registries: () => readonly ShardStatus[];
  readonly clients: () => readonly ClientStatus[];
  readonly connected: () => Iterable<ConnectedProxy>;
  /** What a connected proxy is to have now. */
  readonly resourcesOf: (connected: ConnectedProxy) => ProxyResources | undefined;
}

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** A page that cannot be shown. */
export interface PageProblem {
  readonly status: 400 | 404;
  readonly message: string;
}

const statusOf = ({ sentVersion, ackedVersion, refusal, isInFlight, isUnserved }: TypeStatus): string => {
  if (refusal !== undefined) return "ERROR";
  if (isUnserved || sentVersion === "") return "NOT SENT";
  if (isInFlight) return "STALE";
  return sentVersion === ackedVersion ? "SYNCED" : "STALE";
};

const isoTime = (ms: number): string => (ms === 0 ? "" : new Date(ms).toISOString());

/** Who is connected, and what of it each has accepted (`istioctl proxy-status`). */
export function syncz({ clients, connected }: StatusSources): Json {
  const proxies = new Map([...connected()].map((each) => [each.client.id, each.proxy]));
  return clients().map(({ client, types }) => {
    const proxy = proxies.get(client.id);
    return {
      proxy: proxy === undefined ? client.node.id : `${proxy.name}.${proxy.namespace}`,
      node_id: client.node.id,
      proxy_type: proxy?.type ?? "",
      dialect: proxy?.dialect ?? "",
      version: proxy?.version ?? "",
      connection: client.id,
      peer: client.peer,
      protocol: client.protocol,
      connected_at: isoTime(client.connectedAt),
      types: Object.fromEntries(
        types.map((type) => [
          shortNameOf(type.typeUrl),
          {
            status: statusOf(type),
            subscribed: type.isWildcard ? "*" : type.nameCount,
            sent_version: type.sentVersion,
            acked_version: type.ackedVersion,
            sent_at: isoTime(type.sentAt),
            acked_at: isoTime(type.ackedAt),
            ...(type.refusal === undefined ? {} : { error: type.refusal.message, refused_version: type.refusal.version }),
          },
        ]),
      ),
    };
  });
}

const typed = (name: string): string => `type.googleapis.com/${name}`;

const section = {
  [clusterTypeUrl]: {
    type: "envoy.admin.v3.ClustersConfigDump",
    list: "dynamic_active_clusters",
    field: "cluster",
    message: "envoy.config.cluster.v3.Cluster",
  },
  [listenerTypeUrl]: {
    type: "envoy.admin.v3.ListenersConfigDump",
    list: "dynamic_listeners",
    field: "listener",
    message: "envoy.config.listener.v3.Listener",
  },
  [routeConfigurationTypeUrl]: {
    type: "envoy.admin.v3.RoutesConfigDump",
    list: "dynamic_route_configs",
    field: "route_config",
    message: "envoy.config.route.v3.RouteConfiguration",
  },
  [endpointsTypeUrl]: {
    type: "envoy.admin.v3.EndpointsConfigDump",
    list: "dynamic_endpoint_configs",
    field: "endpoint_config",
    message: "envoy.config.endpoint.v3.ClusterLoadAssignment",
  },
} as const;

function messageOf({ any }: Resource, message: (typeof section)[keyof typeof section]["message"]): Json {
  const { value } = decodeMessage("google.protobuf.Any", any);
  return { "@type": typed(message), ...Object(toJson(message, decodeMessage(message, value), { preserveProtoFieldNames: true })) };
}

/** All that a connected proxy is to have now, in the shape of Envoy's `/config_dump`. */
export function configDump(sources: StatusSources, node: string | null): Json | PageProblem {
  if (node === null || node === "")
    return { status: 400, message: "add ?proxyID=<name>.<namespace> or the node's id; /debug/syncz lists them" };
  const found = findProxies(sources, node);
  const [first] = found;
  if (first === undefined) return { status: 404, message: `no proxy "${node}" is connected; /debug/syncz lists those that are` };
  const names = [...new Set(found.map(({ proxy }) => `${proxy.name}.${proxy.namespace}`))];
  if (names.length > 1) return { status: 400, message: `"${node}" is ${names.join(" and ")}` };
  const resources = sources.resourcesOf(first);
  if (resources === undefined) return { status: 404, message: "there is no configuration yet" };
  const configs = Object.entries(section).map(([typeUrl, { type, list, field, message }]) => {
    const entries = [...(resources.get(typeUrl) ?? [])].map((resource): Json => {
      const state = { version_info: resource.version, [field]: messageOf(resource, message) };
      return list === "dynamic_listeners" ? { name: resource.name, active_state: state } : state;
    });
    return { "@type": typed(type), [list]: entries };
  });
  return { configs };
}

/** By `<name>.<namespace>`, the node's id, or the name alone; a proxy may have several streams. */
function findProxies({ connected }: StatusSources, node: string): ConnectedProxy[] {
  return [...connected()].filter(({ proxy }) => `${proxy.name}.${proxy.namespace}` === node || proxy.id === node || proxy.name === node);
}

const visibilityOf = ({ visibility }: MeshService): Json => (visibility === "all" ? "*" : [...visibility]);

/** All services, wherever they come from. */
export function registryz({ snapshot, registries }: StatusSources): Json {
  const current = snapshot();
  return {
    registries: registries().map((shard) => ({
      name: shard.name,
      namespace: shard.namespace,
      ready: shard.isReady,
      services: shard.services,
      instances: shard.instances,
      held: shard.held,
      ...(shard.error === undefined ? {} : { error: shard.error }),
      ...(shard.problems.length === 0 ? {} : { problems: shard.problems }),
    })),
    services: (current?.services.all ?? []).map((service) => ({
      host: service.hostname,
      namespace: service.namespace,
      source: service.source,
      ports: service.ports.map(({ name, number, protocol }) => ({ name, number, protocol })),
      resolution: service.resolution,
      addresses: service.addresses,
      allotted_address: service.allottedAddress ?? "",
      variants: service.variants.map(({ authority }) => authority),
      aliases: service.aliases,
      export_to: visibilityOf(service),
    })),
  };
}

/** All endpoints, or those of one host. */
export function endpointz({ snapshot }: StatusSources, host: string | null): Json {
  const current = snapshot();
  const services = (current?.services.all ?? []).filter(({ hostname }) => host === null || hostname === host);
  return services.map((service) => ({
    host: service.hostname,
    namespace: service.namespace,
    ports: Object.fromEntries(
      [...(current?.endpoints.of(service) ?? [])].map(([port, endpoints]) => [
        port,
        endpoints.map(({ address, port: number, labels, variant, weight, health, locality, source }) => ({
          address,
          port: number,
          labels,
          variant,
          weight,
          health,
          locality: locality === undefined ? "" : [locality.region, locality.zone, locality.subZone].filter(Boolean).join("/"),
          source,
        })),
      ]),
    ),
  }));
}
