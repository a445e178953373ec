import { encodeMessage, type Message } from "@mesh/xds-proto";
import { WILDCARD } from "../resource/name.ts";
import { removedNames, type Incoming } from "./incoming.ts";
import { isImplicitEverything, namesInRequest, nackOf, type Received, type Session } from "./session.ts";
import type { TypeState } from "./type-state.ts";

interface Answer {
  readonly nonce: string;
  readonly nack: { code: number; message: string } | undefined;
}

/**
 * Delta: requests and responses tell differences. The first request of a stream says what is there already
 * (`initial_resource_versions`), so that a control plane sends only what has changed since, and what has been removed.
 *
 * Envoy uses nothing of a response with a name twice or a wrong type; here, as in state of the world, what is good of it is used. The version of a
 * refused resource stays that of the last good one, so that a new stream brings it again.
 */
export class DeltaSession implements Session {
  readonly state: TypeState;
  readonly #toSubscribe = new Set<string>();
  readonly #toUnsubscribe = new Set<string>();
  #answers: Answer[] = [];
  #hasSpoken = false;
  /** Whether the subscription to everything is said by an empty first request, as older control planes expect it. */
  #isImplicit = false;

  constructor(state: TypeState) {
    this.state = state;
  }

  get owesAnswer(): boolean {
    return this.#answers.length > 0;
  }

  get hasSpoken(): boolean {
    return this.#hasSpoken;
  }

  open(): void {
    this.#toSubscribe.clear();
    this.#toUnsubscribe.clear();
    this.#answers = [];
    this.#hasSpoken = false;
    this.#isImplicit = false;
  }

  subscribe(name: string): undefined {
    this.state.subscribe(name);
    if (!this.#isSent(name)) return;
    // A name that was taken back and asked for again is asked for: the control plane then sends it again.
    this.#toUnsubscribe.delete(name);
    this.#toSubscribe.add(name);
  }

  unsubscribe(name: string): void {
    this.state.unsubscribe(name);
    if (!this.#isSent(name)) return;
    this.#toSubscribe.delete(name);
    this.#toUnsubscribe.add(name);
  }

  receive(response: Message<"envoy.service.discovery.v3.DeltaDiscoveryResponse">, incoming: Incoming, now: number): Received {
    const { type } = this.state.kind;
    const stamp = { version: response.systemVersionInfo, now };
    const update = this.state.applyPartial(incoming, stamp, false, removedNames(response));
    this.#answers.push({ nonce: response.nonce, nack: nackOf(type, update.refused) });
    return { update, isRepeated: false };
  }

  nextRequest(node: Message<"envoy.config.core.v3.Node"> | undefined): Uint8Array | undefined {
    if (!this.#hasSpoken) return this.#firstRequest(node);
    const answer = this.#answers.shift();
    if (!answer && this.#toSubscribe.size === 0 && this.#toUnsubscribe.size === 0) return undefined;
    // Names beside an implicit subscription to everything would end it.
    if (this.#isImplicit && this.#toSubscribe.size > 0) {
      if (this.state.subscriptions.has(WILDCARD)) this.#toSubscribe.add(WILDCARD);
      this.#isImplicit = false;
    }
    const request = encodeMessage("envoy.service.discovery.v3.DeltaDiscoveryRequest", {
      ...(node ? { node } : {}),
      ...(answer?.nack ? { errorDetail: answer.nack } : {}),
      typeUrl: this.state.kind.type.typeUrl,
      resourceNamesSubscribe: [...this.#toSubscribe].sort(),
      resourceNamesUnsubscribe: [...this.#toUnsubscribe].sort(),
      responseNonce: answer?.nonce ?? "",
    });
    this.#toSubscribe.clear();
    this.#toUnsubscribe.clear();
    return request;
  }

  settle(): readonly string[] {
    return this.state.dropUnwanted(false);
  }

  #firstRequest(node: Message<"envoy.config.core.v3.Node"> | undefined): Uint8Array | undefined {
    const { kind, subscriptions } = this.state;
    this.#toSubscribe.clear();
    this.#toUnsubscribe.clear();
    // An answer to what was not asked for would be taken for a first request, one for everything.
    this.#answers = [];
    if (subscriptions.size === 0) return undefined;
    this.#hasSpoken = true;
    this.#isImplicit = isImplicitEverything(this.state);
    const held = [...this.state.entries()].filter(({ resource }) => resource);
    // Unlike an assignment, this keeps a resource of the name `__proto__`.
    const initialResourceVersions = Object.fromEntries(held.map(({ name, version }) => [name, version]));
    return encodeMessage("envoy.service.discovery.v3.DeltaDiscoveryRequest", {
      ...(node ? { node } : {}),
      typeUrl: kind.type.typeUrl,
      resourceNamesSubscribe: this.#isImplicit ? [] : namesInRequest(this.state),
      initialResourceVersions,
    });
  }

  #isSent(name: string): boolean {
    return this.state.kind.type.sendsCollections || !this.state.isCollection(name);
  }
}
