import { describe, expect, test } from "vitest";
import type { IstioKind } from "../kinds/index.ts";
import { parse, yamlOf } from "../testing.ts";
import { analyze } from "./analyze.ts";
import { formatFinding, type Finding } from "./finding.ts";
import type { KnownService } from "./services.ts";

type Resource = [kind: IstioKind, name: string, spec: string];

/** `CODE kind namespace/name` of what is found. */
function find(resources: Resource[], services: KnownService[] = []): string[] {
  return findAll(resources, services).map(({ code, resource: { kind, namespace, name } }) => `${code} ${kind} ${namespace}/${name}`);
}

function findAll(resources: Resource[], services: KnownService[] = []): Finding[] {
  const text = resources
    .map(([kind, name, spec]) => {
      const [namespace, short] = name.includes("/") ? name.split("/") : ["shop", name];
      return yamlOf(kind, spec, `{ name: ${short}, namespace: ${namespace} }`);
    })
    .join("---\n");
  const { configs, problems } = parse(text);
  expect(problems.filter(({ severity }) => severity === "error")).toEqual([]);
  return analyze(configs, services);
}

const reviews: KnownService = { host: "reviews.shop.svc.cluster.local", ports: [9080], namespace: "shop" };
const toReviews = "route: [{ destination: { host: reviews } }]";
const virtualService = (name: string, spec: string): Resource => ["VirtualService", name, spec];

describe("routes", () => {
  test("that go to services that there are, by short and by full names, are good", () => {
    expect(find([virtualService("a", `hosts: [reviews]\nhttp:\n- ${toReviews}`)], [reviews])).toEqual([]);
    expect(
      find(
        [virtualService("other/a", "hosts: [a]\nhttp:\n- route: [{ destination: { host: reviews.shop.svc.cluster.local } }]")],
        [reviews],
      ),
    ).toEqual([]);
  });

  test("that go to a host, subset or port that there is not are found", () => {
    expect(find([virtualService("other/a", `hosts: [reviews]\nhttp:\n- ${toReviews}`)], [reviews])).toEqual([
      "IST0101 VirtualService other/a",
    ]);
    expect(
      find([virtualService("a", "hosts: [reviews]\nhttp:\n- route: [{ destination: { host: reviews, subset: v9 } }]")], [reviews]),
    ).toEqual(["IST0101 VirtualService shop/a"]);
    expect(
      find([virtualService("a", "hosts: [reviews]\nhttp:\n- route: [{ destination: { host: reviews, port: { number: 1 } } }]")], [reviews]),
    ).toEqual(["MESH0006 VirtualService shop/a"]);
  });

  test("have to name the port of a service with several", () => {
    const several = { ...reviews, ports: [80, 81] };
    expect(find([virtualService("a", `hosts: [reviews]\nhttp:\n- ${toReviews}`)], [several])).toEqual(["IST0112 VirtualService shop/a"]);
  });

  test("are found in mirrors, tls and tcp, too", () => {
    const spec = `hosts: [a.com]\nhttp:\n- ${toReviews}\n  mirror: { host: m }\ntls:\n- match: [{ sniHosts: [a.com] }]\n  route: [{ destination: { host: t } }]\ntcp:\n- route: [{ destination: { host: c } }]`;
    expect(find([virtualService("a", spec)], [reviews])).toEqual(Array.from({ length: 3 }, () => "IST0101 VirtualService shop/a"));
  });

  test("may go to ServiceEntries and into their wildcards", () => {
    const entry: Resource = ["ServiceEntry", "e", "hosts: ['*.example.com']\nports: [{ number: 80, name: http, protocol: HTTP }]"];
    expect(find([entry, virtualService("a", "hosts: [a]\nhttp:\n- route: [{ destination: { host: b.example.com } }]")])).toEqual([]);
  });
});

describe("hosts", () => {
  test("of two VirtualServices of the mesh are found, where both are seen", () => {
    const rules = (exportTo: string): Resource[] => [
      virtualService("a", `hosts: [reviews]\nhttp:\n- ${toReviews}\nexportTo: [${exportTo}]`),
      virtualService("b", `hosts: [reviews.shop.svc.cluster.local]\nhttp:\n- ${toReviews}\nexportTo: ["*"]`),
    ];
    expect(find(rules("'*'"), [reviews])).toEqual(["IST0109 VirtualService shop/a", "IST0109 VirtualService shop/b"]);
    expect(find(rules("."), [reviews])).toEqual([]);
  });

  test("of two ServiceEntries of a namespace are found: what is merged, and what is not", () => {
    const entry = (name: string, resolution = "DNS"): Resource => [
      "ServiceEntry",
      name,
      `hosts: [a.com]\nports: [{ number: 80, name: http, protocol: HTTP }]\nresolution: ${resolution}`,
    ];
    expect(find([entry("a"), entry("other/c")])).toEqual([]);
    expect(find([entry("a"), entry("b"), entry("other/c")])).toEqual(["MESH0008 ServiceEntry shop/a", "MESH0008 ServiceEntry shop/b"]);
    expect(find([entry("b", "NONE"), entry("a"), entry("c")])).toEqual([
      "MESH0004 ServiceEntry shop/b",
      "MESH0008 ServiceEntry shop/a",
      "MESH0008 ServiceEntry shop/c",
    ]);
    expect(findAll([entry("b", "NONE"), entry("a"), entry("c"), entry("other/d")]).map(({ message }) => message)).toEqual([
      "The ServiceEntry a has the host a.com, too, and counts alone, as they differ in resolution: with the same ones they would be merged.",
      ...Array.from(
        { length: 2 },
        () =>
          "The ServiceEntries a, c all have the host a.com: their ports and endpoints are merged; those of other namespaces (other/d) are other services.",
      ),
    ]);
  });

  test("of a VirtualService that its Gateway does not have are found", () => {
    const gateway: Resource = [
      "Gateway",
      "g",
      "selector: { app: g }\nservers:\n- { port: { number: 80, name: http, protocol: HTTP }, hosts: ['./a.com', '*/*.b.com'] }",
    ];
    const bound = (name: string, host: string): Resource =>
      virtualService(
        name,
        `hosts: [${host}]\ngateways: [shop/g]\nhttp:\n- route: [{ destination: { host: reviews.shop.svc.cluster.local } }]`,
      );
    expect(find([gateway, bound("v", "a.com"), bound("w", "x.b.com")], [reviews])).toEqual([]);
    expect(find([gateway, bound("v", "c.com")], [reviews])).toEqual(["IST0132 VirtualService shop/v"]);
    expect(find([gateway, bound("other/v", "a.com")], [reviews])).toEqual(["IST0132 VirtualService other/v"]);
  });
});

test("Gateways that do not exist, that nobody uses and that conflict are found", () => {
  const gateway = (name: string, host: string): Resource => [
    "Gateway",
    name,
    `selector: { app: g }\nservers:\n- { port: { number: 80, name: http, protocol: HTTP }, hosts: [${host}] }`,
  ];
  expect(find([virtualService("a", `hosts: [a.com]\ngateways: [none, mesh]\nhttp:\n- ${toReviews}`)], [reviews])).toEqual([
    "IST0101 VirtualService shop/a",
  ]);
  expect(find([gateway("a", "a.com")])).toEqual(["MESH0005 Gateway shop/a"]);
  const users = [
    virtualService("v", `hosts: [a.com]\ngateways: [a]\nhttp:\n- ${toReviews}`),
    virtualService("w", `hosts: [a.com]\ngateways: [b]\nhttp:\n- ${toReviews}`),
  ];
  expect(find([gateway("a", "a.com"), gateway("b", "a.com"), ...users], [reviews])).toEqual([
    "IST0145 Gateway shop/a",
    "IST0145 Gateway shop/b",
  ]);
  expect(find([gateway("a", "a.com"), gateway("b", "'*'"), ...users], [reviews])).toEqual([]);
});

test("delegates that are missing, no delegates, unused or not exported are found", () => {
  const root = (delegate: string): Resource => virtualService("root", `hosts: [reviews]\nhttp:\n- delegate: { ${delegate} }`);
  const leaf = (name: string, more = ""): Resource =>
    virtualService(name, `http:\n- ${toReviews.replace("reviews", "reviews.shop.svc.cluster.local")}${more}`);
  expect(find([root("name: leaf"), leaf("leaf")], [reviews])).toEqual([]);
  expect(find([root("name: none")], [reviews])).toEqual(["IST0101 VirtualService shop/root"]);
  expect(find([root("name: root")], [reviews])).toEqual(["IST0101 VirtualService shop/root"]);
  expect(find([leaf("leaf")], [reviews])).toEqual(["MESH0002 VirtualService shop/leaf"]);
  expect(find([root("name: leaf, namespace: other"), leaf("other/leaf", "\nexportTo: [.]")], [reviews])).toEqual([
    "MESH0007 VirtualService shop/root",
  ]);
});

test("short names of delegates are those of the namespaces that delegate to them", () => {
  const root = (name: string): Resource =>
    virtualService(name, "hosts: [a.com]\ngateways: [mesh]\nhttp:\n- delegate: { name: leaf, namespace: shop }");
  const leaf = virtualService("leaf", `http:\n- ${toReviews.replace("host: reviews", "host: reviews, subset: v1")}`);
  const rule: Resource = ["DestinationRule", "r", "host: reviews\nsubsets: [{ name: v1, labels: { version: v1 } }]"];
  expect(find([root("root"), leaf, rule], [reviews])).toEqual([]);
  const findings = findAll([root("edge/root"), leaf, rule], [reviews]);
  expect(findings.map(({ code, resource: { name }, field }) => `${code} ${name} ${field}`)).toEqual([
    "IST0101 leaf spec.http[0].route[0].destination.host",
    "MESH0001 r spec.subsets[0].name",
  ]);
  expect(findings[0]?.message).toBe(
    "http[0].route goes to the host reviews, which no service and no ServiceEntry has in edge, the namespace of root, which delegates to it.",
  );
  expect(
    find(
      [root("edge/root"), virtualService("leaf", "http:\n- route: [{ destination: { host: reviews.shop.svc.cluster.local } }]")],
      [reviews],
    ),
  ).toEqual([]);
  const own = { ...reviews, host: "reviews.edge.svc.cluster.local", namespace: "edge" };
  expect(find([root("edge/root"), virtualService("leaf", `http:\n- ${toReviews}`)], [own])).toEqual([]);
});

test("DestinationRules for unknown hosts, with unused or empty subsets, or that conflict are found", () => {
  const rule = (name: string, spec: string): Resource => ["DestinationRule", name, spec];
  const user = virtualService("v", "hosts: [reviews]\nhttp:\n- route: [{ destination: { host: reviews, subset: v1 } }]");
  const subset = "subsets: [{ name: v1, labels: { version: v1 } }]";
  expect(find([rule("r", "host: none")])).toEqual(["IST0101 DestinationRule shop/r"]);
  expect(find([rule("r", `host: reviews\n${subset}`)], [reviews])).toEqual(["MESH0001 DestinationRule shop/r"]);
  expect(find([rule("r", `host: reviews\n${subset}`), user], [reviews])).toEqual([]);
  expect(find([rule("r", `host: reviews\n${subset}`), user], [{ ...reviews, instances: [{ version: "v2" }] }])).toEqual([
    "IST0101 DestinationRule shop/r",
  ]);
  expect(find([rule("r", `host: reviews\n${subset}`), user], [{ ...reviews, instances: [{ version: "v1" }] }])).toEqual([]);
  const policy = "host: reviews\ntrafficPolicy: { loadBalancer: { simple: RANDOM } }";
  expect(find([rule("a", policy), rule("b", policy)], [reviews])).toEqual([
    "MESH0003 DestinationRule shop/a",
    "MESH0003 DestinationRule shop/b",
  ]);
  expect(find([rule("a", policy), rule("b", `${policy}\nworkloadSelector: { matchLabels: { app: a } }`)], [reviews])).toEqual([]);
});

test("TLS that verifies nobody is found", () => {
  const rule = (tls: string): Resource => [
    "DestinationRule",
    "r",
    `host: reviews\ntrafficPolicy:\n  tls: ${tls}\n  portLevelSettings: [{ port: { number: 9080 }, tls: ${tls} }]`,
  ];
  expect(find([rule("{ mode: SIMPLE }")], [reviews])).toEqual(["IST0128 DestinationRule shop/r", "IST0129 DestinationRule shop/r"]);
  expect(find([rule("{ mode: SIMPLE, caCertificates: /ca }")], [reviews])).toEqual([]);
  expect(find([rule("{ mode: SIMPLE, insecureSkipVerify: true }")], [reviews])).toEqual([]);
});

test("a ServiceEntry of plain TCP without addresses and resolution is found", () => {
  const entry = (more: string): Resource => [
    "ServiceEntry",
    "e",
    `hosts: [a.com]\nports: [{ number: 80, name: tcp, protocol: TCP }]\n${more}`,
  ];
  expect(find([entry("resolution: NONE")])).toEqual(["IST0134 ServiceEntry shop/e"]);
  expect(find([entry("resolution: DNS")])).toEqual([]);
});

test("Sidecars that compete for a namespace, or name unknown hosts, are found", () => {
  const sidecar = (name: string, host: string): Resource => ["Sidecar", name, `egress: [{ hosts: ['${host}'] }]`];
  expect(find([sidecar("a", "./*"), sidecar("b", "./*"), sidecar("other/c", "~/*")])).toEqual([
    "IST0111 Sidecar shop/a",
    "IST0111 Sidecar shop/b",
  ]);
  expect(find([sidecar("a", "*/none.example.com")])).toEqual(["IST0101 Sidecar shop/a"]);
  expect(find([sidecar("a", "shop/reviews.shop.svc.cluster.local")], [reviews])).toEqual([]);
});

test("what TLS goes by without caCertificates is told", () => {
  const tls = "host: reviews\ntrafficPolicy: { tls: { mode: SIMPLE } }";
  expect(findAll([["DestinationRule", "r", tls]], [reviews]).map(({ message }) => message)).toEqual([
    "TLS to reviews has no caCertificates: all authorities that the proxy's system trusts count. Name a file, or system to say so.",
  ]);
});

test("a finding is written in one line, with its field's place", () => {
  const { configs } = parse(yamlOf("DestinationRule", "host: none", "{ name: r, namespace: shop }"));
  expect(analyze(configs).map(formatFinding)).toEqual([
    "test.yaml:5:9: error IST0101 DestinationRule shop/r: The host none is that of no service and no ServiceEntry.",
  ]);
});

test("the place of a finding is that of its field: in lists, below other documents, in a List, and in a file's other shape", () => {
  const spec = `hosts: [a]
http:
- mirror:
    host: none
    port: { number: 1 }
  route:
  - destination:
      host: none
- route:
  - destination: { host: reviews, port: { number: 5 } }
  mirrors:
  - destination:
      host: nothing`;
  const text = `# one\n---\n${yamlOf("VirtualService", spec, "{ name: v, namespace: shop }")}`;
  const places = (source: string): string[] =>
    analyze(parse(source).configs, [reviews]).map(
      ({ line, column, field }) => `${line}:${column} ${source.split("\n")[line - 1]?.slice(column - 1, column + 6)} ${field}`,
    );
  expect(places(text)).toEqual([
    "10:13 none spec.http[0].mirror.host",
    "14:15 none spec.http[0].route[0].destination.host",
    "16:53 5 } } spec.http[1].route[0].destination.port.number",
    "19:15 nothing spec.http[1].mirrors[0].destination.host",
  ]);
  const list = `kind: List\napiVersion: v1\nitems:\n${["a", "b"].map((name) => `- { apiVersion: networking.istio.io/v1, kind: DestinationRule, metadata: { name: ${name} }, spec: { host: none } }\n`).join("")}`;
  expect(places(list).map((place) => place.split(" ").at(-1))).toEqual(["items[0].spec.host", "items[1].spec.host"]);
});

test("a configuration that no file has said stands where it says itself", () => {
  const { configs } = parse(yamlOf("DestinationRule", "host: none", "{ name: r, namespace: shop }"));
  const made = configs.map((config) => ({ ...config, origin: { file: "made", line: 7 } }));
  expect(analyze(made).map(({ file, line, column }) => [file, line, column])).toEqual([["made", 7, 1]]);
});
