import { createHash } from "node:crypto";
import { encodeMessage, typeUrl, type MessageInit, type MessageName } from "@mesh/xds-proto";
import type { Resource } from "@mesh/xds-server";

/**
 * A message, encoded once for all proxies that are given it. Its version is a digest of its bytes: the same from every pilot, so that a
 * proxy that comes back is not told again what it has.
 */
export function resourceOf<Name extends MessageName>(name: string, type: Name, message: MessageInit<Name>): Resource {
  const value = encodeMessage(type, message);
  const any = encodeMessage("google.protobuf.Any", { type_url: typeUrl(type), value });
  return { name, version: createHash("sha1").update(value).digest("base64url"), any };
}
