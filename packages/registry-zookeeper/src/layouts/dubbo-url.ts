import { latestTimeMs, longestWarmUpMs, type RegistryRegistration, type RegistryWarmUp } from "@mesh/registry";
import { addressOf, formatProviderUrl, type ProviderUrl } from "../provider-url.ts";
import { defaultWeight, healthOf, meshParameters, optionalParts, ParameterReader, protocolOf, readMeshParameters } from "./instance.ts";
import type { LayoutInstance } from "./layout.ts";

/** What has a place of its own in an instance, what is so of every provider, and what only tells one process from the next. */
const hidden: ReadonlySet<string> = new Set([
  "weight",
  "timestamp",
  "warmup",
  "pid",
  "interface",
  "disabled",
  "enabled",
  "side",
  "category",
  "anyhost",
]);

/** Dubbo, AbstractLoadBalance.getWeight. */
const defaultWarmUpMs = 600_000;

/**
 * The instance of a provider's URL, after the rules.
 *
 * @param path - of the entry that says so
 * @param isVariantKnown - whether the URL says in which version and group the service is provided
 */
export function dubboInstance(path: string, url: ProviderUrl, registry: string, isVariantKnown: boolean): LayoutInstance {
  const { scheme, host, port, parameters } = url;
  const reader = new ParameterReader(parameters);
  const mesh = readMeshParameters(reader, registry);
  const startedAtMs = reader.milliseconds("timestamp", latestTimeMs) ?? 0;
  return {
    instance: {
      id: dubboId(url),
      address: host,
      port,
      portName: mesh.portName ?? scheme,
      protocol: protocolOf(scheme),
      labels: reader.labels(hidden),
      ...(isVariantKnown ? {} : { isVariantUnknown: true }),
      weight: reader.weight("weight"),
      health: healthOf(isEnabled(parameters), mesh.isUnhealthy),
      origin: mesh.origin,
      ...optionalParts(mesh.locality, warmUpOf(reader, startedAtMs)),
    },
    registeredAtMs: startedAtMs,
    path,
    faults: reader.faults,
  };
}

/** One process may provide an interface several times on the same port, in other groups and versions. */
export function dubboId(url: ProviderUrl): string {
  const key = ["group", "version"].flatMap((name) => {
    const value = url.parameters.get(name) ?? "";
    return value === "" ? [] : [`${name}=${value}`];
  });
  return `${url.scheme}://${addressOf(url)}${key.length === 0 ? "" : `?${key.join("&")}`}`;
}

/** Dubbo, RegistryDirectory.toInvokers: `disabled` has the last word, then `enabled`. */
function isEnabled(parameters: ReadonlyMap<string, string>): boolean {
  const disabled = parameters.get("disabled") ?? "";
  return disabled === "" ? parameters.get("enabled") !== "false" : disabled !== "true";
}

function warmUpOf(reader: ParameterReader, startedAtMs: number): RegistryWarmUp | undefined {
  const durationMs = reader.milliseconds("warmup", longestWarmUpMs) ?? defaultWarmUpMs;
  return startedAtMs === 0 || durationMs === 0 ? undefined : { startedAtMs, durationMs };
}

/** What Dubbo's consumers look at. */
const defaults: readonly (readonly [string, string])[] = [
  ["category", "providers"],
  ["dubbo", "2.0.2"],
  ["dynamic", "true"],
  ["methods", "*"],
];

/** The name of a provider's node, before it is encoded. */
export function dubboEntry(registration: RegistryRegistration, registry: string): string {
  const { service, address, port, protocol, labels = {} } = registration;
  const parameters = dubboParameters(registration, registry);
  return formatProviderUrl({ scheme: protocol, username: "", host: address, port, path: labels["path"] ?? service, parameters });
}

/** What an URL says of a registration. */
export function dubboParameters(registration: RegistryRegistration, registry: string): ReadonlyMap<string, string> {
  const { service, protocol, labels = {}, weight = defaultWeight, health = "healthy", warmUp } = registration;
  const parameters = new Map<string, string>(defaults);
  for (const [key, value] of Object.entries(labels)) parameters.set(key, value);
  parameters.set("interface", service);
  parameters.set("side", "provider");
  parameters.set("weight", String(Math.round(weight)));
  if (health !== "healthy") parameters.set("disabled", "true");
  if (warmUp !== undefined) {
    parameters.set("timestamp", String(warmUp.startedAtMs));
    parameters.set("warmup", String(warmUp.durationMs));
  }
  for (const [key, value] of meshParameters(registration, registry, protocol)) parameters.set(key, value);
  return parameters;
}
