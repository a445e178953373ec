import { isIP } from "node:net";
import type { Message } from "@mesh/xds-proto";
import type { ConfigPath } from "../config/index.ts";
import { compileCidr, type CidrRange } from "../network/index.ts";

type InternalAddressConfig =
  Message<"envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.InternalAddressConfig">;

/** Which addresses are those of our own network: `x-envoy-internal`. */
export interface InternalAddresses {
  /** @param address an IP address in text; anything else is a unix socket's path */
  contains(address: string): boolean;
}

/**
 * The ranges of `internal_address_config` and no others: as Envoy since 1.33, which trusts private addresses no more than others unless it is
 * told to. Throws `ConfigError`.
 */
export function compileInternalAddresses(config: InternalAddressConfig | null, path: ConfigPath): InternalAddresses {
  const unixSockets = config?.unixSockets ?? false;
  const ranges = config?.cidrRanges.map((range, index): CidrRange => compileCidr(range, path.field("cidr_ranges").index(index))) ?? [];
  return { contains: (address) => (isIP(address) === 0 ? unixSockets : ranges.some((range) => range.contains(address))) };
}

/**
 * The address in `x-forwarded-for` that so many trusted proxies vouch for, counted from the right; `undefined` where there is none.
 *
 * @param skip how many addresses on the right are those of trusted proxies
 */
export function addressFromForwardedFor(value: string, skip: number): string | undefined {
  let end = value.length;
  for (let i = 0; i < skip; i++) {
    end = value.lastIndexOf(",", end - 1);
    if (end <= 0) return undefined;
  }
  const address = value.slice(value.lastIndexOf(",", end - 1) + 1, end).trim();
  return isIP(address) === 0 ? undefined : address;
}

/** The address of `ip:port` or `[ip]:port`; a path stays what it is. */
export function addressOf(endpoint: string): string {
  if (endpoint.startsWith("[")) return endpoint.slice(1, endpoint.indexOf("]"));
  const colon = endpoint.lastIndexOf(":");
  const address = colon < 0 ? endpoint : endpoint.slice(0, colon);
  return isIP(address) === 0 ? endpoint : address;
}

/** The port of `ip:port`; 0 for a path. */
export function portOfEndpoint(endpoint: string): number {
  const address = addressOf(endpoint);
  return address === endpoint ? 0 : Number(endpoint.slice(endpoint.lastIndexOf(":") + 1));
}
