import type { MeshService, ServiceEndpoints, ServicePort, MeshEndpoint } from "../model/index.ts";
import { noEndpoints } from "../model/index.ts";
import type { Rules } from "../rules/index.ts";

/** All services of the mesh, without their endpoints. The same object as long as no service comes, goes or changes its shape. */
export class ServiceIndex {
  /** Sorted by host, then namespace. */
  readonly all: readonly MeshService[];
  readonly #byHost = new Map<string, MeshService[]>();

  constructor(services: Iterable<MeshService>) {
    this.all = [...services].sort(byHostAndNamespace);
    for (const service of this.all) {
      const key = service.hostname.toLowerCase();
      const same = this.#byHost.get(key);
      if (same === undefined) this.#byHost.set(key, [service]);
      else same.push(service);
    }
  }

  /** Those of a host, one for each namespace that has one. */
  of(host: string): readonly MeshService[] {
    return this.#byHost.get(host.toLowerCase()) ?? [];
  }
}

function byHostAndNamespace(one: MeshService, other: MeshService): number {
  if (one.hostname !== other.hostname) return one.hostname < other.hostname ? -1 : 1;
  return one.namespace < other.namespace ? -1 : one.namespace > other.namespace ? 1 : 0;
}

/** A service's endpoint, as the workload that it runs on sees it. */
export interface LocalEndpoint {
  readonly service: MeshService;
  readonly port: ServicePort;
  readonly endpoint: MeshEndpoint;
}

/** What runs where, by IP address. */
export interface WorkloadIndex {
  /** Empty where nothing does that is known. */
  get(address: string): readonly LocalEndpoint[];
}

/** The endpoints of all services at one moment. */
export class EndpointIndex {
  readonly #byService: ReadonlyMap<MeshService, ServiceEndpoints>;

  constructor(byService: ReadonlyMap<MeshService, ServiceEndpoints>) {
    this.#byService = byService;
  }

  get size(): number {
    return this.#byService.size;
  }

  /** @param service - of the same snapshot */
  of(service: MeshService): ServiceEndpoints {
    return this.#byService.get(service) ?? noEndpoints;
  }
}

export const serviceKey = ({ hostname, namespace }: { readonly hostname: string; readonly namespace: string }): string =>
  `${namespace}/${hostname.toLowerCase()}`;

/** What a snapshot says that the one before did not. */
export interface SnapshotChange {
  /** A service came, went or changed its shape. */
  readonly services: boolean;
  readonly endpoints: boolean;
  readonly rules: boolean;
}

/** The mesh at one moment. Immutable; what has not changed is the same object as in the one before. */
export interface MeshSnapshot {
  /** Counts up from 1. */
  readonly number: number;
  readonly services: ServiceIndex;
  readonly endpoints: EndpointIndex;
  readonly rules: Rules;
  readonly workloads: WorkloadIndex;
  readonly change: SnapshotChange;
}
