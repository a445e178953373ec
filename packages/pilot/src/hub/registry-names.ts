import type { RegistryShard } from "./registry-shard.ts";

interface LeftOut {
  readonly name: string;
  readonly chosen: string;
  /** Names of registries that have it. */
  readonly registries: readonly string[];
}

type Shards = readonly Pick<RegistryShard, "get" | "heldOf" | "name">[];

export interface NameChoice {
  /** A `serviceKey`. */
  readonly key: string;
  /** Those of the key's namespace. */
  readonly shards: Shards;
  /** The one that was chosen had instances lately. */
  readonly isInUse: boolean;
  readonly onProblem: (message: string) => void;
}

/**
 * The names of registries' services, by their keys. Hosts are compared without regard to case, and Java's interfaces are not: of names that
 * differ in it only, one is a service of the mesh. It is the one that was there first, of several that were there at the start the first in
 * alphabetical order, those with instances before the others; and it stays for as long as it is there and has instances.
 */
export class RegistryNames {
  readonly #byKey = new Map<string, Set<string>>();
  readonly #chosen = new Map<string, string>();
  readonly #leftOut = new Map<string, readonly LeftOut[]>();

  add(key: string, name: string): void {
    const names = this.#byKey.get(key);
    if (names === undefined) this.#byKey.set(key, new Set([name]));
    else names.add(name);
  }

  of(key: string): readonly string[] {
    return [...(this.#byKey.get(key) ?? [])];
  }

  /** Undefined where no registry has the service any more. */
  choose({ key, shards, isInUse, onProblem }: NameChoice): string | undefined {
    const names = this.#byKey.get(key);
    if (names === undefined) return undefined;
    for (const name of names) if (!shards.some((shard) => shard.get(name) !== undefined)) names.delete(name);
    const [only] = names;
    if (only === undefined || names.size === 1) {
      this.#leftOut.delete(key);
      if (only === undefined) this.#byKey.delete(key);
      if (only === undefined) this.#chosen.delete(key);
      else this.#chosen.set(key, only);
      return only;
    }
    const provided = [...names].sort().filter((name) => isProvided(name, shards));
    const before = this.#chosen.get(key);
    const stays = before !== undefined && names.has(before) && (isInUse || provided.length === 0 || provided.includes(before));
    const chosen = stays ? before : (provided[0] ?? [...names].sort()[0] ?? only);
    this.#chosen.set(key, chosen);
    this.#leaveOut(key, chosen, shards, onProblem);
    return chosen;
  }

  /** What of a registry is left out, for people. */
  problemsOf(registry: string, namespace: string): readonly string[] {
    const problems: string[] = [];
    for (const [key, all] of this.#leftOut) {
      if (!key.startsWith(`${namespace}/`)) continue;
      for (const leftOut of all) if (leftOut.registries.includes(registry)) problems.push(messageOf(leftOut));
    }
    return problems;
  }

  #leaveOut(key: string, chosen: string, shards: Shards, onProblem: (message: string) => void): void {
    const told = this.#leftOut.get(key) ?? [];
    const others = [...(this.#byKey.get(key) ?? [])].sort().filter((name) => name !== chosen);
    const leftOut = others.map((name): LeftOut => {
      const having = shards.filter((shard) => shard.get(name) !== undefined);
      return { name, chosen, registries: having.map((shard) => shard.name) };
    });
    this.#leftOut.set(key, leftOut);
    for (const one of leftOut) {
      if (!told.some((other) => messageOf(other) === messageOf(one))) onProblem(`registry ${one.registries.join(", ")}: ${messageOf(one)}`);
    }
  }
}

const isProvided = (name: string, shards: Shards): boolean =>
  shards.some((shard) => (shard.get(name)?.instances.length ?? 0) > 0 || shard.heldOf(name).length > 0);

const messageOf = ({ name, chosen }: LeftOut): string =>
  `${name} is left out: hosts are the same in any case of letters, and ${chosen} was there before it`;
