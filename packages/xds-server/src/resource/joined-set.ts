import type { Resource, ResourceSet } from "./resource.ts";

/**
 * A set of all that several have: of a name that more than one has, the first one's. For what most clients have in common with what some
 * have for themselves: what is made of a part (differences, encodings) is made once for all sets that it is part of.
 */
export function joinResourceSets(sets: readonly ResourceSet[]): ResourceSet {
  return new JoinedSet(sets);
}

class JoinedSet implements ResourceSet {
  readonly version: string;
  readonly size: number;
  readonly parts: readonly ResourceSet[] | undefined;
  readonly #sets: readonly ResourceSet[];

  constructor(sets: readonly ResourceSet[]) {
    this.#sets = sets;
    this.version = sets.map(({ version }) => version).join(".");
    let size = 0;
    for (const set of sets) size += set.size;
    const hidden = this.#countHidden();
    this.size = size - hidden;
    this.parts = hidden === 0 ? sets : undefined;
  }

  get(name: string): Resource | undefined {
    for (const set of this.#sets) {
      const resource = set.get(name);
      if (resource) return resource;
    }
    return undefined;
  }

  *[Symbol.iterator](): Iterator<Resource> {
    for (const [index, set] of this.#sets.entries()) {
      if (index === 0 || this.parts) yield* set;
      else for (const resource of set) if (!this.#isBefore(index, resource.name)) yield resource;
    }
  }

  /** How many resources have one of the same name in an earlier set. What the last one has, which is large as a rule, is not walked through. */
  #countHidden(): number {
    let hidden = 0;
    for (const [index, set] of this.#sets.entries()) {
      if (index === this.#sets.length - 1) break;
      for (const { name } of set) if (this.#sets.some((later, at) => at > index && later.get(name))) hidden++;
    }
    return hidden;
  }

  #isBefore(index: number, name: string): boolean {
    return this.#sets.some((earlier, at) => at < index && earlier.get(name));
  }
}
