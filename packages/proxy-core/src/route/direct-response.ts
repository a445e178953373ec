import type { Message } from "@mesh/xds-proto";
import { fail, numberInRange, readDataSource, type ConfigPath } from "../config/index.ts";

/** What a `direct_response` answers. Files are read now. Throws a `ConfigError`. */
export function compileDirectResponse(
  message: Message<"envoy.config.route.v3.DirectResponseAction">,
  path: ConfigPath,
  maxBodyBytes: number,
): { readonly status: number; readonly body: string } {
  const status = numberInRange(message.status, path.field("status"), { min: 200, max: 599 });
  if (message.body === null) return { status, body: "" };
  const at = path.field("body");
  const bytes = readDataSource(message.body, at);
  if (bytes.length > maxBodyBytes)
    fail(at, `must be ${maxBodyBytes} bytes or less (max_direct_response_body_size_bytes), is ${bytes.length}`);
  try {
    return { status, body: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch (error) {
    return fail(at, "is not UTF-8, and other bytes are not supported", error);
  }
}
