/** What Istio's dashboards and alerts ask for: names, labels and buckets are Istio's (pilot/pkg/xds/monitoring.go, pilot/pkg/model/push_context.go). */
export interface MetricDescription {
  readonly type: "counter" | "gauge" | "histogram";
  readonly help: string;
  readonly labels: readonly string[];
  /** Of a histogram: upper bounds. */
  readonly buckets?: readonly number[];
  /** Where it is not quite what Istio's is, or Istio has none. */
  readonly note?: string;
}

const slow = [0.1, 0.5, 1, 3, 5, 10, 20, 30];
const fast = [0.01, 0.1, 1, 3, 5, 10, 20, 30];

export type MetricName =
  | "pilot_info"
  | "pilot_xds"
  | "pilot_services"
  | "pilot_virt_services"
  | "pilot_eds_no_instances"
  | "pilot_no_ip"
  | "pilot_endpoint_not_ready"
  | "pilot_vservice_dup_domain"
  | "pilot_conflict_outbound_listener_tcp_over_current_tcp"
  | "pilot_xds_pushes"
  | "pilot_xds_push_time"
  | "pilot_xds_config_size_bytes"
  | "pilot_proxy_queue_time"
  | "pilot_proxy_convergence_time"
  | "pilot_push_triggers"
  | "pilot_debounce_time"
  | "pilot_pushcontext_init_seconds"
  | "pilot_inbound_updates"
  | "pilot_total_xds_rejects"
  | "pilot_xds_cds_reject"
  | "pilot_xds_eds_reject"
  | "pilot_xds_lds_reject"
  | "pilot_xds_rds_reject"
  | "pilot_xds_expired_nonce"
  | "pilot_xds_write_timeout"
  | "pilot_total_xds_internal_errors"
  | "pilot_xds_streams_refused"
  | "pilot_registry_ready"
  | "pilot_registry_instances"
  | "pilot_registry_held_instances"
  | "process_cpu_seconds_total"
  | "process_resident_memory_bytes"
  | "process_start_time_seconds";

export const metricTable: Readonly<Record<MetricName, MetricDescription>> = {
  pilot_info: { type: "gauge", help: "The version that runs; the value is 1", labels: ["version"] },
  pilot_xds: {
    type: "gauge",
    help: "Streams of proxies that are served",
    labels: ["version"],
    note: "A client that opens a stream for each type counts once for each.",
  },
  pilot_services: { type: "gauge", help: "Services of the mesh", labels: [] },
  pilot_virt_services: { type: "gauge", help: "VirtualServices in force", labels: [] },
  pilot_eds_no_instances: { type: "gauge", help: "Ports of services of which proxies are sent no endpoint", labels: [] },
  pilot_no_ip: {
    type: "gauge",
    help: "Sidecars whose address no service has as an endpoint, as it is with those that only call",
    labels: [],
  },
  pilot_endpoint_not_ready: { type: "gauge", help: "Sidecars with an endpoint that its registry says is not healthy", labels: [] },
  pilot_vservice_dup_domain: {
    type: "gauge",
    help: "Domains that a virtual host does without, since another one of the same routes has them",
    labels: [],
  },
  pilot_conflict_outbound_listener_tcp_over_current_tcp: {
    type: "gauge",
    help: "Ports of services without a listener, since another service has what it needs",
    labels: [],
  },
  pilot_xds_pushes: {
    type: "counter",
    help: "Responses sent",
    labels: ["type"],
    note: "Istio counts failures here as well, as `cds_senderr`.",
  },
  pilot_xds_push_time: {
    type: "histogram",
    help: "Seconds from a response being given to the network to the proxy's answer",
    labels: ["type"],
    buckets: fast,
    note: "Istio's is the time to make and send it: here what one proxy is sent is made once for all that are alike.",
  },
  pilot_xds_config_size_bytes: {
    type: "histogram",
    help: "Bytes of responses",
    labels: ["type"],
    buckets: [1, 10_000, 1_000_000, 4_000_000, 10_000_000, 40_000_000],
  },
  pilot_proxy_queue_time: { type: "histogram", help: "Seconds that a proxy waited for its turn", labels: [], buckets: slow },
  pilot_proxy_convergence_time: {
    type: "histogram",
    help: "Seconds from a change to the moment in which a proxy has acknowledged all that it was sent for it",
    labels: [],
    buckets: slow,
    note: "Istio's begins after debouncing and ends when all is sent.",
  },
  pilot_push_triggers: {
    type: "counter",
    help: "Snapshots that proxies were told of, by what changed: config, service, endpoint",
    labels: ["type"],
    note: "Istio counts each proxy that is told.",
  },
  pilot_debounce_time: {
    type: "histogram",
    help: "Seconds from the first change of a burst to the snapshot, which is made then",
    labels: [],
    buckets: fast,
  },
  pilot_pushcontext_init_seconds: { type: "histogram", help: "Seconds to make a snapshot", labels: [], buckets: [0.01, 0.1, 0.5, 1, 3, 5] },
  pilot_inbound_updates: {
    type: "counter",
    help: "Changes of the configuration",
    labels: ["type"],
    note: "The type is `config`; Istio has others.",
  },
  pilot_total_xds_rejects: { type: "counter", help: "Responses that proxies refused", labels: ["type"] },
  pilot_xds_cds_reject: { type: "gauge", help: "Proxies that refuse the clusters they were last sent", labels: ["node", "err"] },
  pilot_xds_eds_reject: { type: "gauge", help: "Proxies that refuse the endpoints they were last sent", labels: ["node", "err"] },
  pilot_xds_lds_reject: { type: "gauge", help: "Proxies that refuse the listeners they were last sent", labels: ["node", "err"] },
  pilot_xds_rds_reject: { type: "gauge", help: "Proxies that refuse the routes they were last sent", labels: ["node", "err"] },
  pilot_xds_expired_nonce: { type: "counter", help: "Requests that answer an older response than the last", labels: ["type"] },
  pilot_xds_write_timeout: { type: "counter", help: "Streams that were ended because the proxy did not read", labels: [] },
  pilot_total_xds_internal_errors: { type: "counter", help: "Streams that were ended for a fault of the pilot", labels: [] },
  pilot_xds_streams_refused: {
    type: "counter",
    help: "Streams that were ended before they were served, by the code of the error",
    labels: ["code"],
    note: "Istio has none.",
  },
  pilot_registry_ready: {
    type: "gauge",
    help: "1 for a registry that has said what it has and is well, otherwise 0",
    labels: ["registry"],
    note: "Istio has none.",
  },
  pilot_registry_instances: { type: "gauge", help: "Instances in a registry", labels: ["registry"], note: "Istio has none." },
  pilot_registry_held_instances: {
    type: "gauge",
    help: "Instances that a registry lost in a mass or after a fault, and that are kept for now",
    labels: ["registry"],
    note: "Istio has none.",
  },
  process_cpu_seconds_total: { type: "counter", help: "CPU time of the process, in seconds", labels: [] },
  process_resident_memory_bytes: { type: "gauge", help: "Memory of the process, in bytes", labels: [] },
  process_start_time_seconds: { type: "gauge", help: "When the process began, in seconds since 1970", labels: [] },
};

/** All metrics, by name. */
export function describeMetrics(): ReadonlyMap<string, MetricDescription> {
  return new Map(Object.entries(metricTable));
}
