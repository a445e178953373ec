import { hash } from "node:crypto";
import { readNames } from "../wire/requests.ts";

/** What a client subscribes to by name; clients that subscribe to the same share it. Immutable. */
export interface NameSet {
  /** Of this process. */
  readonly id: number;
  /** With `*` where that was listed. */
  readonly names: ReadonlySet<string>;
}

/** How many derivations are remembered: what alike clients subscribe to in the same steps. */
const MAX_DERIVED = 1024;

/**
 * Interns lists of names. An ACK in state of the world repeats all names of a type, 50 KB for a thousand clusters: it costs a
 * comparison of bytes, and no string is made.
 */
export class NameInterner {
  readonly empty: NameSet;
  /** Keys are hashes: a key of the names themselves would be as long as they are. */
  readonly #sets = new Map<string, WeakRef<NameSet>>();
  readonly #raws = new WeakMap<NameSet, Buffer>();
  readonly #derived = new Map<string, NameSet>();
  readonly #gone = new FinalizationRegistry<string>((key) => {
    if (!this.#sets.get(key)?.deref()) this.#sets.delete(key);
  });
  #lastId = 0;

  constructor() {
    this.empty = this.fromList([]);
  }

  /** @param raw fields of names, as `SotwRequest.names`; @param last what this client sent before */
  fromRaw(raw: Buffer, last: NameSet): NameSet {
    if (raw.length === 0) return this.empty;
    if (this.#raws.get(last)?.equals(raw)) return last;
    const key = `r${hashOf(raw)}`;
    const known = this.#find(key);
    if (known) return known;
    const set = this.fromList(readNames(raw));
    // The request's buffer is let go of.
    if (!this.#raws.has(set)) this.#raws.set(set, Buffer.from(raw));
    this.#keep(key, set);
    return set;
  }

  fromList(list: readonly string[]): NameSet {
    const names = new Set(list);
    // Lengths keep names apart whatever bytes they have: clients must not be able to pass for others.
    const key = `n${hashOf(
      [...names]
        .sort()
        .map((name) => `${name.length}:${name}`)
        .join(""),
    )}`;
    const known = this.#find(key);
    if (known) return known;
    const set = { id: ++this.#lastId, names };
    this.#keep(key, set);
    return set;
  }

  /** A set with names more and less. */
  derive(base: NameSet, added: readonly string[], removed: readonly string[]): NameSet {
    const change = [...added.map((name) => `+${name.length}:${name}`), ...removed.map((name) => `-${name.length}:${name}`)].join("");
    const key = `${base.id} ${hashOf(change)}`;
    const known = this.#derived.get(key);
    if (known) return known;
    const names = new Set(base.names);
    for (const name of removed) names.delete(name);
    for (const name of added) names.add(name);
    const set = this.fromList([...names]);
    this.#derived.set(key, set);
    if (this.#derived.size > MAX_DERIVED) {
      for (const oldest of this.#derived.keys()) {
        this.#derived.delete(oldest);
        break;
      }
    }
    return set;
  }

  #find(key: string): NameSet | undefined {
    return this.#sets.get(key)?.deref();
  }

  #keep(key: string, set: NameSet): void {
    this.#sets.set(key, new WeakRef(set));
    this.#gone.register(set, key);
  }
}

function hashOf(bytes: Buffer | string): string {
  return hash("sha256", bytes, "base64");
}
