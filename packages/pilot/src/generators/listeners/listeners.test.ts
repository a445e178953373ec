import { describe, expect, test } from "vitest";
import type { MeshService } from "../../model/index.ts";
import type { EgressScope, ProxyScope } from "../../scope/index.ts";
import { jsonOf, testEndpoint, testMesh, testScope, type TestScopeOptions, testService, testVirtualService } from "../../testing/index.ts";
import { listenersOf } from "./index.ts";

/** The listeners by name, as ProtoJSON. */
function listeners(scope: ProxyScope): Record<string, unknown> {
  return Object.fromEntries(listenersOf(scope).resources.map((resource) => [resource.name, jsonOf(resource)]));
}

const of = (options: TestScopeOptions): Record<string, unknown> => listeners(testScope(options));

const manager = (more: object) => ({
  name: "envoy.filters.network.http_connection_manager",
  typed_config: expect.objectContaining(more),
});
const rds = (name: string) => ({
  rds: { config_source: { ads: {}, initial_fetch_timeout: "0s", resource_api_version: "V3" }, route_config_name: name },
});
const tcp = (cluster: string) => ({ name: "envoy.filters.network.tcp_proxy", typed_config: expect.objectContaining({ cluster }) });
const rpc = (more: object) => ({ name: "mesh.filters.network.rpc_proxy", typed_config: expect.objectContaining(more) });

const database: MeshService = testService({
  hostname: "db.shop.svc.cluster.local",
  ports: [{ name: "mysql", number: 3306, protocol: "mysql" }],
  allottedAddress: "240.240.1.1",
});
const echo: MeshService = testService({
  hostname: "com.acme.Echo",
  ports: [{ name: "bolt", number: 12200, protocol: "bolt" }],
  allottedAddress: "240.240.1.2",
});

describe("outbound listeners of a sidecar", () => {
  test("share the HTTP port of all services, and are reached through virtualOutbound", () => {
    const found = of({ services: [testService(), testService({ hostname: "cart.shop.svc.cluster.local" })] });
    expect(found["0.0.0.0_80"]).toMatchObject({
      bind_to_port: false,
      traffic_direction: "OUTBOUND",
      default_filter_chain: { filters: [manager(rds("80"))] },
    });
    expect(found["virtualOutbound"]).toMatchObject({
      address: { socket_address: { address: "0.0.0.0", port_value: 15001 } },
      use_original_dst: true,
      filter_chains: [{ filter_chain_match: { destination_port: 15001 }, filters: [tcp("BlackHoleCluster")] }],
      default_filter_chain: { filters: [tcp("PassthroughCluster")] },
    });
  });

  test("lead what is for no service nowhere where only registered services may be called", () => {
    expect(of({ outboundPolicy: "registry-only" })["virtualOutbound"]).toMatchObject({
      default_filter_chain: { filters: [tcp("BlackHoleCluster")] },
    });
  });

  test("for bytes are at the service's address", () => {
    const found = of({ services: [database] });
    expect(Object.keys(found).sort()).toEqual(["240.240.1.1_3306", "virtualInbound", "virtualOutbound"]);
    expect(found["240.240.1.1_3306"]).toMatchObject({
      default_filter_chain: { filters: [tcp("outbound|3306||db.shop.svc.cluster.local")] },
    });
  });

  test("for bytes follow the rules of a VirtualService, by address and weight", () => {
    const destination = (subset: string, weight: number) => ({ destination: { host: "db", subset }, weight });
    const rule = testVirtualService({
      hosts: [database.hostname],
      tcp: [
        { match: [{ destinationSubnets: ["10.1.0.0/16"], sourceLabels: {}, gateways: [] }], route: [destination("v1", 100)] },
        { match: [], route: [destination("v1", 80), destination("v2", 20)] },
      ],
    });
    expect(of({ services: [database], virtualServices: [rule] })["240.240.1.1_3306"]).toMatchObject({
      filter_chains: [
        {
          filter_chain_match: { prefix_ranges: [{ address_prefix: "10.1.0.0", prefix_len: 16 }] },
          filters: [tcp("outbound|3306|v1|db.shop.svc.cluster.local")],
        },
      ],
      default_filter_chain: {
        filters: [
          {
            typed_config: {
              weighted_clusters: {
                clusters: [
                  { name: "outbound|3306|v1|db.shop.svc.cluster.local", weight: 80 },
                  { name: "outbound|3306|v2|db.shop.svc.cluster.local", weight: 20 },
                ],
              },
            },
          },
        ],
      },
    });
  });

  test("for TLS are told apart by the name in its greeting, at the addresses that DNS gives", () => {
    const api = (hostname: string): MeshService =>
      testService({ hostname, isExternal: true, resolution: "dns", ports: [{ name: "tls", number: 443, protocol: "tls" }] });
    const found = of({ services: [api("a.com"), api("*.b.com")] });
    expect(found["0.0.0.0_443"]).toMatchObject({
      listener_filters: [{ name: "envoy.filters.listener.tls_inspector" }],
      filter_chains: [
        { filter_chain_match: { server_names: ["*.b.com"] }, filters: [tcp("outbound|443||*.b.com")] },
        { filter_chain_match: { server_names: ["a.com"] }, filters: [tcp("outbound|443||a.com")] },
      ],
    });
  });

  test("that two services would need whole go to the first, and the other is named", () => {
    const external = (hostname: string): MeshService =>
      testService({ hostname, isExternal: true, resolution: "dns", ports: [{ name: "tcp", number: 5000, protocol: "tcp" }] });
    const scope = testScope({ services: [external("a.com"), external("b.com")] });
    expect(listenersOf(scope).conflicts).toEqual([{ listener: "0.0.0.0_5000", host: "b.com", port: 5000 }]);
  });

  test("for a protocol that nobody names look at the first bytes", () => {
    const auto = testService({ ports: [{ name: "web", number: 9000, protocol: "unknown" }], allottedAddress: "240.240.1.3" });
    expect(of({ services: [auto] })["240.240.1.3_9000"]).toMatchObject({
      listener_filters: [{ name: "envoy.filters.listener.http_inspector" }],
      continue_on_listener_filters_timeout: true,
      filter_chains: [
        {
          filter_chain_match: { application_protocols: ["http/1.0", "http/1.1", "h2c"] },
          filters: [manager(rds("reviews.shop.svc.cluster.local:9000"))],
        },
      ],
      default_filter_chain: { filters: [tcp("outbound|9000||reviews.shop.svc.cluster.local")] },
    });
  });

  test("leave out a service at the sidecar's own port", () => {
    const scope = testScope({ services: [testService({ ports: [{ name: "http", number: 15001, protocol: "http" }] })] });
    expect(listenersOf(scope).resources.map(({ name }) => name)).not.toContain("0.0.0.0_15001");
    expect(listenersOf(scope).conflicts).toEqual([{ listener: "0.0.0.0_15001", host: "*", port: 15001 }]);
  });

  test("look at first bytes for as long as MeshConfig says", () => {
    const auto = testService({ ports: [{ name: "web", number: 9000, protocol: "unknown" }], allottedAddress: "240.240.1.3" });
    expect(of({ services: [auto] })["240.240.1.3_9000"]).toMatchObject({ listener_filters_timeout: "0s" });
    expect(of({ services: [auto], mesh: testMesh({ protocolDetectionTimeout: 5000 }) })["240.240.1.3_9000"]).toMatchObject({
      listener_filters_timeout: "5s",
    });
  });

  test("for RPC are routed by mosn, and are bytes to others", () => {
    expect(of({ services: [echo], proxy: { dialect: "mosn" } })["0.0.0.0_12200"]).toMatchObject({
      default_filter_chain: {
        filters: [
          rpc({
            ...rds("12200"),
            codec: { name: "bolt", typed_config: { "@type": "type.googleapis.com/mesh.extensions.codecs.bolt.v3.Bolt" } },
          }),
        ],
      },
    });
    expect(of({ services: [echo] })["240.240.1.2_12200"]).toMatchObject({
      default_filter_chain: { filters: [tcp("outbound|12200||com.acme.Echo")] },
    });
  });

  test("of a Sidecar resource are bound where nothing is redirected, and have all RPC services of their hosts", () => {
    const dubbo = testService({ hostname: "com.acme.Cart", ports: [{ name: "dubbo", number: 20880, protocol: "dubbo" }] });
    const egress: EgressScope = {
      port: { name: "rpc", number: 12220, protocol: "x" },
      bind: undefined,
      captureMode: "none",
      services: [echo, dubbo],
      virtualServices: [],
    };
    const found = of({ services: [echo, dubbo], egress: [egress], proxy: { dialect: "mosn", interception: "none" } });
    expect(Object.keys(found)).toEqual(["127.0.0.1_12220"]);
    expect(found["127.0.0.1_12220"]).toMatchObject({
      address: { socket_address: { address: "127.0.0.1", port_value: 12220 } },
      default_filter_chain: { filters: [rpc(rds("12220"))] },
    });
    expect(found["127.0.0.1_12220"]).not.toHaveProperty("bind_to_port");
  });
});

describe("inbound listeners of a sidecar", () => {
  const target = (number: number, protocol: "http" | "tcp" | "bolt" | "unknown") => ({
    service: testService(),
    port: { name: protocol, number, protocol },
    endpoint: testEndpoint({ port: number + 8000 }),
  });

  test("are one, with a chain for each port of the application, and pass everything else on", () => {
    const found = of({ targets: [target(80, "http"), target(81, "tcp"), target(82, "bolt")], proxy: { dialect: "mosn" } });
    expect(found["virtualInbound"]).toMatchObject({
      address: { socket_address: { port_value: 15006 } },
      traffic_direction: "INBOUND",
      listener_filters: [{ name: "envoy.filters.listener.original_dst" }],
      filter_chains: [
        { filter_chain_match: { destination_port: 15006 }, filters: [tcp("BlackHoleCluster")] },
        {
          filter_chain_match: { destination_port: 8080 },
          filters: [manager({ route_config: expect.objectContaining({ name: "inbound|8080||" }) })],
        },
        { filter_chain_match: { destination_port: 8081 }, filters: [tcp("inbound|8081||")] },
        {
          filter_chain_match: { destination_port: 8082 },
          filters: [rpc({ route_config: expect.objectContaining({ name: "inbound|8082||" }) })],
        },
      ],
      default_filter_chain: { filters: [tcp("InboundPassthroughCluster")] },
    });
  });

  test("of a Sidecar resource stand alone where nothing is redirected", () => {
    const found = of({
      ingress: [{ port: { number: 12300, protocol: "BOLT" }, captureMode: "NONE", defaultEndpoint: "127.0.0.1:12200", bind: "127.0.0.1" }],
      proxy: { dialect: "mosn", interception: "none" },
    });
    expect(Object.keys(found)).toEqual(["127.0.0.1_12300"]);
    expect(found["127.0.0.1_12300"]).toMatchObject({
      filter_chains: [{ filters: [rpc({ route_config: expect.objectContaining({ name: "inbound|12300||" }) })] }],
    });
  });
});

describe("listeners of a router", () => {
  const server = (port: object, more: object = {}) => ({
    gateway: "edge/front",
    namespace: "edge",
    server: { port: { number: 80, name: "http", protocol: "HTTP" as const, ...port }, hosts: ["*"], ...more },
  });

  test("have one table of routes for all plain HTTP of a port", () => {
    const found = of({ proxy: { type: "router" }, servers: [server({}), server({}, { hosts: ["a.com"] })] });
    expect(Object.keys(found)).toEqual(["0.0.0.0_80"]);
    expect(found["0.0.0.0_80"]).toMatchObject({ filter_chains: [{ filters: [manager({ ...rds("http.80"), use_remote_address: true })] }] });
  });

  test("pass TLS on by name, as the rules of the gateway say", () => {
    const tls = {
      httpsRedirect: false,
      mode: "PASSTHROUGH" as const,
      subjectAltNames: [],
      verifyCertificateSpki: [],
      verifyCertificateHash: [],
      cipherSuites: [],
    };
    const rule = testVirtualService({
      hosts: ["a.com"],
      gateways: ["edge/front"],
      tls: [
        {
          match: [{ sniHosts: ["a.com"], destinationSubnets: [], sourceLabels: {}, gateways: [] }],
          route: [{ destination: { host: "a.com", port: 443 }, weight: 100 }],
        },
      ],
    });
    const found = of({
      proxy: { type: "router" },
      servers: [server({ number: 443, name: "tls", protocol: "TLS" }, { tls })],
      gatewayVirtualServices: { "edge/front": [rule] },
    });
    expect(found["0.0.0.0_443"]).toMatchObject({
      listener_filters: [{ name: "envoy.filters.listener.tls_inspector" }],
      filter_chains: [{ filter_chain_match: { server_names: ["a.com"] }, filters: [tcp("outbound|443||a.com")] }],
    });
  });
});

test("access logs are as MeshConfig says, in Istio's format by default", () => {
  const found = of({ services: [testService()], mesh: testMesh({ accessLogFile: "/dev/stdout" }) });
  expect(JSON.stringify(found["0.0.0.0_80"])).toContain(
    '[%START_TIME%] \\"%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%\\" %RESPONSE_CODE%',
  );
});

test("a gRPC library finds a listener under the name of its target", () => {
  const grpc = testService({ ports: [{ name: "grpc", number: 7070, protocol: "grpc" }] });
  expect(of({ services: [grpc], proxy: { type: "grpc" } })["reviews.shop.svc.cluster.local:7070"]).toMatchObject({
    api_listener: { api_listener: { rds: { route_config_name: "outbound|7070||reviews.shop.svc.cluster.local" } } },
  });
});

test("the same scope's listeners are made once", () => {
  const scope = testScope({ services: [testService()] });
  expect(listenersOf({ ...scope })).toBe(listenersOf(scope));
});
