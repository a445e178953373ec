import { ConfigPath, type ConfigSourcesContext } from "@mesh/proxy-core";
import { fromJson, packAny } from "@mesh/xds-proto";
import { describe, expect, test } from "vitest";
import { contextOf } from "../test-harness.ts";
import { ControlPlanes } from "./control-planes.ts";
import type { XdsServerOptions } from "@mesh/xds-client";

const path = ConfigPath.of("ads_config");

function open(service: object, context: ConfigSourcesContext = contextOf({}), more: object = {}): XdsServerOptions {
  const message = fromJson("envoy.config.core.v3.ApiConfigSource", {
    api_type: "DELTA_GRPC",
    transport_api_version: "V3",
    grpc_services: [service],
    ...more,
  });
  return new ControlPlanes(context).open(message, path, "ads_config");
}

const socket = (address: string, port: number): object => ({ socket_address: { address, port_value: port } });

function clusterOf(addresses: readonly object[], more: object = {}): object {
  return {
    name: "xds_cluster",
    type: "STATIC",
    load_assignment: {
      cluster_name: "xds_cluster",
      endpoints: [{ lb_endpoints: addresses.map((address) => ({ endpoint: { address } })) }],
    },
    ...more,
  };
}

const withCluster = (...clusters: object[]): ReturnType<typeof contextOf> => contextOf({ static_resources: { clusters } });
const envoy = (more: object = {}): object => ({ envoy_grpc: { cluster_name: "xds_cluster", ...more } });

describe("envoy_grpc", () => {
  test.each([
    ["127.0.0.1:15010", [socket("127.0.0.1", 15010)]],
    ["[::1]:15010", [socket("::1", 15010)]],
    ["istiod.istio-system:15010", [socket("istiod.istio-system", 15010)]],
    ["unix:./etc/istio/proxy/XDS", [{ pipe: { path: "./etc/istio/proxy/XDS" } }]],
    ["ipv4:10.0.0.1:1,10.0.0.2:2", [socket("10.0.0.1", 1), socket("10.0.0.2", 2)]],
    ["ipv6:[::1]:1,[::2]:2", [socket("::1", 1), socket("::2", 2)]],
  ])("is the address %s of its cluster, whose name is the authority", (address, addresses) => {
    const context = withCluster(clusterOf(addresses));
    expect(open(envoy(), context)).toEqual({
      address,
      authority: "xds_cluster",
      connectTimeoutMs: 5000,
      metadata: {},
      protocol: "delta",
      setNodeOnFirstMessageOnly: false,
    });
    expect(context.lines).toEqual([]);
  });

  test("takes the first endpoint of those that gRPC does not take together, the highest priority first, and says so", () => {
    const endpoints = [
      { priority: 1, lb_endpoints: [{ endpoint: { address: socket("10.0.0.1", 1) } }] },
      { lb_endpoints: [{ endpoint: { address: socket("istiod", 2) } }] },
    ];
    const context = withCluster(clusterOf([], { type: "STRICT_DNS", load_assignment: { cluster_name: "xds_cluster", endpoints } }));
    expect(open(envoy(), context).address).toBe("istiod:2");
    expect(context.lines).toEqual([
      "warning xds: ads_config.grpc_services[0].envoy_grpc.cluster_name: " +
        "of cluster xds_cluster only the first endpoint is used, istiod:2: not all are IPv4, or all IPv6",
    ]);
  });

  test("has an authority, a back-off, limits and metadata of its own", () => {
    const retry_policy = { retry_back_off: { base_interval: "0.25s" } };
    const service = {
      ...envoy({ authority: "xds.example", retry_policy, max_receive_message_length: 1000 }),
      initial_metadata: [{ key: "X-Tenant", value: "100%%" }],
    };
    const more = { set_node_on_first_message_only: true, rate_limit_settings: { max_tokens: 5, fill_rate: 0.5 } };
    expect(open(service, withCluster(clusterOf([socket("127.0.0.1", 1)])), more)).toEqual({
      address: "127.0.0.1:1",
      authority: "xds.example",
      backOff: { baseMs: 250, maxMs: 2500 },
      connectTimeoutMs: 5000,
      maxReceiveMessageLength: 1000,
      metadata: { "x-tenant": "100%" },
      protocol: "delta",
      requestRate: { maxTokens: 5, perSecond: 0.5 },
      setNodeOnFirstMessageOnly: true,
    });
  });

  test.each([
    ["1s", 5000],
    ["10.5s", 10_500],
    ["9000000s", 2 ** 31 - 1],
  ])("whose cluster has a connect_timeout of %s gives a connection so long, 5 s at least", (connect_timeout, ms) => {
    const cluster = clusterOf([socket("127.0.0.1", 1)], { connect_timeout });
    expect(open(envoy(), withCluster(cluster)).connectTimeoutMs).toBe(ms);
  });

  const tls = {
    name: "tls",
    typed_config: { "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext" },
  };
  const raw = {
    name: "raw",
    typed_config: { "@type": "type.googleapis.com/envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer" },
  };
  const local = [socket("127.0.0.1", 1)];

  test("may have a plain transport socket", () => {
    expect(open(envoy(), withCluster(clusterOf(local, { transport_socket: raw }))).address).toBe("127.0.0.1:1");
  });

  test.each([
    [clusterOf(local, { name: "other" }), {}, 'cluster_name: there is no cluster "xds_cluster"'],
    [clusterOf(local, { type: "EDS" }), {}, "is of type EDS"],
    [clusterOf(local, { type: undefined, cluster_type: { name: "aggregate" } }), {}, "is of type cluster_type"],
    [clusterOf(local, { transport_socket: tls }), {}, "has a transport socket"],
    [clusterOf([]), {}, "has no endpoint"],
    [clusterOf(local, { connect_timeout: "0s" }), {}, "static_resources.clusters[0].connect_timeout: must be longer than"],
    [clusterOf([{ pipe: { path: "@abstract" } }]), {}, "no address that gRPC connects to"],
    [clusterOf(local), { cluster_name: "" }, "cluster_name: is required"],
    [clusterOf(local), { max_receive_message_length: 0 }, "max_receive_message_length: must be 1 or more"],
    [clusterOf(local), { retry_policy: { retry_back_off: {} } }, "retry_policy.retry_back_off.base_interval: is required"],
    [
      clusterOf(local),
      { retry_policy: { retry_back_off: { base_interval: "2s", max_interval: "1s" } } },
      "max_interval: must not be shorter than base_interval",
    ],
  ])("with %j and %j is refused", (cluster, more, message) => {
    expect(() => open(envoy(more), withCluster(JSON.parse(JSON.stringify(cluster)) as object))).toThrow(message);
  });
});

describe("google_grpc", () => {
  const google = (more: object = {}): object => ({ google_grpc: { target_uri: "istiod:15012", stat_prefix: "xds", ...more } });
  const ssl = (more: object = {}): object => ({ channel_credentials: { ssl_credentials: more } });
  const args = (values: object): object => ({ channel_args: { args: values } });
  const structType = "type.googleapis.com/xds.type.v3.TypedStruct";
  const pluginType = "type.googleapis.com/envoy.config.grpc_credential.v3.FileBasedMetadataConfig";
  const plugin = (value: object, type_url: string = pluginType): object => ({
    call_credentials: [{ from_plugin: { name: "p", typed_config: { "@type": structType, type_url, value } } }],
  });

  test("is its target, in plain text without credentials", () => {
    expect(open(google())).toEqual({ address: "istiod:15012", metadata: {}, protocol: "delta", setNodeOnFirstMessageOnly: false });
  });

  test("has certificates from files and texts, and arguments of channels", () => {
    const credentials = ssl({
      root_certs: { filename: "/ca.pem" },
      cert_chain: { inline_string: "CERT" },
      private_key: { inline_bytes: Buffer.from("KEY").toString("base64") },
    });
    const values = {
      "grpc.ssl_target_name_override": { string_value: "istiod.istio-system.svc" },
      "grpc.default_authority": { string_value: "a" },
      "grpc.keepalive_time_ms": { int_value: 1000 },
      "grpc.keepalive_timeout_ms": { int_value: 2000 },
      "grpc.max_receive_message_length": { int_value: 3000 },
    };
    expect(open(google({ ...credentials, ...args(values) }))).toMatchObject({
      tls: { ca: { file: "/ca.pem" }, certificate: { pem: "CERT" }, key: { pem: "KEY" }, serverName: "istiod.istio-system.svc" },
      authority: "a",
      keepAlive: { timeMs: 1000, timeoutMs: 2000 },
      maxReceiveMessageLength: 3000,
    });
    expect(open(google(ssl()))).toMatchObject({ tls: {} });
  });

  test("has an access token", async () => {
    const { token } = open(google({ ...ssl(), call_credentials: [{ access_token: "t" }] }));
    expect(typeof token === "function" ? await token() : token).toBe("t");
  });

  test("has a token from a plugin beside its initial metadata", async () => {
    const value = { secret_data: { inline_string: "t\n" }, header_prefix: "Bearer " };
    const { metadata } = open({ ...google({ ...ssl(), ...plugin(value) }), initial_metadata: [{ key: "a", value: "b" }] });
    const { authorization, a } = metadata ?? {};
    expect([typeof authorization === "function" ? await authorization() : authorization, a]).toEqual(["Bearer t", "b"]);
  });

  test.each([
    [{ target_uri: "" }, "google_grpc.target_uri: is required"],
    [
      { credentials_factory_name: "envoy.grpc_credentials.aws_iam" },
      "credentials_factory_name: there is no envoy.grpc_credentials.aws_iam",
    ],
    [{ config: { a: 1 } }, "config: is not supported"],
    [{ channel_credentials: { google_default: {} } }, "channel_credentials: only ssl_credentials are supported"],
    [{ channel_credentials: {} }, "channel_credentials: ssl_credentials is required"],
    [ssl({ cert_chain: { inline_string: "C" } }), "cert_chain and private_key go together"],
    [ssl({ root_certs: { environment_variable: "CA" } }), "root_certs.environment_variable: is not supported"],
    [ssl({ root_certs: {} }), "root_certs: one of filename, inline_bytes, inline_string is required"],
    [args({ "grpc.http2.max_pings": { int_value: 1 } }), 'channel_args.args["grpc.http2.max_pings"]: is not supported'],
    [args({ "grpc.keepalive_time_ms": { string_value: "1" } }), 'args["grpc.keepalive_time_ms"]: must have an int_value'],
    [args({ "grpc.default_authority": { int_value: 1 } }), 'args["grpc.default_authority"]: must have a string_value'],
    [args({ "grpc.ssl_target_name_override": { string_value: "x" } }), "a name of the certificate needs ssl_credentials"],
    [{ call_credentials: [{ access_token: "t" }] }, "call_credentials: need channel_credentials.ssl_credentials"],
    [{ ...ssl(), call_credentials: [{ access_token: "" }] }, "call_credentials[0].access_token: is required"],
    [{ ...ssl(), call_credentials: [{ access_token: "t" }, { access_token: "t" }] }, "call_credentials: only one is supported"],
    [{ ...ssl(), call_credentials: [{ google_compute_engine: {} }] }, "call_credentials[0]: must be access_token or from_plugin"],
    [{ ...ssl(), call_credentials: [{ from_plugin: { name: "p" } }] }, "from_plugin.typed_config: is required"],
    [{ ...ssl(), ...plugin({}, "type.googleapis.com/a.B") }, "there is no plugin for a.B"],
    [{ ...ssl(), ...plugin({}) }, "typed_config.value.secret_data: is required"],
    [{ ...ssl(), ...plugin({ secret_data: {} }) }, "secret_data: one of filename"],
    [{ ...ssl(), ...plugin({ secret_data: { file: "x" } }) }, "typed_config.value.secret_data: "],
    [{ ...ssl(), ...plugin({ secret: 1 }) }, "typed_config.value.secret: there is no such field"],
    [{ ...ssl(), ...plugin({ secret_data: { filename: "x" }, header_key: 1 }) }, "value.header_key: must be a string"],
  ])("with %j is refused", (more, message) => {
    expect(() => open(google(more))).toThrow(message);
  });

  test("with a plugin of another message is refused", () => {
    const service = fromJson("envoy.config.core.v3.ApiConfigSource", {
      api_type: "GRPC",
      transport_api_version: "V3",
      grpc_services: [google({ ...ssl(), call_credentials: [{ from_plugin: { name: "p" } }] })],
    });
    const credentials = service.grpcServices[0]?.googleGrpc?.callCredentials[0];
    if (credentials?.fromPlugin) credentials.fromPlugin.typedConfig = packAny("envoy.config.core.v3.Node", {});
    const planes = new ControlPlanes(contextOf({}));
    expect(() => planes.open(service, path, "ads_config")).toThrow("there is no plugin for envoy.config.core.v3.Node");
    if (credentials?.fromPlugin) credentials.fromPlugin.typedConfig = { type_url: pluginType, value: new Uint8Array() };
    expect(() => planes.open(service, path, "ads_config")).toThrow("as an xds.type.v3.TypedStruct");
  });
});

test.each([
  [{ key: "" }, "initial_metadata[0].key: is required"],
  [{ key: "a b" }, 'key: "a b" is not the name of a text'],
  [{ key: "a-bin", value: "x" }, "is not the name of a text"],
  [{ key: "a", raw_value: "eA==" }, "raw_value: is not supported"],
  [{ key: "a", value: "%REQ(x)%" }, "value: command operators are not supported here"],
])("initial metadata %j are refused", (entry, message) => {
  expect(() => open({ google_grpc: { target_uri: "a:1", stat_prefix: "x" }, initial_metadata: [entry] })).toThrow(message);
});

test("metadata that are there twice are refused, and so are retries of google_grpc", () => {
  const service = { google_grpc: { target_uri: "a:1", stat_prefix: "x" } };
  const initial_metadata = [{ key: "a" }, { key: "A" }];
  expect(() => open({ ...service, initial_metadata })).toThrow('initial_metadata[1].key: "A" is there twice');
  expect(() => open({ ...service, retry_policy: { num_retries: 1 } })).toThrow("retry_policy: is not supported");
  expect(() => open({})).toThrow("grpc_services[0]: one of envoy_grpc, google_grpc is required");
});
