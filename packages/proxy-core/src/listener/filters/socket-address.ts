import { endianness } from "node:os";
import type { Endpoint } from "../accepted.ts";
import { ipv4Text, ipv6Text } from "./ip-text.ts";

/** Linux's `AF_INET` and `AF_INET6`. */
const familyIpv4 = 2;
const familyIpv6 = 10;

/** Bytes of a `sockaddr_in6`, the longer one. */
export const maxSocketAddressBytes = 28;

/** Linux's `sockaddr_in` (family, port, address) or `sockaddr_in6` (family, port, flow, address, scope); undefined for others. */
export function readSocketAddress(bytes: Buffer): Endpoint | undefined {
  if (bytes.length < 8) return undefined;
  // The family is in the machine's byte order, all else in the network's.
  const family = endianness() === "LE" ? bytes.readUInt16LE(0) : bytes.readUInt16BE(0);
  const port = bytes.readUInt16BE(2);
  if (family === familyIpv4) return { address: ipv4Text(bytes.subarray(4, 8)), port };
  if (family === familyIpv6 && bytes.length >= 24) return { address: ipv6Text(bytes.subarray(8, 24)), port };
  return undefined;
}
