import type { Metadata } from "../config/index.ts";
import type { SocketAddress, SourceAddress } from "../network/index.ts";
import type { Hash64 } from "../runtime/index.ts";
import type { Counter, Gauge, Histogram } from "../stats/index.ts";

/** What is known against a host; one with none is healthy. Bits. All but the two of degraded hosts put it out of choice. */
export const HostHealth = {
  /** An active health check failed. */
  FailedActiveCheck: 1,
  /** Outlier detection ejected it. */
  Ejected: 2,
  /** The endpoint's own `health_status` says so. */
  UnhealthyByConfig: 4,
  /** Its connections told that it drains (GoAway, Dubbo's read-only). */
  Draining: 8,
  /** It is new, no health check has come back yet, and `ignore_new_hosts_until_first_hc` is set: it does not count among the hosts. */
  PendingActiveCheck: 16,
  /** It answered with `x-envoy-immediate-health-check-fail`, and does not count among the hosts until a check passes. */
  ImmediateFailure: 32,
  /** A health check was answered with `x-envoy-degraded`: it is chosen where there are not enough healthy ones. */
  DegradedByCheck: 64,
  /** The same, by the endpoint's own `health_status`. */
  DegradedByConfig: 128,
  /** The endpoint's own `health_status` says that it drains: it does not count among the hosts. */
  DrainingByConfig: 256,
} as const;

/** Where a host runs. */
export interface Locality {
  readonly region: string;
  readonly zone: string;
  readonly subZone: string;
}

/**
 * A pool of one protocol's connections to one host. Protocols make them (`http`, `rpc`); the host closes them when it is removed.
 */
export interface HostPool {
  /** Takes no new streams; closes each connection when its last stream ends. */
  drain(): void;
  /** Closes all connections now; their streams are reset. */
  close(): void;
}

/** Identifies a protocol's pools on a host: its `slot` indexes `Host.pools`. Made once per protocol configuration with `allocatePoolSlot()`. */
export interface PoolSlot {
  readonly slot: number;
}

/** Per-host numbers that `/clusters` prints. Plain fields: they are written for every request. */
export interface HostStats {
  cxTotal: number;
  cxActive: number;
  cxConnectFail: number;
  rqTotal: number;
  rqActive: number;
  /** They wait for a connection. */
  rqPendingActive: number;
  rqSuccess: number;
  rqError: number;
  rqTimeout: number;
}

/** One endpoint. Lives as long as it is in the cluster, whatever is updated around it. */
export interface Host {
  readonly address: SocketAddress;
  /** The address in text. */
  readonly addressText: string;
  readonly hostname: string;
  /** `envoy.lb: { canary: true }` in its metadata. */
  readonly canary: boolean;
  /** Of the endpoint, as configured. */
  readonly metadata: Metadata | undefined;
  /** 1 or more; relative to the other hosts of its locality. */
  readonly weight: number;
  /** 0 is the highest. */
  readonly priority: number;
  readonly locality: Locality;
  /** Bits of `HostHealth`. */
  readonly health: number;
  /** Milliseconds on the clock: when it came, or when an active health check found it healthy again. */
  readonly availableSince: number;
  /** Bits of `HostHealth`: sets or clears one, and has the cluster choose anew among its hosts when that changes anything. */
  setHealth(bit: number, on: boolean): void;
  /**
   * The host itself asked for no more requests (`x-envoy-immediate-health-check-fail` in a response): it counts as failed until an active
   * health check passes. Does nothing in a cluster without active health checks.
   */
  failActiveCheck(): void;
  readonly cluster: Cluster;
  readonly stats: HostStats;
  /** By `PoolSlot.slot`. */
  readonly pools: (HostPool | undefined)[];
  /**
   * Called for each response and each failure, for outlier detection.
   *
   * @param localOrigin this side saw the failure itself: there was no connection (503), it broke (503), or there was no answer in time (504).
   *   Below 500, that all was well to where this side can see
   */
  recordResult(httpStatus: number, localOrigin: boolean): void;
  /** Called for each request that got a connection, before anything is known of its answer. */
  recordConnected(): void;
}

/** What a balancer may look at. A `Stream` is one. */
export interface LoadBalancerContext {
  /** By the route's hash policy; undefined where there is none, or nothing to hash. Only balancers that hash ask for it. */
  readonly hashKey: Hash64 | undefined;
  /**
   * True for a host that was chosen and is not to be taken (retry_host_predicate): another one is chosen. It is asked once for each choice,
   * and answers false when it has been true often enough (host_selection_retry_max_attempts).
   */
  shouldSkip(host: Host): boolean;
  /** `ip:port` that the connection was going to, where it was redirected and a listener filter found out; for clusters of the type ORIGINAL_DST. */
  readonly originalDestination: string | undefined;
  /** A header field of the request; undefined where there is none, or no request. */
  requestHeader(name: string): string | undefined;
}

/** Chooses hosts. Pickers are made anew when hosts change, and never change themselves. */
export interface Picker {
  /** @param attempt how many hosts that it chose for this try were not taken; a picker that would choose the same one again counts on. Default: 0 */
  pick(context: LoadBalancerContext, attempt?: number): Host | undefined;
}

/** The limits that a cluster's circuit breakers put on one priority of requests, and what is used of them. */
export interface ResourceLimits {
  readonly maxConnections: number;
  readonly maxPendingRequests: number;
  readonly maxRequests: number;
  /** With a retry budget it follows from the requests. */
  readonly maxRetries: number;
  connections: number;
  pendingRequests: number;
  requests: number;
  retries: number;
}

/** Whether a request comes from our own network, as far as its protocol tells. */
export type RequestOrigin = "internal" | "external";

/** Statistics of a cluster under Envoy's names (`cluster.NAME.…`). */
export interface ClusterStats {
  readonly upstreamCxTotal: Counter;
  readonly upstreamCxActive: Gauge;
  readonly upstreamCxConnectFail: Counter;
  readonly upstreamCxConnectTimeout: Counter;
  readonly upstreamCxOverflow: Counter;
  readonly upstreamCxConnectMs: Histogram;
  readonly upstreamCxLengthMs: Histogram;
  readonly upstreamCxDestroy: Counter;
  readonly upstreamCxDestroyLocal: Counter;
  readonly upstreamCxDestroyRemote: Counter;
  readonly upstreamCxDestroyWithActiveRq: Counter;
  readonly upstreamCxDestroyLocalWithActiveRq: Counter;
  readonly upstreamCxDestroyRemoteWithActiveRq: Counter;
  readonly upstreamCxHttp1Total: Counter;
  /** The host asked for the connection's end: `connection: close`, GoAway. */
  readonly upstreamCxCloseNotify: Counter;
  /** Requests that a connection has carried, when it ends. */
  readonly upstreamRqPerCx: Histogram;
  /** The host takes a request more slowly than it comes, and takes it again. */
  readonly upstreamFlowControlBackedUpTotal: Counter;
  readonly upstreamFlowControlDrainedTotal: Counter;
  /** The client takes a response more slowly than it comes, and takes it again. */
  readonly upstreamFlowControlPausedReadingTotal: Counter;
  readonly upstreamFlowControlResumedReadingTotal: Counter;
  /** A request was not tried again because it is no longer held whole. */
  readonly retryOrShadowAbandoned: Counter;
  readonly upstreamCxIdleTimeout: Counter;
  readonly upstreamCxMaxRequests: Counter;
  readonly upstreamCxProtocolError: Counter;
  readonly upstreamCxRxBytesTotal: Counter;
  readonly upstreamCxTxBytesTotal: Counter;
  readonly upstreamCxNoneHealthy: Counter;
  /** A TcpProxy found no host that could be reached in `max_connect_attempts`. */
  readonly upstreamCxConnectAttemptsExceeded: Counter;
  readonly upstreamRqTotal: Counter;
  readonly upstreamRqActive: Gauge;
  readonly upstreamRqPendingTotal: Counter;
  readonly upstreamRqPendingActive: Gauge;
  readonly upstreamRqPendingOverflow: Counter;
  readonly upstreamRqPendingFailureEject: Counter;
  readonly upstreamRqCancelled: Counter;
  readonly upstreamRqTimeout: Counter;
  readonly upstreamRqPerTryTimeout: Counter;
  readonly upstreamRqRxReset: Counter;
  readonly upstreamRqTxReset: Counter;
  readonly upstreamRqRetry: Counter;
  readonly upstreamRqRetrySuccess: Counter;
  readonly upstreamRqRetryOverflow: Counter;
  readonly upstreamRqRetryLimitExceeded: Counter;
  readonly upstreamRqRetryBackoffExponential: Counter;
  readonly upstreamRqMaintenanceMode: Counter;
  /** Requests that got no host because of `drop_overloads`. */
  readonly upstreamRqDropOverload: Counter;
  /** Milliseconds from the request to the end of the response. */
  readonly upstreamRqTime: Histogram;
  /**
   * Counts an answer, of a host or in its place, in `upstream_rq_completed`, in its class (`upstream_rq_2xx`) and in its status
   * (`upstream_rq_200`), and in the same with `internal.`, `external.` or `canary.` before it.
   */
  countResponse(httpStatus: number, origin?: RequestOrigin, isCanary?: boolean): void;
  /** Counts a response that is not passed on, but tried again, with `retry.` before the names. */
  countRetriedResponse(httpStatus: number): void;
  /** Records milliseconds in `upstreamRqTime` and in what belongs to the origin. */
  recordResponseTime(ms: number, origin?: RequestOrigin, isCanary?: boolean): void;
  /** Counts the end of a connection that was begun. */
  countDestroy(isLocal: boolean, withActiveRequest: boolean): void;
}

/** A named group of hosts and how to reach them. */
export interface Cluster {
  readonly name: string;
  readonly connectTimeoutMs: number;
  /** Bytes that may wait for a connection's peer before reading from the other side stops. */
  readonly bufferLimitBytes: number;
  readonly hosts: readonly Host[];
  readonly stats: ClusterStats;
  /** The share of requests that are answered before a host is chosen (`drop_overloads`): 0 to 1. It changes with the endpoints. */
  readonly dropOverload: number;
  readonly metadata: Metadata | undefined;
  /** By Envoy's RoutingPriority: 0 default, 1 high. */
  readonly limits: readonly [ResourceLimits, ResourceLimits];
  /** The most requests that one connection carries; 0: no limit. */
  readonly maxRequestsPerConnection: number;
  /** Milliseconds after which an unused upstream connection is closed; 0: never. */
  readonly idleTimeoutMs: number;
  /** Decoded `typed_extension_protocol_options` by message name, for the protocol whose options they are. */
  protocolOptions(messageName: string): unknown;
  /** Where a connection to a host is to come from (`upstream_bind_config`); undefined: the kernel chooses. */
  sourceFor(target: SocketAddress): SourceAddress | undefined;
  /** The host for a stream, or `undefined` when none can be chosen. */
  pickHost(context: LoadBalancerContext): Host | undefined;
}

/** Finds clusters by name; what it returns changes with configuration, so streams keep the cluster they began with. */
export interface ClusterManager {
  find(name: string): Cluster | undefined;
  /** Whether there is one, or will be when it is warm. */
  knows(name: string): boolean;
  /** Whether others may come while the proxy runs, so that one that is not there may still come. */
  readonly isOpen: boolean;
  forEach(visit: (cluster: Cluster) => void): void;
}
