import { readYamlEntry, type RuntimeEntries, type RuntimeEntry } from "./entry.ts";

/** Values under a name. They are replaced whole. */
export interface Layer {
  readonly name: string;
  readonly entries: RuntimeEntries;
}

/** The layer that `/runtime_modify` writes. */
export class AdminLayer implements Layer {
  readonly name: string;
  #entries: RuntimeEntries = new Map();

  constructor(name: string) {
    this.name = name;
  }

  get entries(): RuntimeEntries {
    return this.#entries;
  }

  /**
   * Sets keys, all or none of them. Of a key that is given twice the first value counts, and `""` takes the key's value away; Envoy does the
   * same.
   *
   * @returns the key whose value cannot be read, if there is one
   */
  modify(values: Iterable<readonly [key: string, value: string]>): string | undefined {
    const given = new Map<string, RuntimeEntry | undefined>();
    for (const [key, text] of values) {
      if (given.has(key)) continue;
      const entry = text === "" ? undefined : readYamlEntry(text);
      if (entry === undefined && text !== "") return key;
      given.set(key, entry);
    }
    const entries = new Map(this.#entries);
    for (const [key, entry] of given) {
      if (entry === undefined) entries.delete(key);
      else entries.set(key, entry);
    }
    this.#entries = entries;
    return undefined;
  }
}
