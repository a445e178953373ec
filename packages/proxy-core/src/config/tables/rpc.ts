import { defineFields, each, extension, rejected, supported, type FieldTable } from "../fields.ts";

export const rpcTables: readonly FieldTable[] = [
  defineFields("mesh.extensions.upstreams.rpc.v3.RpcProtocolOptions", {
    codec: rejected("a host is spoken to in the caller's protocol: translation is not supported yet"),
    ...each(supported(), "connections_per_host", "heartbeat_interval", "reconnect_base_interval", "reconnect_max_interval"),
  }),
  defineFields("mesh.extensions.health_checkers.rpc.v3.RpcHeartbeat", { codec: extension("mesh.codecs") }),
];
