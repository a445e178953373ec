import { boltCodec } from "@mesh/codec-bolt";
import { defineFields, supported, type FieldTable } from "../../config/index.ts";
import { compileHabits, type RpcCodecExtension, type RpcHabits } from "../../rpc/index.ts";

const messageName = "mesh.extensions.codecs.bolt.v3.Bolt";

const fields: FieldTable = defineFields(messageName, {
  heartbeat_interval: supported(),
  heartbeat_failures: supported(),
  go_away: supported(),
  default_timeout: supported(),
});

/**
 * SOFABolt's own habits: a heartbeat after 15 s of silence, three unanswered ones end a connection, and a server ends one that is silent for
 * 90 s; SOFARPC waits 3 s for an answer.
 */
const habits: RpcHabits = { heartbeatIntervalMs: 15_000, heartbeatFailures: 3, defaultTimeoutMs: 3_000, idleTimeoutMs: 90_000 };

/** SOFARPC's Bolt, v1 and v2: `mesh.extensions.codecs.bolt.v3.Bolt`. */
export const boltProtocol: RpcCodecExtension = {
  name: "mesh.codecs.bolt",
  category: "mesh.codecs",
  messageName,
  fields,
  create: (extension) => {
    const message = extension.as(messageName);
    return { codec: boltCodec({ goAway: message.goAway }), ...compileHabits(message, extension.path, habits) };
  },
};
