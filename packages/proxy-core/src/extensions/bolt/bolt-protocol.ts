import { boltCodec } from "@mesh/codec-bolt";
import { defineFields, durationMs, supported, wrappedNumber, type FieldTable } from "../../config/index.ts";
import type { RpcCodecExtension } from "../../rpc/index.ts";

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
const defaults = { heartbeatIntervalMs: 15_000, heartbeatFailures: 3, timeoutMs: 3_000, idleTimeoutMs: 90_000 } as const;

/** SOFARPC's Bolt, v1 and v2: `mesh.extensions.codecs.bolt.v3.Bolt`. */
export const boltProtocol: RpcCodecExtension = {
  name: "mesh.codecs.bolt",
  category: "mesh.codecs",
  messageName,
  fields,
  create: (extension) => {
    const message = extension.as(messageName);
    const { path } = extension;
    return {
      codec: boltCodec({ goAway: message.goAway }),
      heartbeatIntervalMs: durationMs(message.heartbeatInterval, path.field("heartbeat_interval")) ?? defaults.heartbeatIntervalMs,
      heartbeatFailures:
        wrappedNumber(message.heartbeatFailures, path.field("heartbeat_failures"), { min: 1, max: 100 }) ?? defaults.heartbeatFailures,
      defaultTimeoutMs: durationMs(message.defaultTimeout, path.field("default_timeout")) ?? defaults.timeoutMs,
      idleTimeoutMs: defaults.idleTimeoutMs,
    };
  },
};
