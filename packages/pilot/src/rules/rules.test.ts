import { parseIstioConfig } from "@mesh/istio-config";
import { describe, expect, test } from "vitest";
import { ConfigIdentities } from "./identity.ts";
import { RulesBuilder, type Rules } from "./rules.ts";

function parse(yaml: string) {
  const { configs, problems } = parseIstioConfig(yaml, { file: "a.yaml", namespace: "shop" });
  expect(problems.filter(({ severity }) => severity === "error")).toEqual([]);
  return configs;
}

const rulesOf = (yaml: string): Rules => new RulesBuilder().build(parse(yaml));

const virtualService = (name: string, spec: string, namespace = "shop"): string => `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: ${name}, namespace: ${namespace}}
spec: ${spec}
---`;

const destinationRule = (name: string, namespace: string, spec: string): string => `
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: ${name}, namespace: ${namespace}}
spec: ${spec}
---`;

describe("virtual services", () => {
  test("are for the mesh unless they name gateways, which are of their own namespace unless they say another", () => {
    const rules = rulesOf(
      virtualService("a", "{hosts: [a.com], http: [{route: [{destination: {host: a.com}}]}]}") +
        virtualService("b", "{hosts: [b.com], gateways: [front, edge/front, mesh], http: [{route: [{destination: {host: b.com}}]}]}"),
    );
    expect(rules.virtualServices).toMatchObject([
      { id: "shop/a", gateways: ["mesh"], visibility: "all" },
      { id: "shop/b", gateways: ["shop/front", "edge/front", "mesh"] },
    ]);
  });

  test("that delegate have the routes of their delegates, with the conditions of both", () => {
    const rules = rulesOf(
      virtualService(
        "root",
        "{hosts: [a.com], http: [{match: [{uri: {prefix: /cart}}], timeout: 3s, delegate: {name: cart, namespace: carts}}, {route: [{destination: {host: rest}}]}]}",
      ) +
        virtualService(
          "cart",
          `{http: [
            {name: v2, match: [{uri: {prefix: /cart/v2}, headers: {x: {exact: y}}}], route: [{destination: {host: cart-v2}}]},
            {match: [{uri: {prefix: /other}}], route: [{destination: {host: never}}]},
            {timeout: 1s, route: [{destination: {host: cart}}]}]}`,
          "carts",
        ),
    );
    expect(rules.virtualServices).toHaveLength(1);
    expect(rules.virtualServices[0]?.http).toMatchObject([
      {
        name: "v2",
        timeout: 3000,
        match: [{ uri: { value: "/cart/v2" }, headers: { x: { value: "y" } } }],
        route: [{ destination: { host: "cart-v2" } }],
      },
      { timeout: 1000, match: [{ uri: { value: "/cart" } }], route: [{ destination: { host: "cart" } }] },
      { route: [{ destination: { host: "rest" } }] },
    ]);
    expect(rules.virtualServices[0]?.http[0]).not.toHaveProperty("delegate");
  });

  test("that delegate to nobody say so, and lose only that rule", () => {
    const rules = rulesOf(
      virtualService(
        "root",
        "{hosts: [a.com], http: [{match: [{uri: {prefix: /x}}], delegate: {name: gone}}, {route: [{destination: {host: b}}]}]}",
      ),
    );
    expect(rules.problems).toMatchObject([{ message: "delegates to VirtualService shop/gone, which is not there; the rule is left out" }]);
    expect(rules.virtualServices[0]?.http).toHaveLength(1);
  });

  test("keep their object as long as neither they nor their delegates change", () => {
    const text = (weight: number): string =>
      virtualService("root", "{hosts: [a.com], http: [{delegate: {name: leaf}}]}") +
      virtualService("leaf", `{http: [{timeout: ${weight}s, route: [{destination: {host: b}}]}]}`) +
      virtualService("other", "{hosts: [b.com], http: [{route: [{destination: {host: b}}]}]}");
    const [identities, builder] = [new ConfigIdentities(), new RulesBuilder()];
    const build = (weight: number): Rules => builder.build(identities.keep(parse(text(weight))));
    const [first, same, changed] = [build(1), build(1), build(2)];
    const of = (rules: Rules, id: string) => rules.virtualServices.find((rule) => rule.id === id);
    expect(of(same, "shop/root")).toBe(of(first, "shop/root"));
    expect(of(changed, "shop/root")).not.toBe(of(first, "shop/root"));
    expect(of(changed, "shop/other")).toBe(of(first, "shop/other"));
  });
});

describe("destination rules", () => {
  const query = { host: "cart.shop.svc.cluster.local", namespace: "shop", callerNamespace: "web", callerLabels: {} };
  const namesFor = (yaml: string, more: Partial<typeof query> = {}): readonly string[] | undefined =>
    rulesOf(yaml).destinationRules.find({ ...query, ...more })?.names;

  test("are looked for in the caller's namespace, the service's and the root one, in this order", () => {
    const [own, service, root] = [
      destinationRule("own", "web", `{host: ${query.host}}`),
      destinationRule("service", "shop", "{host: cart}"),
      destinationRule("root", "istio-system", "{host: '*.svc.cluster.local'}"),
    ];
    expect(namesFor(own + service + root)).toEqual(["web/own"]);
    expect(namesFor(service + root)).toEqual(["shop/service"]);
    expect(namesFor(root)).toEqual(["istio-system/root"]);
    expect(namesFor(own, { callerNamespace: "elsewhere" })).toBeUndefined();
  });

  test("are seen by those to whom they are exported", () => {
    const rule = destinationRule("service", "shop", "{host: cart, exportTo: [., ops]}");
    expect(namesFor(rule)).toBeUndefined();
    expect(namesFor(rule, { callerNamespace: "ops" })).toEqual(["shop/service"]);
    expect(namesFor(rule, { callerNamespace: "shop" })).toEqual(["shop/service"]);
  });

  test("of one host are one: the first traffic policy, and all subsets", () => {
    const rules = rulesOf(
      destinationRule("a", "shop", "{host: cart, subsets: [{name: v1, labels: {version: v1}}]}") +
        destinationRule(
          "b",
          "shop",
          "{host: cart, trafficPolicy: {loadBalancer: {simple: RANDOM}}, subsets: [{name: v1, labels: {version: x}}, {name: v2, labels: {version: v2}}]}",
        ),
    );
    expect(rules.destinationRules.find(query)).toMatchObject({
      names: ["shop/a", "shop/b"],
      trafficPolicy: { loadBalancer: { simple: "RANDOM" } },
      subsets: [{ name: "v1", labels: { version: "v1" } }, { name: "v2" }],
    });
  });

  test("for certain callers are for these only", () => {
    const yaml =
      destinationRule("all", "shop", "{host: cart}") +
      destinationRule("web", "shop", "{host: cart, workloadSelector: {matchLabels: {app: web}}}");
    expect(namesFor(yaml, { callerNamespace: "shop", callerLabels: { app: "web" } })).toEqual(["shop/web"]);
    expect(namesFor(yaml, { callerNamespace: "shop" })).toEqual(["shop/all"]);
    expect(rulesOf(yaml).labelKeys).toEqual(new Set(["app"]));
  });

  test("keep their object as long as their sources do", () => {
    const text = (timeout: number): string =>
      destinationRule("cart", "shop", "{host: cart}") +
      destinationRule("other", "shop", `{host: other, trafficPolicy: {connectionPool: {tcp: {connectTimeout: ${timeout}s}}}}`);
    const [identities, builder] = [new ConfigIdentities(), new RulesBuilder()];
    const find = (timeout: number, host: string) =>
      builder.build(identities.keep(parse(text(timeout)))).destinationRules.find({ ...query, host: `${host}.shop.svc.cluster.local` });
    const [cart, other] = [find(1, "cart"), find(1, "other")];
    expect(find(2, "cart")).toBe(cart);
    expect(find(2, "other")).not.toBe(other);
  });
});
