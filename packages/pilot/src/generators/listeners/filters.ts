import { enumValue, packAny, type Any, type MessageInit } from "@mesh/xds-proto";
import { isRpc, type Protocol } from "../../model/index.ts";
import type { ProxyScope } from "../../scope/index.ts";
import { duration } from "../values.ts";
import { accessLogsOf } from "./access-log.ts";
import { featuresOf } from "./features.ts";

export type Filter = MessageInit<"envoy.config.listener.v3.Filter">;
type HttpFilter = MessageInit<"envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter">;
type RouteConfiguration = MessageInit<"envoy.config.route.v3.RouteConfiguration">;

/** Routes by name over RDS, or written into the listener. */
export type RouteSpecifier = { readonly rds: string } | { readonly inline: RouteConfiguration };

export interface HttpOptions {
  readonly statPrefix: string;
  readonly routes: RouteSpecifier;
  readonly direction: "inbound" | "outbound" | "gateway";
}

const apiVersion = enumValue("envoy.config.core.v3.ApiVersion", "V3");

/** The stream that the listener itself came over. It is waited for as long as it takes: a listener without its routes would answer 404. */
const ads = { ads: {}, initialFetchTimeout: duration(0), resourceApiVersion: apiVersion };

const routesOf = (routes: RouteSpecifier) =>
  "rds" in routes ? { rds: { configSource: ads, routeConfigName: routes.rds } } : { routeConfig: routes.inline };

const filter = (name: string, typedConfig: Any): HttpFilter => ({ name, typedConfig });

const faultFilter = (): HttpFilter => filter("envoy.filters.http.fault", packAny("envoy.extensions.filters.http.fault.v3.HTTPFault", {}));
const corsFilter = (): HttpFilter => filter("envoy.filters.http.cors", packAny("envoy.extensions.filters.http.cors.v3.Cors", {}));
const routerFilter = (): HttpFilter => filter("envoy.filters.http.router", packAny("envoy.extensions.filters.http.router.v3.Router", {}));

/** Faults and CORS are there though no route may ask for them: a route that begins to does not replace the listener. */
function httpFilters(scope: ProxyScope, direction: HttpOptions["direction"]): readonly HttpFilter[] {
  if (direction === "inbound") return [routerFilter()];
  return [faultFilter(), ...(featuresOf(scope.proxy).cors ? [corsFilter()] : []), routerFilter()];
}

const keepEscaped = enumValue(
  "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.PathWithEscapedSlashesAction",
  "KEEP_UNCHANGED",
);

/** Of any HTTP, and for mosn of the RPC protocols that it tells by their first bytes. */
export function httpConnectionManager(scope: ProxyScope, { statPrefix, routes, direction }: HttpOptions): Filter {
  return {
    name: "envoy.filters.network.http_connection_manager",
    typedConfig: packAny("envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager", {
      statPrefix,
      ...routesOf(routes),
      httpFilters: httpFilters(scope, direction),
      accessLog: accessLogsOf(scope.mesh),
      // Istio: a sidecar's neighbours are the mesh; whoever calls a gateway is not.
      useRemoteAddress: { value: direction === "gateway" },
      streamIdleTimeout: duration(0),
      upgradeConfigs: [{ upgradeType: "websocket" }],
      normalizePath: { value: true },
      pathWithEscapedSlashesAction: keepEscaped,
    }),
  };
}

const codecs: Partial<Record<Protocol, () => { name: string; typedConfig: Any }>> = {
  bolt: () => ({ name: "bolt", typedConfig: packAny("mesh.extensions.codecs.bolt.v3.Bolt", {}) }),
  dubbo: () => ({ name: "dubbo", typedConfig: packAny("mesh.extensions.codecs.dubbo.v3.Dubbo", {}) }),
};

/** Of one RPC protocol, or with `x` of any. */
export function rpcProxy(scope: ProxyScope, protocol: Protocol, { statPrefix, routes, direction }: HttpOptions): Filter {
  const codec = codecs[protocol]?.();
  return {
    name: "mesh.filters.network.rpc_proxy",
    typedConfig: packAny("mesh.extensions.filters.network.rpc_proxy.v3.RpcProxy", {
      statPrefix,
      ...(codec === undefined ? {} : { codec }),
      ...routesOf(routes),
      filters: direction === "inbound" ? [routerFilter()] : [faultFilter(), routerFilter()],
      accessLog: accessLogsOf(scope.mesh),
    }),
  };
}

/** What a connection's bytes go to. */
export type TcpTarget = string | readonly { readonly name: string; readonly weight: number }[];

export function tcpProxy(scope: ProxyScope, statPrefix: string, target: TcpTarget): Filter {
  const single = typeof target === "string" ? target : target.length === 1 ? target[0]?.name : undefined;
  const to =
    single !== undefined
      ? { cluster: single }
      : { weightedClusters: { clusters: typeof target === "string" ? [] : target.map(({ name, weight }) => ({ name, weight })) } };
  return {
    name: "envoy.filters.network.tcp_proxy",
    typedConfig: packAny("envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy", {
      statPrefix,
      ...to,
      accessLog: accessLogsOf(scope.mesh),
    }),
  };
}

/** What a port's protocol makes of its connections: RPC that the proxy does not know is bytes. */
export function speaksRpc(scope: ProxyScope, protocol: Protocol): boolean {
  return isRpc(protocol) && featuresOf(scope.proxy).rpc;
}
