import { addressOf, parseAddress, parseProviderUrl, type ProviderUrl } from "../provider-url.ts";

/** A rule that changes parameters of providers: an `override://` or `absent://` URL, or an item of a dynamic configuration. */
export interface DubboRule {
  /** `absent`: only where the provider says nothing. */
  readonly kind: "override" | "absent";
  /** Whom it is for: a provider's host, or `0.0.0.0`. */
  readonly host: string;
  /** 0 is any. */
  readonly port: number;
  /** `host:port`, `host`, or `0.0.0.0` with or without a port; empty is all. */
  readonly providers: readonly string[];
  /** The provider's application; undefined is any. */
  readonly application: string | undefined;
  readonly service: DubboServiceMatch | undefined;
  /** Parameters that the provider must have. */
  readonly conditions: ReadonlyMap<string, string>;
  readonly parameters: ReadonlyMap<string, string>;
  readonly priority: number;
}

/** `*` matches all. */
export interface DubboServiceMatch {
  readonly group: string;
  readonly name: string;
  readonly version: string;
}

const anyHost = "0.0.0.0";

/** Dubbo, AbstractConfigurator.genConditionKeys: these say where a rule holds, and are not set. */
const conditionKeys: ReadonlySet<string> = new Set([
  "category",
  "check",
  "dynamic",
  "enabled",
  "group",
  "version",
  "application",
  "side",
  "configVersion",
  "compatible_config",
  "interfaces",
  "interface",
  "priority",
  "providerAddresses",
  "anyhost",
]);

/**
 * The rule of a node in `configurators`, as a consumer anywhere would apply it (Dubbo, AbstractConfigurator.configureDeprecated): undefined for
 * one that speaks to single consumers (by host or application), that is switched off, or that changes nothing.
 */
export function ruleOfUrl(url: ProviderUrl): DubboRule | undefined {
  const { scheme, username, host, port, path, parameters } = url;
  if (scheme !== "override" && scheme !== "absent") return undefined;
  const get = (key: string): string => parameters.get(key) ?? "";
  if (parameters.get("enabled") === "false" || get("side") === "provider") return undefined;
  if (port === 0 && host !== anyHost) return undefined;
  const application = get("application") || username;
  if (application !== "" && application !== "*") return undefined;
  const conditions = new Map<string, string>();
  const changed = new Map<string, string>();
  for (const [key, value] of parameters) {
    if (key.startsWith("~")) conditions.set(key.slice(1), value);
    else if (!conditionKeys.has(key)) changed.set(key, value);
  }
  if (changed.size === 0) return undefined;
  const name = get("interface") || path;
  return {
    kind: scheme,
    host,
    port,
    providers: listOf(get("providerAddresses")),
    application: undefined,
    service: name === "" || name === "*" ? undefined : { group: get("group"), name, version: get("version") },
    conditions,
    parameters: changed,
    priority: Number.parseInt(get("priority"), 10) || 0,
  };
}

/** Specific hosts after `0.0.0.0`, then by priority: what comes later has the last word. (Dubbo, Configurator.compareTo) */
export function sortRules(rules: readonly DubboRule[]): readonly DubboRule[] {
  return rules.toSorted((one, other) => (one.host === other.host ? one.priority - other.priority : one.host < other.host ? -1 : 1));
}

/** The provider as the rules make it. */
export function applyRules(rules: readonly DubboRule[], provider: ProviderUrl, service: string): ProviderUrl {
  let parameters: Map<string, string> | undefined = undefined;
  for (const rule of rules) {
    const known: ReadonlyMap<string, string> = parameters ?? provider.parameters;
    if (!isMatch(rule, provider, known, service)) continue;
    parameters = new Map(known);
    for (const [key, value] of rule.parameters) {
      if (rule.kind === "override" || !known.has(key)) parameters.set(key, value);
    }
  }
  return parameters === undefined ? provider : { ...provider, parameters };
}

function isMatch(rule: DubboRule, provider: ProviderUrl, parameters: ReadonlyMap<string, string>, name: string): boolean {
  if (rule.host !== anyHost && rule.host !== provider.host) return false;
  if (rule.port !== 0 && rule.port !== provider.port) return false;
  if (rule.providers.length > 0 && !rule.providers.some((address) => isAddress(address, provider))) return false;
  if (rule.application !== undefined && rule.application !== parameters.get("application")) return false;
  const { service } = rule;
  if (service !== undefined && !isService(service, parameters, name)) return false;
  for (const [key, value] of rule.conditions) {
    if (value !== "*" && parameters.get(key) !== value) return false;
  }
  return true;
}

function isAddress(address: string, provider: ProviderUrl): boolean {
  return (
    address === addressOf(provider) ||
    address === provider.host ||
    address === anyHost ||
    address === `${anyHost}:*` ||
    address === `${anyHost}:${provider.port}`
  );
}

function isService(service: DubboServiceMatch, parameters: ReadonlyMap<string, string>, name: string): boolean {
  const isEqual = (wanted: string, value: string): boolean => wanted === "*" || wanted === value;
  return (
    isEqual(service.name, name) &&
    isEqual(service.group, parameters.get("group") ?? "") &&
    isEqual(service.version, parameters.get("version") ?? "")
  );
}

function listOf(text: string): readonly string[] {
  return text.split(",").filter((part) => part !== "");
}

/** What the text of a dynamic configuration is made of, after YAML or JSON. */
interface ConfigItem {
  readonly side: string;
  readonly addresses: readonly string[];
  readonly providers: readonly string[];
  readonly services: readonly string[];
  readonly applications: readonly string[];
  readonly parameters: ReadonlyMap<string, string>;
}

/** What a dynamic configuration says. */
export interface ConfigurationRules {
  readonly rules: readonly DubboRule[];
  /** Where something is said that is not done here: `configs[0].match`. */
  readonly unsupported: readonly string[];
}

/**
 * The rules of `<key>.configurators` in Dubbo's configuration centre (ConfigParser.parseConfigurators): what holds for all consumers, and what
 * providers apply to themselves, which is the same to the mesh.
 *
 * @param document - as YAML gives it
 * @throws an Error that says what is wrong
 */
export function rulesOfConfiguration(document: unknown): ConfigurationRules {
  if (Array.isArray(document)) return { rules: document.flatMap((text) => ruleOfUrl(urlOf(text)) ?? []), unsupported: [] };
  const config = recordOf(document, "the configuration");
  const key = textOf(config["key"]);
  if (key === "") throw new Error("key is missing");
  const isOn = config["enabled"] !== false && textOf(config["enabled"]) !== "false";
  const isApplication = textOf(config["scope"]) === "application";
  const rules: DubboRule[] = [];
  const unsupported: string[] = [];
  for (const [index, raw] of arrayOf(config["configs"], "configs").entries()) {
    const where = `configs[${index}]`;
    const record = recordOf(raw, where);
    const item = itemOf(record, where);
    // Items of a type, such as `weight`, are switched by themselves.
    const type = textOf(record["type"]);
    const isItemOn = type === "" || type === "general" ? isOn : record["enabled"] !== false && textOf(record["enabled"]) !== "false";
    if (!isItemOn) continue;
    if (record["match"] === undefined || record["match"] === null) rules.push(...rulesOfItem(item, isApplication ? key : undefined, key));
    else unsupported.push(`${where}.match`);
  }
  return { rules, unsupported };
}

function itemOf(record: Readonly<Record<string, unknown>>, where: string): ConfigItem {
  const parameters = new Map(
    Object.entries(recordOf(record["parameters"], `${where}.parameters`)).map(([key, value]) => [key, textOf(value)]),
  );
  if (parameters.size === 0) throw new Error(`${where}.parameters is empty`);
  const texts = (key: string): readonly string[] => (record[key] === undefined ? [] : arrayOf(record[key], `${where}.${key}`).map(textOf));
  return {
    side: textOf(record["side"]),
    addresses: texts("addresses"),
    providers: texts("providerAddresses"),
    services: texts("services"),
    applications: texts("applications"),
    parameters,
  };
}

function rulesOfItem(item: ConfigItem, application: string | undefined, key: string): readonly DubboRule[] {
  const { side, parameters } = item;
  const addresses = item.addresses.length === 0 ? [anyHost] : item.addresses;
  const services = application === undefined ? [key] : item.services.length === 0 ? ["*"] : item.services;
  if (side === "consumer") {
    // Rules for one consumer's host or application are that consumer's own.
    const isForAll = addresses.some((address) => parseAddress(address)?.host === anyHost);
    const isForAny = item.applications.length === 0 || item.applications.includes("*");
    if (!isForAll || !isForAny || application !== undefined) return [];
    return [ruleOfItem(anyHost, item.providers, undefined, key, parameters)];
  }
  if (side !== "provider") return [];
  const applications = application === undefined ? item.applications.filter((name) => name !== "*") : [application];
  return addresses.flatMap((address) =>
    services.flatMap((service) =>
      (applications.length === 0 ? [undefined] : applications).map((name) =>
        ruleOfItem(
          parseAddress(address)?.host ?? address,
          item.providers.length === 0 ? addresses : item.providers,
          name,
          service,
          parameters,
        ),
      ),
    ),
  );
}

function ruleOfItem(
  host: string,
  providers: readonly string[],
  application: string | undefined,
  service: string,
  parameters: ReadonlyMap<string, string>,
): DubboRule {
  return {
    kind: "override",
    host,
    port: 0,
    providers,
    application,
    service: serviceOf(service),
    conditions: new Map(),
    parameters,
    priority: 0,
  };
}

/** `group/name:version`. */
function serviceOf(key: string): DubboServiceMatch | undefined {
  if (key === "*") return undefined;
  const slash = key.indexOf("/");
  const colon = key.indexOf(":", slash + 1);
  return {
    group: slash === -1 ? "" : key.slice(0, slash),
    name: key.slice(slash + 1, colon === -1 ? undefined : colon),
    version: colon === -1 ? "" : key.slice(colon + 1),
  };
}

function urlOf(text: unknown): ProviderUrl {
  const url = typeof text === "string" ? parseProviderUrl(text) : undefined;
  if (url === undefined) throw new Error("an item of the list is no URL");
  return url;
}

function recordOf(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Error(`${what} is no map`);
  return Object.fromEntries(Object.entries(value));
}

function arrayOf(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new Error(`${what} is no list`);
  return value;
}

function textOf(value: unknown): string {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? String(value) : "";
}
