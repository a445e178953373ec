import { availableParallelism } from "node:os";
import { systemRuntime, type XdsServerRuntime } from "../runtime.ts";
import type { XdsServerObserver } from "./observer.ts";
import type { ResourceSource } from "./source.ts";

export interface XdsServerOptions {
  readonly source: ResourceSource;
  /** `control_plane.identifier` of responses. Default: none. */
  readonly identifier?: string;
  readonly observer?: XdsServerObserver;
  readonly admission?: AdmissionOptions;
  readonly limits?: XdsServerLimits;
  readonly connectionAge?: ConnectionAgeOptions;
  /** Bytes of encoded responses that are kept for other clients. Default: 32 MiB. */
  readonly responseCacheBytes?: number;
  /** Clock, timers and randomness. Default: the process's own. */
  readonly runtime?: XdsServerRuntime;
}

/** A token bucket in front of new streams. */
export interface AdmissionOptions {
  /** Streams a second. Default: 100 for each core. */
  readonly perSecond?: number;
  /** Streams at once after a quiet time. Default: as many as in a second. */
  readonly burst?: number;
  /**
   * How long a stream waits for its turn before it is refused, in milliseconds. Default: 20_000, for Envoy's back-off makes those who are
   * refused stay away for up to 30 s, however soon there is room for them. A short wait sends clients to other servers behind the same address.
   */
  readonly maxWaitMs?: number;
}

export interface XdsServerLimits {
  /** Open streams; further ones are refused with RESOURCE_EXHAUSTED. Default: no limit. */
  readonly maxStreams?: number;
  /** Clients that responses are being written to at a time; the others wait their turn. Default: 15 and 5 for each core, 100 at most. */
  readonly maxConcurrentPushes?: number;
  /** How long a client that reads slowly counts among them, in milliseconds. Default: 1000. */
  readonly pushTurnMs?: number;
  /** How long a client may take to read one response before its stream is ended, in milliseconds. Default: 60_000. */
  readonly writeTimeoutMs?: number;
  /**
   * How long a response that is not answered keeps later ones of its type back, in milliseconds. New clusters that are not answered keep
   * new listeners and routes back. Default: 5000.
   */
  readonly ackTimeoutMs?: number;
  /** Names that a client may subscribe to of one type. Default: 50_000. */
  readonly maxNames?: number;
  /** Types that one stream may ask for. Default: 64. */
  readonly maxTypes?: number;
  /** Bytes of one request. The gRPC server has a limit of its own, 4 MiB by default. Default: 4 MiB. */
  readonly maxRequestBytes?: number;
  /** Requests of one stream a second on average; it is read from no faster. Default: 200. */
  readonly requestsPerSecond?: number;
}

/**
 * Streams are ended with OK after a time, so that clients spread anew over servers. That moves streams, not connections: give the gRPC
 * server `grpc.max_connection_age_ms` for these.
 */
export interface ConnectionAgeOptions {
  /** In milliseconds; Infinity for never. Default: 30 minutes. */
  readonly maxMs?: number;
  /** The fraction of it by which streams live shorter or longer. Default: 0.1. */
  readonly jitter?: number;
  /** How long the end waits for answers to responses that are under way, in milliseconds. Default: 10_000. */
  readonly graceMs?: number;
}

/** Options with all defaults. */
export interface ResolvedOptions {
  readonly source: ResourceSource;
  readonly identifier: string;
  readonly observer: XdsServerObserver;
  readonly admission: Required<AdmissionOptions>;
  readonly limits: Required<XdsServerLimits>;
  readonly connectionAge: Required<ConnectionAgeOptions>;
  readonly responseCacheBytes: number;
  readonly runtime: XdsServerRuntime;
}

const MEBIBYTE = 1024 * 1024;

export function resolveOptions(options: XdsServerOptions): ResolvedOptions {
  const cores = availableParallelism();
  const { admission = {}, limits = {}, connectionAge = {} } = options;
  const perSecond = admission.perSecond ?? 100 * cores;
  return {
    source: options.source,
    identifier: options.identifier ?? "",
    observer: options.observer ?? {},
    admission: { perSecond, burst: admission.burst ?? Math.max(1, Math.ceil(perSecond)), maxWaitMs: admission.maxWaitMs ?? 20_000 },
    limits: {
      maxStreams: limits.maxStreams ?? Infinity,
      maxConcurrentPushes: limits.maxConcurrentPushes ?? Math.min(100, 15 + 5 * cores),
      pushTurnMs: limits.pushTurnMs ?? 1000,
      writeTimeoutMs: limits.writeTimeoutMs ?? 60_000,
      ackTimeoutMs: limits.ackTimeoutMs ?? 5000,
      maxNames: limits.maxNames ?? 50_000,
      maxTypes: limits.maxTypes ?? 64,
      maxRequestBytes: limits.maxRequestBytes ?? 4 * MEBIBYTE,
      requestsPerSecond: limits.requestsPerSecond ?? 200,
    },
    connectionAge: {
      maxMs: connectionAge.maxMs ?? 30 * 60_000,
      jitter: connectionAge.jitter ?? 0.1,
      graceMs: connectionAge.graceMs ?? 10_000,
    },
    responseCacheBytes: options.responseCacheBytes ?? 32 * MEBIBYTE,
    runtime: options.runtime ?? systemRuntime,
  };
}
