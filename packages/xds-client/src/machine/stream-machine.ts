import { decodeMessage, isProtoError, type Message } from "@mesh/xds-proto";
import { messageOf, xdsError, type XdsError } from "../errors.ts";
import type { ResourceKind } from "../resource/kind.ts";
import { BackOff, type BackOffOptions } from "./back-off.ts";
import { DeltaSession } from "./delta.ts";
import type { MachineAction, MachineEvent, StreamStatus } from "./events.ts";
import { readDelta, readSotw, removedNames, type Incoming } from "./incoming.ts";
import { Preparation } from "./preparation.ts";
import type { Received } from "./session.ts";
import { SotwSession } from "./sotw.ts";
import { TypeState } from "./type-state.ts";

export interface StreamMachineOptions {
  readonly variant: "sotw" | "delta";
  readonly node: Message<"envoy.config.core.v3.Node">;
  readonly setNodeOnFirstMessageOnly: boolean;
  readonly backOff: BackOffOptions;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

const RETRY = "retry";

/** How long the NACK of a response waits that is the same again; no longer, since some control planes send nothing new before it. */
const REPEATED_NACK: BackOffOptions = { baseMs: 100, maxMs: 1000 };

/** A wait for the first answer about a name, for a resource to be sent again, or for a NACK to be sent. */
interface PendingTimer {
  readonly kind: "fetch" | "ttl" | "nack";
  readonly session: SotwSession | DeltaSession;
  readonly name: string;
}

/** A response between its arrival and its effect. */
interface Arrival {
  readonly session: SotwSession | DeltaSession;
  readonly preparation: Preparation;
  readonly controlPlane: string;
  readonly version: string;
  /** Of all. */
  readonly size: number;
  readonly receive: (incoming: Incoming, now: number) => Received;
}

/**
 * One stream to one control plane, with one type or, aggregated (ADS), many: events go in, actions come out, and nothing else
 * happens. A stream that is lost is opened again after a back-off, and says again what is subscribed to.
 */
export class StreamMachine {
  readonly #options: StreamMachineOptions;
  readonly #backOff: BackOff;
  /** By type URL, in the order of their first subscription, which is the order of requests. */
  readonly #sessions = new Map<string, SotwSession | DeltaSession>();
  readonly #timers = new Map<string, PendingTimer>();
  readonly #timeouts = new Map<string, number>();
  readonly #repeated = new Map<SotwSession, BackOff>();
  /** Subscriptions that were taken back, and of which the peer has not been told yet. */
  readonly #closing = new Map<string, SotwSession | DeltaSession>();
  /** Types that the peer has been told so of in this stream. */
  readonly #closed = new Set<SotwSession | DeltaSession>();
  #isStale = false;
  #phase: "idle" | "connecting" | "open" | "waiting" | "stopped" = "idle";
  #isBlocked = false;
  #hasSentNode = false;
  #hasReceived = false;
  #arrival: Arrival | undefined = undefined;
  #actions: MachineAction[] = [];

  constructor(options: StreamMachineOptions) {
    this.#options = options;
    this.#backOff = new BackOff(options.backOff, options.random);
  }

  /** What is known of a type. */
  stateOf(typeUrl: string): TypeState | undefined {
    return this.#sessions.get(typeUrl)?.state;
  }

  /**
   * Reads a resource of the response that arrived, or gives one to its kind. Nothing else changes; other events may come between two steps.
   *
   * @returns whether there is more to do, or what there is to wait for before that
   */
  prepareNext(): boolean | Promise<void> {
    return this.#arrival?.preparation.step() ?? false;
  }

  handle(event: MachineEvent): readonly MachineAction[] {
    if (this.#phase === "stopped") return [];
    this.#actions = [];
    this.#step(event);
    return this.#actions;
  }

  #step(event: MachineEvent): void {
    switch (event.kind) {
      case "subscribe":
        return this.#subscribe(this.#session(event.resource), event.name, event.timeoutMs);
      case "unsubscribe":
        return this.#unsubscribe(this.#session(event.resource), event.name);
      case "flush":
        return this.#flush();
      case "opened":
        return this.#opened();
      case "received":
        this.#arrived(event.bytes);
        return this.#taken();
      case "arrived":
        return this.#arrived(event.bytes);
      case "taken":
        return this.#taken();
      case "closed":
        return this.#ended(event.status);
      case "blocked":
        this.#isBlocked = true;
        return;
      case "writable":
        this.#isBlocked = false;
        return this.#flush();
      case "timer":
        return this.#timer(event.id);
      case "stop":
        return this.#stop();
    }
  }

  #session(resource: ResourceKind<unknown>): SotwSession | DeltaSession {
    const { typeUrl } = resource.type;
    let session = this.#sessions.get(typeUrl);
    if (!session) {
      const state = new TypeState(resource);
      session = this.#options.variant === "sotw" ? new SotwSession(state) : new DeltaSession(state);
      this.#sessions.set(typeUrl, session);
      session.open();
    }
    return session;
  }

  #subscribe(session: SotwSession | DeltaSession, name: string, timeoutMs: number): void {
    const { state } = session;
    const revived = session.subscribe(name, this.#options.now());
    if (revived) this.#actions.push({ kind: "deliver", resource: state.kind, update: revived, isResponse: false });
    const id = timerId("fetch", session, name);
    if (!this.#closing.delete(id) && this.#closed.has(session) && state.isCollection(name)) this.#isStale = true;
    this.#timeouts.set(id, timeoutMs);
    if (state.isCollection(name) || state.request(name).status === "requested") this.#startFetch(session, name);
  }

  #unsubscribe(session: SotwSession | DeltaSession, name: string): void {
    session.unsubscribe(name);
    const id = timerId("fetch", session, name);
    this.#closing.set(id, session);
    this.#timeouts.delete(id);
    this.#stopTimer(id);
  }

  #startFetch(session: SotwSession | DeltaSession, name: string): void {
    const id = timerId("fetch", session, name);
    const ms = this.#timeouts.get(id) ?? 0;
    if (ms > 0) this.#startTimer(id, ms, { kind: "fetch", session, name });
  }

  #flush(): void {
    const isWanted = [...this.#sessions.values()].some(({ state }) => state.subscriptions.size > 0);
    if (this.#phase === "idle") {
      if (isWanted) this.#connect();
      return this.#settle();
    }
    if (!isWanted) return this.#rest();
    if (this.#phase === "open" && this.#isStale) this.#reopen();
    else if (this.#phase === "open" && !this.#isBlocked) this.#sendAll();
    else if (this.#phase === "waiting" || this.#phase === "connecting") this.#settle();
  }

  /**
   * A collection is asked for after something of its type was taken back in this stream. A response of before may still be under way
   * with resources of the collection, of which the peer will never say that they are gone: it has forgotten that it sent them. In
   * state of the world it may not even have noticed. In a new stream it is told what is here.
   */
  #reopen(): void {
    this.#actions.push({ kind: "disconnect" });
    this.#settle();
    this.#connect();
  }

  /** Answers go first: what a watcher subscribed to because of a response follows the response's ACK. */
  #sendAll(): void {
    const sessions = [...this.#sessions.values()];
    for (const session of [...sessions.filter(({ owesAnswer }) => owesAnswer), ...sessions.filter(({ owesAnswer }) => !owesAnswer)]) {
      for (;;) {
        const bytes = session.nextRequest(this.#hasSentNode && this.#options.setNodeOnFirstMessageOnly ? undefined : this.#options.node);
        if (!bytes) break;
        this.#hasSentNode = true;
        this.#actions.push({ kind: "send", bytes });
      }
    }
    for (const session of this.#closing.values()) this.#closed.add(session);
    this.#closing.clear();
    this.#settle();
  }

  #settle(): void {
    for (const session of this.#sessions.values()) {
      for (const name of session.settle()) this.#stopTimer(timerId("ttl", session, name));
    }
  }

  #connect(): void {
    this.#phase = "connecting";
    this.#actions.push({ kind: "connect" });
  }

  /** Nothing is subscribed to: the stream has no use any more. */
  #rest(): void {
    if (this.#phase !== "waiting") this.#actions.push({ kind: "disconnect" });
    else this.#actions.push({ kind: "stopTimer", id: RETRY });
    this.#phase = "idle";
    for (const session of this.#sessions.values()) session.open();
    this.#settle();
  }

  #opened(): void {
    if (this.#phase !== "connecting") return;
    this.#phase = "open";
    this.#isBlocked = false;
    this.#isStale = false;
    this.#closing.clear();
    this.#closed.clear();
    this.#hasSentNode = false;
    this.#hasReceived = false;
    for (const session of this.#sessions.values()) {
      session.open();
      for (const { name, status } of session.state.entries()) if (status === "requested") this.#startFetch(session, name);
    }
    this.#flush();
  }

  #arrived(bytes: Uint8Array): void {
    this.#arrival = undefined;
    if (this.#phase !== "open") return;
    try {
      this.#arrival = this.#options.variant === "sotw" ? this.#readSotw(bytes) : this.#readDelta(bytes);
    } catch (cause) {
      if (!isProtoError(cause)) throw cause;
      // Without a nonce there is nothing to refuse: only a new stream can help.
      this.#actions.push({ kind: "disconnect" });
      this.#lost(xdsError("MESH_XDS_UNAVAILABLE", `the control plane sent what is no response: ${messageOf(cause)}`, { cause }));
    }
  }

  #readSotw(bytes: Uint8Array): Arrival | undefined {
    const response = decodeMessage("envoy.service.discovery.v3.DiscoveryResponse", bytes);
    const session = this.#sessions.get(response.typeUrl);
    if (!(session instanceof SotwSession)) return undefined;
    const { state } = session;
    return {
      session,
      preparation: new Preparation({
        state,
        count: response.resources.length,
        read: (index) => readSotw(state.kind.type, response, index),
        removedBy: (incoming) => (state.kind.type.isFullState ? state.leftOutOf(incoming) : []),
      }),
      controlPlane: response.controlPlane?.identifier ?? "",
      version: response.versionInfo,
      size: bytes.length,
      receive: (incoming, now) => session.receive(response, incoming, now),
    };
  }

  #holdRepeated(session: SotwSession, isRepeated: boolean): void {
    if (!isRepeated) {
      this.#repeated.delete(session);
      this.#stopTimer(timerId("nack", session, ""));
      return;
    }
    const backOff = this.#repeated.get(session) ?? new BackOff(REPEATED_NACK, this.#options.random);
    this.#repeated.set(session, backOff);
    session.hold();
    this.#startTimer(timerId("nack", session, ""), backOff.next(), { kind: "nack", session, name: "" });
  }

  #readDelta(bytes: Uint8Array): Arrival | undefined {
    const response = decodeMessage("envoy.service.discovery.v3.DeltaDiscoveryResponse", bytes);
    const session = this.#sessions.get(response.typeUrl);
    if (!(session instanceof DeltaSession)) return undefined;
    const { state } = session;
    return {
      session,
      preparation: new Preparation({
        state,
        count: response.resources.length,
        read: (index) => readDelta(state.kind.type, response, index),
        removedBy: () => state.heldOf(removedNames(response)),
      }),
      controlPlane: response.controlPlane?.identifier ?? "",
      version: response.systemVersionInfo,
      size: bytes.length,
      receive: (incoming, now) => session.receive(response, incoming, now),
    };
  }

  #taken(): void {
    const arrival = this.#arrival;
    this.#arrival = undefined;
    if (!arrival || this.#phase !== "open") return;
    const { session, controlPlane, version, size } = arrival;
    const incoming = arrival.preparation.finish();
    const { update, isRepeated } = arrival.receive(incoming, this.#options.now());
    if (session instanceof SotwSession) this.#holdRepeated(session, isRepeated);
    this.#hasReceived = true;
    this.#backOff.reset();
    const { state } = session;
    for (const { name, ttlMs, aliases } of incoming.resources) {
      const id = timerId("ttl", session, name);
      if (ttlMs !== undefined && state.get(name)?.resource) this.#startTimer(id, ttlMs, { kind: "ttl", session, name });
      else this.#stopTimer(id);
      for (const each of [name, ...aliases]) this.#stopTimer(timerId("fetch", session, each));
    }
    for (const name of [...update.removed, ...update.missing]) {
      this.#stopTimer(timerId("ttl", session, name));
      this.#stopTimer(timerId("fetch", session, name));
    }
    for (const { name } of update.refused) this.#stopTimer(timerId("fetch", session, name));
    for (const name of state.collections) this.#stopTimer(timerId("fetch", session, name));
    const isAccepted = update.refused.length === 0;
    this.#actions.push(
      { kind: "answered", resource: state.kind, response: { version, controlPlane, isAccepted, refused: update.refused, size } },
      { kind: "deliver", resource: state.kind, update, isResponse: true },
    );
  }

  #ended({ code, details }: StreamStatus): void {
    if (this.#phase !== "open" && this.#phase !== "connecting") return;
    this.#lost(xdsError("MESH_XDS_UNAVAILABLE", `the stream to the control plane ended with status ${code}: ${details}`));
  }

  #lost(error: XdsError): void {
    this.#phase = "waiting";
    this.#actions.push({ kind: "startTimer", id: RETRY, ms: this.#backOff.next() });
    // A stream that has brought something was good: control planes end them now and then.
    if (this.#hasReceived) {
      this.#hasReceived = false;
      return;
    }
    for (const { state } of this.#sessions.values()) {
      if (state.subscriptions.size > 0) this.#actions.push({ kind: "fail", resource: state.kind, name: undefined, error });
    }
  }

  #timer(id: string): void {
    if (id === RETRY) {
      if (this.#phase === "waiting") this.#connect();
      return;
    }
    const timer = this.#timers.get(id);
    if (!timer) return;
    this.#timers.delete(id);
    const { session, name, kind } = timer;
    const { state } = session;
    const resource = state.kind;
    if (kind === "nack") {
      if (session instanceof SotwSession) session.release();
      this.#flush();
    } else if (kind === "fetch" && (this.#phase !== "open" || !session.hasSpoken)) {
      const error = xdsError("MESH_XDS_TIMEOUT", `${resource.type.label} ${name}: the control plane could not be asked in time`);
      this.#actions.push({ kind: "fail", resource, name, error });
    } else if (kind === "fetch" && state.hasMembers(name)) {
      // A control plane that has sent the members for their names need not send them again for the collection.
      const update = { changed: [], removed: [], missing: [], refused: [] };
      this.#actions.push({ kind: "deliver", resource, update, isResponse: true });
    } else if (kind === "fetch" && state.isCollection(name)) {
      const error = xdsError("MESH_XDS_TIMEOUT", `${resource.type.label} ${name}: the control plane did not answer in time`);
      this.#actions.push({ kind: "fail", resource, name, error });
    } else {
      const update = state.applyMissing(name, this.#options.now(), kind === "fetch");
      this.#actions.push({ kind: "deliver", resource, update, isResponse: false });
    }
  }

  #startTimer(id: string, ms: number, timer: PendingTimer): void {
    this.#timers.set(id, timer);
    this.#actions.push({ kind: "startTimer", id, ms });
  }

  #stopTimer(id: string): void {
    if (this.#timers.delete(id)) this.#actions.push({ kind: "stopTimer", id });
  }

  #stop(): void {
    for (const id of this.#timers.keys()) this.#actions.push({ kind: "stopTimer", id });
    this.#timers.clear();
    if (this.#phase === "waiting") this.#actions.push({ kind: "stopTimer", id: RETRY });
    if (this.#phase === "open" || this.#phase === "connecting") this.#actions.push({ kind: "disconnect" });
    this.#phase = "stopped";
  }
}

function timerId(kind: "fetch" | "ttl" | "nack", { state }: SotwSession | DeltaSession, name: string): string {
  return `${kind} ${state.kind.type.typeUrl} ${name}`;
}
