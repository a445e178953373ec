import { ConfigPath, fail } from "../config/index.ts";
import { formatAddress, type SocketAddress } from "../network/index.ts";
import { TimerEntry } from "../runtime/index.ts";
import {
  CollectionDiscovery,
  type CollectionTaker,
  type ConfigSource,
  type RefusedUpdate,
  ResourceDecoder,
} from "../subscription/index.ts";
import { ListenSocket } from "./listen-socket.ts";
import { Listener, listenerMessageName, type ListenerContext, type ListenerMessage } from "./listener.ts";
import { ListenerManagerStats } from "./listener-manager-stats.ts";
import { Retirement } from "./retirement.ts";

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
   * - `draining`: it takes none any more, and those that it has are ending.
   */
  readonly state: "active" | "warming" | "draining";
}

/** A listener that takes connections, or will. */
interface Entry {
  readonly listener: Listener;
  /** Undefined for those of the bootstrap. */
  readonly dynamic: { readonly version: string; readonly updatedAt: number; readonly bytes: Buffer } | undefined;
  /** Undefined before it is bound, and for one that does not bind. */
  socket: ListenSocket | undefined;
  /** It is gone, and serves until the one that is to have its address is ready. */
  isLeaving: boolean;
  /** It is warm, and its address cannot be had. */
  isStuck: boolean;
}

interface PreparedListener {
  /** Undefined where there is nothing to do. */
  readonly entry: Entry | undefined;
}

const bindRetryMs = 5000;

/** All listeners of a proxy. */
export class ListenerManager implements CollectionTaker<typeof listenerMessageName, PreparedListener> {
  readonly #context: ListenerContext;
  readonly #decoder: ResourceDecoder;
  readonly #stats: ListenerManagerStats;
  readonly #discovery: CollectionDiscovery<typeof listenerMessageName, PreparedListener> | undefined;
  readonly #drainTimeMs: number;
  /** By name, in the order in which they came. */
  readonly #active = new Map<string, Entry>();
  readonly #warming = new Map<string, Entry>();
  readonly #retired = new Set<Retirement<Entry>>();
  /** By address; undefined where it is to be made anew. */
  #destinations: ReadonlyMap<string, Listener> | undefined = undefined;
  #isDraining = false;
  #isStopped = false;
  #hasStarted = false;
  /** Called whenever nothing is warming. */
  #onAllWarm: () => void = () => {};

  /** Compiles the bootstrap's listeners, binds none. Throws `ConfigError`. */
  constructor({ listeners, path, discovery, decoder, drainTimeMs = 600_000, ...context }: ListenerManagerOptions) {
    const scope = context.stats.scope("listener_manager");
    this.#stats = new ListenerManagerStats(scope);
    this.#drainTimeMs = drainTimeMs;
    this.#decoder = decoder ?? new ResourceDecoder(context.extensions, context.runtime);
    this.#context = { ...context, findByDestination: (address, port) => this.#findByDestination(address, port) };
    listeners.forEach((message, index) => this.#addStatic(message, path.index(index)));
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
    return [...this.#active.values()].map(({ listener, socket }) => ({
      name: listener.name,
      address: socket?.address ?? listener.configuredAddress,
      activeConnections: listener.activeConnections,
    }));
  }

  get activeConnections(): number {
    let active = 0;
    for (const { listener } of this.#active.values()) active += listener.activeConnections;
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
      } catch (error) {
        for (const { socket } of this.#active.values()) socket?.close();
        const { name, configuredAddress } = entry.listener;
        throw new Error(`cannot listen on ${formatAddress(configuredAddress)} (listener ${name}): ${String(error)}`, { cause: error });
      }
    }
    this.#activeChanged();
    this.#discovery?.start();
    await this.#discovery?.ready;
    await new Promise<void>((resolve) => {
      this.#onAllWarm = resolve;
      this.#checkAllWarm();
    });
  }

  prepare(message: ListenerMessage, version: string): PreparedListener {
    const bytes = Buffer.from(this.#context.extensions.registry.encodeMessage(listenerMessageName, message));
    const before = this.#warming.get(message.name) ?? this.#active.get(message.name);
    // As in Envoy, listeners of the bootstrap cannot be changed.
    if (before !== undefined && (before.dynamic === undefined || (before.dynamic.bytes.equals(bytes) && !before.isLeaving))) {
      return { entry: undefined };
    }
    const previous = this.#active.get(message.name)?.listener;
    const listener = new Listener(message, ConfigPath.root, this.#context, previous);
    const dynamic = { version, updatedAt: this.#context.runtime.clock.now(), bytes };
    return { entry: { listener, dynamic, socket: undefined, isLeaving: false, isStuck: false } };
  }

  apply({ entry }: PreparedListener): void {
    if (entry === undefined) return;
    const { name } = entry.listener;
    const active = this.#active.get(name);
    if (this.#isStopped) {
      entry.listener.discard(active?.listener);
      return;
    }
    if (active === undefined && !this.#warming.has(name)) this.#stats.added.inc();
    else if (entry.listener.updatesInPlace) this.#stats.inPlaceUpdated.inc();
    else this.#stats.modified.inc();
    this.#stopWarming(name);
    this.#warming.set(name, entry);
    this.#stats.warming.set(this.#warming.size);
    if (this.#isDraining) entry.listener.drain();
    void this.#warm(entry);
  }

  remove(name: string): void {
    const entry = this.#active.get(name);
    const wasWarming = this.#stopWarming(name);
    if (entry?.dynamic === undefined && !wasWarming) return;
    this.#stats.removed.inc();
    if (entry?.dynamic === undefined) return;
    if (this.#isAwaited(entry)) entry.isLeaving = true;
    else this.#retire(entry, undefined);
  }

  /** Those that the discovery brought. */
  dynamic(): readonly DynamicListener[] {
    const describe = ({ listener, dynamic }: Entry, state: DynamicListener["state"]): DynamicListener[] =>
      dynamic === undefined ? [] : [{ message: listener.config, version: dynamic.version, updatedAt: dynamic.updatedAt, state }];
    return [
      ...[...this.#active.values()].flatMap((entry) => describe(entry, "active")),
      ...[...this.#warming.values()].flatMap((entry) => describe(entry, "warming")),
      ...[...this.#retired].flatMap(({ entry }) => describe(entry, "draining")),
    ];
  }

  stopAccepting(): void {
    this.#isStopped = true;
    this.#discovery?.close();
    for (const name of this.#warming.keys()) this.#stopWarming(name);
    for (const entry of this.#active.values()) {
      entry.socket?.close();
      entry.socket = undefined;
    }
    this.#stats.draining.set(this.#active.size + this.#retired.size);
    this.#stats.active.set(0);
  }

  drain(): void {
    this.#isDraining = true;
    for (const { listener } of this.#active.values()) listener.drain();
    for (const { listener } of this.#retired) listener.drain();
  }

  undrain(): void {
    this.#isDraining = false;
    for (const { listener } of this.#active.values()) listener.undrain();
  }

  close(): void {
    this.stopAccepting();
    for (const { listener } of this.#active.values()) listener.close();
    for (const retirement of this.#retired) retirement.end();
  }

  #addStatic(message: ListenerMessage, path: ConfigPath): void {
    const listener = new Listener(message, path, this.#context);
    const { name, configuredAddress: address } = listener;
    if (this.#active.has(name)) fail(path.field("name"), `there is another listener of the name ${JSON.stringify(name)}`);
    const holder = this.#holderOf(address);
    if (listener.bindsToPort && holder !== undefined) {
      fail(path.field("address"), `listener ${holder.listener.name} has the address ${formatAddress(address)} already`);
    }
    this.#active.set(name, { listener, dynamic: undefined, socket: undefined, isLeaving: false, isStuck: false });
  }

  async #warm(entry: Entry): Promise<void> {
    await entry.listener.start();
    await this.#takeSocket(entry);
  }

  /** Has a warm listener take connections, as soon as there is a socket for it. */
  async #takeSocket(entry: Entry): Promise<void> {
    const { listener } = entry;
    const { name, configuredAddress: address } = listener;
    if (this.#warming.get(name) !== entry) return;
    const before = this.#active.get(name);
    const holder = listener.bindsToPort ? this.#holderOf(address) : undefined;
    if (holder !== undefined && holder !== before && !holder.isLeaving) {
      this.#retryLater(entry, `listener ${holder.listener.name} has the address already`);
      return;
    }
    let socket = holder?.socket;
    if (listener.bindsToPort && socket === undefined) {
      try {
        socket = await this.#bind(listener);
      } catch (error) {
        this.#retryLater(entry, String(error));
        return;
      }
      if (this.#warming.get(name) !== entry) {
        socket?.close();
        return;
      }
    }
    socket?.handTo(listener);
    entry.socket = socket;
    this.#warming.delete(name);
    if (holder !== undefined && holder !== before) this.#retire(holder, entry);
    if (before !== undefined) this.#retire(before, entry);
    this.#active.set(name, entry);
    this.#activeChanged();
    this.#stats.warming.set(this.#warming.size);
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
    this.#stats.createSuccess.inc();
    if (!this.#isStopped) return socket;
    socket.close();
    return undefined;
  }

  #retryLater(entry: Entry, problem: string): void {
    const { listener } = entry;
    if (this.#warming.get(listener.name) !== entry) return;
    const { logger } = this.#context.runtime;
    const address = formatAddress(listener.configuredAddress);
    logger.log("error", "listener", `cannot listen on ${address} (listener ${listener.name}): ${problem}; trying again in 5 s`);
    entry.isStuck = true;
    this.#checkAllWarm();
    this.#context.runtime.timers.arm(new Later(() => void this.#takeSocket(entry)), bindRetryMs);
  }

  /** It takes no connections any more, and those that it has end. */
  #retire(entry: Entry, successor: Entry | undefined): void {
    const { listener, socket } = entry;
    const { name } = listener;
    if (this.#active.get(name) === entry) this.#active.delete(name);
    this.#activeChanged();
    if (successor === undefined || successor.socket !== socket) socket?.close();
    entry.socket = undefined;
    if (successor?.listener.name === name) listener.replaceBy(successor.listener);
    const retirement = new Retirement(entry, this.#context.runtime.timers, this.#drainTimeMs, () => {
      this.#retired.delete(retirement);
      this.#countDraining();
    });
    this.#retired.add(retirement);
    this.#countDraining();
    retirement.begin();
  }

  #countDraining(): void {
    const updated = [...this.#retired].filter(({ listener }) => listener.isPartlyReplaced);
    this.#stats.draining.set(this.#retired.size - updated.length);
    this.#stats.chainsDraining.set(updated.reduce((sum, { listener }) => sum + listener.chainCount, 0));
  }

  #stopWarming(name: string): boolean {
    const entry = this.#warming.get(name);
    if (entry === undefined) return false;
    this.#warming.delete(name);
    entry.listener.discard(this.#active.get(name)?.listener);
    this.#stats.warming.set(this.#warming.size);
    // What stayed for its sake alone may go, unless another takes its place in this turn.
    queueMicrotask(() => this.#releaseLeaving());
    return true;
  }

  #releaseLeaving(): void {
    for (const entry of this.#active.values()) if (entry.isLeaving && !this.#isAwaited(entry)) this.#retire(entry, undefined);
    this.#checkAllWarm();
  }

  /** Whether a listener that is not ready yet is to have its address. */
  #isAwaited({ listener }: Entry): boolean {
    return [...this.#warming.values()].some(({ listener: other }) => other.bindsToPort && sameAddress(other, listener.configuredAddress));
  }

  /** Who listens there. Port 0 is as many addresses as one likes. */
  #holderOf(address: SocketAddress): Entry | undefined {
    if (address.kind === "ip" && address.port === 0) return undefined;
    return [...this.#active.values()].find(({ listener }) => listener.bindsToPort && sameAddress(listener, address));
  }

  #checkAllWarm(): void {
    const isWaiting = [...this.#warming.values()].some(({ isStuck }) => !isStuck);
    if (this.#hasStarted && !isWaiting) this.#onAllWarm();
  }

  /** The listener of exactly that address and port, else the one of that port on all addresses. */
  #findByDestination(address: string, port: number): Listener | undefined {
    const destinations = (this.#destinations ??= new Map(
      [...this.#active.values()].map(({ socket, listener }) => [formatAddress(socket?.address ?? listener.configuredAddress), listener]),
    ));
    const at = (wanted: string): Listener | undefined => destinations.get(formatAddress({ kind: "ip", address: wanted, port }));
    return at(address) ?? at(address.includes(":") ? "::" : "0.0.0.0");
  }

  /** To be called whenever a listener comes into use or goes. */
  #activeChanged(): void {
    this.#destinations = undefined;
    this.#stats.active.set(this.#active.size);
  }
}

const sameAddress = ({ configuredAddress }: Listener, address: SocketAddress): boolean =>
  formatAddress(configuredAddress) === formatAddress(address);

class Later extends TimerEntry {
  readonly #run: () => void;

  constructor(run: () => void) {
    super();
    this.#run = run;
  }

  onTimer(): void {
    this.#run();
  }
}
