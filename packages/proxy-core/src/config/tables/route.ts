import { defineFields, each, extension, ignored, rejected, required, supported, type FieldRule, type FieldTable } from "../fields.ts";
import { needsTls, notYet, noTracing } from "./reasons.ts";

const headerMutations: Record<string, FieldRule> = each(
  supported(),
  "request_headers_to_add",
  "request_headers_to_remove",
  "response_headers_to_add",
  "response_headers_to_remove",
);

const noMetadataReader = "nothing reads the metadata of whole configurations";
const readByLogs = supported({ note: "Read by formats: `%METADATA(…)%`." });

const perFilter: FieldRule = extension("envoy.filters.http.per_route", { note: "By the name of the filter in the filter chain." });

export const routeTables: readonly FieldTable[] = [
  defineFields("envoy.config.route.v3.RouteConfiguration", {
    ...each(supported(), "name", "virtual_hosts", "most_specific_header_mutations_wins", "max_direct_response_body_size_bytes"),
    ...each(supported(), "ignore_port_in_host_matching", "validate_clusters"),
    internal_only_headers: rejected(notYet),
    metadata: ignored(noMetadataReader),
    ...headerMutations,
    typed_per_filter_config: perFilter,
    vhds: rejected(notYet),
    cluster_specifier_plugins: rejected(notYet),
    request_mirror_policies: rejected(notYet),
    ignore_path_parameters_in_path_matching: rejected(notYet),
  }),
  defineFields("envoy.config.route.v3.VirtualHost", {
    name: required(),
    domains: required(),
    metadata: readByLogs,
    ...each(supported(), "routes", "retry_policy", "include_request_attempt_count", "include_attempt_count_in_response"),
    ...headerMutations,
    typed_per_filter_config: perFilter,
    matcher: rejected(notYet),
    require_tls: supported({ values: ["NONE"], note: "The others need TLS." }),
    virtual_clusters: rejected(notYet),
    rate_limits: rejected(notYet),
    cors: rejected(notYet),
    ...each(
      rejected(notYet),
      "include_is_timeout_retry_header",
      "retry_policy_typed_config",
      "hedge_policy",
      "per_request_buffer_limit_bytes",
      "request_mirror_policies",
    ),
  }),
  defineFields(
    "envoy.config.route.v3.Route",
    {
      match: required(),
      ...each(supported(), "name", "route", "redirect", "direct_response"),
      metadata: readByLogs,
      ...headerMutations,
      typed_per_filter_config: perFilter,
      filter_action: rejected(notYet),
      non_forwarding_action: rejected("it is for gRPC servers without a proxy"),
      ...each(ignored(noTracing), "decorator", "tracing"),
      per_request_buffer_limit_bytes: rejected(notYet),
      stat_prefix: rejected(notYet),
    },
    { requiredOneofs: ["action"] },
  ),
  defineFields(
    "envoy.config.route.v3.RouteMatch",
    {
      ...each(supported(), "prefix", "path", "safe_regex", "connect_matcher", "path_separated_prefix"),
      ...each(supported(), "case_sensitive", "runtime_fraction", "headers", "query_parameters"),
      ...each(rejected(notYet), "path_match_policy", "grpc", "dynamic_metadata"),
      tls_context: rejected(needsTls),
    },
    { requiredOneofs: ["path_specifier"] },
  ),
  defineFields("envoy.config.route.v3.RouteMatch.ConnectMatcher", {}),
  defineFields("envoy.config.route.v3.QueryParameterMatcher", { name: required(), ...each(supported(), "string_match", "present_match") }),
  defineFields(
    "envoy.config.route.v3.RouteAction",
    {
      ...each(supported(), "cluster", "cluster_header", "weighted_clusters"),
      cluster_not_found_response_code: supported({ values: ["SERVICE_UNAVAILABLE"] }),
      ...each(supported(), "prefix_rewrite", "regex_rewrite", "host_rewrite_literal", "host_rewrite_header", "host_rewrite_path_regex"),
      request_mirror_policies: supported({ note: "A copy whose cluster takes its body too slowly is given up. Upgrades are not copied." }),
      ...each(supported(), "append_x_forwarded_host", "timeout", "idle_timeout", "retry_policy", "priority", "upgrade_configs"),
      ...each(rejected(notYet), "cluster_specifier_plugin", "inline_cluster_specifier_plugin", "metadata_match", "path_rewrite_policy"),
      ...each(rejected(notYet), "auto_host_rewrite", "retry_policy_typed_config", "rate_limits", "include_vh_rate_limits"),
      hash_policy: supported({ note: "For RPC a `header` is an attachment. There are no cookies and no query parameters then." }),
      ...each(rejected(notYet), "cors", "max_grpc_timeout", "grpc_timeout_offset", "internal_redirect_policy"),
      internal_redirect_action: supported({ values: ["PASS_THROUGH_INTERNAL_REDIRECT"] }),
      ...each(rejected(notYet), "max_internal_redirects", "hedge_policy", "max_stream_duration"),
      early_data_policy: rejected(needsTls),
    },
    { requiredOneofs: ["cluster_specifier"] },
  ),
  defineFields("envoy.config.route.v3.RouteAction.RequestMirrorPolicy", {
    ...each(supported(), "cluster", "cluster_header", "runtime_fraction"),
    trace_sampled: ignored(noTracing),
    disable_shadow_host_suffix_append: supported({ note: "A copy of an RPC call keeps its service's name in any case." }),
  }),
  defineFields(
    "envoy.config.route.v3.RouteAction.HashPolicy",
    {
      ...each(supported(), "header", "cookie", "connection_properties", "query_parameter", "terminal"),
      filter_state: rejected(notYet),
    },
    { requiredOneofs: ["policy_specifier"] },
  ),
  defineFields("envoy.config.route.v3.RouteAction.HashPolicy.Header", {
    header_name: required({ note: "Of several fields of the name, their values as one list." }),
    regex_rewrite: supported(),
  }),
  defineFields("envoy.config.route.v3.RouteAction.HashPolicy.Cookie", {
    name: required(),
    ...each(supported(), "ttl", "path", "attributes"),
  }),
  defineFields("envoy.config.route.v3.RouteAction.HashPolicy.CookieAttribute", { name: required(), value: supported() }),
  defineFields("envoy.config.route.v3.RouteAction.HashPolicy.ConnectionProperties", { source_ip: supported() }),
  defineFields("envoy.config.route.v3.RouteAction.HashPolicy.QueryParameter", { name: required() }),
  defineFields("envoy.config.route.v3.RouteAction.UpgradeConfig", {
    upgrade_type: required(),
    enabled: supported(),
    connect_config: rejected(notYet),
  }),
  defineFields("envoy.config.route.v3.WeightedCluster", {
    clusters: required(),
    total_weight: rejected("the total is the sum of the weights"),
    runtime_key_prefix: supported(),
    header_name: rejected(notYet),
  }),
  defineFields("envoy.config.route.v3.WeightedCluster.ClusterWeight", {
    ...each(supported(), "name", "cluster_header"),
    weight: required(),
    ...headerMutations,
    typed_per_filter_config: perFilter,
    metadata_match: rejected(notYet),
    host_rewrite_literal: rejected(notYet),
  }),
  defineFields("envoy.config.route.v3.RetryPolicy", {
    retry_on: supported({
      note: "One that is not known is an error. Those of gRPC and refused-stream are met by no response until HTTP/2 is spoken.",
    }),
    ...each(supported(), "num_retries", "per_try_timeout", "retry_host_predicate", "host_selection_retry_max_attempts"),
    ...each(supported(), "retriable_status_codes", "retry_back_off"),
    ...each(rejected(notYet), "per_try_idle_timeout", "retry_priority", "retry_options_predicates", "rate_limited_retry_back_off"),
    ...each(rejected(notYet), "retriable_headers", "retriable_request_headers"),
  }),
  defineFields(
    "envoy.config.route.v3.RetryPolicy.RetryHostPredicate",
    { name: supported(), typed_config: extension("envoy.retry_host_predicates") },
    { requiredOneofs: ["config_type"] },
  ),
  defineFields("envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate", {}),
  defineFields("envoy.config.route.v3.RetryPolicy.RetryBackOff", { base_interval: required(), max_interval: supported() }),
  defineFields("envoy.config.route.v3.RedirectAction", {
    ...each(supported(), "https_redirect", "scheme_redirect", "host_redirect", "port_redirect", "path_redirect", "prefix_rewrite"),
    ...each(supported(), "regex_rewrite", "response_code", "strip_query"),
  }),
  defineFields("envoy.config.route.v3.DirectResponseAction", { status: required(), body: supported() }),
];
