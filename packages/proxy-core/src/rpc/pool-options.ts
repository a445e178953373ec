import type { Message } from "@mesh/xds-proto";
import type { Cluster, ProtocolOptionsExtension } from "../cluster/index.ts";
import { durationMs, wrappedNumber, type ConfigPath } from "../config/index.ts";

/** How a cluster's hosts are connected to for RPC. */
export interface RpcPoolOptions {
  /** Connections to each host; 1 unless configured, as the Java clients have it. */
  readonly connectionsPerHost: number;
  /** Milliseconds of silence before a heartbeat, in place of the codec's; 0: none; undefined: the codec's. */
  readonly heartbeatIntervalMs: number | undefined;
  /** Milliseconds before a broken connection is made again; doubled for each failure, up to the most. */
  readonly reconnectBaseMs: number;
  readonly reconnectMaxMs: number;
}

const messageName = "mesh.extensions.upstreams.rpc.v3.RpcProtocolOptions";

/** The longest wait is ten times the shortest one unless configured. */
const maxToBase = 10;

const defaults: RpcPoolOptions = {
  connectionsPerHost: 1,
  heartbeatIntervalMs: undefined,
  reconnectBaseMs: 500,
  reconnectMaxMs: 500 * maxToBase,
};

function compilePoolOptions(message: Message<typeof messageName>, path: ConfigPath): RpcPoolOptions {
  const reconnectBaseMs =
    durationMs(message.reconnectBaseInterval, path.field("reconnect_base_interval"), { min: 1 }) ?? defaults.reconnectBaseMs;
  return {
    connectionsPerHost:
      wrappedNumber(message.connectionsPerHost, path.field("connections_per_host"), { min: 1, max: 64 }) ?? defaults.connectionsPerHost,
    heartbeatIntervalMs: durationMs(message.heartbeatInterval, path.field("heartbeat_interval")),
    reconnectBaseMs,
    reconnectMaxMs:
      durationMs(message.reconnectMaxInterval, path.field("reconnect_max_interval"), { min: reconnectBaseMs }) ??
      reconnectBaseMs * maxToBase,
  };
}

/** The options of a cluster, as `rpcProtocolOptions` made them of its configuration. */
export function poolOptionsOf(cluster: Cluster): RpcPoolOptions {
  const options = cluster.protocolOptions(messageName);
  return options instanceof CompiledOptions ? options.values : defaults;
}

/** `RpcProtocolOptions` in a cluster's `typed_extension_protocol_options`. */
export const rpcProtocolOptions: ProtocolOptionsExtension = {
  name: messageName,
  category: "envoy.upstream_options",
  messageName,
  fields: undefined,
  create: (extension) => new CompiledOptions(compilePoolOptions(extension.as(messageName), extension.path)),
};

class CompiledOptions {
  readonly values: RpcPoolOptions;

  constructor(values: RpcPoolOptions) {
    this.values = values;
  }
}
