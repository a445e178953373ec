import {
  instanceFault,
  labelFault,
  portsOf,
  type RegistryChanges,
  type RegistryInstance,
  type RegistryPort,
  type RegistryService,
  sameService,
  serviceNameFault,
} from "@mesh/registry";
import type { Layout, LayoutInstance, LayoutService } from "./layouts/layout.ts";

/** Entries that cannot be used in whole, and why, by path. */
type Faults = Map<string, string>;

const noFaults: Faults = new Map();

/** Joins what the layouts know into services, and finds out what changed since it was last asked. What breaks the contract is left out, and told. */
export class Catalog {
  /** In order of preference: of an instance that several have, the first one's entry counts. */
  readonly #layouts: Layout[] = [];
  readonly #touched: Set<string> = new Set();
  readonly #known: Map<string, RegistryService> = new Map();
  /** By service. */
  readonly #faults: Map<string, Faults> = new Map();
  readonly #onFault: (path: string, service: string, message: string | undefined) => void;

  /** @param onFault - of an entry, as far as it speaks of the service; undefined: there is none any more */
  constructor(onFault: (path: string, service: string, message: string | undefined) => void) {
    this.#onFault = onFault;
  }

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
      const told = this.#layouts.map((layout) => layout.service(name)).filter((part) => part !== undefined);
      if (told.some(({ isComplete }) => !isComplete)) continue;
      this.#touched.delete(name);
      const faults: Faults = new Map();
      const parts = told.flatMap((part) => usable(name, part, faults) ?? []);
      this.#setFaults(name, faults);
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

  #setFaults(service: string, faults: Faults): void {
    const before = this.#faults.get(service) ?? noFaults;
    if (faults.size === 0) this.#faults.delete(service);
    else this.#faults.set(service, faults);
    for (const path of before.keys()) if (!faults.has(path)) this.#onFault(path, service, undefined);
    for (const [path, message] of faults) if (before.get(path) !== message) this.#onFault(path, service, message);
  }
}

/** What of a layout's part holds to the contract; undefined where the name of the service does not. */
function usable(name: string, part: LayoutService, faults: Faults): LayoutService | undefined {
  const add = (path: string, message: string): void => {
    const known = faults.get(path);
    if (known === undefined) faults.set(path, message);
    else if (!known.includes(message)) faults.set(path, `${known}; ${message}`);
  };
  const nameFault = serviceNameFault(name);
  if (nameFault !== undefined) {
    add(part.path, `the service's name ${nameFault}`);
    return undefined;
  }
  const labels = Object.entries(part.labels).filter(([key, value]) => {
    const fault = labelFault("", key) ?? labelFault(key, value);
    if (fault !== undefined) add(part.labelPaths.get(key) ?? part.path, `as a label, it ${fault}`);
    return fault === undefined;
  });
  const instances = part.instances.filter(({ instance, path, faults: own }) => {
    for (const fault of own) add(path, fault);
    const fault = instanceFault(instance);
    if (fault !== undefined) add(path, `the instance is left out: ${fault}`);
    return fault === undefined;
  });
  return { ...part, labels: Object.fromEntries(labels), instances };
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
