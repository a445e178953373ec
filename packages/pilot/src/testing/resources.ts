import { decodeMessage, toJson, unpackAs, type Message, type MessageName } from "@mesh/xds-proto";
import type { Resource } from "@mesh/xds-server";

/** What a resource says. */
export const messageOf = <Name extends MessageName>(type: Name, { any }: Resource): Message<Name> =>
  unpackAs(type, decodeMessage("google.protobuf.Any", any));

/** What a resource says, as Envoy's configuration files have it. */
export function jsonOf({ any }: Resource): unknown {
  return withoutType(toJson("google.protobuf.Any", decodeMessage("google.protobuf.Any", any), { preserveProtoFieldNames: true }));
}

function withoutType(json: unknown): unknown {
  if (typeof json !== "object" || json === null) return json;
  return Object.fromEntries(Object.entries(json).filter(([key]) => key !== "@type"));
}
