import { isIPv6 } from "node:net";
import { isHttp, protocolOfPort } from "../model/index.ts";
import type { EgressScope, ServerScope } from "../scope/index.ts";

/** `outbound|<port>|<subset>|<host>`, Istio's name of the cluster for a port of a service. An RPC variant counts as a subset. */
export const outboundClusterName = (port: number, subset: string, host: string): string => `outbound|${port}|${subset}|${host}`;

/** Of the application behind a sidecar, by the port at which it listens. */
export const inboundClusterName = (port: number): string => `inbound|${port}||`;

/** Where traffic goes that is for no service: to the address that the caller has dialled. */
export const passthroughCluster = "PassthroughCluster";
/** As `passthroughCluster`, for what calls the application. */
export const inboundPassthroughCluster = "InboundPassthroughCluster";
/** Has no hosts. */
export const blackHoleCluster = "BlackHoleCluster";

export const allowAnyName = "allow_any";
export const blockAllName = "block_all";

/** An IPv6 address as hosts of URLs have it, `[::1]`; anything else as it is. */
export const domainOf = (host: string): string => (isIPv6(host) ? `[${host}]` : host);

export const domainWithPort = (host: string, port: number): string => `${domainOf(host)}:${port}`;

/** A RouteConfiguration's name at a port that all its services share. A unix socket has none: then its path is the name. */
export const outboundRouteName = (egress: EgressScope, port: number): string =>
  egress.bind?.startsWith(unixPrefix) === true ? egress.bind : String(egress.port?.number ?? port);

export const unixPrefix = "unix://";

/** Istio: a port of which nobody says what is spoken on it has a listener, and routes, of its own service. */
export const sniffedRouteName = (host: string, port: number): string => domainWithPort(host, port);

/** Of a service for a gRPC library: as its cluster. */
export const grpcRouteName = (host: string, port: number): string => outboundClusterName(port, "", host);

/** Undefined for servers that have no routes: those that pass bytes on. */
export function gatewayRouteName({ gateway, server }: ServerScope): string | undefined {
  const { port, bind, tls } = server;
  const suffix = bind === undefined ? "" : `.${bind}`;
  const protocol = protocolOfPort(port);
  if (isHttp(protocol)) return `http.${port.number}${suffix}`;
  if (protocol !== "https" || tls === undefined || tls.mode === "PASSTHROUGH") return undefined;
  const [namespace = "", name = ""] = gateway.split("/");
  return `https.${port.number}.${port.name}.${name}.${namespace}${suffix}`;
}
