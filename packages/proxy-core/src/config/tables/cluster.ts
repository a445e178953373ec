import { defineFields, each, extension, ignored, rejected, required, supported, type FieldTable } from "../fields.ts";
import { needsHttp2, needsTls, noSocketOptions, notYet } from "./reasons.ts";

const consistentHashingFields = { use_hostname_for_hashing: supported(), hash_balance_factor: rejected(notYet) };

const slowStartFields = {
  slow_start_window: supported({ note: "From when the host came, or passed a health check after it had failed." }),
  ...each(supported(), "aggression", "min_weight_percent"),
};

const protocolOptions = "use typed_extension_protocol_options";

export const clusterTables: readonly FieldTable[] = [
  defineFields("envoy.config.cluster.v3.Cluster", {
    name: required(),
    type: supported({ values: ["STATIC", "STRICT_DNS", "LOGICAL_DNS", "EDS", "ORIGINAL_DST"] }),
    lb_policy: supported(),
    ...each(supported(), "alt_stat_name", "connect_timeout", "per_connection_buffer_limit_bytes", "load_assignment", "health_checks"),
    ...each(supported(), "circuit_breakers", "least_request_lb_config", "round_robin_lb_config", "load_balancing_policy"),
    ...each(supported(), "dns_refresh_rate", "dns_failure_refresh_rate", "respect_dns_ttl", "dns_lookup_family"),
    max_requests_per_connection: supported({
      note: "Deprecated; `common_http_protocol_options` in the protocol options is the place to use.",
    }),
    typed_extension_protocol_options: extension("envoy.upstream_options"),
    transport_socket: extension("envoy.transport_sockets.upstream"),
    metadata: supported({ note: "Shown in `/config_dump`, and read by formats: `%METADATA(…)%`." }),
    transport_socket_matches: rejected(needsTls),
    cluster_type: rejected(`use type: ${notYet}`),
    eds_cluster_config: supported(),
    ...each(rejected(notYet), "lrs_server", "lrs_report_endpoint_metrics"),
    ...each(
      rejected(protocolOptions),
      "upstream_http_protocol_options",
      "common_http_protocol_options",
      "http_protocol_options",
      "http2_protocol_options",
    ),
    protocol_selection: supported({ values: ["USE_CONFIGURED_PROTOCOL"], note: "Deprecated." }),
    ...each(
      rejected("names are looked up by the resolver that the proxy is started with"),
      "dns_resolvers",
      "use_tcp_for_dns_lookups",
      "dns_resolution_config",
      "typed_dns_resolver_config",
    ),
    ...each(supported(), "wait_for_warm_on_init", "common_lb_config", "ignore_health_on_host_removal"),
    outlier_detection: supported(),
    cleanup_interval: supported({ note: "In clusters of the type ORIGINAL_DST, which alone have hosts to clean up." }),
    ...each(supported(), "upstream_bind_config", "original_dst_lb_config"),
    lb_subset_config: rejected(notYet),
    ...each(supported(), "ring_hash_lb_config", "maglev_lb_config"),
    upstream_connection_options: rejected(notYet),
    close_connections_on_host_health_failure: rejected(notYet),
    filters: rejected(notYet),
    ...each(rejected(notYet), "track_timeout_budgets", "track_cluster_stats", "upstream_config", "preconnect_policy"),
    connection_pool_per_downstream_connection: rejected(notYet),
  }),
  defineFields("envoy.config.cluster.v3.OutlierDetection", {
    ...each(supported(), "consecutive_5xx", "consecutive_gateway_failure", "consecutive_local_origin_failure"),
    split_external_local_origin_errors: supported({
      note: "Of RPC, as of HTTP: connections that fail or break, and answers that are late, are of local origin.",
    }),
    ...each(supported(), "interval", "base_ejection_time", "max_ejection_time", "max_ejection_time_jitter"),
    ...each(supported(), "max_ejection_percent", "always_eject_one_host", "successful_active_health_check_uneject_host"),
    ...each(supported(), "success_rate_minimum_hosts", "success_rate_request_volume", "success_rate_stdev_factor"),
    ...each(supported(), "failure_percentage_minimum_hosts", "failure_percentage_request_volume", "failure_percentage_threshold"),
    enforcing_consecutive_5xx: supported({
      note: "The status of an RPC answer is that of the error table; exceptions that an application throws are no failures.",
    }),
    ...each(supported(), "enforcing_consecutive_gateway_failure", "enforcing_consecutive_local_origin_failure"),
    ...each(supported(), "enforcing_success_rate", "enforcing_local_origin_success_rate"),
    ...each(supported(), "enforcing_failure_percentage", "enforcing_failure_percentage_local_origin"),
    monitors: rejected(notYet),
  }),
  defineFields("envoy.config.cluster.v3.Cluster.OriginalDstLbConfig", {
    ...each(supported(), "use_http_header", "http_header_name", "upstream_port_override"),
    metadata_key: rejected(notYet),
  }),
  defineFields("envoy.config.core.v3.BindConfig", {
    source_address: supported(),
    extra_source_addresses: supported({ note: "Each connection comes from the first address of its host's family." }),
    additional_source_addresses: rejected("use extra_source_addresses"),
    freebind: rejected(noSocketOptions),
    socket_options: rejected(noSocketOptions),
    local_address_selector: rejected(notYet),
  }),
  defineFields("envoy.config.core.v3.ExtraSourceAddress", { address: required(), socket_options: rejected(noSocketOptions) }),
  defineFields("envoy.config.cluster.v3.Cluster.EdsClusterConfig", { eds_config: required(), service_name: supported() }),
  defineFields("envoy.config.cluster.v3.Cluster.RefreshRate", { base_interval: required(), max_interval: supported() }),
  defineFields("envoy.config.cluster.v3.Cluster.CommonLbConfig", {
    ...each(supported(), "healthy_panic_threshold", "ignore_new_hosts_until_first_hc", "close_connections_on_host_set_change"),
    locality_weighted_lb_config: supported({ note: "With a `load_balancing_policy`, the policy's own `locality_lb_config` is the place." }),
    zone_aware_lb_config: rejected(notYet),
    consistent_hashing_lb_config: supported(),
    update_merge_window: ignored("changes are merged until the next request comes"),
    override_host_status: rejected(notYet),
  }),
  defineFields("envoy.config.cluster.v3.Cluster.CommonLbConfig.LocalityWeightedLbConfig", {}),
  defineFields("envoy.extensions.load_balancing_policies.common.v3.LocalityLbConfig", {
    locality_weighted_lb_config: supported(),
    zone_aware_lb_config: rejected(notYet),
  }),
  defineFields("envoy.extensions.load_balancing_policies.common.v3.LocalityLbConfig.LocalityWeightedLbConfig", {}),
  defineFields("envoy.config.cluster.v3.Cluster.LeastRequestLbConfig", {
    ...each(supported(), "choice_count", "active_request_bias", "slow_start_config"),
  }),
  defineFields("envoy.config.cluster.v3.Cluster.RoundRobinLbConfig", { slow_start_config: supported() }),
  defineFields("envoy.config.cluster.v3.Cluster.RingHashLbConfig", {
    ...each(supported(), "minimum_ring_size", "maximum_ring_size"),
    hash_function: supported({ values: ["XX_HASH"] }),
  }),
  defineFields("envoy.config.cluster.v3.Cluster.MaglevLbConfig", { table_size: supported({ note: "A prime number." }) }),
  defineFields("envoy.config.cluster.v3.Cluster.CommonLbConfig.ConsistentHashingLbConfig", consistentHashingFields),
  defineFields("envoy.extensions.load_balancing_policies.common.v3.ConsistentHashingLbConfig", consistentHashingFields),
  defineFields("envoy.config.cluster.v3.Cluster.SlowStartConfig", slowStartFields),
  defineFields("envoy.extensions.load_balancing_policies.common.v3.SlowStartConfig", slowStartFields),
  defineFields("envoy.config.cluster.v3.LoadBalancingPolicy", {
    policies: required({ note: "The first one is used. All of them must be known to the proxy." }),
  }),
  defineFields("envoy.config.cluster.v3.LoadBalancingPolicy.Policy", {
    typed_extension_config: extension("envoy.load_balancing_policies", { required: true }),
  }),
  defineFields("envoy.config.cluster.v3.CircuitBreakers", { thresholds: supported(), per_host_thresholds: rejected(notYet) }),
  defineFields("envoy.config.cluster.v3.CircuitBreakers.Thresholds", {
    ...each(supported(), "priority", "max_connections", "max_pending_requests", "max_requests", "max_retries"),
    ...each(supported(), "retry_budget", "track_remaining"),
    max_connection_pools: rejected(notYet),
  }),
  defineFields(
    "envoy.config.cluster.v3.CircuitBreakers.Thresholds.RetryBudget",
    each(supported(), "budget_percent", "min_retry_concurrency"),
  ),
];

export const endpointTables: readonly FieldTable[] = [
  defineFields("envoy.config.endpoint.v3.ClusterLoadAssignment", {
    ...each(supported(), "cluster_name", "endpoints"),
    named_endpoints: rejected(notYet),
    policy: supported(),
  }),
  defineFields("envoy.config.endpoint.v3.ClusterLoadAssignment.Policy", {
    ...each(supported(), "overprovisioning_factor", "weighted_priority_health"),
    drop_overloads: supported({ note: "As in Envoy one category, for HTTP and RPC alike." }),
    endpoint_stale_after: rejected(notYet),
  }),
  defineFields("envoy.config.endpoint.v3.ClusterLoadAssignment.Policy.DropOverload", {
    category: required(),
    drop_percentage: supported(),
  }),
  defineFields("envoy.config.endpoint.v3.LocalityLbEndpoints", {
    ...each(supported(), "locality", "metadata", "lb_endpoints", "priority"),
    load_balancer_endpoints: rejected("use lb_endpoints"),
    leds_cluster_locality_config: rejected(notYet),
    load_balancing_weight: supported({
      note: "It counts with a `locality_weighted_lb_config` only, and for endpoints that have a `locality`.",
    }),
    proximity: ignored("Envoy does not read it either"),
  }),
  defineFields(
    "envoy.config.endpoint.v3.LbEndpoint",
    {
      ...each(supported(), "endpoint", "metadata", "load_balancing_weight", "health_status"),
      endpoint_name: rejected(notYet),
    },
    { requiredOneofs: ["host_identifier"] },
  ),
  defineFields("envoy.config.endpoint.v3.Endpoint", {
    address: required(),
    ...each(supported(), "health_check_config", "hostname"),
    additional_addresses: rejected(notYet),
  }),
  defineFields("envoy.config.endpoint.v3.Endpoint.HealthCheckConfig", {
    ...each(supported(), "port_value", "hostname", "disable_active_health_check", "address"),
  }),
];

export const healthCheckTables: readonly FieldTable[] = [
  defineFields(
    "envoy.config.core.v3.HealthCheck",
    {
      ...each(required(), "timeout", "interval", "unhealthy_threshold", "healthy_threshold"),
      ...each(supported(), "initial_jitter", "interval_jitter", "interval_jitter_percent", "reuse_connection"),
      ...each(supported(), "http_health_check", "tcp_health_check", "custom_health_check"),
      ...each(supported(), "no_traffic_interval", "no_traffic_healthy_interval", "unhealthy_interval", "unhealthy_edge_interval"),
      healthy_edge_interval: supported(),
      alt_port: rejected("use health_check_config of the endpoints"),
      grpc_health_check: rejected(needsHttp2),
      ...each(rejected("health check events are written to the proxy's own log"), "event_log_path", "event_logger", "event_service"),
      ...each(
        supported({ note: "Events are written to the proxy's own log." }),
        "always_log_health_check_failures",
        "always_log_health_check_success",
      ),
      ...each(rejected(needsTls), "tls_options", "transport_socket_match_criteria"),
    },
    { requiredOneofs: ["health_checker"] },
  ),
  defineFields("envoy.config.core.v3.HealthCheck.HttpHealthCheck", {
    path: required(),
    ...each(
      supported(),
      "host",
      "request_headers_to_add",
      "request_headers_to_remove",
      "expected_statuses",
      "retriable_statuses",
      "method",
      "receive",
      "response_buffer_size",
    ),
    codec_client_type: supported({ values: ["HTTP1"] }),
    ...each(rejected("Envoy does not implement it either"), "send"),
    service_name_matcher: rejected(notYet),
  }),
  defineFields("envoy.config.core.v3.HealthCheck.TcpHealthCheck", {
    ...each(supported(), "send", "receive"),
    proxy_protocol_config: rejected(notYet),
  }),
  defineFields(
    "envoy.config.core.v3.HealthCheck.Payload",
    { text: supported({ note: "Hexadecimal digits." }), binary: supported() },
    { requiredOneofs: ["payload"] },
  ),
  defineFields(
    "envoy.config.core.v3.HealthCheck.CustomHealthCheck",
    { name: required(), typed_config: extension("envoy.health_checkers") },
    { requiredOneofs: ["config_type"] },
  ),
];
