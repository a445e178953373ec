import type { Socket } from "node:net";
import type { Message } from "@mesh/xds-proto";
import { compileAccessLogs, ResponseFlag, type AccessLogger } from "../access-log/index.ts";
import { durationMs, ExtensionFactories, fail, wrappedNumber, type ConfigPath, type ExtensionDescriptor } from "../config/index.ts";
import { Connection, formatAddress, readAddress, highWaterMarkOf, type SocketAddress } from "../network/index.ts";
import type { StatsScope } from "../stats/index.ts";
import {
  connectionInfo,
  type DownstreamInfo,
  type NetworkFilter,
  type NetworkFilterContext,
  type NetworkFilterExtension,
} from "../stream/index.ts";
import { AcceptedConnection, formatEndpoint } from "./accepted.ts";
import { type FilterChain, type FilterChainMessage, FilterChains, type Origin } from "./filter-chains.ts";
import { Inspection } from "./inspection.ts";
import type { Acceptor, ListenSocketOptions } from "./listen-socket.ts";
import type { ListenerFilter, ListenerFilterExtension } from "./listener-filter.ts";
import { ListenerStats } from "./listener-stats.ts";

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

const isListenerFilter = (descriptor: ExtensionDescriptor): descriptor is ListenerFilterExtension =>
  descriptor.category === "envoy.filters.listener" && "create" in descriptor;
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
  /** What a socket for it is made with. */
  readonly socketOptions: ListenSocketOptions;
  /** It has chains of the listener whose place it takes, and whatever else it is, that one was too. */
  readonly updatesInPlace: boolean;
  readonly #context: ListenerContext;
  readonly #statistics: Statistics;
  readonly #filters: readonly ListenerFilter[];
  readonly #filtersTimeoutMs: number;
  readonly #accessLogs: readonly AccessLogger[];
  readonly #bufferLimitBytes: number;
  readonly #chains: FilterChains;
  /** The message without its filter chains. */
  readonly #frame: Buffer;
  readonly #usesOriginalDestination: boolean;
  readonly #inspecting = new Set<Connection>();
  /** Those that are its own to end: after it was replaced, the ones that its successor does not have. */
  #ownChains: readonly FilterChain[];
  #hasSuccessor = false;

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
    this.name = config.name === "" ? addressText : config.name;
    this.bindsToPort = config.bindToPort?.value ?? true;
    this.#bufferLimitBytes =
      wrappedNumber(config.perConnectionBufferLimitBytes, path.field("per_connection_buffer_limit_bytes")) ?? defaultBufferLimitBytes;
    this.#filtersTimeoutMs = durationMs(config.listenerFiltersTimeout, path.field("listener_filters_timeout")) ?? defaultFiltersTimeoutMs;
    this.#usesOriginalDestination = config.useOriginalDst?.value ?? false;
    this.socketOptions = {
      address,
      highWaterMark: highWaterMarkOf(this.#bufferLimitBytes),
      backlog: config.tcpBacklogSize?.value ?? defaultBacklog,
      reusePort: config.enableReusePort?.value === true,
      logger: context.runtime.logger,
    };
    const { registry } = context.extensions;
    this.#frame = Buffer.from(registry.encodeMessage(listenerMessageName, { ...config, filterChains: [], defaultFilterChain: null }));
    this.updatesInPlace = previous !== undefined && previous.#frame.equals(this.#frame);

    const statName = config.statPrefix === "" ? addressText.replaceAll(":", "_") : config.statPrefix;
    this.#statistics =
      this.updatesInPlace && previous !== undefined ? previous.#statistics.share() : new Statistics(context.stats, statName);
    try {
      this.#filters = this.#compileFilters(path.field("listener_filters"));
      this.#accessLogs = compileAccessLogs(config.accessLog, path.field("access_log"), context);
      this.#chains = this.#compileChains(path, this.updatesInPlace && previous !== undefined ? previous.#chains : undefined);
      this.#ownChains = this.#chains.all;
    } catch (error) {
      this.#statistics.release();
      throw error;
    }
  }

  get activeConnections(): number {
    let active = this.#inspecting.size;
    for (const { filter } of this.#ownChains) active += filter.activeConnections;
    return active;
  }

  /** Another one took its place and some of its chains. */
  get isPartlyReplaced(): boolean {
    return this.#ownChains.length < this.#chains.all.length;
  }

  /** How many chains it has; of one that was replaced, how many its successor does not have. */
  get chainCount(): number {
    return this.#ownChains.length;
  }

  /** Begins to ask for what its chains need from elsewhere; fulfilled when they have it, or never will. */
  async start(): Promise<void> {
    await Promise.all(this.#chains.all.map((chain) => chain.start()));
  }

  /** Another one takes the connections to come. What both have stays as it is. */
  replaceBy(successor: Listener): void {
    this.#hasSuccessor = true;
    this.#ownChains = this.#chains.without(successor.#chains);
  }

  /** Ends connections at the first moment at which nobody loses a request. */
  drain(): void {
    for (const { filter } of this.#ownChains) filter.drain();
    // Nothing is lost with those that have sent nothing yet; the others come to their chain.
    if (!this.#hasSuccessor) for (const connection of this.#inspecting) if (connection.bytesReceived === 0) connection.close();
  }

  /** Takes `drain` back for connections to come. */
  undrain(): void {
    for (const { filter } of this.#ownChains) filter.undrain();
  }

  close(): void {
    for (const { filter } of this.#ownChains) filter.close();
    for (const connection of this.#inspecting) connection.close();
    this.#statistics.release();
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
    this.#inspect(connection, accepted);
  }

  #compileFilters(path: ConfigPath): readonly ListenerFilter[] {
    const { extensions, runtime, stats } = this.#context;
    const factories = new ExtensionFactories(
      extensions,
      "envoy.filters.listener",
      extensions.list("envoy.filters.listener").filter(isListenerFilter),
    );
    return this.config.listenerFilters.map((filter, index) => {
      const { factory, extension } = factories.resolve(filter.typedConfig, path.index(index).field("typed_config"));
      return factory.create(extension, { runtime, extensions, stats: this.#statistics.scope, rootStats: stats });
    });
  }

  #compileChains(path: ConfigPath, previous: FilterChains | undefined): FilterChains {
    const { extensions } = this.#context;
    const { registry } = extensions;
    const { scope, filters: stats } = this.#statistics;
    const context = { ...this.#context, stats, bufferLimitBytes: this.#bufferLimitBytes, listenerStats: scope };
    const factories = new ExtensionFactories(
      extensions,
      "envoy.filters.network",
      extensions.list("envoy.filters.network").filter(isNetworkFilter),
    );
    const compile = (chain: FilterChainMessage, at: ConfigPath): NetworkFilter => {
      const [filter, another] = chain.filters;
      if (filter === undefined) fail(at.field("filters"), "needs a network filter");
      if (another !== undefined) {
        fail(at.field("filters").index(1), "a chain has one network filter here: filters before it are not supported yet");
      }
      const { factory, extension } = factories.resolve(filter.typedConfig, at.field("filters").index(0).field("typed_config"));
      return factory.create(extension, context);
    };
    const encode = (chain: FilterChainMessage): Buffer =>
      Buffer.from(registry.encodeMessage("envoy.config.listener.v3.FilterChain", chain));
    return new FilterChains(this.config, path, { compile, encode, previous });
  }

  #inspect(connection: Connection, accepted: AcceptedConnection): void {
    if (this.#filters.length === 0) {
      this.#route(connection, accepted, undefined);
      return;
    }
    this.#inspecting.add(connection);
    this.#statistics.listener.preCxActive.inc();
    const done = (): void => {
      this.#inspecting.delete(connection);
      this.#statistics.listener.preCxActive.dec();
    };
    const { runtime } = this.#context;
    new Inspection(connection, accepted, {
      filters: this.#filters,
      timers: runtime.timers,
      timeoutMs: this.#filtersTimeoutMs,
      continueOnTimeout: this.config.continueOnListenerFiltersTimeout,
      onDone: (rest) => {
        done();
        this.#route(connection, accepted, rest);
      },
      onTimeout: () => {
        done();
        this.#statistics.listener.preCxTimeout.inc();
        this.#refuse(connection, accepted, 0, "listener_filter_timeout");
      },
      onRejected: (reason) => {
        done();
        this.#statistics.listener.filterError.inc();
        runtime.logger.log("info", "listener", `${this.name}: ${formatEndpoint(accepted.directRemote)}: ${reason}; closing the connection`);
        this.#refuse(connection, accepted, 0, "listener_filter_rejected");
      },
      onGone: () => {
        done();
        this.#statistics.listener.filterRemoteClose.inc();
      },
    }).begin();
  }

  #route(connection: Connection, accepted: AcceptedConnection, initial: Buffer | undefined): void {
    const isRedirected = this.#usesOriginalDestination && accepted.localRestored;
    const { address, port } = accepted.local;
    const other = isRedirected ? this.#context.findByDestination(address, port) : undefined;
    if (other === undefined) this.#serve(connection, accepted, initial);
    else other.#serve(connection, accepted, initial);
  }

  #serve(connection: Connection, accepted: AcceptedConnection, initial: Buffer | undefined): void {
    const chain = this.#chains.choose(accepted);
    if (chain === undefined) {
      this.#statistics.listener.noFilterChainMatch.inc();
      this.#refuse(connection, accepted, ResponseFlag.NoRouteFound, "filter_chain_not_found");
      return;
    }
    const info = describe(accepted, chain.origin);
    this.#count(connection, info);
    chain.filter.accept(connection, info, initial);
  }

  /** Envoy counts connections that have found their chain. */
  #count(connection: Connection, info: DownstreamInfo): void {
    const stats = this.#statistics.listener;
    stats.cxTotal.inc();
    stats.cxActive.inc();
    connection.socket.once("close", () => {
      stats.cxActive.dec();
      stats.cxDestroy.inc();
      stats.cxLengthMs.record(this.#context.runtime.clock.now() - info.acceptedAt);
      this.#log(connection, info, 0, undefined);
    });
  }

  #refuse(connection: Connection, accepted: AcceptedConnection, flags: number, details: string): void {
    this.#log(connection, describe(accepted, this.#chains.noOrigin), flags, details);
    connection.close();
  }

  /** The listener's own logs tell of connections, whatever came over them. */
  #log(connection: Connection, info: DownstreamInfo, responseFlags: number, responseCodeDetails: string | undefined): void {
    if (this.#accessLogs.length === 0) return;
    const entry = connectionInfo(connection, info, this.#context.runtime, { responseFlags, responseCodeDetails });
    for (const log of this.#accessLogs) log.log(entry);
  }
}

/** Statistics of listeners that follow each other; removed when the last of them is gone. */
class Statistics {
  /** Of the listener: `listener.<address>`. */
  readonly scope: StatsScope;
  readonly listener: ListenerStats;
  /** What the network filters count in: the root by its names. */
  readonly filters: StatsScope;
  #users = 1;

  constructor(root: StatsScope, statName: string) {
    this.scope = root.scope(`listener.${statName}`, "listener", { "envoy.listener_address": statName });
    this.listener = new ListenerStats(this.scope);
    this.filters = root.scope("");
  }

  share(): this {
    this.#users++;
    return this;
  }

  release(): void {
    this.#users--;
    if (this.#users > 0) return;
    this.scope.dispose();
    this.filters.dispose();
  }
}

function describe(accepted: AcceptedConnection, origin: Origin): DownstreamInfo {
  return {
    remoteAddress: formatEndpoint(accepted.remote),
    directRemoteAddress: formatEndpoint(accepted.directRemote),
    localAddress: formatEndpoint(accepted.local),
    directLocalAddress: formatEndpoint(accepted.directLocal),
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
