import fc from "fast-check";
import { expect, test } from "vitest";
import { canonicalAddress, canonicalBlock } from "./addresses.ts";

test("an IPv6 address has one spelling", () => {
  expect(["2001:db8::5", "2001:DB8:0::5", "2001:0db8:0000:0000:0000:0000:0000:0005"].map(canonicalAddress)).toEqual(
    Array.from({ length: 3 }, () => "2001:db8::5"),
  );
  expect(canonicalAddress("::ffff:10.1.1.1")).toBe(canonicalAddress("::FFFF:a01:101"));
});

test("what is no IPv6 address stays as it is", () => {
  expect(["10.0.0.1", "unix:///run/a.sock", "fe80::1%eth0", ""].map(canonicalAddress)).toEqual([
    "10.0.0.1",
    "unix:///run/a.sock",
    "fe80::1%eth0",
    "",
  ]);
});

test.each([
  ["10.1.2.3/8", "10.0.0.0/8"],
  ["10.1.2.255/25", "10.1.2.128/25"],
  ["200.1.2.3", "200.1.2.3/32"],
  ["10.1.2.3/0", "0.0.0.0/0"],
  ["2001:DB8::1", "2001:db8::1/128"],
  ["2001:db8:ffff::1/33", "2001:db8:8000::/33"],
  ["::1/0", "::/0"],
])("the block %s is %s", (written, meant) => {
  expect(canonicalBlock(written)).toBe(meant);
});

test("a block is written as its own spelling", () => {
  const address = fc.oneof(fc.ipV4(), fc.ipV6());
  fc.assert(
    fc.property(address, fc.nat(32), (base, length) => {
      const block = canonicalBlock(`${base}/${length}`);
      expect(canonicalBlock(block)).toBe(block);
    }),
  );
});
