import type { Message } from "@mesh/xds-proto";
import type { ConfigPath } from "../config/index.ts";
import { fail, readDataSource, required } from "../config/index.ts";
import { compileFormat, defaultFormat, DetailDemand } from "./format.ts";
import type { FormatOptions, LineFormat } from "./format.ts";
import { compileJsonFormat } from "./json-format.ts";
import type { HostFacts } from "./operator.ts";

export interface LogFormat {
  readonly write: LineFormat;
  /** It reads `StreamInfo.detail`. */
  readonly needsDetail: boolean;
}

/** Compiles a `log_format`; without one, Envoy's default. */
export function compileLogFormat(
  message: Message<"envoy.config.core.v3.SubstitutionFormatString"> | null,
  path: ConfigPath,
  facts: HostFacts = {},
): LogFormat {
  const demand = new DetailDemand();
  const write = compileLine(message, path, facts, demand);
  return { write, needsDetail: demand.needsDetail };
}

function compileLine(
  message: Message<"envoy.config.core.v3.SubstitutionFormatString"> | null,
  path: ConfigPath,
  facts: HostFacts,
  demand: DetailDemand,
): LineFormat {
  if (message === null) return compileFormat(defaultFormat, path, { escapesControls: true, facts });
  const options: FormatOptions = { omitEmptyValues: message.omitEmptyValues, escapesControls: true, facts, demand };
  switch (message.format) {
    case "textFormat":
      return compileFormat(message.textFormat, path.field("text_format"), options);
    case "textFormatSource": {
      const at = path.field("text_format_source");
      return compileFormat(readDataSource(required(message.textFormatSource, at), at).toString(), at, options);
    }
    case "jsonFormat": {
      const at = path.field("json_format");
      const sortProperties = message.jsonFormatOptions?.sortProperties ?? false;
      return compileJsonFormat(required(message.jsonFormat, at), at, { ...options, sortProperties });
    }
    case undefined:
      return fail(path, "one of text_format_source, json_format, text_format is required");
  }
}
