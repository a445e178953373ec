import type { RuntimeSnapshot } from "../runtime/index.ts";
import type { RuntimeEntries, RuntimeEntry } from "./entry.ts";

/** Layers over each other: of a key that several have, the last one's value counts, whatever its type. */
export class LayeredSnapshot implements RuntimeSnapshot {
  readonly #entries = new Map<string, RuntimeEntry>();

  constructor(layers: readonly RuntimeEntries[]) {
    for (const layer of layers) for (const [key, entry] of layer) this.#entries.set(key, entry);
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Sorted. */
  keys(): readonly string[] {
    return [...this.#entries.keys()].sort();
  }

  text(key: string): string {
    return this.#entries.get(key)?.text ?? "";
  }

  fraction(key: string, fallback: number): number {
    return this.#entries.get(key)?.fraction ?? fallback;
  }

  integer(key: string, fallback: number): number {
    return this.#entries.get(key)?.integer ?? fallback;
  }

  number(key: string, fallback: number): number {
    return this.#entries.get(key)?.number ?? fallback;
  }

  boolean(key: string, fallback: boolean): boolean {
    return this.#entries.get(key)?.boolean ?? fallback;
  }
}
