import { getSystemErrorMap } from "node:util";
import { enumValue } from "@mesh/xds-proto";
import { ConfigPath, fail, isConfigError } from "../config/index.ts";
import { formatAddress, type SocketAddress } from "../network/index.ts";
import { DelayedCall } from "../runtime/index.ts";
import { Drain, type DrainStrategy } from "../stream/index.ts";
import {
  CollectionDiscovery,
  type CollectionTaker,
  type ConfigSource,
  type RefusedUpdate,
  ResourceDecoder,
} from "../subscription/index.ts";
import { AddressPlan } from "./address-plan.ts";
import { ListenSocket } from "./listen-socket.ts";
import { Listener, listenerMessageName, type ListenerContext, type ListenerMessage } from "./listener.ts";
import { ListenerManagerStats } from "./listener-manager-stats.ts";
import { Retirement } from "./retirement.ts";
import { tryAddress } from "./try-address.ts";

export interface ListenerManagerOptions extends Omit<ListenerContext, "findByDestination"> {
  /** The listeners of the bootstrap. */
  readonly listeners: readonly ListenerMessage[];
  /** Where they stand. */
  readonly path: ConfigPath;
  /** Says which listeners there are besides those of the bootstrap. Default: none. */
  readonly discovery?: { readonly source: ConfigSource; readonly collection: string };
  /** Default: one of its own. */
  readonly decoder?: ResourceDecoder;
  /** Milliseconds that connections of a listener, or of a filter chain, that is gone may take to end. Default: 600000. */
  readonly drainTimeMs?: number;
  /** How they end in that time. Default: `gradual`. */
  readonly drainStrategy?: DrainStrategy;
}

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

/** A listener that takes connections, or will. */
interface Entry {
  readonly listener: Listener;
  /** Undefined for those of the bootstrap. */
  readonly dynamic: { readonly version: string; readonly updatedAt: number; readonly bytes: Buffer } | undefined;
  /** Undefined before it is bound, and for one that does not bind. */
  socket: ListenSocket | undefined;
  /** Armed while it is warm, and its address cannot be had. */
  retry: DelayedCall | undefined;
}

/** A listener that was found good. */
interface PreparedListener {
  readonly name: string;
  readonly message: ListenerMessage;
  readonly version: string;
  readonly bytes: Buffer;
  /** Undefined where there is one like it already. */
  readonly listener: Listener | undefined;
  /** Whose chains it shares: the one that was in use when it was made. */
  readonly base: Listener | undefined;
}

const bindRetryMs = 5000;

const modifyOnly = enumValue(`${listenerMessageName}.DrainType`, "MODIFY_ONLY");

/** All listeners of a proxy. */
export class ListenerManager implements CollectionTaker<typeof listenerMessageName, PreparedListener> {
  readonly #context: ListenerContext;
  readonly #decoder: ResourceDecoder;
  readonly #stats: ListenerManagerStats;
  readonly #discovery: CollectionDiscovery<typeof listenerMessageName, PreparedListener> | undefined;
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
  /** Of the update that is being read; undefined where it is to be made anew. */
  #plan: AddressPlan | undefined = undefined;
  /** By address; undefined where it is to be made anew. */
  #destinations: ReadonlyMap<string, Listener> | undefined = undefined;
  /** Of the whole proxy. */
  #drain: Drain | undefined = undefined;
  /** It is none for listeners with `drain_type: MODIFY_ONLY`. */
  #sparesModifyOnly = false;
  #isStopped = false;
  #hasStarted = false;
  /** Called whenever nothing is warming. */
  #onAllWarm: () => void = () => {};

  /** Compiles the bootstrap's listeners, binds none. Throws `ConfigError`. */
  constructor({
    listeners,
    path,
    discovery,
    decoder,
    drainTimeMs = 600_000,
    drainStrategy = "gradual",
    ...context
  }: ListenerManagerOptions) {
    const scope = context.stats.scope("listener_manager");
    this.#stats = new ListenerManagerStats(scope);
    this.#drainTimeMs = drainTimeMs;
    this.#drainStrategy = drainStrategy;
    this.#decoder = decoder ?? new ResourceDecoder(context.extensions, context.runtime);
    this.#context = { ...context, findByDestination: (address, port) => this.#findByDestination(address, port) };
    listeners.forEach((message, index) => this.#addStatic(message, path.index(index)));
    this.#plan = undefined;
    this.#discovery =
      discovery &&
      new CollectionDiscovery({
        ...discovery,
        message: listenerMessageName,
        taker: this,
        decoder: this.#decoder,
        stats: scope.scope("lds"),
      });
  }

  /** Those that take connections, or will when the proxy starts. */
  get listeners(): readonly ListenerStatus[] {
    return this.#serving().map(({ listener, socket }) => ({
      name: listener.name,
      address: socket?.address ?? listener.configuredAddress,
      activeConnections: listener.activeConnections,
    }));
  }

  get activeConnections(): number {
    let active = 0;
    for (const { listener } of this.#serving()) active += listener.activeConnections;
    for (const { listener } of this.#retired) active += listener.activeConnections;
    return active;
  }

  /** Of the discovery's last update; empty where there was none. */
  get version(): string {
    return this.#discovery?.version ?? "";
  }

  /** The last updates of the discovery that were refused, by the listeners' names. */
  get refused(): ReadonlyMap<string, RefusedUpdate> {
    return this.#discovery?.refused ?? new Map<string, RefusedUpdate>();
  }

  /**
   * Binds those of the bootstrap when they are warm, then asks for others. Rejects where one of the bootstrap cannot be bound, naming it, and
   * then none is. Fulfilled when those of the discovery's first answer take connections, or cannot.
   */
  async start(): Promise<void> {
    this.#hasStarted = true;
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
    this.#discovery?.start();
    await this.#discovery?.ready;
    await new Promise<void>((resolve) => {
      this.#onAllWarm = resolve;
      this.#checkAllWarm();
    });
  }

  begin(removed: readonly string[]): void {
    this.#plan = this.#planWithout(new Set(removed));
  }

  prepare(message: ListenerMessage, version: string): PreparedListener {
    const { name } = message;
    const bytes = Buffer.from(this.#context.extensions.registry.encodeMessage(listenerMessageName, message));
    const base = this.#active.get(name)?.listener;
    const change = this.#changes(name, bytes);
    const listener = change === "new" ? new Listener(message, ConfigPath.root, this.#context, base) : undefined;
    const wanted = change === "back" ? base : listener;
    try {
      if (wanted !== undefined) this.#claim(wanted);
    } catch (error) {
      listener?.discard(base);
      throw error;
    }
    return { name, message, version, bytes, listener, base };
  }

  /** Envoy binds when a listener is added. Here that is when it is warm, since who has bound listens; what would keep it from that is asked for now. */
  confirm({ listener, base }: PreparedListener): Promise<void> | undefined {
    if (listener?.bindsToPort !== true || this.#isStopped || this.#holderFor(listener) !== undefined) return undefined;
    return this.#tryAddress(listener, base);
  }

  apply(prepared: PreparedListener): void {
    this.#plan = undefined;
    const { name, version, bytes } = prepared;
    const change = this.#isStopped ? "none" : this.#changes(name, bytes);
    if (change === "back" && this.#stopWarming(name)) this.#stats.modified.inc();
    if (change !== "new") {
      prepared.listener?.discard(prepared.base);
      return;
    }
    const listener = this.#upToDate(prepared);
    if (listener === undefined) return;
    const dynamic = { version, updatedAt: this.#context.runtime.clock.now(), bytes };
    const entry: Entry = { listener, dynamic, socket: undefined, retry: undefined };
    if (this.#active.has(name) || this.#warming.has(name)) this.#stats.modified.inc();
    else this.#stats.added.inc();
    if (entry.listener.updatesInPlace) this.#stats.inPlaceUpdated.inc();
    const before = this.#warming.get(name);
    this.#warming.set(name, entry);
    this.#stats.warming.set(this.#warming.size);
    void this.#warm(entry);
    // Not earlier: what both ask for is not to be asked for anew.
    if (before !== undefined) this.#discard(before);
  }

  remove(name: string): void {
    this.#plan = undefined;
    const entry = this.#active.get(name);
    const wasWarming = this.#stopWarming(name);
    const isActive = entry?.dynamic !== undefined;
    if (!isActive && !wasWarming) return;
    this.#stats.removed.inc();
    if (!isActive) return;
    this.#active.delete(name);
    this.#leave(entry);
  }

  /** Those that the discovery brought. */
  dynamic(): readonly DynamicListener[] {
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
  warming(): readonly WarmingListener[] {
    return [...this.#warming.values()].map(({ listener }) => {
      const { unreadyChains: chains } = listener;
      return { name: listener.name, awaits: chains.length > 0 ? chains : [`address ${listener.addressText}`] };
    });
  }

  stopAccepting(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#discovery?.close();
    for (const name of this.#warming.keys()) this.#stopWarming(name);
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
    return new Drain(this.#context.runtime, this.#drainStrategy === "immediate" ? "now" : "at last", this.#drainTimeMs);
  }

  /**
   * Of all listeners, and those that come into use while it lasts.
   *
   * @param sparesModifyOnly those with `drain_type: MODIFY_ONLY` go on
   */
  drain(drain: Drain, sparesModifyOnly: boolean = false): void {
    if (drain.isStrongerThan(this.#drain)) {
      this.#drain = drain;
      this.#sparesModifyOnly = sparesModifyOnly;
    }
    for (const { listener } of this.#serving()) this.#drainOne(listener, drain, sparesModifyOnly);
    // Those have their own drain, which is as far as this one or further.
    if (drain.silenceEnds !== "at last") for (const { listener } of this.#retired) this.#drainOne(listener, drain, sparesModifyOnly);
  }

  #drainOne(listener: Listener, drain: Drain, sparesModifyOnly: boolean): void {
    if (!sparesModifyOnly || listener.config.drainType !== modifyOnly) listener.drain(drain);
  }

  undrain(): void {
    this.#drain = undefined;
    for (const { listener } of this.#serving()) listener.undrain();
  }

  close(): void {
    this.stopAccepting();
    for (const { listener } of this.#serving()) listener.close();
    for (const retirement of this.#retired) retirement.end();
  }

  /** What an update comes to: nothing, what is in use instead of what warms, or another listener. */
  #changes(name: string, bytes: Buffer): "none" | "back" | "new" {
    const active = this.#active.get(name);
    const latest = this.#warming.get(name) ?? active;
    // As in Envoy, listeners of the bootstrap cannot be changed.
    if (active !== undefined && active.dynamic === undefined) return "none";
    if (latest?.dynamic?.bytes.equals(bytes) === true) return "none";
    return active?.dynamic?.bytes.equals(bytes) === true ? "back" : "new";
  }

  /** The listener as it was made, or, where another one has come into use since, made anew: the chains that it shares are about to end. */
  #upToDate({ name, message, listener, base }: PreparedListener): Listener | undefined {
    const active = this.#active.get(name)?.listener;
    if (listener !== undefined && base === active) return listener;
    listener?.discard(base);
    try {
      return new Listener(message, ConfigPath.root, this.#context, active);
    } catch (error) {
      // It was good a moment ago: a cluster that it names may have gone since.
      if (!isConfigError(error)) throw error;
      this.#context.runtime.logger.log("error", "listener", `${name} stays as it is: ${error.message}`);
      return undefined;
    }
  }

  #addStatic(message: ListenerMessage, path: ConfigPath): void {
    const listener = new Listener(message, path, this.#context);
    const { name } = listener;
    if (this.#active.has(name)) fail(path.field("name"), `there is another listener of the name ${JSON.stringify(name)}`);
    this.#claim(listener, path);
    this.#active.set(name, { listener, dynamic: undefined, socket: undefined, retry: undefined });
    this.#stats.added.inc();
  }

  /** Each listener as it will be when all that warms is in use. */
  #planWithout(removed: ReadonlySet<string>): AddressPlan {
    const plan = new AddressPlan();
    for (const [name, { listener, dynamic }] of this.#active) {
      if (!this.#warming.has(name) && (dynamic === undefined || !removed.has(name))) plan.take(listener);
    }
    for (const [name, { listener }] of this.#warming) if (!removed.has(name)) plan.take(listener);
    return plan;
  }

  /** Throws a `ConfigError` where another listener has its address, or the socket that it takes over cannot become what it is to be. */
  #claim(listener: Listener, path: ConfigPath = ConfigPath.root): void {
    this.#plan ??= this.#planWithout(new Set());
    const other = this.#plan.take(listener);
    if (other !== undefined) fail(path.field("address"), `listener ${other} has the address ${listener.addressText} already`);
    const before = this.#active.get(listener.name)?.listener;
    if (before === undefined || !handsSocketTo(before, listener)) return;
    if (before.socketOptions.reusePort === listener.socketOptions.reusePort) return;
    this.#unclaim(listener.name);
    // As in Envoy.
    fail(path.field("enable_reuse_port"), "cannot be changed with an update");
  }

  /** A listener stays as it is. */
  #unclaim(name: string): void {
    const before = this.#warming.get(name) ?? this.#active.get(name);
    this.#plan?.leave(name);
    if (before !== undefined) this.#plan?.take(before.listener);
  }

  async #tryAddress(listener: Listener, base: Listener | undefined): Promise<void> {
    try {
      await tryAddress(listener.socketOptions);
    } catch (error) {
      this.#stats.createFailure.inc();
      this.#unclaim(listener.name);
      listener.discard(base);
      fail(ConfigPath.root.field("address"), `cannot bind '${listener.addressText}': ${describeSystemError(error)}`, error);
    }
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
    const isHolder = ({ listener: other }: Entry): boolean => handsSocketTo(other, listener);
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
    const { logger, timers } = this.#context.runtime;
    logger.log(level, "listener", `cannot listen on ${listener.addressText} (listener ${listener.name}): ${problem}; trying again in 5 s`);
    entry.retry ??= new DelayedCall(() => void this.#takeSocket(entry));
    timers.arm(entry.retry, bindRetryMs);
    this.#checkAllWarm();
  }

  #forgetRetry(entry: Entry): void {
    if (entry.retry !== undefined) this.#context.runtime.timers.disarm(entry.retry);
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
    const retirement = new Retirement(entry, this.#context.runtime.timers, this.#drainTimeMs, () => {
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

  #stopWarming(name: string): boolean {
    const entry = this.#warming.get(name);
    if (entry === undefined) return false;
    this.#warming.delete(name);
    this.#stats.warming.set(this.#warming.size);
    this.#discard(entry);
    return true;
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
    if (this.#hasStarted && !isWaiting) this.#onAllWarm();
  }

  /** The listener of exactly that address and port, else the one of that port on all addresses. */
  #findByDestination(address: string, port: number): Listener | undefined {
    const destinations = (this.#destinations ??= new Map(
      this.#serving().map(({ socket, listener }) => [formatAddress(socket?.address ?? listener.configuredAddress), listener]),
    ));
    const at = (wanted: string): Listener | undefined => destinations.get(formatAddress({ kind: "ip", address: wanted, port }));
    return at(address) ?? at(address.includes(":") ? "::" : "0.0.0.0");
  }

  /** To be called whenever a listener comes into use or goes. */
  #activeChanged(): void {
    this.#destinations = undefined;
    this.#stats.active.set(this.#active.size);
    this.#countDraining();
  }
}

const handsSocketTo = (before: Listener, after: Listener): boolean =>
  before.bindsToPort && after.bindsToPort && before.addressText === after.addressText;

/** `address already in use`, without the call and the address that Node.js puts around it. */
function describeSystemError(error: unknown): string {
  const errno = error instanceof Error && "errno" in error ? error.errno : undefined;
  const known = typeof errno === "number" ? getSystemErrorMap().get(errno) : undefined;
  return known?.[1] ?? (error instanceof Error ? error.message : String(error));
}
