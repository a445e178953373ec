import { isProtoError, unpackAs, type Any, type Message, type MessageName } from "@mesh/xds-proto";
import { messageOf, type FieldError } from "../errors.ts";
import type { ResourceType } from "./types.ts";

/** What was made of a resource, or all that is wrong with it. */
export type Acceptance<Value> = { readonly value: Value } | { readonly errors: readonly FieldError[] };

/** Work that can be left off at each `yield`, and that waits for the promises that it yields. */
export type AcceptSteps<Value> = Generator<Promise<void> | void, Value, void>;

/**
 * A type of resource together with what makes values of it. A client knows one kind a type URL: two watches of clusters share what
 * was accepted.
 */
export interface ResourceKind<Value> {
  readonly type: ResourceType;
  /**
   * Called for each resource whose bytes are new. It must not wait for I/O: its answer is the control plane's ACK or NACK. Something
   * thrown is a refusal too, a ProtoError one with its path.
   *
   * @param version of the resource (delta) or of the response (state of the world)
   */
  readonly accept: (name: string, resource: Any, version: string) => Acceptance<Value>;
  /**
   * Called before the resources of a response (or file) are given to `accept`, in the response's order.
   *
   * @param removed the names of those that are there, and that the response takes away: it says so, or it is the whole state and leaves them out
   */
  readonly begin?: (removed: readonly string[]) => void;
  /**
   * Called in place of `accept` where one resource may take longer than the event loop should be held: each `yield` is a point at which the
   * rest may be done in another turn. A promise that is yielded is waited for; it must not be rejected. Default: `accept`.
   */
  readonly acceptInSteps?: (name: string, resource: Any, version: string) => AcceptSteps<Acceptance<Value>>;
  /**
   * Called when a refusal by `accept` is over though nothing was accepted since: the control plane went back to what is in use, whose bytes
   * are not new, or took the resource away, or nobody watches it any more. Default: nothing.
   */
  readonly forget?: (name: string) => void;
}

/** A resource in use. Immutable; another object takes its place when it changes. */
export interface XdsResource<Value> {
  readonly kind: ResourceKind<Value>;
  readonly name: string;
  /** What the kind's `accept` made. */
  readonly value: Value;
  /** As received. */
  readonly any: Any;
  /** Of the resource (delta) or of the response (state of the world) that first brought these bytes. */
  readonly version: string;
  /** Of the response that first brought these bytes: `version_info`, or in delta `system_version_info`. */
  readonly responseVersion: string;
  /** VHDS: the names that it was asked for by. */
  readonly aliases: readonly string[];
  /** When it was accepted, in milliseconds since 1970. */
  readonly lastUpdated: number;
}

export function isOfKind<Value>(kind: ResourceKind<Value>, resource: XdsResource<unknown>): resource is XdsResource<Value> {
  return resource.kind === kind;
}

/**
 * A kind of resource, to be kept and given to each watch.
 *
 * @param accept by default decodes the message, and refuses what cannot be decoded
 */
export function resourceKind<Name extends MessageName>(type: ResourceType<Name>): ResourceKind<Message<Name>>;
export function resourceKind<Value>(type: ResourceType, accept: ResourceKind<Value>["accept"]): ResourceKind<Value>;
export function resourceKind(type: ResourceType, accept?: ResourceKind<unknown>["accept"]): ResourceKind<unknown> {
  return { type, accept: accept ?? ((_, resource) => ({ value: unpackAs(type.message, resource) })) };
}

/** `accept` or `acceptInSteps`, with what it throws among its errors. */
export function* acceptResource(kind: ResourceKind<unknown>, name: string, any: Any, version: string): AcceptSteps<Acceptance<unknown>> {
  try {
    return kind.acceptInSteps ? yield* kind.acceptInSteps(name, any, version) : kind.accept(name, any, version);
  } catch (error) {
    if (!isProtoError(error) || error.path === "") return { errors: [{ path: "", message: messageOf(error) }] };
    const prefix = `${error.path}: `;
    return {
      errors: [{ path: error.path, message: error.message.startsWith(prefix) ? error.message.slice(prefix.length) : error.message }],
    };
  }
}
