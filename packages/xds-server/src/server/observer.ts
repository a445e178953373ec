import type { XdsServerError } from "../errors.ts";
import type { RequestKind } from "../machine/stream.ts";
import type { Refusal } from "../machine/type-state.ts";
import type { ClientInfo } from "./source.ts";

export interface RequestEvent {
  readonly typeUrl: string;
  readonly kind: RequestKind;
  /** In milliseconds, of an `ack` and `nack`: since the response was given to the network; otherwise 0. */
  readonly afterMs: number;
  /** Of a `nack`. */
  readonly refusal: Refusal | undefined;
}

export interface ResponseEvent {
  readonly typeUrl: string;
  readonly version: string;
  readonly nonce: string;
  /** Of the encoded message. */
  readonly bytes: number;
  readonly resourceCount: number;
  readonly removedCount: number;
  /** Whether the client had asked; otherwise the source has changed. */
  readonly isAsked: boolean;
  /** How long the client has waited its turn, in milliseconds. */
  readonly queuedMs: number;
}

/** For metrics and logs. What it throws is not caught: it must not throw. */
export interface XdsServerObserver {
  onConnected?(client: ClientInfo): void;
  /** `error`: what the server ended the stream for; undefined if the client did, or it was of age. */
  onDisconnected?(client: ClientInfo, error: XdsServerError | undefined): void;
  /** A stream that ended before its client was known, or that the source has refused. */
  onRefused?(peer: string, error: XdsServerError): void;
  onRequest?(client: ClientInfo, request: RequestEvent): void;
  onResponse?(client: ClientInfo, response: ResponseEvent): void;
}
