import { expect, test } from "vitest";
import type { MeshService } from "../../model/index.ts";
import { jsonOf, testEndpoint, testScope, testService } from "../../testing/index.ts";
import { nameTableOf } from "./index.ts";

const tableOf = (...services: MeshService[]): unknown => jsonOf(nameTableOf(testScope({ services })));

test("a host is answered with the service's addresses, which are IP addresses; short names are told of hosts of Kubernetes", () => {
  expect(
    tableOf(testService({ addresses: ["10.9.0.1", "fd00::9", "10.8.0.0/16"], allottedAddress: "240.240.0.1", source: "Kubernetes" })),
  ).toEqual({
    table: {
      "reviews.shop.svc.cluster.local": { ips: ["10.9.0.1", "fd00::9"], registry: "Kubernetes", shortname: "reviews", namespace: "shop" },
    },
  });
});

test("a service without an address has the one that was allotted to it", () => {
  expect(
    tableOf(testService({ hostname: "com.acme.Echo", addresses: ["10.8.0.0/16"], allottedAddress: "240.240.0.1", source: "zookeeper" })),
  ).toEqual({
    table: { "com.acme.echo": { ips: ["240.240.0.1"], registry: "zookeeper" } },
  });
});

test("what is reached by its endpoints' addresses is answered with those that answer", () => {
  const service = testService({ hostname: "db.example.com", resolution: "passthrough" });
  const endpoints = {
    "db.example.com": [
      testEndpoint({ address: "10.0.0.1" }),
      testEndpoint({ address: "10.0.0.1", port: 81 }),
      testEndpoint({ address: "10.0.0.2", health: "unhealthy" }),
      testEndpoint({ address: "a.example.com" }),
    ],
  };
  expect(jsonOf(nameTableOf(testScope({ services: [service], endpoints })))).toEqual({
    table: { "db.example.com": { ips: ["10.0.0.1"], registry: "External" } },
  });
  expect(tableOf(service)).toEqual({});
});

test("the table is made again with the services, and with endpoints only where they count", () => {
  const scope = testScope({ services: [testService({ addresses: ["10.9.0.1"] })] });
  expect(nameTableOf({ ...scope, endpoints: () => new Map([["http", [testEndpoint()]]]) })).toBe(nameTableOf(scope));
  const headless = testScope({ services: [testService({ resolution: "passthrough" })] });
  expect(nameTableOf({ ...headless, endpoints: () => new Map([["http", [testEndpoint()]]]) })).not.toBe(nameTableOf(headless));
});
