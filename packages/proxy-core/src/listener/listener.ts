import { createServer, type Server, type Socket } from "node:net";
import { chmodSync } from "node:fs";
import type { Message } from "@mesh/xds-proto";
import { compileAccessLogs, ResponseFlag, type AccessLogger } from "../access-log/index.ts";
import {
  durationMs,
  ExtensionFactories,
  fail,
  readMetadata,
  wrappedNumber,
  type ConfigPath,
  type ExtensionDescriptor,
} from "../config/index.ts";
import { Connection, formatAddress, readAddress, removeStaleSocket, highWaterMarkOf, type SocketAddress } from "../network/index.ts";
import {
  connectionInfo,
  type DownstreamInfo,
  type NetworkFilter,
  type NetworkFilterContext,
  type NetworkFilterExtension,
} from "../stream/index.ts";
import { AcceptedConnection, formatEndpoint } from "./accepted.ts";
import { compileChainMatch } from "./filter-chain-match.ts";
import { Inspection } from "./inspection.ts";
import type { ListenerFilter, ListenerFilterExtension } from "./listener-filter.ts";
import { ListenerStats } from "./listener-stats.ts";

type ListenerMessage = Message<"envoy.config.listener.v3.Listener">;
type FilterChainMessage = Message<"envoy.config.listener.v3.FilterChain">;

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

/** A place where connections come in: a socket, the filters that look at a new connection, and the chains among which one is chosen. */
export class Listener {
  readonly name: string;
  readonly config: ListenerMessage;
  /** False for a listener that is reached by the original destination only (`bind_to_port: false`). */
  readonly bindsToPort: boolean;
  readonly #address: SocketAddress;
  readonly #context: ListenerContext;
  readonly #stats: ListenerStats;
  readonly #filters: readonly ListenerFilter[];
  readonly #filtersTimeoutMs: number;
  readonly #accessLogs: readonly AccessLogger[];
  readonly #bufferLimitBytes: number;
  readonly #chains: readonly NetworkFilter[];
  /** What is told of connections by filter chain. */
  readonly #origins: readonly Origin[];
  readonly #defaultOrigin: Origin;
  readonly #noChain: Origin;
  readonly #defaultChain: NetworkFilter | undefined;
  readonly #chooseChain: (accepted: AcceptedConnection) => number;
  readonly #usesOriginalDestination: boolean;
  readonly #inspecting = new Set<Connection>();
  #server: Server | undefined = undefined;

  /** Throws `ConfigError`. Nothing is bound before `start`. */
  constructor(config: ListenerMessage, path: ConfigPath, context: ListenerContext) {
    this.config = config;
    this.#context = context;
    if (config.address === null) fail(path.field("address"), "is required");
    this.#address = readAddress(config.address, path.field("address"));
    const addressText = formatAddress(this.#address);
    this.name = config.name === "" ? addressText : config.name;
    this.bindsToPort = config.bindToPort?.value ?? true;
    const statName = config.statPrefix === "" ? addressText.replaceAll(":", "_") : config.statPrefix;
    const scope = context.stats.scope(`listener.${statName}`, "listener", { "envoy.listener_address": statName });
    this.#stats = new ListenerStats(scope);
    this.#bufferLimitBytes =
      wrappedNumber(config.perConnectionBufferLimitBytes, path.field("per_connection_buffer_limit_bytes")) ?? defaultBufferLimitBytes;
    this.#filtersTimeoutMs = durationMs(config.listenerFiltersTimeout, path.field("listener_filters_timeout")) ?? defaultFiltersTimeoutMs;
    this.#usesOriginalDestination = config.useOriginalDst?.value ?? false;

    const { extensions, runtime } = context;
    const listenerFilters = new ExtensionFactories(
      extensions,
      "envoy.filters.listener",
      extensions.list("envoy.filters.listener").filter(isListenerFilter),
    );
    this.#filters = config.listenerFilters.map((filter, index) => {
      const at = path.field("listener_filters").index(index).field("typed_config");
      const { factory, extension } = listenerFilters.resolve(filter.typedConfig, at);
      return factory.create(extension, { runtime, extensions, stats: scope, rootStats: context.stats });
    });

    this.#accessLogs = compileAccessLogs(config.accessLog, path.field("access_log"), context);
    const filterContext = { ...context, bufferLimitBytes: this.#bufferLimitBytes, listenerStats: scope };
    const networkFilters = new ExtensionFactories(
      extensions,
      "envoy.filters.network",
      extensions.list("envoy.filters.network").filter(isNetworkFilter),
    );
    const compileChain = (chain: FilterChainMessage, at: ConfigPath): NetworkFilter => {
      const [filter, another] = chain.filters;
      if (filter === undefined) fail(at.field("filters"), "needs a network filter");
      if (another !== undefined) {
        fail(at.field("filters").index(1), "a chain has one network filter here: filters before it are not supported yet");
      }
      const filterPath = at.field("filters").index(0).field("typed_config");
      const { factory, extension } = networkFilters.resolve(filter.typedConfig, filterPath);
      return factory.create(extension, filterContext);
    };
    const chainsPath = path.field("filter_chains");
    if (config.filterChains.length === 0 && config.defaultFilterChain === null) fail(chainsPath, "needs a filter chain");
    this.#chains = config.filterChains.map((chain, index) => compileChain(chain, chainsPath.index(index)));
    const listenerMetadata = readMetadata(config.metadata);
    const originOf = (chain: FilterChainMessage): Origin => ({
      filterChainName: chain.name,
      filterChainMetadata: readMetadata(chain.metadata),
      listenerMetadata,
    });
    this.#noChain = { filterChainName: "", filterChainMetadata: undefined, listenerMetadata };
    this.#origins = config.filterChains.map(originOf);
    this.#defaultOrigin = config.defaultFilterChain === null ? this.#noChain : originOf(config.defaultFilterChain);
    this.#defaultChain =
      config.defaultFilterChain === null ? undefined : compileChain(config.defaultFilterChain, path.field("default_filter_chain"));
    this.#chooseChain = compileChainMatch(
      config.filterChains.map((chain) => chain.filterChainMatch),
      (index) => chainsPath.index(index),
    );
  }

  /** Where it listens; after `start` with the port that the kernel chose, if that was left to it. */
  get address(): SocketAddress {
    const bound = this.#server?.address();
    if (this.#address.kind === "ip" && bound !== null && typeof bound === "object") return { ...this.#address, port: bound.port };
    return this.#address;
  }

  get activeConnections(): number {
    let active = this.#inspecting.size + (this.#defaultChain?.activeConnections ?? 0);
    for (const chain of this.#chains) active += chain.activeConnections;
    return active;
  }

  /** Binds and listens. Rejects with the system's error (`EADDRINUSE`, `EACCES`) where that cannot be. */
  async start(): Promise<void> {
    if (!this.bindsToPort) return;
    const address = this.#address;
    if (address.kind === "pipe") await removeStaleSocket(address.path);
    const highWaterMark = highWaterMarkOf(this.#bufferLimitBytes);
    const server = createServer({ allowHalfOpen: true, noDelay: true, highWaterMark }, (socket) => this.#accept(socket));
    this.#server = server;
    const backlog = this.config.tcpBacklogSize?.value ?? defaultBacklog;
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      const listening = (): void => {
        server.off("error", reject);
        server.on("error", (error) => this.#context.runtime.logger.log("error", "listener", `${this.name}: ${error.message}`));
        resolve();
      };
      if (address.kind === "pipe") {
        server.listen({ path: address.path.startsWith("@") ? `\0${address.path.slice(1)}` : address.path, backlog }, listening);
      } else {
        const reusePort = this.config.enableReusePort?.value === true && address.port !== 0;
        server.listen({ host: address.address, port: address.port, backlog, reusePort }, listening);
      }
    });
    if (address.kind === "pipe" && address.mode !== undefined && address.mode > 0) chmodSync(address.path, address.mode);
  }

  /** Closes the listening socket; connections go on. */
  stopAccepting(): void {
    this.#server?.close();
    this.#server = undefined;
  }

  /** Ends connections at the first moment at which nobody loses a request. */
  drain(): void {
    for (const chain of this.#chains) chain.drain();
    this.#defaultChain?.drain();
    // Nothing is lost with those that have sent nothing yet; the others come to their chain.
    for (const connection of this.#inspecting) if (connection.bytesReceived === 0) connection.close();
  }

  /** Takes `drain` back for connections to come. */
  undrain(): void {
    for (const chain of this.#chains) chain.undrain();
    this.#defaultChain?.undrain();
  }

  close(): void {
    this.stopAccepting();
    for (const chain of this.#chains) chain.close();
    this.#defaultChain?.close();
    for (const connection of this.#inspecting) connection.close();
  }

  #accept(socket: Socket): void {
    const { runtime, network } = this.#context;
    const path = this.#address.kind === "pipe" ? this.#address.path : "";
    const accepted = new AcceptedConnection(socket, path, runtime.clock.now());
    const connection = new Connection(socket, network, ignoreAll, { bufferLimitBytes: this.#bufferLimitBytes });
    this.#inspect(connection, accepted);
  }

  #inspect(connection: Connection, accepted: AcceptedConnection): void {
    if (this.#filters.length === 0) {
      this.#route(connection, accepted, undefined);
      return;
    }
    this.#inspecting.add(connection);
    this.#stats.preCxActive.inc();
    const done = (): void => {
      this.#inspecting.delete(connection);
      this.#stats.preCxActive.dec();
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
        this.#stats.preCxTimeout.inc();
        this.#refuse(connection, accepted, 0, "listener_filter_timeout");
      },
      onRejected: (reason) => {
        done();
        this.#stats.filterError.inc();
        runtime.logger.log("info", "listener", `${this.name}: ${formatEndpoint(accepted.directRemote)}: ${reason}; closing the connection`);
        this.#refuse(connection, accepted, 0, "listener_filter_rejected");
      },
      onGone: () => {
        done();
        this.#stats.filterRemoteClose.inc();
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
    const index = this.#chooseChain(accepted);
    const chain = this.#chains[index] ?? this.#defaultChain;
    if (chain === undefined) {
      this.#stats.noFilterChainMatch.inc();
      this.#refuse(connection, accepted, ResponseFlag.NoRouteFound, "filter_chain_not_found");
      return;
    }
    const info = describe(accepted, this.#origins[index] ?? this.#defaultOrigin);
    this.#count(connection, info);
    chain.accept(connection, info, initial);
  }

  /** Envoy counts connections that have found their chain. */
  #count(connection: Connection, info: DownstreamInfo): void {
    const stats = this.#stats;
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
    this.#log(connection, describe(accepted, this.#noChain), flags, details);
    connection.close();
  }

  /** The listener's own logs tell of connections, whatever came over them. */
  #log(connection: Connection, info: DownstreamInfo, responseFlags: number, responseCodeDetails: string | undefined): void {
    if (this.#accessLogs.length === 0) return;
    const entry = connectionInfo(connection, info, this.#context.runtime, { responseFlags, responseCodeDetails });
    for (const log of this.#accessLogs) log.log(entry);
  }
}

/** What the configuration says of where a connection came in. */
type Origin = Pick<DownstreamInfo, "filterChainName" | "filterChainMetadata" | "listenerMetadata">;

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
