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
    expect(listenersOf(scope).problems).toEqual([
      "listener 0.0.0.0_5000: service shop/b.com goes without all connections (service shop/a.com has it)",
    ]);
  });

  test("for TLS keep the names of a rule that another does not have, and tell the rest", () => {
    const services = ["a.com", "b.com"].map((hostname) =>
      testService({ hostname, isExternal: true, resolution: "dns", ports: [{ name: "tls", number: 443, protocol: "tls" }] }),
    );
    const tlsRule = (id: string, host: string, ...sniHosts: string[]) =>
      testVirtualService({
        id: `shop/${id}`,
        hosts: [host],
        tls: [
          {
            match: [{ sniHosts, destinationSubnets: [], sourceLabels: {}, gateways: [] }],
            route: [{ destination: { host, port: 443 }, weight: 100 }],
          },
        ],
      });
    const rules = [tlsRule("one", "a.com", "a.com", "X.com"), tlsRule("two", "b.com", "x.com", "b.com", "*y.com")];
    const scope = testScope({ services, virtualServices: rules });
    expect(listeners(scope)["0.0.0.0_443"]).toMatchObject({
      filter_chains: [
        { filter_chain_match: { server_names: ["a.com", "x.com"] }, filters: [tcp("outbound|443||a.com")] },
        { filter_chain_match: { server_names: ["b.com"] }, filters: [tcp("outbound|443||b.com")] },
      ],
    });
    expect(listenersOf(scope).conflicts).toEqual([{ listener: "0.0.0.0_443", host: "b.com", port: 443 }]);
    expect(listenersOf(scope).problems).toEqual([
      "listener 0.0.0.0_443: service shop/b.com goes without *y.com (only a whole label can be a wildcard), x.com (VirtualService shop/one has it)",
    ]);
  });

  test("for blocks of addresses compare what these mean, not how they are written", () => {
    const external = (hostname: string, ...addresses: string[]): MeshService =>
      testService({ hostname, addresses, ports: [{ name: "tcp", number: 5000, protocol: "tcp" }] });
    const scope = testScope({
      services: [external("a.com", "10.0.0.0/8", "2001:DB8:0::5", "10.9.9.9/32"), external("b.com", "10.1.0.0/8", "2001:db8::5")],
    });
    expect(Object.keys(listeners(scope)).filter((name) => !name.startsWith("virtual"))).toEqual([
      "0.0.0.0_5000",
      "2001:db8::5_5000",
      "10.9.9.9_5000",
    ]);
    expect(listeners(scope)["0.0.0.0_5000"]).toMatchObject({
      filter_chains: [
        { filter_chain_match: { prefix_ranges: [{ address_prefix: "10.0.0.0", prefix_len: 8 }] }, filters: [tcp("outbound|5000||a.com")] },
      ],
    });
    expect(listenersOf(scope).conflicts.map(({ listener, host }) => `${listener} ${host}`)).toEqual([
      "0.0.0.0_5000 b.com",
      "2001:db8::5_5000 b.com",
    ]);
  });

  test("leave out the rules of a service behind one for everything: that is no conflict", () => {
    const to = (subset: string) => ({ route: [{ destination: { host: "db", subset }, weight: 100 }] });
    const rule = testVirtualService({
      hosts: [database.hostname],
      tcp: [
        { match: [{ destinationSubnets: [], sourceLabels: {}, gateways: [] }], ...to("v1") },
        { match: [], ...to("v2") },
        { match: [{ destinationSubnets: ["10.1.0.0/16"], sourceLabels: {}, gateways: [] }], ...to("v3") },
      ],
    });
    const scope = testScope({ services: [database], virtualServices: [rule] });
    expect(listeners(scope)["240.240.1.1_3306"]).not.toHaveProperty("filter_chains");
    expect(listeners(scope)["240.240.1.1_3306"]).toMatchObject({
      default_filter_chain: { filters: [tcp("outbound|3306|v1|db.shop.svc.cluster.local")] },
    });
    expect(listenersOf(scope).conflicts).toEqual([]);
    expect(listenersOf(scope).problems).toEqual([]);
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

  test("have no second chain for the port at which they are", () => {
    const found = of({ targets: [target(7006, "tcp"), target(81, "tcp")] });
    expect(found["virtualInbound"]).toMatchObject({
      filter_chains: [{ filter_chain_match: { destination_port: 15006 } }, { filter_chain_match: { destination_port: 8081 } }],
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

  const passthrough = {
    httpsRedirect: false,
    mode: "PASSTHROUGH" as const,
    subjectAltNames: [],
    verifyCertificateSpki: [],
    verifyCertificateHash: [],
    cipherSuites: [],
  };
  const tlsMatch = (...sniHosts: string[]) => ({ sniHosts, destinationSubnets: [], sourceLabels: {}, gateways: [] });
  const tcpMatch = (...destinationSubnets: string[]) => ({ destinationSubnets, sourceLabels: {}, gateways: [] });
  const to = (host: string) => [{ destination: { host, port: 443 }, weight: 100 }];
  const bound = (namespace: string, spec: Parameters<typeof testVirtualService>[0]) =>
    testVirtualService({ name: "rule", id: `${namespace}/rule`, namespace, gateways: ["edge/front"], ...spec });
  const router = (servers: readonly ReturnType<typeof server>[], ...rules: readonly ReturnType<typeof bound>[]): ProxyScope =>
    testScope({ proxy: { type: "router" }, servers, gatewayVirtualServices: { "edge/front": rules } });

  test("pass TLS on by name, as the rules of the gateway say", () => {
    const rule = bound("shop", { hosts: ["a.com"], tls: [{ match: [tlsMatch("a.com")], route: to("a.com") }] });
    const found = listeners(router([server({ number: 443, name: "tls", protocol: "TLS" }, { tls: passthrough })], rule));
    expect(found["0.0.0.0_443"]).toMatchObject({
      listener_filters: [{ name: "envoy.filters.listener.tls_inspector" }],
      filter_chains: [{ filter_chain_match: { server_names: ["a.com"] }, filters: [tcp("outbound|443||a.com")] }],
    });
  });

  test("of bytes are for rules of the namespaces that a server's hosts name", () => {
    const rules = ["edge", "shop", "other"].map((namespace) =>
      bound(namespace, {
        hosts: [`${namespace}.com`],
        tls: [{ match: [tlsMatch(`${namespace}.com`)], route: to(`${namespace}.com`) }],
        tcp: [{ match: [tcpMatch()], route: to(`${namespace}.com`) }],
      }),
    );
    const chainsOf = (port: object, hosts: readonly string[], more: object = {}): unknown =>
      listeners(router([server({ number: 443, ...port }, { hosts, ...more })], ...rules))["0.0.0.0_443"];
    const tls = { name: "tls", protocol: "TLS" };
    expect(chainsOf(tls, ["./*"], { tls: passthrough })).toMatchObject({ filter_chains: [{ filters: [tcp("outbound|443||edge.com")] }] });
    expect(chainsOf(tls, ["shop/*.com"], { tls: passthrough })).toMatchObject({
      filter_chains: [{ filters: [tcp("outbound|443||shop.com")] }],
    });
    expect(chainsOf(tls, ["*/*.com"], { tls: passthrough })).toMatchObject({ filter_chains: [{}, {}, {}] });
    const plain = { name: "tcp", protocol: "TCP" };
    expect(chainsOf(plain, ["other/*"])).toMatchObject({ filter_chains: [{ filters: [tcp("outbound|443||other.com")] }] });
    expect(chainsOf(plain, ["nobody/*"])).toBeUndefined();
  });

  test("pass on no name that the server does not have", () => {
    const rule = bound("shop", {
      hosts: ["*.com"],
      tls: [
        { match: [tlsMatch("b.com")], route: to("b.com") },
        { match: [tlsMatch("*.com")], route: to("a.com") },
      ],
    });
    const scope = router([server({ number: 443, name: "tls", protocol: "TLS" }, { hosts: ["shop/a.com"], tls: passthrough })], rule);
    expect(listeners(scope)["0.0.0.0_443"]).toMatchObject({
      filter_chains: [{ filter_chain_match: { server_names: ["a.com"] }, filters: [tcp("outbound|443||a.com")] }],
    });
  });

  const simple = { ...passthrough, mode: "SIMPLE" as const, serverCertificate: "/c.pem", privateKey: "/k.pem" };

  test("end TLS for bytes too, and route these as TCP", () => {
    const rule = bound("shop", { hosts: ["a.com"], tcp: [{ match: [tcpMatch()], route: to("a.com") }] });
    const scope = router([server({ number: 443, name: "tls", protocol: "TLS" }, { hosts: ["a.com"], tls: simple })], rule);
    expect(listeners(scope)["0.0.0.0_443"]).toMatchObject({
      filter_chains: [
        {
          filter_chain_match: { server_names: ["a.com"] },
          filters: [tcp("outbound|443||a.com")],
          transport_socket: { name: "envoy.transport_sockets.tls" },
        },
      ],
    });
  });

  test("have each name once, for the first server that has it, and tell who goes without", () => {
    const https = (gateway: string, ...hosts: string[]) => ({
      ...server({ number: 443, name: "https", protocol: "HTTPS" }, { hosts, tls: simple }),
      gateway,
    });
    const scope = router([
      https("edge/one", "shop/A.com", "a.com", "b.com"),
      https("edge/two", "other/B.com", "c.com"),
      https("edge/three", "b.com"),
    ]);
    expect(listeners(scope)["0.0.0.0_443"]).toMatchObject({
      filter_chains: [
        { filter_chain_match: { server_names: ["a.com", "b.com"] }, filters: [manager(rds("https.443.https.one.edge"))] },
        { filter_chain_match: { server_names: ["c.com"] }, filters: [manager(rds("https.443.https.two.edge"))] },
      ],
    });
    expect(listenersOf(scope).problems).toEqual(
      ["two", "three"].map(
        (name) =>
          `listener 0.0.0.0_443: Gateway edge/${name}, port 443 (https) goes without b.com (Gateway edge/one, port 443 (https) has it)`,
      ),
    );
  });

  test("take IPv6 addresses for what they are", () => {
    const rule = bound("shop", {
      hosts: ["a.com"],
      tcp: [
        { match: [tcpMatch("2001:db8::1")], route: to("a.com") },
        { match: [tcpMatch("2001:DB8:0::1", "2001:db8::2")], route: to("b.com") },
      ],
    });
    const scope = router([server({ number: 443, name: "tcp", protocol: "TCP" }, { bind: "0:0::1" })], rule);
    expect(listeners(scope)["::1_443"]).toMatchObject({
      address: { socket_address: { address: "::1" } },
      filter_chains: [
        { filter_chain_match: { prefix_ranges: [{ address_prefix: "2001:db8::1", prefix_len: 128 }] } },
        { filter_chain_match: { prefix_ranges: [{ address_prefix: "2001:db8::2", prefix_len: 128 }] } },
      ],
    });
    expect(listenersOf(scope).problems).toEqual([
      "listener ::1_443: VirtualService shop/rule, tcp rule 2 goes without 2001:db8::1/128 (VirtualService shop/rule, tcp rule 1 has it)",
    ]);
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
