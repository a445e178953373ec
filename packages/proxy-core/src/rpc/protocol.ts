import type { RpcCodec, RpcLimits } from "@mesh/codec";
import type { PoolSlot } from "../cluster/index.ts";
import type { DecodedExtension, ExtensionDescriptor } from "../config/index.ts";

/** A configured RPC protocol: its codec, and the habits that configuration sets. */
export interface RpcProtocol {
  readonly codec: RpcCodec;
  /** Milliseconds of silence after which an upstream connection is sent a heartbeat; 0: never. */
  readonly heartbeatIntervalMs: number;
  /** Heartbeats in a row that may stay unanswered before the connection is given up. */
  readonly heartbeatFailures: number;
  /** Milliseconds for a response where neither the caller nor the route says; 0: none. */
  readonly defaultTimeoutMs: number;
  /** Milliseconds of silence, heartbeats included, after which a caller's connection is closed, where RpcProxy does not say. */
  readonly idleTimeoutMs: number;
}

/** Makes RPC protocols from configuration; category `mesh.codecs`. */
export interface RpcCodecExtension extends ExtensionDescriptor {
  readonly category: "mesh.codecs";
  /** Called once a filter. Throws `ConfigError` where the configuration makes no sense. */
  create(extension: DecodedExtension): RpcProtocol;
}

/** A protocol as one filter uses it: with the places of its pools on hosts, and the limits that frames have in both directions. */
export interface PooledProtocol extends RpcProtocol {
  /** By dialect: a host may answer all calls of a connection in the dialect of the first one. */
  readonly slots: readonly PoolSlot[];
  readonly limits: RpcLimits;
}
