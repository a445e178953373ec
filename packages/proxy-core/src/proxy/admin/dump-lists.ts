import { packAny, type Any, type Message, type MessageInit, type MessageName } from "@mesh/xds-proto";
import { loadAssignmentMessage } from "../../cluster/index.ts";
import { dumpMessage } from "../../config/index.ts";
import type { DynamicListener } from "../../listener/index.ts";
import type { RefusedUpdate } from "../../subscription/index.ts";
import type { Server } from "../server.ts";

/** An entry of a list of `/config_dump`. */
export interface DumpEntry {
  /** Of the resource; empty for what has none. */
  readonly name: string;
  readonly type: MessageName;
  readonly message: object;
}

/** The lists of `/config_dump` by Envoy's names. */
export const dumpLists: Readonly<Record<string, (server: Server) => readonly DumpEntry[]>> = {
  bootstrap: (server) => [
    {
      name: "",
      type: "envoy.admin.v3.BootstrapConfigDump",
      message: { bootstrap: server.bootstrap, lastUpdated: timestamp(server, server.startedAt) },
    },
  ],
  static_clusters: (server) =>
    (server.bootstrap.staticResources?.clusters ?? []).map((cluster) =>
      entryOf(cluster.name, "envoy.admin.v3.ClustersConfigDump.StaticCluster", {
        cluster: packAny("envoy.config.cluster.v3.Cluster", cluster),
        lastUpdated: timestamp(server, server.startedAt),
      }),
    ),
  dynamic_active_clusters: (server) => dynamicClusters(server, false),
  dynamic_warming_clusters: (server) => [...dynamicClusters(server, true), ...refusedClusters(server)],
  static_endpoint_configs: (server) => endpointConfigs(server, false),
  dynamic_endpoint_configs: (server) => endpointConfigs(server, true),
  static_listeners: (server) =>
    staticListeners(server).map((listener) =>
      entryOf(listener.name, "envoy.admin.v3.ListenersConfigDump.StaticListener", {
        listener: packAny("envoy.config.listener.v3.Listener", listener),
        lastUpdated: timestamp(server, server.startedAt),
      }),
    ),
  dynamic_listeners: dynamicListeners,
  static_route_configs: staticRoutes,
  dynamic_route_configs: dynamicRoutes,
  ecds_filters: ecdsFilters,
};

/** Every list in its section, in Envoy's order. */
export function dumpSections(server: Server, withEndpoints: boolean, isWanted: (entry: DumpEntry) => boolean): Any[] {
  const entries = (list: string): object[] => (dumpLists[list]?.(server) ?? []).filter(isWanted).map(({ message }) => message);
  const sections = [
    ...(dumpLists["bootstrap"]?.(server) ?? [])
      .filter(isWanted)
      .map(({ message }) => packAny("envoy.admin.v3.BootstrapConfigDump", message)),
    packAny("envoy.admin.v3.ClustersConfigDump", {
      versionInfo: server.clusters.version,
      staticClusters: entries("static_clusters"),
      dynamicActiveClusters: entries("dynamic_active_clusters"),
      dynamicWarmingClusters: entries("dynamic_warming_clusters"),
    }),
    packAny("envoy.admin.v3.ListenersConfigDump", {
      versionInfo: server.listeners.version,
      staticListeners: entries("static_listeners"),
      dynamicListeners: entries("dynamic_listeners"),
    }),
    packAny("envoy.admin.v3.RoutesConfigDump", {
      staticRouteConfigs: entries("static_route_configs"),
      dynamicRouteConfigs: entries("dynamic_route_configs"),
    }),
  ];
  const filters = entries("ecds_filters");
  if (filters.length > 0) sections.push(packAny("envoy.admin.v3.EcdsConfigDump", { ecdsFilters: filters }));
  const endpoints = packAny("envoy.admin.v3.EndpointsConfigDump", {
    staticEndpointConfigs: withEndpoints ? entries("static_endpoint_configs") : [],
    dynamicEndpointConfigs: withEndpoints ? entries("dynamic_endpoint_configs") : [],
  });
  if (withEndpoints) sections.splice(2, 0, endpoints);
  return sections;
}

function entryOf<Name extends MessageName>(name: string, type: Name, message: MessageInit<Name>): DumpEntry {
  return { name, type, message };
}

type Timestamp = MessageInit<"google.protobuf.Timestamp">;

/** @param at milliseconds on the runtime's clock */
function timestamp({ runtime: { clock } }: Server, at: number): Timestamp {
  const ms = clock.wall() - (clock.now() - at);
  return { seconds: Math.floor(ms / 1000), nanos: Math.floor(ms % 1000) * 1_000_000 };
}

/** Envoy's `error_state`. */
function errorState(
  server: Server,
  refused: RefusedUpdate | undefined,
): { readonly errorState?: MessageInit<"envoy.admin.v3.UpdateFailureState"> } {
  if (refused === undefined) return {};
  const { any, version, details, at } = refused;
  const state = { lastUpdateAttempt: timestamp(server, at), versionInfo: version };
  const objection = objectionTo(server, any);
  if (objection !== undefined) return { errorState: { ...state, details: `${details}; it cannot be shown: ${objection}` } };
  return { errorState: { ...state, failedConfiguration: any, details } };
}

const dynamicCluster = "envoy.admin.v3.ClustersConfigDump.DynamicCluster";

function dynamicClusters(server: Server, areWarming: boolean): DumpEntry[] {
  return server.clusters
    .dynamic()
    .filter(({ isWarming }) => isWarming === areWarming)
    .map(({ message, version, updatedAt }) =>
      entryOf(message.name, dynamicCluster, {
        versionInfo: version,
        cluster: packAny("envoy.config.cluster.v3.Cluster", message),
        lastUpdated: timestamp(server, updatedAt),
        ...errorState(server, server.clusters.refused.get(message.name)),
      }),
    );
}

/** Those of which there never was a good one. */
function refusedClusters(server: Server): DumpEntry[] {
  const known = new Set(server.clusters.dynamic().map(({ message }) => message.name));
  return [...server.clusters.refused]
    .filter(([name]) => !known.has(name))
    .map(([name, refused]) => entryOf(name, dynamicCluster, errorState(server, refused)));
}

function endpointConfigs(server: Server, areDynamic: boolean): DumpEntry[] {
  const type = areDynamic ? "DynamicEndpointConfig" : "StaticEndpointConfig";
  return server.clusters
    .describe()
    .filter(({ isDynamic }) => isDynamic === areDynamic)
    .map((cluster) =>
      entryOf(cluster.name, `envoy.admin.v3.EndpointsConfigDump.${type}`, {
        endpointConfig: packAny("envoy.config.endpoint.v3.ClusterLoadAssignment", loadAssignmentMessage(cluster)),
      }),
    );
}

const staticListeners = (server: Server): readonly Message<"envoy.config.listener.v3.Listener">[] =>
  server.bootstrap.staticResources?.listeners ?? [];

/** One entry a name, with all that there is of it. */
function dynamicListeners(server: Server): DumpEntry[] {
  const listeners = server.listeners.dynamic();
  const { refused } = server.listeners;
  const names = new Set([...listeners.map(({ message }) => message.name), ...refused.keys()]);
  const stateOf = (
    name: string,
    state: DynamicListener["state"],
  ): MessageInit<"envoy.admin.v3.ListenersConfigDump.DynamicListenerState"> | null => {
    const found = listeners.findLast((listener) => listener.message.name === name && listener.state === state);
    if (found === undefined) return null;
    const { message, version, updatedAt } = found;
    return {
      versionInfo: version,
      listener: packAny("envoy.config.listener.v3.Listener", message),
      lastUpdated: timestamp(server, updatedAt),
    };
  };
  return [...names].map((name) =>
    entryOf(name, "envoy.admin.v3.ListenersConfigDump.DynamicListener", {
      name,
      activeState: stateOf(name, "active"),
      warmingState: stateOf(name, "warming"),
      drainingState: stateOf(name, "draining"),
      ...errorState(server, refused.get(name)),
    }),
  );
}

const routeHolders = [
  "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
  "mesh.extensions.filters.network.rpc_proxy.v3.RpcProxy",
] as const;

/** The route tables that stand inside listeners. */
function staticRoutes(server: Server): DumpEntry[] {
  const active = server.listeners.dynamic().filter(({ state }) => state === "active");
  const listeners = [
    ...staticListeners(server).map((message) => ({ message, updatedAt: server.startedAt })),
    ...active.map(({ message, updatedAt }) => ({ message, updatedAt })),
  ];
  return listeners.flatMap(({ message: { filterChains, defaultFilterChain }, updatedAt }) =>
    [...filterChains, ...(defaultFilterChain === null ? [] : [defaultFilterChain])]
      .flatMap(({ filters }) => filters)
      .flatMap(({ typedConfig }) => {
        const holder = routeHolders.find((name) => typedConfig?.type_url.endsWith(`/${name}`));
        if (typedConfig === null || holder === undefined) return [];
        const { routeConfig } = server.extensions.registry.unpackAs(holder, typedConfig);
        if (routeConfig === null) return [];
        return [
          entryOf(routeConfig.name, "envoy.admin.v3.RoutesConfigDump.StaticRouteConfig", {
            routeConfig: packAny("envoy.config.route.v3.RouteConfiguration", routeConfig),
            lastUpdated: timestamp(server, updatedAt),
          }),
        ];
      }),
  );
}

function dynamicRoutes(server: Server): DumpEntry[] {
  const { routes } = server.dynamic;
  const type = "envoy.admin.v3.RoutesConfigDump.DynamicRouteConfig";
  const used = routes.dynamic().map(({ message, version, updatedAt }) =>
    entryOf(message.name, type, {
      versionInfo: version,
      routeConfig: packAny("envoy.config.route.v3.RouteConfiguration", message),
      lastUpdated: timestamp(server, updatedAt),
      ...errorState(server, routes.refused.get(message.name)),
    }),
  );
  return [...used, ...onlyRefused(server, type, used, routes.refused)];
}

function ecdsFilters(server: Server): DumpEntry[] {
  const { filterConfigurations } = server.dynamic;
  const type = "envoy.admin.v3.EcdsConfigDump.EcdsFilterConfig";
  const used = filterConfigurations.dynamic().map(({ message, version, updatedAt }) =>
    entryOf(message.name, type, {
      versionInfo: version,
      ecdsFilter: packAny("envoy.config.core.v3.TypedExtensionConfig", message),
      lastUpdated: timestamp(server, updatedAt),
      ...errorState(server, filterConfigurations.refused.get(message.name)),
    }),
  );
  return [...used, ...onlyRefused(server, type, used, filterConfigurations.refused)];
}

function onlyRefused(
  server: Server,
  type: "envoy.admin.v3.RoutesConfigDump.DynamicRouteConfig" | "envoy.admin.v3.EcdsConfigDump.EcdsFilterConfig",
  used: readonly DumpEntry[],
  refused: ReadonlyMap<string, RefusedUpdate>,
): DumpEntry[] {
  const known = new Set(used.map(({ name }) => name));
  return [...refused].filter(([name]) => !known.has(name)).map(([name, update]) => entryOf(name, type, errorState(server, update)));
}

/** Why what was refused has no JSON: a Duration of a thousand centuries, say. */
function objectionTo({ extensions }: Server, any: Any): string | undefined {
  try {
    dumpMessage(extensions.registry, "google.protobuf.Any", any);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
