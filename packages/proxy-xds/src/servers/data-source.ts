import { fail, requiredString, type ConfigPath } from "@mesh/proxy-core";
import type { PemSource } from "@mesh/xds-client";
import type { Message } from "@mesh/xds-proto";

/** A text, or the file that holds it, which is read anew for each stream. Undefined where there is no message. */
export function readSource(source: Message<"envoy.config.core.v3.DataSource"> | null, path: ConfigPath): PemSource | undefined {
  if (source === null) return undefined;
  switch (source.specifier) {
    case "filename":
      return { file: requiredString(source.filename, path.field("filename")) };
    case "inlineString":
      return { pem: source.inlineString };
    case "inlineBytes":
      return { pem: Buffer.from(source.inlineBytes).toString("utf8") };
    case "environmentVariable":
      return fail(path.field("environment_variable"), "is not supported: the environment is not read");
    case undefined:
      return fail(path, "one of filename, inline_bytes, inline_string is required");
  }
}
