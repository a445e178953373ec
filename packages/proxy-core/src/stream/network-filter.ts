import type { AccessLogFiles } from "../access-log/index.ts";
import type { ClusterManager } from "../cluster/index.ts";
import type { DecodedExtension, ExtensionDescriptor, ExtensionSet, Metadata } from "../config/index.ts";
import type { Connection, NetworkContext } from "../network/index.ts";
import type { Runtime } from "../runtime/index.ts";
import type { StatsScope } from "../stats/index.ts";
import type { Drain } from "./drain.ts";
import type { DynamicConfiguration } from "./dynamic-configuration.ts";

/** What is known of a downstream connection besides its bytes. */
export interface DownstreamInfo {
  /** `ip:port`: the client's address as the PROXY protocol tells it, else the socket's. */
  readonly remoteAddress: string;
  /** The socket's own peer. */
  readonly directRemoteAddress: string;
  /** `ip:port` that the client connected to; the original destination where the listener restores it. */
  readonly localAddress: string;
  /** `localAddress` is not the socket's own: the connection was going there before it was redirected to the listener. Default: false. */
  readonly isRedirected?: boolean;
  /** The socket's own. */
  readonly directLocalAddress: string;
  /** Of the listener's configuration; empty where it has none. */
  readonly filterChainName: string;
  /** As configured. */
  readonly filterChainMetadata?: Metadata | undefined;
  readonly listenerMetadata?: Metadata | undefined;
  readonly requestedServerName: string | undefined;
  /** Milliseconds on the runtime's clock when the connection was accepted. */
  readonly acceptedAt: number;
}

/**
 * The end of a listener's filter chain: it takes connections over and carries what they bring.
 * When a chain is replaced, the old one is drained and the new one takes the connections that come.
 */
export interface NetworkFilter {
  /** `initial`: bytes that the listener filters had to read and that belong to the protocol. */
  accept(connection: Connection, info: DownstreamInfo, initial: Buffer | undefined): void;
  /**
   * Goes on with a live connection that another filter serves, which is about to end: calls under way end with the filter that they began with,
   * those to come are this one's. Absent, or false: it cannot, as where the peer speaks another protocol, and nothing has changed.
   */
  takeOver?(connection: Connection, info: DownstreamInfo): boolean;
  /**
   * Ends connections between two requests, when the drain says: tells peers that understand it with a response or a message of its own, and closes
   * those that are silent. Another call, with a drain that is no stronger than the one before, reaches connections that have come since.
   */
  drain(drain: Drain): void;
  /** Takes `drain` back for connections to come; those that it ended stay ended. */
  undrain(): void;
  /** The drain time is over: ends each connection as soon as it has no request under way, whoever may be about to send one. */
  finish(): void;
  /** Closes what is left, requests or not. */
  close(): void;
  readonly activeConnections: number;
  /**
   * Begins to ask for what comes from elsewhere: routes, configurations of filters. Fulfilled when connections can be served, or never will be
   * any better. Called once, unless the filter is thrown away before.
   */
  start(): Promise<void>;
}

export interface NetworkFilterContext extends DynamicConfiguration {
  readonly runtime: Runtime;
  readonly network: NetworkContext;
  readonly clusters: ClusterManager;
  /** By names that begin at the root; it goes with the filter chain. */
  readonly stats: StatsScope;
  /** By names that begin at the listener's, and otherwise the same; absent where a filter stands by itself. */
  readonly listenerStats?: StatsScope;
  readonly extensions: ExtensionSet;
  /** The files that the proxy's access logs share. */
  readonly accessLogFiles: AccessLogFiles;
  /** Bytes that may wait for a downstream connection before reading from upstream stops; 0: as many as there are. */
  readonly bufferLimitBytes: number;
}

/** Makes network filters; category `envoy.filters.network`. */
export interface NetworkFilterExtension extends ExtensionDescriptor {
  readonly category: "envoy.filters.network";
  /** Called once a filter chain. Throws `ConfigError` where the configuration makes no sense. */
  create(extension: DecodedExtension, context: NetworkFilterContext): NetworkFilter;
}
