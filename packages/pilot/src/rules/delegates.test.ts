import { meshSettings, parseIstioConfig, type Config, type HttpRoute } from "@mesh/istio-config";
import { expect, test } from "vitest";
import { withDelegates, type Delegated } from "./delegates.ts";
import { configId } from "./identity.ts";

const virtualService = (name: string, namespace: string, spec: string): string => `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: ${name}, namespace: ${namespace}}
spec: ${spec}
---`;

/** A root in `shop`, which delegates to `leaf` of `team`; each is a rule as YAML. */
function delegated(root: string, leaf: string, { exportTo = "", mesh = meshSettings() } = {}): Delegated {
  const text =
    virtualService("root", "shop", `{hosts: [a.com], http: [{${root}${root === "" ? "" : ", "}delegate: {name: leaf, namespace: team}}]}`) +
    virtualService("leaf", "team", `{${exportTo}${exportTo === "" ? "" : ", "}http: [{${leaf}, route: [{destination: {host: x.com}}]}]}`);
  const { configs, problems } = parseIstioConfig(text, { file: "a.yaml" });
  expect(problems.filter(({ severity }) => severity === "error")).toEqual([]);
  const services = configs.filter((config): config is Config<"VirtualService"> => config.kind === "VirtualService");
  const [first] = services;
  if (first === undefined) throw new Error("no root");
  return withDelegates(first, new Map(services.map((config) => [configId(config), config])), mesh);
}

const merged = (root: string, leaf: string): HttpRoute["match"] | undefined =>
  delegated(`match: [{${root}}]`, `match: [{${leaf}}]`).http[0]?.match;

test.each([
  ["sourceNamespace: shop", "sourceNamespace: other"],
  // Istio has it so: the root's is to be said again.
  ["sourceNamespace: shop", "uri: {prefix: /}"],
  ["sourceLabels: {tier: admin}", "sourceLabels: {tier: guest}"],
  ["port: 80", "port: 81"],
  ["gateways: [front]", "gateways: [back]"],
  ["gateways: [front]", "gateways: [front, back]"],
  ["uri: {prefix: /a}", "uri: {prefix: /a}, ignoreUriCase: true"],
  ["uri: {prefix: /a}, ignoreUriCase: true", "uri: {prefix: /a}"],
  ["uri: {prefix: /a/b}", "uri: {prefix: /a}"],
  ["uri: {prefix: /a/b}", "uri: {exact: /a}"],
  ["uri: {exact: /a}", "uri: {prefix: /a}"],
  ["uri: {exact: /a}", "uri: {exact: /a/b}"],
  ["uri: {regex: /a}", "uri: {regex: /a}"],
  ["uri: {prefix: /a}", "uri: {regex: /a.*}"],
  ["uri: {regex: /a.*}", "uri: {exact: /a}"],
  ["scheme: {exact: https}", "scheme: {exact: http}"],
  ["method: {exact: GET}", "method: {exact: POST}"],
  ["authority: {prefix: a.}", "authority: {exact: b.com}"],
  ["headers: {x: {exact: a}}", "headers: {x: {exact: b}}"],
  ["headers: {x: {exact: a}}", "headers: {x: {}}"],
  ["headers: {x: {}}", "headers: {x: {exact: a}}"],
  ["withoutHeaders: {x: {exact: a}}", "withoutHeaders: {x: {exact: b}}"],
  ["queryParams: {q: {exact: a}}", "queryParams: {q: {exact: b}}"],
])("a root's %s leaves no room for %s", (root, leaf) => {
  const { http, problems } = delegated(`match: [{${root}}]`, `match: [{${leaf}}]`);
  expect(http).toEqual([]);
  expect(problems).toMatchObject([
    {
      config: { name: "leaf", namespace: "team" },
      message:
        "has conditions in http rule 1 that VirtualService shop/root, which delegates to it, does not give it; the rule is left out there",
    },
  ]);
});

test.each([
  ["sourceNamespace: shop", "sourceNamespace: shop", { sourceNamespace: "shop" }],
  ["port: 80", "sourceNamespace: shop", { port: 80, sourceNamespace: "shop" }],
  ["sourceLabels: {tier: admin}", "sourceLabels: {tier: admin, app: x}", { sourceLabels: { tier: "admin", app: "x" } }],
  ["sourceLabels: {tier: admin}", "sourceLabels: {app: x}", { sourceLabels: { tier: "admin", app: "x" } }],
  ["gateways: [front, back]", "gateways: [back]", { gateways: ["back"] }],
  ["gateways: [front]", "port: 80", { gateways: ["front"], port: 80 }],
  ["port: 80", "gateways: [back]", { gateways: ["back"], port: 80 }],
  ["uri: {prefix: /a}", "uri: {exact: /a/b}", { uri: { kind: "exact", value: "/a/b" } }],
  ["headers: {x: {prefix: a}}", "headers: {x: {exact: ab}, y: {}}", { headers: { x: { value: "ab" }, y: { kind: "present" } } }],
  ["headers: {x: {regex: a}}", "headers: {y: {regex: a}}", { headers: { x: { value: "a" }, y: { value: "a" } } }],
  ["name: one", "name: two", { name: "one-two" }],
])("a root's %s is narrowed by %s", (root, leaf, expected) => {
  expect(merged(root, leaf)).toMatchObject([expected]);
});

test("a rule of which one condition has no room is left out whole", () => {
  const { http } = delegated("match: [{uri: {prefix: /a}}]", "match: [{uri: {prefix: /a/b}}, {uri: {prefix: /c}}]");
  expect(http).toEqual([]);
});

test("conditions are the delegate's in their order, each with those of the root that have room for it", () => {
  const { http } = delegated(
    "match: [{uri: {prefix: /a}}, {uri: {prefix: /b}}, {port: 80}]",
    "match: [{uri: {prefix: /b/1}}, {uri: {prefix: /a/1}}]",
  );
  expect(http[0]?.match.map(({ uri, port }) => [uri?.kind === "prefix" && uri.value, port])).toEqual([
    ["/b/1", undefined],
    ["/b/1", 80],
    ["/a/1", undefined],
    ["/a/1", 80],
  ]);
});

test("a root's headers are for a delegate that has none", () => {
  const root = "headers: {request: {set: {x-root: r}}}";
  expect(delegated(root, "name: leaf").http).toMatchObject([{ headers: { request: { set: { "x-root": "r" } } } }]);
  const [own] = delegated(root, "headers: {response: {set: {x-leaf: l}}}").http;
  expect(own?.headers).toMatchObject({ response: { set: { "x-leaf": "l" } } });
  expect(JSON.stringify(own?.headers)).not.toContain("x-root");
});

test("a delegate is for the namespaces to which it is exported", () => {
  const hidden = (exportTo: string): string[] => delegated("", "name: x", { exportTo }).problems.map(({ message }) => message);
  const message = "delegates to VirtualService team/leaf, which is not exported to namespace shop; the rule is left out";
  expect(hidden('exportTo: ["."]')).toEqual([message]);
  expect(hidden("exportTo: [other]")).toEqual([message]);
  expect(hidden("exportTo: [shop]")).toEqual([]);
  expect(hidden('exportTo: ["*"]')).toEqual([]);
});

test("a delegate that says nothing of it is exported as the mesh has it", () => {
  const mesh = { ...meshSettings(), defaultVirtualServiceExportTo: ["."] };
  expect(delegated("", "name: x", { mesh }).http).toEqual([]);
  expect(delegated("", "name: x", { mesh, exportTo: "exportTo: [shop]" }).http).toHaveLength(1);
});
