import { describe, expect, test } from "vitest";
import { parseProviderUrl, type ProviderUrl } from "../provider-url.ts";
import { applyRules, type DubboRule, ruleOfUrl, rulesOfConfiguration, sortRules } from "./dubbo-rules.ts";

function url(text: string): ProviderUrl {
  const parsed = parseProviderUrl(text);
  if (parsed === undefined) throw new Error(`${text} is no URL`);
  return parsed;
}

const service = "com.acme.Echo";
const provider = url(`dubbo://10.0.0.1:20880/${service}?application=shop&group=g&version=1.0.0&weight=100&zone=z1`);

/** Parameters of the provider after rules, in the order of a consumer. */
function after(rules: readonly DubboRule[]): Readonly<Record<string, string>> {
  return Object.fromEntries(applyRules(sortRules(rules), provider, service).parameters);
}

function weightAfter(...texts: readonly string[]): string | undefined {
  return after(texts.flatMap((text) => ruleOfUrl(url(text)) ?? []))["weight"];
}

describe("an override URL", () => {
  const key = "group=g&version=1.0.0";

  test.each([
    [`override://0.0.0.0/${service}?${key}&weight=7`, "all providers"],
    [`override://10.0.0.1:20880/${service}?${key}&weight=7`, "the provider at its address"],
    [`override://0.0.0.0:20880/${service}?${key}&weight=7`, "providers on the port"],
    [`override://0.0.0.0/${service}?group=*&version=*&weight=7`, "any group and version"],
    [`override://0.0.0.0/*?${key}&weight=7`, "any service"],
    [`override://0.0.0.0/${service}?${key}&~zone=z1&weight=7`, "providers with a parameter"],
    [`override://0.0.0.0/${service}?${key}&application=*&weight=7`, "consumers of any application"],
    [`override://0.0.0.0/${service}?${key}&providerAddresses=10.0.0.1:20880&weight=7`, "a list of providers"],
    [`override://0.0.0.0/${service}?${key}&providerAddresses=0.0.0.0:*&weight=7`, "a list of all providers"],
  ])("%s is for %s", (text) => {
    expect(weightAfter(text)).toBe("7");
  });

  test.each([
    [`override://10.0.0.2:20880/${service}?${key}&weight=7`, "another provider"],
    [`override://10.0.0.1:20881/${service}?${key}&weight=7`, "another port"],
    [`override://10.0.0.9/${service}?${key}&weight=7`, "one consumer"],
    [`override://0.0.0.0/${service}?${key}&application=foo&weight=7`, "one application's consumers"],
    [`override://foo@0.0.0.0/${service}?${key}&weight=7`, "one application's consumers"],
    [`override://0.0.0.0/${service}?version=1.0.0&weight=7`, "no group"],
    [`override://0.0.0.0/${service}?group=g&version=2.0.0&weight=7`, "another version"],
    [`override://0.0.0.0/com.acme.Other?${key}&weight=7`, "another service"],
    [`override://0.0.0.0/${service}?${key}&~zone=z2&weight=7`, "providers with another parameter"],
    [`override://0.0.0.0/${service}?${key}&enabled=false&weight=7`, "nobody: it is switched off"],
    [`override://0.0.0.0/${service}?${key}&side=provider&weight=7`, "the provider itself"],
    [`override://0.0.0.0/${service}?${key}&providerAddresses=10.0.0.2:20880&weight=7`, "a list of others"],
    [`absent://0.0.0.0/${service}?${key}&weight=7`, "what the provider does not say"],
    [`route://0.0.0.0/${service}?${key}&weight=7`, "no rule of this kind"],
  ])("%s is for %s, and changes nothing", (text) => {
    expect(weightAfter(text)).toBe("100");
  });

  test("does not set what says where it holds", () => {
    const rule = ruleOfUrl(url(`override://0.0.0.0/${service}?${key}&category=configurators&dynamic=false&disabled=true`));
    expect(after(rule === undefined ? [] : [rule])).toEqual({
      application: "shop",
      group: "g",
      version: "1.0.0",
      weight: "100",
      zone: "z1",
      disabled: "true",
    });
  });

  test("for one host has the last word, then the one of higher priority", () => {
    const all = `override://0.0.0.0/${service}?${key}&weight=1`;
    const one = `override://10.0.0.1:20880/${service}?${key}&weight=2`;
    expect(weightAfter(one, all)).toBe("2");
    expect(weightAfter(`${all}&priority=5`, `override://0.0.0.0/${service}?${key}&weight=3&priority=1`)).toBe("1");
  });
});

describe("a dynamic configuration", () => {
  const rule = (item: object, more: object = {}): readonly DubboRule[] => {
    const parameters = { weight: 7 };
    return rulesOfConfiguration({
      configVersion: "v2.7",
      scope: "service",
      key: `g/${service}:1.0.0`,
      configs: [{ parameters, ...item }],
      ...more,
    }).rules;
  };
  const weight = (rules: readonly DubboRule[]): string | undefined => after(rules)["weight"];

  test.each([
    ["for the provider itself", rule({ side: "provider" })],
    ["for a provider's address", rule({ side: "provider", addresses: ["10.0.0.1:20880"] })],
    ["for all consumers", rule({ side: "consumer" })],
    ["for all consumers of a provider", rule({ side: "consumer", addresses: ["0.0.0.0"], providerAddresses: ["10.0.0.1:20880"] })],
    ["of an application", rule({ side: "provider" }, { scope: "application", key: "shop" })],
    ["of an application's service", rule({ side: "provider", services: [`g/${service}:1.0.0`] }, { scope: "application", key: "shop" })],
    ["with a switch of its own", rule({ side: "provider", type: "weight", enabled: true }, { enabled: false })],
    ["as a list of URLs", rulesOfConfiguration([`override://0.0.0.0/${service}?group=g&version=1.0.0&weight=7`]).rules],
  ])("%s holds", (_name, rules) => {
    expect(weight(rules)).toBe("7");
  });

  test.each([
    ["for another provider", rule({ side: "provider", addresses: ["10.0.0.1:20881"] })],
    ["for one consumer", rule({ side: "consumer", addresses: ["10.0.0.9"] })],
    ["for one application's consumers", rule({ side: "consumer", applications: ["foo"] })],
    ["without a side", rule({})],
    ["that is switched off", rule({ side: "provider" }, { enabled: false })],
    ["whose item is switched off", rule({ side: "provider", type: "weight", enabled: false })],
    ["of another application", rule({ side: "provider" }, { scope: "application", key: "other" })],
    ["of another version", rule({ side: "provider" }, { key: `g/${service}:2.0.0` })],
    ["with conditions", rule({ side: "provider", match: { address: { wildcard: "*" } } })],
  ])("%s changes nothing", (_name, rules) => {
    expect(weight(rules)).toBe("100");
  });

  test("says which of its items are left out for their conditions", () => {
    const parameters = { weight: 7 };
    const { rules, unsupported } = rulesOfConfiguration({
      configVersion: "v3.0",
      key: "a",
      configs: [
        { side: "provider", match: { param: [{ key: "zone", value: { exact: "z1" } }] }, parameters },
        { side: "provider", parameters },
        { side: "provider", type: "weight", enabled: false, match: {}, parameters },
        { side: "consumer", match: { app: { oneof: [{ exact: "shop" }] } }, parameters },
      ],
    });
    expect(rules).toHaveLength(1);
    expect(unsupported).toEqual(["configs[0].match", "configs[3].match"]);
  });

  test.each([
    ["text", "no map"],
    [{ configs: [] }, "key is missing"],
    [{ key: "a" }, "configs is no list"],
    [{ key: "a", configs: [{ side: "provider" }] }, "configs[0].parameters is no map"],
    [{ key: "a", configs: [{ side: "provider", parameters: {} }] }, "configs[0].parameters is empty"],
    [["nothing"], "no URL"],
  ])("%j is refused: %s", (document, message) => {
    expect(() => rulesOfConfiguration(document)).toThrow(message);
  });
});
