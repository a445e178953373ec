import type { Detection } from "@mesh/codec";
import type { ConfigPath, ExtensionSet } from "../config/index.ts";
import type { Connection, NetworkContext } from "../network/index.ts";
import type { RouteTable } from "../route/index.ts";
import type { StatsScope } from "../stats/index.ts";
import type { Drain } from "./drain.ts";
import type { FilterChain } from "./filter-chain.ts";
import type { DownstreamInfo } from "./network-filter.ts";
import type { StreamOwner } from "./stream.ts";

/** What a connection manager shares with who serves other protocols in its place. */
export interface AlternateOptions {
  /** Of the connection manager. */
  readonly statPrefix: string;
  readonly network: NetworkContext;
  /** Of the connection manager's own streams: clusters, filters and logs are the same for all protocols. */
  readonly owner: StreamOwner;
  readonly routes: RouteTable;
  /** The proxy's root scope. */
  readonly stats: StatsScope;
  readonly extensions: ExtensionSet;
  /** Milliseconds; 0: never. */
  readonly idleTimeoutMs: number;
  /** Of the connection manager, for errors. */
  readonly path: ConfigPath;
}

/** Serves the connections of one connection manager that do not speak its protocol, by its routes and through its filters. */
export interface AlternateServer {
  /** Whether a connection that begins so is one to take over. */
  detect(bytes: Buffer): Detection;
  /** @param initial all that was read of it */
  accept(connection: Connection, info: DownstreamInfo, initial: Buffer): void;
  /** As `NetworkFilter.takeOver`. */
  takeOver(connection: Connection, info: DownstreamInfo): boolean;
  /** For requests to come. */
  useRoutes(routes: RouteTable): void;
  useChain(chain: FilterChain): void;
  /** These and `close` as in `NetworkFilter`. */
  drain(drain: Drain): void;
  undrain(): void;
  finish(): void;
  close(): void;
  readonly activeConnections: number;
}

/** The other protocols that a proxy is composed with. */
export interface AlternateProtocols {
  /** Undefined where there are none. */
  open(options: AlternateOptions): AlternateServer | undefined;
}
