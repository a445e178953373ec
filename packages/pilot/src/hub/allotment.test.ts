import { expect, test } from "vitest";
import { AddressAllotment } from "./allotment.ts";

test("an address follows from the name, in any case, and no two names share one", () => {
  const [one, other] = [new AddressAllotment(), new AddressAllotment()];
  const hosts = Array.from({ length: 5000 }, (_, at) => `com.acme.Service${at}`);
  const addresses = hosts.map((host) => one.of(host));
  expect(new Set(addresses).size).toBe(5000);
  expect(addresses.every((address) => /^240\.240\.\d{1,3}\.\d{1,3}$/.test(address ?? ""))).toBe(true);
  expect(other.of("COM.acme.service7")).toBe(one.of("com.acme.Service7"));
});

test("there are 65,534, and then no more", () => {
  const allotment = new AddressAllotment();
  for (let at = 0; at < 65_534; at++) expect(allotment.of(`host-${at}`)).toBeDefined();
  expect(allotment.of("one-too-many")).toBeUndefined();
  expect(allotment.of("host-1")).toBeDefined();
});
