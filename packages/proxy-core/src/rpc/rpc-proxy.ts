import { defaultRpcLimits } from "@mesh/codec";
import type { Message } from "@mesh/xds-proto";
import { compileAccessLogs, needsDetail } from "../access-log/index.ts";
import {
  defineFields,
  durationMs,
  extension,
  requiredField,
  requiredString,
  supported,
  wrappedNumber,
  type ConfigPath,
  type FieldTable,
} from "../config/index.ts";
import type { Connection } from "../network/index.ts";
import type { LimitedField, RouteSubscription, RouteTable, RouteUser } from "../route/index.ts";
import type { Runtime } from "../runtime/index.ts";
import type { StatsScope } from "../stats/index.ts";
import {
  type DownstreamInfo,
  type Drain,
  type NetworkFilter,
  type NetworkFilterContext,
  type NetworkFilterExtension,
  StreamFilters,
} from "../stream/index.ts";
import { DetectingConnection } from "./detecting-connection.ts";
import { compileProtocols, type ProtocolChoice } from "./protocols.ts";
import type { PooledProtocol } from "./protocol.ts";
import { RpcServer } from "./rpc-server.ts";
import { countTakeOver } from "./rpc-service.ts";

const messageName = "mesh.extensions.filters.network.rpc_proxy.v3.RpcProxy";

const fields: FieldTable = defineFields(
  messageName,
  {
    stat_prefix: requiredField(),
    codec: extension("mesh.codecs", { note: "absent: all codecs that the proxy is composed with, chosen by first bytes" }),
    route_config: supported(),
    rds: supported(),
    filters: requiredField(),
    access_log: supported(),
    idle_timeout: supported(),
    max_frame_bytes: supported(),
  },
  { requiredOneofs: ["route_specifier"] },
);

/**
 * The network filter for RPC: `RpcProxy`. It is to Bolt and its like what HttpConnectionManager is to HTTP: routes, stream filters,
 * access logs and statistics (`rpc.<stat_prefix>.`) are the same.
 */
export const rpcProxyFilter: NetworkFilterExtension = {
  name: "mesh.filters.network.rpc_proxy",
  category: "envoy.filters.network",
  messageName,
  fields,
  create: (extension, context) => new RpcProxy(extension.as(messageName), extension.path, context),
};

class RpcProxy implements NetworkFilter, RouteUser {
  readonly routeStats: StatsScope;
  readonly #runtime: Runtime;
  readonly #choice: ProtocolChoice;
  readonly #idleTimeoutMs: number | undefined;
  readonly #server: RpcServer;
  readonly #routes: RouteSubscription;
  readonly #filters: StreamFilters;
  readonly #detecting = new Set<DetectingConnection>();

  constructor(config: Message<typeof messageName>, path: ConfigPath, context: NetworkFilterContext) {
    const { runtime, extensions, clusters, network } = context;
    const statPrefix = requiredString(config.statPrefix, path.field("stat_prefix"));
    const scope = context.stats.scope(`rpc.${statPrefix}`, "rpc", { "envoy.rpc_prefix": statPrefix });
    this.routeStats = scope;
    this.#runtime = runtime;
    const maxFrameBytes = wrappedNumber(config.maxFrameBytes, path.field("max_frame_bytes"), { min: 1024, max: 2 ** 31 - 1 });
    const limits = { ...defaultRpcLimits, maxFrameBytes: maxFrameBytes ?? defaultRpcLimits.maxFrameBytes };
    this.#choice = compileProtocols(config.codec, path.field("codec"), extensions, limits);
    this.#idleTimeoutMs = durationMs(config.idleTimeout, path.field("idle_timeout"));
    this.#filters = new StreamFilters(config.filters, path.field("filters"), { ...context, stats: scope }, (chain) =>
      this.#server.useChain(chain),
    );
    const { chain } = this.#filters;
    const accessLogs = compileAccessLogs(config.accessLog, path.field("access_log"), context);
    this.#server = new RpcServer({
      network,
      protocols: this.#choice.protocols,
      limits,
      idleTimeoutMs: this.#idleTimeoutMs,
      scope,
      owner: { runtime, clusters, chain, accessLogs, recordsDetail: needsDetail(accessLogs) },
      routes: context.routes.none,
    });
    this.#routes = context.routes.open(config, path, this);
  }

  get activeConnections(): number {
    return this.#server.activeConnections + this.#detecting.size;
  }

  unusable({ httpOnly }: RouteTable): readonly LimitedField[] {
    return httpOnly;
  }

  useRoutes(table: RouteTable): void {
    this.#server.routes = table;
  }

  async start(): Promise<void> {
    await Promise.all([this.#routes.start(), this.#filters.start()]);
  }

  accept(connection: Connection, info: DownstreamInfo, initial: Buffer | undefined): void {
    const { stats } = this.#server;
    stats.cxTotal.inc();
    stats.cxActive.inc();
    this.#serve(connection, info, initial);
  }

  takeOver(connection: Connection, info: DownstreamInfo): boolean {
    const { handler } = connection;
    if (!(handler instanceof DetectingConnection)) return this.#server.takeOver(connection, info);
    return handler.release((stats, bytes) => {
      countTakeOver(stats, this.#server.stats);
      this.#serve(connection, info, bytes);
    });
  }

  #serve(connection: Connection, info: DownstreamInfo, initial: Buffer | undefined): void {
    const [only] = this.#choice.protocols;
    if (!this.#choice.detect && only !== undefined) this.#server.serve(connection, info, only, initial);
    else this.#detect(connection, info, initial);
  }

  drain(drain: Drain): void {
    this.#server.drain(drain);
    if (drain.silenceEnds !== "at last") for (const connection of this.#detecting) connection.drain();
  }

  undrain(): void {
    this.#server.undrain();
  }

  finish(): void {
    this.#server.finish();
    for (const connection of this.#detecting) connection.close();
  }

  close(): void {
    this.#routes.close();
    this.#filters.close();
    this.#server.close();
    for (const connection of this.#detecting) connection.close();
  }

  #detect(connection: Connection, info: DownstreamInfo, initial: Buffer | undefined): void {
    const { protocols, detectionTimeoutMs } = this.#choice;
    const { stats } = this.#server;
    const { timers, clock, logger } = this.#runtime;
    const detecting = new DetectingConnection(connection, timers, {
      protocols,
      stats,
      idleTimeoutMs: this.#idleTimeoutMs ?? longestIdle(protocols),
      detectionTimeoutMs,
      onDetected: (protocol, bytes) => {
        this.#detecting.delete(detecting);
        const downstream = this.#server.serve(connection, info, protocol, bytes);
        if (detecting.draining) downstream.drain();
      },
      onIdle: () => stats.cxIdleTimeout.inc(),
      onUndetected: (reason, bytes) => {
        stats.cxRxBytesTotal.add(bytes);
        stats.cxProtocolError.inc();
        logger.log("info", "rpc", `${info.remoteAddress}: ${reason}; closing the connection`);
      },
      onReleased: () => this.#detecting.delete(detecting),
      onGone: (byPeer) => {
        this.#detecting.delete(detecting);
        stats.cxActive.dec();
        stats.cxDestroy.inc();
        if (byPeer) stats.cxDestroyRemote.inc();
        else stats.cxDestroyLocal.inc();
        stats.cxLengthMs.record(clock.now() - info.acceptedAt);
      },
    });
    this.#detecting.add(detecting);
    if (initial !== undefined) detecting.onData(initial);
  }
}

/** For a connection that may still turn out to be of any of them; 0 where one of them knows no limit. */
function longestIdle(protocols: readonly PooledProtocol[]): number {
  const limits = protocols.map(({ idleTimeoutMs }) => idleTimeoutMs);
  return limits.includes(0) ? 0 : Math.max(...limits);
}
