import { createHash } from "node:crypto";
import type { Resource, ResourceSet } from "./resource.ts";

/** What one set has other than an earlier one. */
export interface Difference {
  /** Of this process. */
  readonly id: number;
  /** Added, or with another version: as the later set has them. */
  readonly changed: readonly Resource[];
  /** The names of what the later set does not have. */
  readonly removed: readonly string[];
}

/** The differences between sets, each computed once for all clients that make the same step, and kept no longer than the sets. */
export class Differences {
  readonly #known = new WeakMap<ResourceSet, WeakMap<ResourceSet, Difference>>();
  readonly #additions = new WeakMap<Difference, ResourceSet>();
  readonly #lists = new WeakMap<ResourceSet, readonly Resource[]>();
  readonly #ids = new WeakMap<object, number>();
  #lastId = 0;

  between(before: ResourceSet, after: ResourceSet): Difference {
    let steps = this.#known.get(before);
    if (!steps) {
      steps = new WeakMap();
      this.#known.set(before, steps);
    }
    let difference = steps.get(after);
    if (!difference) {
      difference = this.#compute(before, after);
      steps.set(after, difference);
    }
    return difference;
  }

  /**
   * What one set has other than an earlier one, without removals: the later set, with what it has removed. Itself where it has removed
   * nothing, and the earlier one where it has nothing else.
   */
  additions(before: ResourceSet, after: ResourceSet): ResourceSet {
    const difference = this.between(before, after);
    if (difference.removed.length === 0) return after;
    if (difference.changed.length === 0) return before;
    let set = this.#additions.get(difference);
    if (!set) {
      set = new ExtendedSet(before, after, difference.removed);
      this.#additions.set(difference, set);
    }
    return set;
  }

  /** The resources of a set, always in the same array. */
  all(set: ResourceSet): readonly Resource[] {
    let list = this.#lists.get(set);
    if (!list) {
      list = [...set];
      this.#lists.set(set, list);
    }
    return list;
  }

  /** A number for an object that is shared between clients. */
  idOf(shared: object): number {
    let id = this.#ids.get(shared);
    if (id === undefined) {
      id = ++this.#lastId;
      this.#ids.set(shared, id);
    }
    return id;
  }

  #compute(before: ResourceSet, after: ResourceSet): Difference {
    const changed: Resource[] = [];
    const removed: string[] = [];
    let kept = 0;
    for (const resource of after) {
      const old = before.get(resource.name);
      if (old) kept++;
      if (old !== resource && old?.version !== resource.version) changed.push(resource);
    }
    if (kept < before.size) for (const { name } of before) if (!after.get(name)) removed.push(name);
    return { id: ++this.#lastId, changed, removed };
  }
}

/** A set with resources that an earlier one had. */
class ExtendedSet implements ResourceSet {
  readonly version: string;
  readonly #set: ResourceSet;
  readonly #more = new Map<string, Resource>();

  constructor(before: ResourceSet, set: ResourceSet, names: readonly string[]) {
    this.#set = set;
    for (const name of names) {
      const resource = before.get(name);
      if (resource) this.#more.set(name, resource);
    }
    this.version = createHash("sha256").update(`${before.version} ${set.version}`).digest().subarray(0, 12).toString("base64url");
  }

  get size(): number {
    return this.#set.size + this.#more.size;
  }

  get(name: string): Resource | undefined {
    return this.#set.get(name) ?? this.#more.get(name);
  }

  *[Symbol.iterator](): Iterator<Resource> {
    yield* this.#set;
    yield* this.#more.values();
  }
}
