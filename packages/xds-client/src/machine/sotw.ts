import { encodeMessage, type Message } from "@mesh/xds-proto";
import type { Incoming } from "./incoming.ts";
import { isImplicitEverything, namesInRequest, nackOf, type Received, type Session } from "./session.ts";
import type { TypeState, TypeUpdate } from "./type-state.ts";

const noNames = new Uint8Array();

const encodeNames = (resourceNames: readonly string[]): Uint8Array =>
  encodeMessage("envoy.service.discovery.v3.DiscoveryRequest", { resourceNames });

/**
 * State of the world: a request lists all names, the nonce of the last response and the version of the last one that was accepted
 * whole.
 *
 * A response with a resource that is refused is answered with a NACK and the version before it; the resources beside it are used all
 * the same. Envoy does so for what it finds out in making listeners and clusters; a resource that breaks the constraints of its message
 * makes it drop the whole response, and for other types it stops at the first error, so that what becomes of the rest depends on
 * their order. gRPC (A46) uses the good ones of every type, and so does this client.
 */
export class SotwSession implements Session {
  readonly state: TypeState;
  /** Outlives streams: a new stream begins with it. */
  #version = "";
  #nonce = "";
  #nack: { code: number; message: string } | undefined = undefined;
  #owesAnswer = false;
  /** The version of the last response, if it was refused; and whether its NACK waits. */
  #refusedVersion: string | undefined = undefined;
  #isHeld = false;
  #hasSpoken = false;
  #isChanged = false;
  /** Whether names were listed in this stream. Before that, an empty list may mean everything; afterwards, it means nothing. */
  #hasListed = false;
  /** The names of a request, encoded, as long as they do not change: an ACK of one of five thousand endpoints repeats them all, 250 KB. */
  #list: Uint8Array | undefined = undefined;
  /** Subscriptions that the version does not answer for: a stream that began with it might never be told of them. */
  readonly #uncovered = new Set<string>();
  /** What this stream began with. */
  #initial: readonly string[] = [];

  constructor(state: TypeState) {
    this.state = state;
  }

  get owesAnswer(): boolean {
    return this.#owesAnswer && !this.#isHeld;
  }

  /**
   * Lets the NACK wait. To be told of a refusal, some control planes (go-control-plane's simple cache) send the same again at once,
   * thousands of times a second.
   */
  hold(): void {
    this.#isHeld = true;
  }

  release(): void {
    this.#isHeld = false;
  }

  get hasSpoken(): boolean {
    return this.#hasSpoken;
  }

  open(): void {
    this.#nonce = "";
    this.#nack = undefined;
    this.#owesAnswer = false;
    this.#isHeld = false;
    this.#refusedVersion = undefined;
    this.#hasSpoken = false;
    this.#isChanged = true;
    this.#hasListed = false;
    this.state.dropSpares();
  }

  subscribe(name: string, now: number): TypeUpdate | undefined {
    this.#isChanged = true;
    this.#list = undefined;
    this.state.subscribe(name);
    this.#uncovered.add(name);
    return this.state.revive(now);
  }

  unsubscribe(name: string): void {
    this.#isChanged = true;
    this.#list = undefined;
    this.state.unsubscribe(name);
    this.#uncovered.delete(name);
  }

  receive(response: Message<"envoy.service.discovery.v3.DiscoveryResponse">, incoming: Incoming, now: number): Received {
    const { type } = this.state.kind;
    const stamp = { version: response.versionInfo, now };
    const update = type.isFullState ? this.state.applyFull(incoming, stamp, true) : this.state.applyPartial(incoming, stamp, true);
    this.#nonce = response.nonce;
    this.#nack = nackOf(type, update.refused);
    if (!this.#nack) this.#version = response.versionInfo;
    const isRepeated = this.#nack !== undefined && this.#refusedVersion === response.versionInfo;
    this.#refusedVersion = this.#nack ? response.versionInfo : undefined;
    this.#owesAnswer = true;
    this.#isHeld = false;
    this.#cover();
    return { update, isRepeated };
  }

  /** A collection is covered once the stream that began with it has brought something, a name once it is answered. */
  #cover(): void {
    for (const name of this.#uncovered) {
      const isCovered = this.state.isCollection(name) ? this.#initial.includes(name) : this.state.find(name)?.status !== "requested";
      if (isCovered) this.#uncovered.delete(name);
    }
  }

  nextRequest(node: Message<"envoy.config.core.v3.Node"> | undefined): Uint8Array | undefined {
    const { subscriptions } = this.state;
    const isSilent = subscriptions.size === 0 && !this.#hasListed && !this.owesAnswer;
    if (!(this.#isChanged || this.owesAnswer) || isSilent) return undefined;
    const isEverything = isImplicitEverything(this.state) && !this.#hasListed;
    const names = isEverything ? noNames : (this.#list ??= encodeNames(namesInRequest(this.state)));
    if (names.length > 0) this.#hasListed = true;
    if (!this.#hasSpoken) {
      this.#initial = [...subscriptions];
      if (this.#uncovered.size > 0) this.#version = "";
    }
    const request = encodeMessage("envoy.service.discovery.v3.DiscoveryRequest", {
      ...(node ? { node } : {}),
      ...(this.#nack ? { errorDetail: this.#nack } : {}),
      versionInfo: this.#version,
      typeUrl: this.state.kind.type.typeUrl,
      responseNonce: this.#nonce,
    });
    this.#isChanged = false;
    this.#owesAnswer = false;
    this.#isHeld = false;
    this.#nack = undefined;
    this.#hasSpoken = true;
    // Fields may come in any order, so what two messages of a type are encoded to is, joined, one message with the fields of both.
    return names.length === 0 ? request : Buffer.concat([request, names]);
  }

  settle(): readonly string[] {
    // With nothing left, a version would keep the control plane from sending again what is forgotten now.
    if (this.state.subscriptions.size === 0) this.#version = "";
    return this.state.dropUnwanted(this.#hasSpoken);
  }
}
