import { enumValue } from "@mesh/xds-proto";
import { compileAccessLogs, needsDetail } from "../access-log/index.ts";
import { requiredString, type DecodedExtension } from "../config/index.ts";
import type { Connection, NetworkContext } from "../network/index.ts";
import type { LimitedField, RouteSubscription, RouteTable, RouteUser } from "../route/index.ts";
import type { StatsScope } from "../stats/index.ts";
import {
  DownstreamStats,
  Drain,
  DrainQueue,
  type AlternateProtocols,
  type AlternateServer,
  type DownstreamInfo,
  type NetworkFilter,
  type NetworkFilterContext,
  type NetworkFilterExtension,
  StreamFilters,
  type StreamOwner,
} from "../stream/index.ts";
import { DownstreamHttpConnection, type HttpConnectionManager } from "./downstream-connection.ts";
import { HttpDate } from "./http-date.ts";
import { HttpStats } from "./http-stats.ts";
import { compileSettings, shortestTimeout, type HttpSettings } from "./settings.ts";

const messageName = "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";

/** Envoy's default for a route's `timeout`. */
const defaultRouteTimeoutMs = 15_000;

/**
 * Envoy's HttpConnectionManager, on HTTP/1.
 *
 * @param alternates what it may serve besides HTTP, with `codec_type: AUTO`
 */
export function createHttpConnectionManagerFilter(alternates: AlternateProtocols | undefined): NetworkFilterExtension {
  return {
    name: "envoy.filters.network.http_connection_manager",
    category: "envoy.filters.network",
    messageName,
    fields: undefined,
    create: (extension, context) => new Http1ConnectionManager(extension, context, alternates),
  };
}

const automatic = enumValue(`${messageName}.CodecType`, "AUTO");

class Http1ConnectionManager implements NetworkFilter, HttpConnectionManager, RouteUser {
  readonly network: NetworkContext;
  readonly settings: HttpSettings;
  readonly stats: HttpStats;
  routes: RouteTable;
  readonly date: HttpDate;
  readonly shortestTimeoutMs: number;
  readonly bufferLimitBytes: number;
  readonly routeStats: StatsScope;
  #owner: StreamOwner;
  readonly #routes: RouteSubscription;
  readonly #filters: StreamFilters;
  /** Takes connections that do not begin as HTTP does. */
  readonly alternate: AlternateServer | undefined;
  readonly #connections = new Set<DownstreamHttpConnection>();
  /** Of connections that are there, and to come. */
  #drain: Drain | undefined = undefined;
  /** Those that are to end in turn. */
  readonly #queue: DrainQueue<DownstreamHttpConnection>;

  constructor(extension: DecodedExtension, context: NetworkFilterContext, alternates: AlternateProtocols | undefined) {
    const config = extension.as(messageName);
    const { path } = extension;
    const { runtime, clusters } = context;
    const statPrefix = requiredString(config.statPrefix, path.field("stat_prefix"));
    const managerTags = { "envoy.http_conn_manager_prefix": statPrefix };
    const scope = context.stats.scope(`http.${statPrefix}`, "http", managerTags);
    this.routeStats = scope;
    this.network = context.network;
    this.settings = compileSettings(config, path);
    this.stats = new HttpStats(scope, context.stats);
    this.date = new HttpDate(runtime.clock);
    this.shortestTimeoutMs = shortestTimeout(this.settings);
    this.bufferLimitBytes = context.bufferLimitBytes === 0 ? Infinity : context.bufferLimitBytes;
    const accessLogs = compileAccessLogs(config.accessLog, path.field("access_log"), context);
    this.#filters = new StreamFilters(config.httpFilters, path.field("http_filters"), { ...context, stats: scope }, (chain) => {
      this.#owner = { ...this.#owner, chain };
      for (const connection of this.#connections) connection.owner = this.#owner;
      this.alternate?.useChain(chain);
    });
    this.#owner = {
      runtime,
      clusters,
      chain: this.#filters.chain,
      accessLogs,
      recordsDetail: needsDetail(accessLogs),
      stats: new DownstreamStats(scope, context.listenerStats?.scope(`http.${statPrefix}`, "http", managerTags)),
      defaultTimeoutMs: defaultRouteTimeoutMs,
    };
    this.#queue = new DrainQueue(runtime, (connection) => connection.endInSilence());
    this.routes = context.routes.none;
    this.alternate =
      config.codecType !== automatic
        ? undefined
        : alternates?.open({
            statPrefix,
            network: this.network,
            owner: this.#owner,
            routes: this.routes,
            stats: context.stats,
            extensions: context.extensions,
            idleTimeoutMs: this.settings.idleTimeoutMs,
            path,
          });
    this.#routes = context.routes.open(config, path, this);
  }

  /** HTTP can do all that there is. */
  unusable(): readonly LimitedField[] {
    return [];
  }

  useRoutes(table: RouteTable): void {
    this.routes = table;
    this.alternate?.useRoutes(table);
  }

  async start(): Promise<void> {
    await Promise.all([this.#routes.start(), this.#filters.start()]);
  }

  get activeConnections(): number {
    return this.#connections.size + (this.alternate?.activeConnections ?? 0);
  }

  accept(connection: Connection, info: DownstreamInfo, initial: Buffer | undefined): void {
    const { stats } = this.#owner;
    stats.cxTotal.inc();
    stats.cxActive.inc();
    this.stats.cxHttp1Total.inc();
    this.stats.cxHttp1Active.inc();
    const downstream = new DownstreamHttpConnection(this, this.#owner, connection, info);
    this.#connections.add(downstream);
    if (this.#drain !== undefined) {
      downstream.drain(this.#drain);
      if (this.#drain.silenceEnds === "in turn") downstream.endInSilence();
    }
    if (initial !== undefined) downstream.onData(initial);
  }

  /** HTTP/1 clients are told to go and come again; callers in other protocols need not. */
  takeOver(connection: Connection, info: DownstreamInfo): boolean {
    return this.alternate !== undefined && this.alternate.takeOver(connection, info);
  }

  drain(drain: Drain): void {
    this.alternate?.drain(drain);
    if (!drain.isStrongerThan(this.#drain)) return;
    this.#drain = drain;
    for (const connection of this.#connections) connection.drain(drain);
    if (drain.silenceEnds === "in turn") this.#queue.begin(this.#connections, drain.spreadMs);
    else this.#queue.stop();
  }

  undrain(): void {
    this.#drain = undefined;
    this.alternate?.undrain();
  }

  finish(): void {
    this.#queue.stop();
    const atOnce = new Drain(this.#owner.runtime, "now", 0);
    this.#drain = atOnce;
    for (const connection of this.#connections) connection.finish(atOnce);
    this.alternate?.finish();
  }

  close(): void {
    this.#queue.stop();
    this.#routes.close();
    this.#filters.close();
    for (const connection of this.#connections) connection.close();
    this.alternate?.close();
  }

  onConnectionClosed(connection: DownstreamHttpConnection): void {
    this.#connections.delete(connection);
  }
}
