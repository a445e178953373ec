import { describe, expect, test } from "vitest";
import type { TrafficPolicy } from "@mesh/istio-config";
import type { MeshService } from "../../model/index.ts";
import { jsonOf, testEndpoint, testMesh, testRule, testScope, type TestScopeOptions, testService } from "../../testing/index.ts";
import { clustersOf } from "./index.ts";

const host = "reviews.shop.svc.cluster.local";
const http1 = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";

const namesOf = (options: TestScopeOptions): readonly string[] =>
  clustersOf(testScope(options))
    .map(({ name }) => name)
    .filter((name) => name.startsWith("outbound|"));

/** The cluster of a service's first port, under a policy. */
function clusterOf(
  policy: Partial<TrafficPolicy> | undefined,
  service: MeshService = testService(),
  options: TestScopeOptions = {},
): unknown {
  const scope = testScope({ services: [service], rules: policy === undefined ? {} : { [service.hostname]: testRule(policy) }, ...options });
  const resource = clustersOf(scope).find(({ name }) => name.startsWith("outbound|"));
  return resource && jsonOf(resource);
}

const onPort = (protocol: MeshService["ports"][number]["protocol"]): MeshService =>
  testService({ ports: [{ name: "port", number: 80, protocol }] });

describe("names", () => {
  test("each port and each subset has a cluster, with Istio's name; UDP has none", () => {
    const service = testService({
      ports: [
        { name: "http", number: 80, protocol: "http" },
        { name: "grpc", number: 81, protocol: "grpc" },
        { name: "dns", number: 53, protocol: "udp" },
      ],
    });
    expect(namesOf({ services: [service], rules: { [host]: testRule(undefined, [{ name: "v1" }, { name: "v2" }]) } })).toEqual([
      `outbound|80||${host}`,
      `outbound|80|v1|${host}`,
      `outbound|80|v2|${host}`,
      `outbound|81||${host}`,
      `outbound|81|v1|${host}`,
      `outbound|81|v2|${host}`,
    ]);
  });

  test("variants of an RPC service have clusters for mosn, alone and with each subset", () => {
    const services = [
      testService({
        hostname: "com.acme.Echo",
        ports: [{ name: "dubbo", number: 20880, protocol: "dubbo" }],
        variants: [
          { authority: "com.acme.Echo:1.0.0", name: "@1.0.0" },
          { authority: "com.acme.Echo:1.0.0:blue", name: "@1.0.0:blue" },
        ],
      }),
    ];
    const rules = { "com.acme.Echo": testRule(undefined, [{ name: "v1" }]) };
    expect(namesOf({ services, rules, proxy: { dialect: "mosn" } })).toEqual([
      "outbound|20880||com.acme.Echo",
      "outbound|20880|v1|com.acme.Echo",
      "outbound|20880|@1.0.0|com.acme.Echo",
      "outbound|20880|v1@1.0.0|com.acme.Echo",
      "outbound|20880|@1.0.0:blue|com.acme.Echo",
      "outbound|20880|v1@1.0.0:blue|com.acme.Echo",
    ]);
    expect(namesOf({ services, rules })).toEqual(["outbound|20880||com.acme.Echo", "outbound|20880|v1|com.acme.Echo"]);
  });
});

describe("where the hosts are", () => {
  test("listed endpoints come over the stream that the cluster came over", () => {
    expect(clusterOf(undefined)).toMatchObject({
      type: "EDS",
      eds_cluster_config: {
        service_name: `outbound|80||${host}`,
        eds_config: { ads: {}, initial_fetch_timeout: "0s", resource_api_version: "V3" },
      },
    });
  });

  const names = [testEndpoint({ address: "a.example.com", port: 443 }), testEndpoint({ address: "b.example.com", port: 8443, weight: 2 })];

  test("names are in the cluster, and are looked up again as the mesh says", () => {
    const service = testService({ resolution: "dns" });
    expect(clusterOf(undefined, service, { endpoints: { [host]: names }, mesh: testMesh({ dnsRefreshRate: 5000 }) })).toMatchObject({
      type: "STRICT_DNS",
      dns_refresh_rate: "5s",
      respect_dns_ttl: true,
      dns_lookup_family: "V4_PREFERRED",
      load_assignment: {
        cluster_name: `outbound|80||${host}`,
        endpoints: [
          {
            lb_endpoints: [
              { endpoint: { address: { socket_address: { address: "a.example.com", port_value: 443 } } }, load_balancing_weight: 1 },
              { endpoint: { address: { socket_address: { address: "b.example.com", port_value: 8443 } } }, load_balancing_weight: 2 },
            ],
          },
        ],
      },
    });
  });

  describe("that are listed by name, as providers of RPC may register", () => {
    const socket = (address: string): object => ({ endpoint: { address: { socket_address: { address, port_value: 20880 } } } });
    const listed = [
      testEndpoint({ address: "provider-1.acme", port: 20880, labels: { version: "v1" }, variant: "@1.0" }),
      testEndpoint({ address: "10.0.0.1", port: 20880, variant: "@2.0" }),
      testEndpoint({ address: "localhost", port: 20880, health: "unhealthy" }),
      testEndpoint({ address: "no host!", port: 20880 }),
    ];

    test("are looked up, beside those that are addresses", () => {
      expect(clusterOf(undefined, testService(), { endpoints: { [host]: listed } })).toMatchObject({
        type: "STRICT_DNS",
        load_assignment: { endpoints: [{ lb_endpoints: [socket("provider-1.acme"), socket("10.0.0.1")] }] },
      });
    });

    test("make clusters of DNS of all parts of their port, and of no other port", () => {
      const service = testService({
        hostname: "com.acme.Echo",
        ports: [
          { name: "dubbo", number: 20880, protocol: "dubbo" },
          { name: "bolt", number: 12200, protocol: "bolt" },
        ],
        variants: [
          { authority: "com.acme.Echo:1.0", name: "@1.0" },
          { authority: "com.acme.Echo:2.0", name: "@2.0" },
        ],
      });
      const scope = testScope({
        services: [service],
        rules: { "com.acme.Echo": testRule(undefined, [{ name: "v1", labels: { version: "v1" } }]) },
        endpoints: {
          "com.acme.Echo": new Map([
            ["dubbo", listed],
            ["bolt", [testEndpoint()]],
          ]),
        },
        proxy: { dialect: "mosn" },
      });
      const clusters = new Map(clustersOf(scope).map((resource) => [resource.name, jsonOf(resource)]));
      const hosts = (...addresses: readonly string[]): object => ({ endpoints: [{ lb_endpoints: addresses.map(socket) }] });
      for (const [part, assignment] of [
        ["", hosts("provider-1.acme", "10.0.0.1")],
        ["v1", hosts("provider-1.acme")],
        ["@1.0", hosts("provider-1.acme")],
        ["@2.0", hosts("10.0.0.1")],
      ] as const) {
        expect(clusters.get(`outbound|20880|${part}|com.acme.Echo`)).toMatchObject({ type: "STRICT_DNS", load_assignment: assignment });
        expect(clusters.get(`outbound|12200|${part}|com.acme.Echo`)).toMatchObject({ type: "EDS" });
      }
    });

    test("are left out where a cluster cannot look them up: beside a unix socket, and by gRPC", () => {
      const mixed = [...listed, testEndpoint({ address: "/run/app.sock", port: 0 })];
      expect(clusterOf(undefined, testService(), { endpoints: { [host]: mixed } })).toMatchObject({ type: "EDS" });
      expect(clusterOf(undefined, testService(), { endpoints: { [host]: listed }, proxy: { type: "grpc" } })).toMatchObject({
        type: "EDS",
      });
    });

    test.each(["no host!", "10.0.0.300", "a..b", "-a", `${"a".repeat(64)}.b`, "a\0", ""])("are none: %j", (address) => {
      expect(clusterOf(undefined, testService(), { endpoints: { [host]: [testEndpoint({ address })] } })).toMatchObject({ type: "EDS" });
    });
  });

  test("one address at a time needs exactly one name, as Envoy has it", () => {
    const service = testService({ resolution: "dns-round-robin" });
    expect(clusterOf(undefined, service, { endpoints: { [host]: names.slice(0, 1) } })).toMatchObject({ type: "LOGICAL_DNS" });
    expect(clusterOf(undefined, service, { endpoints: { [host]: names } })).toMatchObject({ type: "STRICT_DNS" });
    expect(clusterOf(undefined, service)).toMatchObject({ type: "STRICT_DNS" });
  });

  test("one name is there though its place has no share", () => {
    const service = testService({ resolution: "dns-round-robin" });
    const localityLbSetting = { distribute: [{ from: "r1", to: { r1: 100 } }], failover: [], failoverPriority: [] };
    const proxy = { locality: { region: "r1", zone: "", subZone: "" } };
    const cluster = clusterOf({ loadBalancer: { localityLbSetting } }, service, { proxy, endpoints: { [host]: names.slice(0, 1) } });
    expect(cluster).toMatchObject({ type: "LOGICAL_DNS", load_assignment: { endpoints: [{ lb_endpoints: [{}] }] } });
  });

  test("a sidecar goes where the caller has dialled, a gateway chooses among the endpoints", () => {
    const service = testService({ resolution: "passthrough" });
    expect(clusterOf(undefined, service)).toMatchObject({ type: "ORIGINAL_DST", lb_policy: "CLUSTER_PROVIDED" });
    expect(clusterOf({ loadBalancer: { simple: "PASSTHROUGH" } })).toMatchObject({ type: "ORIGINAL_DST", lb_policy: "CLUSTER_PROVIDED" });
    expect(clusterOf(undefined, service, { proxy: { type: "router" } })).toMatchObject({ type: "EDS", lb_policy: "LEAST_REQUEST" });
  });
});

describe("choosing a host", () => {
  test.each([
    [undefined, { lb_policy: "LEAST_REQUEST" }],
    [{ simple: "LEAST_REQUEST" }, { lb_policy: "LEAST_REQUEST" }],
    [{ simple: "RANDOM" }, { lb_policy: "RANDOM" }],
    [
      { consistentHash: { key: { kind: "sourceIp" }, algorithm: { kind: "ringHash", minimumRingSize: 4096 } } },
      { lb_policy: "RING_HASH", ring_hash_lb_config: { minimum_ring_size: "4096" } },
    ],
    [
      { consistentHash: { key: { kind: "sourceIp" }, algorithm: { kind: "ringHash" } } },
      { lb_policy: "RING_HASH", ring_hash_lb_config: { minimum_ring_size: "1024" } },
    ],
    [
      { consistentHash: { key: { kind: "sourceIp" }, algorithm: { kind: "maglev", tableSize: 65537 } } },
      { lb_policy: "MAGLEV", maglev_lb_config: { table_size: "65537" } },
    ],
  ] as const)("%j", (loadBalancer, expected) => {
    expect(clusterOf(loadBalancer && { loadBalancer })).toMatchObject(expected);
  });

  test("ROUND_ROBIN is Envoy's default", () => {
    expect(clusterOf({ loadBalancer: { simple: "ROUND_ROBIN" } })).not.toHaveProperty("lb_policy");
  });

  test("a warm-up is a slow start of LEAST_REQUEST and ROUND_ROBIN", () => {
    const warmup = { duration: 90_000, minimumPercent: 20, aggression: 2 };
    const slowStart = {
      slow_start_window: "90s",
      min_weight_percent: { value: 20 },
      aggression: { default_value: 2, runtime_key: "upstream.slow_start.aggression" },
    };
    expect(clusterOf({ loadBalancer: { warmup } })).toMatchObject({ least_request_lb_config: { slow_start_config: slowStart } });
    expect(clusterOf({ loadBalancer: { simple: "ROUND_ROBIN", warmup } })).toMatchObject({
      round_robin_lb_config: { slow_start_config: slowStart },
    });
    expect(clusterOf({ loadBalancer: { warmup: { ...warmup, aggression: 1 } } })).not.toHaveProperty(
      "least_request_lb_config.slow_start_config.aggression",
    );
  });

  test("endpoints that ask for a warm-up have one, unless the rule says another", () => {
    const endpoints = { [host]: [testEndpoint({ warmUp: { startedAtMs: 1, durationMs: 600_000 } })] };
    const window = "least_request_lb_config.slow_start_config.slow_start_window";
    expect(clusterOf(undefined, testService(), { endpoints })).toHaveProperty(window, "600s");
    const warmup = { duration: 1000, minimumPercent: 10, aggression: 1 };
    expect(clusterOf({ loadBalancer: { warmup } }, testService(), { endpoints })).toHaveProperty(window, "1s");
  });

  test("the longest warm-up that endpoints ask for holds, up to a day: a provider may say what no proxy accepts", () => {
    const windowOf = (...durations: readonly number[]): unknown => {
      const listed = durations.map((durationMs) => testEndpoint({ warmUp: { startedAtMs: 1, durationMs } }));
      return clusterOf(undefined, testService(), { endpoints: { [host]: listed } });
    };
    const window = "least_request_lb_config.slow_start_config.slow_start_window";
    expect(windowOf(1000, 600_000)).toHaveProperty(window, "600s");
    expect(windowOf(1000, 999_999_999_999_999)).toHaveProperty(window, "86400s");
  });

  test("weights of localities count only where the rule or the mesh deals them out", () => {
    const weighted = "common_lb_config.locality_weighted_lb_config";
    const setting = { distribute: [], failover: [], failoverPriority: [] };
    const outlierDetection = { splitExternalLocalOriginErrors: false, minHealthPercent: 0 };
    const failover = { ...setting, failover: [{ from: "a", to: "b" }] };
    expect(clusterOf({ outlierDetection })).not.toHaveProperty(weighted);
    expect(clusterOf({ loadBalancer: { localityLbSetting: failover } })).not.toHaveProperty(weighted);
    expect(clusterOf({ outlierDetection, loadBalancer: { localityLbSetting: failover } })).toHaveProperty(weighted);
    const localityLbSetting = { ...setting, distribute: [{ from: "a", to: { a: 80, b: 20 } }] };
    expect(clusterOf({ loadBalancer: { localityLbSetting } })).toHaveProperty(weighted);
    expect(clusterOf({ loadBalancer: { localityLbSetting: { ...localityLbSetting, enabled: false } } })).not.toHaveProperty(weighted);
    expect(clusterOf(undefined, testService(), { mesh: testMesh({ localityLbSetting }) })).toHaveProperty(weighted);
  });
});

describe("connections", () => {
  const noLimit = 4_294_967_295;

  test("there is no limit unless one is set, and 0 sets none", () => {
    const limits = {
      max_connections: noLimit,
      max_pending_requests: noLimit,
      max_requests: noLimit,
      max_retries: noLimit,
      track_remaining: true,
    };
    expect(clusterOf(undefined)).toMatchObject({ connect_timeout: "10s", circuit_breakers: { thresholds: [limits] } });
    const connectionPool = {
      tcp: { maxConnections: 1, connectTimeout: 250 },
      http: {
        http1MaxPendingRequests: 2,
        http2MaxRequests: 3,
        maxRetries: 0,
        h2UpgradePolicy: "DEFAULT",
        useClientProtocol: false,
      },
    } as const;
    expect(clusterOf({ connectionPool })).toMatchObject({
      connect_timeout: "0.250s",
      circuit_breakers: { thresholds: [{ max_connections: 1, max_pending_requests: 2, max_requests: 3, max_retries: noLimit }] },
    });
  });

  test("a rule's keep-alive replaces the mesh's field by field", () => {
    const mesh = testMesh({ tcpKeepalive: { time: 60_000, probes: 3 } });
    expect(clusterOf(undefined)).not.toHaveProperty("upstream_connection_options");
    expect(
      clusterOf({ connectionPool: { tcp: { tcpKeepalive: { time: 7_200_000, interval: 75_500 } } } }, testService(), { mesh }),
    ).toMatchObject({
      upstream_connection_options: { tcp_keepalive: { keepalive_probes: 3, keepalive_time: 7200, keepalive_interval: 76 } },
    });
  });

  const poolOf = (http: object, tcp: object = {}): Partial<TrafficPolicy> => ({
    connectionPool: { tcp, http: { h2UpgradePolicy: "DEFAULT", useClientProtocol: false, ...http } },
  });
  const optionsOf = (cluster: unknown): unknown =>
    (cluster as { typed_extension_protocol_options?: Record<string, unknown> }).typed_extension_protocol_options?.[http1];

  test("HTTP/1.1 needs no options", () => {
    expect(clusterOf(undefined)).not.toHaveProperty("typed_extension_protocol_options");
  });

  test("gRPC, HTTP/2 and Triple are HTTP/2", () => {
    for (const protocol of ["grpc", "http2", "tri"] as const) {
      expect(optionsOf(clusterOf(undefined, onPort(protocol)))).toMatchObject({ explicit_http_config: { http2_protocol_options: {} } });
    }
  });

  test("a call is turned into HTTP/2 as the rule says, or for ports of HTTP as the mesh says", () => {
    const h2 = { explicit_http_config: { http2_protocol_options: {} } };
    const mesh = testMesh({ h2UpgradePolicy: "UPGRADE" });
    expect(optionsOf(clusterOf(poolOf({ h2UpgradePolicy: "UPGRADE" }), onPort("tcp")))).toMatchObject(h2);
    expect(optionsOf(clusterOf(undefined, onPort("http"), { mesh }))).toMatchObject(h2);
    expect(optionsOf(clusterOf(undefined, onPort("tcp"), { mesh }))).toBeUndefined();
    expect(optionsOf(clusterOf(poolOf({ h2UpgradePolicy: "DO_NOT_UPGRADE" }), onPort("http"), { mesh }))).toBeUndefined();
  });

  test("streams of HTTP/2 have the rule's limit", () => {
    expect(optionsOf(clusterOf(poolOf({ maxConcurrentStreams: 50 }), onPort("grpc")))).toMatchObject({
      explicit_http_config: { http2_protocol_options: { max_concurrent_streams: 50 } },
    });
  });

  test("hosts are spoken to as the caller speaks where the rule says so, and by sidecars where the protocol is not known", () => {
    const follows = { use_downstream_protocol_config: { http_protocol_options: {}, http2_protocol_options: {} } };
    expect(optionsOf(clusterOf(poolOf({ useClientProtocol: true }), onPort("grpc")))).toMatchObject(follows);
    expect(optionsOf(clusterOf(undefined, onPort("unknown")))).toMatchObject(follows);
    expect(optionsOf(clusterOf(undefined, onPort("unknown"), { proxy: { type: "router" } }))).toBeUndefined();
  });

  test("HTTP's idle time is TCP's where HTTP has none", () => {
    expect(
      optionsOf(clusterOf(poolOf({ maxRequestsPerConnection: 3 }, { idleTimeout: 5000, maxConnectionDuration: 60_000 }))),
    ).toMatchObject({
      common_http_protocol_options: { idle_timeout: "5s", max_connection_duration: "60s", max_requests_per_connection: 3 },
      explicit_http_config: { http_protocol_options: {} },
    });
    expect(optionsOf(clusterOf(poolOf({ idleTimeout: 1000 }, { idleTimeout: 5000 })))).toMatchObject({
      common_http_protocol_options: { idle_timeout: "1s" },
    });
  });
});

describe("outlier detection", () => {
  const none = { splitExternalLocalOriginErrors: false, minHealthPercent: 0 };

  test("a rule that says nothing leaves Envoy's counters, and turns success rates off", () => {
    expect(clusterOf({ outlierDetection: none })).toMatchObject({ outlier_detection: { enforcing_success_rate: 0 } });
    expect(clusterOf(undefined)).not.toHaveProperty("outlier_detection");
  });

  test("counters are enforced where they are set, and off at 0", () => {
    const outlierDetection = {
      ...none,
      consecutive5xxErrors: 7,
      consecutiveGatewayErrors: 0,
      interval: 1500,
      baseEjectionTime: 180_000,
      maxEjectionPercent: 50,
      minHealthPercent: 20,
      splitExternalLocalOriginErrors: true,
      consecutiveLocalOriginFailures: 3,
    };
    expect(clusterOf({ outlierDetection })).toMatchObject({
      outlier_detection: {
        consecutive_5xx: 7,
        enforcing_consecutive_5xx: 100,
        consecutive_gateway_failure: 0,
        enforcing_consecutive_gateway_failure: 0,
        interval: "1.500s",
        base_ejection_time: "180s",
        max_ejection_percent: 50,
        enforcing_success_rate: 0,
        split_external_local_origin_errors: true,
        consecutive_local_origin_failure: 3,
        enforcing_consecutive_local_origin_failure: 100,
        enforcing_local_origin_success_rate: 0,
      },
      common_lb_config: { healthy_panic_threshold: { value: 20 } },
    });
  });

  test("failures of its own count apart only where the rule splits them", () => {
    expect(clusterOf({ outlierDetection: { ...none, consecutiveLocalOriginFailures: 3 } })).not.toHaveProperty(
      "outlier_detection.consecutive_local_origin_failure",
    );
  });
});

describe("TLS", () => {
  const socketOf = (policy: Partial<TrafficPolicy>, service?: MeshService): unknown =>
    (clusterOf(policy, service) as { transport_socket?: unknown }).transport_socket;
  const optionsOf = (policy: Partial<TrafficPolicy>): unknown =>
    (clusterOf(policy) as { typed_extension_protocol_options?: Record<string, unknown> }).typed_extension_protocol_options?.[http1];

  test("DISABLE is plain text", () => {
    expect(socketOf({ tls: { mode: "DISABLE", subjectAltNames: [] } })).toBeUndefined();
  });

  test("the server's name is the request's host where the rule has none, and its certificate has to be for it", () => {
    const policy = { tls: { mode: "SIMPLE", subjectAltNames: [], caCertificates: "/etc/ca.pem" } } as const;
    expect(socketOf(policy)).toMatchObject({
      name: "envoy.transport_sockets.tls",
      typed_config: {
        common_tls_context: {
          tls_params: { tls_minimum_protocol_version: "TLSv1_2", tls_maximum_protocol_version: "TLSv1_3" },
          validation_context: { trusted_ca: { filename: "/etc/ca.pem" } },
        },
      },
    });
    expect(optionsOf(policy)).toMatchObject({ upstream_http_protocol_options: { auto_sni: true, auto_san_validation: true } });
  });

  test("a name that the rule has is sent, and nothing is derived from requests", () => {
    const policy = { tls: { mode: "SIMPLE", subjectAltNames: ["api.acme.com"], sni: "api.acme.com" } } as const;
    expect(socketOf(policy)).toMatchObject({ typed_config: { sni: "api.acme.com" } });
    expect(optionsOf(policy)).toBeUndefined();
  });

  test("without a file the system's authorities count, unless nothing is to be checked", () => {
    const tls = { mode: "SIMPLE", subjectAltNames: ["a.com"] } as const;
    expect(socketOf({ tls })).toHaveProperty(
      "typed_config.common_tls_context.validation_context.trusted_ca.filename",
      "/etc/ssl/certs/ca-certificates.crt",
    );
    expect(socketOf({ tls: { ...tls, insecureSkipVerify: true } })).not.toHaveProperty(
      "typed_config.common_tls_context.validation_context",
    );
    expect(optionsOf({ tls: { mode: "SIMPLE", subjectAltNames: [], insecureSkipVerify: true } })).toMatchObject({
      upstream_http_protocol_options: { auto_sni: true },
    });
  });

  test("MUTUAL shows a certificate; names are compared by their kind, and CRLs are read", () => {
    const tls = {
      mode: "MUTUAL",
      clientCertificate: "/etc/cert.pem",
      privateKey: "/etc/key.pem",
      caCertificates: "/etc/ca.pem",
      caCrl: "/etc/crl.pem",
      subjectAltNames: ["a.com", "spiffe://cluster.local/ns/shop/sa/reviews", "10.0.0.1"],
    } as const;
    expect(socketOf({ tls })).toMatchObject({
      typed_config: {
        common_tls_context: {
          tls_certificates: [{ certificate_chain: { filename: "/etc/cert.pem" }, private_key: { filename: "/etc/key.pem" } }],
          validation_context: {
            crl: { filename: "/etc/crl.pem" },
            match_typed_subject_alt_names: [
              { san_type: "DNS", matcher: { exact: "a.com" } },
              { san_type: "URI", matcher: { exact: "spiffe://cluster.local/ns/shop/sa/reviews" } },
              { san_type: "IP_ADDRESS", matcher: { exact: "10.0.0.1" } },
            ],
          },
        },
      },
    });
  });

  test("the names of a ServiceEntry count where the rule has none", () => {
    const service = testService({ subjectAltNames: ["b.com"] });
    expect(socketOf({ tls: { mode: "SIMPLE", subjectAltNames: [] } }, service)).toHaveProperty(
      "typed_config.common_tls_context.validation_context.match_typed_subject_alt_names",
      [{ san_type: "DNS", matcher: { exact: "b.com" } }],
    );
  });

  test("HTTP/2 is offered where it is spoken", () => {
    const tls = { mode: "SIMPLE", subjectAltNames: [] } as const;
    expect(socketOf({ tls }, onPort("grpc"))).toHaveProperty("typed_config.common_tls_context.alpn_protocols", ["h2"]);
    expect(socketOf({ tls })).not.toHaveProperty("typed_config.common_tls_context.alpn_protocols");
  });

  test("PROXY protocol goes before TLS, or before plain text", () => {
    const proxyProtocol = { version: "V2" } as const;
    const name = "envoy.transport_sockets.upstream_proxy_protocol";
    expect(socketOf({ proxyProtocol })).toMatchObject({
      name,
      typed_config: { config: { version: "V2" }, transport_socket: { name: "envoy.transport_sockets.raw_buffer" } },
    });
    expect(socketOf({ proxyProtocol, tls: { mode: "SIMPLE", subjectAltNames: [] } })).toMatchObject({
      name,
      typed_config: { transport_socket: { name: "envoy.transport_sockets.tls" } },
    });
  });
});

describe("what the proxy is", () => {
  const mosn = { proxy: { dialect: "mosn" } } as const;
  const everything: Partial<TrafficPolicy> = {
    outlierDetection: { splitExternalLocalOriginErrors: false, minHealthPercent: 0 },
    loadBalancer: { consistentHash: { key: { kind: "sourceIp" }, algorithm: { kind: "maglev" } } },
    connectionPool: {
      tcp: { maxConnectionDuration: 1000, tcpKeepalive: { time: 1000 } },
      http: { h2UpgradePolicy: "UPGRADE", useClientProtocol: false, maxRequestsPerConnection: 1 },
    },
  };

  test("mosn is not told what it would refuse", () => {
    const cluster = clusterOf(everything, testService(), mosn);
    expect(cluster).toMatchObject({ type: "EDS", lb_policy: "MAGLEV", outlier_detection: { enforcing_success_rate: 0 } });
    expect(cluster).not.toHaveProperty("upstream_connection_options");
    expect(cluster).toHaveProperty("typed_extension_protocol_options", {
      [http1]: {
        "@type": `type.googleapis.com/${http1}`,
        common_http_protocol_options: { max_requests_per_connection: 1 },
        explicit_http_config: { http_protocol_options: {} },
      },
    });
  });

  test("mosn has no cluster where plain text would go out instead of TLS or PROXY protocol", () => {
    expect(clusterOf({ tls: { mode: "SIMPLE", subjectAltNames: [] } }, testService(), mosn)).toBeUndefined();
    expect(clusterOf({ proxyProtocol: { version: "V1" } }, testService(), mosn)).toBeUndefined();
    expect(clusterOf({ tls: { mode: "DISABLE", subjectAltNames: [] } }, testService(), mosn)).toBeDefined();
  });

  test("mosn follows callers as Envoy does", () => {
    expect(clusterOf(undefined, testService({ resolution: "passthrough" }), mosn)).toMatchObject({ type: "ORIGINAL_DST" });
  });

  test("RPC needs no options", () => {
    expect(clusterOf(everything, onPort("bolt"), mosn)).not.toHaveProperty("typed_extension_protocol_options");
  });

  test("a gRPC library gets what it balances with", () => {
    const grpc = { proxy: { type: "grpc" } } as const;
    expect(clusterOf(undefined, onPort("grpc"), grpc)).not.toHaveProperty("lb_policy");
    expect(clusterOf(undefined, onPort("grpc"), grpc)).not.toHaveProperty("typed_extension_protocol_options");
    expect(clusterOf(everything, onPort("grpc"), grpc)).toMatchObject({ lb_policy: "RING_HASH", outlier_detection: {} });
    const dns = testService({ resolution: "dns" });
    expect(clusterOf(undefined, dns, { ...grpc, endpoints: { [host]: [testEndpoint({ address: "a.com" })] } })).toMatchObject({
      type: "LOGICAL_DNS",
    });
    expect(clusterOf(undefined, dns, grpc)).toBeUndefined();
  });
});

test("the metadata tells what a cluster was made of", () => {
  const rules = { [host]: testRule({ loadBalancer: { simple: "RANDOM" } }, [{ name: "v1" }]) };
  const [whole, subset] = clustersOf(testScope({ services: [testService()], rules })).map(jsonOf);
  const istio = {
    services: [{ host, name: "reviews", namespace: "shop" }],
    config: "/apis/networking.istio.io/v1/namespaces/shop/destination-rule/rule",
  };
  expect(whole).toHaveProperty("metadata.filter_metadata.istio", istio);
  expect(subset).toHaveProperty("metadata.filter_metadata.istio", { ...istio, subset: "v1" });
});
