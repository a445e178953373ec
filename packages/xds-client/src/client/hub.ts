/** Joins the watches of one source to it: subscribes for the first watch of a name, tells each what concerns it. */
import { xdsError, type XdsError } from "../errors.ts";
import type { ResponseSummary } from "../machine/events.ts";
import type { RefusedResource, TypeState, TypeUpdate } from "../machine/type-state.ts";
import { describeError } from "../machine/session.ts";
import { isOfKind, type ResourceKind, type XdsResource } from "../resource/kind.ts";
import { WILDCARD } from "../resource/name.ts";
import { inSlices, unhurried, type Pace } from "../source/pace.ts";
import type { Source, SourceSink } from "../source/source.ts";
import type { CollectionWatcher, ResourceWatcher, ResponseInfo, XdsWatch } from "./watch.ts";

/** A watch, as the hub tells it. */
interface Listener {
  /** Whether `watch` has returned: before that, nothing is told, and what is there by then is told at once. */
  isStarted: boolean;
  /** What went wrong before that. */
  early: XdsError | undefined;
  changed(resources: readonly XdsResource<unknown>[], removed: readonly string[], pace: Pace): Promise<void> | void;
  error(error: XdsError): void;
  missing(isTimedOut: boolean): void;
  answered(response: ResponseInfo): void;
}

interface TypeListeners {
  readonly kind: ResourceKind<unknown>;
  /** By name or collection. */
  readonly byName: Map<string, Set<Listener>>;
  /** Collections that a response has come for. */
  readonly answered: Set<string>;
}

/** What is to be told of one update. */
interface Delivery {
  readonly listeners: TypeListeners;
  readonly state: TypeState;
  readonly update: TypeUpdate;
  readonly isResponse: boolean;
  readonly pace: Pace;
}

export class Hub implements SourceSink {
  readonly #source: Source;
  readonly #types = new Map<string, TypeListeners>();
  readonly #onUnused: () => void;
  #isClosed = false;

  /** @param onUnused is called when the last watch was closed. Default: nothing */
  constructor(makeSource: (sink: SourceSink) => Source, onUnused: () => void = () => undefined) {
    this.#source = makeSource(this);
    this.#onUnused = onUnused;
  }

  get source(): Source {
    return this.#source;
  }

  /** Nothing is told afterwards. */
  close(): void {
    this.#isClosed = true;
    for (const { byName } of this.#types.values()) for (const group of byName.values()) group.clear();
    this.#source.close();
  }

  watch<Value>(kind: ResourceKind<Value>, name: string, watcher: ResourceWatcher<Value>, timeoutMs: number): XdsWatch {
    let last: XdsResource<unknown> | undefined;
    return this.#add(kind, name, timeoutMs, {
      isStarted: false,
      early: undefined,
      changed: ([resource]) => {
        if (!resource || resource === last || !isOfKind(kind, resource)) return;
        last = resource;
        watcher.onChanged(resource);
      },
      error: (error) => watcher.onError(error),
      missing: (isTimedOut) => {
        last = undefined;
        watcher.onDoesNotExist(isTimedOut);
      },
      answered: () => undefined,
    });
  }

  watchCollection<Value>(kind: ResourceKind<Value>, name: string, watcher: CollectionWatcher<Value>, timeoutMs: number): XdsWatch {
    const known = new Map<string, XdsResource<unknown>>();
    return this.#add(kind, name, timeoutMs, {
      isStarted: false,
      early: undefined,
      changed: (resources, names, pace) => {
        const changed = resources.filter((resource): resource is XdsResource<Value> => {
          return known.get(resource.name) !== resource && isOfKind(kind, resource);
        });
        const removed = names.filter((each) => known.delete(each));
        for (const resource of changed) known.set(resource.name, resource);
        return watcher.onChanged({ changed, removed }, pace);
      },
      error: (error) => watcher.onError(error),
      missing: () => undefined,
      answered: (response) => watcher.onResponse?.(response),
    });
  }

  answered({ type }: ResourceKind<unknown>, { version, isAccepted }: ResponseSummary): void {
    const listeners = this.#types.get(type.typeUrl);
    const state = this.#source.stateOf(type.typeUrl);
    if (!listeners || !state) return;
    for (const name of state.collections) tell(listeners, name, (each) => each.answered({ version, isAccepted }));
  }

  deliver({ type }: ResourceKind<unknown>, update: TypeUpdate, isResponse: boolean, pace: Pace): Promise<void> | undefined {
    const listeners = this.#types.get(type.typeUrl);
    const state = this.#source.stateOf(type.typeUrl);
    if (!listeners || !state) return undefined;
    const delivery = { listeners, state, update, isResponse, pace };
    const slow = this.#deliverCollections(delivery);
    return slow.length === 0 ? this.#deliverNames(delivery) : Promise.all(slow).then(() => this.#deliverNames(delivery));
  }

  fail({ type }: ResourceKind<unknown>, name: string | undefined, error: XdsError): void {
    const listeners = this.#types.get(type.typeUrl);
    if (!listeners) return;
    for (const each of name === undefined ? [...listeners.byName.keys()] : [name]) {
      for (const listener of listeners.byName.get(each) ?? []) if (!listener.isStarted) listener.early = error;
      tell(listeners, each, (to) => to.error(error));
    }
  }

  #deliverNames({ listeners, state, update, pace }: Delivery): Promise<void> | undefined {
    const { changed } = update;
    const gone = [...new Set([...update.removed, ...update.missing])];
    const refused = update.refused.filter(({ isKnown }) => !isKnown);
    let at = 0;
    return inSlices(pace, () => {
      const index = at++;
      const [resource, name, refusal] = [changed[index], gone[index - changed.length], refused[index - changed.length - gone.length]];
      if (resource) {
        for (const each of [resource.name, ...resource.aliases]) tell(listeners, each, (to) => void to.changed([resource], [], pace));
      } else if (name !== undefined) {
        tellMissing(listeners, state, name);
      } else if (refusal) {
        tell(listeners, refusal.name, (to) => to.error(refusedError(state.kind.type.label, [refusal])));
      } else {
        return false;
      }
      return !this.#isClosed;
    });
  }

  /** Returns what those wait for who need more time. */
  #deliverCollections({ listeners, state, update, isResponse, pace }: Delivery): Promise<void>[] {
    const slow: Promise<void>[] = [];
    const { type } = state.kind;
    for (const name of Array.from(state.collections)) {
      const isMember = (member: string): boolean => name === WILDCARD || type.collectionOf(member) === name;
      const isFirst = isResponse && !listeners.answered.has(name);
      // What is there already, because it was watched by its name, is new to a collection all the same.
      const changed = isFirst ? state.membersOf(name) : update.changed.filter((resource) => isMember(resource.name));
      const removed = update.removed.filter(isMember);
      // One without a name may belong to any collection.
      const refused = update.refused.filter(({ name: each, isKnown }) => {
        return !isKnown && (isMember(each) || type.collectionOf(each) === WILDCARD);
      });
      if (isFirst) listeners.answered.add(name);
      if (isFirst || changed.length > 0 || removed.length > 0) {
        tell(listeners, name, (each) => {
          const done = each.changed(changed, removed, pace);
          // Whatever JavaScript returns is no reason to fail.
          if (isThenable(done)) slow.push(Promise.resolve(done).catch(report));
        });
      }
      if (refused.length > 0) tell(listeners, name, (each) => each.error(refusedError(type.label, refused)));
    }
    return slow;
  }

  #add(kind: ResourceKind<unknown>, name: string, timeoutMs: number, listener: Listener): XdsWatch {
    const { typeUrl } = kind.type;
    let listeners = this.#types.get(typeUrl);
    if (!listeners) {
      listeners = { kind, byName: new Map(), answered: new Set() };
      this.#types.set(typeUrl, listeners);
    }
    if (listeners.kind !== kind) {
      throw xdsError("MESH_XDS_INVALID_OPTIONS", `${kind.type.label}: ${typeUrl} is watched with another resourceKind already`);
    }
    const { byName, answered } = listeners;
    const group = byName.get(name) ?? new Set();
    group.add(listener);
    byName.set(name, group);
    if (group.size === 1) this.#source.subscribe(kind, name, timeoutMs);
    let isOpen = true;
    queueMicrotask(() => {
      if (!isOpen || this.#isClosed) return;
      listener.isStarted = true;
      this.#tellKnown(listener, name, typeUrl, answered);
      const { early } = listener;
      if (early) guard(() => listener.error(early));
    });
    return {
      close: () => {
        if (!isOpen || this.#isClosed) return;
        isOpen = false;
        group.delete(listener);
        if (group.size > 0) return;
        byName.delete(name);
        answered.delete(name);
        this.#source.unsubscribe(kind, name);
        if (![...this.#types.values()].some((type) => type.byName.size > 0)) this.#onUnused();
      },
    };
  }

  /** What is there already when a watch begins. */
  #tellKnown(listener: Listener, name: string, typeUrl: string, answered: ReadonlySet<string>): void {
    const state = this.#source.stateOf(typeUrl);
    if (!state) return;
    if (state.isCollection(name)) {
      if (!answered.has(name)) return;
      guard(() => listener.answered({ version: this.#source.versionOf(typeUrl), isAccepted: true }));
      return guard(() => listener.changed(state.membersOf(name), [], unhurried));
    }
    const entry = state.find(name);
    const { resource } = entry ?? {};
    if (resource) guard(() => listener.changed([resource], [], unhurried));
    else if (entry?.status === "doesNotExist") guard(() => listener.missing(entry.isTimedOut));
    else if (entry?.refused) {
      const { errors } = entry.refused;
      guard(() => listener.error(refusedError(state.kind.type.label, [{ name, errors }])));
    }
  }
}

function tell({ byName }: TypeListeners, name: string, call: (listener: Listener) => void): void {
  const group = byName.get(name);
  if (!group) return;
  for (const listener of group) {
    if (listener.isStarted && group.has(listener)) guard(() => call(listener));
  }
}

function tellMissing(listeners: TypeListeners, state: TypeState, name: string): void {
  const entry = state.find(name);
  // Somebody may have asked for it since, to whom nobody has answered yet.
  if (entry && entry.status !== "doesNotExist") return;
  const isTimedOut = entry?.isTimedOut ?? false;
  tell(listeners, name, (each) => each.missing(isTimedOut));
}

/** What a watcher throws is nobody's to handle here, and must not keep the others from being told. */
function guard(call: () => unknown): void {
  try {
    call();
  } catch (error) {
    report(error);
  }
}

function isThenable(value: unknown): value is PromiseLike<void> {
  return typeof value === "object" && value !== null && typeof Reflect.get(value, "then") === "function";
}

function report(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}

function refusedError(label: string, refused: readonly Pick<RefusedResource, "name" | "errors">[]): XdsError {
  const lines = refused.flatMap(({ name, errors }) => errors.map((error) => `${label} ${name}: ${describeError(error)}`));
  return xdsError("MESH_XDS_REFUSED", lines.join("\n"), { errors: refused.flatMap(({ errors }) => errors) });
}
