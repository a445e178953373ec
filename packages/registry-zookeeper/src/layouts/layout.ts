import type { RegistryInstance } from "@mesh/registry";
import type { Mirror } from "../mirror.ts";

/** What a layout needs of the registry that it is part of. */
export interface LayoutContext {
  /** The registry's name. */
  readonly registry: string;
  readonly mirror: Mirror;
  /** Something about a service has changed. */
  touch(service: string): void;
  /**
   * An entry that cannot be understood, or not in whole.
   *
   * @param topic - who says so; an entry may be wrong in several ways
   * @param problem - undefined: it is well, or gone
   */
  problem(path: string, topic: unknown, problem: EntryProblem | undefined): void;
}

export interface EntryProblem {
  readonly code: "MESH_REGISTRY_MALFORMED" | "MESH_REGISTRY_UNSUPPORTED";
  readonly message: string;
}

/** The problem of an entry that was parsed. */
export function malformed(error: unknown): EntryProblem {
  return { code: "MESH_REGISTRY_MALFORMED", message: error instanceof Error ? error.message : String(error) };
}

/** What a layout knows of a service. */
export interface LayoutService {
  /** Of the entry that says that there is such a service. */
  readonly path: string;
  readonly instances: readonly LayoutInstance[];
  readonly labels: Readonly<Record<string, string>>;
  /** Where the labels are from: paths by label. */
  readonly labelPaths: ReadonlyMap<string, string>;
  /** False while parts of it have yet to be read for the first time. */
  readonly isComplete: boolean;
}

export interface LayoutInstance {
  readonly instance: RegistryInstance;
  /** Of several entries for the same instance, the latest counts: a process that was started again while the old entry has not expired. */
  readonly registeredAtMs: number;
  /** Of its entry. */
  readonly path: string;
  /** What of the entry cannot be used, and is left out. */
  readonly faults: readonly string[];
}

/** One way to lay services out in ZooKeeper's tree. */
export interface Layout {
  /** undefined: there is no such service in this layout. */
  service(name: string): LayoutService | undefined;
}
