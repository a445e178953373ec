/** Wildcards of one length, longest first in their list. */
interface WildcardsOfLength<T> {
  readonly length: number;
  readonly byText: Map<string, T>;
}

/**
 * Domains of virtual hosts. Envoy's order: the whole name, the longest `*suffix`, the longest `prefix*`, then `*`. A wildcard stands for
 * one character or more. Case plays no part.
 */
export class Domains<T> {
  /** In lower case. */
  readonly #exact = new Map<string, T>();
  /** As they stand in the configuration, which is how RPC writes them: names of Java interfaces are in mixed case. */
  readonly #asWritten = new Map<string, T>();
  readonly #suffixes: WildcardsOfLength<T>[] = [];
  readonly #prefixes: WildcardsOfLength<T>[] = [];
  readonly #ignorePort: boolean;
  #any: T | undefined = undefined;
  /** There is no other domain than `*`. */
  #onlyAny = true;

  /** @param ignorePort whether the port of an authority is left out; one in a domain is not */
  constructor(ignorePort: boolean) {
    this.#ignorePort = ignorePort;
  }

  /** Returns false where the domain is there already. */
  add(domain: string, value: T): boolean {
    const text = domain.toLowerCase();
    if (text === "*") {
      if (this.#any !== undefined) return false;
      this.#any = value;
      return true;
    }
    this.#onlyAny = false;
    if (text.startsWith("*")) return addTo(wildcardsOf(this.#suffixes, text.length - 1), text.slice(1), value);
    if (text.endsWith("*")) return addTo(wildcardsOf(this.#prefixes, text.length - 1), text.slice(0, -1), value);
    if (!addTo(this.#exact, text, value)) return false;
    this.#asWritten.set(domain, value);
    return true;
  }

  /** @param alternate looked for where only `*` fits the authority; with it, the authority has no port */
  find(authority: string, alternate: string | undefined): T | undefined {
    const host = this.#ignorePort && alternate === undefined ? withoutPort(authority) : authority;
    return this.#findSpecific(host) ?? (alternate === undefined ? undefined : this.#findSpecific(alternate)) ?? this.#any;
  }

  #findSpecific(host: string): T | undefined {
    if (this.#onlyAny) return undefined;
    const found = this.#asWritten.get(host);
    if (found !== undefined) return found;
    const text = host.toLowerCase();
    return this.#exact.get(text) ?? this.#findSuffix(text) ?? this.#findPrefix(text);
  }

  #findSuffix(host: string): T | undefined {
    for (const { length, byText } of this.#suffixes) {
      if (length >= host.length) continue;
      const found = byText.get(host.slice(host.length - length));
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #findPrefix(host: string): T | undefined {
    for (const { length, byText } of this.#prefixes) {
      if (length >= host.length) continue;
      const found = byText.get(host.slice(0, length));
      if (found !== undefined) return found;
    }
    return undefined;
  }
}

function addTo<T>(map: Map<string, T>, key: string, value: T): boolean {
  if (map.has(key)) return false;
  map.set(key, value);
  return true;
}

function wildcardsOf<T>(list: WildcardsOfLength<T>[], length: number): Map<string, T> {
  const known = list.find((wildcards) => wildcards.length === length);
  if (known !== undefined) return known.byText;
  const byText = new Map<string, T>();
  list.push({ length, byText });
  list.sort((a, b) => b.length - a.length);
  return byText;
}

/** What stands before the last colon, unless that is inside an IPv6 address: as Envoy does, whatever follows it. */
export function withoutPort(authority: string): string {
  const colon = authority.lastIndexOf(":");
  return colon < 0 || authority.lastIndexOf("]") > colon ? authority : authority.slice(0, colon);
}
