import { createMessage, enumValue, type Message, type MessageInit } from "@mesh/xds-proto";
import type { SocketAddress } from "../../network/index.ts";
import type { Server } from "../server.ts";

/** Milliseconds as a `google.protobuf.Duration` of whole seconds, as Envoy prints uptimes. */
const seconds = (ms: number): MessageInit<"google.protobuf.Duration"> => ({ seconds: Math.floor(ms / 1000), nanos: 0 });

/** What `/server_info` prints. */
export function serverInfo(server: Server, version: string): Message<"envoy.admin.v3.ServerInfo"> {
  const uptime = seconds(server.runtime.clock.now() - server.startedAt);
  return createMessage("envoy.admin.v3.ServerInfo", {
    version: `mosn/${version}/node-${process.version}`,
    state: enumValue("envoy.admin.v3.ServerInfo.State", server.state),
    uptimeCurrentEpoch: uptime,
    uptimeAllEpochs: uptime,
    hotRestartVersion: "disabled",
    node: server.bootstrap.node,
  });
}

/** What `/listeners?format=json` prints. */
export function listenersMessage(server: Server): Message<"envoy.admin.v3.Listeners"> {
  return createMessage("envoy.admin.v3.Listeners", {
    listenerStatuses: server.listeners.listeners.map(({ name, address }) => ({ name, localAddress: addressMessage(address) })),
  });
}

function addressMessage(address: SocketAddress): MessageInit<"envoy.config.core.v3.Address"> {
  if (address.kind === "pipe") return { pipe: { path: address.path, mode: address.mode ?? 0 } };
  return { socketAddress: { address: address.address, portValue: address.port } };
}
