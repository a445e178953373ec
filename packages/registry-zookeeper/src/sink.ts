import {
  checkRegistration,
  type RegistryError,
  registryError,
  type RegistryRegistration,
  type RegistryRegistrationHandle,
  type RegistryUpdate,
} from "@mesh/registry";
import type { ApplicationSink } from "./application-sink.ts";
import type { ZookeeperClient } from "./client/zookeeper-client.ts";
import { type Entry, Record, type RecordOptions } from "./record.ts";

export interface SinkOptions extends RecordOptions {
  /** @throws MESH_REGISTRY_INVALID_REGISTRATION */
  readonly entryOf: (registration: RegistryRegistration) => Entry;
  /** Dubbo's application level, where it is written. */
  readonly applications: ApplicationSink | undefined;
}

/** A record, and whose it is. */
interface Holding {
  readonly record: Record;
  holder: Handle | undefined;
}

/** Keeps nodes in ZooKeeper as they are wanted, over lost connections and sessions. */
export class Sink {
  readonly #options: SinkOptions;
  readonly #holdings: Map<string, Holding> = new Map();
  #client: ZookeeperClient | undefined = undefined;
  #isClosed = false;

  constructor(options: SinkOptions) {
    this.#options = options;
  }

  async register(registration: RegistryRegistration): Promise<RegistryRegistrationHandle> {
    if (this.#isClosed) throw this.#closedError();
    checkRegistration(registration);
    const entry = this.#options.entryOf(registration);
    let holding = this.#holdings.get(entry.key);
    if (holding === undefined) {
      holding = { record: new Record(this.#options, () => this.#holdings.delete(entry.key)), holder: undefined };
      this.#holdings.set(entry.key, holding);
    }
    const handle = new Handle(registration, holding, this.#options, () => this.#closedError());
    holding.holder = handle;
    try {
      await Promise.all([holding.record.want(entry, this.#client), this.#options.applications?.put(entry.key, registration)]);
    } catch (error) {
      // All or nothing: what was written before the refusal is taken away, now or when it can be.
      handle.deregister().catch(() => undefined);
      throw error;
    }
    return handle;
  }

  connected(client: ZookeeperClient): void {
    this.#client = client;
    this.#options.applications?.connected(client);
    this.check();
  }

  disconnected(): void {
    this.#client = undefined;
    this.#options.applications?.disconnected();
  }

  /** Looks whether everything is there, and puts it there if not. */
  check(): void {
    const client = this.#client;
    if (client === undefined) return;
    for (const { record } of this.#holdings.values()) record.check(client);
    this.#options.applications?.check(client);
  }

  /** The nodes go with the session, which is closed by whoever opened it. */
  close(): void {
    this.#isClosed = true;
    for (const holding of this.#holdings.values()) {
      holding.holder = undefined;
      holding.record.close(this.#closedError());
    }
    this.#holdings.clear();
    this.#options.applications?.close(this.#closedError());
  }

  #closedError(): RegistryError {
    return registryError("MESH_REGISTRY_CLOSED", `${this.#options.name}: the registration, or its registry, is closed`);
  }
}

class Handle implements RegistryRegistrationHandle {
  registration: RegistryRegistration;
  readonly #holding: Holding;
  readonly #options: SinkOptions;
  readonly #closedError: () => RegistryError;

  constructor(registration: RegistryRegistration, holding: Holding, options: SinkOptions, closedError: () => RegistryError) {
    this.registration = registration;
    this.#holding = holding;
    this.#options = options;
    this.#closedError = closedError;
  }

  async update(changes: RegistryUpdate): Promise<void> {
    if (this.#holding.holder !== this) throw this.#closedError();
    const registration = { ...this.registration, ...changes };
    checkRegistration(registration);
    const entry = this.#options.entryOf(registration);
    if (entry.key !== this.#holding.record.key) {
      const message = `${registration.service}: version, group or uniqueId would make it another instance; register that one`;
      throw registryError("MESH_REGISTRY_INVALID_REGISTRATION", message);
    }
    this.registration = registration;
    await Promise.all([this.#holding.record.want(entry, undefined), this.#options.applications?.put(entry.key, registration)]);
  }

  async deregister(): Promise<void> {
    if (this.#holding.holder !== this) return;
    this.#holding.holder = undefined;
    const { key } = this.#holding.record;
    await Promise.all([this.#holding.record.want(undefined, undefined), this.#options.applications?.remove(key)]);
  }
}
