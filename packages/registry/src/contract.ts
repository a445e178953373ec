import type { RegistryError } from "./errors.ts";
import type {
  RegistryHealth,
  RegistryInstance,
  RegistryLocality,
  RegistryOrigin,
  RegistryProtocol,
  RegistryService,
  RegistryWarmUp,
} from "./service.ts";

/** Services by name; `undefined` says that the registry has the service no more. */
export type RegistryChanges = ReadonlyMap<string, RegistryService | undefined>;

/** Who listens to a source. Nothing is called before `start` has returned, or after `close` has been called. */
export interface RegistryWatcher {
  /**
   * Services that are new, differ from what was last told, or are gone. Each comes whole. What happens at once is told at once: a burst of
   * changes in the registry is one call.
   */
  onChanged(changes: RegistryChanges): void;
  /** Once: all that the registry had when it was first read has been told. */
  onReady(): void;
  /**
   * Without a `path`: the registry is away. What was told stays: a source never tells that a service is gone because a connection broke. It
   * lasts until `onRecovered`.
   *
   * With a `path`: this one entry cannot be read, understood or written, in whole or in part, and the registry itself is well. It is told once,
   * and lasts until `onEntryRecovered` of the path; another error with the path takes its place.
   *
   * @param retryInMs - when it is tried again at the latest; `undefined` where nothing is tried before the entry changes
   */
  onError?(error: RegistryError, retryInMs: number | undefined): void;
  /** After an error without a `path`: the registry is read again, and what had been missed has been told. */
  onRecovered?(): void;
  /** After an error with this `path`: the entry is good, or gone. What it says is told before, or with the next changes. */
  onEntryRecovered?(path: string): void;
}

/** A registry to read. */
export interface RegistrySource {
  /** What the mesh calls the registry; `RegistryOrigin.registry` of what is registered there. */
  readonly name: string;
  /** Lists and watches from now on. Called once; a second call throws MESH_REGISTRY_CLOSED. */
  start(watcher: RegistryWatcher): void;
  /** Ends the watch and lets go of connections. Resolves when they are closed; calling it again does no harm. */
  close(): Promise<void>;
}

/** An instance to be put into a registry. Names, texts and numbers are as `RegistryService` and `RegistryInstance` have them. */
export interface RegistryRegistration {
  readonly service: string;
  readonly address: string;
  readonly port: number;
  readonly protocol: RegistryProtocol;
  /** The protocol by default. */
  readonly portName?: string;
  /** None by default. */
  readonly labels?: Readonly<Record<string, string>>;
  /** 100 by default. */
  readonly weight?: number;
  /** `healthy` by default. */
  readonly health?: RegistryHealth;
  readonly locality?: RegistryLocality;
  readonly warmUp?: RegistryWarmUp;
  /** For what is copied from another registry. By default the instance is from here. */
  readonly origin?: RegistryOrigin;
}

/** What may change while an instance stays the same. What is left out stays as it is; `labels` are replaced as a whole. */
export type RegistryUpdate = Partial<Pick<RegistryRegistration, "labels" | "weight" | "health" | "locality" | "warmUp">>;

/** A registration that a sink holds. */
export interface RegistryRegistrationHandle {
  readonly registration: RegistryRegistration;
  /** Resolves when the registry has it. Rejects with MESH_REGISTRY_CLOSED after `deregister` or the sink's `close`. */
  update(changes: RegistryUpdate): Promise<void>;
  /** Resolves when the registry has it no more. Calling it again does no harm. */
  deregister(): Promise<void>;
}

/** A registry to write. */
export interface RegistrySink {
  readonly name: string;
  /**
   * Puts an instance into the registry and keeps it there: while the registry is away it waits, and when a session is lost it is put there
   * again. The same service, address, port and protocol again, on the same sink, replaces what was there.
   *
   * @returns when the registry has it
   * @throws MESH_REGISTRY_INVALID_REGISTRATION, MESH_REGISTRY_REFUSED, MESH_REGISTRY_CLOSED
   */
  register(registration: RegistryRegistration): Promise<RegistryRegistrationHandle>;
  /** Takes away all that this sink registered, and lets go of connections. Calling it again does no harm. */
  close(): Promise<void>;
}

/** What adapters give: a source and, where the registry takes registrations, a sink. One `close` ends both. */
export type Registry = RegistrySource & Partial<Pick<RegistrySink, "register">>;

/** Whether the registry takes registrations. */
export function canRegister(registry: Registry): registry is RegistrySource & RegistrySink {
  return registry.register !== undefined;
}

/** For adapters: whether two instances say the same. */
export function sameInstance(one: RegistryInstance, other: RegistryInstance): boolean {
  return (
    one === other ||
    (one.id === other.id &&
      one.address === other.address &&
      one.port === other.port &&
      one.portName === other.portName &&
      one.isVariantUnknown === other.isVariantUnknown &&
      one.protocol === other.protocol &&
      one.weight === other.weight &&
      one.health === other.health &&
      one.origin.registry === other.origin.registry &&
      one.origin.id === other.origin.id &&
      one.locality?.region === other.locality?.region &&
      one.locality?.zone === other.locality?.zone &&
      one.locality?.subZone === other.locality?.subZone &&
      one.warmUp?.startedAtMs === other.warmUp?.startedAtMs &&
      one.warmUp?.durationMs === other.warmUp?.durationMs &&
      one.warmUp?.weight === other.warmUp?.weight &&
      sameLabels(one.labels, other.labels))
  );
}

/** For adapters: whether two services say the same, so that there is nothing to tell. */
export function sameService(one: RegistryService, other: RegistryService): boolean {
  return (
    one === other ||
    (one.name === other.name &&
      one.ports.length === other.ports.length &&
      one.ports.every((port, index) => samePort(port, other.ports[index])) &&
      one.instances.length === other.instances.length &&
      one.instances.every((instance, index) => {
        const twin = other.instances[index];
        return twin !== undefined && sameInstance(instance, twin);
      }) &&
      sameLabels(one.labels, other.labels))
  );
}

function samePort(one: RegistryService["ports"][number], other: RegistryService["ports"][number] | undefined): boolean {
  return other !== undefined && one.name === other.name && one.number === other.number && one.protocol === other.protocol;
}

function sameLabels(one: Readonly<Record<string, string>>, other: Readonly<Record<string, string>>): boolean {
  const keys = Object.keys(one);
  return keys.length === Object.keys(other).length && keys.every((key) => one[key] === other[key]);
}
