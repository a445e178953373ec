import { getSystemErrorMap } from "node:util";
import { ConfigPath, fail, isConfigError } from "../config/index.ts";
import type { Drain, DrainStrategy } from "../stream/index.ts";
import {
  CollectionDiscovery,
  type CollectionTaker,
  type ConfigSource,
  type RefusedUpdate,
  ResourceDecoder,
} from "../subscription/index.ts";
import { AddressPlan } from "./address-plan.ts";
import { Listener, listenerMessageName, type ListenerContext, type ListenerMessage } from "./listener.ts";
import { ListenerManagerStats } from "./listener-manager-stats.ts";
import { type DynamicListener, ListenerSet, type ListenerStatus, type WarmingListener } from "./listener-set.ts";
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

/** All listeners of a proxy: those of the bootstrap, and those that a discovery says there are. */
export class ListenerManager implements CollectionTaker<typeof listenerMessageName, PreparedListener> {
  readonly #context: ListenerContext;
  readonly #decoder: ResourceDecoder;
  readonly #stats: ListenerManagerStats;
  readonly #discovery: CollectionDiscovery<typeof listenerMessageName, PreparedListener> | undefined;
  readonly #set: ListenerSet;
  /** Of the update that is being read; undefined where it is to be made anew. */
  #plan: AddressPlan | undefined = undefined;

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
    this.#set = new ListenerSet({ runtime: context.runtime, stats: this.#stats, drainTimeMs, drainStrategy });
    this.#decoder = decoder ?? new ResourceDecoder(context.extensions, context.runtime);
    this.#context = { ...context, findByDestination: (address, port) => this.#set.findByDestination(address, port) };
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
    return this.#set.describe();
  }

  get activeConnections(): number {
    return this.#set.activeConnections;
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
    await this.#set.start();
    if (this.#set.isStopped) return;
    this.#discovery?.start();
    await this.#discovery?.ready;
    await this.#set.allWarm();
  }

  begin(removed: readonly string[]): void {
    this.#plan = this.#planWithout(new Set(removed));
  }

  prepare(message: ListenerMessage, version: string): PreparedListener {
    const { name } = message;
    const bytes = Buffer.from(this.#context.extensions.registry.encodeMessage(listenerMessageName, message));
    const base = this.#set.active.get(name)?.listener;
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
    if (listener?.bindsToPort !== true || this.#set.isStopped || this.#set.hasSocketFor(listener)) return undefined;
    return this.#tryAddress(listener, base);
  }

  apply(prepared: PreparedListener): void {
    this.#plan = undefined;
    const { name, version, bytes } = prepared;
    const change = this.#set.isStopped ? "none" : this.#changes(name, bytes);
    if (change === "back" && this.#set.stopWarming(name)) this.#stats.modified.inc();
    if (change !== "new") {
      prepared.listener?.discard(prepared.base);
      return;
    }
    const listener = this.#upToDate(prepared);
    if (listener === undefined) return;
    if (this.#set.active.has(name) || this.#set.warming.has(name)) this.#stats.modified.inc();
    else this.#stats.added.inc();
    if (listener.updatesInPlace) this.#stats.inPlaceUpdated.inc();
    this.#set.warm(listener, { version, updatedAt: this.#context.runtime.clock.now(), bytes });
  }

  remove(name: string): void {
    this.#plan = undefined;
    const entry = this.#set.active.get(name);
    const wasWarming = this.#set.stopWarming(name);
    const isActive = entry?.dynamic !== undefined;
    if (!isActive && !wasWarming) return;
    this.#stats.removed.inc();
    if (isActive) this.#set.remove(name);
  }

  /** Those that the discovery brought. */
  dynamic(): readonly DynamicListener[] {
    return this.#set.describeDynamic();
  }

  /** Those that are not in use yet, with what they wait for. */
  warming(): readonly WarmingListener[] {
    return this.#set.describeWarming();
  }

  stopAccepting(): void {
    this.#discovery?.close();
    this.#set.stopAccepting();
  }

  /** A drain as the strategy says, over the drain time. */
  newDrain(): Drain {
    return this.#set.newDrain();
  }

  /**
   * Of all listeners, and those that come into use while it lasts.
   *
   * @param sparesModifyOnly those with `drain_type: MODIFY_ONLY` go on
   */
  drain(drain: Drain, sparesModifyOnly: boolean = false): void {
    this.#set.drain(drain, sparesModifyOnly);
  }

  /** Takes `drain` back for connections to come. */
  undrain(): void {
    this.#set.undrain();
  }

  close(): void {
    this.stopAccepting();
    this.#set.close();
  }

  /** What an update comes to: nothing, what is in use instead of what warms, or another listener. */
  #changes(name: string, bytes: Buffer): "none" | "back" | "new" {
    const active = this.#set.active.get(name);
    const latest = this.#set.warming.get(name) ?? active;
    // As in Envoy, listeners of the bootstrap cannot be changed.
    if (active !== undefined && active.dynamic === undefined) return "none";
    if (latest?.dynamic?.bytes.equals(bytes) === true) return "none";
    return active?.dynamic?.bytes.equals(bytes) === true ? "back" : "new";
  }

  /** The listener as it was made, or, where another one has come into use since, made anew: the chains that it shares are about to end. */
  #upToDate({ name, message, listener, base }: PreparedListener): Listener | undefined {
    const active = this.#set.active.get(name)?.listener;
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
    if (this.#set.active.has(name)) fail(path.field("name"), `there is another listener of the name ${JSON.stringify(name)}`);
    this.#claim(listener, path);
    this.#set.addStatic(listener);
    this.#stats.added.inc();
  }

  /** Each listener as it will be when all that warms is in use. */
  #planWithout(removed: ReadonlySet<string>): AddressPlan {
    const plan = new AddressPlan();
    for (const [name, { listener, dynamic }] of this.#set.active) {
      if (!this.#set.warming.has(name) && (dynamic === undefined || !removed.has(name))) plan.take(listener);
    }
    for (const [name, { listener }] of this.#set.warming) if (!removed.has(name)) plan.take(listener);
    return plan;
  }

  /** Throws a `ConfigError` where another listener has its address, or the socket that it takes over cannot become what it is to be. */
  #claim(listener: Listener, path: ConfigPath = ConfigPath.root): void {
    this.#plan ??= this.#planWithout(new Set());
    const other = this.#plan.take(listener);
    if (other !== undefined) fail(path.field("address"), `listener ${other} has the address ${listener.addressText} already`);
    const before = this.#set.active.get(listener.name)?.listener;
    if (before === undefined || !before.handsSocketTo(listener)) return;
    if (before.socketOptions.reusePort === listener.socketOptions.reusePort) return;
    this.#unclaim(listener.name);
    // As in Envoy.
    fail(path.field("enable_reuse_port"), "cannot be changed with an update");
  }

  /** A listener stays as it is. */
  #unclaim(name: string): void {
    const before = this.#set.warming.get(name) ?? this.#set.active.get(name);
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
}

/** `address already in use`, without the call and the address that Node.js puts around it. */
function describeSystemError(error: unknown): string {
  const errno = error instanceof Error && "errno" in error ? error.errno : undefined;
  const known = typeof errno === "number" ? getSystemErrorMap().get(errno) : undefined;
  return known?.[1] ?? (error instanceof Error ? error.message : String(error));
}
