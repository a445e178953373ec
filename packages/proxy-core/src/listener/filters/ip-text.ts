import { SocketAddress } from "node:net";

/** `192.0.2.1` of four bytes. */
export function ipv4Text(bytes: Buffer): string {
  return `${bytes[0]}.${bytes[1]}.${bytes[2]}.${bytes[3]}`;
}

/** The canonical text (RFC 5952) of sixteen bytes, or of a valid text. */
export function ipv6Text(address: Buffer | string): string {
  const text = typeof address === "string" ? address : groups(address).join(":");
  return new SocketAddress({ address: text, family: "ipv6" }).address;
}

function groups(bytes: Buffer): string[] {
  return Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(index * 2).toString(16));
}
