import type { Any } from "@mesh/xds-proto";
import type { FieldError } from "../errors.ts";
import type { XdsResource } from "../resource/kind.ts";

/** As in Envoy's dumps (`envoy.admin.v3.ClientResourceStatus`). */
export type ResourceStatus = "requested" | "doesNotExist" | "acked" | "nacked";

/** An update that was refused. */
export interface RefusedUpdate {
  readonly version: string;
  /** When, in milliseconds since 1970. */
  readonly at: number;
  readonly errors: readonly FieldError[];
  /** The resource, where there is one. */
  readonly any: Any | undefined;
}

/** All that is known of a name. */
export interface ResourceState<Value> {
  readonly name: string;
  readonly status: ResourceStatus;
  /** The one in use; with status `nacked` the last good one. */
  readonly resource: XdsResource<Value> | undefined;
  /** The version that `resource` was last sent in, which may be later than the one that it came with. */
  readonly version: string;
  /** The last update, if it was refused. */
  readonly refused: RefusedUpdate | undefined;
}

/** A state while it is being kept. */
export class Entry {
  readonly name: string;
  status: ResourceStatus = "requested";
  resource: XdsResource<unknown> | undefined = undefined;
  version = "";
  refused: RefusedUpdate | undefined = undefined;
  /** With status `doesNotExist`: whether nobody said so. */
  isTimedOut = false;

  constructor(name: string) {
    this.name = name;
  }

  snapshot(): ResourceState<unknown> {
    return { name: this.name, status: this.status, resource: this.resource, version: this.version, refused: this.refused };
  }
}
