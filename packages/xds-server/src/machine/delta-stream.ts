import type { ResourceSet } from "../resource/resource.ts";
import type { DeltaRequest } from "../wire/requests.ts";
import type { Protocol, Response, Selection } from "./response-cache.ts";
import { XdsStream, type Received } from "./stream.ts";
import type { TypeState } from "./type-state.ts";

const WILDCARD = "*";

/** Delta (Envoy: "xDS protocol", "Incremental xDS"): responses have what is new to the client, and name what it is to remove. */
export class DeltaStream extends XdsStream {
  readonly protocol: Protocol = "delta";

  /** Throws MESH_XDS_SERVER_LIMIT, MESH_XDS_SERVER_UNSUPPORTED: the stream is to be ended. */
  receive(request: DeltaRequest): Received {
    const { typeUrl, nonce, error } = request;
    const known = this.find(typeUrl);
    const state = known ?? this.add(typeUrl);
    if (!known) {
      this.#begin(state, request);
      if (!error) return { typeUrl, kind: "subscribe" };
      state.refuse(error, "", this.context.now());
      return { typeUrl, kind: "nack" };
    }
    this.#change(state, request);
    if (nonce === "") return { typeUrl, kind: "subscribe" };
    // An answer to a response that was not waited for any longer.
    if (nonce !== state.nonce || !state.isInFlight) return { typeUrl, kind: "stale" };
    return { typeUrl, kind: state.answered(error, this.context.now()) };
  }

  #begin(state: TypeState, { subscribe, initialVersions }: DeltaRequest): void {
    const { names } = this.context;
    const listed = subscribe.filter((name) => name !== WILDCARD);
    this.checkNames(state.typeUrl, listed.length);
    state.names = names.derive(names.empty, listed, []);
    state.isWildcard = listed.length < subscribe.length || (subscribe.length === 0 && state.isFullState);
    if (initialVersions.size > 0) state.initial = initialVersions;
    state.hasAnswered = !state.isWildcard && listed.length === 0;
    state.ask();
  }

  #change(state: TypeState, { subscribe, unsubscribe }: DeltaRequest): void {
    if (subscribe.length === 0 && unsubscribe.length === 0) return;
    const added = subscribe.filter((name) => name !== WILDCARD);
    const removed = unsubscribe.filter((name) => name !== WILDCARD);
    if (removed.length < unsubscribe.length) state.isWildcard = false;
    for (const name of removed) state.owed?.delete(name);
    if (added.length < subscribe.length && !state.isWildcard) this.#startOver(state);
    state.names = this.context.names.derive(state.names, added, removed);
    this.checkNames(state.typeUrl, state.names.names.size);
    // What is asked for is sent even if it was sent before.
    for (const name of added) state.owe(name);
    // Part of everything all the same, of which the client does not know: it is told what has become of it.
    if (state.isWildcard) for (const name of removed) state.owe(name);
    if (added.length > 0 || state.isWildcard) state.ask();
  }

  /** Everything is subscribed to again. Of before, the client has kept what it subscribes to by name. */
  #startOver(state: TypeState): void {
    const initial = new Map<string, string>();
    for (const name of state.names.names) {
      const version = state.sent ? state.sent.get(name)?.version : state.initial?.get(name);
      if (version !== undefined) initial.set(name, version);
    }
    state.isWildcard = true;
    state.initial = initial;
    state.sent = undefined;
    state.ask();
  }

  protected respond(state: TypeState, set: ResourceSet, forced: readonly (readonly string[])[]): Response | undefined {
    const { sent, owed, initial } = state;
    const asked = owed ? [...forced, owed] : forced;
    state.sent = set;
    state.owed = undefined;
    state.initial = undefined;
    if (!sent) return this.#respondFirst(state, set, initial, asked);
    const isSame = sent === set || sent.version === set.version;
    if (isSame && asked.length === 0) return undefined;
    const difference = isSame ? undefined : this.context.differences.between(sent, set);
    if (difference) this.warm(state, difference.changed);
    return this.shareChanges(state, set, difference, asked);
  }

  #respondFirst(
    state: TypeState,
    set: ResourceSet,
    initial: ReadonlyMap<string, string> | undefined,
    asked: readonly Iterable<string>[],
  ): Response | undefined {
    const { isWildcard, names } = state;
    if (!initial) {
      if (!isWildcard && names.names.size === 0) return undefined;
      this.warmAll(state, set);
      const key = `delta ${state.typeUrl} ${this.context.differences.idOf(set)} ${isWildcard ? "*" : ""}${names.id}`;
      return this.share(state, key, () => this.#selectAll(state, set));
    }
    const selection = this.#selectNew(state, set, initial, new Set(asked.flatMap((each) => [...each])));
    this.warm(state, selection.resources);
    if (state.hasAnswered && selection.resources.length === 0 && selection.removed.length === 0) return undefined;
    return this.share(state, this.keyOf(state, set, selection.resources, selection.removed), () => selection);
  }

  #selectAll({ typeUrl, isWildcard, names }: TypeState, set: ResourceSet): Selection {
    return {
      typeUrl,
      version: set.version,
      resources: isWildcard ? [] : this.namesIn(names.names, set),
      lists: isWildcard ? this.context.differences.lists(set) : [],
      removed: [...names.names].filter((name) => !set.get(name)),
    };
  }

  /** What a client does not have that has kept these versions. */
  #selectNew(state: TypeState, set: ResourceSet, initial: ReadonlyMap<string, string>, asked: ReadonlySet<string>): Selection {
    const { typeUrl, isWildcard, names } = state;
    const wanted = isWildcard ? this.context.differences.lists(set).flat() : this.namesIn(names.names, set);
    const resources = wanted.filter(({ name, version }) => initial.get(name) !== version || asked.has(name));
    const removed = new Set<string>();
    for (const name of names.names) if (!set.get(name)) removed.add(name);
    for (const name of initial.keys()) if (state.wants(name) && !set.get(name)) removed.add(name);
    return { typeUrl, version: set.version, resources, lists: [], removed: [...removed] };
  }
}
