import { packAny, type MessageInit } from "@mesh/xds-proto";
import type { MeshSettings } from "../../rules/index.ts";
import { Memo } from "../memo.ts";

type AccessLog = MessageInit<"envoy.config.accesslog.v3.AccessLog">;

/** Istio's default format: what tools that read its logs know. */
const fields: readonly (readonly [name: string, operator: string])[] = [
  ["start_time", "%START_TIME%"],
  ["method", "%REQ(:METHOD)%"],
  ["path", "%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%"],
  ["protocol", "%PROTOCOL%"],
  ["response_code", "%RESPONSE_CODE%"],
  ["response_flags", "%RESPONSE_FLAGS%"],
  ["response_code_details", "%RESPONSE_CODE_DETAILS%"],
  ["connection_termination_details", "%CONNECTION_TERMINATION_DETAILS%"],
  ["upstream_transport_failure_reason", "%UPSTREAM_TRANSPORT_FAILURE_REASON%"],
  ["bytes_received", "%BYTES_RECEIVED%"],
  ["bytes_sent", "%BYTES_SENT%"],
  ["duration", "%DURATION%"],
  ["upstream_service_time", "%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)%"],
  ["x_forwarded_for", "%REQ(X-FORWARDED-FOR)%"],
  ["user_agent", "%REQ(USER-AGENT)%"],
  ["request_id", "%REQ(X-REQUEST-ID)%"],
  ["authority", "%REQ(:AUTHORITY)%"],
  ["upstream_host", "%UPSTREAM_HOST%"],
  ["upstream_cluster", "%UPSTREAM_CLUSTER%"],
  ["upstream_local_address", "%UPSTREAM_LOCAL_ADDRESS%"],
  ["downstream_local_address", "%DOWNSTREAM_LOCAL_ADDRESS%"],
  ["downstream_remote_address", "%DOWNSTREAM_REMOTE_ADDRESS%"],
  ["requested_server_name", "%REQUESTED_SERVER_NAME%"],
  ["route_name", "%ROUTE_NAME%"],
];

const quoted = new Set([
  "path",
  "upstream_transport_failure_reason",
  "x_forwarded_for",
  "user_agent",
  "request_id",
  "authority",
  "upstream_host",
]);

function defaultText(): string {
  const operator = new Map(fields);
  const of = (name: string): string => operator.get(name) ?? "";
  const request = `"${of("method")} ${of("path")} ${of("protocol")}"`;
  const rest = fields.slice(4).map(([name, text]) => (quoted.has(name) ? `"${text}"` : text));
  return `[${of("start_time")}] ${request} ${rest.join(" ")}\n`;
}

const made = new Memo<readonly AccessLog[]>();

/** What MeshConfig says of access logs; empty where it names no file. */
export const accessLogsOf = (mesh: MeshSettings): readonly AccessLog[] => made.get([mesh], () => build(mesh));

function build({ accessLogFile, accessLogFormat, accessLogEncoding }: MeshSettings): readonly AccessLog[] {
  if (accessLogFile === "") return [];
  return [
    {
      name: "envoy.access_loggers.file",
      typedConfig: packAny("envoy.extensions.access_loggers.file.v3.FileAccessLog", {
        path: accessLogFile,
        logFormat:
          accessLogEncoding === "JSON"
            ? { jsonFormat: jsonFormat(accessLogFormat) }
            : { textFormatSource: { inlineString: accessLogFormat || defaultText() } },
      }),
    },
  ];
}

function jsonFormat(format: string): MessageInit<"google.protobuf.Struct"> {
  const own: unknown = format === "" ? undefined : JSON.parse(format);
  const entries = typeof own === "object" && own !== null ? Object.entries(own) : fields;
  return {
    fields: Object.fromEntries(entries.map(([name, value]): [string, { stringValue: string }] => [name, { stringValue: String(value) }])),
  };
}
