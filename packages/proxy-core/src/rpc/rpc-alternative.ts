import { defaultRpcLimits, type Detection } from "@mesh/codec";
import type { Connection } from "../network/index.ts";
import type { RouteTable } from "../route/index.ts";
import type { AlternateOptions, AlternateProtocols, AlternateServer, DownstreamInfo, Drain, FilterChain } from "../stream/index.ts";
import type { PooledProtocol } from "./protocol.ts";
import { compileAllProtocols } from "./protocols.ts";
import { RpcServer } from "./rpc-server.ts";

/**
 * RPC clients of an HttpConnectionManager with `codec_type: AUTO`: a control plane that knows nothing of RPC can route them. The service is the
 * authority, as for RpcProxy; fields of routes that are for HTTP only have no effect, and a redirect is answered as an error.
 */
export const rpcAlternative: AlternateProtocols = {
  open: (options) => {
    const protocols = compileAllProtocols(options.path, options.extensions, defaultRpcLimits);
    return protocols.length === 0 ? undefined : new RpcAlternative(protocols, options);
  },
};

class RpcAlternative implements AlternateServer {
  readonly #protocols: readonly PooledProtocol[];
  readonly #server: RpcServer;
  #drain: Drain | undefined = undefined;

  constructor(protocols: readonly PooledProtocol[], { statPrefix, network, owner, routes, stats, idleTimeoutMs }: AlternateOptions) {
    this.#protocols = protocols;
    const { runtime, clusters, chain, accessLogs, recordsDetail } = owner;
    this.#server = new RpcServer({
      network,
      protocols,
      limits: defaultRpcLimits,
      idleTimeoutMs,
      scope: stats.scope(`rpc.${statPrefix}`, "rpc", { "envoy.rpc_prefix": statPrefix }),
      owner: { runtime, clusters, chain, accessLogs, recordsDetail },
      routes,
    });
  }

  get activeConnections(): number {
    return this.#server.activeConnections;
  }

  detect(bytes: Buffer): Detection {
    let isUndecided = false;
    for (const { codec } of this.#protocols) {
      const verdict = codec.detect(bytes);
      if (verdict === "match") return verdict;
      if (verdict === "more") isUndecided = true;
    }
    return isUndecided ? "more" : "mismatch";
  }

  accept(connection: Connection, info: DownstreamInfo, initial: Buffer): void {
    const protocol = this.#protocols.find(({ codec }) => codec.detect(initial) === "match");
    if (protocol === undefined) throw new TypeError("a connection that no RPC protocol was detected on");
    this.#server.stats.cxTotal.inc();
    this.#server.stats.cxActive.inc();
    const downstream = this.#server.serve(connection, info, protocol, initial);
    if (this.#drain?.isImmediate === true) downstream.drain();
  }

  takeOver(connection: Connection, info: DownstreamInfo): boolean {
    return this.#drain === undefined && this.#server.takeOver(connection, info);
  }

  useRoutes(routes: RouteTable): void {
    this.#server.routes = routes;
  }

  useChain(chain: FilterChain): void {
    this.#server.useChain(chain);
  }

  drain(drain: Drain): void {
    if (drain.isStrongerThan(this.#drain)) this.#drain = drain;
    this.#server.drain(drain);
  }

  undrain(): void {
    this.#drain = undefined;
    this.#server.undrain();
  }

  finish(): void {
    this.#server.finish();
  }

  close(): void {
    this.#server.close();
  }
}
