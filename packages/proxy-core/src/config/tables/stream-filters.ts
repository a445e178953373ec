import { defineFields, each, ignored, rejected, supported, type FieldTable } from "../fields.ts";
import { needsHttp2, notYet } from "./reasons.ts";

export const streamFilterTables: readonly FieldTable[] = [
  defineFields("envoy.extensions.filters.http.cors.v3.Cors", {}),
  defineFields("envoy.extensions.filters.http.cors.v3.CorsPolicy", {
    ...each(supported(), "allow_origin_string_match", "allow_methods", "allow_headers", "expose_headers", "max_age", "allow_credentials"),
    ...each(supported(), "filter_enabled", "shadow_enabled", "allow_private_network_access", "forward_not_matching_preflights"),
  }),
  defineFields("envoy.extensions.filters.http.fault.v3.HTTPFault", {
    ...each(supported(), "delay", "abort", "upstream_cluster", "headers", "downstream_nodes", "max_active_faults"),
    disable_downstream_cluster_stats: supported(),
    response_rate_limit: rejected(notYet),
    ...each(
      supported(),
      "delay_percent_runtime",
      "abort_percent_runtime",
      "delay_duration_runtime",
      "abort_http_status_runtime",
      "max_active_faults_runtime",
    ),
    response_rate_limit_percent_runtime: ignored("without a response_rate_limit it means nothing"),
    abort_grpc_status_runtime: ignored("without a grpc_status it means nothing"),
    filter_metadata: rejected(notYet),
  }),
  defineFields("envoy.extensions.filters.common.fault.v3.FaultDelay", each(supported(), "fixed_delay", "header_delay", "percentage"), {
    requiredOneofs: ["fault_delay_secifier"],
  }),
  defineFields("envoy.extensions.filters.common.fault.v3.FaultDelay.HeaderDelay", {}),
  defineFields(
    "envoy.extensions.filters.http.fault.v3.FaultAbort",
    { ...each(supported(), "http_status", "header_abort", "percentage"), grpc_status: rejected(needsHttp2) },
    { requiredOneofs: ["error_type"] },
  ),
  defineFields("envoy.extensions.filters.http.fault.v3.FaultAbort.HeaderAbort", {}),
  defineFields("envoy.extensions.filters.http.header_mutation.v3.HeaderMutation", {
    ...each(supported(), "mutations", "most_specific_header_mutations_wins"),
  }),
  defineFields("envoy.extensions.filters.http.header_mutation.v3.HeaderMutationPerRoute", { mutations: supported() }),
  defineFields("envoy.extensions.filters.http.header_mutation.v3.Mutations", each(supported(), "request_mutations", "response_mutations")),
  defineFields(
    "envoy.config.common.mutation_rules.v3.HeaderMutation",
    { ...each(supported(), "remove", "append") },
    { requiredOneofs: ["action"] },
  ),
];
