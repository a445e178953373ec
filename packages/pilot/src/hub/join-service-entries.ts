import type { Config, ServiceEntrySpec, WorkloadEntrySpec } from "@mesh/istio-config";
import {
  protocolOfPort,
  selects,
  type Labels,
  type Locality,
  type MeshEndpoint,
  type MeshService,
  type Resolution,
  type ServiceEndpoints,
} from "../model/index.ts";
import { visibilityOf, type MeshSettings } from "../rules/index.ts";
import { keepSame, sameShape, type JoinedService } from "./join-registries.ts";

export interface ServiceEntryOptions {
  readonly config: Config<"ServiceEntry">;
  readonly host: string;
  /** All of the mesh. */
  readonly workloads: readonly Config<"WorkloadEntry">[];
  readonly mesh: MeshSettings;
  readonly previous: JoinedService | undefined;
  readonly addressOf: (host: string) => string | undefined;
}

const resolutions: Readonly<Record<ServiceEntrySpec["resolution"], Resolution>> = {
  STATIC: "static",
  DNS: "dns",
  DNS_ROUND_ROBIN: "dns-round-robin",
  NONE: "passthrough",
};

export const serviceEntrySource = "service-entry";

/** One host of a ServiceEntry with its endpoints (Istio: `serviceentry/conversion.go`). */
export function joinServiceEntry({ config, host, workloads, mesh, previous, addressOf }: ServiceEntryOptions): JoinedService {
  const { spec, namespace, creationTimestamp } = config;
  const resolution = resolutions[spec.resolution];
  const isWildcardHost = host.startsWith("*");
  const service: MeshService = {
    hostname: host,
    namespace,
    ports: spec.ports.map((port) => ({ name: port.name, number: port.number, protocol: protocolOfPort(port) })),
    resolution,
    isExternal: spec.location === "MESH_EXTERNAL",
    addresses: spec.addresses,
    // Whoever goes to an address that it chose itself, or to any of many hosts, is not told by an allotted one (Istio: auto-allocation).
    allottedAddress: spec.addresses.length > 0 || resolution === "passthrough" || isWildcardHost ? undefined : addressOf(host),
    visibility: visibilityOf(spec.exportTo, mesh.defaultServiceExportTo, namespace),
    labels: config.labels,
    subjectAltNames: spec.subjectAltNames,
    variants: [],
    aliases: [],
    source: serviceEntrySource,
    createdAtMs: creationTimestamp ?? 0,
  };
  return {
    service: sameShape(previous?.service, service),
    endpoints: endpointsOf(spec, host, entriesOf(config, workloads), previous?.endpoints),
  };
}

/** The entry's own endpoints, or the workloads of its namespace that it selects. */
function entriesOf(
  { spec, namespace }: Config<"ServiceEntry">,
  workloads: readonly Config<"WorkloadEntry">[],
): readonly WorkloadEntrySpec[] {
  const selector: Labels | undefined = spec.workloadSelector?.labels;
  if (selector === undefined) return spec.endpoints;
  return workloads.flatMap((workload) =>
    workload.namespace === namespace && selects(selector, { ...workload.labels, ...workload.spec.labels })
      ? [{ ...workload.spec, labels: { ...workload.labels, ...workload.spec.labels } }]
      : [],
  );
}

function endpointsOf(
  spec: ServiceEntrySpec,
  host: string,
  entries: readonly WorkloadEntrySpec[],
  previous: ServiceEndpoints | undefined,
): ServiceEndpoints {
  // Without endpoints of its own, a name is looked up by itself.
  const isOwnName =
    entries.length === 0 && spec.workloadSelector === undefined && spec.resolution.startsWith("DNS") && !host.startsWith("*");
  const all: readonly WorkloadEntrySpec[] = isOwnName ? [{ address: host, ports: {}, labels: {} }] : entries;
  const next = new Map(
    spec.ports.map((port): [string, readonly MeshEndpoint[]] => {
      const list = all.flatMap((entry) => {
        const number = (Object.hasOwn(entry.ports, port.name) ? entry.ports[port.name] : undefined) ?? port.targetPort ?? port.number;
        return entry.address === undefined ? [] : [endpointOf(entry, entry.address, number)];
      });
      return [port.name, keepSame(previous?.get(port.name), list)];
    }),
  );
  const isSame = previous !== undefined && previous.size === next.size && [...next].every(([port, list]) => previous.get(port) === list);
  return isSame ? previous : next;
}

const unixScheme = "unix://";

function endpointOf(entry: WorkloadEntrySpec, address: string, port: number): MeshEndpoint {
  const isUnix = address.startsWith(unixScheme);
  return {
    address: isUnix ? address.slice(unixScheme.length) : address,
    port: isUnix ? 0 : port,
    labels: entry.labels,
    variant: "",
    weight: entry.weight ?? 1,
    health: "healthy",
    locality: localityOf(entry.locality ?? ""),
    network: entry.network ?? "",
    serviceAccount: entry.serviceAccount ?? "",
    warmUp: undefined,
    source: serviceEntrySource,
  };
}

/** `region/zone/subzone`, of which the last may be missing. */
export function localityOf(text: string): Locality | undefined {
  if (text === "") return undefined;
  const [region = "", zone = "", subZone = ""] = text.split("/");
  return { region, zone, subZone };
}
