import type { RegistryInstance, RegistryService } from "@mesh/registry";
import type { MeshEndpoint, MeshService, ServiceEndpoints, ServicePort } from "../model/index.ts";
import type { HeldInstance } from "./registry-shard.ts";
import { variantNameOf, variantsOf } from "./variants.ts";

/** What one registry has of a service. */
export interface RegistryShare {
  /** The registry's name. */
  readonly registry: string;
  readonly service: RegistryService;
  /** Instances that it has no more: used where there are no others of the same variant, or where they are likely to be there all the same. */
  readonly held: readonly HeldInstance[];
}

export interface JoinedService {
  readonly service: MeshService;
  readonly endpoints: ServiceEndpoints;
}

export interface JoinOptions {
  readonly host: string;
  readonly namespace: string;
  readonly shares: readonly RegistryShare[];
  readonly previous: JoinedService | undefined;
  readonly addressOf: (host: string) => string | undefined;
  readonly nowMs: number;
  /** Given the names of the variants that have instances, adds those that are still known. */
  readonly keepVariants: (names: ReadonlySet<string>) => Iterable<string>;
}

/**
 * One service of what several registries have under one name: while a company moves from one to another, the providers of an
 * interface are in both. What is registered in two under the same address and port is one endpoint; the first registry's counts.
 */
export function joinShares({ host, namespace, shares, previous, addressOf, nowMs, keepVariants }: JoinOptions): JoinedService {
  const all = shares.flatMap(({ service, held, registry }) => {
    const variants = new Set(service.instances.filter(isUsable).map(variantNameOf));
    const used = held.flatMap(({ instance, isLikelyThere }) => (isLikelyThere || !variants.has(variantNameOf(instance)) ? [instance] : []));
    return [...service.instances, ...used].map((instance) => ({ instance, registry }));
  });
  const instances = withoutNeedless(all);
  const { variants, aliases } = variantsOf(
    host,
    instances.map(({ instance }) => instance),
    keepVariants,
  );
  const service: MeshService = {
    hostname: host,
    namespace,
    ports: joinPorts(shares),
    resolution: "static",
    isExternal: false,
    addresses: [],
    allottedAddress: addressOf(host),
    visibility: "all",
    labels: Object.assign({}, ...shares.map(({ service: { labels } }) => labels)),
    subjectAltNames: [],
    variants,
    aliases,
    source: [...new Set(shares.map(({ registry }) => registry))].join(","),
    createdAtMs: previous?.service.createdAtMs ?? nowMs,
  };
  return { service: sameShape(previous?.service, service), endpoints: endpointsOf(instances, previous?.endpoints) };
}

const isUsable = ({ health, weight }: RegistryInstance): boolean => health === "healthy" && weight > 0;

interface Registered {
  readonly instance: RegistryInstance;
  readonly registry: string;
}

/** Dubbo 3 registers on two levels by default: where one says which versions an address provides, another need not say that it does. */
function withoutNeedless(all: readonly Registered[]): readonly Registered[] {
  if (!all.some(({ instance }) => instance.isVariantUnknown)) return all;
  const known = new Set(all.flatMap(({ instance }) => (instance.isVariantUnknown ? [] : [placeOf(instance)])));
  return all.filter(({ instance }) => !instance.isVariantUnknown || !known.has(placeOf(instance)));
}

const placeOf = ({ protocol, address, port }: RegistryInstance): string => `${protocol} ${address} ${port}`;

/** By name; where two registries give a name different numbers, the first's counts. */
function joinPorts(shares: readonly RegistryShare[]): readonly ServicePort[] {
  const ports = new Map<string, ServicePort>();
  const numbers = new Set<number>();
  for (const { service } of shares) {
    for (const port of service.ports) {
      if (ports.has(port.name) || numbers.has(port.number)) continue;
      ports.set(port.name, { name: port.name, number: port.number, protocol: port.protocol });
      numbers.add(port.number);
    }
  }
  return [...ports.values()].sort((one, other) => one.number - other.number);
}

function endpointsOf(instances: readonly Registered[], previous: ServiceEndpoints | undefined): ServiceEndpoints {
  const byPort = new Map<string, Map<string, MeshEndpoint>>();
  for (const { instance, registry } of instances) {
    const list = byPort.get(instance.portName) ?? new Map<string, MeshEndpoint>();
    byPort.set(instance.portName, list);
    // Several providers of an interface in one process, one for each version, share an address.
    const key = `${instance.address} ${instance.port} ${variantNameOf(instance)}`;
    if (!list.has(key)) list.set(key, endpointOf(instance, registry));
  }
  const next = new Map([...byPort].map(([port, list]) => [port, keepSame(previous?.get(port), [...list.values()])]));
  const isSame = previous !== undefined && previous.size === next.size && [...next].every(([port, list]) => previous.get(port) === list);
  return isSame ? previous : next;
}

function endpointOf(instance: RegistryInstance, registry: string): MeshEndpoint {
  const { address, port, labels, weight, health, locality, warmUp } = instance;
  return {
    address,
    port,
    labels,
    variant: variantNameOf(instance),
    weight,
    health,
    locality,
    network: "",
    serviceAccount: "",
    warmUp,
    source: registry,
  };
}

/** The list from before where it says the same. */
export function keepSame<Item>(before: readonly Item[] | undefined, now: readonly Item[]): readonly Item[] {
  if (before === undefined || before.length !== now.length) return now;
  return now.every((item, at) => item === before[at] || JSON.stringify(item) === JSON.stringify(before[at])) ? before : now;
}

/** The service from before where it says the same. */
export function sameShape(before: MeshService | undefined, now: MeshService): MeshService {
  return before !== undefined && shapeOf(before) === shapeOf(now) ? before : now;
}

const shapeOf = (service: MeshService): string =>
  JSON.stringify({ ...service, visibility: service.visibility === "all" ? "all" : [...service.visibility].sort() });
