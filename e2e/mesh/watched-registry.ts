import type { RegistryError, RegistryService, RegistrySource } from "@mesh/registry";

/** What a source has told, and a way to wait for what it has yet to tell. */
export interface WatchedRegistry {
  readonly services: ReadonlyMap<string, RegistryService>;
  readonly errors: readonly RegistryError[];
  readonly isReady: boolean;
  readonly recoveries: number;
  /** `address:port` of a service's instances, in order. */
  addresses(service: string): readonly string[];
  /** Whether it held each time that the service was told; undefined is a service that is gone. */
  everyTold(service: string, holds: (service: RegistryService | undefined) => boolean): boolean;
  /** Resolves once it holds. */
  until(what: string, holds: () => boolean): Promise<void>;
}

/** A net under what is waited for. */
const patienceMs = 60_000;

/** Starts a source. */
export function watchRegistry(source: RegistrySource): WatchedRegistry {
  const services = new Map<string, RegistryService>();
  const told: [string, RegistryService | undefined][] = [];
  const errors: RegistryError[] = [];
  const waiting = new Set<() => void>();
  let isReady = false;
  let recoveries = 0;
  const look = (): void => {
    for (const wake of waiting) wake();
  };
  source.start({
    onChanged: (changes) => {
      for (const [name, service] of changes) {
        told.push([name, service]);
        if (service === undefined) services.delete(name);
        else services.set(name, service);
      }
      look();
    },
    onReady: () => {
      isReady = true;
      look();
    },
    onError: (error) => {
      errors.push(error);
      look();
    },
    onRecovered: () => {
      recoveries++;
      look();
    },
  });
  return {
    services,
    errors,
    get isReady() {
      return isReady;
    },
    get recoveries() {
      return recoveries;
    },
    addresses: (service) => (services.get(service)?.instances ?? []).map(({ address, port }) => `${address}:${port}`).sort(),
    everyTold: (service, holds) => told.every(([name, now]) => name !== service || holds(now)),
    until: async (what, holds) => {
      while (!holds()) {
        const changed = Promise.withResolvers<void>();
        waiting.add(changed.resolve);
        const net = setTimeout(() => changed.reject(new Error(`${what}: not within ${patienceMs} ms`)), patienceMs);
        await changed.promise.finally(() => clearTimeout(net));
        waiting.delete(changed.resolve);
      }
    },
  };
}
