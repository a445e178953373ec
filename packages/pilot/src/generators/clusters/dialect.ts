import type { ProxyProfile } from "../../proxy/index.ts";

/** What clusters for one kind of proxy may say. What they may not is left out or said in another way. */
export interface ClusterFeatures {
  /** Clusters that connect to where the caller has dialled, from an address that is not redirected. */
  readonly originalDestination: boolean;
  /** Without it, a cluster that has to speak TLS is left out: its traffic must not go in plain text. The same with PROXY protocol. */
  readonly transportSockets: boolean;
  readonly http2: boolean;
  readonly httpOptions: boolean;
  readonly maxConnectionDuration: boolean;
  readonly outlierDetection: boolean;
  readonly leastRequest: boolean;
  readonly random: boolean;
  readonly ringHash: boolean;
  readonly maglev: boolean;
  readonly slowStart: boolean;
  readonly tcpKeepalive: boolean;
  readonly strictDns: boolean;
  /** Calls of RPC services are told apart, so that the variants of one need clusters of their own. */
  readonly rpcVariants: boolean;
}

const envoyFeatures: ClusterFeatures = {
  originalDestination: true,
  transportSockets: true,
  http2: true,
  httpOptions: true,
  maxConnectionDuration: true,
  outlierDetection: true,
  leastRequest: true,
  random: true,
  ringHash: true,
  maglev: true,
  slowStart: true,
  tcpKeepalive: true,
  strictDns: true,
  rpcVariants: false,
};

/** What docs/reference/config-compatibility.md does not reject. */
const mosnFeatures: ClusterFeatures = {
  originalDestination: true,
  transportSockets: false,
  http2: false,
  httpOptions: true,
  maxConnectionDuration: false,
  outlierDetection: true,
  leastRequest: true,
  random: true,
  ringHash: true,
  maglev: true,
  slowStart: true,
  tcpKeepalive: false,
  strictDns: true,
  rpcVariants: true,
};

/** gRPC: A27 (clusters), A32 (circuit breakers), A37 (logical DNS), A42 (ring hash), A50 (outlier detection). */
const grpcFeatures: ClusterFeatures = {
  originalDestination: false,
  transportSockets: false,
  http2: false,
  httpOptions: false,
  maxConnectionDuration: false,
  outlierDetection: true,
  leastRequest: false,
  random: false,
  ringHash: true,
  maglev: false,
  slowStart: false,
  tcpKeepalive: false,
  strictDns: false,
  rpcVariants: false,
};

/** All of a proxy that its outbound clusters depend on, save its place. Proxies that are alike in it have the same object. */
export interface ClusterDialect {
  readonly features: ClusterFeatures;
  /** Istio: gateways cannot go where the caller has dialled, for no caller has dialled the service; they choose among its endpoints. */
  readonly followsCallers: boolean;
  /** Where a port's protocol is not known, hosts are spoken to in the caller's HTTP. Gateways always know. */
  readonly detectsProtocol: boolean;
}

const forSidecars = (features: ClusterFeatures): ClusterDialect => ({
  features,
  followsCallers: features.originalDestination,
  detectsProtocol: true,
});

const forGateways = (features: ClusterFeatures): ClusterDialect => ({ features, followsCallers: false, detectsProtocol: false });

const grpc = forGateways(grpcFeatures);
const dialects = {
  envoy: { sidecar: forSidecars(envoyFeatures), router: forGateways(envoyFeatures), grpc },
  mosn: { sidecar: forSidecars(mosnFeatures), router: forGateways(mosnFeatures), grpc },
} as const;

export const clusterDialectOf = ({ type, dialect }: ProxyProfile): ClusterDialect => dialects[dialect][type];
