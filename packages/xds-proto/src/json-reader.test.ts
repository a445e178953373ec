import { describe, expect, it } from "vitest";
import { fromJson, unpackAs, type MessageName } from "./index.ts";
import { errorOf } from "./testing/error-of.ts";

const BOOTSTRAP = "envoy.config.bootstrap.v3.Bootstrap";
const CLUSTER = "envoy.config.cluster.v3.Cluster";
const ROUTER = "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router";

/** The error as a line: its code, and its message, which starts with the path. */
const failure = (name: MessageName, json: unknown): string => {
  const error = errorOf(() => fromJson(name, json));
  expect(error.message.startsWith(error.path)).toBe(true);
  return `${error.code} ${error.message}`;
};

it("refuses values that are nested deeper than the stack", () => {
  let deep: unknown = 1;
  for (let depth = 0; depth < 20_000; depth++) deep = [deep];
  expect(failure("google.protobuf.Value", deep)).toBe("MESH_PROTO_INVALID_VALUE expected any JSON value, got [object Array]");
});

describe("field names", () => {
  it("are accepted in snake case and in camel case", () => {
    const snake = fromJson(CLUSTER, { connect_timeout: "1s", load_assignment: { cluster_name: "a" } });
    const camel = fromJson(CLUSTER, { connectTimeout: "1s", loadAssignment: { clusterName: "a" } });
    expect(snake).toEqual(camel);
  });

  it("follow protobuf's rule for digits", () => {
    const detection = fromJson(CLUSTER, { outlier_detection: { consecutive_5xx: 3 } }).outlierDetection;
    expect(detection).toEqual(fromJson(CLUSTER, { outlierDetection: { consecutive5xx: 3 } }).outlierDetection);
    expect(detection?.consecutive5xx?.value).toBe(3);
  });

  it("may not be given twice", () => {
    expect(failure(CLUSTER, { connect_timeout: "1s", connectTimeout: "1s" })).toBe(
      "MESH_PROTO_DUPLICATE_FIELD connect_timeout: given twice, as connect_timeout and connectTimeout: remove one",
    );
  });

  it("that are unknown are refused with their path and the likely name", () => {
    const json = { static_resources: { listeners: [{}, { filterChains: [{ filter: [] }] }] } };
    expect(failure(BOOTSTRAP, json)).toBe(
      'MESH_PROTO_UNKNOWN_FIELD static_resources.listeners[1].filter_chains[0].filter: envoy.config.listener.v3.FilterChain has no field "filter": did you mean filters?',
    );
  });

  it("that resemble nothing are answered with what there is", () => {
    expect(failure("mesh.extensions.codecs.auto.v3.Auto", { zzzzzzzzzzzz: 1 })).toContain("its fields are codecs, detection_timeout");
    expect(failure(CLUSTER, { zzzzzzzzzzzz: 1 })).toContain("remove it or correct its name");
    expect(failure("envoy.extensions.filters.http.cors.v3.Cors", { zzzzzzzzzzzz: 1 })).toContain("it has no fields");
  });

  it("that everything in JavaScript has are unknown too", () => {
    for (const name of ["__proto__", "constructor", "toString", "$type", "lbConfig"]) {
      expect(errorOf(() => fromJson(CLUSTER, JSON.parse(`{${JSON.stringify(name)}:{}}`)))).toMatchObject({
        code: "MESH_PROTO_UNKNOWN_FIELD",
        path: name,
      });
    }
  });
});

describe("absent and null fields", () => {
  it("are the same, except for google.protobuf.Value", () => {
    expect(fromJson(CLUSTER, { name: null, connect_timeout: null, filters: null })).toEqual(fromJson(CLUSTER, {}));
    const any = fromJson("opentelemetry.proto.common.v1.KeyValue", { value: null });
    expect(any.value).toBeNull();
    const struct = fromJson("google.protobuf.Struct", { a: null });
    expect(struct.fields["a"]?.kind).toBe("nullValue");
  });

  it("are not the same inside lists and maps", () => {
    expect(failure(CLUSTER, { health_checks: [null] })).toMatch(/^MESH_PROTO_INVALID_VALUE health_checks\[0\]: expected an object/);
    expect(
      failure("envoy.config.core.v3.HealthCheck", {
        alt_port: null,
        http_health_check: { service_name_matcher: null, expected_statuses: [{ start: "x" }] },
      }),
    ).toContain('http_health_check.expected_statuses[0].start: expected an integer of 64 bits, got "x"');
    expect(failure("envoy.config.listener.v3.FilterChainMatch", { server_names: [null] })).toContain(
      "server_names[0]: expected a string, got null",
    );
  });
});

describe("values", () => {
  it.each([
    ["name", 1, "expected a string, got 1; put it in quotes"],
    ["name", {}, "expected a string, got {}"],
    ["connect_timeout", 5, 'expected a duration in seconds such as "15s" or "0.25s", got 5'],
    ["connect_timeout", {}, "expected a duration in seconds"],
    ["connect_timeout", "1m", "expected a duration in seconds"],
    ["connect_timeout", "15", "expected a duration in seconds"],
    ["connect_timeout", "1.0000000001s", "expected a duration in seconds"],
    ["connect_timeout", "315576000001s", "expected a duration in seconds"],
    ["health_checks", {}, "expected a list, got {}"],
    ["load_assignment", [], "expected an object (envoy.config.endpoint.v3.ClusterLoadAssignment), got []"],
    ["typed_extension_protocol_options", [], "expected an object, got []"],
    ["per_connection_buffer_limit_bytes", -1, "expected an integer from 0 to 4294967295, got -1"],
    ["per_connection_buffer_limit_bytes", 4294967296, "expected an integer from 0 to 4294967295"],
    ["per_connection_buffer_limit_bytes", 1.5, "expected an integer from 0 to 4294967295"],
    ["lb_policy", true, "expected a name of envoy.config.cluster.v3.Cluster.LbPolicy, got true"],
    ["close_connections_on_host_health_failure", "true", 'expected true or false, got "true"'],
  ])("of a wrong kind are refused: %s = %j", (field, value, problem) => {
    const error = errorOf(() => fromJson(CLUSTER, { [field]: value }));
    expect(error).toMatchObject({ code: "MESH_PROTO_INVALID_VALUE", path: field });
    expect(error.message).toContain(problem);
  });

  it.each([
    ["15s", { seconds: 15, nanos: 0 }],
    ["0.25s", { seconds: 0, nanos: 250_000_000 }],
    ["0.000000001s", { seconds: 0, nanos: 1 }],
    ["-1.5s", { seconds: -1, nanos: -500_000_000 }],
    ["0s", { seconds: 0, nanos: 0 }],
  ])("of durations are seconds and nanoseconds: %s", (text, { seconds, nanos }) => {
    const duration = fromJson(CLUSTER, { connect_timeout: text }).connectTimeout;
    expect([duration?.seconds, duration?.nanos]).toEqual([seconds, nanos]);
  });

  it("of wrappers stand for themselves, and zero is not absence", () => {
    const cluster = fromJson(CLUSTER, { per_connection_buffer_limit_bytes: 0 });
    expect(cluster.perConnectionBufferLimitBytes?.value).toBe(0);
    expect(fromJson(CLUSTER, {}).perConnectionBufferLimitBytes).toBeNull();
  });

  it.each([
    [1024, 1024],
    ["1024", 1024],
    ["18446744073709551615", 18446744073709549568],
  ])("of 64 bits are numbers, from numbers and from strings: %j", (json, number) => {
    const cluster = fromJson(CLUSTER, { ring_hash_lb_config: { minimum_ring_size: json } });
    expect(cluster.ringHashLbConfig?.minimumRingSize?.value).toBe(number);
  });

  it("of bytes are base64, in either alphabet", () => {
    for (const text of ["+/8=", "-_8"]) {
      expect([...fromJson("envoy.config.core.v3.DataSource", { inline_bytes: text }).inlineBytes]).toEqual([0xfb, 0xff]);
    }
    expect(failure("envoy.config.core.v3.DataSource", { inline_bytes: "=!" })).toContain("inline_bytes: expected a string in base64");
  });
});

describe("enumerations", () => {
  it("are read by name and by number", () => {
    expect(fromJson(CLUSTER, { lb_policy: "RING_HASH" }).lbPolicy).toBe(2);
    expect(fromJson(CLUSTER, { lb_policy: 2 }).lbPolicy).toBe(2);
  });

  it("refuse what they do not have, and say what they have", () => {
    expect(failure(CLUSTER, { lb_policy: "ringhash" })).toBe(
      'MESH_PROTO_UNKNOWN_ENUM_VALUE lb_policy: "ringhash" is no value of envoy.config.cluster.v3.Cluster.LbPolicy: did you mean RING_HASH?',
    );
    expect(failure(CLUSTER, { dns_lookup_family: 17 })).toMatch(
      /17 is no value of .*: use one of AUTO, V4_ONLY, V6_ONLY, V4_PREFERRED, ALL$/,
    );
    expect(failure(CLUSTER, { lb_policy: "toString" })).toContain("MESH_PROTO_UNKNOWN_ENUM_VALUE");
  });
});

describe("oneofs", () => {
  it("take one member, even when it has its default value", () => {
    const cluster = fromJson(CLUSTER, { type: "STATIC" });
    expect(cluster.clusterDiscoveryType).toBe("type");
  });

  it("refuse a second one", () => {
    expect(failure(CLUSTER, { type: "EDS", cluster_type: { name: "a" } })).toBe(
      "MESH_PROTO_ONEOF_CONFLICT cluster_type: only one of cluster_discovery_type may be set, and type is: remove one",
    );
  });
});

describe("maps", () => {
  it("keep keys that JavaScript gives a meaning to", () => {
    const json: unknown = JSON.parse('{"filter_metadata":{"__proto__":{"__proto__":"x"},"constructor":{}}}');
    const { filterMetadata } = fromJson("envoy.config.core.v3.Metadata", json);
    expect(Object.keys(filterMetadata)).toEqual(["__proto__", "constructor"]);
    expect(Object.getPrototypeOf(filterMetadata)).toBe(Object.prototype);
    const inner = Object.getOwnPropertyDescriptor(filterMetadata, "__proto__")?.value;
    expect(Object.keys(inner.fields)).toEqual(["__proto__"]);
  });

  it("show their keys in paths", () => {
    const json = { typed_extension_protocol_options: { 'a.b"c': { "@type": ROUTER, nope: 1 } } };
    expect(errorOf(() => fromJson(CLUSTER, json)).path).toBe('typed_extension_protocol_options["a.b\\"c"].nope');
  });
});

const listener = (routerConfig: unknown): object => ({
  filter_chains: [
    {
      filters: [
        {
          name: "http",
          typed_config: {
            "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
            stat_prefix: "ingress",
            http_filters: [{ name: "router", typed_config: routerConfig }],
          },
        },
      ],
    },
  ],
});

describe("an Any", () => {
  const LISTENER = "envoy.config.listener.v3.Listener";
  const routerPath = "filter_chains[0].filters[0].typed_config.http_filters[0].typed_config";

  it("holds a message that may hold others", () => {
    const message = fromJson(LISTENER, listener({ "@type": ROUTER, start_child_span: true }));
    const outer = message.filterChains[0]?.filters[0]?.typedConfig;
    if (!outer) throw new Error("no configuration");
    const manager = unpackAs("envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager", outer);
    const inner = manager.httpFilters[0]?.typedConfig;
    if (!inner) throw new Error("no configuration");
    expect(inner.type_url).toBe(ROUTER);
    expect(unpackAs("envoy.extensions.filters.http.router.v3.Router", inner).startChildSpan).toBe(true);
  });

  it("has its place in the paths of what is wrong inside", () => {
    expect(failure(LISTENER, listener({ "@type": ROUTER, dynamic_statz: true }))).toBe(
      `MESH_PROTO_UNKNOWN_FIELD ${routerPath}.dynamic_statz: envoy.extensions.filters.http.router.v3.Router has no field "dynamic_statz": did you mean dynamic_stats?`,
    );
  });

  it("refuses a message that is not registered", () => {
    expect(failure(LISTENER, listener({ "@type": "type.googleapis.com/acme.Filter" }))).toBe(
      `MESH_PROTO_UNKNOWN_TYPE ${routerPath}: there is no message "acme.Filter": add its descriptor with createTypeRegistry, or correct the name`,
    );
    const typo = "type.googleapis.com/envoy.extensions.filters.http.router.v3.Rooter";
    expect(failure(LISTENER, listener({ "@type": typo }))).toContain("did you mean envoy.extensions.filters.http.router.v3.Router?");
    expect(failure(LISTENER, listener({ "@type": "type.googleapis.com/Router" }))).toContain("MESH_PROTO_UNKNOWN_TYPE");
  });

  it("needs a type URL, unless it is empty", () => {
    expect(failure(LISTENER, listener({ start_child_span: true }))).toContain(
      `MESH_PROTO_INVALID_VALUE ${routerPath}: set "@type" to a type URL`,
    );
    expect(failure(LISTENER, listener({ "@type": "Router" }))).toContain('got "Router"');
    expect(failure(LISTENER, listener({ "@type": 1 }))).toContain("got 1");
    expect(fromJson("google.protobuf.Any", {}).type_url).toBe("");
  });

  it("holds well-known types under value", () => {
    const any = fromJson("google.protobuf.Any", { "@type": "type.googleapis.com/google.protobuf.Duration", value: "2s" });
    expect(unpackAs("google.protobuf.Duration", any).seconds).toBe(2);
    const more = { "@type": "type.googleapis.com/google.protobuf.Duration", value: "2s", unit: "s" };
    expect(failure("google.protobuf.Any", more)).toMatch(/^MESH_PROTO_UNKNOWN_FIELD unit: /);
  });
});

it("refuses JSON that is nested too deep", () => {
  let rules: object = { any: true };
  for (let depth = 0; depth < 60; depth++) rules = { and_rules: { rules: [rules] } };
  expect(errorOf(() => fromJson("envoy.config.rbac.v3.Permission", rules)).code).toBe("MESH_PROTO_TOO_DEEP");
});
