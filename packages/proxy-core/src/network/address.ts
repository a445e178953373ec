import { isIP, isIPv4, SocketAddress as NodeAddress } from "node:net";
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

const portDigits = /^\d{1,5}$/u;

/** Reads `127.0.0.1:80` or `[::1]:80`, an IPv6 address in its shortest spelling; undefined where the text is something else. */
export function parseIpAndPort(text: string): (SocketAddress & { readonly kind: "ip" }) | undefined {
  const colon = text.lastIndexOf(":");
  const digits = text.slice(colon + 1);
  if (colon <= 0 || !portDigits.test(digits) || Number(digits) > 65_535) return undefined;
  const host = text.slice(0, colon);
  if (isIPv4(host)) return { kind: "ip", address: host, port: Number(digits) };
  const inner = host.startsWith("[") && host.endsWith("]") ? host.slice(1, -1) : "";
  if (isIP(inner) !== 6 || inner.includes("%")) return undefined;
  return { kind: "ip", address: new NodeAddress({ address: inner, family: "ipv6" }).address, port: Number(digits) };
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
