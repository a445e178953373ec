import { isIP } from "node:net";
import type { Message } from "@mesh/xds-proto";
import { fail, numberInRange, required, requiredString, type ConfigPath } from "../config/index.ts";

/** Where to listen or to connect. */
export type SocketAddress =
  | { readonly kind: "ip"; readonly address: string; readonly port: number }
  /** A unix socket; a path that begins with `@` is abstract. */
  | { readonly kind: "pipe"; readonly path: string; readonly mode?: number };

/** `127.0.0.1:80`, `[::1]:80` or the path: Envoy's spelling in statistics and logs. */
export function formatAddress(address: SocketAddress): string {
  if (address.kind === "pipe") return address.path;
  return address.address.includes(":") ? `[${address.address}]:${address.port}` : `${address.address}:${address.port}`;
}

/** Reads an address that needs no lookup. Throws `ConfigError`. */
export function readAddress(message: Message<"envoy.config.core.v3.Address">, path: ConfigPath): SocketAddress {
  if (message.pipe) {
    const { path: socketPath, mode } = message.pipe;
    return { kind: "pipe", path: requiredString(socketPath, path.field("pipe").field("path")), mode };
  }
  const at = path.field("socket_address");
  const { address, portValue } = required(message.socketAddress, at);
  if (isIP(address) === 0) {
    fail(
      at.field("address"),
      `not an IP address: ${JSON.stringify(address)}; only clusters of the types STRICT_DNS and LOGICAL_DNS look names up`,
    );
  }
  return { kind: "ip", address, port: numberInRange(portValue, at.field("port_value"), { min: 0, max: 65_535 }) };
}
