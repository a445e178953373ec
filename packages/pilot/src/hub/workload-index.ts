import type { MeshService } from "../model/index.ts";
import type { JoinedService } from "./join-registries.ts";
import type { LocalEndpoint, WorkloadIndex } from "./snapshot.ts";

/** A service as it was, and as it is; undefined where there was or is none. */
export interface ServiceStep {
  readonly before: JoinedService | undefined;
  readonly now: JoinedService | undefined;
}

type Bucket = ReadonlyMap<string, readonly LocalEndpoint[]>;

/** So many addresses share a copy when one of them changes: of 10,000, forty. */
const bucketCount = 256;
const nothing: readonly LocalEndpoint[] = [];

/**
 * What runs at each address, in the order of the services in `joined`. Immutable; one that is made of another shares with it what did not
 * change: in a mesh of 10,000 endpoints, to look at all of them when one changes took longer than anything else that then is to be done.
 */
export class Workloads implements WorkloadIndex {
  readonly #buckets: readonly Bucket[];

  private constructor(buckets: readonly Bucket[]) {
    this.#buckets = buckets;
  }

  static readonly empty: Workloads = new Workloads(Array.from({ length: bucketCount }, () => new Map()));

  get(address: string): readonly LocalEndpoint[] {
    return this.#buckets[bucketOf(address)]?.get(address) ?? nothing;
  }

  /** @param orderOf the place of a service among all; those of one address are in this order */
  with(steps: Iterable<ServiceStep>, orderOf: (service: MeshService) => number): Workloads {
    const touched = new Map<string, LocalEndpoint[]>();
    const listOf = (address: string): LocalEndpoint[] => {
      const list = touched.get(address) ?? [...this.get(address)];
      touched.set(address, list);
      return list;
    };
    const all = [...steps];
    for (const { before } of all) {
      for (const { service, endpoint } of localOf(before)) {
        const list = listOf(endpoint.address);
        touched.set(
          endpoint.address,
          list.filter((local) => local.service !== service),
        );
      }
    }
    for (const { now } of all) for (const local of localOf(now)) listOf(local.endpoint.address).push(local);
    const buckets = [...this.#buckets];
    const copied = new Map<number, Map<string, readonly LocalEndpoint[]>>();
    for (const [address, list] of touched) {
      const index = bucketOf(address);
      const bucket = copied.get(index) ?? new Map(buckets[index]);
      copied.set(index, bucket);
      buckets[index] = bucket;
      // Of one service they are in the order of its ports already, and the sort is stable.
      if (list.length > 0)
        bucket.set(
          address,
          list.sort((one, other) => orderOf(one.service) - orderOf(other.service)),
        );
      else bucket.delete(address);
    }
    return new Workloads(buckets);
  }
}

function* localOf(joined: JoinedService | undefined): Generator<LocalEndpoint> {
  if (joined === undefined || joined.service.isExternal) return;
  const { service, endpoints } = joined;
  for (const port of service.ports) for (const endpoint of endpoints.get(port.name) ?? []) yield { service, port, endpoint };
}

function bucketOf(address: string): number {
  let hash = 0;
  for (let at = 0; at < address.length; at++) hash = (hash * 31 + address.charCodeAt(at)) | 0;
  return (hash >>> 0) % bucketCount;
}
