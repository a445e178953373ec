import fc from "fast-check";
import { expect, test } from "vitest";
import { instanceOf, portsOf } from "./index.ts";
import type { RegistryInstance, RegistryProtocol } from "./index.ts";

function instance(protocol: RegistryProtocol, port: number, portName?: string): RegistryInstance {
  const registration = { service: "s", address: "10.0.0.1", port, protocol, ...(portName === undefined ? {} : { portName }) };
  return instanceOf(registration, `${portName ?? protocol}:${port}`, "test");
}

test("a service's port has the usual number of its protocol, wherever the instances listen", () => {
  expect(portsOf([instance("bolt", 2), instance("bolt", 1), instance("dubbo", 3)])).toEqual([
    { name: "bolt", number: 12200, protocol: "bolt" },
    { name: "dubbo", number: 20880, protocol: "dubbo" },
  ]);
});

test("a port of a protocol without a usual number, or whose number is taken, has the lowest of its instances'", () => {
  expect(
    portsOf([
      instance("unknown", 9001, "thrift"),
      instance("unknown", 9000, "thrift"),
      instance("http", 8080, "a"),
      instance("http", 8081, "b"),
    ]),
  ).toEqual([
    { name: "a", number: 80, protocol: "http" },
    { name: "b", number: 8081, protocol: "http" },
    { name: "thrift", number: 9000, protocol: "unknown" },
  ]);
});

test("known ports stay, and are the same object when nothing is new", () => {
  const known = [{ name: "bolt", number: 7, protocol: "bolt" as const }];
  expect(portsOf([], known)).toBe(known);
  expect(portsOf([instance("bolt", 12200)], known)).toBe(known);
  expect(portsOf([instance("dubbo", 7)], known)).toEqual([...known, { name: "dubbo", number: 20880, protocol: "dubbo" }]);
});

test("names and numbers are unique, and every instance has its port", () => {
  const protocols: readonly RegistryProtocol[] = ["bolt", "dubbo", "http", "grpc", "unknown"];
  const instances = fc.array(
    fc.record({
      protocol: fc.constantFrom(...protocols),
      port: fc.integer({ min: 1, max: 65535 }),
      name: fc.constantFrom("a", "b", "c", "d"),
    }),
    { maxLength: 12 },
  );
  fc.assert(
    fc.property(instances, instances, (before, after) => {
      const known = portsOf(before.map(({ protocol, port, name }) => instance(protocol, port, name)));
      const now = after.map(({ protocol, port, name }) => instance(protocol, port, name));
      const ports = portsOf(now, known);
      expect(new Set(ports.map(({ name }) => name)).size).toBe(ports.length);
      expect(new Set(ports.map(({ number }) => number)).size).toBe(ports.length);
      for (const { portName } of now) expect(ports.some(({ name }) => name === portName)).toBe(true);
      for (const { name, number } of known) expect(ports.some((port) => port.name === name && port.number === number)).toBe(true);
    }),
  );
});
