import { createHash } from "node:crypto";
import { joinResourceSets } from "./joined-set.ts";
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

/** From one set to another. */
class Step {
  readonly difference: Difference;
  additions: ResourceSet | undefined = undefined;

  constructor(difference: Difference) {
    this.difference = difference;
  }
}

/** The differences between sets, each computed once for all clients that make the same step, and kept no longer than the sets. */
export class Differences {
  readonly #known = new WeakMap<ResourceSet, WeakMap<ResourceSet, Step>>();
  readonly #lists = new WeakMap<ResourceSet, readonly Resource[]>();
  readonly #ids = new WeakMap<object, number>();
  #lastId = 0;

  between(before: ResourceSet, after: ResourceSet): Difference {
    return this.#step(before, after).difference;
  }

  /**
   * What one set has other than an earlier one, without removals: the later set, with what it has removed. Itself where it has removed
   * nothing, and the earlier one where it has nothing else.
   */
  additions(before: ResourceSet, after: ResourceSet): ResourceSet {
    const step = this.#step(before, after);
    const { changed, removed } = step.difference;
    if (removed.length === 0) return after;
    if (changed.length === 0) return before;
    step.additions ??= this.#additionsOfParts(before, after) ?? new ExtendedSet(before, after, removed);
    return step.additions;
  }

  /** The resources of a set in one list for each of its parts, which is always the same array for one part. */
  lists(set: ResourceSet): readonly (readonly Resource[])[] {
    return set.parts ? set.parts.flatMap((part) => this.lists(part)) : [this.#list(set)];
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

  #list(set: ResourceSet): readonly Resource[] {
    let list = this.#lists.get(set);
    if (!list) {
      list = [...set];
      this.#lists.set(set, list);
    }
    return list;
  }

  #step(before: ResourceSet, after: ResourceSet): Step {
    let steps = this.#known.get(before);
    if (!steps) {
      steps = new WeakMap();
      this.#known.set(before, steps);
    }
    let step = steps.get(after);
    if (!step) {
      step = new Step(this.#betweenParts(before, after) ?? this.#compute(before, after));
      steps.set(after, step);
    }
    return step;
  }

  /** Of sets that have the same number of parts: where one part is another, its difference, which is shared, is the difference. */
  #betweenParts(before: ResourceSet, after: ResourceSet): Difference | undefined {
    const pairs = pairsOf(before, after)?.filter(([old, now]) => old !== now);
    if (!pairs) return undefined;
    const [one, ...more] = pairs.map(([old, now]) => this.between(old, now));
    if (one && more.length === 0) return one;
    const all = one ? [one, ...more] : [];
    // A resource may have gone from one part to another.
    const changed = all.flatMap((each) => each.changed.filter(({ name, version }) => before.get(name)?.version !== version));
    const removed = all.flatMap((each) => each.removed.filter((name) => !after.get(name)));
    return { id: ++this.#lastId, changed, removed };
  }

  #additionsOfParts(before: ResourceSet, after: ResourceSet): ResourceSet | undefined {
    const pairs = pairsOf(before, after);
    if (!pairs || pairs.some((pair) => this.#hasMoved(pair, after))) return undefined;
    return joinResourceSets(pairs.map(([old, now]) => (old === now ? now : this.additions(old, now))));
  }

  /** Whether something has gone from this part to another. */
  #hasMoved([old, now]: Pair, after: ResourceSet): boolean {
    return old !== now && this.between(old, now).removed.some((name) => after.get(name));
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

type Pair = readonly [before: ResourceSet, after: ResourceSet];

/** The parts of two sets, side by side; undefined for sets that have no parts, or not as many. */
function pairsOf(before: ResourceSet, after: ResourceSet): readonly Pair[] | undefined {
  const old = before.parts;
  if (old === undefined || old.length !== after.parts?.length) return undefined;
  return after.parts.map((part, index): Pair => [old[index] ?? part, part]);
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
