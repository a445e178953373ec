import { fromJson } from "@mesh/xds-proto";
import { describe, expect, test } from "vitest";
import { ConfigPath } from "../config/index.ts";
import { addressFromForwardedFor, addressOf, compileInternalAddresses, portOfEndpoint } from "./client-address.ts";

const messageName = "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.InternalAddressConfig";

test.each([
  ["1.2.3.4", 0, "1.2.3.4"],
  ["1.2.3.4, 5.6.7.8", 0, "5.6.7.8"],
  ["1.2.3.4, 5.6.7.8", 1, "1.2.3.4"],
  ["1.2.3.4,5.6.7.8 ", 0, "5.6.7.8"],
  ["1.2.3.4, 5.6.7.8", 2, undefined],
  ["::1", 0, "::1"],
  ["unknown", 0, undefined],
  ["1.2.3.4:80", 0, undefined],
  ["", 0, undefined],
])("in x-forwarded-for %j, with %i trusted proxies, the client is %s", (value, hops, expected) => {
  expect(addressFromForwardedFor(value, hops)).toBe(expected);
});

describe("internal addresses", () => {
  test("are none where nothing is configured", () => {
    const internal = compileInternalAddresses(null, ConfigPath.root);
    for (const address of ["10.1.2.3", "172.31.0.1", "192.168.1.1", "127.0.0.1", "::1", "fd00::1", "/run/x.sock"])
      expect(internal.contains(address)).toBe(false);
  });

  test("are those of the configured ranges alone", () => {
    const config = fromJson(messageName, { unix_sockets: true, cidr_ranges: [{ address_prefix: "203.0.113.0", prefix_len: 24 }] });
    const internal = compileInternalAddresses(config, ConfigPath.root);
    expect(internal.contains("203.0.113.9")).toBe(true);
    expect(internal.contains("10.0.0.1")).toBe(false);
    expect(internal.contains("/run/x.sock")).toBe(true);
  });
});

test("an endpoint falls into address and port", () => {
  expect([addressOf("1.2.3.4:80"), portOfEndpoint("1.2.3.4:80")]).toEqual(["1.2.3.4", 80]);
  expect([addressOf("[::1]:8080"), portOfEndpoint("[::1]:8080")]).toEqual(["::1", 8080]);
  expect([addressOf("/run/a:b.sock"), portOfEndpoint("/run/a:b.sock")]).toEqual(["/run/a:b.sock", 0]);
});
