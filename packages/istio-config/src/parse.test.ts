import { describe, expect, test } from "vitest";
import { parseIstioConfig } from "./parse.ts";
import { formatField, formatProblem } from "./problem.ts";
import { parse, summaries, yamlOf } from "./testing.ts";

const entry = (name: string, spec = "address: 10.0.0.1"): string => yamlOf("WorkloadEntry", spec, `{ name: ${name} }`);
const names = (text: string): string[] => parse(text).configs.map(({ name }) => name);

describe("documents", () => {
  test("are read one by one, and empty ones are passed over", () => {
    expect(names(`---\n# nothing\n---\n${entry("a")}---\n---\n${entry("b")}---\n`)).toEqual(["a", "b"]);
    expect(parse("")).toEqual({ configs: [], problems: [] });
  });

  test("with errors are left out, and the others stay", () => {
    const { configs, problems } = parse([entry("a"), entry("b", "address: a_b"), "x: [\n", 'y: "open\n', entry("c")].join("---\n"));
    expect(configs.map(({ name }) => name)).toEqual(["a", "c"]);
    expect(problems.map(({ rule }) => rule)).toContain("workload-entry/address");
    expect(problems.map(({ rule }) => rule)).toContain("yaml/syntax");
  });

  test("carry name, namespace, labels, annotations, age and place", () => {
    const metadata =
      "{ name: a, namespace: shop, labels: { app: x }, annotations: { note: y }, creationTimestamp: 2026-01-31T12:00:00Z, uid: 1 }";
    const { configs, problems } = parse(`# a comment\n${yamlOf("WorkloadEntry", "address: 10.0.0.1", metadata)}`);
    expect(problems).toEqual([]);
    expect(configs[0]).toMatchObject({
      kind: "WorkloadEntry",
      apiVersion: "networking.istio.io/v1",
      name: "a",
      namespace: "shop",
      labels: { app: "x" },
      annotations: { note: "y" },
      creationTimestamp: Date.UTC(2026, 0, 31, 12),
      origin: { file: "test.yaml", line: 2 },
    });
  });

  test("get the namespace of the options where they name none", () => {
    expect(parseIstioConfig(entry("a"), { file: "f", namespace: "shop" }).configs[0]?.namespace).toBe("shop");
    expect(parse(entry("a")).configs[0]?.namespace).toBe("default");
  });

  test("may have what Kubernetes writes: a null timestamp and a status", () => {
    expect(parse(`${yamlOf("WorkloadEntry", "address: 10.0.0.1", "{ name: a, creationTimestamp: null }")}status: {}\n`).problems).toEqual(
      [],
    );
  });

  test("may be JSON", () => {
    const text = JSON.stringify({
      apiVersion: "networking.istio.io/v1",
      kind: "WorkloadEntry",
      metadata: { name: "a" },
      spec: { address: "10.0.0.1" },
    });
    expect(names(text)).toEqual(["a"]);
    expect(parse(text.replace("10.0.0.1", "a_b")).problems).toMatchObject([{ line: 1, column: text.indexOf('"10.0.0.1"') + 1 }]);
  });

  test("may be Lists, whose items count each by itself", () => {
    const items = [entry("a"), entry("b", "address: a_b"), entry("c")]
      .map((text) => `- ${text.trimEnd().replaceAll("\n", "\n  ")}`)
      .join("\n");
    const { configs, problems } = parse(`apiVersion: v1\nkind: List\nitems:\n${items}\n`);
    expect(configs.map(({ name, origin }) => [name, origin.line])).toEqual([
      ["a", 4],
      ["c", 14],
    ]);
    expect(summaries(problems)).toEqual(["workload-entry/address at items[1].spec.address"]);
    expect(problems[0]).toMatchObject({ line: 13, resource: { kind: "WorkloadEntry", namespace: "default", name: "b" } });
  });

  test("of one name count once, the first", () => {
    const { configs, problems } = parse(`${entry("a")}---\n${entry("a", "address: 10.0.0.2")}`);
    expect(configs).toMatchObject([{ spec: { address: "10.0.0.1" } }]);
    expect(problems).toMatchObject([{ rule: "document/duplicate", line: 7, message: "is defined twice: the one at test.yaml:1 counts" }]);
  });

  test.each(["networking.istio.io/v1", "networking.istio.io/v1beta1", "networking.istio.io/v1alpha3"])(
    "are accepted in version %s",
    (version) => {
      expect(names(entry("a").replace("networking.istio.io/v1", version))).toEqual(["a"]);
    },
  );

  test.each(["security.istio.io/v1", "security.istio.io/v1beta1"])("of security are accepted in version %s", (version) => {
    expect(names(yamlOf("PeerAuthentication", "mtls: {}").replace("security.istio.io/v1", version))).toEqual(["test"]);
  });
});

describe("a MeshConfig", () => {
  test("is a document without a kind, as Istio's own file", () => {
    expect(parse("trustDomain: acme.com\nconnectTimeout: 2s\n").configs).toMatchObject([
      { kind: "MeshConfig", name: "default", namespace: "istio-system", spec: { trustDomain: "acme.com", connectTimeout: 2000 } },
    ]);
  });

  test("or one with the kind and a spec, with any name or none", () => {
    const text = "apiVersion: mesh.istio.io/v1alpha1\nkind: MeshConfig\nspec:\n  trustDomain: acme.com\n";
    expect(parse(text).configs).toMatchObject([{ kind: "MeshConfig", name: "default", spec: { trustDomain: "acme.com" } }]);
    expect(parse(`${text}metadata: { name: mesh }\n`).configs).toMatchObject([{ kind: "MeshConfig", name: "default" }]);
  });

  test("refuses what is not supported yet with the reason", () => {
    const { configs, problems } = parse("meshMTLS:\n  minProtocolVersion: TLSV1_3\n");
    expect(configs).toEqual([]);
    expect(problems).toMatchObject([
      { rule: "schema/not-supported", field: "meshMTLS", line: 1, message: expect.stringContaining("certificates") },
    ]);
  });
});

describe("problems", () => {
  test("of a document are all reported, in the order of their places", () => {
    const { problems } = parse(
      yamlOf(
        "VirtualService",
        "hosts: ['a b']\nhttp:\n- timeout: 5\n  rout: []\n  route: [{ destination: { host: '*' } }]\n- route: [{ destination: { host: b, subset: v_1 } }]\n  retries: { attempts: x }\nexportTo: [A]",
      ),
    );
    expect(summaries(problems)).toEqual([
      "host/syntax at spec.hosts[0]",
      "schema/duration at spec.http[0].timeout",
      "schema/unknown-field at spec.http[0].rout",
      "virtual-service/destination-host at spec.http[0].route[0].destination.host",
      "virtual-service/subset-name at spec.http[1].route[0].destination.subset",
      "schema/type at spec.http[1].retries.attempts",
      "export-to/value at spec.exportTo[0]",
    ]);
  });

  test("go on to the rules of what is around a broken part", () => {
    const { problems } = parse(yamlOf("VirtualService", "hosts: [a]\nhttp:\n- redirect: { scheme: ftp }\n  rewrite: { uri: /a }"));
    expect(summaries(problems)).toEqual([
      "virtual-service/redirect-scheme at spec.http[0].redirect.scheme",
      "virtual-service/route-conflict at spec.http[0].rewrite",
    ]);
  });

  test("are written in one line", () => {
    const [problem] = parse(yamlOf("DestinationRule", "host: a\ntrafficPolcy: {}", "{ name: r, namespace: shop }")).problems;
    expect(problem && formatProblem(problem)).toBe(
      'test.yaml:6:3: error: DestinationRule shop/r: spec.trafficPolcy is no field of DestinationRule; did you mean "trafficPolicy"? [schema/unknown-field]',
    );
  });

  test("name fields with odd characters in quotes", () => {
    expect(formatField(["spec", "http", 0, "headers", 'a"b', "x-y", "z"])).toBe('spec.http[0].headers["a\\"b"]["x-y"].z');
  });

  test("are found behind aliases and merged maps", () => {
    const { problems } = parse(
      "apiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: { name: a }\nspec:\n  hosts: [a.b]\n  resolution: STATIC\n  ports: [{ number: 80, name: a }]\n  endpoints:\n  - &first\n    address: a_b\n  - *first\n  - <<: *first\n    weight: -1\n",
    );
    expect(problems.map(({ field, line }) => [field, line])).toEqual([
      ["spec.endpoints[0].address", 10],
      ["spec.endpoints[1].address", 10],
      ["spec.endpoints[2].address", 12],
      ["spec.endpoints[2].weight", 13],
    ]);
  });
});

test("nothing that nests without end makes the reader throw", () => {
  for (const text of ["[".repeat(100_000), "{a: ".repeat(50_000), "- ".repeat(100_000), "a: ".repeat(5000)]) {
    expect(parse(text).problems.length).toBeGreaterThan(0);
  }
});

test("tags and directives of older YAML are refused, and make no dates", () => {
  expect(parse("a: !!timestamp 2020-01-01\n").problems[0]?.rule).toBe("yaml/syntax");
  const { configs } = parse(`%YAML 1.1\n---\n${yamlOf("WorkloadEntry", "address: 10.0.0.1", "{ name: a, labels: { on: off } }")}`);
  expect(configs).toMatchObject([{ labels: { on: "off" }, origin: { line: 3 } }]);
});
