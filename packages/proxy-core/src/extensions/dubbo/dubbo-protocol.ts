import { dubboCodec } from "@mesh/codec-dubbo";
import { defineFields, supported, type FieldTable } from "../../config/index.ts";
import { compileHabits, type RpcCodecExtension, type RpcHabits } from "../../rpc/index.ts";

const messageName = "mesh.extensions.codecs.dubbo.v3.Dubbo";

const fields: FieldTable = defineFields(messageName, {
  heartbeat_interval: supported(),
  heartbeat_failures: supported(),
  default_timeout: supported(),
  read_only_on_drain: supported(),
});

/**
 * Dubbo's own habits: a heartbeat after 60 s of silence, three unanswered ones end a connection, and a server ends one that is silent for
 * three intervals. Consumers of 2.7 keep to themselves how long they wait, which may be long: the time after which nobody waits is MOSN's.
 */
const habits: RpcHabits = { heartbeatIntervalMs: 60_000, heartbeatFailures: 3, defaultTimeoutMs: 60_000, idleTimeoutMs: 180_000 };

/** Dubbo 2.7 and 3 with `dubbo://` addresses: `mesh.extensions.codecs.dubbo.v3.Dubbo`. */
export const dubboProtocol: RpcCodecExtension = {
  name: "mesh.codecs.dubbo",
  category: "mesh.codecs",
  messageName,
  fields,
  create: (extension) => {
    const message = extension.as(messageName);
    return { codec: dubboCodec({ readOnly: message.readOnlyOnDrain }), ...compileHabits(message, extension.path, habits) };
  },
};
