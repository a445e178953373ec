import type { Any } from "@mesh/xds-proto";
import type { FieldError } from "../errors.ts";
import { WILDCARD } from "../resource/name.ts";
import { isCollection } from "../resource/types.ts";
import { acceptResource, type AcceptSteps, type ResourceKind, type XdsResource } from "../resource/kind.ts";
import { Entry } from "./entry.ts";
import type { Incoming, IncomingResource, Prepared, Refusal } from "./incoming.ts";

/** What a response, or a timer, changed. */
export interface TypeUpdate {
  /** New, or with new bytes, in the order of the response. */
  readonly changed: readonly XdsResource<unknown>[];
  /** Were there and are not any more. */
  readonly removed: readonly string[];
  /** Names that were asked for and are not there. */
  readonly missing: readonly string[];
  /** The last good ones of these stay. */
  readonly refused: readonly RefusedResource[];
}

export interface RefusedResource {
  readonly name: string;
  readonly errors: readonly FieldError[];
  /** Whether the same bytes were refused before, so that everybody has been told. */
  readonly isKnown: boolean;
}

/** When it happens, and the version that it happens with. */
export interface Stamp {
  readonly version: string;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** How many resources that nobody asked for are kept while a stream lives. */
const MAX_SPARE = 1024;

/**
 * The resources of one type from one source: what is subscribed to, and what has been accepted. It knows neither streams nor
 * nonces: the same rules hold for state of the world, delta and files.
 */
export class TypeState {
  readonly kind: ResourceKind<unknown>;
  readonly #subscriptions = new Set<string>();
  readonly #collections = new Set<string>();
  /** Whether something was taken back since what is not wanted was dropped last. */
  #isUntidy = false;
  readonly #entries = new Map<string, Entry>();
  /** See `keepSpare`. */
  readonly #spare = new Map<string, IncomingResource>();
  readonly #namesOfAliases = new Map<string, string>();

  constructor(kind: ResourceKind<unknown>) {
    this.kind = kind;
  }

  /** Names and collections. */
  get subscriptions(): ReadonlySet<string> {
    return this.#subscriptions;
  }

  /** Those of the subscriptions that are collections: a few, beside the names of thousands of endpoints. */
  get collections(): ReadonlySet<string> {
    return this.#collections;
  }

  subscribe(name: string): void {
    this.#subscriptions.add(name);
    if (this.isCollection(name)) this.#collections.add(name);
  }

  unsubscribe(name: string): void {
    this.#collections.delete(name);
    if (this.#subscriptions.delete(name)) this.#isUntidy = true;
  }

  entries(): Iterable<Entry> {
    return this.#entries.values();
  }

  /** The entry that a subscription is answered by: VHDS answers `route/alias` with a virtual host of another name. */
  find(name: string): Entry | undefined {
    return this.#entries.get(this.#namesOfAliases.get(name) ?? name);
  }

  get(name: string): Entry | undefined {
    return this.#entries.get(name);
  }

  /** Whether a name is subscribed to, by itself or as part of a collection. */
  isWanted(name: string): boolean {
    return this.subscriptions.has(name) || this.subscriptions.has(this.kind.type.collectionOf(name)) || this.subscriptions.has(WILDCARD);
  }

  isCollection(subscription: string): boolean {
    return isCollection(this.kind.type, subscription);
  }

  /** The resources of a collection. */
  membersOf(collection: string): XdsResource<unknown>[] {
    const members = [...this.#entries.values()].flatMap(({ resource }) => (resource ? [resource] : []));
    return collection === WILDCARD ? members : members.filter(({ name }) => this.kind.type.collectionOf(name) === collection);
  }

  hasMembers(collection: string): boolean {
    return this.isCollection(collection) && this.membersOf(collection).length > 0;
  }

  /** Makes an entry for a subscribed name, unless there is one. */
  request(name: string): Entry {
    const found = this.find(name);
    if (found) return found;
    const entry = new Entry(name);
    this.#entries.set(name, entry);
    return entry;
  }

  /** Takes into use what was kept as a spare and is subscribed to again. */
  revive(now: number): TypeUpdate | undefined {
    const wanted = [...this.#spare.values()].filter(({ name }) => this.isWanted(name));
    if (wanted.length === 0) return undefined;
    const update = new Update(this, { version: "", now });
    for (const resource of wanted) {
      this.#spare.delete(resource.name);
      update.take(resource);
    }
    return update;
  }

  /** Forgets what no subscription wants any more. Returns what it was. */
  dropUnwanted(keepAsSpare: boolean): string[] {
    const dropped: string[] = [];
    if (!this.#isUntidy) return dropped;
    this.#isUntidy = false;
    for (const [name, entry] of this.#entries) {
      if (this.isWanted(name) || entry.resource?.aliases.some((alias) => this.subscriptions.has(alias))) continue;
      this.remove(entry);
      dropped.push(name);
      // A refused update is what the control plane last sent, and what it would not send again.
      const { any, version } = entry.refused ?? { any: entry.resource?.any, version: entry.version };
      if (keepAsSpare && any) this.keepSpare({ name, any, version, aliases: [], ttlMs: undefined });
    }
    return dropped;
  }

  /**
   * In state of the world, a control plane may not notice that a name was taken from the list and put back: the request between
   * carried a stale nonce, which it ignores. It will not send the resource again, so what it sent last is kept while the stream lives.
   */
  keepSpare(resource: IncomingResource): void {
    this.#spare.delete(resource.name);
    this.#spare.set(resource.name, resource);
    // The next response of a full state clears the others away.
    if (this.#spare.size <= MAX_SPARE || this.kind.type.isFullState) return;
    const [oldest] = this.#spare.keys();
    if (oldest !== undefined) this.#spare.delete(oldest);
  }

  dropSpares(): void {
    this.#spare.clear();
  }

  /** What is made of a resource, if it is one to take and has new bytes. Nothing changes before it is applied. */
  *prepare({ name, any, version, aliases }: IncomingResource): AcceptSteps<Prepared | undefined> {
    if (!any || !this.#wants(name, aliases) || isHeld(this.#entries.get(name), any, aliases)) return undefined;
    const own = detached(any);
    return { any: own, acceptance: yield* acceptResource(this.kind, name, own, version) };
  }

  /** Of the resources that are there, those that the whole state leaves out. */
  leftOutOf(incoming: Incoming): string[] {
    return this.#leftOut(incoming, namesOf(incoming)).flatMap(({ name, resource }) => (resource ? [name] : []));
  }

  /** Of the resources that are there, those of these names. */
  heldOf(names: readonly string[]): string[] {
    return names.flatMap((name) => this.find(name)?.resource?.name ?? []);
  }

  /** Applies the whole state: what is not there is gone. */
  applyFull(incoming: Incoming, stamp: Stamp, keepSpares: boolean): TypeUpdate {
    const present = namesOf(incoming);
    const update = this.#apply(incoming, stamp, keepSpares);
    for (const name of this.#spare.keys()) if (!present.has(name)) this.#spare.delete(name);
    for (const entry of this.#leftOut(incoming, present)) update.remove(entry);
    return update;
  }

  /** Applies what a response brings; what it does not mention is as before. */
  applyPartial(incoming: Incoming, stamp: Stamp, keepSpares: boolean, removed: readonly string[] = []): TypeUpdate {
    const update = this.#apply(incoming, stamp, keepSpares);
    for (const name of removed) {
      const entry = this.find(name);
      if (entry) update.remove(entry);
    }
    return update;
  }

  /** Says of a name that it does not exist: that somebody said so, or that time has run out. */
  applyMissing(name: string, now: number, isTimedOut: boolean): TypeUpdate {
    const update = new Update(this, { version: "", now });
    const entry = this.find(name);
    if (!entry) return update;
    update.remove(entry);
    if (isTimedOut) for (const each of update.missing) this.request(each).isTimedOut = true;
    return update;
  }

  #leftOut({ refusals }: Incoming, present: ReadonlySet<string>): Entry[] {
    // One that has no name may be any of those that are not there.
    if (refusals.some(({ isNamed }) => !isNamed)) return [];
    // A name that has never been answered may have been asked for after the response was made: its timer tells.
    return [...this.#entries.values()].filter(({ name, resource, status }) => !present.has(name) && (resource || status === "nacked"));
  }

  #wants(name: string, aliases: readonly string[]): boolean {
    return this.isWanted(name) || aliases.some((alias) => this.subscriptions.has(alias));
  }

  #apply({ resources, refusals, prepared }: Incoming, stamp: Stamp, keepSpares: boolean): Update {
    const update = new Update(this, stamp);
    for (const resource of resources) {
      if (this.#wants(resource.name, resource.aliases)) update.take(resource, prepared.get(resource.name));
      else if (keepSpares) this.keepSpare(resource.any ? { ...resource, any: detached(resource.any) } : resource);
    }
    for (const refusal of refusals) update.refuse(refusal.any ? { ...refusal, any: detached(refusal.any) } : refusal);
    return update;
  }

  /** Takes a resource into use; its aliases stand for it from now on. */
  put(resource: XdsResource<unknown>): void {
    const entry = new Entry(resource.name);
    entry.status = "acked";
    entry.resource = resource;
    entry.version = resource.version;
    this.#entries.set(resource.name, entry);
    this.#namesOfAliases.delete(resource.name);
    for (const alias of resource.aliases) {
      if (alias === resource.name) continue;
      this.#namesOfAliases.set(alias, resource.name);
      this.#entries.delete(alias);
    }
  }

  /** Takes an entry away; names that are still asked for begin anew. */
  remove(entry: Entry): void {
    this.#entries.delete(entry.name);
    if (entry.refused) this.kind.forget?.(entry.name);
    for (const alias of entry.resource?.aliases ?? []) this.#namesOfAliases.delete(alias);
  }

  /** The subscriptions, other than to collections, that an entry answers. */
  subscribedNames(entry: Entry): string[] {
    return [entry.name, ...(entry.resource?.aliases ?? [])].filter(
      (name, at, all) => this.subscriptions.has(name) && all.indexOf(name) === at,
    );
  }
}

class Update implements TypeUpdate {
  readonly changed: XdsResource<unknown>[] = [];
  readonly removed: string[] = [];
  readonly missing: string[] = [];
  readonly refused: RefusedResource[] = [];
  readonly #state: TypeState;
  readonly #stamp: Stamp;

  constructor(state: TypeState, stamp: Stamp) {
    this.#state = state;
    this.#stamp = stamp;
  }

  take({ name, any, version, aliases }: IncomingResource, prepared?: Prepared): void {
    const known = this.#state.get(name);
    if (!any) {
      // A heartbeat has the version that we hold; otherwise these names stand for nothing.
      if (!known?.resource || (version !== "" && known.version !== version)) for (const each of [name, ...aliases]) this.#absent(each);
      return;
    }
    const { kind } = this.#state;
    if (isHeld(known, any, aliases)) {
      known.status = "acked";
      known.version = version;
      if (known.refused) kind.forget?.(name);
      known.refused = undefined;
      return;
    }
    const { any: own, acceptance } = prepared ?? acceptNow(kind, { name, any: detached(any), version });
    if ("errors" in acceptance) {
      this.refuse({ name, errors: acceptance.errors, any: own, isNamed: true });
      return;
    }
    if (known) this.#state.remove(known);
    const responseVersion = this.#stamp.version || version;
    const lastUpdated = this.#stamp.now;
    const resource = { kind, name, value: acceptance.value, any: own, version, responseVersion, aliases, lastUpdated };
    this.#state.put(resource);
    this.changed.push(resource);
  }

  refuse({ name, errors, any, isNamed }: Refusal): void {
    const last = this.#state.get(name)?.refused;
    this.refused.push({ name, errors, isKnown: last?.any !== undefined && any !== undefined && equalBytes(last.any.value, any.value) });
    if (!isNamed || !this.#state.isWanted(name)) return;
    const entry = this.#state.request(name);
    entry.status = "nacked";
    entry.refused = { version: this.#stamp.version, at: this.#stamp.now, errors, any };
  }

  remove(entry: Entry): void {
    const asked = this.#state.subscribedNames(entry);
    if (entry.resource) this.removed.push(entry.name);
    this.#state.remove(entry);
    for (const name of asked) {
      this.#state.request(name).status = "doesNotExist";
      if (name !== entry.name || !entry.resource) this.missing.push(name);
    }
  }

  #absent(name: string): void {
    const entry = this.#state.subscriptions.has(name) ? this.#state.find(name) : undefined;
    if (entry) this.remove(entry);
  }
}

/**
 * With bytes of its own. A resource is part of the memory of its response, which may be that of thousands of others: kept for the sake of one of them, one
 * response for every change of every resource would stay.
 */
const detached = ({ type_url, value }: Any): Any => ({ type_url, value: new Uint8Array(value) });

const namesOf = ({ resources, refusals }: Incoming): Set<string> => new Set([...resources, ...refusals].map(({ name }) => name));

/** What was not given to its kind before, as nobody had asked for it. */
function acceptNow(kind: ResourceKind<unknown>, { name, any, version }: { name: string; any: Any; version: string }): Prepared {
  const steps = acceptResource(kind, name, any, version);
  for (;;) {
    const step = steps.next();
    if (step.done) return { any, acceptance: step.value };
  }
}

/** Whether it is the very one that is in use. */
function isHeld(known: Entry | undefined, any: Any, aliases: readonly string[]): known is Entry {
  const last = known?.resource;
  return last !== undefined && equalBytes(last.any.value, any.value) && equalNames(last.aliases, aliases);
}

function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && Buffer.compare(a, b) === 0;
}

function equalNames(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, at) => name === b[at]);
}
