import { portsOf, type RegistryChanges, type RegistryInstance, type RegistryPort, type RegistryService, sameService } from "@mesh/registry";
import type { Layout, LayoutInstance, LayoutService } from "./layouts/layout.ts";

/** Joins what the layouts know into services, and finds out what changed since it was last asked. */
export class Catalog {
  /** In order of preference: of an instance that several have, the first one's entry counts. */
  readonly #layouts: Layout[] = [];
  readonly #touched: Set<string> = new Set();
  readonly #known: Map<string, RegistryService> = new Map();

  add(layout: Layout): void {
    this.#layouts.push(layout);
  }

  touch(name: string): void {
    this.#touched.add(name);
  }

  get hasChanges(): boolean {
    return this.#touched.size > 0;
  }

  /** What changed, of services that have been read whole; the others stay for the next time. */
  takeChanges(): RegistryChanges {
    const changes = new Map<string, RegistryService | undefined>();
    for (const name of this.#touched) {
      const parts = this.#layouts.map((layout) => layout.service(name)).filter((part) => part !== undefined);
      if (parts.some(({ isComplete }) => !isComplete)) continue;
      this.#touched.delete(name);
      const known = this.#known.get(name);
      if (parts.length === 0) {
        if (this.#known.delete(name)) changes.set(name, undefined);
        continue;
      }
      const service = join(name, parts, known?.ports ?? []);
      if (known !== undefined && sameService(known, service)) continue;
      this.#known.set(name, service);
      changes.set(name, service);
    }
    return changes;
  }
}

function join(name: string, parts: readonly LayoutService[], knownPorts: readonly RegistryPort[]): RegistryService {
  const instances: RegistryInstance[] = [];
  const labels: Record<string, string> = {};
  /** Where the layouts before have an instance: the same address and protocol is the same process, described better. */
  const places = new Set<string>();
  for (const part of parts) {
    const own = latest(part.instances).filter((instance) => !places.has(placeOf(instance)));
    for (const instance of own) places.add(placeOf(instance));
    instances.push(...own);
    Object.assign(labels, part.labels);
  }
  instances.sort((one, other) => (one.id < other.id ? -1 : 1));
  // One port name has one protocol.
  const ports = portsOf(instances, knownPorts);
  return { name, ports, labels, instances };
}

function placeOf({ protocol, address, port }: RegistryInstance): string {
  return `${protocol}://${address}:${port}`;
}

function latest(entries: readonly LayoutInstance[]): readonly RegistryInstance[] {
  const byId = new Map<string, LayoutInstance>();
  for (const entry of entries) {
    const rival = byId.get(entry.instance.id);
    if (rival === undefined || entry.registeredAtMs >= rival.registeredAtMs) byId.set(entry.instance.id, entry);
  }
  return [...byId.values()].map(({ instance }) => instance);
}
