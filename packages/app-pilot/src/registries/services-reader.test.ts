import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseServices } from "./services-reader.ts";

const problemsOf = (text: string): readonly string[] => {
  const parsed = parseServices(text, "s.yaml", "memory");
  return "problems" in parsed ? parsed.problems : [];
};

describe("a file of services", () => {
  test("has services with instances, whose ports follow from these", () => {
    const text = `
services:
  - name: com.acme.Echo
    labels: { team: a }
    instances:
      - { address: 10.0.0.2, port: 12200, protocol: bolt, labels: { version: "2.0" }, weight: 0, health: draining, locality: cn/hz/b }
      - { address: 10.0.0.1, port: 12200, protocol: bolt }
  - name: orders
    ports: [{ name: http, number: 80, protocol: http }]
    instances: [{ address: orders.example, port: 8080 }]
`;
    const parsed = parseServices(text, "s.yaml", "lab");
    expect(parsed).toMatchObject({
      services: [
        {
          name: "com.acme.Echo",
          ports: [{ name: "bolt", number: 12_200, protocol: "bolt" }],
          labels: { team: "a" },
          instances: [
            { id: "bolt://10.0.0.1:12200", weight: 100, health: "healthy", labels: {}, origin: { registry: "lab" } },
            {
              id: "bolt://10.0.0.2:12200 2.0",
              weight: 0,
              health: "draining",
              labels: { version: "2.0" },
              locality: { region: "cn", zone: "hz", subZone: "b" },
            },
          ],
        },
        {
          name: "orders",
          ports: [{ name: "http", number: 80, protocol: "http" }],
          instances: [{ address: "orders.example", port: 8080, portName: "http", protocol: "http" }],
        },
      ],
    });
  });

  test("may be empty", () => {
    expect(parseServices("", "s.yaml", "memory")).toEqual({ services: [] });
    expect(parseServices("services:\n", "s.yaml", "memory")).toEqual({ services: [] });
  });

  test.for([
    ["service: []", '1:1: service is not known, did you mean "services"?'],
    ["services: 3", "1:1: services must be a list"],
    ["[]", "1:1: the file must be a map with services"],
    ["services: [{ name: '' }]", "1:14: services[0].name must be a text"],
    ["services: [{ name: a }, { name: a }]", '1:27: services[1].name "a" is there twice'],
    ["services: [{ name: a, ports: [{ number: 0, protocol: http }] }]", "1:33: services[0].ports[0].number must be a port, 1 to 65535"],
    ["services: [{ name: a, instances: [{ port: 1, protocol: tcp }] }]", "1:35: services[0].instances[0].address must be a text"],
    [
      "services: [{ name: a, instances: [{ address: b, port: 1 }] }]",
      "1:35: services[0].instances[0].protocol must be one of http, http2,",
    ],
    ["services: [{ name: a, instances: [{ address: b, port: 1, protocol: tcp, weight: -1 }] }]", "weight must be a number, 0 or more"],
    [
      "services: [{ name: a, instances: [{ address: b, port: 1, protocol: tcp, locality: a/b/c/d }] }]",
      "locality must be <region>/<zone>/<subzone>",
    ],
    [
      "services: [{ name: a, instances: [{ address: b, port: 1, protocol: tcp, labels: { version: 1.0 } }] }]",
      'write it in quotes, as in "1.0"',
    ],
    [
      "services: [{ name: a, ports: [{ number: 1, protocol: tcp }], instances: [{ address: b, port: 1, portName: x }] }]",
      "must be one of the service's ports, tcp",
    ],
    [
      "services: [{ name: a, instances: [{ address: b, port: 1, protocol: tcp }, { address: b, port: 1, protocol: tcp }] }]",
      "two instances are tcp://b:1",
    ],
    ["services: [", "1:12:"],
  ] as const)("%s is refused, with its place", ([text, problem]) => {
    expect(problemsOf(text)).toHaveLength(1);
    expect(problemsOf(text)[0]).toContain(problem);
    expect(problemsOf(text)[0]).toMatch(/^s\.yaml:\d+:\d+: /);
  });

  test("tells all problems at once", () => {
    expect(problemsOf("services: [{ nam: a, instances: [{ port: 0 }] }]")).toHaveLength(5);
  });

  test("may not have an alias of what is not there", () => {
    expect(parseServices("services: [*a]", "s.yaml", "memory")).toEqual({
      problems: [expect.stringMatching(/^s\.yaml: Unresolved alias/)],
    });
  });

  test("never throws, whatever it says", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.json().map((json) => `services: [${json}]`),
        ),
        (text) => {
          const parsed = parseServices(text, "s.yaml", "memory");
          expect("services" in parsed || parsed.problems.length > 0).toBe(true);
        },
      ),
    );
  });
});
