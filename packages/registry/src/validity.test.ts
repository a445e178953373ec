import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkRegistration, instanceFault, type RegistryInstance, type RegistryService, serviceFault, serviceNameFault } from "./index.ts";

const instance: RegistryInstance = {
  id: "dubbo://10.0.0.1:20880",
  address: "10.0.0.1",
  port: 20880,
  portName: "dubbo",
  protocol: "dubbo",
  labels: { version: "1.0.0", group: "a/b:c", methods: "echo,greet", application: "订单" },
  weight: 100,
  health: "healthy",
  warmUp: { startedAtMs: 1_700_000_000_000, durationMs: 86_400_000 },
  origin: { registry: "zookeeper" },
};
const service: RegistryService = {
  name: "com.acme.Outer$Echo",
  ports: [{ name: "dubbo", number: 20880, protocol: "dubbo" }],
  labels: {},
  instances: [instance],
};

test("what RPC frameworks write is good", () => {
  expect(serviceFault(service)).toBeUndefined();
  expect(instanceFault({ ...instance, address: "fe80::1%eth0", labels: {} })).toBeUndefined();
  expect(instanceFault({ ...instance, locality: { region: "", zone: "", subZone: "" }, isVariantUnknown: true })).toBeUndefined();
});

test.each([
  [{ address: "10.0.0.1\n" }, "address must have no control characters"],
  [{ address: "10.0.0.1 " }, 'address must be an IP address or a host name, not "10.0.0.1 "'],
  [{ port: 0 }, "port must be 1 to 65535, not 0"],
  [{ port: "80" }, "port must be 1 to 65535, not a string"],
  [{ protocol: "nope" }, "protocol must be one of http, "],
  [{ labels: { a: 1 } }, "labels.a must be a text, not a number"],
  [{ labels: ["a"] }, "labels must be an object, not a list"],
  [{ labels: { "": "x" } }, "labels must have no empty keys"],
  [{ labels: { version: "1\u0001" } }, "labels.version must have no control characters"],
  [{ labels: { group: "a " } }, "labels.group must have no spaces at its ends"],
  [{ labels: { uniqueId: "a*" } }, "labels.uniqueId must have no *"],
  [{ labels: { note: "\ud800" } }, "labels.note must have no control characters"],
  [{ weight: Number.POSITIVE_INFINITY }, "weight must be 0 or more, not Infinity"],
  [{ warmUp: { startedAtMs: 1, durationMs: 86_400_001 } }, "warmUp.durationMs must be 1 to 86400000, not 86400001"],
  [{ warmUp: { startedAtMs: 1e15, durationMs: 1 } }, "warmUp.startedAtMs must be 0 to 253402300799999"],
  [{ locality: "east" }, "locality must be an object, not a string"],
  [{ origin: {} }, "origin.registry must be a text, not undefined"],
  [{ health: "ill" }, 'health must be one of healthy, unhealthy, draining, not "ill"'],
])("an instance with %j is told as: %s", (wrong, message) => {
  expect(instanceFault({ ...instance, ...wrong })).toContain(message);
});

test.each(["", "a b", "a:1", "*.acme", "a/b", "a|b", "a@b", "[::1]", "a#b", "a?b", "a\tb", "a\u0085b"])(
  "%j is no name of a service",
  (name) => {
    expect(serviceNameFault(name)).toBeDefined();
  },
);

test.each([
  [{ name: "x" }, "ports must be a list, not undefined"],
  [{ ...service, ports: [] }, "instances[0].portName must be one of the service's ports"],
  [{ ...service, ports: [...service.ports, ...service.ports] }, "ports[1].name is there twice: dubbo"],
  [{ ...service, instances: [instance, instance] }, "instances[1].id is there twice"],
  [{ ...service, instances: [instance, null] }, "instances[1] must be an object, not null"],
  [undefined, "must be an object, not undefined"],
])("a service like %j is told as: %s", (wrong, message) => {
  expect(serviceFault(wrong)).toContain(message);
});

describe("a registration", () => {
  const registration = { service: "com.acme.Echo", address: "10.0.0.1", port: 1, protocol: "bolt" } as const;
  const refusal = (wrong: unknown): unknown => {
    try {
      // What a program without types may hand over.
      Reflect.apply(checkRegistration, undefined, [wrong]);
      return undefined;
    } catch (error) {
      return error;
    }
  };

  test("needs no more than where it is and what it speaks", () => {
    expect(refusal(registration)).toBeUndefined();
  });

  test.each([
    [null, "registration: must be an object, not null"],
    [{}, "registration: service must be a text, not undefined"],
    [{ ...registration, service: "" }, "registration: service must not be empty"],
    [{ ...registration, protocol: "nope", weight: -1 }, "registration of com.acme.Echo: protocol must be one of"],
    [{ ...registration, labels: { a: 1 } }, "registration of com.acme.Echo: labels.a must be a text, not a number"],
    [{ ...registration, service: "a\nb" }, "registration of a\u{fffd}b: service must have no control characters"],
  ])("like %j is refused, and the first fault is told: %s", (wrong, message) => {
    expect(refusal(wrong)).toMatchObject({ code: "MESH_REGISTRY_INVALID_REGISTRATION", message: expect.stringContaining(message) });
  });

  test("of anything at all is taken, or refused with a message without control characters", () => {
    const almost = fc.record(
      { service: fc.anything(), address: fc.anything(), port: fc.anything(), protocol: fc.anything(), labels: fc.anything() },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.anything(),
          almost,
          fc.string({ unit: "binary" }).map((text) => ({ ...registration, service: text })),
        ),
        (wrong) => {
          const error = refusal(wrong);
          if (error === undefined) return;
          expect(error).toMatchObject({ code: "MESH_REGISTRY_INVALID_REGISTRATION", message: expect.not.stringMatching(/\p{Cc}/u) });
        },
      ),
    );
  });
});
