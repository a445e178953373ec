import type { Labels, Milliseconds, Percent, WorkloadSelector } from "./common.ts";

/** Istio: networking.istio.io DestinationRule. */
export interface DestinationRuleSpec {
  readonly host: string;
  readonly trafficPolicy?: TrafficPolicy;
  readonly subsets: readonly Subset[];
  /** `.` own namespace, `*` all, else a namespace; empty: as MeshConfig's defaultDestinationRuleExportTo says. */
  readonly exportTo: readonly string[];
  /** The clients that it is for. Absent: all. */
  readonly workloadSelector?: WorkloadSelector;
}

export interface Subset {
  readonly name: string;
  readonly labels: Labels;
  readonly trafficPolicy?: TrafficPolicy;
}

export interface PortTrafficPolicy {
  readonly loadBalancer?: LoadBalancerSettings;
  readonly connectionPool?: ConnectionPoolSettings;
  readonly outlierDetection?: OutlierDetection;
  readonly tls?: ClientTlsSettings;
}

export interface TrafficPolicy extends PortTrafficPolicy {
  /** Each replaces the whole of the policy for its port. */
  readonly portLevelSettings: readonly PortLevelSettings[];
  readonly proxyProtocol?: { readonly version: "V1" | "V2" };
}

export interface PortLevelSettings extends PortTrafficPolicy {
  /** The service's port. The files write `{ number: 80 }`. */
  readonly port: number;
}

export interface LoadBalancerSettings {
  /** The deprecated `LEAST_CONN` is read as `LEAST_REQUEST`. Absent: LEAST_REQUEST, unless `consistentHash` is set. */
  readonly simple?: "LEAST_REQUEST" | "PASSTHROUGH" | "RANDOM" | "ROUND_ROBIN";
  /** Instead of `simple`. */
  readonly consistentHash?: ConsistentHash;
  /** Instead of MeshConfig's. */
  readonly localityLbSetting?: LocalityLbSetting;
  /** Also what the file has under the deprecated `warmupDurationSecs`. */
  readonly warmup?: Warmup;
}

/** New endpoints get a share that grows with time. */
export interface Warmup {
  readonly duration: Milliseconds;
  /** 10 unless the file says otherwise. */
  readonly minimumPercent: Percent;
  /** How fast the share grows; 1 (the default) is linear. */
  readonly aggression: number;
}

/** What requests are told apart by. */
export type ConsistentHashKey =
  | { readonly kind: "header"; readonly name: string }
  /** `path` and `ttl` are for a cookie that the proxy makes where there is none; without `ttl` it makes none, and 0 is a session cookie. */
  | {
      readonly kind: "cookie";
      readonly name: string;
      readonly path?: string;
      readonly ttl?: Milliseconds;
      /** Of the cookie that the proxy makes. */
      readonly attributes: readonly { readonly name: string; readonly value: string }[];
    }
  | { readonly kind: "sourceIp" }
  | { readonly kind: "queryParameter"; readonly name: string };

export type ConsistentHashAlgorithm =
  /** Absent `minimumRingSize`: 1024. */
  { readonly kind: "ringHash"; readonly minimumRingSize?: number } | { readonly kind: "maglev"; readonly tableSize?: number };

/** The files write `httpHeaderName`, `httpCookie`, `useSourceIp`, `httpQueryParameterName`; `ringHash`, `maglev`, or the deprecated `minimumRingSize`. */
export interface ConsistentHash {
  readonly key: ConsistentHashKey;
  readonly algorithm: ConsistentHashAlgorithm;
}

/** Has at most one of `distribute`, `failover` and `failoverPriority` that is not empty, save that the last two may go together. */
export interface LocalityLbSetting {
  readonly distribute: readonly LocalityDistribution[];
  readonly failover: readonly { readonly from: string; readonly to: string }[];
  /** Labels in order, each `key` or `key=value`: endpoints that share the most of the first ones come first. */
  readonly failoverPriority: readonly string[];
  /** Absent: as MeshConfig says. */
  readonly enabled?: boolean;
}

export interface LocalityDistribution {
  /** `region/zone/subzone`, or a part of it with `*`. */
  readonly from: string;
  /** Locality to percent; the sum is 100. */
  readonly to: Readonly<Record<string, number>>;
}

export interface ConnectionPoolSettings {
  readonly tcp?: TcpConnectionPool;
  readonly http?: HttpConnectionPool;
}

export interface TcpConnectionPool {
  readonly maxConnections?: number;
  readonly connectTimeout?: Milliseconds;
  readonly tcpKeepalive?: TcpKeepalive;
  readonly maxConnectionDuration?: Milliseconds;
  readonly idleTimeout?: Milliseconds;
}

export interface TcpKeepalive {
  readonly probes?: number;
  readonly time?: Milliseconds;
  readonly interval?: Milliseconds;
}

export interface HttpConnectionPool {
  readonly http1MaxPendingRequests?: number;
  readonly http2MaxRequests?: number;
  readonly maxRequestsPerConnection?: number;
  readonly maxRetries?: number;
  readonly idleTimeout?: Milliseconds;
  readonly h2UpgradePolicy: "DEFAULT" | "DO_NOT_UPGRADE" | "UPGRADE";
  readonly useClientProtocol: boolean;
  readonly maxConcurrentStreams?: number;
}

export interface OutlierDetection {
  /** 0 turns the counter off. */
  readonly consecutiveGatewayErrors?: number;
  /** Absent: 5. 0 turns the counter off. */
  readonly consecutive5xxErrors?: number;
  readonly splitExternalLocalOriginErrors: boolean;
  readonly consecutiveLocalOriginFailures?: number;
  /** Absent: 10 s. */
  readonly interval?: Milliseconds;
  /** Absent: 30 s. */
  readonly baseEjectionTime?: Milliseconds;
  /** Absent: 10. */
  readonly maxEjectionPercent?: number;
  /** Below this share of healthy hosts the detection rests. 0 (the default): it never does. */
  readonly minHealthPercent: number;
}

export interface ClientTlsSettings {
  readonly mode: "DISABLE" | "MUTUAL" | "SIMPLE";
  /** With MUTUAL: the path of a PEM file, as the next ones. */
  readonly clientCertificate?: string;
  readonly privateKey?: string;
  /** Absent: the server's certificate is not checked against an authority of the file's choice. */
  readonly caCertificates?: string;
  readonly caCrl?: string;
  readonly subjectAltNames: readonly string[];
  readonly sni?: string;
  readonly insecureSkipVerify?: boolean;
}
