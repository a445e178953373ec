import type { Any } from "@mesh/xds-proto";

/** A resource as the fake control plane has it. */
export interface FakeResource {
  readonly name: string;
  readonly any: Any;
  readonly version: string;
  readonly aliases: readonly string[];
  readonly ttlMs: number | undefined;
}

/** The resources of the fake control plane, with their versions. */
export class FakeResources {
  readonly #byType = new Map<string, Map<string, FakeResource>>();
  readonly #versions = new Map<string, number>();
  #prefix = "";
  #counter = 0;

  of(typeUrl: string): ReadonlyMap<string, FakeResource> {
    return this.#byType.get(typeUrl) ?? new Map();
  }

  /** The version of all resources of a type together. */
  versionOf(typeUrl: string): string {
    return `${this.#prefix}${this.#versions.get(typeUrl) ?? 0}`;
  }

  set(typeUrl: string, resource: Omit<FakeResource, "version">): void {
    const resources = this.#byType.get(typeUrl) ?? new Map<string, FakeResource>();
    this.#byType.set(typeUrl, resources.set(resource.name, { ...resource, version: this.#nextVersion() }));
    this.#bump(typeUrl);
  }

  remove(typeUrl: string, name: string): boolean {
    const isGone = this.#byType.get(typeUrl)?.delete(name) ?? false;
    if (isGone) this.#bump(typeUrl);
    return isGone;
  }

  /** Gives everything another version, as a control plane that counts from its own start does. */
  renumber(prefix: string): void {
    this.#prefix = prefix;
    for (const resources of this.#byType.values()) {
      for (const [name, resource] of resources) resources.set(name, { ...resource, version: this.#nextVersion() });
    }
  }

  #nextVersion(): string {
    return `${this.#prefix}${++this.#counter}`;
  }

  #bump(typeUrl: string): void {
    this.#versions.set(typeUrl, (this.#versions.get(typeUrl) ?? 0) + 1);
  }
}
