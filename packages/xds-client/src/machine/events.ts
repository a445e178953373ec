import type { XdsError } from "../errors.ts";
import type { ResourceKind } from "../resource/kind.ts";
import type { RefusedResource, TypeUpdate } from "./type-state.ts";

/** How a stream ended; the codes are gRPC's. */
export interface StreamStatus {
  readonly code: number;
  readonly details: string;
}

/** What happens to a machine. */
export type MachineEvent =
  /** The first watch of a name or collection. `timeoutMs`: how long its first answer may take; 0 means for ever. */
  | { readonly kind: "subscribe"; readonly resource: ResourceKind<unknown>; readonly name: string; readonly timeoutMs: number }
  /** The end of its last watch. */
  | { readonly kind: "unsubscribe"; readonly resource: ResourceKind<unknown>; readonly name: string }
  /** To be given once what belongs together has been subscribed to: requests are made now. */
  | { readonly kind: "flush" }
  /** The stream can be written to. */
  | { readonly kind: "opened" }
  /** A response; the same as `arrived`, `prepareNext` until it returns false, and `taken`. */
  | { readonly kind: "received"; readonly bytes: Uint8Array }
  /** The same in pieces: a response is here, whose resources are accepted or refused one by one, with `prepareNext`. */
  | { readonly kind: "arrived"; readonly bytes: Uint8Array }
  /** The response that arrived takes effect, and its answer is due. */
  | { readonly kind: "taken" }
  | { readonly kind: "closed"; readonly status: StreamStatus }
  /** The stream takes nothing more until `writable`: the peer, or the network, is slower than we are. */
  | { readonly kind: "blocked" }
  | { readonly kind: "writable" }
  | { readonly kind: "timer"; readonly id: string }
  | { readonly kind: "stop" };

/** What a machine wants done. */
export type MachineAction =
  | { readonly kind: "connect" }
  | { readonly kind: "disconnect" }
  | { readonly kind: "send"; readonly bytes: Uint8Array }
  /** Starts a timer, or starts it anew. */
  | { readonly kind: "startTimer"; readonly id: string; readonly ms: number }
  | { readonly kind: "stopTimer"; readonly id: string }
  /** Tells the watches. */
  | { readonly kind: "deliver"; readonly resource: ResourceKind<unknown>; readonly update: TypeUpdate; readonly isResponse: boolean }
  /** Tells the watches of a name, or without a name of all names, that something is wrong. */
  | { readonly kind: "fail"; readonly resource: ResourceKind<unknown>; readonly name: string | undefined; readonly error: XdsError }
  /** For statistics: a response was taken. */
  | { readonly kind: "answered"; readonly resource: ResourceKind<unknown>; readonly response: ResponseSummary };

export interface ResponseSummary {
  /** `version_info` or `system_version_info`. */
  readonly version: string;
  /** The control plane's name for itself, empty where it does not tell. */
  readonly controlPlane: string;
  /** Whether it was answered with an ACK. */
  readonly isAccepted: boolean;
  /** What was refused, and why. */
  readonly refused: readonly RefusedResource[];
  /** How many bytes it had. */
  readonly size: number;
}
