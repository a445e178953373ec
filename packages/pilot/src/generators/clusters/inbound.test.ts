import type { IstioIngressListener } from "@mesh/istio-config";
import { describe, expect, test } from "vitest";
import type { ServicePort } from "../../model/index.ts";
import type { ServiceTarget } from "../../scope/index.ts";
import { jsonOf, testEndpoint, testRule, testScope, type TestScopeOptions, testService } from "../../testing/index.ts";
import { clustersOf } from "./index.ts";

const host = "reviews.shop.svc.cluster.local";
const http1 = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";
const grpcPort: ServicePort = { name: "grpc", number: 80, protocol: "grpc" };

const inboundOf = (options: TestScopeOptions): readonly unknown[] =>
  clustersOf(testScope(options))
    .filter(({ name }) => name.startsWith("inbound|"))
    .map(jsonOf);

function targetOf(port: number, overrides: Partial<ServiceTarget> = {}): ServiceTarget {
  const service = testService();
  return { service, port: { name: "http", number: 80, protocol: "http" }, endpoint: testEndpoint({ port }), ...overrides };
}

const ingressOf = (number: number, defaultEndpoint?: string, overrides: Partial<IstioIngressListener> = {}): IstioIngressListener => ({
  port: { number, name: "in", protocol: "HTTP" },
  captureMode: "DEFAULT",
  ...(defaultEndpoint !== undefined && { defaultEndpoint }),
  ...overrides,
});

const staticTo = (name: string, address: object): object => ({
  name,
  type: "STATIC",
  load_assignment: { cluster_name: name, endpoints: [{ lb_endpoints: [{ endpoint: { address } }] }] },
});

test("the pool of a Sidecar resource goes before that of a rule, and that of its listener before both", () => {
  const rules = { [host]: testRule({ connectionPool: { tcp: { maxConnections: 5 } } }) };
  const inboundConnectionPool = { tcp: { maxConnections: 6 } };
  const limitOf = (options: TestScopeOptions): unknown => {
    const [cluster] = inboundOf({ targets: [targetOf(8080)], rules, ...options });
    return cluster;
  };
  const limited = (value: number): object => ({ circuit_breakers: { thresholds: [expect.objectContaining({ max_connections: value })] } });
  expect(limitOf({})).toMatchObject(limited(5));
  expect(limitOf({ inboundConnectionPool })).toMatchObject(limited(6));
  const ingress = [ingressOf(8080, undefined, { connectionPool: { tcp: { maxConnections: 7 } } })];
  expect(limitOf({ inboundConnectionPool, ingress })).toMatchObject(limited(7));
});

describe("without a Sidecar resource", () => {
  test("each port on which the application listens has a cluster, which leads to the loopback", () => {
    expect(inboundOf({ targets: [targetOf(8080), targetOf(9090, { port: grpcPort })] })).toMatchObject([
      staticTo("inbound|8080||", { socket_address: { address: "127.0.0.1", port_value: 8080 } }),
      {
        ...staticTo("inbound|9090||", { socket_address: { address: "127.0.0.1", port_value: 9090 } }),
        typed_extension_protocol_options: { [http1]: { explicit_http_config: { http2_protocol_options: {} } } },
      },
    ]);
  });

  test("of several services on a port the first decides, and all are named", () => {
    const other = testService({ hostname: "other.shop.svc.cluster.local" });
    const [cluster, ...rest] = inboundOf({ targets: [targetOf(8080), targetOf(8080, { service: other, port: grpcPort })] });
    expect(rest).toEqual([]);
    expect(cluster).not.toHaveProperty("typed_extension_protocol_options");
    expect(cluster).toHaveProperty("metadata.filter_metadata.istio.services", [
      { host, name: "reviews", namespace: "shop" },
      { host: "other.shop.svc.cluster.local", name: "other", namespace: "shop" },
    ]);
  });

  test("limits of the rule hold at the receiving end as well, other settings do not", () => {
    const rules = {
      [host]: testRule({
        connectionPool: { tcp: { maxConnections: 5 } },
        outlierDetection: { splitExternalLocalOriginErrors: false, minHealthPercent: 0 },
        tls: { mode: "SIMPLE", subjectAltNames: [] },
      }),
    };
    const [cluster] = inboundOf({ targets: [targetOf(8080)], rules });
    expect(cluster).toMatchObject({ circuit_breakers: { thresholds: [{ max_connections: 5 }] } });
    expect(cluster).not.toHaveProperty("outlier_detection");
    expect(cluster).not.toHaveProperty("transport_socket");
  });

  test("there are none without redirection, and none of gateways", () => {
    expect(inboundOf({ targets: [targetOf(8080)], proxy: { interception: "none" } })).toEqual([]);
    expect(inboundOf({ targets: [targetOf(8080)], proxy: { type: "router" } })).toEqual([]);
  });

  test("an application on a unix socket has the service's port in its cluster's name", () => {
    expect(inboundOf({ targets: [targetOf(0, { endpoint: testEndpoint({ address: "/run/app.sock", port: 0 }) })] })).toMatchObject([
      staticTo("inbound|80||", { pipe: { path: "/run/app.sock" } }),
    ]);
  });
});

describe("with a Sidecar resource", () => {
  test.each([
    [undefined, { socket_address: { address: "127.0.0.1", port_value: 8080 } }],
    ["127.0.0.1:9000", { socket_address: { address: "127.0.0.1", port_value: 9000 } }],
    [":9000", { socket_address: { address: "127.0.0.1", port_value: 9000 } }],
    ["[::1]:9000", { socket_address: { address: "::1", port_value: 9000 } }],
    ["unix:///run/app.sock", { pipe: { path: "/run/app.sock" } }],
  ])("defaultEndpoint %s", (defaultEndpoint, address) => {
    expect(inboundOf({ ingress: [ingressOf(8080, defaultEndpoint)], proxy: { interception: "none" } })).toMatchObject([
      staticTo("inbound|8080||", address),
    ]);
  });

  test("the proxy's own address is the one that the caller has dialled", () => {
    expect(inboundOf({ ingress: [ingressOf(8080, "0.0.0.0:9000")] })).toMatchObject([
      {
        name: "inbound|8080||",
        type: "ORIGINAL_DST",
        lb_policy: "CLUSTER_PROVIDED",
        original_dst_lb_config: { upstream_port_override: 9000 },
        upstream_bind_config: { source_address: { address: "127.0.0.6", port_value: 0 } },
      },
    ]);
  });

  test("only its listeners count, each port once, and its limits come before the rule's", () => {
    const rules = { [host]: testRule({ connectionPool: { tcp: { maxConnections: 5 } } }) };
    const ingress = [
      ingressOf(8080, undefined, { connectionPool: { tcp: { maxConnections: 9 } } }),
      ingressOf(8080, ":1"),
      ingressOf(9090, undefined, { port: { number: 9090, name: "grpc", protocol: "GRPC" } }),
    ];
    expect(inboundOf({ ingress, targets: [targetOf(9090), targetOf(7070)], rules })).toMatchObject([
      { name: "inbound|8080||", circuit_breakers: { thresholds: [{ max_connections: 9 }] } },
      {
        name: "inbound|9090||",
        circuit_breakers: { thresholds: [{ max_connections: 5 }] },
        metadata: { filter_metadata: { istio: { services: [{ host }] } } },
      },
    ]);
  });
});

describe("clusters that are no service's", () => {
  const namesOf = (options: TestScopeOptions): readonly string[] => clustersOf(testScope(options)).map(({ name }) => name);

  test("follow what the proxy is", () => {
    expect(namesOf({})).toEqual(["BlackHoleCluster", "PassthroughCluster", "InboundPassthroughCluster"]);
    expect(namesOf({ proxy: { type: "router" } })).toEqual(["BlackHoleCluster"]);
    expect(namesOf({ proxy: { dialect: "mosn" } })).toEqual(namesOf({}));
    expect(namesOf({ proxy: { dialect: "mosn", type: "router" } })).toEqual(["BlackHoleCluster"]);
    expect(namesOf({ proxy: { type: "grpc" } })).toEqual([]);
  });

  test("what is passed on to the application is not redirected to the proxy again", () => {
    const clusters = clustersOf(testScope()).map(jsonOf);
    expect(clusters[0]).toEqual({ name: "BlackHoleCluster", type: "STATIC", connect_timeout: "10s" });
    expect(clusters[1]).toMatchObject({
      type: "ORIGINAL_DST",
      lb_policy: "CLUSTER_PROVIDED",
      typed_extension_protocol_options: {
        [http1]: {
          common_http_protocol_options: { idle_timeout: "300s" },
          use_downstream_protocol_config: { http_protocol_options: {}, http2_protocol_options: {} },
        },
      },
    });
    expect(clusters[1]).not.toHaveProperty("upstream_bind_config");
    expect(clusters[2]).toMatchObject({
      type: "ORIGINAL_DST",
      upstream_bind_config: {
        source_address: { address: "127.0.0.6", port_value: 0 },
        extra_source_addresses: [{ address: { address: "::6", port_value: 0 } }],
      },
    });
  });
});
