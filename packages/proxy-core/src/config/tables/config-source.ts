import { defineFields, each, extension, ignored, rejected, required, supported, type FieldTable } from "../fields.ts";

const onlyRest = "it is for REST, which is not spoken";
const otherCredentials = "use access_token or from_plugin";
const readAnew = supported({ note: "A file is read anew for each stream." });

/** Where resources come from. What carries it out is what the proxy is composed with: `@mesh/proxy-xds`. */
export const configSourceTables: readonly FieldTable[] = [
  defineFields(
    "envoy.config.core.v3.ConfigSource",
    {
      authorities: supported({ note: "In `config_sources` of the bootstrap only, as in Envoy." }),
      path: rejected("it is deprecated: use path_config_source"),
      ...each(supported(), "path_config_source", "api_config_source", "ads", "initial_fetch_timeout"),
      self: rejected("use ads"),
      resource_api_version: supported({ values: ["AUTO", "V3"] }),
    },
    { requiredOneofs: ["config_source_specifier"] },
  ),
  defineFields("xds.core.v3.Authority", { name: required() }),
  defineFields("envoy.config.core.v3.AggregatedConfigSource", {}),
  defineFields("envoy.config.core.v3.PathConfigSource", {
    path: required({ note: "Ends in `.json`, `.yaml`, `.yml` or `.pb`. A file is read again when another is moved to its place." }),
    watched_directory: supported(),
  }),
  defineFields("envoy.config.core.v3.WatchedDirectory", { path: required() }),
  defineFields("envoy.config.core.v3.ApiConfigSource", {
    api_type: supported({
      values: ["GRPC", "DELTA_GRPC", "AGGREGATED_GRPC", "AGGREGATED_DELTA_GRPC"],
      note: "The aggregated ones, as in Envoy, in `config_sources` and `default_config_source` only.",
    }),
    transport_api_version: supported({ values: ["V3"], note: "Must be given, as in Envoy." }),
    cluster_names: rejected(onlyRest),
    grpc_services: required({ note: "One." }),
    ...each(ignored(onlyRest), "refresh_delay", "request_timeout"),
    ...each(supported(), "rate_limit_settings", "set_node_on_first_message_only"),
    config_validators: rejected("there are no validators to choose from"),
  }),
  defineFields("envoy.config.core.v3.RateLimitSettings", each(supported(), "max_tokens", "fill_rate")),
  defineFields(
    "envoy.config.core.v3.GrpcService",
    {
      ...each(supported(), "envoy_grpc", "google_grpc"),
      timeout: ignored("the streams that configuration comes in have no end"),
      initial_metadata: supported({ note: "Texts without command operators." }),
      retry_policy: rejected("use retry_policy of envoy_grpc"),
    },
    { requiredOneofs: ["target_specifier"] },
  ),
  defineFields("envoy.config.core.v3.GrpcService.EnvoyGrpc", {
    cluster_name: required({
      note: "A `STATIC`, `STRICT_DNS` or `LOGICAL_DNS` cluster of the bootstrap, without TLS. Its addresses are used, and nothing else of it.",
    }),
    ...each(supported(), "authority", "retry_policy", "max_receive_message_length"),
    skip_envoy_headers: ignored("no x-envoy headers are sent"),
  }),
  defineFields("envoy.config.core.v3.RetryPolicy", {
    retry_back_off: supported({ note: "The waits before a stream is opened again." }),
    ...each(
      rejected("a stream is opened again for as long as it is needed, always at the same cluster"),
      "num_retries",
      "retry_on",
      "retry_priority",
      "retry_host_predicate",
      "host_selection_retry_max_attempts",
    ),
  }),
  defineFields("envoy.config.core.v3.BackoffStrategy", { base_interval: required(), max_interval: supported() }),
  defineFields("envoy.config.core.v3.GrpcService.GoogleGrpc", {
    target_uri: required(),
    channel_credentials: supported({ note: "Without them the connection is plain text." }),
    call_credentials: supported({ note: "One, and only with `ssl_credentials`." }),
    stat_prefix: supported({ note: "Shown in `/config_dump`. What is counted is counted for all control planes together." }),
    credentials_factory_name: supported({
      note: "`envoy.grpc_credentials.default` or `envoy.grpc_credentials.file_based_metadata`; it need not be given.",
    }),
    config: rejected("there are no other credentials"),
    per_stream_buffer_limit_bytes: rejected("use the channel argument grpc.max_receive_message_length"),
    channel_args: supported(),
  }),
  defineFields(
    "envoy.config.core.v3.GrpcService.GoogleGrpc.ChannelCredentials",
    {
      ssl_credentials: supported(),
      google_default: rejected("use ssl_credentials"),
      local_credentials: rejected("leave channel_credentials out for plain text"),
    },
    { requiredOneofs: ["credential_specifier"] },
  ),
  defineFields("envoy.config.core.v3.GrpcService.GoogleGrpc.SslCredentials", each(readAnew, "root_certs", "private_key", "cert_chain")),
  defineFields(
    "envoy.config.core.v3.GrpcService.GoogleGrpc.CallCredentials",
    {
      ...each(supported(), "access_token", "from_plugin"),
      ...each(rejected(otherCredentials), "google_compute_engine", "google_refresh_token", "service_account_jwt_access", "google_iam"),
      sts_service: rejected(otherCredentials),
    },
    { requiredOneofs: ["credential_specifier"] },
  ),
  defineFields(
    "envoy.config.core.v3.GrpcService.GoogleGrpc.CallCredentials.MetadataCredentialsFromPlugin",
    { name: supported(), typed_config: extension("envoy.grpc_credentials") },
    { requiredOneofs: ["config_type"] },
  ),
  defineFields("envoy.config.core.v3.GrpcService.GoogleGrpc.ChannelArgs", {
    args: supported({
      note:
        "`grpc.ssl_target_name_override`, `grpc.default_authority`, `grpc.keepalive_time_ms`, `grpc.keepalive_timeout_ms`, " +
        "`grpc.max_receive_message_length`.",
    }),
  }),
  defineFields("envoy.config.core.v3.GrpcService.GoogleGrpc.ChannelArgs.Value", each(supported(), "string_value", "int_value"), {
    requiredOneofs: ["value_specifier"],
  }),
];
