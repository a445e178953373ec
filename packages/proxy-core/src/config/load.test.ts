import { defaultRegistry, fromJson } from "@mesh/xds-proto";
import { describe, expect, test } from "vitest";
import { ExtensionSet } from "./extensions.ts";
import { loadBootstrap, mergeBootstrap, type BootstrapSource } from "./load.ts";
import { isConfigError } from "./problems.ts";
import { describeExtension } from "./testing.ts";

const manager = "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";
const fault = "envoy.extensions.filters.http.fault.v3.HTTPFault";
const stdout = "envoy.extensions.access_loggers.stream.v3.StdoutAccessLog";
const extensions = new ExtensionSet(defaultRegistry(), [
  describeExtension("envoy.filters.network.http_connection_manager", "envoy.filters.network", manager),
  {
    ...describeExtension("envoy.filters.http.fault", "envoy.filters.http", fault),
    perRoute: describeExtension("", "envoy.filters.http", fault),
  },
  describeExtension("envoy.access_loggers.stdout", "envoy.access_loggers", stdout),
]);

const load = (text: string, options: Partial<Omit<BootstrapSource, "text">> & { override?: BootstrapSource } = {}) =>
  loadBootstrap(text, { fileName: "a.yaml", extensions, ...options });

/** The lines of the error. */
function refusal(text: string, options: Parameters<typeof load>[1] = {}): readonly string[] {
  try {
    load(text, options);
  } catch (error) {
    if (!isConfigError(error)) throw error;
    return error.message.split("\n");
  }
  throw new Error("the configuration was taken");
}

const listener = (lines: readonly string[]): string =>
  [
    "static_resources:",
    "  listeners:",
    "  - name: in",
    "    address: {socket_address: {address: 127.0.0.1, port_value: 0}}",
    "    filter_chains:",
    "    - filters:",
    "      - name: http",
    "        typed_config:",
    `          "@type": type.googleapis.com/${manager}`,
    "          stat_prefix: in",
    "          route_config: {name: r}",
    ...lines.map((line) => `          ${line}`),
  ].join("\n");
const inListener = "static_resources.listeners[0].filter_chains[0].filters[0].typed_config";

describe("a bootstrap", () => {
  test("is read from YAML and from JSON, in snake case and in camel case, to the same message", () => {
    const snake = { node: { id: "a" }, static_resources: { clusters: [{ name: "c", connect_timeout: "0.25s", lb_policy: "RANDOM" }] } };
    const camel = { node: { id: "a" }, staticResources: { clusters: [{ name: "c", connectTimeout: "0.25s", lbPolicy: "RANDOM" }] } };
    const yaml = "node: {id: a}\nstatic_resources:\n  clusters:\n  - name: c\n    connectTimeout: 0.25s\n    lb_policy: RANDOM";
    const bootstraps = [
      load(JSON.stringify(snake), { fileName: "a.json" }),
      load(JSON.stringify(camel), { format: "json" }),
      load(JSON.stringify(camel)),
      load(yaml),
    ].map(({ bootstrap }) => bootstrap);
    for (const bootstrap of bootstraps) expect(bootstrap).toEqual(bootstraps[0]);
    expect(bootstraps[0]?.staticResources?.clusters[0]?.connectTimeout?.nanos).toBe(250_000_000);
  });

  test("may be empty, but not nothing", () => {
    expect(load("{}").warnings).toEqual([]);
    expect(refusal("# nothing")).toEqual(["a.yaml:1:1: is empty"]);
    expect(refusal("[1]")).toEqual(["a.yaml:1:1: expected an object (envoy.config.bootstrap.v3.Bootstrap), got [1]"]);
  });

  test("may have empty values, which stand for absent ones", () => {
    expect(load("admin:\nnode: {id: a, cluster: ~}").bootstrap.admin).toBeNull();
  });

  test("tells the places of its paths for what finds problems later", () => {
    const { locate } = load(listener([]));
    expect(locate(`${inListener}.route_config.name`)).toEqual({ file: "a.yaml", line: 11, column: 26 });
    expect(locate(`${inListener}.http_filters`)).toEqual({ file: "a.yaml", line: 8, column: 9 });
  });

  test("without a file has problems without places", () => {
    expect(refusal('{"admin": {"address": {}}, "node": {"id": 1, "id": 2}}', { fileName: "", format: "json" })).toEqual([
      "node.id: is given twice",
      "node.id: expected a string, got 1; put it in quotes",
      "admin.address: one of socket_address, pipe is required",
    ]);
    expect(load("{}", { fileName: "" }).locate("admin")).toBeUndefined();
  });

  test("warns once of each field that is ignored", () => {
    const { warnings } = load("stats_flush_interval: 5s\nwatchdogs: {}\nnode: {user_agent_name: x}");
    expect(warnings).toEqual([
      { path: "node.user_agent_name", message: "is ignored: the proxy fills it in itself", file: "a.yaml", line: 3, column: 8 },
      expect.objectContaining({ path: "stats_flush_interval", line: 1 }),
      expect.objectContaining({ path: "watchdogs", line: 2 }),
    ]);
  });
});

describe("a refusal", () => {
  test("of an unknown field has its line and a better name", () => {
    expect(refusal('admin: {"\\e[2J": 1}')).toEqual([expect.stringContaining(String.raw`a.yaml:1:9: admin["\u001b[2J"]: envoy.config`)]);
    const line = `${inListener}.stat_prefixx: ${manager} has no field "stat_prefixx": did you mean stat_prefix?`;
    expect(refusal(listener(["stat_prefixx: a"]))).toEqual([`a.yaml:12:11: ${line}`]);
    expect(refusal(listener(["streamIdleTimeOut: 1s"]))[0]).toMatch(/did you mean stream_idle_timeout\?$/);
  });

  test("has the line in JSON as well, whatever the spelling", () => {
    const json = ['{"staticResources": {"clusters": [', '{"name": "c",', ' "connectTimeOut": "1s",', ' "lbPolicy": "RANDOMLY"}]}}'].join(
      "\n",
    );
    expect(refusal(json, { fileName: "a.json" })).toEqual([
      'a.json:3:2: static_resources.clusters[0].connectTimeOut: envoy.config.cluster.v3.Cluster has no field "connectTimeOut": did you mean connect_timeout?',
      'a.json:4:2: static_resources.clusters[0].lb_policy: "RANDOMLY" is no value of envoy.config.cluster.v3.Cluster.LbPolicy: did you mean RANDOM?',
    ]);
  });

  test("of values says what is expected", () => {
    const cluster = [
      "static_resources:",
      "  clusters:",
      "  - name: 5",
      "    connect_timeout: 1 minute",
      "    respect_dns_ttl: maybe",
      "    per_connection_buffer_limit_bytes: -1",
      "    type: 99",
      "    metadata: {filter_metadata: {a: [1]}}",
      "    health_checks: {}",
      "    typed_extension_protocol_options: [1]",
      "    load_assignment: text",
    ];
    const at = "static_resources.clusters[0]";
    expect(refusal(cluster.join("\n"))).toEqual([
      `a.yaml:3:5: ${at}.name: expected a string, got 5; put it in quotes`,
      `a.yaml:4:5: ${at}.connect_timeout: expected a duration in seconds such as "15s" or "0.25s", got "1 minute"`,
      `a.yaml:5:5: ${at}.respect_dns_ttl: expected true or false, got "maybe"`,
      `a.yaml:6:5: ${at}.per_connection_buffer_limit_bytes: expected an integer from 0 to 4294967295, got -1`,
      expect.stringContaining(`a.yaml:7:5: ${at}.type: 99 is no value of envoy.config.cluster.v3.Cluster.DiscoveryType`),
      `a.yaml:8:34: ${at}.metadata.filter_metadata["a"]: expected an object, got [1]`,
      `a.yaml:9:5: ${at}.health_checks: expected a list, got {}`,
      `a.yaml:10:5: ${at}.typed_extension_protocol_options: expected an object, got [1]`,
      `a.yaml:11:5: ${at}.load_assignment: expected an object (envoy.config.endpoint.v3.ClusterLoadAssignment), got "text"`,
    ]);
  });

  test("of elements of lists leaves the others where they are", () => {
    const text = [
      "static_resources:",
      "  clusters:",
      "  -",
      "  - 1",
      "  - name: c",
      "    lb_subset_config: {}",
      "    lrs_report_endpoint_metrics: [a, 1]",
    ];
    expect(refusal(text.join("\n"))).toEqual([
      "a.yaml:3:4: static_resources.clusters[0]: is empty",
      "a.yaml:4:5: static_resources.clusters[1]: expected an object (envoy.config.cluster.v3.Cluster), got 1",
      "a.yaml:6:5: static_resources.clusters[2].lb_subset_config: is not supported: not there yet",
      "a.yaml:7:5: static_resources.clusters[2].lrs_report_endpoint_metrics: is not supported: not there yet",
      "a.yaml:7:38: static_resources.clusters[2].lrs_report_endpoint_metrics[1]: expected a string, got 1; put it in quotes",
    ]);
  });

  test("of fields given twice, in one spelling or in both", () => {
    expect(refusal(listener(["xff_num_trusted_hops: 1", "xffNumTrustedHops: 2", "server_name: a", "server_name: b"]))).toEqual([
      `a.yaml:13:11: ${inListener}.xff_num_trusted_hops: is given twice, as xff_num_trusted_hops and xffNumTrustedHops: remove one`,
      `a.yaml:15:11: ${inListener}.server_name: is given twice: first in line 14`,
    ]);
  });

  test("of two members of a oneof", () => {
    expect(refusal("admin: {address: {pipe: {path: a}, socketAddress: {address: a, port_value: 1}}}")).toEqual([
      "a.yaml:1:36: admin.address.socket_address: only one of socket_address, pipe, envoy_internal_address may be set, and pipe is: remove one",
    ]);
  });

  test("of what is missing or not supported", () => {
    const log = [
      "access_log:",
      "- typed_config:",
      `    "@type": type.googleapis.com/${stdout}`,
      "    log_format:",
      "      omit_empty_values: true",
      "codec_type: HTTP2",
    ];
    expect(refusal(listener(log))).toEqual([
      `a.yaml:15:15: ${inListener}.access_log[0].typed_config.log_format: one of text_format, json_format, text_format_source is required`,
      `a.yaml:17:11: ${inListener}.codec_type: HTTP2 is not supported: use AUTO or HTTP1`,
    ]);
  });

  test("of what could not be read does not say that it is missing", () => {
    expect(refusal("admin: {address: {socket_address: {address: 1, port_value: x}}}")).toEqual([
      "a.yaml:1:36: admin.address.socket_address.address: expected a string, got 1; put it in quotes",
      'a.yaml:1:48: admin.address.socket_address.port_value: expected an integer from 0 to 4294967295, got "x"',
    ]);
    expect(refusal("admin: {address: {socket_address: 5}}")).toEqual([
      "a.yaml:1:19: admin.address.socket_address: expected an object (envoy.config.core.v3.SocketAddress), got 5",
    ]);
  });

  test("of types in an Any", () => {
    const filters = (...types: readonly string[]): string =>
      listener(["http_filters:", ...types.flatMap((type) => ["- name: f", "  typed_config:", `    ${type}`])]);
    const filter = (index: number): string => `${inListener}.http_filters[${index}].typed_config`;
    const lines = refusal(
      filters(
        '"@type": type.googleapis.com/acme.Nothing',
        '"@type": nonsense',
        "a: 1",
        '"@type": x/envoy.extensions.filters.http.lua.v3.Lua',
      ),
    );
    expect(lines).toEqual([
      `a.yaml:15:15: ${filter(0)}: there is no stream filter for "acme.Nothing": this proxy has envoy.filters.http.fault (${fault})`,
      expect.stringMatching(/^a\.yaml:18:15: .*\[1\]\.typed_config: set "@type" to a type URL such as .*; got "nonsense"$/),
      expect.stringMatching(/^a\.yaml:20:13: .*\[2\]\.typed_config: set "@type" to a type URL such as .*; it is missing$/),
      expect.stringMatching(
        /^a\.yaml:23:13: .*\[3\]\.typed_config: there is no stream filter for "envoy\.extensions\.filters\.http\.lua\.v3\.Lua"/,
      ),
    ]);
    expect(refusal('static_resources: {clusters: [{name: a, metadata: {typed_filter_metadata: {a: {"@type": x/acme.A}}}}]}')).toEqual([
      expect.stringContaining('metadata.typed_filter_metadata["a"]: there is no message "acme.A"'),
    ]);
  });

  test("of well-known types in an Any", () => {
    const metadata = (value: string): string =>
      `static_resources: {clusters: [{name: a, metadata: {typed_filter_metadata: {a: {"@type": x/google.protobuf.Duration, value: ${value}}}}}]}`;
    expect(refusal(metadata("soon"))).toEqual([
      expect.stringMatching(/^a\.yaml:1:76: .*\.typed_filter_metadata\["a"\]: expected a duration in seconds/),
    ]);
    expect(load(metadata("1s")).warnings).toHaveLength(1);
  });

  test("of messages that are nested too deep to be decoded", () => {
    const depth = 120;
    const filter = `${"{and_filter: {filters: [".repeat(depth)}{traceable_filter: {}}${"]}}".repeat(depth)}`;
    expect(refusal(`admin: {access_log: [{filter: ${filter}}]}`)[0]).toMatch(
      /: is nested deeper than 200 levels$|: messages are nested deeper than 100$/,
    );
    const metadata = `${"{a: ".repeat(150)}1${"}".repeat(150)}`;
    expect(refusal(`node: {metadata: ${metadata}}`)[0]).toMatch(/^a\.yaml:1:8: node\.metadata: /);
  });

  test("reaches into TypedStructs and into what routes configure", () => {
    const lines = [
      "http_filters:",
      "- name: f",
      "  typed_config:",
      '    "@type": type.googleapis.com/xds.type.v3.TypedStruct',
      `    typeUrl: type.googleapis.com/${fault}`,
      "    value:",
      "      delay: {fixed_delay: soon}",
      "      abortt: {}",
      "      filterMetadata: {}",
    ];
    const at = `${inListener}.http_filters[0].typed_config.value`;
    expect(refusal(listener(lines))).toEqual([
      `a.yaml:18:25: ${at}.delay.fixed_delay: expected a duration in seconds such as "15s" or "0.25s", got "soon"`,
      `a.yaml:19:17: ${at}.abortt: ${fault} has no field "abortt": did you mean abort?`,
      `a.yaml:20:17: ${at}.filter_metadata: is not supported: not there yet`,
    ]);
  });

  test("tells places through aliases: that of the value, where it is defined", () => {
    const text = ["static_resources:", "  clusters:", "  - &c", "    name: a", "    bogus: 1", "  - *c"];
    expect(refusal(text.join("\n")).map((line) => line.replace(/bogus: envoy.*/, "bogus"))).toEqual([
      "a.yaml:5:5: static_resources.clusters[0].bogus",
      "a.yaml:5:5: static_resources.clusters[1].bogus",
    ]);
  });

  test("of text that is no document is only that", () => {
    expect(refusal("admin: [1\nx: {")).toEqual([expect.stringMatching(/^a\.yaml:2:1: /), expect.anything()]);
    expect(refusal('{"admin": }', { fileName: "a.json" })).toEqual(["a.json:1:11: is no JSON: a value is expected, not }"]);
  });

  test("goes on to the messages where only a key is wrong", () => {
    expect(refusal("node: {id: a, id: b, nonsense: 1}").map((line) => line.slice(0, 40))).toEqual([
      "a.yaml:1:15: node.id: is given twice: fi",
      "a.yaml:1:22: node.nonsense: envoy.config",
    ]);
  });

  test("of MOSN's own configuration is one clear message", () => {
    const message = [expect.stringMatching(/^mosn\.json:1:1: this is a configuration of MOSN's own.*write it as an Envoy v3 bootstrap/)];
    expect(refusal('{"servers": [{"mosn_server_name": "a"}], "cluster_manager": {}}', { fileName: "mosn.json" })).toEqual(message);
    expect(refusal('{"cluster_manager": {"clusters": []}, "admin": {"address": {}}}', { fileName: "mosn.json" })).toEqual(message);
    expect(refusal("cluster_manager: {local_cluster_name: a}")).toEqual([expect.stringContaining("cluster_manager: is not supported")]);
  });
});

describe("two configurations", () => {
  const override = (text: string) => ({ override: { text, fileName: "--config-yaml" } });

  test("are merged as protobuf merges messages", () => {
    const base =
      "node: {id: a, cluster: b, metadata: {x: 1}}\nstatic_resources: {clusters: [{name: c}]}\nadmin: {address: {pipe: {path: p}}}";
    const over =
      "node: {id: z}\nstatic_resources: {clusters: [{name: d}]}\nadmin: {address: {socket_address: {address: a, port_value: 1}}}";
    const { bootstrap } = load(base, override(over));
    expect(bootstrap.node).toMatchObject({ id: "z", cluster: "b" });
    expect(bootstrap.node?.metadata?.fields).toHaveProperty("x");
    expect(bootstrap.staticResources?.clusters.map(({ name }) => name)).toEqual(["c", "d"]);
    expect(bootstrap.admin?.address?.address).toBe("socketAddress");
    expect(bootstrap.admin?.address?.pipe).toBeNull();
  });

  test("have their problems told with their own names and lines", () => {
    const base = "static_resources:\n  clusters:\n  - name: c\n    typo: 1";
    const over = "static_resources:\n  clusters:\n  - protocol_selection: USE_DOWNSTREAM_PROTOCOL\n    name: d";
    expect(refusal(base, override(over))).toEqual([
      expect.stringContaining("a.yaml:4:5: static_resources.clusters[0].typo: "),
      expect.stringContaining(
        "--config-yaml:3:5: static_resources.clusters[1].protocol_selection: USE_DOWNSTREAM_PROTOCOL is not supported: use USE_CONFIGURED",
      ),
    ]);
  });

  test("may complete each other", () => {
    const { bootstrap } = load(
      "admin: {address: {socket_address: {address: a}}}",
      override("admin: {address: {socket_address: {port_value: 1}}}"),
    );
    expect(bootstrap.admin?.address?.socketAddress).toMatchObject({ address: "a", portValue: 1 });
  });

  test("that are decoded are merged as well", () => {
    const name = "envoy.config.bootstrap.v3.Bootstrap";
    const merged = mergeBootstrap(fromJson(name, { node: { id: "a" } }), fromJson(name, { node: { cluster: "b" } }), defaultRegistry());
    expect(merged).toEqual(fromJson(name, { node: { id: "a", cluster: "b" } }));
  });
});
