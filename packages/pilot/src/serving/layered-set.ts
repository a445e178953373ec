import type { Resource, ResourceSet } from "@mesh/xds-server";

/** A large set that many share, with the few resources that one class of proxies has for itself; these go before others of their names. */
export class LayeredSet implements ResourceSet {
  readonly base: ResourceSet;
  readonly own: ResourceSet;
  readonly version: string;
  readonly size: number;

  constructor(base: ResourceSet, own: ResourceSet) {
    this.base = base;
    this.own = own;
    this.version = `${base.version}.${own.version}`;
    let size = base.size;
    for (const { name } of own) if (base.get(name) === undefined) size++;
    this.size = size;
  }

  get(name: string): Resource | undefined {
    return this.own.get(name) ?? this.base.get(name);
  }

  *[Symbol.iterator](): Iterator<Resource> {
    yield* this.own;
    for (const resource of this.base) if (this.own.get(resource.name) === undefined) yield resource;
  }
}

/** The one from before where both layers are what they were. */
export function layered(base: ResourceSet, own: ResourceSet, before: ResourceSet | undefined): ResourceSet {
  if (own.size === 0) return base;
  return before instanceof LayeredSet && before.base === base && before.own === own ? before : new LayeredSet(base, own);
}
