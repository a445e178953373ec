import { defineFields, each, extension, ignored, rejected, required, supported, type FieldTable } from "../fields.ts";
import { needsTls, needsTracing, noSocketOptions, notYet } from "./reasons.ts";

const noThreads = "it watches Envoy's threads, and an event loop has none";

export const bootstrapTables: readonly FieldTable[] = [
  defineFields("envoy.config.bootstrap.v3.Bootstrap", {
    ...each(supported(), "node", "static_resources", "admin"),
    ...each(
      rejected(notYet),
      "node_context_params",
      "hds_config",
      "xds_delegate_extension",
      "xds_config_tracker_extension",
      "grpc_async_client_manager_config",
    ),
    dynamic_resources: supported({ note: "Needs a proxy that is composed with configuration sources, as mosn is." }),
    ...each(supported(), "config_sources", "default_config_source"),
    cluster_manager: rejected(`what is common to all clusters cannot be set: ${notYet}`),
    flags_path: rejected("there are no flag files"),
    stats_sinks: rejected("statistics are read from the admin port: /stats and /stats/prometheus"),
    deferred_stat_options: ignored("it only saves memory in Envoy"),
    stats_config: rejected("statistics have Envoy's default tags and buckets; others cannot be set yet"),
    ...each(ignored("statistics are not sent anywhere, so nothing is flushed"), "stats_flush_interval", "stats_flush_on_admin"),
    ...each(ignored(noThreads), "watchdog", "watchdogs"),
    tracing: rejected(needsTracing),
    layered_runtime: supported(),
    overload_manager: rejected(notYet),
    enable_dispatcher_stats: ignored("there are no dispatchers to count"),
    header_prefix: rejected("headers begin with x-envoy-"),
    stats_server_version_override: rejected("the version is the proxy's own"),
    ...each(
      rejected("names are looked up by the resolver that the proxy is started with"),
      "use_tcp_for_dns_lookups",
      "dns_resolution_config",
      "typed_dns_resolver_config",
    ),
    bootstrap_extensions: rejected("extensions are given to the proxy when it is composed"),
    fatal_actions: rejected("a proxy that fails ends, and is started again from outside"),
    default_socket_interface: rejected("sockets are Node.js's"),
    certificate_provider_instances: rejected(needsTls),
    inline_headers: ignored("it only speeds up Envoy's header map"),
    perf_tracing_file_path: rejected("performance is looked at with Node.js's tools"),
    default_regex_engine: rejected("regular expressions are RE2's, always"),
    listener_manager: rejected("there is one listener manager"),
    application_log_config: rejected("the form of the proxy's own log is chosen where it is started"),
    memory_allocator_manager: ignored("it tunes Envoy's allocator"),
  }),
  defineFields("envoy.config.bootstrap.v3.Bootstrap.StaticResources", {
    ...each(supported(), "listeners", "clusters"),
    secrets: rejected(needsTls),
  }),
  defineFields("envoy.config.bootstrap.v3.LayeredRuntime", { layers: supported({ note: "Without any: one admin layer." }) }),
  defineFields(
    "envoy.config.bootstrap.v3.RuntimeLayer",
    {
      name: required(),
      static_layer: supported(),
      disk_layer: rejected("files are not watched; use static_layer, or rtds_layer for what changes"),
      admin_layer: supported({ note: "Written by `/runtime_modify`." }),
      rtds_layer: supported(),
    },
    { requiredOneofs: ["layer_specifier"] },
  ),
  defineFields("envoy.config.bootstrap.v3.RuntimeLayer.AdminLayer", {}),
  defineFields("envoy.config.bootstrap.v3.RuntimeLayer.RtdsLayer", each(required(), "name", "rtds_config")),
  defineFields("envoy.service.runtime.v3.Runtime", { name: required(), layer: supported() }),
  defineFields("envoy.config.bootstrap.v3.Bootstrap.DynamicResources", {
    ...each(supported(), "lds_config", "lds_resources_locator", "cds_config", "cds_resources_locator", "ads_config"),
  }),
  defineFields("envoy.config.bootstrap.v3.Admin", {
    ...each(supported(), "access_log"),
    address: supported({ note: "Without it: 127.0.0.1:9901. TCP and unix sockets." }),
    access_log_path: rejected("use access_log"),
    profile_path: ignored("there is no profiler that would write to it"),
    socket_options: rejected(noSocketOptions),
    ignore_global_conn_limit: ignored("there is no limit on the connections of all listeners together"),
  }),
  defineFields("envoy.config.core.v3.Node", {
    ...each(supported(), "id", "cluster", "locality"),
    metadata: supported({ note: "Shown in `/server_info` and `/config_dump`." }),
    dynamic_parameters: rejected(notYet),
    ...each(
      ignored("the proxy fills it in itself"),
      "user_agent_name",
      "user_agent_version",
      "user_agent_build_version",
      "extensions",
      "client_features",
      "listening_addresses",
    ),
  }),
];

export const extensionTables: readonly FieldTable[] = [
  defineFields("envoy.config.core.v3.TypedExtensionConfig", {
    name: supported(),
    typed_config: extension("from-parent", { required: true }),
  }),
  defineFields(
    "envoy.config.core.v3.TransportSocket",
    { name: supported(), typed_config: extension("from-parent") },
    { requiredOneofs: ["config_type"] },
  ),
  defineFields("envoy.config.core.v3.ExtensionConfigSource", {
    config_source: required(),
    default_config: extension("envoy.filters.http"),
    apply_default_config_without_warming: supported(),
    type_urls: required(),
  }),
  defineFields("envoy.config.route.v3.FilterConfig", {
    config: extension("from-parent", { note: "May be left out where `disabled` says all." }),
    is_optional: supported(),
    disabled: supported(),
  }),
];
