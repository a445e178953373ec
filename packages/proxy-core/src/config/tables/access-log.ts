import { defineFields, each, extension, ignored, rejected, required, supported, type FieldTable } from "../fields.ts";
import { needsTracing, notYet } from "./reasons.ts";

export const accessLogTables: readonly FieldTable[] = [
  defineFields(
    "envoy.config.accesslog.v3.AccessLog",
    { name: supported(), filter: supported(), typed_config: extension("envoy.access_loggers") },
    { requiredOneofs: ["config_type"] },
  ),
  defineFields(
    "envoy.config.accesslog.v3.AccessLogFilter",
    {
      ...each(supported(), "status_code_filter", "duration_filter", "runtime_filter", "and_filter", "or_filter"),
      not_health_check_filter: supported({ note: "No filter marks health checks yet: it lets everything pass." }),
      ...each(supported(), "header_filter", "response_flag_filter"),
      traceable_filter: rejected(needsTracing),
      ...each(rejected(notYet), "grpc_status_filter", "extension_filter", "metadata_filter", "log_type_filter"),
    },
    { requiredOneofs: ["filter_specifier"] },
  ),
  defineFields("envoy.config.accesslog.v3.StatusCodeFilter", { comparison: required() }),
  defineFields("envoy.config.accesslog.v3.DurationFilter", { comparison: required() }),
  defineFields("envoy.config.accesslog.v3.ComparisonFilter", { op: supported(), value: required() }),
  defineFields("envoy.config.accesslog.v3.NotHealthCheckFilter", {}),
  defineFields("envoy.config.accesslog.v3.RuntimeFilter", {
    ...each(supported(), "runtime_key", "percent_sampled", "use_independent_randomness"),
  }),
  defineFields("envoy.config.accesslog.v3.AndFilter", { filters: required() }),
  defineFields("envoy.config.accesslog.v3.OrFilter", { filters: required() }),
  defineFields("envoy.config.accesslog.v3.HeaderFilter", { header: required() }),
  defineFields("envoy.config.accesslog.v3.ResponseFlagFilter", { flags: supported() }),
  defineFields("envoy.extensions.access_loggers.file.v3.FileAccessLog", {
    path: required(),
    ...each(rejected("use log_format"), "format", "json_format", "typed_json_format"),
    log_format: supported(),
  }),
  defineFields("envoy.extensions.access_loggers.stream.v3.StdoutAccessLog", { log_format: supported() }),
  defineFields("envoy.extensions.access_loggers.stream.v3.StderrAccessLog", { log_format: supported() }),
  defineFields(
    "envoy.config.core.v3.SubstitutionFormatString",
    {
      ...each(supported(), "text_format", "json_format", "text_format_source", "omit_empty_values", "json_format_options"),
      content_type: ignored("a log has no content type"),
      formatters: rejected(notYet),
    },
    { requiredOneofs: ["format"] },
  ),
  defineFields("envoy.config.core.v3.JsonFormatOptions", { sort_properties: supported() }),
];
