import type { RegistryInstance } from "@mesh/registry";
import type { Mirror } from "../mirror.ts";

/** What a layout needs of the registry that it is part of. */
export interface LayoutContext {
  /** The registry's name. */
  readonly registry: string;
  readonly mirror: Mirror;
  /** Something about a service has changed. */
  touch(service: string): void;
  /** An entry that cannot be understood. */
  malformed(path: string, message: string): void;
}

/** What a layout knows of a service. */
export interface LayoutService {
  readonly instances: readonly LayoutInstance[];
  readonly labels: Readonly<Record<string, string>>;
  /** False while parts of it have yet to be read for the first time. */
  readonly isComplete: boolean;
}

export interface LayoutInstance {
  readonly instance: RegistryInstance;
  /** Of several entries for the same instance, the latest counts: a process that was started again while the old entry has not expired. */
  readonly registeredAtMs: number;
}

/** One way to lay services out in ZooKeeper's tree. */
export interface Layout {
  /** undefined: there is no such service in this layout. */
  service(name: string): LayoutService | undefined;
}
