import { fromJson } from "@mesh/xds-proto";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ConfigPath } from "../config/index.ts";
import { compileCidr, type CidrRange } from "./cidr.ts";

function cidr(text: string): CidrRange {
  const [address_prefix, prefix_len] = text.split("/");
  const message = fromJson("envoy.config.core.v3.CidrRange", {
    address_prefix,
    ...(prefix_len === undefined ? {} : { prefix_len: Number(prefix_len) }),
  });
  return compileCidr(message, ConfigPath.of("range"));
}

const ipv4 = fc.integer({ min: 0, max: 0xffff_ffff });
const ipv4Text = (value: number): string => [24, 16, 8, 0].map((shift) => (value >>> shift) & 0xff).join(".");

describe("a CIDR range", () => {
  test("has the addresses that share its prefix, and no others", () => {
    fc.assert(
      fc.property(ipv4, ipv4, fc.integer({ min: 0, max: 32 }), (prefix, address, length) => {
        const mask = length === 0 ? 0 : (0xffff_ffff << (32 - length)) >>> 0;
        const expected = (prefix & mask) >>> 0 === (address & mask) >>> 0;
        expect(cidr(`${ipv4Text(prefix)}/${length}`).contains(ipv4Text(address))).toBe(expected);
        expect(cidr(`${ipv4Text(prefix)}/${length}`).contains(ipv4Text(prefix))).toBe(true);
      }),
    );
  });

  test("of IPv6 compares bits, however addresses are written", () => {
    const range = cidr("2001:db8::/33");
    expect(range.contains("2001:0DB8:0:0::1")).toBe(true);
    expect(range.contains("2001:db8:8000::1")).toBe(false);
    expect(range.prefixLength).toBe(33);
  });

  test("has no addresses of the other family, nor what is no address", () => {
    expect(cidr("0.0.0.0/0").contains("::1")).toBe(false);
    expect(cidr("::/0").contains("127.0.0.1")).toBe(false);
    expect(cidr("0.0.0.0/0").contains("/run/sock")).toBe(false);
  });

  test("without a length has them all, as in Envoy", () => {
    expect(cidr("10.0.0.0").contains("192.0.2.1")).toBe(true);
  });

  test("must be an address and a length that its family has", () => {
    expect(() => cidr("localhost/8")).toThrow('range.address_prefix: "localhost" is no IP address');
    expect(() => cidr("10.0.0.0/33")).toThrow("range.prefix_len: must be from 0 to 32, is 33");
    expect(() => cidr("::/129")).toThrow("from 0 to 128");
  });
});
