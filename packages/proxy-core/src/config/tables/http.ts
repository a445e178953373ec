import { defineFields, each, extension, ignored, rejected, required, supported, type FieldRule, type FieldTable } from "../fields.ts";
import { needsHttp2, needsHttp3, needsTls, needsTracing, notYet } from "./reasons.ts";

const upstreamCommonOptions: Record<string, FieldRule> = {
  ...each(
    rejected(`connections to hosts have no such limit: ${notYet}`),
    "max_connection_duration",
    "max_headers_count",
    "max_stream_duration",
  ),
  headers_with_underscores_action: ignored("it is for requests"),
};

const upstreamHttp1Options: Record<string, FieldRule> = each(
  ignored("it is for requests"),
  "allow_absolute_url",
  "accept_http_10",
  "default_host_for_http_10",
);

export const httpTables: readonly FieldTable[] = [
  defineFields(
    "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
    {
      codec_type: supported({
        values: ["AUTO", "HTTP1"],
        note: "`AUTO` is HTTP/1, and the RPC protocols that the proxy is composed with, by first bytes; HTTP/2 is not there yet.",
      }),
      stat_prefix: required(),
      rds: supported(),
      scoped_routes: rejected(notYet),
      ...each(supported(), "route_config", "http_filters", "access_log", "common_http_protocol_options", "http_protocol_options"),
      ...each(supported(), "server_name", "server_header_transformation", "via", "max_request_headers_kb", "upgrade_configs"),
      ...each(supported(), "stream_idle_timeout", "request_timeout", "request_headers_timeout", "drain_timeout", "delayed_close_timeout"),
      ...each(supported(), "use_remote_address", "xff_num_trusted_hops", "skip_xff_append", "internal_address_config"),
      ...each(supported(), "generate_request_id", "preserve_external_request_id", "always_set_request_id_in_response"),
      ...each(supported(), "normalize_path", "merge_slashes", "path_with_escaped_slashes_action"),
      ...each(supported(), "strip_matching_host_port", "strip_any_host_port"),
      forward_client_cert_details: supported({
        values: ["SANITIZE"],
        note: "`x-forwarded-client-cert` of clients is removed; the others need TLS.",
      }),
      set_current_client_cert_details: rejected(needsTls),
      add_user_agent: rejected(notYet),
      tracing: rejected(needsTracing),
      http2_protocol_options: rejected(needsHttp2),
      http3_protocol_options: rejected(needsHttp3),
      scheme_header_transformation: rejected(notYet),
      ...each(rejected("use access_log_options"), "access_log_flush_interval", "flush_access_log_on_new_request"),
      access_log_options: rejected(`a request is logged when it ends: ${notYet}`),
      ...each(rejected(notYet), "original_ip_detection_extensions", "early_header_mutation_extensions", "request_id_extension"),
      proxy_100_continue: supported(),
      represent_ipv4_remote_address_as_ipv4_mapped_ipv6: rejected(notYet),
      local_reply_config: rejected(notYet),
      stream_error_on_invalid_http_message: rejected(
        "a connection with a malformed message is closed: where its next message begins is not sure",
      ),
      ...each(rejected(notYet), "path_normalization_options", "strip_trailing_host_dot", "proxy_status_config"),
      typed_header_validation_config: rejected("headers are validated as RFC 9110 and RFC 9112 say"),
      ...each(rejected(notYet), "append_x_forwarded_port", "add_proxy_protocol_connection_state"),
      append_local_overload: rejected("there is no overload manager yet"),
    },
    { requiredOneofs: ["route_specifier"] },
  ),
  defineFields("envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.UpgradeConfig", {
    upgrade_type: required(),
    enabled: supported(),
    filters: rejected(`upgrades pass the same filters as other requests: ${notYet}`),
  }),
  defineFields("envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.InternalAddressConfig", {
    ...each(supported(), "unix_sockets", "cidr_ranges"),
  }),
  defineFields(
    "envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter",
    {
      name: required({ note: "What `typed_per_filter_config` refers to." }),
      typed_config: extension("envoy.filters.http"),
      config_discovery: supported({ note: "Such a filter comes before the router." }),
      is_optional: supported({ note: "An unknown filter is left out with a warning." }),
      disabled: supported(),
    },
    { requiredOneofs: ["config_type"] },
  ),
  defineFields("envoy.extensions.filters.network.http_connection_manager.v3.Rds", {
    config_source: required(),
    route_config_name: required(),
  }),
  defineFields("envoy.config.core.v3.HttpProtocolOptions", {
    ...each(supported(), "idle_timeout", "max_connection_duration", "max_headers_count", "max_stream_duration"),
    ...each(supported(), "headers_with_underscores_action", "max_requests_per_connection"),
  }),
  defineFields("envoy.config.core.v3.Http1ProtocolOptions", {
    ...each(supported(), "allow_absolute_url", "accept_http_10", "default_host_for_http_10", "enable_trailers"),
    header_key_format: supported({ note: "Names of header fields keep their case in any case." }),
    allow_chunked_length: rejected("a message with Content-Length and Transfer-Encoding is refused: it may be smuggled"),
    override_stream_error_on_invalid_http_message: rejected("a connection with a malformed message is closed"),
    send_fully_qualified_url: rejected(notYet),
    use_balsa_parser: ignored("it chooses among Envoy's parsers"),
    allow_custom_methods: ignored("all methods are let through"),
  }),
  defineFields(
    "envoy.config.core.v3.Http1ProtocolOptions.HeaderKeyFormat",
    {
      proper_case_words: rejected(notYet),
      stateful_formatter: extension("envoy.http.stateful_header_formatters"),
    },
    { requiredOneofs: ["header_format"] },
  ),
  defineFields("envoy.extensions.http.header_formatters.preserve_case.v3.PreserveCaseFormatterConfig", {
    forward_reason_phrase: supported({ note: "Reason phrases are forwarded in any case." }),
    formatter_type_on_envoy_headers: rejected(notYet),
  }),
  defineFields(
    "envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
    {
      ...each(supported(), "explicit_http_config", "use_downstream_protocol_config"),
      common_http_protocol_options: supported({ within: upstreamCommonOptions }),
      upstream_http_protocol_options: rejected(needsTls),
      auto_config: rejected(needsTls),
      http_filters: rejected(notYet),
      header_validation_config: rejected("headers are validated as RFC 9110 and RFC 9112 say"),
    },
    { requiredOneofs: ["upstream_protocol_options"] },
  ),
  defineFields(
    "envoy.extensions.upstreams.http.v3.HttpProtocolOptions.ExplicitHttpConfig",
    {
      http_protocol_options: supported({ within: upstreamHttp1Options }),
      http2_protocol_options: supported({ note: "Only in clusters that configuration comes from." }),
      http3_protocol_options: rejected(needsHttp3),
    },
    { requiredOneofs: ["protocol_config"] },
  ),
  defineFields(
    "envoy.config.core.v3.Http2ProtocolOptions",
    each(
      ignored("the client of the control plane has settings of its own"),
      "hpack_table_size",
      "max_concurrent_streams",
      "initial_stream_window_size",
      "initial_connection_window_size",
      "allow_connect",
      "allow_metadata",
      "max_outbound_frames",
      "max_outbound_control_frames",
      "max_consecutive_inbound_frames_with_empty_payload",
      "max_inbound_priority_frames_per_stream",
      "max_inbound_window_update_frames_per_data_frame_sent",
      "stream_error_on_invalid_http_messaging",
      "override_stream_error_on_invalid_http_message",
      "custom_settings_parameters",
      "connection_keepalive",
      "use_oghttp2_codec",
    ),
  ),
  defineFields("envoy.extensions.upstreams.http.v3.HttpProtocolOptions.UseDownstreamHttpConfig", {
    http_protocol_options: supported({ within: upstreamHttp1Options }),
    http2_protocol_options: rejected(needsHttp2),
    http3_protocol_options: rejected(needsHttp3),
  }),
];
