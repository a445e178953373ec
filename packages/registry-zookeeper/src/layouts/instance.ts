import { identityLabels, labelFault } from "@mesh/registry";
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

/** As much as a Java `int` holds. */
const largestWeight = 2_147_483_647;

/** Reads parameters, and notes those that say nothing that can be used: they count as if they were not there. */
export class ParameterReader {
  /** For people. */
  readonly faults: string[] = [];
  readonly #parameters: ReadonlyMap<string, string>;

  constructor(parameters: ReadonlyMap<string, string>) {
    this.#parameters = parameters;
  }

  /** A negative weight is none. */
  weight(key: string): number {
    const value = this.#whole(key, largestWeight);
    return value === undefined ? defaultWeight : Math.max(0, value);
  }

  /** A time or a duration in milliseconds; 0 where it says that there is none, undefined where it is absent. */
  milliseconds(key: string, longest: number): number | undefined {
    const value = this.#whole(key, longest);
    return value === undefined ? undefined : Math.max(0, value);
  }

  /** A text that the mesh wrote. */
  text(key: string, decode: (text: string) => string = (text) => text): string | undefined {
    const value = this.#parameters.get(key);
    if (value === undefined || value === "") return undefined;
    const text = decode(value);
    const fault = labelFault(key, text);
    if (fault === undefined) return text;
    this.faults.push(`the parameter ${key} ${fault}`);
    return undefined;
  }

  /** Parameters as labels: what says nothing, what has a place of its own in an instance, and the mesh's own are left out. */
  labels(hidden: ReadonlySet<string>): Readonly<Record<string, string>> {
    const labels: [string, string][] = [];
    for (const [key, value] of this.#parameters) {
      if (value === "" || hidden.has(key) || key.startsWith("mesh.")) continue;
      // What is wrong with the labels of its identity is wrong with the instance.
      const fault = labelFault("", key) ?? (identityLabels.has(key) ? undefined : labelFault(key, value));
      if (fault === undefined) labels.push([key, value]);
      else this.faults.push(`the parameter ${key.replaceAll(/[\p{Cc}\p{Cs}]/gu, "\u{fffd}")} ${fault}`);
    }
    return Object.fromEntries(labels);
  }

  #whole(key: string, most: number): number | undefined {
    const text = this.#parameters.get(key);
    if (text === undefined || text === "") return undefined;
    const value = /^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value <= most) return value;
    this.faults.push(`the parameter ${key} must be a whole number of at most ${most}, and counts as absent`);
    return undefined;
  }
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

export function readMeshParameters(reader: ParameterReader, registry: string): MeshParameters {
  const id = reader.text(meshKeys.originId, decoded);
  return {
    origin: { registry: reader.text(meshKeys.origin) ?? registry, ...(id === undefined ? {} : { id }) },
    locality: localityOf(reader.text(meshKeys.locality)),
    portName: reader.text(meshKeys.portName),
    isUnhealthy: reader.text(meshKeys.health) === "unhealthy",
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
