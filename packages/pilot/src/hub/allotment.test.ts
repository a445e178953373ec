import { expect, test } from "vitest";
import { AddressAllotment, addressMemoryMs } from "./allotment.ts";

const shop = "shop";
const hosts = Array.from({ length: 5000 }, (_, at) => `com.acme.Service${at}`);

test("an address follows from the name, in any case, and no two names share one", () => {
  const [one, other] = [new AddressAllotment(() => 0), new AddressAllotment(() => 0)];
  const addresses = hosts.map((host) => one.of(host, shop));
  expect(new Set(addresses).size).toBe(5000);
  expect(addresses.every((address) => /^240\.240\.\d{1,3}\.\d{1,3}$/.test(address ?? ""))).toBe(true);
  expect(other.of("COM.acme.service7", shop)).toBe(one.of("com.acme.Service7", shop));
});

test("there are 65,534, and then no more, but for those that were given back", () => {
  let nowMs = 0;
  const allotment = new AddressAllotment(() => ++nowMs);
  for (let at = 0; at < 65_534; at++) expect(allotment.of(`host-${at}`, shop)).toBeDefined();
  expect(allotment.of("one-too-many", shop)).toBeUndefined();
  const [first] = [allotment.of("host-7", shop), allotment.free("host-7", shop), allotment.free("host-1", shop)];
  expect(allotment.of("one-too-many", shop)).toBe(first);
});

test("the address of a host that is gone is its own for a while, and then anybody's", () => {
  let nowMs = 0;
  const allotment = new AddressAllotment(() => nowMs);
  const addresses = hosts.map((host) => allotment.of(host, shop));
  for (const host of hosts) allotment.free(host, shop);
  nowMs = addressMemoryMs - 1;
  const others = hosts.map((host) => allotment.of(`${host}.other`, shop));
  expect(new Set([...addresses, ...others]).size).toBe(10_000);
  expect(hosts.slice(0, 10).map((host) => allotment.of(host, shop))).toEqual(addresses.slice(0, 10));
  nowMs = addressMemoryMs + 1;
  const later = hosts.map((host) => allotment.of(`${host}.later`, shop));
  expect(later.some((address) => addresses.slice(10).includes(address))).toBe(true);
  expect(new Set([...addresses.slice(0, 10), ...others, ...later]).size).toBe(10_010);
});

test("a host of two namespaces is given back when both have it no more", () => {
  let nowMs = 0;
  const allotment = new AddressAllotment(() => nowMs);
  for (const host of hosts) allotment.of(host, shop);
  for (const host of hosts) allotment.of(host, "elsewhere");
  for (const host of hosts) allotment.free(host, shop);
  nowMs = addressMemoryMs * 2;
  const [held] = [new Set(hosts.map((host) => allotment.of(host, "elsewhere")))];
  expect(hosts.some((host) => held.has(allotment.of(`${host}.other`, shop)))).toBe(false);
});
