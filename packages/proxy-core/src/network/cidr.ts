import { BlockList, isIP, isIPv4, isIPv6 } from "node:net";
import type { Message } from "@mesh/xds-proto";
import { fail, numberInRange, type ConfigPath } from "../config/index.ts";

/** Addresses with a common prefix. */
export interface CidrRange {
  /** Bits of the prefix: how specific the range is. */
  readonly prefixLength: number;
  contains(address: string): boolean;
}

/** Compiles a `CidrRange`. Throws `ConfigError`. */
export function compileCidr(message: Message<"envoy.config.core.v3.CidrRange">, path: ConfigPath): CidrRange {
  const { addressPrefix } = message;
  const family = isIP(addressPrefix);
  if (family === 0) fail(path.field("address_prefix"), `${JSON.stringify(addressPrefix)} is no IP address`);
  const most = family === 4 ? 32 : 128;
  // As in Envoy, an absent prefix length is 0.
  const prefixLength = numberInRange(message.prefixLen?.value ?? 0, path.field("prefix_len"), { min: 0, max: most });
  const type = family === 4 ? "ipv4" : "ipv6";
  const block = new BlockList();
  block.addSubnet(addressPrefix, prefixLength, type);
  const isFamily = family === 4 ? isIPv4 : isIPv6;
  return { prefixLength, contains: (address) => isFamily(address) && block.check(address, type) };
}
