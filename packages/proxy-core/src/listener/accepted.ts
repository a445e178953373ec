import { isIP, isIPv6 } from "node:net";
import type { Socket } from "node:net";
import { formatAddress } from "../network/index.ts";

/** An IP address and port; for a unix socket `address` is its path and `port` 0. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** An accepted connection while listener filters look at it: they may correct where it came from and where it wanted to go. */
export class AcceptedConnection {
  readonly socket: Socket;
  /** Milliseconds on the runtime's clock. */
  readonly acceptedAt: number;
  readonly directRemote: Endpoint;
  /** The listener's own address, as the socket has it. */
  readonly directLocal: Endpoint;
  remote: Endpoint;
  local: Endpoint;
  /** A listener filter found another destination than the listener's own address. */
  localRestored = false;
  /** `tls` where a listener filter saw a ClientHello. */
  transportProtocol = "raw_buffer";
  applicationProtocols: readonly string[] = [];
  serverName: string | undefined = undefined;

  /** @param listenAddress the listener's path, for a unix socket */
  constructor(socket: Socket, listenAddress: string, acceptedAt: number) {
    this.socket = socket;
    this.acceptedAt = acceptedAt;
    this.directRemote = { address: plainAddress(socket.remoteAddress) ?? listenAddress, port: socket.remotePort ?? 0 };
    this.directLocal = { address: plainAddress(socket.localAddress) ?? listenAddress, port: socket.localPort ?? 0 };
    this.remote = this.directRemote;
    this.local = this.directLocal;
  }

  /** Says where the connection was going. Nothing changes where that is what was known already. */
  restoreLocal(local: Endpoint): void {
    if (local.address === this.local.address && local.port === this.local.port) return;
    this.localRestored = true;
    this.local = local;
  }
}

/** `ip:port`, or the path of a unix socket. */
export function formatEndpoint({ address, port }: Endpoint): string {
  return formatAddress(isIP(address) === 0 ? { kind: "pipe", path: address } : { kind: "ip", address, port });
}

/** IPv4 clients of a dual-stack socket come as `::ffff:1.2.3.4`. */
function plainAddress(address: string | undefined): string | undefined {
  if (address === undefined) return undefined;
  const mapped = "::ffff:";
  return isIPv6(address) && address.startsWith(mapped) && address.includes(".") ? address.slice(mapped.length) : address;
}
