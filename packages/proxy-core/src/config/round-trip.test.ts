import type { FieldDescription } from "@mesh/xds-proto";
import { defaultRegistry } from "@mesh/xds-proto";
import fc, { type GeneratorValue } from "fast-check";
import { describe, expect, test } from "vitest";
import { stringify } from "yaml";
import type { ExtensionCategory } from "./categories.ts";
import { ExtensionSet } from "./extensions.ts";
import type { SupportedField } from "./fields.ts";
import { loadBootstrap } from "./load.ts";
import { isConfigError } from "./problems.ts";
import { describeExtension } from "./testing.ts";

const registry = defaultRegistry();
const bootstrapName = "envoy.config.bootstrap.v3.Bootstrap";
const fault = "envoy.extensions.filters.http.fault.v3.HTTPFault";
const rawBuffer = "envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer";
const extensions = new ExtensionSet(registry, [
  describeExtension("raw_buffer", "envoy.transport_sockets.downstream", rawBuffer),
  describeExtension("raw_buffer", "envoy.transport_sockets.upstream", rawBuffer),
  describeExtension("hcm", "envoy.filters.network", "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"),
  describeExtension("tcp", "envoy.filters.network", "envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy"),
  describeExtension("proxy_protocol", "envoy.filters.listener", "envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol"),
  describeExtension("header_mutation", "envoy.filters.http", "envoy.extensions.filters.http.header_mutation.v3.HeaderMutation"),
  { ...describeExtension("fault", "envoy.filters.http", fault), perRoute: describeExtension("fault", "envoy.filters.http", fault) },
  describeExtension("stdout", "envoy.access_loggers", "envoy.extensions.access_loggers.stream.v3.StdoutAccessLog"),
  describeExtension(
    "case",
    "envoy.http.stateful_header_formatters",
    "envoy.extensions.http.header_formatters.preserve_case.v3.PreserveCaseFormatterConfig",
  ),
  describeExtension("previous", "envoy.retry_host_predicates", "envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate"),
  describeExtension("heartbeat", "envoy.health_checkers", "mesh.extensions.health_checkers.rpc.v3.RpcHeartbeat"),
  describeExtension("http", "envoy.upstream_options", "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"),
  { ...describeExtension("empty", "envoy.load_balancing_policies", "google.protobuf.Empty") },
  { ...describeExtension("empty", "mesh.codecs", "google.protobuf.Empty") },
  { ...describeExtension("empty", "envoy.grpc_credentials", "google.protobuf.Empty") },
]);

type Json = Record<string, unknown>;

/** Writes random messages of which every field is supported, and remembers each with its path. */
class Writer {
  readonly messages: { readonly json: Json; readonly path: string }[] = [];
  readonly #random: GeneratorValue;

  constructor(random: GeneratorValue) {
    this.#random = random;
  }

  message(name: string, path: string, category?: ExtensionCategory, json: Json = {}, within: SupportedField["within"] = {}): Json {
    this.messages.push({ json, path });
    const description = registry.describeMessage(name);
    const depth = path.split(".").length;
    const chosen = description.oneofs.map(({ name: oneof, fields }) => {
      const members = fields.filter((field) => this.#rule(name, field, category, within) !== undefined);
      const isRequired = extensions.tables.get(name)?.requiredOneofs?.includes(oneof) ?? false;
      if (members.length === 0 || (!isRequired && !this.#chance(depth))) return undefined;
      const random = members[this.#random(fc.nat, members.length - 1)];
      if (depth <= 14) return random;
      // Messages may stand in themselves: what is none ends it.
      const scalars = description.fields.filter(({ kind }) => kind !== "message").map((field) => field.name);
      return members.find((member) => scalars.includes(member)) ?? members[0];
    });
    for (const field of description.fields) {
      const rule = this.#rule(name, field.name, category, within);
      if (!rule || (field.oneof !== undefined && !chosen.includes(field.name))) continue;
      if (field.oneof === undefined && rule.required !== true && !this.#chance(depth)) continue;
      const key = this.#random(fc.constantFrom, field.name, field.jsonName);
      json[key] = this.#field(field, rule, `${path}${path === "" ? "" : "."}${field.name}`, category);
    }
    return json;
  }

  /** The rule of a field that can be written. */
  #rule(
    message: string,
    field: string,
    inherited: ExtensionCategory | undefined,
    within: NonNullable<SupportedField["within"]>,
  ): SupportedField | undefined {
    const rule = within[field] ?? extensions.tables.get(message)?.fields[field];
    if (rule?.status !== "supported") return undefined;
    const category = rule.extension === "from-parent" ? inherited : rule.extension;
    return rule.extension !== undefined && (category === undefined || extensions.list(category).length === 0) ? undefined : rule;
  }

  /** Fewer the deeper, and none when there is enough. */
  #chance(depth: number): boolean {
    return this.messages.length < 200 && this.#random(fc.nat, 99) < (depth > 12 ? 0 : depth > 5 ? 20 : 50);
  }

  #field(field: FieldDescription, rule: SupportedField, path: string, inherited: ExtensionCategory | undefined): unknown {
    const category = rule.extension === "from-parent" ? inherited : rule.extension;
    const least = rule.required === true ? 1 : 0;
    const count = this.#random(fc.integer, { min: 1, max: 2 });
    if (field.mapKey !== undefined) return { "a.b": this.#value(field, rule, `${path}["a.b"]`, category, least) };
    if (!field.repeated) return this.#value(field, rule, path, category, least);
    return Array.from({ length: count }, (_, index) => this.#value(field, rule, `${path}[${index}]`, category, least));
  }

  #value(field: FieldDescription, rule: SupportedField, path: string, category: ExtensionCategory | undefined, least: number): unknown {
    if (field.kind === "enum") {
      const all = [...registry.enumNames(field.type).values()];
      return this.#random(fc.constantFrom, ...(rule.values ?? all));
    }
    if (field.kind === "message" && !isLeaf(field.type)) {
      return field.type === "google.protobuf.Any" ? this.#any(path, category) : this.message(field.type, path, category, {}, rule.within);
    }
    switch (field.type.replace("google.protobuf.", "").replace("Value", "").toLowerCase()) {
      case "bool":
        return least > 0 || this.#random(fc.boolean);
      case "string":
        return this.#random(fc.constantFrom, "a", "ä b", "/x", "true", "5", "~", "x: y # z", 'q"q');
      case "bytes":
        return this.#random(fc.constantFrom, "AAEC", "/w==");
      case "double":
        return this.#random(fc.constantFrom, 0.5, 1, 1e9);
      case "duration":
        return this.#random(fc.constantFrom, "0s", "1.500s", "3600s");
      case "struct":
        return { key: this.#random(fc.constantFrom, "text", 1.5, true, null, [1, { a: "b" }]) };
      case "int64":
      case "uint64":
        return String(this.#random(fc.integer, { min: least, max: 2 ** 40 }));
      default:
        return this.#random(fc.integer, { min: least, max: 60_000 });
    }
  }

  #any(path: string, category: ExtensionCategory | undefined): Json {
    const candidates = category ? extensions.list(category) : [];
    const { messageName } = candidates[this.#random(fc.nat, candidates.length - 1)] ?? { messageName: "google.protobuf.Empty" };
    const type = { "@type": `type.googleapis.com/${messageName}` };
    if (messageName === "google.protobuf.Empty") return type;
    return this.message(messageName, path, undefined, type);
  }
}

const isLeaf = (name: string): boolean => name.startsWith("google.protobuf.") && name !== "google.protobuf.Any";

const write = (random: GeneratorValue): { json: Json; messages: Writer["messages"] } => {
  const writer = new Writer(random);
  return { json: writer.message(bootstrapName, ""), messages: writer.messages };
};

const show = (json: unknown): unknown =>
  registry.toJson(bootstrapName, registry.fromJson(bootstrapName, json), { preserveProtoFieldNames: true });

/** How a configuration may be written down. */
const spellings: readonly ((json: Json) => readonly [text: string, fileName: string])[] = [
  (json) => [JSON.stringify(json), "a.json"],
  (json) => [JSON.stringify(json, null, "\t"), "a.json"],
  (json) => [stringify(json), "a.yaml"],
  (json) => [stringify(json, { collectionStyle: "flow", defaultStringType: "QUOTE_DOUBLE" }), "a.yaml"],
];

describe("any bootstrap of supported fields", () => {
  test("is taken as it is, without a warning, and again from what it is shown as", () => {
    fc.assert(
      fc.property(fc.gen(), fc.constantFrom(...spellings), (random, spell) => {
        const { json } = write(random);
        const [text, fileName] = spell(json);
        const { bootstrap, warnings } = loadBootstrap(text, { fileName, extensions });
        const shown = registry.toJson(bootstrapName, bootstrap, { preserveProtoFieldNames: true });
        expect(shown).toEqual(show(json));
        expect(warnings).toEqual([]);
        expect(loadBootstrap(JSON.stringify(shown), { fileName: "b.json", extensions }).bootstrap).toEqual(bootstrap);
      }),
    );
  });

  test("is refused for one unknown field, at its path and line, and for nothing else", () => {
    fc.assert(
      fc.property(fc.gen(), fc.constantFrom(...spellings), fc.nat(), (random, spell, at) => {
        const { json, messages } = write(random);
        const target = messages[at % messages.length];
        if (target) target.json["zz_unknown"] = 1;
        const [text, fileName] = spell(json);
        const problems = problemsOf(text, fileName);
        const line = text.slice(0, text.indexOf("zz_unknown")).split("\n").length;
        expect(problems).toMatchObject([{ path: target?.path === "" ? "zz_unknown" : `${target?.path}.zz_unknown`, file: fileName, line }]);
      }),
    );
  });
});

function problemsOf(text: string, fileName: string): readonly object[] {
  try {
    loadBootstrap(text, { fileName, extensions });
    return [];
  } catch (error) {
    if (!isConfigError(error)) throw error;
    return error.problems;
  }
}
