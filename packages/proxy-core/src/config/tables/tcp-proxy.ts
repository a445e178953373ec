import { defineFields, each, rejected, required, supported, type FieldTable } from "../fields.ts";
import { notYet } from "./reasons.ts";

export const tcpProxyTables: readonly FieldTable[] = [
  defineFields(
    "envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy",
    {
      stat_prefix: required(),
      ...each(supported(), "cluster", "weighted_clusters", "idle_timeout", "access_log", "max_connect_attempts"),
      max_downstream_connection_duration: supported(),
      on_demand: rejected(notYet),
      metadata_match: rejected(notYet),
      ...each(rejected("use idle_timeout"), "downstream_idle_timeout", "upstream_idle_timeout"),
      hash_policy: rejected(notYet),
      tunneling_config: rejected(notYet),
      ...each(
        rejected(`a connection is logged when it ends: ${notYet}`),
        "access_log_flush_interval",
        "flush_access_log_on_connected",
        "access_log_options",
      ),
    },
    { requiredOneofs: ["cluster_specifier"] },
  ),
  defineFields("envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy.WeightedCluster", { clusters: required() }),
  defineFields("envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy.WeightedCluster.ClusterWeight", {
    ...each(required(), "name", "weight"),
    metadata_match: rejected(notYet),
  }),
];
