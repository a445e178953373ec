import { fromJson } from "@mesh/xds-proto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ConfigPath } from "../config/index.ts";
import { formatAddress, parseIpAndPort, readAddress, type SocketAddress } from "./address.ts";

const read = (json: object): SocketAddress => readAddress(fromJson("envoy.config.core.v3.Address", json), ConfigPath.of("address"));

test("addresses are written as Envoy writes them", () => {
  expect(formatAddress(read({ socket_address: { address: "127.0.0.1", port_value: 80 } }))).toBe("127.0.0.1:80");
  expect(formatAddress(read({ socket_address: { address: "::1", port_value: 0 } }))).toBe("[::1]:0");
  expect(formatAddress(read({ pipe: { path: "@abstract" } }))).toBe("@abstract");
});

test("a pipe keeps its mode", () => {
  expect(read({ pipe: { path: "/run/mosn.sock", mode: 0o600 } })).toEqual({ kind: "pipe", path: "/run/mosn.sock", mode: 0o600 });
});

test("what is no address is refused with its path", () => {
  expect(() => read({})).toThrow("address.socket_address: is required");
  expect(() => read({ socket_address: { address: "example.org", port_value: 80 } })).toThrow('not an IP address: "example.org"');
  expect(() => read({ socket_address: { address: "::1", port_value: 65_536 } })).toThrow("address.socket_address.port_value");
  expect(() => read({ pipe: { path: "" } })).toThrow("address.pipe.path: is required");
});

describe("an address and a port in text", () => {
  test.each([
    ["127.0.0.1:80", "127.0.0.1", 80],
    ["[::1]:65535", "::1", 65_535],
    ["[2001:DB8:0:0::1]:0", "2001:db8::1", 0],
  ])("%s", (text, address, port) => {
    expect(parseIpAndPort(text)).toEqual({ kind: "ip", address, port });
  });

  test.each([
    "",
    ":",
    ":80",
    "127.0.0.1",
    "127.0.0.1:",
    "127.0.0.1:65536",
    "127.0.0.1:+80",
    "127.0.0.1: 80",
    "127.1:80",
    "::1:80",
    "[127.0.0.1]:80",
    "[fe80::1%eth0]:80",
    "localhost:80",
  ])("is none: %j", (text) => {
    expect(parseIpAndPort(text)).toBeUndefined();
  });

  test("is read as it is written", () => {
    const address = fc.record({
      kind: fc.constant("ip" as const),
      address: fc.oneof(fc.ipV4(), fc.ipV6()),
      port: fc.integer({ min: 0, max: 65_535 }),
    });
    fc.assert(
      fc.property(address, (written) => {
        const read = parseIpAndPort(formatAddress(written));
        expect(read?.port).toBe(written.port);
        expect(read && parseIpAndPort(formatAddress(read))).toEqual(read);
      }),
    );
    fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => void parseIpAndPort(text)));
  });
});
