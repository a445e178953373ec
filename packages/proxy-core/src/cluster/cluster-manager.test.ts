import { describe, expect, test } from "vitest";
import { defaultRegistry, fromJson } from "@mesh/xds-proto";
import { checkMessage, ConfigPath, type ExtensionDescriptor, ExtensionSet, ProblemList, WarningList } from "../config/index.ts";
import { loadBalancerExtensions } from "./balancer/load-balancer.ts";
import { allocatePoolSlot } from "./pool-slot.ts";
import { assignment, eds, lbEndpoint, RecordingPool, scriptedCheck, testClusters } from "./testing.ts";

const httpOptionsName = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";
const httpOptions: ExtensionDescriptor = {
  name: httpOptionsName,
  category: "envoy.upstream_options",
  messageName: httpOptionsName,
  fields: undefined,
};

const compiles = (cluster: object): void => void testClusters([{ load_assignment: assignment(), ...cluster }], { others: [httpOptions] });

describe("the cluster manager", () => {
  test("finds clusters by name", () => {
    const { manager } = testClusters([
      { name: "a", load_assignment: assignment() },
      { name: "b", load_assignment: assignment() },
    ]);
    expect(manager.find("b")?.name).toBe("b");
    expect(manager.find("c")).toBeUndefined();
    const names: string[] = [];
    manager.forEach(({ name }) => names.push(name));
    expect(names).toEqual(["a", "b"]);
  });

  test("counts its clusters", () => {
    const { manager, stat } = testClusters([{ load_assignment: assignment() }]);
    expect([stat("cluster_manager.cluster_added"), stat("cluster_manager.warming_clusters")]).toEqual([1, 1]);
    manager.start();
    expect(stat("cluster_manager.active_clusters")).toBe(0);
  });

  test("is ready when all clusters are", async () => {
    const { manager, stat } = testClusters([{ load_assignment: assignment() }]);
    manager.start();
    await manager.ready();
    expect([stat("cluster_manager.active_clusters"), stat("cluster_manager.warming_clusters")]).toEqual([1, 0]);
  });

  test("drains and closes all pools, and takes the statistics away in the end", () => {
    const { manager, cluster, store } = testClusters([{ load_assignment: assignment("10.0.0.1:80") }]);
    manager.start();
    const [first, second] = [new RecordingPool(), new RecordingPool()];
    const { slot } = allocatePoolSlot();
    cluster().hosts[0]!.pools[slot] = first;
    manager.drain();
    cluster().hosts[0]!.pools[slot] = second;
    manager.close();
    expect([first.calls, second.calls]).toEqual([["drain"], ["close"]]);
    expect(store.snapshot().counters.filter(({ name }) => name.startsWith("cluster.c."))).toEqual([]);
  });

  test("tells everything that is wrong at once", () => {
    const wrong = (): unknown =>
      testClusters([
        { connect_timeout: "0s", load_assignment: assignment() },
        { name: "d", type: "STRICT_DNS" },
        { name: "ok", load_assignment: assignment() },
        { name: "ok" },
      ]);
    expect(wrong).toThrow(
      [
        "static_resources.clusters[0].connect_timeout: must be longer than 0s, is 0s",
        "static_resources.clusters[1].load_assignment: is required",
        'static_resources.clusters[3].name: there is another cluster "ok"',
      ].join("\n"),
    );
  });
});

describe("a cluster's settings", () => {
  const settings = (cluster: object): Record<string, unknown> => {
    const { connectTimeoutMs, bufferLimitBytes, maxRequestsPerConnection, idleTimeoutMs } = testClusters(
      [{ load_assignment: assignment(), ...cluster }],
      {
        others: [httpOptions],
      },
    ).cluster();
    return { connectTimeoutMs, bufferLimitBytes, maxRequestsPerConnection, idleTimeoutMs };
  };

  test("are Envoy's where nothing else is said", () => {
    expect(settings({})).toEqual({
      connectTimeoutMs: 5000,
      bufferLimitBytes: 1_048_576,
      maxRequestsPerConnection: 0,
      idleTimeoutMs: 3_600_000,
    });
  });

  test("come from the cluster and from its HTTP options, which come first", () => {
    const cluster = { connect_timeout: "0.25s", per_connection_buffer_limit_bytes: 1000, max_requests_per_connection: 5 };
    const options = {
      typed_extension_protocol_options: {
        [httpOptionsName]: {
          "@type": `type.googleapis.com/${httpOptionsName}`,
          explicit_http_config: { http_protocol_options: {} },
          common_http_protocol_options: { idle_timeout: "0s", max_requests_per_connection: 7 },
        },
      },
    };
    expect(settings(cluster)).toMatchObject({ connectTimeoutMs: 250, bufferLimitBytes: 1000, maxRequestsPerConnection: 5 });
    expect(settings({ ...cluster, ...options })).toMatchObject({ maxRequestsPerConnection: 7, idleTimeoutMs: 0 });
    const found = testClusters([{ load_assignment: assignment(), ...options }], { others: [httpOptions] })
      .cluster()
      .protocolOptions(httpOptionsName);
    expect(found).toMatchObject({ commonHttpProtocolOptions: { maxRequestsPerConnection: { value: 7 } } });
  });

  test.each([
    [
      "raw_buffer as transport socket",
      {
        transport_socket: {
          name: "raw",
          typed_config: { "@type": "type.googleapis.com/envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer" },
        },
      },
    ],
    ["a priority after the one before", { load_assignment: { endpoints: [{ priority: 1 }, { priority: 0 }] } }],
    ["a gap between priorities", { load_assignment: { endpoints: [{ priority: 2 }, { priority: 0 }] } }],
  ])("may be: %s", (_name, cluster) => {
    expect(() => compiles(cluster)).not.toThrow();
  });

  const check = (http: object): object => ({
    health_checks: [{ ...scriptedCheck, custom_health_check: null, http_health_check: { path: "/", ...http } }],
  });
  test.each([
    [
      "of type ORIGINAL_DST that is to balance",
      { type: "ORIGINAL_DST" },
      "lb_policy: must be CLUSTER_PROVIDED for a cluster of the type ORIGINAL_DST",
    ],
    [
      "of another type that does not say how to balance",
      { lb_policy: "CLUSTER_PROVIDED" },
      "lb_policy: must be CLUSTER_PROVIDED for a cluster of the type ORIGINAL_DST",
    ],
    ["of type EDS with endpoints of its own", { type: "EDS" }, "load_assignment: a cluster of the type EDS gets it from its eds_config"],
    ["of type EDS without a source", { type: "EDS", load_assignment: null }, "eds_cluster_config: is required"],
    [
      "of type EDS in a proxy without sources",
      { ...eds(), load_assignment: null },
      "eds_cluster_config.eds_config: this proxy is composed without configuration sources",
    ],
    [
      "a name in a STATIC cluster",
      { load_assignment: assignment("back.end:80") },
      'endpoints[0].lb_endpoints[0].endpoint.address.socket_address.address: not an IP address: "back.end"; names need',
    ],
    [
      "an endpoint without address",
      { load_assignment: { endpoints: [{ lb_endpoints: [{ endpoint: {} }] }] } },
      "endpoints[0].lb_endpoints[0].endpoint.address: is required",
    ],
    ["a port out of range", { load_assignment: assignment("10.0.0.1:65536") }, "port_value: must be from 0 to 65535"],
    [
      "a weight of 0",
      { load_assignment: { endpoints: [{ lb_endpoints: [lbEndpoint("10.0.0.1:1", { load_balancing_weight: 0 })] }] } },
      "load_balancing_weight: must be 1 or more",
    ],
    [
      "a unix socket in a STRICT_DNS cluster",
      { type: "STRICT_DNS", load_assignment: { endpoints: [{ lb_endpoints: [{ endpoint: { address: { pipe: { path: "/p" } } } }] }] } },
      "address.socket_address: is required",
    ],
    [
      "two names in a LOGICAL_DNS cluster",
      { type: "LOGICAL_DNS", load_assignment: assignment("a:1", "b:1") },
      "load_assignment: LOGICAL_DNS clusters have one endpoint, here are 2",
    ],
    [
      "a failure rate that shrinks",
      { type: "STRICT_DNS", dns_failure_refresh_rate: { base_interval: "2s", max_interval: "1s" } },
      "dns_failure_refresh_rate.max_interval: must not be shorter",
    ],
    ["options of another policy", { least_request_lb_config: {} }, "least_request_lb_config: needs the lb_policy LEAST_REQUEST"],
    ["no policy where one is announced", { lb_policy: "LOAD_BALANCING_POLICY_CONFIG" }, "load_balancing_policy: is required"],
    ["an empty list of policies", { load_balancing_policy: {} }, "load_balancing_policy.policies: is required"],
    [
      "a policy that the proxy lacks",
      {
        load_balancing_policy: {
          policies: [{ typed_extension_config: { typed_config: { "@type": "type.googleapis.com/google.protobuf.Empty" } } }],
        },
      },
      'there is no load balancing policy for "google.protobuf.Empty"',
    ],
    ["one choice", { lb_policy: "LEAST_REQUEST", least_request_lb_config: { choice_count: 1 } }, "choice_count: must be 2 or more"],
    ["two health checks", { health_checks: [scriptedCheck, scriptedCheck] }, "health_checks[1]: a cluster has one health check at most"],
    [
      "a health check without interval",
      { health_checks: [{ ...scriptedCheck, interval: null }] },
      "health_checks[0].interval: is required",
    ],
    ["a health check of no kind", { health_checks: [{ ...scriptedCheck, custom_health_check: null }] }, "health_checks[0]: one of"],
    ["an empty range of statuses", check({ expected_statuses: [{ start: 300, end: 300 }] }), "expected_statuses[0]: an empty range"],
    [
      "a status out of range",
      check({ expected_statuses: [{ start: 99, end: 300 }] }),
      "expected_statuses[0].start: must be from 100 to 599",
    ],
    [
      "a header with a line break",
      check({ request_headers_to_add: [{ header: { key: "a", value: "b\r\nc: d" } }] }),
      "header.value: has a line break",
    ],
    [
      "a header with a command operator",
      check({ request_headers_to_add: [{ header: { key: "a", value: "%START_TIME%" } }] }),
      "command operators are not supported",
    ],
    [
      "a header without a proper name",
      check({ request_headers_to_add: [{ header: { key: ":path", value: "/" } }] }),
      "not the name of a header",
    ],
    ["the host among the headers", check({ request_headers_to_add: [{ header: { key: "Host", value: "a" } }] }), "is set by `host`"],
  ])("may not be: %s", (_name, cluster, message) => {
    expect(() => compiles(cluster)).toThrow(message);
  });
});

describe("the field tables of clusters", () => {
  const problems = (cluster: object): readonly string[] => {
    const message = fromJson("envoy.config.cluster.v3.Cluster", { name: "c", ...cluster });
    const found = new ProblemList();
    const context = { extensions: new ExtensionSet(defaultRegistry(), loadBalancerExtensions), warnings: new WarningList() };
    checkMessage("envoy.config.cluster.v3.Cluster", message, ConfigPath.root, found, context);
    return found.problems.map(({ path }) => path);
  };
  const policy = (name: string, fields: object): object => ({
    load_balancing_policy: {
      policies: [
        {
          typed_extension_config: {
            name: "lb",
            typed_config: { "@type": `type.googleapis.com/envoy.extensions.load_balancing_policies.${name}`, ...fields },
          },
        },
      ],
    },
  });

  test.each([
    ["ring_hash_lb_config.hash_function", { ring_hash_lb_config: { hash_function: "MURMUR_HASH_2" } }],
    [
      "common_lb_config.consistent_hashing_lb_config.hash_balance_factor",
      { common_lb_config: { consistent_hashing_lb_config: { hash_balance_factor: 150 } } },
    ],
    ["lb_subset_config", { lb_subset_config: {} }],
    ["outlier_detection.monitors", { outlier_detection: { monitors: [{}] } }],
    ["common_lb_config.zone_aware_lb_config", { common_lb_config: { zone_aware_lb_config: {} } }],
    ["upstream_bind_config.freebind", { upstream_bind_config: { freebind: true } }],
    ["circuit_breakers.per_host_thresholds", { circuit_breakers: { per_host_thresholds: [{}] } }],
    ["original_dst_lb_config.metadata_key", { original_dst_lb_config: { metadata_key: {} } }],
    [
      "load_balancing_policy.policies[0].typed_extension_config.typed_config.locality_lb_config.zone_aware_lb_config",
      policy("round_robin.v3.RoundRobin", { locality_lb_config: { zone_aware_lb_config: {} } }),
    ],
  ])("refuse what is not there yet: %s", (path, cluster) => {
    expect(problems(cluster)).toEqual([path]);
  });

  test("let pass what is", () => {
    const cluster = {
      type: "LOGICAL_DNS",
      lb_policy: "LEAST_REQUEST",
      wait_for_warm_on_init: false,
      ignore_health_on_host_removal: true,
      common_lb_config: {
        healthy_panic_threshold: { value: 10 },
        ignore_new_hosts_until_first_hc: true,
        close_connections_on_host_set_change: true,
      },
      circuit_breakers: {
        thresholds: [{ track_remaining: true, retry_budget: { budget_percent: { value: 10 }, min_retry_concurrency: 1 } }],
      },
      load_assignment: {
        cluster_name: "c",
        policy: { overprovisioning_factor: 100 },
        endpoints: [{ priority: 0, lb_endpoints: [lbEndpoint("a.test:1", { health_status: "DEGRADED" })] }],
      },
    };
    expect(problems(cluster)).toEqual([]);
    expect(problems(eds("a"))).toEqual([]);
    expect(problems(policy("least_request.v3.LeastRequest", { choice_count: 3, selection_method: "FULL_SCAN" }))).toEqual([]);
  });
});
