import { enumValue } from "@mesh/xds-proto";
import { formatAddress, type SocketAddress } from "../network/index.ts";
import { DelayedCall, type Runtime } from "../runtime/index.ts";
import { Drain, type DrainStrategy } from "../stream/index.ts";
import { ListenSocket } from "./listen-socket.ts";
import { type Listener, listenerMessageName, type ListenerMessage } from "./listener.ts";
import type { ListenerManagerStats } from "./listener-manager-stats.ts";
import { Retirement } from "./retirement.ts";

/** A listener as the admin pages see it. */
export interface ListenerStatus {
  readonly name: string;
  /** Where it listens, or is to listen. */
  readonly address: SocketAddress;
  readonly activeConnections: number;
}

/** A listener that came while the proxy ran. */
export interface DynamicListener {
  readonly message: ListenerMessage;
  readonly version: string;
  /** Milliseconds on the runtime's clock. */
  readonly updatedAt: number;
  /**
   * - `active`: it takes connections.
   * - `warming`: it waits for its routes, or for its address; until then the one before it takes them.
   * - `draining`: nobody asks for it any more. The connections that it has are ending, or it serves until another one that is to have its
   *   address is ready.
   */
  readonly state: "active" | "warming" | "draining";
}

/** A listener that is not in use yet. */
export interface WarmingListener {
  readonly name: string;
  /** Filter chains that wait for their routes or filters, or the address that cannot be had. */
  readonly awaits: readonly string[];
}

/** How a listener came that is not of the bootstrap. */
export interface ListenerOrigin {
  readonly version: string;
  /** Milliseconds on the runtime's clock. */
  readonly updatedAt: number;
  /** Its message. */
  readonly bytes: Buffer;
}

/** A listener that takes connections, or will, or did. */
export interface ListenerEntry {
  readonly listener: Listener;
  /** Undefined for those of the bootstrap. */
  readonly dynamic: ListenerOrigin | undefined;
}

interface Entry extends ListenerEntry {
  /** Undefined before it is bound, and for one that does not bind. */
  socket: ListenSocket | undefined;
  /** Armed while it is warm, and its address cannot be had. */
  retry: DelayedCall | undefined;
}

export interface ListenerSetOptions {
  readonly runtime: Runtime;
  readonly stats: ListenerManagerStats;
  /** Milliseconds that connections of a listener, or of a filter chain, that is gone may take to end. */
  readonly drainTimeMs: number;
  readonly drainStrategy: DrainStrategy;
}

const bindRetryMs = 5000;

const modifyOnly = enumValue(`${listenerMessageName}.DrainType`, "MODIFY_ONLY");

/**
 * The listeners that there are, each with its socket, from when they begin to warm to the end of their last connection. Of each name one is in
 * use, and one may warm to take its place; sockets go from one to the next, so that nobody finds an address closed that stays.
 *
 *     warm ── ready, and its address can be had ─► active ── replaced or removed ─► leaving, while its address is awaited ─► retired
 */
export class ListenerSet {
  readonly #runtime: Runtime;
  readonly #stats: ListenerManagerStats;
  readonly #drainTimeMs: number;
  readonly #drainStrategy: DrainStrategy;
  /** By name, in the order in which they came. */
  readonly #active = new Map<string, Entry>();
  readonly #warming = new Map<string, Entry>();
  /** Nobody asks for them any more; they serve until others that are not ready have their addresses. */
  readonly #leaving = new Set<Entry>();
  /** Those that are about to listen. */
  readonly #binding = new Set<Entry>();
  readonly #retired = new Set<Retirement<Entry>>();
  /** By address; undefined where it is to be made anew. */
  #destinations: ReadonlyMap<string, Listener> | undefined = undefined;
  /** Of the whole proxy. */
  #drain: Drain | undefined = undefined;
  /** It is none for listeners with `drain_type: MODIFY_ONLY`. */
  #sparesModifyOnly = false;
  #isStopped = false;
  /** Called whenever nothing warms. */
  #onAllWarm: () => void = () => {};

  constructor({ runtime, stats, drainTimeMs, drainStrategy }: ListenerSetOptions) {
    this.#runtime = runtime;
    this.#stats = stats;
    this.#drainTimeMs = drainTimeMs;
    this.#drainStrategy = drainStrategy;
  }

  /** In use, by name, in the order in which they came. */
  get active(): ReadonlyMap<string, ListenerEntry> {
    return this.#active;
  }

  /** Not in use yet, by name. */
  get warming(): ReadonlyMap<string, ListenerEntry> {
    return this.#warming;
  }

  /** No listener takes connections any more, nor will. */
  get isStopped(): boolean {
    return this.#isStopped;
  }

  get activeConnections(): number {
    let active = 0;
    for (const { listener } of this.#serving()) active += listener.activeConnections;
    for (const { listener } of this.#retired) active += listener.activeConnections;
    return active;
  }

  /** Those that take connections, or will when the proxy starts. */
  describe(): readonly ListenerStatus[] {
    return this.#serving().map(({ listener, socket }) => ({
      name: listener.name,
      address: socket?.address ?? listener.configuredAddress,
      activeConnections: listener.activeConnections,
    }));
  }

  /** Those that came while the proxy ran. */
  describeDynamic(): readonly DynamicListener[] {
    const describe = ({ listener, dynamic }: Entry, state: DynamicListener["state"]): DynamicListener[] =>
      dynamic === undefined ? [] : [{ message: listener.config, version: dynamic.version, updatedAt: dynamic.updatedAt, state }];
    return [
      ...[...this.#active.values()].flatMap((entry) => describe(entry, "active")),
      ...[...this.#warming.values()].flatMap((entry) => describe(entry, "warming")),
      ...[...this.#leaving].flatMap((entry) => describe(entry, "draining")),
      ...[...this.#retired].flatMap(({ entry }) => describe(entry, "draining")),
    ];
  }

  /** Those that are not in use yet, with what they wait for. */
  describeWarming(): readonly WarmingListener[] {
    return [...this.#warming.values()].map(({ listener }) => {
      const { unreadyChains: chains } = listener;
      return { name: listener.name, awaits: chains.length > 0 ? chains : [`address ${listener.addressText}`] };
    });
  }

  /** A listener of the bootstrap, which is in use from the beginning; `start` binds it. */
  addStatic(listener: Listener): void {
    this.#active.set(listener.name, { listener, dynamic: undefined, socket: undefined, retry: undefined });
  }

  /** Binds those of the bootstrap when they are warm. Rejects where one cannot be bound, naming it, and then none is. */
  async start(): Promise<void> {
    await Promise.all([...this.#active.values()].map(({ listener }) => listener.start()));
    if (this.#isStopped) return;
    for (const entry of this.#active.values()) {
      try {
        entry.socket = await this.#bind(entry.listener);
        this.#stats.createSuccess.inc();
      } catch (error) {
        for (const { socket } of this.#active.values()) socket?.close();
        const { name, configuredAddress } = entry.listener;
        throw new Error(`cannot listen on ${formatAddress(configuredAddress)} (listener ${name}): ${String(error)}`, { cause: error });
      }
    }
    this.#activeChanged();
    this.#stats.workersStarted.set(1);
  }

  /** Fulfilled when nothing warms any more, but what has no address. */
  allWarm(): Promise<void> {
    return new Promise((resolve) => {
      this.#onAllWarm = resolve;
      this.#checkAllWarm();
    });
  }

  /** Begins to warm a listener, which takes the place of the one of its name that warmed and, when it is warm, of the one in use. */
  warm(listener: Listener, dynamic: ListenerOrigin): void {
    const { name } = listener;
    const entry: Entry = { listener, dynamic, socket: undefined, retry: undefined };
    const before = this.#warming.get(name);
    this.#warming.set(name, entry);
    this.#stats.warming.set(this.#warming.size);
    void this.#warm(entry);
    // Not earlier: what both ask for is not to be asked for anew.
    if (before !== undefined) this.#discard(before);
  }

  /** Nobody asks any more for the one of a name that warms, if there is one. */
  stopWarming(name: string): boolean {
    const entry = this.#warming.get(name);
    if (entry === undefined) return false;
    this.#warming.delete(name);
    this.#stats.warming.set(this.#warming.size);
    this.#discard(entry);
    return true;
  }

  /** Nobody asks any more for the one of a name that is in use. */
  remove(name: string): void {
    const entry = this.#active.get(name);
    if (entry === undefined) return;
    this.#active.delete(name);
    this.#leave(entry);
  }

  /** Whether the socket that a listener is to have is there already, or about to be. */
  hasSocketFor(listener: Listener): boolean {
    return this.#holderFor(listener) !== undefined;
  }

  /** The listener of exactly that address and port, else the one of that port on all addresses. */
  findByDestination(address: string, port: number): Listener | undefined {
    const destinations = (this.#destinations ??= new Map(
      this.#serving().map(({ socket, listener }) => [formatAddress(socket?.address ?? listener.configuredAddress), listener]),
    ));
    const at = (wanted: string): Listener | undefined => destinations.get(formatAddress({ kind: "ip", address: wanted, port }));
    return at(address) ?? at(address.includes(":") ? "::" : "0.0.0.0");
  }

  stopAccepting(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    for (const name of this.#warming.keys()) this.stopWarming(name);
    for (const entry of this.#serving()) {
      entry.socket?.close();
      entry.socket = undefined;
      this.#stats.stopped.inc();
    }
    this.#countDraining();
    this.#stats.active.set(0);
  }

  /** A drain as the strategy says, over the drain time. */
  newDrain(): Drain {
    return new Drain(this.#runtime, this.#drainStrategy === "immediate" ? "now" : "at last", this.#drainTimeMs);
  }

  /**
   * Of all listeners, and those that come into use while it lasts.
   *
   * @param sparesModifyOnly those with `drain_type: MODIFY_ONLY` go on
   */
  drain(drain: Drain, sparesModifyOnly: boolean): void {
    if (drain.isStrongerThan(this.#drain)) {
      this.#drain = drain;
      this.#sparesModifyOnly = sparesModifyOnly;
    }
    for (const { listener } of this.#serving()) this.#drainOne(listener, drain, sparesModifyOnly);
    // Those have their own drain, which is as far as this one or further.
    if (drain.silenceEnds !== "at last") for (const { listener } of this.#retired) this.#drainOne(listener, drain, sparesModifyOnly);
  }

  /** Takes `drain` back for connections to come. */
  undrain(): void {
    this.#drain = undefined;
    for (const { listener } of this.#serving()) listener.undrain();
  }

  close(): void {
    this.stopAccepting();
    for (const { listener } of this.#serving()) listener.close();
    for (const retirement of this.#retired) retirement.end();
  }

  #drainOne(listener: Listener, drain: Drain, sparesModifyOnly: boolean): void {
    if (!sparesModifyOnly || listener.config.drainType !== modifyOnly) listener.drain(drain);
  }

  async #warm(entry: Entry): Promise<void> {
    await entry.listener.start();
    await this.#takeSocket(entry);
  }

  /** Has a warm listener take connections, as soon as there is a socket for it. */
  async #takeSocket(entry: Entry): Promise<void> {
    const { listener } = entry;
    if (!this.#isWarming(entry)) return;
    const holder = this.#holderFor(listener);
    const isHeir = holder === undefined || holder === this.#active.get(listener.name) || this.#leaving.has(holder);
    if (!isHeir) {
      // That one is to move, and is not ready to: `#leave` comes back to this one.
      this.#retryLater(entry, "info", `listener ${holder.listener.name} has it until it has moved`);
      return;
    }
    let socket = holder?.socket;
    if (socket === undefined) {
      this.#binding.add(entry);
      try {
        socket = await this.#bind(listener);
      } catch (error) {
        this.#retryLater(entry, "error", String(error));
        return;
      } finally {
        this.#binding.delete(entry);
      }
      if (!this.#isWarming(entry)) {
        // Not wanted any more, and another one may have come that wants to listen there.
        const heir = socket && this.#awaiting(entry).find(({ retry }) => retry !== undefined);
        if (heir === undefined) socket?.close();
        else this.#use(heir, socket);
        return;
      }
    }
    this.#use(entry, socket);
  }

  /** Who has the socket that a listener is to have, or will have it. */
  #holderFor(listener: Listener): Entry | undefined {
    if (!listener.bindsToPort) return undefined;
    const isHolder = ({ listener: other }: Entry): boolean => other.handsSocketTo(listener);
    const before = this.#active.get(listener.name);
    if (before !== undefined && isHolder(before)) return before;
    // Port 0 is as many addresses as one likes.
    return listener.ownAddress === undefined ? undefined : [...this.#serving(), ...this.#binding].find(isHolder);
  }

  #use(entry: Entry, socket: ListenSocket | undefined): void {
    const { listener } = entry;
    const { name } = listener;
    const before = this.#active.get(name);
    const holder = socket && this.#serving().find((other) => other.socket === socket);
    socket?.handTo(listener, listener.socketOptions);
    entry.socket = socket;
    if (holder !== undefined) holder.socket = undefined;
    this.#forgetRetry(entry);
    this.#warming.delete(name);
    this.#active.set(name, entry);
    this.#stats.warming.set(this.#warming.size);
    this.#stats.createSuccess.inc();
    if (this.#drain !== undefined) this.#drainOne(listener, this.#drain, this.#sparesModifyOnly);
    if (holder !== undefined && this.#leaving.delete(holder)) {
      holder.listener.handOver(listener);
      this.#retire(holder);
    }
    if (before !== undefined) this.#leave(before, listener);
    this.#activeChanged();
    this.#checkAllWarm();
  }

  async #bind(listener: Listener): Promise<ListenSocket | undefined> {
    if (!listener.bindsToPort) return undefined;
    const socket = new ListenSocket(listener.socketOptions, listener);
    try {
      await socket.bind();
    } catch (error) {
      this.#stats.createFailure.inc();
      throw error;
    }
    if (!this.#isStopped) return socket;
    socket.close();
    return undefined;
  }

  #retryLater(entry: Entry, level: "error" | "info", problem: string): void {
    const { listener } = entry;
    if (!this.#isWarming(entry)) return;
    const { logger, timers } = this.#runtime;
    logger.log(level, "listener", `cannot listen on ${listener.addressText} (listener ${listener.name}): ${problem}; trying again in 5 s`);
    entry.retry ??= new DelayedCall(() => void this.#takeSocket(entry));
    timers.arm(entry.retry, bindRetryMs);
    this.#checkAllWarm();
  }

  #forgetRetry(entry: Entry): void {
    if (entry.retry !== undefined) this.#runtime.timers.disarm(entry.retry);
    entry.retry = undefined;
  }

  /**
   * Nobody asks for it any more. It goes, unless its address is awaited: it serves until then.
   *
   * @param successor of the same name
   */
  #leave(entry: Entry, successor?: Listener): void {
    const awaiting = entry.socket === undefined ? [] : this.#awaiting(entry);
    if (awaiting.length === 0) {
      if (successor !== undefined) entry.listener.replaceBy(successor);
      this.#retire(entry);
      return;
    }
    this.#leaving.add(entry);
    this.#activeChanged();
    const stuck = awaiting.find(({ retry }) => retry !== undefined);
    if (stuck !== undefined) void this.#takeSocket(stuck);
  }

  /** It takes no connections any more, and those that it has end. */
  #retire(entry: Entry): void {
    entry.socket?.close();
    entry.socket = undefined;
    this.#activeChanged();
    const retirement = new Retirement(entry, this.#runtime.timers, this.#drainTimeMs, () => {
      this.#retired.delete(retirement);
      this.#countDraining();
    });
    this.#retired.add(retirement);
    this.#countDraining();
    retirement.begin(this.newDrain());
  }

  #countDraining(): void {
    const updated = [...this.#retired].filter(({ listener }) => listener.isUpdatedInPlace);
    const stopped = this.#isStopped ? this.#serving().length : this.#leaving.size;
    this.#stats.draining.set(this.#retired.size - updated.length + stopped);
    this.#stats.chainsDraining.set(updated.reduce((sum, { listener }) => sum + listener.chainCount, 0));
  }

  #isWarming(entry: Entry): boolean {
    return this.#warming.get(entry.listener.name) === entry;
  }

  /** It never came into use. */
  #discard(entry: Entry): void {
    this.#forgetRetry(entry);
    entry.listener.discard(this.#active.get(entry.listener.name)?.listener);
    // What stayed for its sake alone may go, unless another takes its place in this turn.
    queueMicrotask(() => this.#releaseLeaving());
  }

  #releaseLeaving(): void {
    for (const entry of this.#leaving) {
      if (this.#isStopped || this.#awaiting(entry).length > 0) continue;
      this.#leaving.delete(entry);
      this.#retire(entry);
    }
    this.#checkAllWarm();
  }

  /** Those that are to have a listener's address and are not ready, or not able, to listen there. */
  #awaiting({ listener }: Entry): Entry[] {
    const { ownAddress } = listener;
    if (ownAddress === undefined) return [];
    return [...this.#warming.values()].filter(({ listener: other }) => other.bindsToPort && other.ownAddress === ownAddress);
  }

  /** Those that take connections, or will when the proxy starts. */
  #serving(): Entry[] {
    return [...this.#active.values(), ...this.#leaving];
  }

  #checkAllWarm(): void {
    const isWaiting = [...this.#warming.values()].some(({ retry }) => retry === undefined);
    if (!isWaiting) this.#onAllWarm();
  }

  /** To be called whenever a listener comes into use or goes. */
  #activeChanged(): void {
    this.#destinations = undefined;
    this.#stats.active.set(this.#active.size);
    this.#countDraining();
  }
}
