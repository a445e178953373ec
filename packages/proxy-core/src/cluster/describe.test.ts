import { toJson } from "@mesh/xds-proto";
import { describe, expect, test } from "vitest";
import { HostHealth } from "./contract.ts";
import { clustersMessage, clustersText } from "./describe.ts";
import { lbEndpoint, testClusters, type TestClusters } from "./testing.ts";

function orders(): TestClusters {
  const clusters = testClusters([
    {
      name: "orders",
      circuit_breakers: { thresholds: [{ max_requests: 7 }] },
      load_assignment: {
        cluster_name: "orders",
        endpoints: [
          {
            locality: { region: "r", zone: "z", sub_zone: "s" },
            lb_endpoints: [
              lbEndpoint(
                "10.0.0.1:80",
                { load_balancing_weight: 3, metadata: { filter_metadata: { "envoy.lb": { canary: true } } } },
                { hostname: "one" },
              ),
              { endpoint: { address: { pipe: { path: "/run/orders" } } }, health_status: "UNHEALTHY" },
            ],
          },
        ],
      },
    },
  ]);
  clusters.manager.start();
  const [first] = clusters.cluster("orders").hosts;
  Object.assign(first!.stats, { cxTotal: 2, cxActive: 1, rqTotal: 5, rqSuccess: 4 });
  first!.setHealth(HostHealth.Ejected | HostHealth.FailedActiveCheck, true);
  return clusters;
}

describe("what is told of clusters", () => {
  test("is Envoy's text", () => {
    expect(clustersText(orders().manager.describe())).toBe(`\
orders::observability_name::orders
orders::default_priority::max_connections::1024
orders::default_priority::max_pending_requests::1024
orders::default_priority::max_requests::7
orders::default_priority::max_retries::3
orders::high_priority::max_connections::1024
orders::high_priority::max_pending_requests::1024
orders::high_priority::max_requests::1024
orders::high_priority::max_retries::3
orders::added_via_api::false
orders::10.0.0.1:80::cx_active::1
orders::10.0.0.1:80::cx_connect_fail::0
orders::10.0.0.1:80::cx_total::2
orders::10.0.0.1:80::rq_active::0
orders::10.0.0.1:80::rq_error::0
orders::10.0.0.1:80::rq_pending_active::0
orders::10.0.0.1:80::rq_success::4
orders::10.0.0.1:80::rq_timeout::0
orders::10.0.0.1:80::rq_total::5
orders::10.0.0.1:80::hostname::one
orders::10.0.0.1:80::health_flags::/failed_active_hc/failed_outlier_check
orders::10.0.0.1:80::weight::3
orders::10.0.0.1:80::region::r
orders::10.0.0.1:80::zone::z
orders::10.0.0.1:80::sub_zone::s
orders::10.0.0.1:80::canary::true
orders::10.0.0.1:80::priority::0
orders::10.0.0.1:80::success_rate::-1
orders::10.0.0.1:80::local_origin_success_rate::-1
orders::/run/orders::cx_active::0
orders::/run/orders::cx_connect_fail::0
orders::/run/orders::cx_total::0
orders::/run/orders::rq_active::0
orders::/run/orders::rq_error::0
orders::/run/orders::rq_pending_active::0
orders::/run/orders::rq_success::0
orders::/run/orders::rq_timeout::0
orders::/run/orders::rq_total::0
orders::/run/orders::hostname::
orders::/run/orders::health_flags::/failed_eds_health
orders::/run/orders::weight::1
orders::/run/orders::region::r
orders::/run/orders::zone::z
orders::/run/orders::sub_zone::s
orders::/run/orders::canary::false
orders::/run/orders::priority::0
orders::/run/orders::success_rate::-1
orders::/run/orders::local_origin_success_rate::-1
`);
  });

  test("is Envoy's message", () => {
    const json = toJson("envoy.admin.v3.Clusters", clustersMessage(orders().manager.describe()), { preserveProtoFieldNames: true });
    expect(json).toMatchObject({
      cluster_statuses: [
        {
          name: "orders",
          observability_name: "orders",
          circuit_breakers: {
            thresholds: [
              { max_connections: 1024, max_requests: 7 },
              { priority: "HIGH", max_requests: 1024 },
            ],
          },
          host_statuses: [
            {
              address: { socket_address: { address: "10.0.0.1", port_value: 80 } },
              health_status: { failed_active_health_check: true, failed_outlier_check: true, eds_health_status: "HEALTHY" },
              weight: 3,
              hostname: "one",
              locality: { region: "r", zone: "z", sub_zone: "s" },
            },
            { address: { pipe: { path: "/run/orders" } }, health_status: { eds_health_status: "UNHEALTHY" } },
          ],
        },
      ],
    });
    const metrics = JSON.stringify(json);
    expect(metrics).toContain('"name":"cx_active"');
    expect(metrics).toContain('"type":"GAUGE"');
  });

  test.each([
    ["UNHEALTHY", "/failed_eds_health", "UNHEALTHY"],
    ["TIMEOUT", "/failed_eds_health", "UNHEALTHY"],
    ["DRAINING", "/eds_status_draining", "DRAINING"],
    ["DEGRADED", "/degraded_eds_health", "DEGRADED"],
    ["UNKNOWN", "healthy", "HEALTHY"],
  ])("spells the status %s of an endpoint %s, and %s in JSON", (health_status, flags, json) => {
    const endpoints = [{ priority: 0, lb_endpoints: [lbEndpoint("10.0.0.1:80", { health_status })] }];
    const clusters = testClusters([{ load_assignment: { cluster_name: "c", endpoints } }]);
    clusters.manager.start();
    const status = clusters.manager.describe();
    expect(clustersText(status)).toContain(`c::10.0.0.1:80::health_flags::${flags}\n`);
    const message = toJson("envoy.admin.v3.Clusters", clustersMessage(status), { preserveProtoFieldNames: true });
    expect(message).toMatchObject({ cluster_statuses: [{ host_statuses: [{ health_status: { eds_health_status: json } }] }] });
  });

  test("has flags in Envoy's order", () => {
    const clusters = orders();
    const [first] = clusters.cluster("orders").hosts;
    first!.setHealth(HostHealth.PendingActiveCheck | HostHealth.DrainingByConfig | HostHealth.Draining, true);
    first!.pendingRemoval = true;
    first!.checkTimedOut = true;
    const flags = [
      "failed_active_hc",
      "failed_outlier_check",
      "pending_dynamic_removal",
      "pending_active_hc",
      "active_hc_timeout",
      "eds_status_draining",
      "draining",
    ];
    expect(clustersText(clusters.manager.describe())).toContain(`health_flags::${flags.map((flag) => `/${flag}`).join("")}\n`);
  });

  test("says of a host in good health just that", () => {
    const clusters = orders();
    clusters.cluster("orders").hosts[0]!.setHealth(HostHealth.Ejected | HostHealth.FailedActiveCheck, false);
    expect(clustersText(clusters.manager.describe())).toContain("orders::10.0.0.1:80::health_flags::healthy\n");
  });
});
