import type {
  Registry,
  RegistryChanges,
  RegistryRegistration,
  RegistryRegistrationHandle,
  RegistrySink,
  RegistrySource,
  RegistryUpdate,
  RegistryWatcher,
} from "../contract.ts";
import { sameService } from "../contract.ts";
import { registryError } from "../errors.ts";
import { portsOf } from "../ports.ts";
import { checkRegistration, instanceOf } from "../registration.ts";
import type { RegistryInstance, RegistryService } from "../service.ts";
import { serviceFault } from "../validity.ts";

export interface MemoryRegistryOptions {
  /** What the mesh calls it; `memory` by default. */
  readonly name?: string;
  /** What is there from the start. */
  readonly services?: readonly RegistryService[];
}

/** A registry in this process's memory, for tests, demonstrations and composition. It is a source and a sink itself, and makes more of both. */
export interface MemoryRegistry extends RegistrySource, RegistrySink {
  /** All services, by name. */
  readonly services: ReadonlyMap<string, RegistryService>;
  /**
   * Puts a service there as a whole, in place of what was there under its name, registrations too. Its instances may be in any order.
   *
   * @throws MESH_REGISTRY_INVALID_REGISTRATION for what is not as `RegistryService` says
   */
  set(service: RegistryService): void;
  /** Takes a service away, with all that registered for it. */
  remove(name: string): void;
  /** Another reader. */
  createSource(): MemorySource;
  /** Another writer, with a session of its own. */
  createSession(): MemorySession;
}

/** A reader whose connection can be broken. */
export interface MemorySource extends RegistrySource {
  /** From now on nothing is seen. The watcher hears of MESH_REGISTRY_UNAVAILABLE. */
  interrupt(): void;
  /** Catches up. */
  resume(): void;
}

/** A writer whose registrations go with its session. */
export interface MemorySession extends RegistrySink {
  /** The session is lost, and the registrations with it; the writer lives, and registers them again. */
  expire(): void;
  /** The writer is gone without a word, and its registrations with it. */
  kill(): void;
}

/**
 * Makes a registry in memory.
 *
 * @throws MESH_REGISTRY_INVALID_REGISTRATION for services that are not as `RegistryService` says
 */
export function createMemoryRegistry(options: MemoryRegistryOptions = {}): MemoryRegistry {
  return new MemoryRegistryImplementation(options);
}

/** What is registered, and who looks on. */
class Store {
  readonly name: string;
  readonly services: Map<string, RegistryService> = new Map();
  readonly sources: Set<Source> = new Set();

  constructor(name: string) {
    this.name = name;
  }

  /** @throws MESH_REGISTRY_INVALID_REGISTRATION */
  check(service: RegistryService): void {
    const fault = serviceFault(service);
    if (fault !== undefined) throw registryError("MESH_REGISTRY_INVALID_REGISTRATION", `${this.name}: this is no service: ${fault}`);
  }

  set(service: RegistryService): void {
    const known = this.services.get(service.name);
    if (known !== undefined && sameService(known, service)) return;
    this.services.set(service.name, service);
    for (const source of this.sources) source.note(service.name);
  }

  remove(name: string): void {
    if (!this.services.delete(name)) return;
    for (const source of this.sources) source.note(name);
  }

  /** Puts an instance into its service, in place of one with the same id; `undefined` takes it away. The service stays when it was the last. */
  put(name: string, id: string, instance: RegistryInstance | undefined): void {
    const known = this.services.get(name);
    if (known === undefined && instance === undefined) return;
    const instances = (known?.instances ?? []).filter((other) => other.id !== id);
    if (instance !== undefined) instances.push(instance);
    instances.sort((one, other) => (one.id < other.id ? -1 : 1));
    this.set({ name, ports: portsOf(instances, known?.ports), labels: known?.labels ?? {}, instances });
  }
}

class Source implements MemorySource {
  readonly name: string;
  readonly #store: Store;
  readonly #told: Map<string, RegistryService> = new Map();
  readonly #noted: Set<string> = new Set();
  #watcher: RegistryWatcher | undefined = undefined;
  #state: "new" | "started" | "closed" = "new";
  #isReady = false;
  #isAway = false;
  #isRecovering = false;
  #isScheduled = false;

  constructor(store: Store) {
    this.name = store.name;
    this.#store = store;
  }

  start(watcher: RegistryWatcher): void {
    if (this.#state !== "new") throw registryError("MESH_REGISTRY_CLOSED", `the source of ${this.name} was started or closed before`);
    this.#state = "started";
    this.#watcher = watcher;
    this.#store.sources.add(this);
    for (const name of this.#store.services.keys()) this.#noted.add(name);
    if (this.#isAway) this.#reportAway();
    this.#schedule();
  }

  close(): Promise<void> {
    this.#state = "closed";
    this.#store.sources.delete(this);
    return Promise.resolve();
  }

  note(name: string): void {
    this.#noted.add(name);
    this.#schedule();
  }

  interrupt(): void {
    if (this.#isAway) return;
    this.#isAway = true;
    if (this.#state === "started") this.#reportAway();
  }

  resume(): void {
    if (!this.#isAway) return;
    this.#isAway = false;
    this.#isRecovering = true;
    this.#schedule();
  }

  #reportAway(): void {
    queueMicrotask(() => {
      if (this.#state !== "started") return;
      this.#watcher?.onError?.(registryError("MESH_REGISTRY_UNAVAILABLE", `${this.name} is interrupted`), undefined);
    });
  }

  #schedule(): void {
    if (this.#isScheduled || this.#isAway || this.#state !== "started") return;
    this.#isScheduled = true;
    queueMicrotask(() => {
      this.#isScheduled = false;
      if (!this.#isAway) this.#tell();
    });
  }

  #tell(): void {
    const changes: Map<string, RegistryService | undefined> = new Map();
    for (const name of this.#noted) {
      const service = this.#store.services.get(name);
      const told = this.#told.get(name);
      if (service === told || (service !== undefined && told !== undefined && sameService(service, told))) continue;
      changes.set(name, service);
      if (service === undefined) this.#told.delete(name);
      else this.#told.set(name, service);
    }
    this.#noted.clear();
    this.#call((watcher) => {
      if (changes.size > 0) watcher.onChanged(changes satisfies RegistryChanges);
    });
    if (!this.#isReady) {
      this.#isReady = true;
      this.#call((watcher) => watcher.onReady());
    }
    if (this.#isRecovering) {
      this.#isRecovering = false;
      this.#call((watcher) => watcher.onRecovered?.());
    }
  }

  /** A watcher may close the source while it is told. */
  #call(tell: (watcher: RegistryWatcher) => void): void {
    if (this.#state === "started" && this.#watcher !== undefined) tell(this.#watcher);
  }
}

class Session implements MemorySession {
  readonly name: string;
  readonly #store: Store;
  readonly #held: Map<string, Handle> = new Map();
  #isClosed = false;

  constructor(store: Store) {
    this.name = store.name;
    this.#store = store;
  }

  async register(registration: RegistryRegistration): Promise<RegistryRegistrationHandle> {
    if (this.#isClosed) throw closedError(this.name);
    checkRegistration(registration);
    const handle = new Handle(registration, this);
    this.#held.set(handle.key, handle);
    this.put(handle);
    return handle;
  }

  isHeld(handle: Handle): boolean {
    return this.#held.get(handle.key) === handle;
  }

  put(handle: Handle): void {
    const { registration, id } = handle;
    this.#store.put(registration.service, id, instanceOf(registration, id, this.name));
  }

  drop(handle: Handle): void {
    this.#held.delete(handle.key);
    this.#store.put(handle.registration.service, handle.id, undefined);
  }

  expire(): void {
    this.#takeAway();
    queueMicrotask(() => {
      for (const handle of this.#held.values()) this.put(handle);
    });
  }

  kill(): void {
    this.#isClosed = true;
    this.#takeAway();
    this.#held.clear();
  }

  close(): Promise<void> {
    this.kill();
    return Promise.resolve();
  }

  #takeAway(): void {
    for (const handle of this.#held.values()) this.#store.put(handle.registration.service, handle.id, undefined);
  }
}

class Handle implements RegistryRegistrationHandle {
  readonly id: string;
  readonly key: string;
  registration: RegistryRegistration;
  readonly #session: Session;

  constructor(registration: RegistryRegistration, session: Session) {
    this.id = `${registration.protocol}://${registration.address}:${registration.port}`;
    this.key = `${this.id}/${registration.service}`;
    this.registration = registration;
    this.#session = session;
  }

  async update(changes: RegistryUpdate): Promise<void> {
    if (!this.#session.isHeld(this)) throw closedError(this.#session.name);
    const registration = { ...this.registration, ...changes };
    checkRegistration(registration);
    this.registration = registration;
    this.#session.put(this);
  }

  async deregister(): Promise<void> {
    if (this.#session.isHeld(this)) this.#session.drop(this);
  }
}

function closedError(name: string): Error {
  return registryError("MESH_REGISTRY_CLOSED", `the registration, or its sink of ${name}, is closed`);
}

class MemoryRegistryImplementation implements MemoryRegistry, Registry {
  readonly name: string;
  readonly #store: Store;
  readonly #source: Source;
  readonly #session: Session;

  constructor({ name = "memory", services = [] }: MemoryRegistryOptions) {
    this.name = name;
    this.#store = new Store(name);
    this.#source = new Source(this.#store);
    this.#session = new Session(this.#store);
    for (const service of services) this.set(service);
  }

  get services(): ReadonlyMap<string, RegistryService> {
    return this.#store.services;
  }

  set(service: RegistryService): void {
    this.#store.check(service);
    this.#store.set({ ...service, instances: service.instances.toSorted((one, other) => (one.id < other.id ? -1 : 1)) });
  }

  remove(name: string): void {
    this.#store.remove(name);
  }

  createSource(): MemorySource {
    return new Source(this.#store);
  }

  createSession(): MemorySession {
    return new Session(this.#store);
  }

  start(watcher: RegistryWatcher): void {
    this.#source.start(watcher);
  }

  register(registration: RegistryRegistration): Promise<RegistryRegistrationHandle> {
    return this.#session.register(registration);
  }

  async close(): Promise<void> {
    await this.#source.close();
    await this.#session.close();
  }
}
