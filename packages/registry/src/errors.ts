/** What can go wrong with a registry. */
export type RegistryErrorCode =
  /** The registry cannot be reached, or does not answer. What was known stays in use; it is tried again. */
  | "MESH_REGISTRY_UNAVAILABLE"
  /** The registry refuses: credentials, permissions, a quota. It is tried again. */
  | "MESH_REGISTRY_REFUSED"
  /** An entry that cannot be read. `path` names it; all others are in use. */
  | "MESH_REGISTRY_MALFORMED"
  /** An entry that asks for something this adapter does not do. `path` names it; what else it says is in use. */
  | "MESH_REGISTRY_UNSUPPORTED"
  /** Options, or a registry's URL, that cannot be used. */
  | "MESH_REGISTRY_INVALID_OPTIONS"
  /** A registration that this registry cannot hold: a protocol it has no place for, a port out of range. */
  | "MESH_REGISTRY_INVALID_REGISTRATION"
  /** A call on a source or a sink that is closed. */
  | "MESH_REGISTRY_CLOSED";

/** The error of every registry. Check `code`; the message tells people where and what to do. */
export interface RegistryError extends Error {
  readonly name: "RegistryError";
  readonly code: RegistryErrorCode;
  /** The entry in question, in the registry's own terms: a ZooKeeper path, a service's name. */
  readonly path?: string;
}

class RegistryErrorImplementation extends Error implements RegistryError {
  override readonly name = "RegistryError";
  readonly code: RegistryErrorCode;
  declare readonly path?: string;

  constructor(code: RegistryErrorCode, message: string, details: { path?: string; cause?: unknown }) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    if (details.path !== undefined) this.path = details.path;
  }
}

/** For adapters: makes the error that a registry reports. */
export function registryError(code: RegistryErrorCode, message: string, details: { path?: string; cause?: unknown } = {}): RegistryError {
  return new RegistryErrorImplementation(code, message, details);
}

/** Whether something thrown or reported is an error of a registry. */
export function isRegistryError(error: unknown): error is RegistryError {
  return error instanceof Error && error.name === "RegistryError" && "code" in error;
}
