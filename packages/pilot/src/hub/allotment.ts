import { createHash } from "node:crypto";

/** 240.240.0.0/16, as Istio has it: reserved, so that no real host is meant. The first and the last address are left out. */
const size = 0xfffe;

/**
 * For so long a host that is gone keeps its address: who looked it up before, and goes there still, must not reach another service. Far above
 * the time for which answers of a proxy's DNS may be kept (30 s with Istio), and enough for most connection pools.
 */
export const addressMemoryMs = 600_000;

interface Allotted {
  readonly host: string;
  readonly offset: number;
  readonly namespaces: Set<string>;
  /** Undefined while a namespace has the host. */
  freedAtMs: number | undefined;
}

/**
 * Addresses for services that have none of their own, so that a connection to one can be told by its address. A host's address follows from
 * its name; only where the names of two lead to one does the order count: the later one gets the next that is free. An address stays
 * with its host for as long as the pilot lives and the host is there, and for a while longer.
 */
export class AddressAllotment {
  readonly #nowMs: () => number;
  readonly #byHost = new Map<string, Allotted>();
  readonly #byOffset = new Map<number, Allotted>();

  /** @param nowMs milliseconds, from any point in time */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** @returns undefined when all 65,534 addresses are taken */
  of(host: string, namespace: string): string | undefined {
    const key = host.toLowerCase();
    const known = this.#byHost.get(key) ?? this.#allot(key);
    if (known === undefined) return undefined;
    known.namespaces.add(namespace);
    known.freedAtMs = undefined;
    const number = known.offset + 1;
    return `240.240.${number >> 8}.${number & 0xff}`;
  }

  /** The host is gone from the namespace. */
  free(host: string, namespace: string): void {
    const known = this.#byHost.get(host.toLowerCase());
    if (known === undefined || !known.namespaces.delete(namespace) || known.namespaces.size > 0) return;
    known.freedAtMs = this.#nowMs();
  }

  #allot(host: string): Allotted | undefined {
    const offset = this.#offsetFor(host);
    if (offset === undefined) return undefined;
    const before = this.#byOffset.get(offset);
    if (before !== undefined) this.#byHost.delete(before.host);
    const allotted: Allotted = { host, offset, namespaces: new Set(), freedAtMs: undefined };
    this.#byOffset.set(offset, allotted);
    this.#byHost.set(host, allotted);
    return allotted;
  }

  #offsetFor(host: string): number | undefined {
    const first = createHash("sha256").update(host).digest().readUInt32BE(0) % size;
    if (this.#byOffset.size >= size) return this.#longestFree();
    for (let offset = first; ; offset = (offset + 1) % size) {
      const taken = this.#byOffset.get(offset);
      if (taken === undefined || (taken.freedAtMs !== undefined && this.#nowMs() - taken.freedAtMs >= addressMemoryMs)) return offset;
    }
  }

  /** Where the range is full, the one that has been of no use for longest. */
  #longestFree(): number | undefined {
    let longest: Allotted | undefined;
    for (const allotted of this.#byOffset.values()) {
      if (allotted.freedAtMs !== undefined && allotted.freedAtMs < (longest?.freedAtMs ?? Number.POSITIVE_INFINITY)) longest = allotted;
    }
    return longest?.offset;
  }
}
