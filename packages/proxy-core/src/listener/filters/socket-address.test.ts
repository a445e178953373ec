import { endianness } from "node:os";
import { expect, test } from "vitest";
import { maxSocketAddressBytes, readSocketAddress } from "./socket-address.ts";

/** A family in the machine's order, then bytes in hexadecimal. */
function address(family: number, rest: string): Buffer {
  const bytes = Buffer.alloc(2);
  if (endianness() === "LE") bytes.writeUInt16LE(family);
  else bytes.writeUInt16BE(family);
  return Buffer.concat([bytes, Buffer.from(rest, "hex")]);
}

test("a sockaddr_in has a port and an address", () => {
  expect(readSocketAddress(address(2, `1f90c0000201${"00".repeat(8)}`))).toEqual({ address: "192.0.2.1", port: 8080 });
});

test("a sockaddr_in6 has its address after the flow", () => {
  const ip = `20010db8${"00".repeat(11)}01`;
  const bytes = address(10, `0050deadbeef${ip}00000002`);
  expect(bytes).toHaveLength(maxSocketAddressBytes);
  expect(readSocketAddress(bytes)).toEqual({ address: "2001:db8::1", port: 80 });
});

test("what is too short, or of another family, is none", () => {
  expect(readSocketAddress(Buffer.alloc(0))).toBeUndefined();
  expect(readSocketAddress(address(10, "0050deadbeef"))).toBeUndefined();
  expect(readSocketAddress(address(1, "00".repeat(14)))).toBeUndefined();
});
