import { xdsServerError } from "../errors.ts";
import { endpointsOf } from "../resource/cluster-endpoints.ts";
import type { Difference, Differences } from "../resource/differences.ts";
import type { Resource, ResourceSet } from "../resource/resource.ts";
import { CLUSTER_RANK, ENDPOINTS_RANK } from "../resource/types.ts";
import type { NameInterner } from "./names.ts";
import type { Protocol, Response, ResponseCache, Selection } from "./response-cache.ts";
import { TypeState, type TypeStatus } from "./type-state.ts";

export interface StreamLimits {
  /** Names that a client may subscribe to of one type. */
  readonly maxNames: number;
  /** Types that a stream may ask for. */
  readonly maxTypes: number;
  /** How long a response that is not answered keeps later ones of its type back, in milliseconds. */
  readonly ackTimeoutMs: number;
}

/** What all streams of a server share. */
export interface StreamContext {
  readonly names: NameInterner;
  readonly differences: Differences;
  readonly responses: ResponseCache;
  readonly limits: StreamLimits;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** What a request was. `stale`: it answers an earlier response than the last one. */
export type RequestKind = "subscribe" | "ack" | "nack" | "stale";

export interface Received {
  readonly typeUrl: string;
  readonly kind: RequestKind;
}

/** A response that is to be sent now. */
export interface Outgoing {
  readonly response: Response;
  /** Whether the client has asked for it. */
  readonly isAsked: boolean;
}

/** Resources of a response that is found by their names. */
const MAX_KEY_NAMES = 64;

/** CDS responses whose endpoints are not answered yet and are remembered one by one. */
const MAX_WARMING = 16;

/**
 * One stream as the server sees it, without I/O: requests are given to it, and `next` is asked for responses whenever one can be sent.
 * What `next` sends is made from what the source has at that moment, so that pushes which could not be sent yet merge.
 */
export abstract class XdsStream {
  protected readonly context: StreamContext;
  readonly #resources: (typeUrl: string) => ResourceSet | undefined;
  readonly #types = new Map<string, TypeState>();
  #ordered: readonly TypeState[] = [];
  /**
   * Clusters that were sent since endpoints were. Envoy warms a changed cluster until its endpoints are sent, even if these have not
   * changed and are subscribed to already, and acknowledges no clusters meanwhile.
   */
  #warming: (readonly Resource[])[] = [];
  #wakeAt: number | undefined = undefined;
  /** Whether something that is gone was not taken away yet. */
  #hasKept = false;

  constructor(context: StreamContext, resources: (typeUrl: string) => ResourceSet | undefined) {
    this.context = context;
    this.#resources = resources;
  }

  abstract readonly protocol: Protocol;

  /** The response that is due for a type, if there is one; takes note that it is sent. */
  protected abstract respond(state: TypeState, set: ResourceSet, forced: readonly (readonly string[])[]): Response | undefined;

  /** The source may have other resources of these types, or of all. Returns whether `next` is to be asked. */
  changed(typeUrls: ReadonlySet<string> | undefined): boolean {
    let isDirty = false;
    for (const state of this.#ordered) {
      if (typeUrls !== undefined && !typeUrls.has(state.typeUrl)) continue;
      state.isDirty = true;
      isDirty = true;
    }
    return isDirty;
  }

  /** The next response. Undefined: there is none until a request comes, the source changes, or the time is `wakeAt`. */
  next(): Outgoing | undefined {
    const now = this.context.now();
    // What was kept for routes that then turned out to have nothing for this client is looked at again.
    return this.#pass(now) ?? (this.#hasKept ? this.#pass(now) : undefined);
  }

  #pass(now: number): Outgoing | undefined {
    this.#wakeAt = undefined;
    this.#hasKept = false;
    let clusters: TypeState | undefined;
    for (const state of this.#ordered) {
      const isWaiting = this.#isWaiting(state, now);
      if (state.rank === CLUSTER_RANK && isWaiting) clusters = state;
      if (!state.isDirty) continue;
      if (isWaiting) {
        this.#wakeFor(state);
        continue;
      }
      // New routes may lead to new clusters, and Envoy acknowledges these when they have their endpoints and can be used. Endpoints may
      // not wait for that, nor what the client asks for.
      if (clusters && state.rank > ENDPOINTS_RANK && !state.isAsked) {
        this.#wakeFor(clusters);
        continue;
      }
      const given = this.#resources(state.typeUrl);
      const set = given && state.rank <= ENDPOINTS_RANK ? this.#keepWhatIsUsed(state, given, now) : given;
      state.isDirty = set !== given;
      this.#hasKept ||= state.isDirty;
      state.isUnserved = set === undefined;
      if (!set) continue;
      const isAsked = state.isAsked;
      const response = this.respond(state, set, state.rank === ENDPOINTS_RANK ? this.#takeWarming() : []);
      state.isAsked = false;
      if (!response) continue;
      state.hasAnswered = true;
      state.isInFlight = true;
      state.nonce = response.nonce;
      state.sentVersion = response.version;
      state.sentAt = now;
      return { response, isAsked };
    }
    return undefined;
  }

  /** When `next` is to be asked though nothing has happened: a response has waited too long for an answer to the one before. */
  get wakeAt(): number | undefined {
    return this.#wakeAt;
  }

  /** Whether no response waits for its answer. */
  get isIdle(): boolean {
    return this.#ordered.every(({ isInFlight }) => !isInFlight);
  }

  /** In the order of pushes. */
  get status(): readonly TypeStatus[] {
    return this.#ordered.map(({ status }) => status);
  }

  statusOf(typeUrl: string): TypeStatus | undefined {
    return this.#types.get(typeUrl)?.status;
  }

  protected find(typeUrl: string): TypeState | undefined {
    return this.#types.get(typeUrl);
  }

  protected add(typeUrl: string): TypeState {
    if (typeUrl === "") throw xdsServerError("MESH_XDS_SERVER_UNSUPPORTED", "a request without a type");
    const { maxTypes } = this.context.limits;
    if (this.#types.size >= maxTypes) throw xdsServerError("MESH_XDS_SERVER_LIMIT", `more than ${maxTypes} types in one stream`);
    const state = new TypeState(typeUrl, this.context.names.empty);
    this.#types.set(typeUrl, state);
    // The sort is stable: types of one rank stay in the order in which they were asked for.
    this.#ordered = [...this.#types.values()].sort((a, b) => a.rank - b.rank);
    return state;
  }

  protected checkNames(typeUrl: string, count: number): void {
    const { maxNames } = this.context.limits;
    if (count > maxNames) throw xdsServerError("MESH_XDS_SERVER_LIMIT", `${count} names of ${typeUrl}, more than ${maxNames}`);
  }

  /** Takes note of clusters that are sent. */
  protected warm(state: TypeState, changed: readonly Resource[]): void {
    if (state.rank !== CLUSTER_RANK || changed.length === 0) return;
    if (this.#warming.length >= MAX_WARMING) this.#warming = [stillIn(state.sent, this.#warming.flat())];
    this.#warming.push(changed);
    for (const each of this.#ordered) if (each.rank === ENDPOINTS_RANK) each.isDirty = true;
  }

  /** Takes note of all clusters of a set. */
  protected warmAll(state: TypeState, set: ResourceSet): void {
    if (state.rank !== CLUSTER_RANK) return;
    for (const list of this.context.differences.lists(set)) this.warm(state, list);
  }

  /** The response of a key, made from `select` if it is not known. Without a key it is made for this client. */
  protected share(state: TypeState, key: string | undefined, select: () => Selection): Response {
    const { responses } = this.context;
    if (key === undefined) return responses.make(this.protocol, undefined, select());
    const known = responses.get(key);
    if (known && known.nonce !== state.nonce) return known;
    // The same again needs another nonce, or the answers to the two could not be told apart.
    const other = `${key} again`;
    return (known && responses.get(other)) ?? responses.make(this.protocol, known ? other : key, select());
  }

  /** A response with what of a difference the client is to have, and with what it is to have in any case; undefined for nothing. */
  protected shareChanges(
    state: TypeState,
    set: ResourceSet,
    difference: Difference | undefined,
    asked: readonly Iterable<string>[],
  ): Response | undefined {
    // Of a large difference each client would look for its part, and keep an encoding of its own.
    if (difference && asked.length === 0 && difference.changed.length + difference.removed.length > MAX_KEY_NAMES) {
      const key = `${this.protocol} ${state.typeUrl} ${difference.id} ${state.isWildcard ? "*" : state.names.id}`;
      const known = this.context.responses.get(key);
      if (known && known.nonce !== state.nonce) return known;
      const selection = this.#select(state, set, difference, asked);
      return isEmpty(selection) ? undefined : this.share(state, key, () => selection);
    }
    const selection = this.#select(state, set, difference, asked);
    if (isEmpty(selection)) return undefined;
    return this.share(state, this.keyOf(state, set, selection.resources, selection.removed), () => selection);
  }

  #select(state: TypeState, set: ResourceSet, difference: Difference | undefined, asked: readonly Iterable<string>[]): Selection {
    const resources = new Map<string, Resource>();
    const removed = new Set<string>();
    if (difference) {
      for (const resource of difference.changed) if (state.wants(resource.name)) resources.set(resource.name, resource);
      if (this.protocol === "delta") for (const name of difference.removed) if (state.wants(name)) removed.add(name);
    }
    for (const names of asked) {
      for (const name of names) {
        if (!state.wants(name)) continue;
        const resource = set.get(name);
        if (resource) resources.set(name, resource);
        else if (this.protocol === "delta") removed.add(name);
      }
    }
    return { typeUrl: state.typeUrl, version: set.version, resources: [...resources.values()], lists: [], removed: [...removed] };
  }

  /** The key of a response with these resources of a set; undefined where they are too many for one. */
  protected keyOf(state: TypeState, set: ResourceSet, resources: readonly Resource[], removed: readonly string[] = []): string | undefined {
    if (resources.length + removed.length > MAX_KEY_NAMES) return undefined;
    let key = `${this.protocol} ${state.typeUrl} ${this.context.differences.idOf(set)}`;
    for (const { name } of resources) key += ` +${name.length}:${name}`;
    for (const name of removed) key += ` -${name.length}:${name}`;
    return key;
  }

  protected namesIn(names: Iterable<string>, set: ResourceSet): readonly Resource[] {
    const found: Resource[] = [];
    for (const name of names) {
      const resource = set.get(name);
      if (resource) found.push(resource);
    }
    return found;
  }

  /** Whether a response is in flight, and its answer is still waited for. */
  #isWaiting({ isInFlight, sentAt }: TypeState, now: number): boolean {
    return isInFlight && now < sentAt + this.context.limits.ackTimeoutMs;
  }

  #wakeFor({ sentAt }: TypeState): void {
    const at = sentAt + this.context.limits.ackTimeoutMs;
    if (this.#wakeAt === undefined || at < this.#wakeAt) this.#wakeAt = at;
  }

  /**
   * Clusters and endpoints that are gone, with those that are there: while the client has listeners or routes which may use them, since
   * the new ones of these are not sent, or not accepted, yet.
   */
  #keepWhatIsUsed(state: TypeState, set: ResourceSet, now: number): ResourceSet {
    const { sent } = state;
    if (!sent || sent === set || sent.version === set.version) return set;
    const kept = this.context.differences.additions(sent, set);
    if (kept === set) return set;
    for (const other of this.#ordered) {
      if (other.rank <= ENDPOINTS_RANK) continue;
      if (this.#isWaiting(other, now)) this.#wakeFor(other);
      else if (!other.isDirty || this.#resources(other.typeUrl)?.version === other.sent?.version) continue;
      return kept;
    }
    return set;
  }

  #takeWarming(): readonly (readonly string[])[] {
    if (this.#warming.length === 0) return [];
    const forced = this.#warming.map(endpointsOf).filter(({ length }) => length > 0);
    this.#warming = [];
    return forced;
  }
}

/** Each resource that is still in a set, once: what is remembered does not grow with the number of changes. */
function stillIn(set: ResourceSet | undefined, resources: readonly Resource[]): readonly Resource[] {
  const found = new Map<string, Resource>();
  for (const { name } of resources) {
    const resource = set?.get(name);
    if (resource) found.set(name, resource);
  }
  return [...found.values()];
}

/** Of a selection without lists. */
function isEmpty({ resources, removed }: Selection): boolean {
  return resources.length === 0 && removed.length === 0;
}
