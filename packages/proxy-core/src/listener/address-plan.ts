import type { Listener } from "./listener.ts";

/**
 * Which listener has which address once an update is in force, as far as that has been read. As in Envoy, what it takes away has none from its
 * beginning on, and what it brings is looked at in its order: one that moves leaves its address to those behind it.
 */
export class AddressPlan {
  readonly #nameByAddress = new Map<string, string>();
  readonly #addressByName = new Map<string, string>();

  /**
   * Gives a listener its address, in place of the one that it had.
   *
   * @returns the name of the other listener that has it, and then nothing changes
   */
  take({ name, ownAddress }: Listener): string | undefined {
    const other = ownAddress === undefined ? undefined : this.#nameByAddress.get(ownAddress);
    if (other !== undefined && other !== name) return other;
    this.leave(name);
    if (ownAddress === undefined) return undefined;
    this.#nameByAddress.set(ownAddress, name);
    this.#addressByName.set(name, ownAddress);
    return undefined;
  }

  /** A listener has no address any more. */
  leave(name: string): void {
    const address = this.#addressByName.get(name);
    if (address === undefined) return;
    this.#addressByName.delete(name);
    this.#nameByAddress.delete(address);
  }
}
