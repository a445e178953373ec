import { latestTimeMs, longestWarmUpMs, type RegistryRegistration, type RegistryWarmUp } from "@mesh/registry";
import { addressOf, formatProviderUrl, type ProviderUrl } from "../provider-url.ts";
import { defaultWeight, healthOf, meshParameters, optionalParts, ParameterReader, protocolOf, readMeshParameters } from "./instance.ts";
import type { LayoutInstance } from "./layout.ts";

/** What has a place of its own in an instance, and what only tells one process from the next. */
const hidden: ReadonlySet<string> = new Set(["weight", "startTime", "warmupTime", "warmupWeight", "pid", "interface"]);

/** The data of a provider's node: SOFARPC writes 0 for `dynamic=false`, an operator to take it off line. sofa-rpc-node writes nothing. */
const offline = 0;

/** The instance of a provider's node. */
export function sofaInstance(path: string, url: ProviderUrl, data: Buffer, registry: string): LayoutInstance {
  const { scheme, host, port, parameters } = url;
  const reader = new ParameterReader(parameters);
  const mesh = readMeshParameters(reader, registry);
  const startedAtMs = reader.milliseconds("startTime", latestTimeMs) ?? 0;
  const uniqueId = parameters.get("uniqueId") ?? "";
  return {
    instance: {
      id: `${scheme}://${addressOf(url)}${uniqueId === "" ? "" : `?uniqueId=${uniqueId}`}`,
      address: host,
      port,
      portName: mesh.portName ?? scheme,
      protocol: protocolOf(scheme),
      labels: reader.labels(hidden),
      weight: reader.weight("weight"),
      health: healthOf(data[0] !== offline, mesh.isUnhealthy),
      origin: mesh.origin,
      ...optionalParts(mesh.locality, warmUpOf(reader, startedAtMs, parameters)),
    },
    registeredAtMs: startedAtMs,
    path,
    faults: reader.faults,
  };
}

/** SOFARPC, `processWarmUpWeight`: only where all three are there; until the end the weight is another, then the usual one. */
function warmUpOf(reader: ParameterReader, startedAtMs: number, parameters: ReadonlyMap<string, string>): RegistryWarmUp | undefined {
  const durationMs = reader.milliseconds("warmupTime", longestWarmUpMs) ?? 0;
  if (startedAtMs === 0 || durationMs === 0 || (parameters.get("warmupWeight") ?? "") === "") return undefined;
  return { startedAtMs, durationMs, weight: reader.weight("warmupWeight") };
}

/** What SOFARPC's consumers look at, and what its own providers write. */
const defaults: readonly (readonly [string, string])[] = [
  ["version", "1.0"],
  // A consumer compares it with its own, which is empty, not absent.
  ["uniqueId", ""],
  ["dynamic", "true"],
  ["serialization", "hessian2"],
];

/** The name, before it is encoded, and the data of a provider's node. */
export function sofaEntry(registration: RegistryRegistration, registry: string): { readonly url: string; readonly data: Buffer } {
  const { service, address, port, protocol, labels = {}, weight = defaultWeight, health = "healthy", warmUp } = registration;
  const parameters = new Map<string, string>(defaults);
  for (const [key, value] of Object.entries(labels)) parameters.set(key, value);
  parameters.set("interface", service);
  parameters.set("protocol", protocol);
  parameters.set("weight", String(Math.round(weight)));
  if (warmUp !== undefined) {
    parameters.set("startTime", String(warmUp.startedAtMs));
    if (warmUp.weight !== undefined) {
      parameters.set("warmupTime", String(warmUp.durationMs));
      parameters.set("warmupWeight", String(Math.round(warmUp.weight)));
    }
  }
  for (const [key, value] of meshParameters(registration, registry, protocol)) parameters.set(key, value);
  const url = formatProviderUrl({ scheme: protocol, username: "", host: address, port, path: "", parameters });
  return { url, data: Buffer.of(health === "healthy" ? 1 : offline) };
}
