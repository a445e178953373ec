import type { Message } from "@mesh/xds-proto";
import { durationMs, wrappedNumber, type ConfigPath } from "../config/index.ts";
import type { RpcProtocol } from "./protocol.ts";

/** What a protocol does where configuration does not say. */
export type RpcHabits = Omit<RpcProtocol, "codec">;

/** The fields that the messages of all codecs have. */
export interface HabitFields {
  readonly heartbeatInterval: Message<"google.protobuf.Duration"> | null;
  readonly heartbeatFailures: Message<"google.protobuf.UInt32Value"> | null;
  readonly defaultTimeout: Message<"google.protobuf.Duration"> | null;
}

/** Reads a codec's message over the protocol's own habits. Throws `ConfigError`. */
export function compileHabits(message: HabitFields, path: ConfigPath, own: RpcHabits): RpcHabits {
  return {
    heartbeatIntervalMs: durationMs(message.heartbeatInterval, path.field("heartbeat_interval")) ?? own.heartbeatIntervalMs,
    heartbeatFailures:
      wrappedNumber(message.heartbeatFailures, path.field("heartbeat_failures"), { min: 1, max: 100 }) ?? own.heartbeatFailures,
    defaultTimeoutMs: durationMs(message.defaultTimeout, path.field("default_timeout")) ?? own.defaultTimeoutMs,
    idleTimeoutMs: own.idleTimeoutMs,
  };
}
