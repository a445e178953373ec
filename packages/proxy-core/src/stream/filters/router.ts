import { defineFields, each, ignored, rejected, type FieldTable } from "../../config/index.ts";
import type { StreamFilterExtension } from "../filter.ts";

const messageName = "envoy.extensions.filters.http.router.v3.Router";

const fields: FieldTable = defineFields(messageName, {
  ...each(ignored("this router keeps no dynamic statistics of its own"), "dynamic_stats"),
  ...each(ignored("no tracing spans are made yet"), "start_child_span"),
  ...each(rejected("upstream logs are not written yet"), "upstream_log", "upstream_log_options"),
  ...each(rejected("this router adds and checks the x-envoy headers as documented"), "suppress_envoy_headers", "strict_check_headers"),
  ...each(ignored("RPC is answered in RPC's own statuses"), "respect_expected_rq_timeout"),
  ...each(ignored("gRPC status codes are not counted yet"), "suppress_grpc_request_failure_code_stats"),
  ...each(rejected("there are no upstream filters yet"), "upstream_http_filters"),
});

/** Envoy's router: what follows the filters of a chain. It is part of every stream; the extension marks its place. */
export const routerFilter: StreamFilterExtension = {
  name: "envoy.filters.http.router",
  category: "envoy.filters.http",
  messageName,
  fields,
  terminal: true,
  create: () => ({}),
};
