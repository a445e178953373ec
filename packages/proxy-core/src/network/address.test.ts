import { fromJson } from "@mesh/xds-proto";
import { expect, test } from "vitest";
import { ConfigPath } from "../config/index.ts";
import { formatAddress, readAddress, type SocketAddress } from "./address.ts";

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
