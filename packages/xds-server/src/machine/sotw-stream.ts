import type { ResourceSet } from "../resource/resource.ts";
import type { SotwRequest } from "../wire/requests.ts";
import type { NameSet } from "./names.ts";
import type { Protocol, Response } from "./response-cache.ts";
import { XdsStream, type Received, type RequestKind } from "./stream.ts";
import type { TypeState } from "./type-state.ts";

const WILDCARD = "*";

/**
 * State of the world (Envoy: "xDS protocol"). Of LDS, CDS and other types of full state a response has all that the client subscribes
 * to; of the others only what is new to it. That a resource of these is gone cannot be said.
 */
export class SotwStream extends XdsStream {
  readonly protocol: Protocol = "sotw";

  /** Throws MESH_XDS_SERVER_LIMIT, MESH_XDS_SERVER_UNSUPPORTED: the stream is to be ended. */
  receive(request: SotwRequest): Received {
    const { typeUrl, nonce } = request;
    this.checkNames(typeUrl, request.nameCount);
    const known = this.find(typeUrl);
    const state = known ?? this.add(typeUrl);
    const names = this.context.names.fromRaw(request.names, state.names);
    // After a reconnect the first request names the version that the client has. It is answered all the same, as Istio does: of a
    // response that was refused in part, the client has more than that version says.
    if (!known) {
      this.#subscribe(state, names);
      if (!request.error) return { typeUrl, kind: "subscribe" };
      state.refuse(request.error, request.versionInfo, this.context.now());
      return { typeUrl, kind: "nack" };
    }
    if (nonce !== "" && nonce !== state.nonce) {
      this.#noteStale(state, names);
      return { typeUrl, kind: "stale" };
    }
    const kind = this.#takeAnswer(state, request);
    if (nonce === "" && names === state.names && state.hasAnswered && !state.isInFlight) this.#startOver(state);
    this.#subscribe(state, names);
    return { typeUrl, kind };
  }

  #takeAnswer(state: TypeState, { nonce, error }: SotwRequest): RequestKind {
    if (nonce === "" || !state.isInFlight) return "subscribe";
    return state.answered(error, this.context.now());
  }

  #subscribe(state: TypeState, names: NameSet): void {
    const before = state.names;
    const wasWildcard = state.isWildcard;
    state.hasListed ||= names.names.size > 0;
    state.names = names;
    state.isWildcard = names.names.has("*") || (state.isFullState && !state.hasListed);
    if (state.isWildcard && (!wasWildcard || state.owed?.has(WILDCARD))) {
      this.#startOver(state);
      return;
    }
    if (!state.hasAnswered) {
      if (names.names.size > 0) state.ask();
      return;
    }
    // What is taken from the list is not answered; what comes to it is, and nothing else.
    if (names !== before) for (const name of names.names) if (!before.names.has(name)) state.owe(name);
    for (const name of state.owed ?? []) if (!names.names.has(name)) state.owed?.delete(name);
    if (state.owed && state.owed.size > 0) state.ask();
  }

  /**
   * A request that crossed a response counts for nothing, save that the client may have let go of what it does not list: if it lists
   * that again, it is to have it again.
   */
  #noteStale(state: TypeState, names: NameSet): void {
    if (names === state.names) return;
    state.hasListed ||= names.names.size > 0;
    for (const name of state.names.names) if (!names.names.has(name)) state.owe(name);
    if (state.isWildcard && !names.names.has(WILDCARD) && state.hasListed) state.owe(WILDCARD);
  }

  #startOver(state: TypeState): void {
    state.sent = undefined;
    state.owed = undefined;
    state.ask();
  }

  protected respond(state: TypeState, set: ResourceSet, forced: readonly (readonly string[])[]): Response | undefined {
    const { sent, owed, isWildcard, names } = state;
    state.sent = set;
    state.owed = undefined;
    if (!isWildcard && names.names.size === 0) return undefined;
    const isFirst = sent === undefined || !state.hasAnswered;
    const isSame = sent !== undefined && (sent === set || sent.version === set.version);
    if (!isFirst && !state.isAsked && isSame && owed === undefined && forced.length === 0) return undefined;
    const { differences } = this.context;
    if (state.isFullState) {
      const difference = isFirst || isSame ? undefined : differences.between(sent, set);
      const isDue =
        isFirst ||
        state.isAsked ||
        (difference !== undefined &&
          (difference.changed.some(({ name }) => state.wants(name)) || difference.removed.some((name) => state.wants(name))));
      if (!isDue) return undefined;
      const response = this.#respondWhole(state, set);
      if (isFirst && isWildcard) this.warmAll(state, set);
      else if (isFirst) this.warm(state, this.namesIn(names.names, set));
      else if (owed) this.warm(state, this.namesIn(owed, set));
      if (difference) this.warm(state, difference.changed);
      return response;
    }
    if (isFirst) return this.#respondWhole(state, set);
    const difference = isSame ? undefined : differences.between(sent, set);
    return this.shareChanges(state, set, difference, owed ? [...forced, owed] : forced);
  }

  #respondWhole(state: TypeState, set: ResourceSet): Response {
    const { typeUrl, isWildcard, names } = state;
    const key = `sotw ${typeUrl} ${this.context.differences.idOf(set)} ${isWildcard ? "*" : names.id}`;
    return this.share(state, key, () => ({
      typeUrl,
      version: set.version,
      resources: isWildcard ? [] : this.namesIn(names.names, set),
      lists: isWildcard ? this.context.differences.lists(set) : [],
      removed: [],
    }));
  }
}
