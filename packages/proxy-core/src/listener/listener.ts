import type { Socket } from "node:net";
import type { Message } from "@mesh/xds-proto";
import { ResponseFlag } from "../access-log/index.ts";
import { durationMs, ExtensionFactories, fail, wrappedNumber, type ConfigPath, type ExtensionDescriptor } from "../config/index.ts";
import { Connection, formatAddress, readAddress, highWaterMarkOf, type SocketAddress } from "../network/index.ts";
import {
  connectionInfo,
  type DownstreamInfo,
  type Drain,
  type NetworkFilterContext,
  type NetworkFilterExtension,
} from "../stream/index.ts";
import { AcceptedConnection, formatEndpoint } from "./accepted.ts";
import { type CompiledChain, type FilterChain, type FilterChainMessage, FilterChains, type Origin } from "./filter-chains.ts";
import { Inspection } from "./inspection.ts";
import type { Acceptor, ListenSocketOptions } from "./listen-socket.ts";
import { ListenerFrame } from "./listener-frame.ts";
import { ServedConnection } from "./served-connection.ts";

export const listenerMessageName = "envoy.config.listener.v3.Listener";
export type ListenerMessage = Message<typeof listenerMessageName>;

/** Envoy's defaults. */
const defaultBufferLimitBytes = 1024 * 1024;
const defaultFiltersTimeoutMs = 15_000;
const defaultBacklog = 4096;

/** What all listeners of a proxy share. */
export type ListenerContext = Omit<NetworkFilterContext, "bufferLimitBytes"> & {
  /** The listener that stands for a destination, for connections whose destination was restored. */
  findByDestination(address: string, port: number): Listener | undefined;
};

const isNetworkFilter = (descriptor: ExtensionDescriptor): descriptor is NetworkFilterExtension =>
  descriptor.category === "envoy.filters.network" && "create" in descriptor;

/** The transport socket of filter chains without TLS: plain text is what all chains have until there is another. */
export const rawBufferDownstream: ExtensionDescriptor = {
  name: "envoy.transport_sockets.raw_buffer",
  category: "envoy.transport_sockets.downstream",
  messageName: "envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer",
  fields: undefined,
};

/**
 * A listener's configuration, compiled: the filters that look at a new connection, and the chains among which one is chosen. It binds nothing:
 * a `ListenSocket` gives it connections.
 */
export class Listener implements Acceptor {
  readonly name: string;
  readonly config: ListenerMessage;
  /** False for a listener that is reached by the original destination only (`bind_to_port: false`). */
  readonly bindsToPort: boolean;
  /** As configured. */
  readonly configuredAddress: SocketAddress;
  /** The same in words: `127.0.0.1:80`. */
  readonly addressText: string;
  /** What no other listener may have, whether it binds or not; undefined for one that takes any port. */
  readonly ownAddress: string | undefined;
  /** What a socket for it is made with. */
  readonly socketOptions: ListenSocketOptions;
  /** It differs from the listener whose place it takes in nothing but filter chains; what they have alike, they share. */
  readonly updatesInPlace: boolean;
  readonly #context: ListenerContext;
  readonly #frame: ListenerFrame;
  readonly #filtersTimeoutMs: number;
  readonly #bufferLimitBytes: number;
  readonly #chains: FilterChains;
  readonly #usesOriginalDestination: boolean;
  readonly #inspecting = new Set<Connection>();
  /** Those that are its own to end: after it was replaced, the ones that its successor does not have. */
  #ownChains: readonly FilterChain[];
  /** Takes the connections to come. */
  #successor: Listener | undefined = undefined;
  #isClosed = false;

  /**
   * Throws a `ConfigError`.
   *
   * @param previous the listener of the same name, whose chains stay in use where they do not change
   */
  constructor(config: ListenerMessage, path: ConfigPath, context: ListenerContext, previous?: Listener) {
    this.config = config;
    this.#context = context;
    if (config.address === null) fail(path.field("address"), "is required");
    const address = readAddress(config.address, path.field("address"));
    this.configuredAddress = address;
    const addressText = formatAddress(address);
    this.addressText = addressText;
    this.name = config.name === "" ? addressText : config.name;
    this.bindsToPort = config.bindToPort?.value ?? true;
    const isAnyPort = address.kind === "ip" && address.port === 0;
    this.ownAddress = this.bindsToPort && isAnyPort ? undefined : addressText;
    this.#bufferLimitBytes =
      wrappedNumber(config.perConnectionBufferLimitBytes, path.field("per_connection_buffer_limit_bytes")) ?? defaultBufferLimitBytes;
    this.#filtersTimeoutMs = durationMs(config.listenerFiltersTimeout, path.field("listener_filters_timeout")) ?? defaultFiltersTimeoutMs;
    this.#usesOriginalDestination = config.useOriginalDst?.value ?? false;
    this.socketOptions = {
      address,
      highWaterMark: highWaterMarkOf(this.#bufferLimitBytes),
      backlog: config.tcpBacklogSize?.value ?? defaultBacklog,
      reusePort: config.enableReusePort?.value === true && address.kind === "ip" && !isAnyPort,
      logger: context.runtime.logger,
    };
    const { registry } = context.extensions;
    const bytes = Buffer.from(registry.encodeMessage(listenerMessageName, { ...config, filterChains: [], defaultFilterChain: null }));
    const base = previous !== undefined && previous.#frame.bytes.equals(bytes) ? previous : undefined;
    this.updatesInPlace = base !== undefined;
    const statName = config.statPrefix === "" ? addressText.replaceAll(":", "_") : config.statPrefix;
    this.#frame = base === undefined ? new ListenerFrame(config, path, context, bytes, statName) : base.#frame.share();
    try {
      this.#chains = this.#compileChains(path, base === undefined ? undefined : base.#chains);
    } catch (error) {
      this.#frame.release();
      throw error;
    }
    this.#ownChains = this.#chains.all;
  }

  get activeConnections(): number {
    let active = this.#inspecting.size;
    for (const { filter } of this.#ownChains) active += filter.activeConnections;
    return active;
  }

  /** Another one took its place and the chains that both have: what is left are some chains, and not a whole listener. */
  get isUpdatedInPlace(): boolean {
    return this.#successor?.updatesInPlace ?? false;
  }

  /** How many chains it has; of one that was replaced, how many its successor does not have. */
  get chainCount(): number {
    return this.#ownChains.length;
  }

  /** Whether its socket is the one that another listener is to have. */
  handsSocketTo(after: Listener): boolean {
    return this.bindsToPort && after.bindsToPort && this.addressText === after.addressText;
  }

  /** Begins to ask for what its chains need from elsewhere; fulfilled when they have it, or never will. */
  async start(): Promise<void> {
    await Promise.all(this.#chains.all.map((chain) => chain.start()));
  }

  /** Those of its chains that do not have what they need from elsewhere yet, by their names or places. */
  get unreadyChains(): readonly string[] {
    return this.#chains.all.flatMap(({ isReady, origin }, index) => {
      if (isReady) return [];
      return [origin.filterChainName === "" ? `filter chain ${index}` : `filter chain ${origin.filterChainName}`];
    });
  }

  /** Another one takes the connections to come, and those that it can go on with. What both have stays as it is. */
  replaceBy(successor: Listener): void {
    this.#successor = successor;
    this.#ownChains = this.#chains.without(successor.#chains);
    this.handOver(successor);
  }

  /** Gives the connections of its own chains to another listener, as far as its chains can go on with them. */
  handOver(heir: Listener): void {
    if (heir.addressText !== this.addressText) return;
    for (const { connections } of this.#ownChains) for (const served of Array.from(connections)) heir.#takeOver(served);
  }

  /** Ends connections as nobody loses a request, when the drain says. */
  drain(drain: Drain): void {
    for (const { filter } of this.#ownChains) filter.drain(drain);
    // Nothing is lost with those that have sent nothing yet; the others come to their chain, and all of them to that of a successor.
    if (this.#successor !== undefined || drain.silenceEnds === "at last") return;
    for (const connection of this.#inspecting) if (connection.bytesReceived === 0) connection.close();
  }

  /** Takes `drain` back for connections to come. */
  undrain(): void {
    for (const { filter } of this.#ownChains) filter.undrain();
  }

  /** The drain time is over: each connection ends as soon as it has no request under way. */
  finish(): void {
    for (const { filter } of this.#ownChains) filter.finish();
    for (const connection of this.#inspecting) connection.close();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const chain of this.#ownChains) chain.close();
    for (const connection of this.#inspecting) connection.close();
    this.#frame.release();
  }

  /** It never came into use: what it shares with the one that is in use stays. */
  discard(active: Listener | undefined): void {
    this.#ownChains = active === undefined ? this.#chains.all : this.#chains.without(active.#chains);
    this.close();
  }

  accept(socket: Socket): void {
    const { runtime, network } = this.#context;
    const path = this.configuredAddress.kind === "pipe" ? this.configuredAddress.path : "";
    const accepted = new AcceptedConnection(socket, path, runtime.clock.now());
    const connection = new Connection(socket, network, ignoreAll, { bufferLimitBytes: this.#bufferLimitBytes });
    this.#inspect(connection, accepted, undefined, this.#usesOriginalDestination);
  }

  #compileChains(path: ConfigPath, previous: FilterChains | undefined): FilterChains {
    const { extensions } = this.#context;
    const { registry } = extensions;
    const factories = new ExtensionFactories(
      extensions,
      "envoy.filters.network",
      extensions.list("envoy.filters.network").filter(isNetworkFilter),
    );
    const compile = (chain: FilterChainMessage, at: ConfigPath): CompiledChain => {
      const [filter, another] = chain.filters;
      if (filter === undefined) fail(at.field("filters"), "needs a network filter");
      if (another !== undefined) {
        fail(at.field("filters").index(1), "a chain has one network filter here: filters before it are not supported yet");
      }
      const { factory, extension } = factories.resolve(filter.typedConfig, at.field("filters").index(0).field("typed_config"));
      const [stats, listenerStats] = [this.#context.stats.scope(""), this.#frame.scope.scope("")];
      const scopes = [stats, listenerStats];
      try {
        const context = { ...this.#context, stats, bufferLimitBytes: this.#bufferLimitBytes, listenerStats };
        return { filter: factory.create(extension, context), scopes };
      } catch (error) {
        for (const scope of scopes) scope.dispose();
        throw error;
      }
    };
    const encode = (chain: FilterChainMessage): Buffer =>
      Buffer.from(registry.encodeMessage("envoy.config.listener.v3.FilterChain", chain));
    return new FilterChains(this.config, path, { compile, encode, previous });
  }

  /**
   * Takes a connection through the listener filters.
   *
   * @param initial bytes that came already
   * @param handsOn it may go to the listener that stands for its original destination
   */
  #inspect(connection: Connection, accepted: AcceptedConnection, initial: Buffer | undefined, handsOn: boolean): void {
    if (this.#frame.filters.length === 0) {
      this.#route(connection, accepted, initial, handsOn);
      return;
    }
    this.#inspecting.add(connection);
    this.#frame.stats.preCxActive.inc();
    const done = (): void => {
      this.#inspecting.delete(connection);
      this.#frame.stats.preCxActive.dec();
    };
    const { runtime } = this.#context;
    new Inspection(connection, accepted, {
      filters: this.#frame.filters,
      initial,
      timers: runtime.timers,
      timeoutMs: this.#filtersTimeoutMs,
      continueOnTimeout: this.config.continueOnListenerFiltersTimeout,
      onDone: (rest) => {
        done();
        this.#route(connection, accepted, rest, handsOn);
      },
      onTimeout: () => {
        done();
        this.#frame.stats.preCxTimeout.inc();
        this.#refuse(connection, accepted, 0, "listener_filter_timeout");
      },
      onRejected: (reason) => {
        done();
        this.#frame.stats.filterError.inc();
        runtime.logger.log("info", "listener", `${this.name}: ${formatEndpoint(accepted.directRemote)}: ${reason}; closing the connection`);
        this.#refuse(connection, accepted, 0, "listener_filter_rejected");
      },
      onGone: () => {
        done();
        this.#frame.stats.filterRemoteClose.inc();
        connection.close();
      },
    }).begin();
  }

  #route(connection: Connection, accepted: AcceptedConnection, initial: Buffer | undefined, handsOn: boolean): void {
    const { address, port } = accepted.local;
    const other = handsOn && accepted.localRestored ? this.#context.findByDestination(address, port) : undefined;
    if (other !== undefined && other !== this.#latest()) {
      // Envoy: it is looked at by the filters of that one, too, which hands it on to no third.
      other.#latest().#inspect(connection, accepted, initial, false);
      return;
    }
    // It may have been replaced while the connection was looked at. Envoy: the chains of the new one are chosen from.
    const listener = this.#latest();
    if (listener.#isClosed) connection.close();
    else listener.#serve(connection, accepted, initial);
  }

  /** The one that takes connections in its place, after however many replacements. */
  #latest(): Listener {
    let latest = this.#successor;
    if (latest === undefined) return this;
    while (latest.#successor !== undefined) latest = latest.#successor;
    return latest;
  }

  #serve(connection: Connection, accepted: AcceptedConnection, initial: Buffer | undefined): void {
    const chain = this.#chains.choose(accepted);
    if (chain === undefined) {
      this.#frame.stats.noFilterChainMatch.inc();
      this.#refuse(connection, accepted, ResponseFlag.NoRouteFound, "filter_chain_not_found");
      return;
    }
    const info = describe(accepted, chain.origin);
    new ServedConnection(connection, accepted, { chain, frame: this.#frame, info }, this.#context.runtime).begin();
    chain.filter.accept(connection, info, initial);
  }

  /** Where TLS is there, chains with other transport sockets are none that can go on. */
  #takeOver(served: ServedConnection): void {
    const chain = this.#chains.choose(served.accepted);
    if (chain?.filter.takeOver === undefined) return;
    const info = describe(served.accepted, chain.origin);
    if (chain.filter.takeOver(served.connection, info)) served.moveTo({ chain, frame: this.#frame, info });
  }

  #refuse(connection: Connection, accepted: AcceptedConnection, flags: number, details: string): void {
    this.#log(connection, describe(accepted, this.#chains.noOrigin), flags, details);
    connection.close();
  }

  /** The listener's own logs tell of connections, whatever came over them. */
  #log(connection: Connection, info: DownstreamInfo, responseFlags: number, responseCodeDetails: string | undefined): void {
    if (this.#frame.accessLogs.length === 0) return;
    const entry = connectionInfo(connection, info, this.#context.runtime, { responseFlags, responseCodeDetails });
    for (const log of this.#frame.accessLogs) log.log(entry);
  }
}

function describe(accepted: AcceptedConnection, origin: Origin): DownstreamInfo {
  return {
    remoteAddress: formatEndpoint(accepted.remote),
    directRemoteAddress: formatEndpoint(accepted.directRemote),
    localAddress: formatEndpoint(accepted.local),
    directLocalAddress: formatEndpoint(accepted.directLocal),
    isRedirected: accepted.localRestored,
    ...origin,
    requestedServerName: accepted.serverName,
    acceptedAt: accepted.acceptedAt,
  };
}

const ignoreAll = {
  onData: (): void => {},
  onEnd: (): void => {},
  onClose: (): void => {},
  onAboveHighWatermark: (): void => {},
  onBelowLowWatermark: (): void => {},
};
