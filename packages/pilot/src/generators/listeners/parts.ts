import { enumValue, packAny, type EnumNumber, type MessageInit } from "@mesh/xds-proto";
import type { MeshSettings } from "../../rules/index.ts";
import { duration } from "../values.ts";
import { canonicalAddress, canonicalBlock } from "./addresses.ts";
import type { Filter } from "./filters.ts";

export type Listener = MessageInit<"envoy.config.listener.v3.Listener">;
export type FilterChain = MessageInit<"envoy.config.listener.v3.FilterChain">;
export type FilterChainMatch = MessageInit<"envoy.config.listener.v3.FilterChainMatch">;
type ListenerFilter = MessageInit<"envoy.config.listener.v3.ListenerFilter">;

type Direction = EnumNumber<"envoy.config.core.v3.TrafficDirection">;

export const inbound: Direction = enumValue("envoy.config.core.v3.TrafficDirection", "INBOUND");
export const outbound: Direction = enumValue("envoy.config.core.v3.TrafficDirection", "OUTBOUND");

const unixScheme = "unix://";
export const wildcard = "0.0.0.0";
export const loopback = "127.0.0.1";

/** @param bind - an IP address, or `unix://` and a path */
export function addressOf(bind: string, port: number): NonNullable<Listener["address"]> {
  if (bind.startsWith(unixScheme)) return { pipe: { path: bind.slice(unixScheme.length) } };
  return { socketAddress: { address: canonicalAddress(bind), portValue: port } };
}

/** Istio's: `<address>_<port>`, or the path of a socket. */
export const listenerName = (bind: string, port: number): string =>
  bind.startsWith(unixScheme) ? bind : `${canonicalAddress(bind)}_${port}`;

export const cidrOf = (block: string): { addressPrefix: string; prefixLen: { value: number } } => {
  const [addressPrefix = "", length] = canonicalBlock(block).split("/");
  return { addressPrefix, prefixLen: { value: Number(length) } };
};

export const chainOf = (filters: readonly Filter[], match?: FilterChainMatch, name?: string): FilterChain => ({
  filters,
  ...(match === undefined ? {} : { filterChainMatch: match }),
  ...(name === undefined ? {} : { name }),
});

export const originalDestination = (): ListenerFilter => ({
  name: "envoy.filters.listener.original_dst",
  typedConfig: packAny("envoy.extensions.filters.listener.original_dst.v3.OriginalDst", {}),
});

export const tlsInspector = (): ListenerFilter => ({
  name: "envoy.filters.listener.tls_inspector",
  typedConfig: packAny("envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector", {}),
});

export const httpInspector = (): ListenerFilter => ({
  name: "envoy.filters.listener.http_inspector",
  typedConfig: packAny("envoy.extensions.filters.listener.http_inspector.v3.HttpInspector", {}),
});

/** How long a protocol is looked for, 0 being as long as it takes, after which a connection counts as bytes. */
export const detectionLimits = (mesh: MeshSettings): Pick<Listener, "listenerFiltersTimeout" | "continueOnListenerFiltersTimeout"> => ({
  listenerFiltersTimeout: duration(mesh.protocolDetectionTimeout),
  continueOnListenerFiltersTimeout: true,
});

/** What http_inspector calls plain HTTP. */
export const plainHttp: readonly string[] = ["http/1.0", "http/1.1", "h2c"];
