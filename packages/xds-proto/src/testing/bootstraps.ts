/** Bootstraps as people write them, in the exact form in which `toJson` gives them back with the names of the .proto files. */

const type = (name: string): string => `type.googleapis.com/${name}`;

/** An HTTP edge: inline routes, retries, fault injection, health checks, outlier detection. */
const edge = {
  node: { id: "edge-1", cluster: "edge", locality: { region: "cn-hangzhou", zone: "b" } },
  static_resources: {
    listeners: [
      {
        name: "https",
        address: { socket_address: { address: "0.0.0.0", port_value: 8443 } },
        filter_chains: [
          {
            filter_chain_match: { server_names: ["shop.example.com", "*.shop.example.com"] },
            filters: [
              {
                name: "envoy.filters.network.http_connection_manager",
                typed_config: {
                  "@type": type("envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"),
                  stat_prefix: "edge",
                  route_config: {
                    name: "local",
                    virtual_hosts: [
                      {
                        name: "shop",
                        domains: ["shop.example.com"],
                        routes: [
                          {
                            match: {
                              path_separated_prefix: "/orders",
                              headers: [{ name: "x-tenant", string_match: { exact: "gold" } }],
                              runtime_fraction: { default_value: { numerator: 25 }, runtime_key: "routing.gold" },
                            },
                            route: {
                              weighted_clusters: {
                                clusters: [
                                  { name: "orders-v1", weight: 90 },
                                  { name: "orders-v2", weight: 10 },
                                ],
                              },
                              hash_policy: [{ cookie: { name: "sid", ttl: "3600s" } }],
                              timeout: "1.500s",
                              retry_policy: {
                                retry_on: "5xx,reset",
                                num_retries: 2,
                                per_try_timeout: "0.250s",
                                retry_host_predicate: [
                                  {
                                    name: "envoy.retry_host_predicates.previous_hosts",
                                    typed_config: { "@type": type("envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate") },
                                  },
                                ],
                              },
                            },
                            typed_per_filter_config: {
                              "envoy.filters.http.fault": {
                                "@type": type("envoy.extensions.filters.http.fault.v3.HTTPFault"),
                                delay: { fixed_delay: "0.050s", percentage: { numerator: 5, denominator: "TEN_THOUSAND" } },
                                abort: { http_status: 503, percentage: { numerator: 1 } },
                              },
                            },
                            request_headers_to_add: [
                              {
                                header: { key: "x-edge", value: "%DOWNSTREAM_LOCAL_ADDRESS%" },
                                append_action: "OVERWRITE_IF_EXISTS_OR_ADD",
                              },
                            ],
                          },
                          { match: { prefix: "/" }, redirect: { https_redirect: true, response_code: "PERMANENT_REDIRECT" } },
                        ],
                      },
                    ],
                  },
                  http_filters: [
                    { name: "envoy.filters.http.cors", typed_config: { "@type": type("envoy.extensions.filters.http.cors.v3.Cors") } },
                    {
                      name: "envoy.filters.http.fault",
                      typed_config: { "@type": type("envoy.extensions.filters.http.fault.v3.HTTPFault") },
                    },
                    {
                      name: "envoy.filters.http.local_ratelimit",
                      typed_config: {
                        "@type": type("envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit"),
                        stat_prefix: "edge",
                        token_bucket: { max_tokens: 1000, tokens_per_fill: 100, fill_interval: "1s" },
                      },
                    },
                    {
                      name: "envoy.filters.http.router",
                      typed_config: { "@type": type("envoy.extensions.filters.http.router.v3.Router") },
                    },
                  ],
                  use_remote_address: true,
                  access_log: [
                    {
                      name: "envoy.access_loggers.file",
                      filter: {
                        or_filter: {
                          filters: [
                            { response_flag_filter: {} },
                            { duration_filter: { comparison: { op: "GE", value: { default_value: 500, runtime_key: "slow" } } } },
                          ],
                        },
                      },
                      typed_config: {
                        "@type": type("envoy.extensions.access_loggers.file.v3.FileAccessLog"),
                        path: "/dev/stdout",
                        log_format: {
                          json_format: { status: "%RESPONSE_CODE%", bytes: { sent: "%BYTES_SENT%" }, sampled: true, level: 3 },
                        },
                      },
                    },
                  ],
                },
              },
            ],
            transport_socket: {
              name: "envoy.transport_sockets.tls",
              typed_config: {
                "@type": type("envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext"),
                common_tls_context: {
                  tls_params: { tls_minimum_protocol_version: "TLSv1_2" },
                  tls_certificates: [{ certificate_chain: { filename: "/etc/edge/tls.crt" }, private_key: { inline_bytes: "c2VjcmV0" } }],
                  alpn_protocols: ["h2", "http/1.1"],
                },
                require_client_certificate: false,
              },
            },
          },
        ],
        per_connection_buffer_limit_bytes: 32768,
        listener_filters: [
          {
            name: "envoy.filters.listener.tls_inspector",
            typed_config: { "@type": type("envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector") },
          },
        ],
      },
    ],
    clusters: [
      {
        name: "orders-v1",
        type: "STRICT_DNS",
        connect_timeout: "0.250s",
        lb_policy: "RING_HASH",
        health_checks: [
          {
            timeout: "1s",
            interval: "5s",
            unhealthy_threshold: 3,
            healthy_threshold: 2,
            http_health_check: { path: "/health", expected_statuses: [{ start: "200", end: "300" }] },
          },
        ],
        circuit_breakers: { thresholds: [{ max_connections: 100, max_requests: 1000, retry_budget: { budget_percent: { value: 20 } } }] },
        typed_extension_protocol_options: {
          "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
            "@type": type("envoy.extensions.upstreams.http.v3.HttpProtocolOptions"),
            explicit_http_config: { http2_protocol_options: { max_concurrent_streams: 100 } },
          },
        },
        outlier_detection: { consecutive_5xx: 5, interval: "10s", base_ejection_time: "30s", max_ejection_percent: 50 },
        ring_hash_lb_config: { minimum_ring_size: "1024", hash_function: "MURMUR_HASH_2" },
        load_assignment: {
          cluster_name: "orders-v1",
          endpoints: [
            {
              locality: { zone: "b" },
              lb_endpoints: [
                {
                  endpoint: { address: { socket_address: { address: "orders.local", port_value: 8080 } } },
                  health_status: "HEALTHY",
                  metadata: { filter_metadata: { "envoy.lb": { version: "v1", canary: false, weight: 1.5, tags: ["a", null] } } },
                  load_balancing_weight: 3,
                },
              ],
              load_balancing_weight: 1,
              priority: 1,
            },
          ],
        },
      },
    ],
  },
  admin: { address: { socket_address: { address: "127.0.0.1", port_value: 9901 } } },
};

/** A sidecar under a control plane: ADS, SDS, statistics tags, tracing, layered runtime. */
const sidecar = {
  node: {
    id: "sidecar~10.0.0.7~orders-0.default~default.svc.cluster.local",
    cluster: "orders.default",
    metadata: { CLUSTER_ID: "Kubernetes", LABELS: { app: "orders", version: "v1" }, PROXY_CONFIG: { concurrency: 2 } },
  },
  static_resources: {
    clusters: [
      {
        name: "xds-grpc",
        type: "STATIC",
        connect_timeout: "1s",
        load_assignment: {
          cluster_name: "xds-grpc",
          endpoints: [{ lb_endpoints: [{ endpoint: { address: { pipe: { path: "/etc/mesh/proxy/XDS" } } } }] }],
        },
        upstream_connection_options: { tcp_keepalive: { keepalive_time: 300 } },
        typed_extension_protocol_options: {
          "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
            "@type": type("envoy.extensions.upstreams.http.v3.HttpProtocolOptions"),
            explicit_http_config: { http2_protocol_options: {} },
          },
        },
      },
    ],
    secrets: [{ name: "default", tls_certificate: { certificate_chain: { filename: "/c.pem" }, private_key: { filename: "/k.pem" } } }],
  },
  dynamic_resources: {
    lds_config: { ads: {}, initial_fetch_timeout: "0s", resource_api_version: "V3" },
    cds_config: { ads: {}, initial_fetch_timeout: "0s", resource_api_version: "V3" },
    ads_config: {
      api_type: "GRPC",
      grpc_services: [{ envoy_grpc: { cluster_name: "xds-grpc" }, initial_metadata: [{ key: "tenant", value: "a" }] }],
      set_node_on_first_message_only: true,
      transport_api_version: "V3",
    },
  },
  stats_config: {
    stats_tags: [{ tag_name: "cluster_name", regex: "^cluster\\.((.+?)\\.)" }],
    use_all_default_tags: false,
    stats_matcher: { inclusion_list: { patterns: [{ prefix: "cluster_manager" }, { safe_regex: { regex: ".*upstream_rq_.*" } }] } },
  },
  tracing: {
    http: {
      name: "envoy.tracers.zipkin",
      typed_config: {
        "@type": type("envoy.config.trace.v3.ZipkinConfig"),
        collector_cluster: "zipkin",
        collector_endpoint: "/api/v2/spans",
        trace_id_128bit: true,
        shared_span_context: false,
        collector_endpoint_version: "HTTP_JSON",
      },
    },
  },
  layered_runtime: {
    layers: [
      { name: "static", static_layer: { "re2.max_program_size.error_level": 32768, "envoy.reloadable_features.x": true } },
      { name: "rtds", rtds_layer: { name: "rtds", rtds_config: { ads: {}, resource_api_version: "V3" } } },
      { name: "admin", admin_layer: {} },
    ],
  },
  overload_manager: {
    refresh_interval: "0.250s",
    resource_monitors: [
      {
        name: "envoy.resource_monitors.fixed_heap",
        typed_config: {
          "@type": type("envoy.extensions.resource_monitors.fixed_heap.v3.FixedHeapConfig"),
          max_heap_size_bytes: "2147483648",
        },
      },
    ],
    actions: [
      {
        name: "envoy.overload_actions.stop_accepting_requests",
        triggers: [{ name: "envoy.resource_monitors.fixed_heap", threshold: { value: 0.95 } }],
      },
    ],
  },
};

/** A sidecar for SOFARPC, with this mesh's own messages, and policy in front of TCP. */
const rpc = {
  static_resources: {
    listeners: [
      {
        name: "bolt",
        address: { socket_address: { address: "127.0.0.1", port_value: 12220 } },
        filter_chains: [
          {
            filters: [
              {
                name: "mesh.filters.network.rpc_proxy",
                typed_config: {
                  "@type": type("mesh.extensions.filters.network.rpc_proxy.v3.RpcProxy"),
                  stat_prefix: "bolt",
                  codec: {
                    name: "auto",
                    typed_config: {
                      "@type": type("mesh.extensions.codecs.auto.v3.Auto"),
                      codecs: [
                        {
                          name: "bolt",
                          typed_config: { "@type": type("mesh.extensions.codecs.bolt.v3.Bolt"), heartbeat_interval: "15s", go_away: true },
                        },
                      ],
                      detection_timeout: "3s",
                    },
                  },
                  rds: { config_source: { ads: {}, resource_api_version: "V3" }, route_config_name: "rpc" },
                  filters: [
                    {
                      name: "envoy.filters.http.rbac",
                      typed_config: {
                        "@type": type("envoy.extensions.filters.http.rbac.v3.RBAC"),
                        rules: {
                          action: "DENY",
                          policies: {
                            "no-strangers": {
                              permissions: [{ header: { name: ":path", string_match: { prefix: "/com.acme." } } }],
                              principals: [{ not_id: { authenticated: { principal_name: { suffix: "/sa/orders" } } } }],
                            },
                          },
                        },
                      },
                    },
                    {
                      name: "envoy.filters.http.router",
                      typed_config: { "@type": type("envoy.extensions.filters.http.router.v3.Router") },
                    },
                  ],
                  idle_timeout: "90s",
                  max_frame_bytes: 8388608,
                },
              },
            ],
          },
        ],
      },
    ],
    clusters: [
      {
        name: "com.acme.OrderService",
        type: "EDS",
        eds_cluster_config: { eds_config: { ads: {} } },
        health_checks: [
          {
            timeout: "1s",
            interval: "10s",
            unhealthy_threshold: 2,
            healthy_threshold: 1,
            custom_health_check: {
              name: "mesh.health_checkers.rpc",
              typed_config: { "@type": type("mesh.extensions.health_checkers.rpc.v3.RpcHeartbeat"), codec: { name: "bolt" } },
            },
          },
        ],
        typed_extension_protocol_options: {
          "mesh.extensions.upstreams.rpc.v3.RpcProtocolOptions": {
            "@type": type("mesh.extensions.upstreams.rpc.v3.RpcProtocolOptions"),
            codec: { name: "bolt", typed_config: { "@type": type("mesh.extensions.codecs.bolt.v3.Bolt") } },
            connections_per_host: 2,
            reconnect_base_interval: "0.500s",
            reconnect_max_interval: "10s",
          },
        },
        load_balancing_policy: {
          policies: [
            {
              typed_extension_config: {
                name: "wrr",
                typed_config: {
                  "@type": type("envoy.extensions.load_balancing_policies.wrr_locality.v3.WrrLocality"),
                  endpoint_picking_policy: {
                    policies: [
                      {
                        typed_extension_config: {
                          name: "lr",
                          typed_config: {
                            "@type": type("envoy.extensions.load_balancing_policies.least_request.v3.LeastRequest"),
                            choice_count: 2,
                          },
                        },
                      },
                    ],
                  },
                },
              },
            },
          ],
        },
      },
    ],
  },
};

export const bootstraps: Readonly<Record<string, object>> = { edge, sidecar, rpc };
