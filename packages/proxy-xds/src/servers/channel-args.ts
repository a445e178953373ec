import { fail, type ConfigPath } from "@mesh/proxy-core";
import type { KeepAliveOptions } from "@mesh/xds-client";
import type { Message } from "@mesh/xds-proto";

/** What arguments of gRPC channels say. */
export interface ChannelArgs {
  /** The name that the server's certificate must hold. */
  readonly serverName?: string;
  readonly authority?: string;
  readonly keepAlive?: KeepAliveOptions;
  readonly maxReceiveMessageLength?: number;
}

type Value = Message<"envoy.config.core.v3.GrpcService.GoogleGrpc.ChannelArgs.Value">;

/** Those of gRPC's arguments that there is an option for. */
export const channelArgNames = {
  serverName: "grpc.ssl_target_name_override",
  authority: "grpc.default_authority",
  keepAliveTime: "grpc.keepalive_time_ms",
  keepAliveTimeout: "grpc.keepalive_timeout_ms",
  maxReceiveMessageLength: "grpc.max_receive_message_length",
} as const;

const known: ReadonlySet<string> = new Set(Object.values(channelArgNames));

export function readChannelArgs(
  message: Message<"envoy.config.core.v3.GrpcService.GoogleGrpc.ChannelArgs"> | null,
  path: ConfigPath,
): ChannelArgs {
  const args = new Map(Object.entries(message?.args ?? {}));
  for (const name of args.keys()) if (!known.has(name)) fail(path.key(name), `is not supported: use ${[...known].join(", ")}`);
  const text = (name: string): string | undefined => readText(args.get(name), path.key(name));
  const number = (name: string): number | undefined => readNumber(args.get(name), path.key(name));
  const serverName = text(channelArgNames.serverName);
  const authority = text(channelArgNames.authority);
  const timeMs = number(channelArgNames.keepAliveTime);
  const timeoutMs = number(channelArgNames.keepAliveTimeout);
  const maxReceiveMessageLength = number(channelArgNames.maxReceiveMessageLength);
  const keepAlive = { ...(timeMs === undefined ? {} : { timeMs }), ...(timeoutMs === undefined ? {} : { timeoutMs }) };
  return {
    ...(serverName === undefined ? {} : { serverName }),
    ...(authority === undefined ? {} : { authority }),
    ...(Object.keys(keepAlive).length === 0 ? {} : { keepAlive }),
    ...(maxReceiveMessageLength === undefined ? {} : { maxReceiveMessageLength }),
  };
}

function readText(value: Value | undefined, path: ConfigPath): string | undefined {
  if (value === undefined) return undefined;
  return value.valueSpecifier === "stringValue" && value.stringValue !== "" ? value.stringValue : fail(path, "must have a string_value");
}

function readNumber(value: Value | undefined, path: ConfigPath): number | undefined {
  if (value === undefined) return undefined;
  return value.valueSpecifier === "intValue" && value.intValue > 0 ? value.intValue : fail(path, "must have an int_value above 0");
}
