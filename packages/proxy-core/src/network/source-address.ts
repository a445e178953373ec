import type { SocketAddress } from "./address.ts";

/** Where a connection that is made comes from, in the words of `node:net`. */
export interface SourceAddress {
  readonly localAddress: string;
  /** 0: one that the kernel chooses. */
  readonly localPort: number;
}

/** The first of the addresses that is of the target's family; undefined where none is, and for unix sockets. */
export function sourceFor(addresses: readonly SourceAddress[], target: SocketAddress): SourceAddress | undefined {
  if (target.kind === "pipe") return undefined;
  const isIpv6 = target.address.includes(":");
  return addresses.find(({ localAddress }) => localAddress.includes(":") === isIpv6);
}
