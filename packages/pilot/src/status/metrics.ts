import { Counter, Gauge, Histogram, Registry } from "prom-client";
import {
  clusterTypeUrl,
  endpointsTypeUrl,
  listenerTypeUrl,
  routeConfigurationTypeUrl,
  type ClientInfo,
  type ClientStatus,
  type RequestEvent,
  type ResponseEvent,
  type XdsServerError,
  type XdsServerObserver,
} from "@mesh/xds-server";
import { hasSentEndpoints, listenersOf, outboundRoutesOf } from "../generators/index.ts";
import type { MeshSnapshot, ShardStatus } from "../hub/index.ts";
import type { ProxyScope } from "../scope/index.ts";
import { nameTableTypeUrl, type ConnectedProxy } from "../serving/index.ts";
import { Convergence } from "./convergence.ts";
import { metricTable, type MetricName } from "./metric-table.ts";
import { grpcStatusName } from "./status-names.ts";

/** Istio's short names of types, in labels. */
const shortNames: ReadonlyMap<string, string> = new Map([
  [clusterTypeUrl, "cds"],
  [endpointsTypeUrl, "eds"],
  [listenerTypeUrl, "lds"],
  [routeConfigurationTypeUrl, "rds"],
  [nameTableTypeUrl, "nds"],
]);

export const shortNameOf = (typeUrl: string): string => shortNames.get(typeUrl) ?? typeUrl.slice(typeUrl.lastIndexOf("/") + 1);

/** Clients may ask for types of any name: only those that are served are told apart. */
const labelOf = (typeUrl: string): string => shortNames.get(typeUrl) ?? "other";

/** What is asked when somebody reads the metrics. */
export interface MetricSources {
  readonly snapshot: () => MeshSnapshot | undefined;
  readonly registries: () => readonly ShardStatus[];
  readonly clients: () => readonly ClientStatus[];
  readonly connected: () => Iterable<ConnectedProxy>;
  /** One for each kind of proxies that are connected. */
  readonly scopes: () => Iterable<ProxyScope>;
}

/** A control plane's metrics, under Istio's names (`pilot_…`). What depends on who is connected is counted when it is read. */
export class PilotMetrics {
  readonly registry: Registry = new Registry();
  readonly #nowMs: () => number;
  readonly #convergence = new Convergence();
  readonly #pushes = this.#counter("pilot_xds_pushes");
  readonly #pushTime = this.#histogram("pilot_xds_push_time");
  readonly #size = this.#histogram("pilot_xds_config_size_bytes");
  readonly #queueTime = this.#histogram("pilot_proxy_queue_time");
  readonly #convergenceTime = this.#histogram("pilot_proxy_convergence_time");
  readonly #triggers = this.#counter("pilot_push_triggers");
  readonly #debounce = this.#histogram("pilot_debounce_time");
  readonly #build = this.#histogram("pilot_pushcontext_init_seconds");
  readonly #updates = this.#counter("pilot_inbound_updates");
  readonly #rejects = this.#counter("pilot_total_xds_rejects");
  readonly #expired = this.#counter("pilot_xds_expired_nonce");
  readonly #stalled = this.#counter("pilot_xds_write_timeout");
  readonly #faults = this.#counter("pilot_total_xds_internal_errors");
  readonly #refused = this.#counter("pilot_xds_streams_refused");

  constructor({ snapshot, registries, clients, connected, scopes }: MetricSources, version: string, nowMs: () => number) {
    this.#nowMs = nowMs;
    this.#gauge("pilot_info", (set) => set(1, { version }));
    this.#gauge("pilot_xds", (set) => {
      for (const [of, count] of countBy(connected(), ({ proxy }) => proxy.version)) set(count, { version: of });
    });
    this.#gauge("pilot_services", (set) => set(snapshot()?.services.all.length ?? 0));
    this.#gauge("pilot_virt_services", (set) => set(snapshot()?.rules.virtualServices.length ?? 0));
    this.#gauge("pilot_eds_no_instances", (set) => set(portsWithoutEndpoints(snapshot())));
    this.#gauge("pilot_no_ip", (set) => set(countSidecars(connected(), snapshot(), (local) => local.length === 0)));
    this.#gauge("pilot_endpoint_not_ready", (set) =>
      set(countSidecars(connected(), snapshot(), (local) => local.some(({ endpoint }) => endpoint.health !== "healthy"))),
    );
    this.#gauge("pilot_vservice_dup_domain", (set) => {
      set(countDistinct(scopes(), (scope) => (scope.proxy.type === "router" ? [] : outboundRoutesOf(scope).conflicts)));
    });
    this.#gauge("pilot_conflict_outbound_listener_tcp_over_current_tcp", (set) => {
      set(countDistinct(scopes(), (scope) => listenersOf(scope).conflicts));
    });
    for (const [typeUrl, name] of refusing) this.#gauge(name, (set) => setRefusals(clients(), typeUrl, set));
    this.#gauge("pilot_registry_ready", (set) => {
      for (const { name, isReady, error } of registries()) set(isReady && error === undefined ? 1 : 0, { registry: name });
    });
    this.#gauge("pilot_registry_instances", (set) => {
      for (const { name, instances } of registries()) set(instances, { registry: name });
    });
    this.#gauge("pilot_registry_held_instances", (set) => {
      for (const { name, held } of registries()) set(held, { registry: name });
    });
    this.#cpu();
    this.#gauge("process_resident_memory_bytes", (set) => set(process.memoryUsage.rss()));
    this.#gauge("process_start_time_seconds", (set) => set(performance.timeOrigin / 1000));
  }

  onConfig(): void {
    this.#updates.inc({ type: "config" });
  }

  /** Before proxies are told. `waitedMs`: since the first change; `buildMs`: what making the snapshot took after that. */
  onSnapshot({ change }: MeshSnapshot, waitedMs: number, buildMs: number): void {
    const now = this.#nowMs();
    this.#convergence.onPublished(now - buildMs - waitedMs, now);
    this.#debounce.observe((waitedMs + buildMs) / 1000);
    this.#build.observe(buildMs / 1000);
    if (change.rules) this.#triggers.inc({ type: "config" });
    if (change.services) this.#triggers.inc({ type: "service" });
    else if (change.endpoints) this.#triggers.inc({ type: "endpoint" });
  }

  observer(): XdsServerObserver {
    return {
      onDisconnected: ({ id }, error) => this.#onDisconnected(id, error),
      onRefused: (_, { code }) => this.#refused.inc({ code }),
      onRequest: (client, event) => this.#onRequest(client, event),
      onResponse: (client, event) => this.#onResponse(client, event),
    };
  }

  #onDisconnected(id: string, error: XdsServerError | undefined): void {
    this.#convergence.onGone(id);
    if (error?.code === "MESH_XDS_SERVER_STALLED") this.#stalled.inc();
    if (error?.code === "MESH_XDS_SERVER_SOURCE") this.#faults.inc();
  }

  #onRequest({ id }: ClientInfo, { typeUrl, kind, afterMs }: RequestEvent): void {
    const type = labelOf(typeUrl);
    if (kind === "stale") this.#expired.inc({ type });
    if (kind === "nack") this.#rejects.inc({ type });
    if (kind !== "ack" && kind !== "nack") return;
    this.#pushTime.observe({ type }, afterMs / 1000);
    const convergedMs = this.#convergence.onAnswered(id, typeUrl, kind === "ack", this.#nowMs());
    if (convergedMs !== undefined) this.#convergenceTime.observe(convergedMs / 1000);
  }

  #onResponse({ id }: ClientInfo, { typeUrl, bytes, queuedMs, isAsked }: ResponseEvent): void {
    const type = labelOf(typeUrl);
    this.#pushes.inc({ type });
    this.#size.observe({ type }, bytes);
    this.#queueTime.observe(queuedMs / 1000);
    this.#convergence.onSent(id, typeUrl, isAsked, this.#nowMs() - queuedMs);
  }

  /** A counter whose value the system keeps. */
  #cpu(): void {
    const name = "process_cpu_seconds_total";
    const counter = new Counter({
      name,
      help: metricTable[name].help,
      registers: [],
      collect() {
        const { user, system } = process.cpuUsage();
        this.reset();
        this.inc((user + system) / 1e6);
      },
    });
    this.registry.registerMetric(counter);
  }

  #counter(name: MetricName): Counter {
    const { help, labels } = metricTable[name];
    return new Counter({ name, help, labelNames: [...labels], registers: [this.registry] });
  }

  #histogram(name: MetricName): Histogram {
    const { help, labels, buckets = [] } = metricTable[name];
    return new Histogram({ name, help, labelNames: [...labels], buckets: [...buckets], registers: [this.registry] });
  }

  #gauge(name: MetricName, collect: (set: SetGauge) => void): void {
    const { help, labels } = metricTable[name];
    const gauge = new Gauge({
      name,
      help,
      labelNames: [...labels],
      registers: [],
      collect() {
        this.reset();
        collect((value, of = {}) => this.inc(of, value));
      },
    });
    this.registry.registerMetric(gauge);
  }
}

/** Adds to the gauge of these labels, which begins at 0. */
type SetGauge = (value: number, labels?: Readonly<Record<string, string>>) => void;

const refusing: readonly (readonly [typeUrl: string, name: MetricName])[] = [
  [clusterTypeUrl, "pilot_xds_cds_reject"],
  [endpointsTypeUrl, "pilot_xds_eds_reject"],
  [listenerTypeUrl, "pilot_xds_lds_reject"],
  [routeConfigurationTypeUrl, "pilot_xds_rds_reject"],
];

function setRefusals(clients: readonly ClientStatus[], typeUrl: string, set: SetGauge): void {
  for (const { client, types } of clients) {
    const refusal = types.find((type) => type.typeUrl === typeUrl)?.refusal;
    if (refusal !== undefined) set(1, { node: client.node.id, err: grpcStatusName(refusal.code) });
  }
}

function countBy<Item>(items: Iterable<Item>, keyOf: (item: Item) => string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(keyOf(item), (counts.get(keyOf(item)) ?? 0) + 1);
  return counts;
}

/** The same for alike proxies of several namespaces is one. */
function countDistinct(scopes: Iterable<ProxyScope>, of: (scope: ProxyScope) => readonly object[]): number {
  const found = new Set<string>();
  for (const scope of scopes) for (const each of of(scope)) found.add(JSON.stringify(each));
  return found.size;
}

type LocalEndpoints = ReturnType<MeshSnapshot["workloads"]["get"]>;

function countSidecars(
  connected: Iterable<ConnectedProxy>,
  snapshot: MeshSnapshot | undefined,
  matches: (local: LocalEndpoints) => boolean,
): number {
  let count = 0;
  for (const { proxy } of connected) {
    const local = proxy.addresses.flatMap((address) => snapshot?.workloads.get(address) ?? []);
    if (proxy.type === "sidecar" && matches(local)) count++;
  }
  return count;
}

/** Ports of which no proxy is sent an endpoint: none is listed, or none that is healthy, has a weight and can be connected to. */
function portsWithoutEndpoints(snapshot: MeshSnapshot | undefined): number {
  let count = 0;
  for (const service of snapshot?.services.all ?? []) {
    if (service.resolution !== "static") continue;
    const endpoints = snapshot?.endpoints.of(service);
    for (const { name, protocol } of service.ports) {
      if (protocol !== "udp" && !hasSentEndpoints(endpoints?.get(name) ?? [])) count++;
    }
  }
  return count;
}
