import { fail, requiredString, type ConfigPath } from "@mesh/proxy-core";
import type { Message } from "@mesh/xds-proto";

/** `initial_metadata` of a GrpcService. Values have Envoy's syntax of header values, in which a percent sign is written twice. */
export function readMetadata(entries: readonly Message<"envoy.config.core.v3.HeaderValue">[], path: ConfigPath): Record<string, string> {
  const metadata: Record<string, string> = {};
  for (const [index, { key, value, rawValue }] of entries.entries()) {
    const at = path.index(index);
    const name = requiredString(key, at.field("key")).toLowerCase();
    if (!/^[0-9a-z_.-]+$/.test(name) || name.endsWith("-bin")) fail(at.field("key"), `${JSON.stringify(key)} is not the name of a text`);
    if (Object.hasOwn(metadata, name)) fail(at.field("key"), `${JSON.stringify(key)} is there twice`);
    if (rawValue.length > 0) fail(at.field("raw_value"), "is not supported: use value");
    if (/%(?!%)/.test(value.replaceAll("%%", "")))
      fail(at.field("value"), "command operators are not supported here: write %% for a percent sign");
    metadata[name] = value.replaceAll("%%", "%");
  }
  return metadata;
}
