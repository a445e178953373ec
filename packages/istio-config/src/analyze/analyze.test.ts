import { describe, expect, test } from "vitest";
import type { IstioKind } from "../kinds/index.ts";
import { parse, yamlOf } from "../testing.ts";
import { analyze } from "./analyze.ts";
import { formatFinding } from "./finding.ts";
import type { KnownService } from "./services.ts";

type Resource = [kind: IstioKind, name: string, spec: string];

/** `CODE kind namespace/name` of what is found. */
function find(resources: Resource[], services: KnownService[] = []): string[] {
  const text = resources
    .map(([kind, name, spec]) => {
      const [namespace, short] = name.includes("/") ? name.split("/") : ["shop", name];
      return yamlOf(kind, spec, `{ name: ${short}, namespace: ${namespace} }`);
    })
    .join("---\n");
  const { configs, problems } = parse(text);
  expect(problems.filter(({ severity }) => severity === "error")).toEqual([]);
  return analyze(configs, services).map(({ code, resource: { kind, namespace, name } }) => `${code} ${kind} ${namespace}/${name}`);
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

  test("of two ServiceEntries of a namespace are found", () => {
    const entry = (name: string): Resource => ["ServiceEntry", name, "hosts: [a.com]\nports: [{ number: 80, name: http, protocol: HTTP }]"];
    expect(find([entry("a"), entry("b"), entry("other/c")])).toEqual(["MESH0004 ServiceEntry shop/a", "MESH0004 ServiceEntry shop/b"]);
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

test("a finding is written in one line", () => {
  const { configs } = parse(yamlOf("DestinationRule", "host: none", "{ name: r, namespace: shop }"));
  expect(analyze(configs).map(formatFinding)).toEqual([
    "test.yaml:1: error IST0101 DestinationRule shop/r: The host none is that of no service and no ServiceEntry.",
  ]);
});
