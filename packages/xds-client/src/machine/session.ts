import type { Message } from "@mesh/xds-proto";
import type { FieldError } from "../errors.ts";
import { WILDCARD } from "../resource/name.ts";
import { isCollection, type ResourceType } from "../resource/types.ts";
import type { RefusedResource, TypeState, TypeUpdate } from "./type-state.ts";

/** What a response did. */
export interface Received {
  readonly update: TypeUpdate;
  /** Whether it was refused, as the response before it was, which had the same version. */
  readonly isRepeated: boolean;
}

/** One type on a stream: what has been said about it in this stream, over the state that outlives streams. */
export interface Session {
  readonly state: TypeState;
  /** A new stream: the peer knows nothing yet. */
  open(): void;
  subscribe(name: string, now: number): TypeUpdate | undefined;
  unsubscribe(name: string): void;
  /** Whether an ACK or NACK is due. */
  readonly owesAnswer: boolean;
  /** Whether the peer has been told of subscriptions in this stream. */
  readonly hasSpoken: boolean;
  /** The next request, without node; undefined where there is nothing to say. */
  nextRequest(node: Message<"envoy.config.core.v3.Node"> | undefined): Uint8Array | undefined;
  /** Forgets what is not subscribed to any more. To be called once requests have said so. Returns the names. */
  settle(): readonly string[];
}

/** Envoy's code for a refused update: INTERNAL. */
const NACK_CODE = 13;

/** Far below what gRPC lets a message have, and more than people read. */
const MAX_DETAIL = 65_536;

/** The `error_detail` of a NACK: every error of the response, each with the resource's name and the field's path. */
export function nackOf(type: ResourceType, refused: readonly RefusedResource[]): { code: number; message: string } | undefined {
  if (refused.length === 0) return undefined;
  const lines = refused.flatMap(({ name, errors }) => errors.map((error) => `${name}: ${describeError(error)}`));
  const resources = refused.length === 1 ? "1 resource" : `${refused.length} resources`;
  const message = `${type.label}: ${resources} refused\n${lines.join("\n")}`;
  return { code: NACK_CODE, message: message.length > MAX_DETAIL ? `${message.slice(0, MAX_DETAIL)}…` : message };
}

export function describeError({ path, message }: FieldError): string {
  return path === "" ? message : `${path}: ${message}`;
}

/**
 * Whether a first request without names says what is subscribed to: everything, and nothing beside it. Control planes older than the name `*` know
 * no other way to say so; but only of the types whose responses are the whole state may it be said that way ("xDS REST and gRPC protocol",
 * "How the client specifies what resources to return": LDS and CDS; Envoy asks for SRDS so, too). Of other types no names are none.
 */
export function isImplicitEverything({ kind: { type }, subscriptions }: TypeState): boolean {
  return type.isFullState && subscriptions.size === 1 && subscriptions.has(WILDCARD);
}

/** The names that a request lists, in an order that does not depend on that of the watches. */
export function namesInRequest({ kind: { type }, subscriptions }: TypeState): string[] {
  return [...subscriptions].filter((name) => type.sendsCollections || !isCollection(type, name)).sort();
}
