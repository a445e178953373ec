import { createMessage, packAny, type Any, type Message, type MessageInit } from "@mesh/xds-proto";
import { dumpMessage } from "../../config/index.ts";
import type { Server } from "../server.ts";
import { json, text, type AdminResponse } from "./endpoint.ts";

const messageName = "envoy.admin.v3.ConfigDump";
const routeHolders = [
  "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
  "mesh.extensions.filters.network.rpc_proxy.v3.RpcProxy",
] as const;

/** Envoy's `/config_dump`: everything, or with `resource=static_clusters` the entries of one list. */
export function configDump(server: Server, query: URLSearchParams): AdminResponse {
  const { registry } = server.extensions;
  if (query.has("mask") || query.has("name_regex")) return text("mask and name_regex are not supported yet: ask for resource=…\n", 400);
  const resource = query.get("resource");
  const sections = dumpSections(server);
  if (resource === null) return json(dumpMessage(registry, messageName, createMessage(messageName, { configs: Object.values(sections) })));
  const list = lists[resource];
  if (list === undefined) return text(`${resource} not found in config dump: there are ${Object.keys(lists).join(", ")}\n`, 404);
  return json(dumpMessage(registry, messageName, createMessage(messageName, { configs: list(server) })));
}

type Section = "bootstrap" | "clusters" | "listeners" | "routes";

function dumpSections(server: Server): Record<Section, Any> {
  return {
    bootstrap: packAny("envoy.admin.v3.BootstrapConfigDump", { bootstrap: server.bootstrap, lastUpdated: timestamp(server) }),
    clusters: packAny("envoy.admin.v3.ClustersConfigDump", {
      staticClusters: staticClusters(server),
      dynamicActiveClusters: dynamicClusters(server, false),
      dynamicWarmingClusters: dynamicClusters(server, true),
    }),
    listeners: packAny("envoy.admin.v3.ListenersConfigDump", { staticListeners: staticListeners(server) }),
    routes: packAny("envoy.admin.v3.RoutesConfigDump", { staticRouteConfigs: staticRoutes(server) }),
  };
}

/** By the names of Envoy's lists. */
const lists: Readonly<Record<string, (server: Server) => Any[]>> = {
  bootstrap: (server) => [dumpSections(server).bootstrap],
  static_clusters: (server) => staticClusters(server).map((entry) => packAny("envoy.admin.v3.ClustersConfigDump.StaticCluster", entry)),
  dynamic_active_clusters: (server) => dynamicClusters(server, false).map(packDynamicCluster),
  dynamic_warming_clusters: (server) => dynamicClusters(server, true).map(packDynamicCluster),
  static_listeners: (server) => staticListeners(server).map((entry) => packAny("envoy.admin.v3.ListenersConfigDump.StaticListener", entry)),
  static_route_configs: (server) =>
    staticRoutes(server).map((entry) => packAny("envoy.admin.v3.RoutesConfigDump.StaticRouteConfig", entry)),
};

type DynamicCluster = MessageInit<"envoy.admin.v3.ClustersConfigDump.DynamicCluster">;

const packDynamicCluster = (entry: DynamicCluster): Any => packAny("envoy.admin.v3.ClustersConfigDump.DynamicCluster", entry);

function dynamicClusters(server: Server, areWarming: boolean): DynamicCluster[] {
  return server.clusters
    .dynamic()
    .filter(({ isWarming }) => isWarming === areWarming)
    .map(({ message, version, updatedAt }) => ({
      versionInfo: version,
      cluster: packAny("envoy.config.cluster.v3.Cluster", message),
      lastUpdated: timestamp(server, updatedAt),
    }));
}

/** @param at milliseconds on the runtime's clock */
function timestamp(server: Server, at: number = server.startedAt): MessageInit<"google.protobuf.Timestamp"> {
  const { clock } = server.runtime;
  const ms = clock.wall() - (clock.now() - at);
  return { seconds: Math.floor(ms / 1000), nanos: Math.floor(ms % 1000) * 1_000_000 };
}

function staticClusters(server: Server): MessageInit<"envoy.admin.v3.ClustersConfigDump.StaticCluster">[] {
  const clusters = server.bootstrap.staticResources?.clusters ?? [];
  return clusters.map((cluster) => ({ cluster: packAny("envoy.config.cluster.v3.Cluster", cluster), lastUpdated: timestamp(server) }));
}

function staticListeners(server: Server): MessageInit<"envoy.admin.v3.ListenersConfigDump.StaticListener">[] {
  return listenerMessages(server).map((listener) => ({
    listener: packAny("envoy.config.listener.v3.Listener", listener),
    lastUpdated: timestamp(server),
  }));
}

const listenerMessages = (server: Server): readonly Message<"envoy.config.listener.v3.Listener">[] =>
  server.bootstrap.staticResources?.listeners ?? [];

/** The route tables that stand inside listeners. */
function staticRoutes(server: Server): MessageInit<"envoy.admin.v3.RoutesConfigDump.StaticRouteConfig">[] {
  const chains = listenerMessages(server).flatMap(({ filterChains, defaultFilterChain }) => [
    ...filterChains,
    ...(defaultFilterChain === null ? [] : [defaultFilterChain]),
  ]);
  return chains
    .flatMap(({ filters }) => filters)
    .flatMap(({ typedConfig }) => {
      const holder = routeHolders.find((name) => typedConfig?.type_url.endsWith(`/${name}`));
      if (typedConfig === null || holder === undefined) return [];
      const { routeConfig } = server.extensions.registry.unpackAs(holder, typedConfig);
      if (routeConfig === null) return [];
      return [{ routeConfig: packAny("envoy.config.route.v3.RouteConfiguration", routeConfig), lastUpdated: timestamp(server) }];
    });
}
