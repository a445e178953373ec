import { createHash } from "node:crypto";

/** 240.240.0.0/16, as Istio has it: reserved, so that no real host is meant. The first and the last address are left out. */
const size = 0xfffe;

/**
 * Addresses for services that have none of their own, so that a connection to one can be told by its address. A host's address follows from
 * its name, so that every pilot allots the same one, also after a restart; only where two names meet does the order of arrival count. An
 * address stays with its host for as long as the pilot lives.
 */
export class AddressAllotment {
  readonly #byHost = new Map<string, string>();
  readonly #taken = new Set<number>();

  /** @returns undefined when all 65,534 addresses are taken */
  of(host: string): string | undefined {
    const key = host.toLowerCase();
    const known = this.#byHost.get(key);
    if (known !== undefined) return known;
    if (this.#taken.size >= size) return undefined;
    let offset = createHash("sha256").update(key).digest().readUInt32BE(0) % size;
    while (this.#taken.has(offset)) offset = (offset + 1) % size;
    this.#taken.add(offset);
    const number = offset + 1;
    const address = `240.240.${number >> 8}.${number & 0xff}`;
    this.#byHost.set(key, address);
    return address;
  }
}
