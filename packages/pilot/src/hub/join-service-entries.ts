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
import type { EntryGroup } from "./entry-groups.ts";
import { keepSame, sameShape, type JoinedService } from "./join-registries.ts";

export interface ServiceEntryOptions {
  /** Those of one namespace that have the host and can be merged, the oldest first. */
  readonly configs: EntryGroup;
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

/** Whoever goes to an address that it chose itself, or to any of many hosts, is not told by an allotted one (Istio: auto-allocation). */
export const isAllotted = ({ addresses, resolution }: ServiceEntrySpec, host: string): boolean =>
  addresses.length === 0 && resolution !== "NONE" && !host.startsWith("*");

/** One host of ServiceEntries with its endpoints (Istio: `serviceentry/conversion.go`): the ports of all, and on each the endpoints of all that have it. */
export function joinServiceEntry({ configs, host, workloads, mesh, previous, addressOf }: ServiceEntryOptions): JoinedService {
  const [config] = configs;
  const { spec, namespace, creationTimestamp } = config;
  const ports = mergedPorts(configs);
  const resolution = resolutions[spec.resolution];
  const service: MeshService = {
    hostname: host,
    namespace,
    ports: ports.map((port) => ({ name: port.name, number: port.number, protocol: protocolOfPort(port) })),
    resolution,
    isExternal: spec.location === "MESH_EXTERNAL",
    addresses: spec.addresses,
    allottedAddress: isAllotted(spec, host) ? addressOf(host) : undefined,
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
    endpoints: endpointsOf(ports, configs, { host, workloads, previous: previous?.endpoints }),
  };
}

type EntryPort = ServiceEntrySpec["ports"][number];

/** Where two have a port of one number, the older one says what it is. */
function mergedPorts(configs: EntryGroup): readonly EntryPort[] {
  const [{ spec: first }, ...others] = configs;
  const ports = [...first.ports];
  for (const { spec } of others) {
    for (const port of spec.ports) {
      if (!ports.some(({ number, name }) => number === port.number || name === port.name)) ports.push(port);
    }
  }
  return ports;
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

interface EndpointOptions {
  readonly host: string;
  readonly workloads: readonly Config<"WorkloadEntry">[];
  readonly previous: ServiceEndpoints | undefined;
}

function endpointsOf(ports: readonly EntryPort[], configs: EntryGroup, { host, workloads, previous }: EndpointOptions): ServiceEndpoints {
  const all = configs.map((config) => ({ config, entries: addressedOf(config, host, workloads) }));
  const next = new Map(
    ports.map(({ name, number }): [string, readonly MeshEndpoint[]] => {
      const list = all.flatMap(({ config, entries }) => {
        const own = config.spec.ports.find((port) => port.number === number);
        return own === undefined ? [] : entries.map((entry) => endpointOf(entry, own));
      });
      return [name, keepSame(previous?.get(name), list)];
    }),
  );
  const isSame = previous !== undefined && previous.size === next.size && [...next].every(([port, list]) => previous.get(port) === list);
  return isSame ? previous : next;
}

type AddressedEntry = WorkloadEntrySpec & { readonly address: string };

function addressedOf(
  config: Config<"ServiceEntry">,
  host: string,
  workloads: readonly Config<"WorkloadEntry">[],
): readonly AddressedEntry[] {
  const { spec } = config;
  const entries = entriesOf(config, workloads);
  // Without endpoints of its own, a name is looked up by itself.
  const isOwnName =
    entries.length === 0 && spec.workloadSelector === undefined && spec.resolution.startsWith("DNS") && !host.startsWith("*");
  if (isOwnName) return [{ address: host, ports: {}, labels: {} }];
  return entries.flatMap((entry) => (entry.address === undefined ? [] : [{ ...entry, address: entry.address }]));
}

const unixScheme = "unix://";

function endpointOf(entry: AddressedEntry, { name, number, targetPort }: EntryPort): MeshEndpoint {
  const { address } = entry;
  const isUnix = address.startsWith(unixScheme);
  const port = (Object.hasOwn(entry.ports, name) ? entry.ports[name] : undefined) ?? targetPort ?? number;
  return {
    address: isUnix ? address.slice(unixScheme.length) : address,
    port: isUnix ? 0 : port,
    labels: entry.labels,
    variant: "",
    // Not set and 0 are the same in Istio's API, and mean 1.
    weight: entry.weight || 1,
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
