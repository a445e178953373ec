import { fromJson } from "@mesh/xds-proto";
import { describe, expect, test } from "vitest";
import { ConfigPath } from "../config/index.ts";
import { HostHealth } from "./contract.ts";
import { type Endpoint, type LoadAssignment, readNamedEndpoints, readStaticEndpoints } from "./endpoint.ts";
import { assignment, lbEndpoint } from "./testing.ts";

const read = (fields: object): LoadAssignment<Endpoint> =>
  readStaticEndpoints(
    fromJson("envoy.config.endpoint.v3.ClusterLoadAssignment", { cluster_name: "c", ...fields }),
    ConfigPath.of("load_assignment"),
  );

const dropping = (...percentages: readonly object[]): object => ({
  policy: { drop_overloads: percentages.map((drop_percentage, index) => ({ category: `c${index}`, drop_percentage })) },
});

describe("a load assignment", () => {
  test("has Envoy's defaults", () => {
    expect(read({})).toEqual({
      endpoints: [],
      localityWeights: [],
      overprovisioningFactor: 140,
      weightedPriorityHealth: false,
      dropOverload: 0,
    });
  });

  test("is read from a policy", () => {
    const policy = { overprovisioning_factor: 100, weighted_priority_health: true };
    expect(read({ policy })).toMatchObject({ overprovisioningFactor: 100, weightedPriorityHealth: true });
  });

  test("has the weights of the localities that have one, without those of endpoints that have no locality", () => {
    const endpoints = [
      { locality: { region: "a" }, load_balancing_weight: 3 },
      { locality: { region: "b" } },
      { load_balancing_weight: 4 },
      { locality: { region: "a" }, load_balancing_weight: 5, priority: 1 },
    ];
    expect(read({ endpoints }).localityWeights).toEqual([
      { priority: 0, locality: { region: "a", zone: "", subZone: "" }, weight: 3 },
      { priority: 1, locality: { region: "a", zone: "", subZone: "" }, weight: 5 },
    ]);
  });

  test.each([
    [{ numerator: 30 }, 0.3],
    [{ numerator: 100, denominator: "HUNDRED" }, 1],
    [{ numerator: 25, denominator: "TEN_THOUSAND" }, 0.0025],
    [{ numerator: 999_999, denominator: "MILLION" }, 0.999_999],
    [{ numerator: 0 }, 0],
  ])("drops %j of the requests", (percentage, share) => {
    expect(read(dropping(percentage)).dropOverload).toBe(share);
  });

  test("drops nothing for a category without a percentage", () => {
    expect(read({ policy: { drop_overloads: [{ category: "a" }] } }).dropOverload).toBe(0);
  });

  test.each([
    ["two categories", dropping({ numerator: 1 }, { numerator: 1 }), "policy.drop_overloads: there are 2 categories"],
    ["more than everything", dropping({ numerator: 101 }), "drop_overloads[0].drop_percentage.numerator: must be 100 or less"],
    [
      "a little more than everything",
      dropping({ numerator: 1_000_001, denominator: "MILLION" }),
      "drop_overloads[0].drop_percentage.numerator: must be 1000000 or less",
    ],
    ["a category without a name", { policy: { drop_overloads: [{}] } }, "policy.drop_overloads[0].category: is required"],
    ["an overprovisioning factor of 0", { policy: { overprovisioning_factor: 0 } }, "policy.overprovisioning_factor: must be 1 or more"],
    ["a locality of weight 0", { endpoints: [{ load_balancing_weight: 0 }] }, "endpoints[0].load_balancing_weight: must be 1 or more"],
  ])("may not have %s", (_name, fields, message) => {
    expect(() => read(fields)).toThrow(message);
  });

  test.each([
    ["UNKNOWN", 0],
    ["HEALTHY", 0],
    ["UNHEALTHY", HostHealth.UnhealthyByConfig],
    ["TIMEOUT", HostHealth.UnhealthyByConfig],
    ["DRAINING", HostHealth.DrainingByConfig],
    ["DEGRADED", HostHealth.DegradedByConfig],
  ])("says of an endpoint that it is %s", (health_status, bits) => {
    const endpoints = [{ lb_endpoints: [lbEndpoint("10.0.0.1:80", { health_status })] }];
    expect(read({ endpoints }).endpoints.map(({ health }) => health)).toEqual([bits]);
  });

  test("keeps its policy and its weights where its endpoints are names", () => {
    const message = fromJson("envoy.config.endpoint.v3.ClusterLoadAssignment", {
      ...assignment("back.end:80"),
      ...dropping({ numerator: 7 }),
    });
    const { endpoints, ...rest } = readNamedEndpoints(message, ConfigPath.of("load_assignment"));
    expect(endpoints[0]?.at("10.0.0.1")).toMatchObject({ hostname: "back.end", address: { address: "10.0.0.1", port: 80 } });
    expect(rest).toEqual({ localityWeights: [], overprovisioningFactor: 140, weightedPriorityHealth: false, dropOverload: 0.07 });
  });
});
