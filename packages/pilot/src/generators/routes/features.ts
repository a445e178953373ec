import type { ProxyProfile } from "../../proxy/index.ts";

/** What routes for one kind of proxy, and for one kind of traffic, may say. What they may not is left out or said in another way. */
export interface RouteFeatures {
  readonly id: string;
  /** Requests are RPC calls: no URL that could be rewritten, and nowhere to send a client to. */
  readonly rpc: boolean;
  /** The client library routes by itself, and refuses what it does not know. */
  readonly grpc: boolean;
  readonly hashPolicy: boolean;
  readonly mirrors: boolean;
  readonly cors: boolean;
  readonly statPrefix: boolean;
  /** Limits of whole streams and of gRPC calls: `max_stream_duration`, `max_grpc_timeout`. */
  readonly streamDuration: boolean;
  readonly retryPriority: boolean;
  /** Faults that abort with a status of gRPC. */
  readonly grpcAbort: boolean;
  /** Each destination of several may rewrite the host. */
  readonly weightedHostRewrite: boolean;
  readonly requireTls: boolean;
  /** Names of spans, and whether copies of a request have one. */
  readonly tracing: boolean;
}

const everything = {
  hashPolicy: true,
  mirrors: true,
  cors: true,
  statPrefix: true,
  streamDuration: true,
  retryPriority: true,
  grpcAbort: true,
  weightedHostRewrite: true,
  requireTls: true,
  tracing: true,
} as const;

const nothing = {
  hashPolicy: false,
  mirrors: false,
  cors: false,
  statPrefix: false,
  streamDuration: false,
  retryPriority: false,
  grpcAbort: false,
  weightedHostRewrite: false,
  requireTls: false,
  tracing: false,
} as const;

export const envoyFeatures: RouteFeatures = { ...everything, id: "envoy", rpc: false, grpc: false };
/** What docs/reference/config-compatibility.md does not reject. */
export const mosnHttpFeatures: RouteFeatures = {
  ...nothing,
  id: "mosn-http",
  rpc: false,
  grpc: false,
  cors: true,
  hashPolicy: true,
  mirrors: true,
};
export const mosnRpcFeatures: RouteFeatures = { ...nothing, id: "mosn-rpc", rpc: true, grpc: false, mirrors: true, hashPolicy: true };
/** gRPC: A28 (routes), A33 (faults), A42 (hash policies), A44 (retries). */
export const grpcFeatures: RouteFeatures = { ...nothing, id: "grpc", rpc: false, grpc: true, hashPolicy: true, grpcAbort: true };

export const httpFeaturesOf = ({ dialect }: ProxyProfile): RouteFeatures => (dialect === "mosn" ? mosnHttpFeatures : envoyFeatures);
