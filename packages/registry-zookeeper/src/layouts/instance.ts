import type { RegistryHealth, RegistryLocality, RegistryProtocol, RegistryRegistration, RegistryWarmUp } from "@mesh/registry";

/** Schemes of provider URLs, in SOFARPC and Dubbo; `rest` is either's HTTP, `h2c` SOFARPC's HTTP/2. */
const protocols: Readonly<Record<string, RegistryProtocol>> = {
  bolt: "bolt",
  tr: "bolt",
  dubbo: "dubbo",
  tri: "tri",
  grpc: "grpc",
  grpcs: "grpc",
  http: "http",
  rest: "http",
  hessian: "http",
  webservice: "http",
  h2c: "http2",
  h2: "http2",
  https: "https",
  redis: "redis",
};

export function protocolOf(scheme: string): RegistryProtocol {
  return protocols[scheme] ?? "unknown";
}

/** What both frameworks use where nothing is said. */
export const defaultWeight = 100;

/** As Java's parseInt with a default; a negative weight is none. */
export function weightOf(text: string | undefined): number {
  return text !== undefined && /^[+-]?\d{1,10}$/.test(text) ? Math.max(0, Number(text)) : defaultWeight;
}

/** A time or a duration in milliseconds; undefined where it is absent, zero or none. */
export function millisecondsOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) && Number(text) > 0 ? Number(text) : undefined;
}

/** Parameters by which the mesh keeps what the frameworks have no place for; they ignore what they do not know. */
const meshKeys = {
  origin: "mesh.origin",
  originId: "mesh.originId",
  locality: "mesh.locality",
  portName: "mesh.portName",
  health: "mesh.health",
} as const;

/** What of a registration goes into parameters of the mesh. */
export function meshParameters(registration: RegistryRegistration, registry: string, scheme: string): ReadonlyMap<string, string> {
  const { origin, locality, portName, health } = registration;
  const parameters = new Map<string, string>();
  if (origin !== undefined && origin.registry !== registry) parameters.set(meshKeys.origin, origin.registry);
  if (origin?.id !== undefined) parameters.set(meshKeys.originId, encodeURIComponent(origin.id));
  if (locality !== undefined) parameters.set(meshKeys.locality, [locality.region, locality.zone, locality.subZone].join("/"));
  if (portName !== undefined && portName !== scheme) parameters.set(meshKeys.portName, portName);
  if (health === "unhealthy") parameters.set(meshKeys.health, health);
  return parameters;
}

/** The same, read. */
export interface MeshParameters {
  readonly origin: { readonly registry: string; readonly id?: string };
  readonly locality: RegistryLocality | undefined;
  readonly portName: string | undefined;
  readonly isUnhealthy: boolean;
}

export function readMeshParameters(parameters: ReadonlyMap<string, string>, registry: string): MeshParameters {
  const id = parameters.get(meshKeys.originId);
  return {
    origin: { registry: parameters.get(meshKeys.origin) ?? registry, ...(id === undefined ? {} : { id: decoded(id) }) },
    locality: localityOf(parameters.get(meshKeys.locality)),
    portName: parameters.get(meshKeys.portName),
    isUnhealthy: parameters.get(meshKeys.health) === "unhealthy",
  };
}

/** An id has characters that end a parameter. */
function decoded(id: string): string {
  try {
    return decodeURIComponent(id);
  } catch {
    return id;
  }
}

function localityOf(text: string | undefined): RegistryLocality | undefined {
  if (text === undefined) return undefined;
  const [region = "", zone = "", subZone = ""] = text.split("/");
  return { region, zone, subZone };
}

/** Parameters as labels: what says nothing, what has a place of its own in an instance, and the mesh's own are left out. */
export function labelsOf(parameters: Iterable<readonly [string, string]>, hidden: ReadonlySet<string>): Readonly<Record<string, string>> {
  const labels: Record<string, string> = {};
  for (const [key, value] of parameters) {
    if (value !== "" && !hidden.has(key) && !key.startsWith("mesh.")) labels[key] = value;
  }
  return labels;
}

/** What an instance gets of the optional parts. */
export function optionalParts(
  locality: RegistryLocality | undefined,
  warmUp: RegistryWarmUp | undefined,
): { locality?: RegistryLocality; warmUp?: RegistryWarmUp } {
  return { ...(locality === undefined ? {} : { locality }), ...(warmUp === undefined ? {} : { warmUp }) };
}

/** An instance that may get no requests may still be told apart: known not to answer, or meant not to be asked. */
export function healthOf(isEnabled: boolean, isUnhealthy: boolean): RegistryHealth {
  if (isUnhealthy) return "unhealthy";
  return isEnabled ? "healthy" : "draining";
}
