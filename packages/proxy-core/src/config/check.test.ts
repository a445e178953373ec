import { createMessage, createTypeRegistry, defaultRegistry, encodeMessage, fromJson, packAny, type MessageName } from "@mesh/xds-proto";
import { describe, expect, test } from "vitest";
import { checkMessage, WarningList, type CheckContext } from "./check.ts";
import type { ExtensionCategory } from "./categories.ts";
import { ExtensionSet, type ExtensionDescriptor } from "./extensions.ts";
import { defineFields, rejected } from "./fields.ts";
import { ConfigPath } from "./path.ts";
import { formatProblem, ProblemList } from "./problems.ts";
import { describeExtension } from "./testing.ts";

const router = "envoy.extensions.filters.http.router.v3.Router";
const fault = "envoy.extensions.filters.http.fault.v3.HTTPFault";
const manager = "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";
const faultFilter = describeExtension("envoy.filters.http.fault", "envoy.filters.http", fault);
const extensions = new ExtensionSet(defaultRegistry(), [
  {
    ...describeExtension("envoy.filters.http.router", "envoy.filters.http", router),
    fields: defineFields(router, { dynamic_stats: rejected("no") }),
  },
  { ...faultFilter, perRoute: faultFilter },
  describeExtension("envoy.filters.network.http_connection_manager", "envoy.filters.network", manager),
  describeExtension("acme.audit", "envoy.filters.http", "acme.Audit"),
]);

function check(name: MessageName, message: object, context: Partial<CheckContext> = {}): { problems: string[]; warnings: string[] } {
  const problems = new ProblemList();
  const warnings = new WarningList();
  checkMessage(name, message, ConfigPath.of("it"), problems, { extensions, warnings, ...context });
  return { problems: problems.problems.map(formatProblem), warnings: warnings.warnings.map(formatProblem) };
}

const checkJson = (name: MessageName, json: object): { problems: string[]; warnings: string[] } => check(name, fromJson(name, json));

const httpFilter = "envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter";
const any = (type: string, fields: object = {}): object => ({ "@type": `type.googleapis.com/${type}`, ...fields });

describe("a message", () => {
  test("with a field that is rejected is refused with the reason", () => {
    expect(checkJson("envoy.config.cluster.v3.Cluster", { name: "a", lb_subset_config: {} }).problems).toEqual([
      "it.lb_subset_config: is not supported: not there yet",
    ]);
  });

  test("with a field that is ignored is taken with one warning, however often the field is there", () => {
    const route = { match: { prefix: "/" }, direct_response: { status: 200 }, decorator: { operation: "a" } };
    const { problems, warnings } = checkJson("envoy.config.route.v3.VirtualHost", { name: "a", domains: ["*"], routes: [route, route] });
    expect(problems).toEqual([]);
    expect(warnings).toEqual(["it.routes[0].decorator: is ignored: without tracing it has nothing to act on"]);
  });

  test("without what it must have is refused", () => {
    expect(checkJson("envoy.config.core.v3.Pipe", {}).problems).toEqual(["it.path: is required"]);
    expect(checkJson("envoy.config.route.v3.VirtualHost", { name: "a" }).problems).toEqual(["it.domains: is required"]);
    expect(checkJson("envoy.config.core.v3.Address", {}).problems).toEqual(["it: one of socket_address, pipe is required"]);
    expect(checkJson("envoy.config.core.v3.SocketAddress", { address: "::" }).problems).toEqual(["it: port_value is required"]);
  });

  test("with a port of 0, or another default in a oneof, has it", () => {
    expect(checkJson("envoy.config.core.v3.SocketAddress", { address: "::", port_value: 0 }).problems).toEqual([]);
    expect(checkJson("envoy.config.route.v3.RouteMatch", { prefix: "" }).problems).toEqual([]);
  });

  test("may be read differently in one place than in others", () => {
    const options = { max_headers_count: 5, idle_timeout: "1s" };
    const upstream = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";
    expect(checkJson(manager, { stat_prefix: "a", route_config: {}, common_http_protocol_options: options }).problems).toEqual([]);
    expect(
      checkJson(upstream, { explicit_http_config: { http_protocol_options: {} }, common_http_protocol_options: options }).problems,
    ).toEqual([expect.stringContaining("it.common_http_protocol_options.max_headers_count: is not supported: ")]);
  });

  test("with a default value where that is no different from none is taken", () => {
    const match = { destination_port: 80, address_suffix: "", server_names: [] };
    expect(checkJson("envoy.config.listener.v3.FilterChainMatch", match).problems).toEqual([]);
  });

  test("may restrict the values of an enumeration", () => {
    expect(checkJson("envoy.config.core.v3.SocketAddress", { address: "::", port_value: 1, protocol: "UDP" }).problems).toEqual([
      "it.protocol: UDP is not supported: use TCP",
    ]);
    expect(checkJson("envoy.config.core.v3.ApiConfigSource", { api_type: "REST", transport_api_version: "V3" }).problems).toContainEqual(
      expect.stringMatching(/^it\.api_type: REST is not supported: use GRPC, DELTA_GRPC, .* or AGGREGATED_DELTA_GRPC$/),
    );
  });

  test("that is binary may have values and fields that the descriptor does not", () => {
    const cluster = createMessage("envoy.config.cluster.v3.Cluster", { name: "a" });
    const future = Buffer.concat([encodeMessage("envoy.config.cluster.v3.Cluster", cluster), Buffer.from([0x30, 0x63, 0xc8, 0x3e, 1])]);
    const decoded = defaultRegistry().decodeMessage("envoy.config.cluster.v3.Cluster", future);
    const newer = "it: envoy.config.cluster.v3.Cluster has no field with the number 1001: a newer version of it was sent";
    expect(check("envoy.config.cluster.v3.Cluster", decoded)).toEqual({
      problems: [newer, "it.lb_policy: envoy.config.cluster.v3.Cluster.LbPolicy has no value 99"],
      warnings: [],
    });
    expect(check("envoy.config.cluster.v3.Cluster", decoded, { unknownFields: "warning" }).warnings).toEqual([newer]);
  });

  test("tells everything that is wrong, with the index or key where it is", () => {
    const virtualHost = {
      name: "a",
      domains: ["*"],
      cors: {},
      routes: [{ match: { prefix: "/", tls_context: {} }, route: { cluster: "a", typed_per_filter_config: undefined } }, {}],
      typed_per_filter_config: { "a.b": any(fault, { filter_metadata: {} }) },
    };
    expect(
      checkJson("envoy.config.route.v3.VirtualHost", JSON.parse(JSON.stringify(virtualHost))).problems.map((text) =>
        text.replace(/: is .*/, ""),
      ),
    ).toEqual([
      "it.routes[0].match.tls_context",
      "it.routes[1].match",
      "it.routes[1]: one of route, redirect, direct_response is required",
      "it.cors",
      'it.typed_per_filter_config["a.b"].filter_metadata',
    ]);
  });

  test("of which something is known to be wrong is not said to lack it", () => {
    const isReported = (path: string): boolean => path === "it.path" || path === "it.socket_address";
    expect(check("envoy.config.core.v3.Pipe", createMessage("envoy.config.core.v3.Pipe"), { isReported }).problems).toEqual([]);
    expect(check("envoy.config.core.v3.Address", createMessage("envoy.config.core.v3.Address"), { isReported }).problems).toEqual([]);
  });
});

describe("an Any", () => {
  test("is checked as the extension that it configures", () => {
    expect(checkJson(httpFilter, { name: "r", typed_config: any(router, { dynamic_stats: false }) }).problems).toEqual([
      "it.typed_config.dynamic_stats: is not supported: no",
    ]);
  });

  test("of no extension that the proxy has is refused with those that it has", () => {
    expect(checkJson(httpFilter, { name: "r", typed_config: any("envoy.extensions.filters.http.lua.v3.Lua") }).problems).toEqual([
      `it.typed_config: there is no stream filter for "envoy.extensions.filters.http.lua.v3.Lua": this proxy has ` +
        `envoy.filters.http.router (${router}), envoy.filters.http.fault (${fault}), acme.audit (acme.Audit)`,
    ]);
    expect(
      checkJson("envoy.config.accesslog.v3.AccessLog", { typed_config: any("google.protobuf.Duration", { value: "1s" }) }).problems,
    ).toEqual(['it.typed_config: there is no access logger for "google.protobuf.Duration": this proxy has none']);
  });

  test("of an extension of another kind is refused", () => {
    expect(checkJson(httpFilter, { name: "r", typed_config: any(manager) }).problems[0]).toMatch(
      /^it\.typed_config: there is no stream filter for/,
    );
  });

  test("of an unknown filter that is optional is left out with a warning", () => {
    const filter = { name: "r", is_optional: true, typed_config: any("envoy.extensions.filters.http.lua.v3.Lua") };
    const { problems, warnings } = checkJson(httpFilter, filter);
    expect(problems).toEqual([]);
    expect(warnings).toEqual([expect.stringMatching(/^it\.typed_config: is left out, being optional: there is no stream filter/)]);
  });

  test("in the configuration of a route may wrap that of the filter", () => {
    const wrap = (wrapped: object): object => ({ typed_per_filter_config: { f: any("envoy.config.route.v3.FilterConfig", wrapped) } });
    expect(checkJson("envoy.config.route.v3.RouteConfiguration", wrap({ disabled: true })).problems).toEqual([]);
    expect(checkJson("envoy.config.route.v3.RouteConfiguration", wrap({ config: any(fault, { filter_metadata: {} }) })).problems).toEqual([
      'it.typed_per_filter_config["f"].config.filter_metadata: is not supported: not there yet',
    ]);
    expect(checkJson("envoy.config.route.v3.RouteConfiguration", wrap({ config: any(router) })).problems[0]).toMatch(
      /^it\.typed_per_filter_config\["f"\]\.config: there is no stream filter that routes can configure for/,
    );
    expect(checkJson("envoy.config.route.v3.RouteConfiguration", wrap({ is_optional: true, config: any(router) }))).toEqual({
      problems: [],
      warnings: [expect.stringMatching(/is left out, being optional/)],
    });
  });

  test("with bytes that are not its message is refused", () => {
    const broken = createMessage("google.protobuf.Any", { type_url: `type.googleapis.com/${fault}`, value: Buffer.from([0x0a, 0xff]) });
    const filter = createMessage(httpFilter, { name: "a", typedConfig: broken });
    expect(check(httpFilter, filter).problems[0]).toMatch(
      /^it\.typed_config: 2 bytes are no envoy\.extensions\.filters\.http\.fault\.v3\.HTTPFault/,
    );
  });

  test("where no extension stands is left as it is", () => {
    const set = new ExtensionSet(defaultRegistry(), []);
    const log = createMessage("envoy.service.discovery.v3.DiscoveryResponse", { resources: [packAny(httpFilter, {})] });
    expect(check("envoy.service.discovery.v3.DiscoveryResponse", log, { extensions: set })).toEqual({ problems: [], warnings: [] });
  });
});

describe("a message that holds an extension of whatever is around it, standing by itself,", () => {
  const typed = "envoy.config.core.v3.TypedExtensionConfig";
  const checkAs = (config: object, category?: ExtensionCategory): string[] => {
    const problems = new ProblemList();
    const message = fromJson(typed, { name: "f", typed_config: config });
    checkMessage(typed, message, ConfigPath.root, problems, { extensions, warnings: new WarningList() }, category);
    return problems.problems.map(formatProblem);
  };

  test("is checked as the extension of the category that is named", () => {
    expect(checkAs(any(fault, { filter_metadata: {} }), "envoy.filters.http")).toEqual([
      "typed_config.filter_metadata: is not supported: not there yet",
    ]);
    expect(checkAs(any(manager), "envoy.filters.http")[0]).toMatch(/^typed_config: there is no stream filter for/);
    expect(checkAs(any(fault), "envoy.filters.http")).toEqual([]);
  });

  test("is left to whoever reads it where none is", () => {
    expect(checkAs(any(manager))).toEqual([]);
  });
});

describe("a TypedStruct", () => {
  const struct = (type: string, value: object, name = "xds.type.v3.TypedStruct"): object => ({
    name: "f",
    typed_config: any(name, { type_url: `type.googleapis.com/${type}`, value }),
  });

  test("is checked as the message that it names", () => {
    for (const name of ["xds.type.v3.TypedStruct", "udpa.type.v1.TypedStruct"]) {
      expect(checkJson(httpFilter, struct(fault, { filterMetadata: {} }, name)).problems).toEqual([
        "it.typed_config.value.filter_metadata: is not supported: not there yet",
      ]);
    }
    expect(checkJson(httpFilter, struct(fault, { delay: { fixed_delay: 1 } })).problems).toEqual([
      'it.typed_config.value.delay.fixed_delay: expected a duration in seconds such as "15s" or "0.25s", got 1',
    ]);
  });

  test("may configure an extension that has no message", () => {
    expect(checkJson(httpFilter, struct("acme.Audit", { anything: [1] })).problems).toEqual([]);
    expect(checkJson(httpFilter, struct("acme.Other", {})).problems[0]).toMatch(/there is no stream filter for "acme.Other"/);
    expect(checkJson(httpFilter, { name: "f", typed_config: any("xds.type.v3.TypedStruct") }).problems).toEqual([
      "it.typed_config.type_url: is required",
    ]);
  });
});

describe("a message of the user's own", () => {
  const descriptor = {
    nested: {
      acme: {
        nested: {
          Limits: { fields: { max: { type: "uint32", id: 1 }, where: { type: "envoy.config.core.v3.Address", id: 2 } } },
        },
      },
    },
  };
  const registry = createTypeRegistry({ descriptors: [descriptor] });
  const filter: ExtensionDescriptor = {
    name: "acme.limits",
    category: "envoy.filters.http",
    messageName: "acme.Limits",
    fields: undefined,
  };
  const set = new ExtensionSet(registry, [filter]);

  test("needs no table, and the known messages in it are checked", () => {
    const typed = any("acme.Limits", { max: 1, where: { socket_address: { address: "::", named_port: "http" } } });
    const message = registry.fromJson(httpFilter, { name: "f", typed_config: typed });
    expect(check(httpFilter, message, { extensions: set }).problems).toEqual([
      "it.typed_config.where.socket_address.named_port: is not supported: give the port's number",
    ]);
  });
});
